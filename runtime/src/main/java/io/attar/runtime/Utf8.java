package io.attar.runtime;

import java.nio.charset.StandardCharsets;

/**
 * UTF-8 (RFC 3629) without a decoder object: checked once when a file is read, so that later reads
 * of the same bytes need no check, no exception and no memory.
 */
final class Utf8 {
  private Utf8() {}

  /**
   * Position of the first character that is not well-formed (overlong forms and surrogates are
   * not), or -1 when all are.
   */
  static int firstBroken(byte[] bytes, int from, int to) {
    int i = from;
    while (i < to) {
      int lead = bytes[i] & 0xFF;
      int length = length(lead);
      if (length == 0 || length > to - i) {
        return i;
      }
      for (int j = 1; j < length; j++) {
        if ((bytes[i + j] & 0xC0) != 0x80) {
          return i;
        }
      }
      int codePoint = codePoint(bytes, i);
      boolean overlong =
          (length == 2 && codePoint < 0x80)
              || (length == 3 && codePoint < 0x800)
              || (length == 4 && codePoint < 0x10000);
      if (overlong
          || codePoint > Character.MAX_CODE_POINT
          || (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE)) {
        return i;
      }
      i += length;
    }
    return -1;
  }

  /** Number of bytes of the character that starts with {@code lead}, or 0 when none does. */
  static int length(int lead) {
    if (lead < 0x80) {
      return 1;
    }
    if (lead < 0xC0) {
      return 0;
    }
    if (lead < 0xE0) {
      return 2;
    }
    if (lead < 0xF0) {
      return 3;
    }
    return lead < 0xF8 ? 4 : 0;
  }

  /** The character at a position where a well-formed one starts. */
  static int codePoint(byte[] bytes, int position) {
    int lead = bytes[position] & 0xFF;
    switch (length(lead)) {
      case 1:
        return lead;
      case 2:
        return (lead & 0x1F) << 6 | tail(bytes, position + 1);
      case 3:
        return (lead & 0x0F) << 12 | tail(bytes, position + 1) << 6 | tail(bytes, position + 2);
      default:
        return (lead & 0x07) << 18
            | tail(bytes, position + 1) << 12
            | tail(bytes, position + 2) << 6
            | tail(bytes, position + 3);
    }
  }

  /** The bytes, well-formed, as a string. */
  static String text(byte[] bytes, int from, int to) {
    return new String(bytes, from, to - from, StandardCharsets.UTF_8);
  }

  private static int tail(byte[] bytes, int position) {
    return bytes[position] & 0x3F;
  }
}
