package io.attar.runtime;

/** The codes of all items, codebook by codebook, as narrow as their codebooks allow. Immutable. */
interface Codes {

  /** The code of an item in a codebook. */
  int code(int codebook, int item);

  /**
   * For the items {@code from} to {@code to}: the sum, over the codebooks in order, of the lookup
   * number of the item's code.
   *
   * @param lookup (codebooks, codewords)
   */
  void sum(float[] lookup, int from, int to, float[] target, int offset);

  /**
   * Reads (codebooks, items) codes of {@code bits} bits from one bit stream, least significant bit
   * first. The caller has checked that the section holds exactly that many bits.
   */
  static Codes read(ByteReader reader, int codebooks, int codewords, int items, int bits)
      throws ModelFileException {
    BitReader stream = new BitReader(reader, codewords, bits);
    if (codewords <= ByteCodes.MAXIMUM_CODEWORDS) {
      byte[][] codes = new byte[codebooks][items];
      for (byte[] column : codes) {
        for (int item = 0; item < items; item++) {
          column[item] = (byte) stream.next();
        }
      }
      stream.finish();
      return new ByteCodes(codewords, codes);
    }
    char[][] codes = new char[codebooks][items];
    for (char[] column : codes) {
      for (int item = 0; item < items; item++) {
        column[item] = (char) stream.next();
      }
    }
    stream.finish();
    return new CharCodes(codewords, codes);
  }

  /** Takes codes of one width from the bit stream and checks each. */
  final class BitReader {
    private final ByteReader reader;
    private final int codewords;
    private final int bits;
    private int buffer;
    private int buffered;

    BitReader(ByteReader reader, int codewords, int bits) {
      this.reader = reader;
      this.codewords = codewords;
      this.bits = bits;
    }

    int next() throws ModelFileException {
      // At most 15 bits wait when 8 are added: an int holds them.
      while (buffered < bits) {
        buffer |= reader.u8("codes") << buffered;
        buffered += 8;
      }
      int code = buffer & ((1 << bits) - 1);
      buffer >>>= bits;
      buffered -= bits;
      if (code >= codewords) {
        throw reader.problemAt(
            reader.position() - 1, "a code must be below " + codewords + " but is " + code);
      }
      return code;
    }

    void finish() throws ModelFileException {
      if (buffer != 0) {
        throw reader.problemAt(
            reader.position() - 1, "the bits after the last code must be 0 but are " + buffer);
      }
    }
  }

  /** Codebooks of at most 256 codewords: one byte a code. */
  final class ByteCodes implements Codes {
    static final int MAXIMUM_CODEWORDS = 256;

    private final int codewords;
    private final byte[][] codes; // (codebooks, items)

    ByteCodes(int codewords, byte[][] codes) {
      this.codewords = codewords;
      this.codes = codes;
    }

    @Override
    public int code(int codebook, int item) {
      return codes[codebook][item] & 0xFF;
    }

    @Override
    public void sum(float[] lookup, int from, int to, float[] target, int offset) {
      int shift = offset - from;
      for (int item = from; item < to; item++) {
        target[item + shift] = 0;
      }
      int m = 0;
      // Four codebooks a pass: the running sum travels to memory a quarter as often.
      for (; m + 3 < codes.length; m += 4) {
        byte[] codes0 = codes[m];
        byte[] codes1 = codes[m + 1];
        byte[] codes2 = codes[m + 2];
        byte[] codes3 = codes[m + 3];
        int start0 = m * codewords;
        int start1 = start0 + codewords;
        int start2 = start1 + codewords;
        int start3 = start2 + codewords;
        for (int item = from; item < to; item++) {
          target[item + shift] =
              target[item + shift]
                  + lookup[start0 + (codes0[item] & 0xFF)]
                  + lookup[start1 + (codes1[item] & 0xFF)]
                  + lookup[start2 + (codes2[item] & 0xFF)]
                  + lookup[start3 + (codes3[item] & 0xFF)];
        }
      }
      for (; m < codes.length; m++) {
        byte[] column = codes[m];
        int start = m * codewords;
        for (int item = from; item < to; item++) {
          target[item + shift] += lookup[start + (column[item] & 0xFF)];
        }
      }
    }
  }

  /** Codebooks of at most 65,536 codewords: two bytes a code. */
  final class CharCodes implements Codes {
    private final int codewords;
    private final char[][] codes; // (codebooks, items)

    CharCodes(int codewords, char[][] codes) {
      this.codewords = codewords;
      this.codes = codes;
    }

    @Override
    public int code(int codebook, int item) {
      return codes[codebook][item];
    }

    @Override
    public void sum(float[] lookup, int from, int to, float[] target, int offset) {
      int shift = offset - from;
      for (int item = from; item < to; item++) {
        target[item + shift] = 0;
      }
      for (int m = 0; m < codes.length; m++) {
        char[] column = codes[m];
        int start = m * codewords;
        for (int item = from; item < to; item++) {
          target[item + shift] += lookup[start + column[item]];
        }
      }
    }
  }
}
