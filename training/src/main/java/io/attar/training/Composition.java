package io.attar.training;

import java.nio.IntBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Set;

/**
 * Codes and codebooks while they are being found, and what they leave over of the rows. At the end
 * items that share all their codes are told apart: the less clicked one moves to the unused code
 * that adds the least error, last codebook first.
 *
 * <p>The arrays handed out are the state itself: what writes codes or codewords of a codebook first
 * puts that codebook's part back into the residual, then takes the new one out.
 */
final class Composition {
  private final int size;
  private final int dimension;
  private final int codewordCount;
  private final int[] clickCounts; // (V)
  private final double[] weights; // (V) what an item's error counts
  private final int[][] codes; // (M, V)
  private final float[][] codebooks; // (M)(K, N)
  private final float[] residual; // (V, N)
  private final double squares; // squared length of the rows
  private int moved;

  /**
   * Codewords all zero, codes all the first.
   *
   * @param rows (V, N)
   * @param clickCounts (V)
   * @throws IllegalArgumentException when there are fewer codes than items
   */
  Composition(float[] rows, int[] clickCounts, StudentOptions options) {
    Quantiser.requireEnoughCodes(options.codebooks(), options.codewords(), clickCounts.length);
    this.size = clickCounts.length;
    this.dimension = rows.length / size;
    Quantiser.requireShape(options, dimension);
    this.codewordCount = options.codewords();
    this.clickCounts = clickCounts;
    this.weights = new double[size];
    for (int v = 0; v < size; v++) {
      weights[v] = Math.pow(clickCounts[v] + 1.0, options.popularityExponent());
    }
    this.codes = new int[options.codebooks()][size];
    this.codebooks = new float[options.codebooks()][codewordCount * dimension];
    this.residual = rows.clone();
    double sum = 0;
    for (float value : rows) {
      sum += (double) value * value;
    }
    this.squares = sum;
  }

  int dimension() {
    return dimension;
  }

  int codebookCount() {
    return codes.length;
  }

  /** (V) what an item's error counts: its clicks plus one, to the power that the options say. */
  double[] weights() {
    return weights;
  }

  /** (V) codes of one codebook. */
  int[] codes(int m) {
    return codes[m];
  }

  /** All codes, as they stand. */
  Codes codes() {
    return new Codes(codewordCount, codes);
  }

  /** (K, N) codewords of one codebook. */
  float[] codebook(int m) {
    return codebooks[m];
  }

  /** (V, N) rows less what is composed of the codebooks taken out so far. */
  float[] residual() {
    return residual;
  }

  /** Clusters of the residual whose centers and members are codewords and codes of one codebook. */
  KMeans clusters(int m) {
    return new KMeans(dimension, weights, codebooks[m], codes[m]);
  }

  /** Residual less every item's codeword of one codebook. */
  void takeOut(int m) {
    add(m, -1);
  }

  /** Residual plus every item's codeword of one codebook. */
  void putBack(int m) {
    add(m, 1);
  }

  /**
   * Codes and codewords found elsewhere; nothing may have been taken out before.
   *
   * @param found (M, V)
   * @param codewords (M K, N)
   */
  void set(int[][] found, float[] codewords) {
    for (int m = 0; m < codes.length; m++) {
      System.arraycopy(found[m], 0, codes[m], 0, size);
      System.arraycopy(codewords, m * codebooks[m].length, codebooks[m], 0, codebooks[m].length);
      takeOut(m);
    }
  }

  private void add(int m, int sign) {
    for (int v = 0; v < size; v++) {
      int base = codes[m][v] * dimension;
      for (int d = 0; d < dimension; d++) {
        residual[v * dimension + d] += sign * codebooks[m][base + d];
      }
    }
  }

  /**
   * Fits the codebooks to the codes as they are, one after the other with the others held, so many
   * times: each codeword becomes the mean of what the others leave over of its items.
   */
  void fit(int rounds) {
    for (int round = 0; round < rounds; round++) {
      for (int m = 0; m < codes.length; m++) {
        putBack(m);
        clusters(m).refit(residual, null);
        takeOut(m);
      }
    }
  }

