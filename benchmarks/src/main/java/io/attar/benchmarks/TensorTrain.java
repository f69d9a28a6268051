package io.attar.benchmarks;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * A semi-tensor-train item table of three cores with random numbers: what a student of OD-Rec (Xia
 * et al., On-Device Next-Item Recommendation with Self-Supervised Knowledge Distillation, SIGIR
 * 2022, equations 4 to 8) computes with; for speed only. Item v has the digits (i1, i2, i3) to the
 * radices I1, I2, I3; with t = 2 and columns counted as r t + j,
 *
 * <pre>
 * A[j1, j2, r t + j] = sum over s of G1[i1, j1, s t + j] G2[i2, j2, s, r]
 * row[j1, j2, q t + j] = sum over r of A[j1, j2, r t + j] G3[i3, q, r]
 * </pre>
 */
final class TensorTrain {
  /** t: how many columns share a core's number. */
  private static final int SHARED = 2;

  private final int items;
  private final int[] itemFactors; // I1, I2, I3
  private final int[] rowFactors; // J1, J2, J3
  private final int half; // R / t
  private final float[] core1; // (I1, J1, R)
  private final float[][][] core2; // (I2, J2 x R/t, R/t)
  private final float[] core3; // (I3, J3/t x R/t)
  private final float[][][] core3Columns; // (J3/t, R/t, I3)

  /**
   * Draws the cores.
   *
   * @param itemFactors I1, I2, I3; their product is at least {@code items}
   * @param rowFactors J1, J2, J3, the last even; their product is the dimension
   * @param rank R, even
   */
  TensorTrain(int items, int[] itemFactors, int[] rowFactors, int rank, long seed) {
    this.items = items;
    this.itemFactors = itemFactors.clone();
    this.rowFactors = rowFactors.clone();
    half = rank / SHARED;
    SplittableRandom random = new SplittableRandom(seed);
    core1 = draw(random, itemFactors[0] * rowFactors[0] * rank);
    core2 = new float[itemFactors[1]][rowFactors[1] * half][];
    for (float[][] slice : core2) {
      Arrays.setAll(slice, row -> draw(random, half));
    }
    int pairs = rowFactors[2] / SHARED;
    core3 = draw(random, itemFactors[2] * pairs * half);
    core3Columns = new float[pairs][half][itemFactors[2]];
    for (int i = 0; i < itemFactors[2]; i++) {
      for (int q = 0; q < pairs; q++) {
        for (int r = 0; r < half; r++) {
          core3Columns[q][r][i] = core3(i, q, r);
        }
      }
    }
  }

  /**
   * A table for so many items whose cores, in 32-bit numbers, take at most so many bytes: the
   * largest rank that fits. The shapes are the paper's for Tmall: 13 x 13 x the rest for the items,
   * 4 and 4 last for the rows.
   */
  static TensorTrain ofBytes(int items, int dimension, long bytes, long seed) {
    if (dimension % 16 != 0) {
      throw new IllegalArgumentException("the dimension must be a multiple of 16: " + dimension);
    }
    int[] itemFactors = {13, 13, (items + 168) / 169};
    int[] rowFactors = {dimension / 16, 4, 4};
    int rank = SHARED;
    while (4 * numbers(itemFactors, rowFactors, rank + SHARED) <= bytes) {
      rank += SHARED;
    }
    return new TensorTrain(items, itemFactors, rowFactors, rank, seed);
  }

  private static long numbers(int[] itemFactors, int[] rowFactors, int rank) {
    long half = rank / SHARED;
    return (long) itemFactors[0] * rowFactors[0] * rank
        + half * half * itemFactors[1] * rowFactors[1]
        + half * itemFactors[2] * (rowFactors[2] / SHARED);
  }

