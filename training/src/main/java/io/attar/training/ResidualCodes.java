package io.attar.training;

import java.nio.IntBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Codes by residual k-means: each codebook clusters what the ones before it leave over; then each
 * item's codes are chosen anew, one codebook at a time with the others held, and the codebook
 * refitted; then items that share all their codes are told apart, the less clicked one moving to
 * the unused code that adds the least error, last codebook first.
 *
 * <p>Sums run over items in order, so the same rows and seed give the same codes.
 */
final class ResidualCodes {
  private static final int BLOCK = 4096;

  private final int size;
  private final int dimension;
  private final int codewordCount;
  private final int[][] codes; // (M, V)
  private final float[] codebooks; // (M K, N)
  private final double[] weights; // (V) what an item's error counts
  private int moved;

  private ResidualCodes(
      int size, int dimension, int codebookCount, int codewordCount, double[] weights) {
    this.size = size;
    this.dimension = dimension;
    this.codewordCount = codewordCount;
    this.weights = weights;
    this.codes = new int[codebookCount][size];
    this.codebooks = new float[codebookCount * codewordCount * dimension];
  }

  /**
   * What was learned.
   *
   * @param codes every item's code, all distinct
   * @param codebooks (M K, N)
   * @param error squared error over squared length of the rows
   * @param repaired items moved so that no two share a code
   */
  record Result(Codes codes, float[] codebooks, double error, int repaired) {}

  /**
   * Clusters, re-assigns and tells apart.
   *
   * @param rows (V, N) item vectors
   * @param clickCounts (V) decides which of two items with one code moves
   * @param popularityExponent an item's error counts its clicks, plus one, to this power
   * @throws IllegalArgumentException when there are fewer codes than items
   */
  static Result learn(
      float[] rows,
      int dimension,
      int[] clickCounts,
      double popularityExponent,
      int codebookCount,
      int codewordCount,
      int iterations,
      int rounds,
      long seed) {
    requireEnoughCodes(codebookCount, codewordCount, clickCounts.length);
    double[] weights = new double[clickCounts.length];
    for (int v = 0; v < weights.length; v++) {
      weights[v] = Math.pow(clickCounts[v] + 1.0, popularityExponent);
    }
    ResidualCodes learner =
        new ResidualCodes(clickCounts.length, dimension, codebookCount, codewordCount, weights);
    float[] residual = rows.clone();
    for (int m = 0; m < codebookCount; m++) {
      learner.cluster(m, residual, iterations, Randoms.seed(seed, "codebook", m));
      learner.subtract(m, residual, -1);
    }
    for (int round = 0; round < rounds; round++) {
      for (int m = 0; m < codebookCount; m++) {
        learner.subtract(m, residual, 1);
        learner.assign(m, residual);
        learner.refit(m, residual, null);
        learner.subtract(m, residual, -1);
      }
    }
    learner.makeDistinct(residual, clickCounts);
    double error = 0;
    double total = 0;
    for (int i = 0; i < rows.length; i++) {
      error += (double) residual[i] * residual[i];
      total += (double) rows[i] * rows[i];
    }
    return new Result(
        new Codes(codewordCount, learner.codes), learner.codebooks, error / total, learner.moved);
  }

  /** Refuses settings in which two items must share a code. */
  static void requireEnoughCodes(int codebookCount, int codewordCount, int itemCount) {
    if (codebookCount * Math.log(codewordCount) < Math.log(itemCount) - 1e-9) {
      throw new IllegalArgumentException(
          codebookCount
              + " codebooks of "
              + codewordCount
              + " codewords make "
              + Math.round(Math.pow(codewordCount, codebookCount))
              + " codes, fewer than the "
              + itemCount
              + " items: raise student.codebooks or student.codewords");
    }
  }

  private void cluster(int m, float[] residual, int iterations, long seed) {
    try (PointerScope scope = new PointerScope()) {
      seedCodewords(m, residual, new SplittableRandom(seed));
    }
    for (int i = 0; i < iterations; i++) {
      float[] distances = assign(m, residual);
      refit(m, residual, distances);
    }
    assign(m, residual);
  }

  /** k-means++ (Arthur and Vassilvitskii, SODA 2007). */
  private void seedCodewords(int m, float[] residual, SplittableRandom random) {
    Tensor points = Tensors.of(residual, size, dimension);
    float[] lengths = Tensors.floats(Tensors.sumLast(points.mul(points)));
    float[] nearest = new float[size];
    Arrays.fill(nearest, Float.POSITIVE_INFINITY);
    int chosen = random.nextInt(size);
    for (int k = 0; k < codewordCount; k++) {
      int base = (m * codewordCount + k) * dimension;
      System.arraycopy(residual, chosen * dimension, codebooks, base, dimension);
      float[] products;
      try (PointerScope scope = new PointerScope()) {
        products = Tensors.floats(torch.mv(points, points.select(0, chosen)));
      }
      double sum = 0;
      for (int v = 0; v < size; v++) {
        float distance = lengths[v] + lengths[chosen] - 2 * products[v];
        nearest[v] = Math.max(0, Math.min(nearest[v], distance));
        sum += weights[v] * nearest[v];
      }
      double place = random.nextDouble() * sum;
      chosen = 0;
      while (chosen < size - 1 && place >= weights[chosen] * nearest[chosen]) {
        place -= weights[chosen] * nearest[chosen];
        chosen++;
      }
    }
  }

