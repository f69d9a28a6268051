package io.attar.benchmarks;

import java.util.Arrays;

/**
 * The inner products of one vector with many rows, laid out for the virtual machine's vectoriser:
 * blocks of rows, number by number, four numbers a pass. The fastest dense product that we know in
 * plain Java. Not thread-safe.
 */
final class VectorScan {
  private static final int BLOCK = 512;

  private final int dimension;
  private final float[][][] columns; // (blocks, dimension, rows of the block)
  private final float[][] sums; // (blocks, rows of the block); all full blocks share one

  /**
   * Lays out rows.
   *
   * @param rows (count, dimension)
   */
  VectorScan(float[] rows, int count, int dimension) {
    this.dimension = dimension;
    int blocks = (count + BLOCK - 1) / BLOCK;
    columns = new float[blocks][dimension][];
    sums = new float[blocks][];
    for (int b = 0; b < blocks; b++) {
      int from = b * BLOCK;
      int size = Math.min(BLOCK, count - from);
      sums[b] = b > 0 && size == BLOCK ? sums[0] : new float[size];
      for (int i = 0; i < dimension; i++) {
        columns[b][i] = new float[size];
        for (int r = 0; r < size; r++) {
          columns[b][i][r] = rows[(from + r) * dimension + i];
        }
      }
    }
  }

  /** Writes the products of all rows with a vector. */
  void products(float[] vector, float[] target) {
    for (int b = 0; b < columns.length; b++) {
      Arrays.fill(sums[b], 0);
      addProducts(columns[b], vector, sums[b], dimension);
      System.arraycopy(sums[b], 0, target, b * BLOCK, sums[b].length);
    }
  }

  /**
   * Adds, to each sum, the product of {@code vector} with one number of each column.
   *
   * @param columns (length, sums)
   * @param vector (length)
   */
  static void addProducts(float[][] columns, float[] vector, float[] sums, int length) {
    int i = 0;
    for (; i + 3 < length; i += 4) {
      addFour(
          columns[i],
          columns[i + 1],
          columns[i + 2],
          columns[i + 3],
          vector[i],
          vector[i + 1],
          vector[i + 2],
          vector[i + 3],
          sums);
    }
    for (; i < length; i++) {
      addOne(columns[i], vector[i], sums);
    }
  }

  private static void addFour(
      float[] column0,
      float[] column1,
      float[] column2,
      float[] column3,
      float factor0,
      float factor1,
      float factor2,
      float factor3,
      float[] sums) {
    for (int r = 0; r < sums.length; r++) {
      sums[r] +=
          factor0 * column0[r] + factor1 * column1[r] + factor2 * column2[r] + factor3 * column3[r];
    }
  }

  private static void addOne(float[] column, float factor, float[] sums) {
    for (int r = 0; r < sums.length; r++) {
      sums[r] += factor * column[r];
    }
  }
}
