package io.attar.runtime;

/**
 * A matrix of a model file, widened to singles while it is read: 4 bytes a number in memory,
 * whatever the file stores.
 */
final class Tensor {
  private static final int SINGLES = 1;
  private static final int HALVES = 2;
  private static final int SCALED_BYTES = 3;
  private static final int SCALED_NIBBLES = 4;

  private final int columns;
  private final float[] values; // (rows, columns), row by row

  private Tensor(int columns, float[] values) {
    this.columns = columns;
    this.values = values;
  }

  /** Number of columns. */
  int columns() {
    return columns;
  }

  /** All numbers, row by row: the array itself. */
  float[] values() {
    return values;
  }

  /** Reads a tensor that must be (rows, columns); returns its numbers, row by row. */
  static float[] read(ByteReader reader, String name, long rows, int columns)
      throws ModelFileException {
    return readColumns(reader, name, rows, columns, columns).values;
  }

  /** The rows of the tensor that comes next, 1 to {@code most}; nothing behind them is read. */
  static int rows(ByteReader reader, String name, long most) throws ModelFileException {
    reader.u8(name + " type");
    return reader.within(reader.u32(name + " rows"), 1, most, name + " rows");
  }

  /** Reads a tensor of the given rows and of at least and at most so many columns. */
  static Tensor readColumns(
      ByteReader reader, String name, long rows, int minimumColumns, int maximumColumns)
      throws ModelFileException {
    int type = reader.u8(name + " type");
    if (type < SINGLES || type > SCALED_NIBBLES) {
      throw reader.problemAt(
          reader.position() - 1, name + " type must be 1, 2, 3 or 4 but is " + type);
    }
    reader.within(reader.u32(name + " rows"), rows, rows, name + " rows");
    int columns =
        reader.within(
            reader.u32(name + " columns"), minimumColumns, maximumColumns, name + " columns");
    long numbers = rows * columns;
    long bytes = bytes(type, rows, numbers);
    // Memory only after the file has shown that it holds the numbers.
    reader.require(bytes, name);
    if (numbers > ModelFile.MAXIMUM_LENGTH) {
      throw reader.problem(
          name
              + " must hold at most "
              + ModelFile.MAXIMUM_LENGTH
              + " numbers but holds "
              + numbers);
    }
    float[] values = new float[(int) numbers];
    switch (type) {
      case SINGLES:
        for (int i = 0; i < values.length; i++) {
          values[i] = reader.f32(name);
        }
        break;
      case HALVES:
        for (int i = 0; i < values.length; i++) {
          values[i] = reader.f16(name);
        }
        break;
      default:
        readScaled(reader, name, type == SCALED_NIBBLES, (int) rows, columns, values);
    }
    return new Tensor(columns, values);
  }

  private static long bytes(int type, long rows, long numbers) {
    switch (type) {
      case SINGLES:
        return 4 * numbers;
      case HALVES:
        return 2 * numbers;
      case SCALED_BYTES:
        return 4 * rows + numbers;
      default:
        return 4 * rows + (numbers + 1) / 2;
    }
  }

  private static void readScaled(
      ByteReader reader, String name, boolean nibbles, int rows, int columns, float[] values)
      throws ModelFileException {
    float[] scales = new float[rows];
    for (int r = 0; r < rows; r++) {
      scales[r] = reader.f32(name + " scale");
    }
    // A small method a row: a virtual machine compiles it after a few rows, long before it would
    // give up interpreting one long loop.
    int length = (int) (nibbles ? ((long) values.length + 1) / 2 : values.length);
    int start = reader.take(length, name);
    byte[] bytes = reader.bytes();
    for (int r = 0; r < rows; r++) {
      if (nibbles) {
        widenNibbles(bytes, start, scales[r], values, r * columns, columns);
      } else {
        widenBytes(bytes, start, scales[r], values, r * columns, columns);
      }
      // A finite scale near the largest single can still overflow.
      if (!Vectors.isFinite(scales[r] * -128)) {
        checkFinite(reader, name, values, r * columns, columns);
      }
    }
    if (nibbles && values.length % 2 == 1 && bytes[start + length - 1] >> 4 != 0) {
      throw reader.problemAt(reader.position() - 1, name + " must end in a zero half byte");
    }
  }

  private static void widenBytes(
      byte[] bytes, int start, float scale, float[] values, int from, int count) {
    for (int i = from; i < from + count; i++) {
      values[i] = scale * bytes[start + i];
    }
  }

  private static void widenNibbles(
      byte[] bytes, int start, float scale, float[] values, int from, int count) {
    for (int i = from; i < from + count; i++) {
      // The first of two numbers in the low half; the sign comes down with the shift.
      values[i] = scale * ((bytes[start + (i >> 1)] << (28 - 4 * (i & 1))) >> 28);
    }
  }

  private static void checkFinite(
      ByteReader reader, String name, float[] values, int from, int count)
      throws ModelFileException {
    for (int i = from; i < from + count; i++) {
      if (!Vectors.isFinite(values[i])) {
        throw reader.problemAt(
            reader.position() - 1, name + " must hold finite numbers but holds " + values[i]);
      }
    }
  }
}