  /** Nearest codeword of every item; returns the squared distances less the items' own lengths. */
  private float[] assign(int m, float[] residual) {
    float[] distances = new float[size];
    try (PointerScope scope = new PointerScope()) {
      int base = m * codewordCount * dimension;
      Tensor codewords =
          Tensors.of(
              Arrays.copyOfRange(codebooks, base, base + codewordCount * dimension),
              codewordCount,
              dimension);
      Tensor lengths = Tensors.sumLast(codewords.mul(codewords));
      for (int from = 0; from < size; from += BLOCK) {
        try (PointerScope inner = new PointerScope()) {
          int count = Math.min(BLOCK, size - from);
          Tensor points =
              Tensors.of(
                  Arrays.copyOfRange(residual, from * dimension, (from + count) * dimension),
                  count,
                  dimension);
          var nearest =
              torch.min(
                  torch.mm(points, codewords.t()).mul_(Tensors.scalar(-2)).add_(lengths), 1, false);
          System.arraycopy(Tensors.floats(nearest.get0()), 0, distances, from, count);
          System.arraycopy(Tensors.ints(nearest.get1()), 0, codes[m], from, count);
        }
      }
    }
    return distances;
  }

  /** Codewords to the mean of their items; one without items to the item farthest from its own. */
  private void refit(int m, float[] residual, float @Nullable [] distances) {
    int base = m * codewordCount * dimension;
    double[] sums = new double[codewordCount * dimension];
    double[] counts = new double[codewordCount];
    for (int v = 0; v < size; v++) {
      int code = codes[m][v];
      counts[code] += weights[v];
      for (int d = 0; d < dimension; d++) {
        sums[code * dimension + d] += weights[v] * residual[v * dimension + d];
      }
    }
    boolean[] taken = new boolean[distances == null ? 0 : size];
    for (int k = 0; k < codewordCount; k++) {
      if (counts[k] > 0) {
        for (int d = 0; d < dimension; d++) {
          codebooks[base + k * dimension + d] = (float) (sums[k * dimension + d] / counts[k]);
        }
      } else if (distances != null) {
        int farthest = farthest(residual, distances, taken);
        taken[farthest] = true;
        System.arraycopy(
            residual, farthest * dimension, codebooks, base + k * dimension, dimension);
      }
    }
  }

  private int farthest(float[] residual, float[] distances, boolean[] taken) {
    int farthest = 0;
    double most = Double.NEGATIVE_INFINITY;
    for (int v = 0; v < size; v++) {
      if (!taken[v]) {
        double distance = distances[v];
        for (int d = 0; d < dimension; d++) {
          distance += (double) residual[v * dimension + d] * residual[v * dimension + d];
        }
        if (weights[v] * distance > most) {
          most = weights[v] * distance;
          farthest = v;
        }
      }
    }
    return farthest;
  }

  /** residual += sign times every item's codeword. */
  private void subtract(int m, float[] residual, int sign) {
    for (int v = 0; v < size; v++) {
      int base = (m * codewordCount + codes[m][v]) * dimension;
      for (int d = 0; d < dimension; d++) {
        residual[v * dimension + d] += sign * codebooks[base + d];
      }
    }
  }

  private void makeDistinct(float[] residual, int[] clickCounts) {
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
    for (int v : order) {
      if (!used.add(IntBuffer.wrap(code(v)))) {
        move(v, residual, used, everyCode);
        used.add(IntBuffer.wrap(code(v)));
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
   */
  private void move(int v, float[] residual, Set<IntBuffer> used, Set<IntBuffer> everyCode) {
    int[] code = code(v);
    for (int m = codes.length - 1; m >= 0; m--) {
      int old = code[m];
      int best = -1;
      double bestError = Double.POSITIVE_INFINITY;
      for (int k = 0; k < codewordCount; k++) {
        code[m] = k;
        if (k != old && !everyCode.contains(IntBuffer.wrap(code))) {
          double error = errorWith(v, m, k, residual);
          if (error < bestError) {
            bestError = error;
            best = k;
          }
        }
      }
      code[m] = old;
      if (best >= 0) {
        change(v, m, best, residual);
        everyCode.add(IntBuffer.wrap(code(v)));
        return;
      }
    }
    // Every neighbour in one codebook is taken: count through all codes for the first that is free.
    int[] free = new int[codes.length];
    while (used.contains(IntBuffer.wrap(free)) || everyCode.contains(IntBuffer.wrap(free))) {
      int m = codes.length - 1;
      while (++free[m] == codewordCount) {
        free[m--] = 0;
      }
    }
    for (int m = 0; m < codes.length; m++) {
      change(v, m, free[m], residual);
    }
    everyCode.add(IntBuffer.wrap(code(v)));
  }

  private double errorWith(int v, int m, int k, float[] residual) {
    int old = (m * codewordCount + codes[m][v]) * dimension;
    int tried = (m * codewordCount + k) * dimension;
    double error = 0;
    for (int d = 0; d < dimension; d++) {
      double left = residual[v * dimension + d] + codebooks[old + d] - codebooks[tried + d];
      error += left * left;
    }
    return error;
  }

  private void change(int v, int m, int k, float[] residual) {
    int old = (m * codewordCount + codes[m][v]) * dimension;
    int chosen = (m * codewordCount + k) * dimension;
    for (int d = 0; d < dimension; d++) {
      residual[v * dimension + d] += codebooks[old + d] - codebooks[chosen + d];
    }
    codes[m][v] = k;
  }
}
