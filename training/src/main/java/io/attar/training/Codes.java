package io.attar.training;

import java.util.stream.IntStream;
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

  /** (M, V) the codes themselves; not to be written. */
  int[][] columns() {
    return codes;
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

  /** Share of the items whose code is not the one they have in other codes of the same shape. */
  double changed(Codes others) {
    int changed = 0;
    for (int v = 0; v < itemCount(); v++) {
      boolean same = true;
      for (int m = 0; m < codebookCount; m++) {
        same &= codes[m][v] == others.codes[m][v];
      }
      changed += same ? 0 : 1;
    }
    return (double) changed / itemCount();
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

  /** Mean of the codebooks' usage entropies, in bits. */
  double meanUsageEntropy() {
    return IntStream.range(0, codebookCount).mapToDouble(this::usageEntropy).average().orElse(0);
  }
}
