package io.attar.training;

import java.io.ByteArrayOutputStream;

/** A bit stream, least significant bit first; the last byte is filled with zeros. */
final class BitWriter {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private long buffer;
  private int buffered;

  /** Bits that tell {@code count} values apart, ceil(log2 count). */
  static int width(int count) {
    return 32 - Integer.numberOfLeadingZeros(count - 1);
  }

  /** Appends the lowest {@code width} bits of a value, 0 to 64 of them. */
  BitWriter number(long value, int width) {
    for (int bit = 0; bit < width; bit += 8) {
      int bits = Math.min(8, width - bit);
      buffer |= (value >>> bit & ((1 << bits) - 1)) << buffered;
      buffered += bits;
      while (buffered >= 8) {
        out.write((int) buffer);
        buffer >>>= 8;
        buffered -= 8;
      }
    }
    return this;
  }

  /** Appends zeros and a one behind them. */
  BitWriter zerosAndOne(long zeros) {
    for (long left = zeros; left > 0; left -= 64) {
      number(0, (int) Math.min(64, left));
    }
    return number(1, 1);
  }

  /** All bits so far; nothing may be appended afterwards. */
  byte[] bytes() {
    if (buffered > 0) {
      number(0, 8 - buffered);
    }
    return out.toByteArray();
  }
}