  /** Columns m N/M to (m+1) N/M - 1 of the residual (V, N/M). */
  float[] block(int m) {
    int width = dimension / codes.length;
    float[] block = new float[size * width];
    for (int v = 0; v < size; v++) {
      System.arraycopy(residual, v * dimension + m * width, block, v * width, width);
    }
    return block;
  }

  /** Sets the columns m N/M to (m+1) N/M - 1 of one codebook's codewords from (K, N/M). */
  void setBlock(int m, float[] centers) {
    int width = dimension / codes.length;
    for (int k = 0; k < codewordCount; k++) {
      System.arraycopy(centers, k * width, codebooks[m], k * dimension + m * width, width);
    }
  }

  /** Squared error over squared length of the rows. */
  double error() {
    double error = 0;
    for (float value : residual) {
      error += (double) value * value;
    }
    return error / squares;
  }

  /** (M K, N) all codewords. */
  float[] flatCodebooks() {
    float[] flat = new float[codes.length * codewordCount * dimension];
    for (int m = 0; m < codes.length; m++) {
      System.arraycopy(codebooks[m], 0, flat, m * codebooks[m].length, codebooks[m].length);
    }
    return flat;
  }

  /** What was found, with items told apart where that is asked for. */
  Quantiser.Result result(boolean product, boolean uniqueCodes) {
    if (uniqueCodes) {
      makeDistinct();
    }
    return new Quantiser.Result(codes(), flatCodebooks(), product, error(), moved);
  }

  private void makeDistinct() {
    Integer[] order = new Integer[size];
    for (int v = 0; v < size; v++) {
      order[v] = v;
    }
    Arrays.sort(
        order, Comparator.comparingInt((Integer v) -> -clickCounts[v]).thenComparing(v -> v));
    Set<IntBuffer> used = new HashSet<>(2 * size);
    Set<IntBuffer> everyCode = new HashSet<>(2 * size);
    for (int v = 0; v < size; v++) {
      everyCode.add(IntBuffer.wrap(code(v)));
    }
    int[] free = new int[codes.length];
    for (int v : order) {
      if (!used.add(IntBuffer.wrap(code(v)))) {
        move(v, everyCode, free);
        used.add(IntBuffer.wrap(code(v)));
        everyCode.add(IntBuffer.wrap(code(v)));
        moved++;
      }
    }
  }

  private int[] code(int v) {
    int[] code = new int[codes.length];
    for (int m = 0; m < code.length; m++) {
      code[m] = codes[m][v];
    }
    return code;
  }

  /**
   * Gives an item the unused code with the smallest error that differs in one codebook, last first.
   *
   * @param free no code before this one, in counting order, is unused; moved on
   */
  private void move(int v, Set<IntBuffer> everyCode, int[] free) {
    int[] code = code(v);
    for (int m = codes.length - 1; m >= 0; m--) {
      int old = code[m];
      int best = -1;
      double bestError = Double.POSITIVE_INFINITY;
      for (int k = 0; k < codewordCount; k++) {
        code[m] = k;
        if (k != old && !everyCode.contains(IntBuffer.wrap(code))) {
          double error = errorWith(v, m, k);
          if (error < bestError) {
            bestError = error;
            best = k;
          }
        }
      }
      code[m] = old;
      if (best >= 0) {
        change(v, m, best);
        return;
      }
    }
    // Every neighbour in one codebook is taken: count through all codes for the first that is free.
    while (everyCode.contains(IntBuffer.wrap(free))) {
      int m = codes.length - 1;
      while (++free[m] == codewordCount) {
        free[m--] = 0;
      }
    }
    for (int m = 0; m < codes.length; m++) {
      change(v, m, free[m]);
    }
  }

  private double errorWith(int v, int m, int k) {
    int old = codes[m][v] * dimension;
    int tried = k * dimension;
    double error = 0;
    for (int d = 0; d < dimension; d++) {
      double left = residual[v * dimension + d] + codebooks[m][old + d] - codebooks[m][tried + d];
      error += left * left;
    }
    return error;
  }

  private void change(int v, int m, int k) {
    int old = codes[m][v] * dimension;
    int chosen = k * dimension;
    for (int d = 0; d < dimension; d++) {
      residual[v * dimension + d] += codebooks[m][old + d] - codebooks[m][chosen + d];
    }
    codes[m][v] = k;
  }
}