  private static float[] draw(SplittableRandom random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextDouble(-0.1, 0.1);
    }
    return values;
  }

  int rank() {
    return SHARED * half;
  }

  int dimension() {
    return rowFactors[0] * rowFactors[1] * rowFactors[2];
  }

  /** Bytes of the cores. */
  int bytes() {
    return 4 * (core1.length + core2.length * core2[0].length * half + core3.length);
  }

  /** A number of the first core, G1[i1, j1, column]. */
  float core1(int i1, int j1, int column) {
    return core1[(i1 * rowFactors[0] + j1) * SHARED * half + column];
  }

  /** A number of the second core, G2[i2, j2, s, r]. */
  float core2(int i2, int j2, int s, int r) {
    return core2[i2][j2 * half + s][r];
  }

  /** A number of the third core, G3[i3, q, r]. */
  float core3(int i3, int q, int r) {
    return core3[(i3 * (rowFactors[2] / SHARED) + q) * half + r];
  }

  /** Adds the row of an item to a vector. */
  void addRow(int item, float[] target) {
    int i3 = item % itemFactors[2];
    int prefix = item / itemFactors[2];
    float[] product = new float[rowFactors[0] * rowFactors[1] * SHARED * half];
    float[] row = new float[dimension()];
    firstTwo(prefix / itemFactors[1], prefix % itemFactors[1], product);
    third(product, i3, row);
    for (int i = 0; i < row.length; i++) {
      target[i] += row[i];
    }
  }

  /**
   * Scores all items by rebuilding their rows, the product of the first two cores once for all
   * items that share it.
   */
  void scoreByRows(float[] query, float[] scores) {
    float[] product = new float[rowFactors[0] * rowFactors[1] * SHARED * half];
    float[] row = new float[dimension()];
    for (int from = 0; from < items; from += itemFactors[2]) {
      int prefix = from / itemFactors[2];
      firstTwo(prefix / itemFactors[1], prefix % itemFactors[1], product);
      int to = Math.min(from + itemFactors[2], items);
      for (int item = from; item < to; item++) {
        third(product, item - from, row);
        float sum = 0;
        for (int i = 0; i < row.length; i++) {
          sum += query[i] * row[i];
        }
        scores[item] = sum;
      }
    }
  }

  /**
   * Scores all items by contracting the query with the first core, the result with the second, and
   * that with the third: no row is ever made.
   */
  void scoreByContraction(float[] query, float[] scores) {
    int pairs = rowFactors[2] / SHARED;
    float[][] first = new float[pairs][rowFactors[1] * half]; // (J3/t, J2 x R/t)
    float[] second = new float[half]; // (R/t)
    float[] sums = new float[itemFactors[2]];
    for (int from = 0; from < items; from += itemFactors[2]) {
      int prefix = from / itemFactors[2];
      int i2 = prefix % itemFactors[1];
      if (i2 == 0) {
        contractFirst(query, prefix / itemFactors[1], first);
      }
      Arrays.fill(sums, 0);
      for (int q = 0; q < pairs; q++) {
        Arrays.fill(second, 0);
        VectorScan.addProducts(core2[i2], first[q], second, first[q].length);
        VectorScan.addProducts(core3Columns[q], second, sums, half);
      }
      System.arraycopy(sums, 0, scores, from, Math.min(itemFactors[2], items - from));
    }
  }

  private void contractFirst(float[] query, int i1, float[][] first) {
    for (int q = 0; q < first.length; q++) {
      Arrays.fill(first[q], 0);
      for (int j1 = 0; j1 < rowFactors[0]; j1++) {
        int column = (i1 * rowFactors[0] + j1) * SHARED * half;
        for (int j2 = 0; j2 < rowFactors[1]; j2++) {
          int at = (j1 * rowFactors[1] + j2) * rowFactors[2] + q * SHARED;
          for (int s = 0; s < half; s++) {
            first[q][j2 * half + s] +=
                query[at] * core1[column + s * SHARED]
                    + query[at + 1] * core1[column + s * SHARED + 1];
          }
        }
      }
    }
  }

  /** A[j1, j2, r t + j]. */
  private void firstTwo(int i1, int i2, float[] product) {
    Arrays.fill(product, 0);
    for (int j1 = 0; j1 < rowFactors[0]; j1++) {
      for (int j2 = 0; j2 < rowFactors[1]; j2++) {
        int target = (j1 * rowFactors[1] + j2) * SHARED * half;
        for (int s = 0; s < half; s++) {
          int column = (i1 * rowFactors[0] + j1) * SHARED * half + s * SHARED;
          float left = core1[column];
          float right = core1[column + 1];
          float[] numbers = core2[i2][j2 * half + s];
          for (int r = 0; r < half; r++) {
            product[target + r * SHARED] += left * numbers[r];
            product[target + r * SHARED + 1] += right * numbers[r];
          }
        }
      }
    }
  }

  private void third(float[] product, int i3, float[] row) {
    int pairs = rowFactors[2] / SHARED;
    for (int j = 0; j < rowFactors[0] * rowFactors[1]; j++) {
      int source = j * SHARED * half;
      for (int q = 0; q < pairs; q++) {
        int at = (i3 * pairs + q) * half;
        float left = 0;
        float right = 0;
        for (int r = 0; r < half; r++) {
          left += product[source + r * SHARED] * core3[at + r];
          right += product[source + r * SHARED + 1] * core3[at + r];
        }
        row[j * rowFactors[2] + q * SHARED] = left;
        row[j * rowFactors[2] + q * SHARED + 1] = right;
      }
    }
  }
}
