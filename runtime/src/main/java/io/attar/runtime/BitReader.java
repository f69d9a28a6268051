package io.attar.runtime;

/**
 * A bit stream inside a section, least significant bit first. Beyond the end it yields zeros, so
 * that looking ahead needs no care; whoever reads calls {@link #check} before using much of what
 * came out, and {@link #finish} at the end. Not thread-safe.
 */
final class BitReader {
  private final byte[] bytes;
  private final int end;
  private final ByteReader section;
  private int position;
  private long buffer;
  private int buffered; // bits in the buffer; negative when more were taken than there are

  /** Reads the bytes {@code position} (inclusive) to {@code end} (exclusive) of a section. */
  BitReader(byte[] bytes, int position, int end, ByteReader section) {
    this.bytes = bytes;
    this.position = position;
    this.end = end;
    this.section = section;
  }

  /** The next 32 bits without taking them. */
  int ahead() {
    if (buffered < 32) {
      fill();
    }
    return (int) buffer;
  }

  /** Takes up to 32 bits that were looked at. */
  void skip(int count) {
    buffer >>>= count;
    buffered -= count;
  }

  /** Takes up to 31 bits as a number. */
  int next(int count) {
    int value = ahead() & ((1 << count) - 1);
    skip(count);
    return value;
  }

  /** Takes up to 63 bits as a number. */
  long nextLong(int count) {
    long value = 0;
    for (int bit = 0; bit < count; bit += 31) {
      value |= (long) next(Math.min(31, count - bit)) << bit;
    }
    return value;
  }

  /** Takes zeros and the one behind them; returns how many zeros there were. */
  long zeros() throws ModelFileException {
    long zeros = 0;
    while (ahead() == 0) {
      skip(32);
      zeros += 32;
      check();
    }
    int last = Integer.numberOfTrailingZeros(ahead());
    skip(last + 1);
    return zeros + last;
  }

  /** Checks that no more bits were taken than there are. */
  void check() throws ModelFileException {
    if (buffered < 0) {
      throw problem("the bit stream must go on but ends here");
    }
  }

  /** Checks that all is taken but the zero bits that fill the last byte. */
  void finish() throws ModelFileException {
    check();
    int left = end - position + buffered / 8;
    if (left > 0) {
      throw problem("the bit stream must end here but " + left + " bytes are left over");
    }
    if (buffer != 0) {
      throw problem("the bits after the last value must be 0 but are " + buffer);
    }
  }

  /** The complaint to throw: {@code problem} near the next bit. */
  ModelFileException problem(String problem) {
    return section.problemAt(position - Math.max(0, buffered) / 8, problem);
  }

  private void fill() {
    if (end - position >= 4) {
      int four =
          (bytes[position] & 0xFF)
              | (bytes[position + 1] & 0xFF) << 8
              | (bytes[position + 2] & 0xFF) << 16
              | bytes[position + 3] << 24;
      buffer |= (four & 0xFFFFFFFFL) << buffered;
      buffered += 32;
      position += 4;
      return;
    }
    while (position < end) {
      buffer |= (bytes[position++] & 0xFFL) << buffered;
      buffered += 8;
    }
  }
}
