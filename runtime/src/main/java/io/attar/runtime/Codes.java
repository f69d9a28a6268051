package io.attar.runtime;

/**
 * The codes of all items. Never changed once they are filled. The sum of an item's lookup numbers
 * runs over the codebooks in groups of four, then two, then one, and is the same to the last bit
 * however it is asked for:
 *
 * <pre>((l0 + l1) + (l2 + l3)) + ((l4 + l5) + (l6 + l7)) + ... + (l + l) + l</pre>
 */
interface Codes {

  /** Sets a code that was not set before. */
  void set(int codebook, int item, int code);

  /** The code of an item in a codebook. */
  int code(int codebook, int item);

  /**
   * The first codebook in which an item differs from the item before it; the number of codebooks
   * when it differs in none.
   *
   * @param item at least 1
   */
  int firstDifference(int item);

  /**
   * The sums of the items {@code from} to {@code to}.
   *
   * @param lookup (codebooks, codewords)
   */
  void sums(float[][] lookup, int from, int to, float[] target, int offset);

  /** Codes of at most 256 codewords, four to a word. Memory: M bytes an item, rounded up to 4. */
  final class ByteCodes implements Codes {
    private final int codebooks;
    private final int[][] words; // (codebooks / 4 rounded up, items), the first code lowest

    ByteCodes(int codebooks, int items) {
      this.codebooks = codebooks;
      words = new int[(codebooks + 3) / 4][items];
    }

    @Override
    public void set(int codebook, int item, int code) {
      words[codebook / 4][item] |= code << (8 * (codebook % 4));
    }

    @Override
    public int code(int codebook, int item) {
      return (words[codebook / 4][item] >>> (8 * (codebook % 4))) & 0xFF;
    }

    @Override
    public int firstDifference(int item) {
      for (int group = 0; group < words.length; group++) {
        int difference = words[group][item] ^ words[group][item - 1];
        if (difference != 0) {
          return 4 * group + Integer.numberOfTrailingZeros(difference) / 8;
        }
      }
      return codebooks;
    }

    @Override
    public void sums(float[][] lookup, int from, int to, float[] target, int offset) {
      int length = to - from;
      int m = 0;
      if (codebooks >= 8) {
        firstEight(lookup, from, length, target, offset);
        m = 8;
      } else if (codebooks >= 4) {
        firstFour(lookup, from, length, target, offset);
        m = 4;
      }
      for (; m + 3 < codebooks; m += 4) {
        addFour(lookup, m, from, length, target, offset);
      }
      if (m > 0 && m + 3 == codebooks) {
        addThree(lookup, m, from, length, target, offset);
        return;
      }
      if (m + 1 < codebooks) {
        two(lookup, m, from, length, target, offset);
        m += 2;
      }
      if (m < codebooks) {
        one(lookup[m], words[m / 4], 8 * (m % 4), m == 0, from, length, target, offset);
      }
    }

    /** Eight codebooks a pass: the sums go to memory once, not twice. */
    private void firstEight(float[][] lookup, int from, int length, float[] target, int offset) {
      int[] words0 = words[0];
      int[] words1 = words[1];
      float[] l0 = lookup[0];
      float[] l1 = lookup[1];
      float[] l2 = lookup[2];
      float[] l3 = lookup[3];
      float[] l4 = lookup[4];
      float[] l5 = lookup[5];
      float[] l6 = lookup[6];
      float[] l7 = lookup[7];
      for (int i = 0; i < length; i++) {
        int x = words0[from + i];
        int y = words1[from + i];
        target[offset + i] =
            ((l0[x & 0xFF] + l1[x >>> 8 & 0xFF]) + (l2[x >>> 16 & 0xFF] + l3[x >>> 24]))
                + ((l4[y & 0xFF] + l5[y >>> 8 & 0xFF]) + (l6[y >>> 16 & 0xFF] + l7[y >>> 24]));
      }
    }

