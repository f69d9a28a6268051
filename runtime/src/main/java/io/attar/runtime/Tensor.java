package io.attar.runtime;

/**
 * A matrix of a model file, widened to singles while it is read: 4 bytes a number in memory,
 * whatever the file stores.
 */
final class Tensor {
  private static final int SINGLES = 1;
  private static final int HALVES = 2;
  private static final int SCALED_BYTES = 3;

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

  /** Reads a tensor of the given rows and of at least and at most so many columns. */
  static Tensor readColumns(
      ByteReader reader, String name, long rows, int minimumColumns, int maximumColumns)
      throws ModelFileException {
    int type = reader.u8(name + " type");
    if (type < SINGLES || type > SCALED_BYTES) {
      throw reader.problemAt(
          reader.position() - 1, name + " type must be 1, 2 or 3 but is " + type);
    }
    reader.within(reader.u32(name + " rows"), rows, rows, name + " rows");
    int columns =
        reader.within(
            reader.u32(name + " columns"), minimumColumns, maximumColumns, name + " columns");
    long numbers = rows * columns;
    long bytes = type == SINGLES ? 4 * numbers : type == HALVES ? 2 * numbers : 4 * rows + numbers;
    // Memory only after the file has shown that it holds the numbers; an array holds as many.
    reader.require(bytes, name);
    float[] values = new float[(int) numbers];
    if (type == SINGLES) {
      for (int i = 0; i < values.length; i++) {
        values[i] = reader.f32(name);
      }
    } else if (type == HALVES) {
      for (int i = 0; i < values.length; i++) {
        values[i] = reader.f16(name);
      }
    } else {
      readScaledBytes(reader, name, (int) rows, columns, values);
    }
    return new Tensor(columns, values);
  }

  private static void readScaledBytes(
      ByteReader reader, String name, int rows, int columns, float[] values)
      throws ModelFileException {
    float[] scales = new float[rows];
    for (int r = 0; r < rows; r++) {
      scales[r] = reader.f32(name + " scale");
    }
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < columns; c++) {
        float value = scales[r] * reader.s8(name);
        // A finite scale near the largest single can still overflow.
        if (!Vectors.isFinite(value)) {
          throw reader.problemAt(
              reader.position() - 1, name + " must hold finite numbers but holds " + value);
        }
        values[r * columns + c] = value;
      }
    }
  }
}
