package io.attar.training;

import org.bytedeco.pytorch.Tensor;

/**
 * The code of every item: one codeword number from each of M codebooks of K codewords. Immutable by
 * convention: the array handed in is owned from then on.
 */
final class Codes {
  private final int codebookCount;
  private final int codewordCount;
  private final int[][] codes; // (M, V)

  Codes(int codewordCount, int[][] codes) {
    this.codebookCount = codes.length;
    this.codewordCount = codewordCount;
    this.codes = codes;
  }

  /** M. */
  int codebookCount() {
    return codebookCount;
  }

  /** K. */
  int codewordCount() {
    return codewordCount;
  }

  /** V. */
  int itemCount() {
    return codes[0].length;
  }

  int code(int codebook, int item) {
    return codes[codebook][item];
  }

  /** Rows of the stacked codebooks (M K, N) that some items use in one codebook. */
  Tensor codewordRows(int[] items, int codebook) {
    int[] column = codes[codebook];
    long[] rows = new long[items.length];
    for (int i = 0; i < items.length; i++) {
      rows[i] = (long) codebook * codewordCount + column[items[i]];
    }
    return Tensors.of(rows, rows.length);
  }

  /** Entropy of the codewords' use in one codebook, in bits; log2 K when all are used alike. */
  double usageEntropy(int codebook) {
    int[] uses = new int[codewordCount];
    for (int code : codes[codebook]) {
      uses[code]++;
    }
    double entropy = 0;
    for (int use : uses) {
      if (use > 0) {
        double share = (double) use / itemCount();
        entropy -= share * Math.log(share) / Math.log(2);
      }
    }
    return entropy;
  }
}