    private void firstFour(float[][] lookup, int from, int length, float[] target, int offset) {
      int[] words0 = words[0];
      float[] l0 = lookup[0];
      float[] l1 = lookup[1];
      float[] l2 = lookup[2];
      float[] l3 = lookup[3];
      for (int i = 0; i < length; i++) {
        int x = words0[from + i];
        target[offset + i] =
            (l0[x & 0xFF] + l1[x >>> 8 & 0xFF]) + (l2[x >>> 16 & 0xFF] + l3[x >>> 24]);
      }
    }

    private void addFour(
        float[][] lookup, int m, int from, int length, float[] target, int offset) {
      int[] words0 = words[m / 4];
      float[] l0 = lookup[m];
      float[] l1 = lookup[m + 1];
      float[] l2 = lookup[m + 2];
      float[] l3 = lookup[m + 3];
      for (int i = 0; i < length; i++) {
        int x = words0[from + i];
        target[offset + i] =
            target[offset + i]
                + ((l0[x & 0xFF] + l1[x >>> 8 & 0xFF]) + (l2[x >>> 16 & 0xFF] + l3[x >>> 24]));
      }
    }

    /** Two codebooks, then one, in one pass. */
    private void addThree(
        float[][] lookup, int m, int from, int length, float[] target, int offset) {
      int[] words0 = words[m / 4];
      float[] l0 = lookup[m];
      float[] l1 = lookup[m + 1];
      float[] l2 = lookup[m + 2];
      for (int i = 0; i < length; i++) {
        int x = words0[from + i];
        target[offset + i] =
            (target[offset + i] + (l0[x & 0xFF] + l1[x >>> 8 & 0xFF])) + l2[x >>> 16 & 0xFF];
      }
    }

    private void two(float[][] lookup, int m, int from, int length, float[] target, int offset) {
      int[] words0 = words[m / 4];
      float[] l0 = lookup[m];
      float[] l1 = lookup[m + 1];
      if (m == 0) {
        for (int i = 0; i < length; i++) {
          int x = words0[from + i];
          target[offset + i] = l0[x & 0xFF] + l1[x >>> 8 & 0xFF];
        }
        return;
      }
      for (int i = 0; i < length; i++) {
        int x = words0[from + i];
        target[offset + i] = target[offset + i] + (l0[x & 0xFF] + l1[x >>> 8 & 0xFF]);
      }
    }

    private static void one(
        float[] lookup,
        int[] words,
        int shift,
        boolean first,
        int from,
        int length,
        float[] target,
        int offset) {
      if (first) {
        for (int i = 0; i < length; i++) {
          target[offset + i] = lookup[words[from + i] >>> shift & 0xFF];
        }
        return;
      }
      for (int i = 0; i < length; i++) {
        target[offset + i] += lookup[words[from + i] >>> shift & 0xFF];
      }
    }
  }

  /** Codes of at most 65,536 codewords: two bytes each. */
  final class CharCodes implements Codes {
    private final char[][] codes; // (codebooks, items)

    CharCodes(int codebooks, int items) {
      codes = new char[codebooks][items];
    }

    @Override
    public void set(int codebook, int item, int code) {
      codes[codebook][item] = (char) code;
    }

    @Override
    public int code(int codebook, int item) {
      return codes[codebook][item];
    }

    @Override
    public int firstDifference(int item) {
      int m = 0;
      while (m < codes.length && codes[m][item] == codes[m][item - 1]) {
        m++;
      }
      return m;
    }

    @Override
    public void sums(float[][] lookup, int from, int to, float[] target, int offset) {
      for (int item = from; item < to; item++) {
        target[offset + item - from] = sum(lookup, item);
      }
    }

    private float sum(float[][] lookup, int item) {
      float sum = 0;
      int m = 0;
      while (m < codes.length) {
        int left = codes.length - m;
        float group = lookup[m][codes[m][item]];
        int size = 1;
        if (left >= 2) {
          group += lookup[m + 1][codes[m + 1][item]];
          size = 2;
        }
        if (left >= 4) {
          group += lookup[m + 2][codes[m + 2][item]] + lookup[m + 3][codes[m + 3][item]];
          size = 4;
        }
        sum = m == 0 ? group : sum + group;
        m += size;
      }
      return sum;
    }
  }
}
