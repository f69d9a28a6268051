package io.attar.runtime;

/**
 * A cursor over one part of a model file, little-endian. Every read is checked against the end of
 * the part, and every complaint carries the part's name and the position. Not thread-safe.
 */
final class ByteReader {
  private final byte[] bytes;
  private final int end;
  private final String section;
  private int position;

  /**
   * Reads the bytes {@code start} (inclusive) to {@code end} (exclusive), which must lie inside the
   * array.
   */
  ByteReader(byte[] bytes, int start, int end, String section) {
    this.bytes = bytes;
    this.position = start;
    this.end = end;
    this.section = section;
  }

  /** Position of the next byte in the whole file. */
  int position() {
    return position;
  }

  /** Number of bytes not yet read. */
  int remaining() {
    return end - position;
  }

  /** The complaint to throw: {@code problem} at the next byte. */
  ModelFileException problem(String problem) {
    return problemAt(position, problem);
  }

  /** The complaint to throw: {@code problem} at a position of the file. */
  ModelFileException problemAt(int where, String problem) {
    return new ModelFileException(section, where, problem);
  }

  /**
   * Checks that {@code length} more bytes are there; to be called before memory is allocated for
   * them.
   */
  void require(long length, String what) throws ModelFileException {
    if (length > remaining()) {
      throw problem(
          what + " needs " + length + " bytes but only " + remaining() + " are left here");
    }
  }

  /** A cursor of its own over the next {@code length} bytes, which must be there. */
  ByteReader ahead(int length) {
    return new ByteReader(bytes, position, position + length, section);
  }

  /** All that is left, as a bit stream. */
  BitReader bits() {
    return new BitReader(bytes, position, end, this);
  }

  /** Checks that nothing is left over. */
  void finish() throws ModelFileException {
    if (remaining() != 0) {
      throw problem("the section must end here but " + remaining() + " bytes are left over");
    }
  }

  /** The next byte, 0 to 255. */
  int u8(String what) throws ModelFileException {
    require(1, what);
    return bytes[position++] & 0xFF;
  }

  /** The next two bytes, 0 to 65,535. */
  int u16(String what) throws ModelFileException {
    require(2, what);
    int value = (bytes[position] & 0xFF) | (bytes[position + 1] & 0xFF) << 8;
    position += 2;
    return value;
  }

  /** The next four bytes, 0 to 2^32 - 1. */
  long u32(String what) throws ModelFileException {
    require(4, what);
    return rawInt() & 0xFFFFFFFFL;
  }

  /** The next four bytes as a finite single. */
  float f32(String what) throws ModelFileException {
    require(4, what);
    return finite(Float.intBitsToFloat(rawInt()), what, 4);
  }

  /** The next two bytes as a finite half float (IEEE 754 binary16), widened without rounding. */
  float f16(String what) throws ModelFileException {
    return finite(HalfFloat.toFloat(u16(what)), what, 2);
  }

  /** The next eight bytes, all 64 bits. */
  long s64(String what) throws ModelFileException {
    require(8, what);
    return (rawInt() & 0xFFFFFFFFL) | (long) rawInt() << 32;
  }

  /** An unsigned LEB128 number of at most 5 bytes, 0 to 2^32 - 1. */
  long varint32(String what) throws ModelFileException {
    int start = position;
    long value = varint(5, what);
    if (value >>> 32 != 0) {
      throw problemAt(start, what + " must fit 32 bits");
    }
    return value;
  }

  /** An unsigned LEB128 number of at most 10 bytes, all 64 bits. */
  long varint64(String what) throws ModelFileException {
    return varint(10, what);
  }

  private long varint(int maximumBytes, String what) throws ModelFileException {
    int start = position;
    long value = 0;
    for (int i = 0; i < maximumBytes; i++) {
      int next = u8(what);
      // The tenth byte has room for one bit only.
      if (i == 9 && next > 1) {
        throw problemAt(start, what + " must fit 64 bits");
      }
      value |= (long) (next & 0x7F) << (7 * i);
      if (next < 0x80) {
        return value;
      }
    }
    throw problemAt(start, what + " must take at most " + maximumBytes + " bytes");
  }

  /** Checks an unsigned number just read against its bounds, both inclusive. */
  int within(long value, long minimum, long maximum, String what) throws ModelFileException {
    if (value < minimum || value > maximum) {
      throw problem(what + " must lie between " + minimum + " and " + maximum + " but is " + value);
    }
    return (int) value;
  }

  /** The whole file, to read bytes that were taken; not to be changed. */
  byte[] bytes() {
    return bytes;
  }

  /** Takes the next bytes; returns where in {@link #bytes} they start. */
  int take(int length, String what) throws ModelFileException {
    require(length, what);
    int start = position;
    position += length;
    return start;
  }

  /** Copies the next bytes. */
  void copy(byte[] target, int offset, int length, String what) throws ModelFileException {
    require(length, what);
    System.arraycopy(bytes, position, target, offset, length);
    position += length;
  }

  /** The next bytes as text; anything but well-formed UTF-8 is refused. */
  String text(int length, String what) throws ModelFileException {
    require(length, what);
    checkUtf8(length, what);
    String text = Utf8.text(bytes, position, position + length);
    position += length;
    return text;
  }

  /** Checks that the next bytes, which must be there, are well-formed UTF-8. */
  void checkUtf8(int length, String what) throws ModelFileException {
    int broken = Utf8.firstBroken(bytes, position, position + length);
    if (broken >= 0) {
      throw problemAt(broken, what + " must be UTF-8 but is not");
    }
  }

  private float finite(float value, String what, int width) throws ModelFileException {
    if (!Vectors.isFinite(value)) {
      throw problemAt(position - width, what + " must be a finite number but is " + value);
    }
    return value;
  }

  private int rawInt() {
    int value =
        (bytes[position] & 0xFF)
            | (bytes[position + 1] & 0xFF) << 8
            | (bytes[position + 2] & 0xFF) << 16
            | (bytes[position + 3] & 0xFF) << 24;
    position += 4;
    return value;
  }
}
