package io.attar.training;

import io.attar.data.Sessions;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The item table before training: the leading eigenvectors of the co-occurrence of items within
 * sessions (pairs at most ten clicks apart, weight one over the distance, 0.3 of the row sum on the
 * diagonal, symmetric degree normalisation), by randomised subspace iteration (Halko, Martinsson
 * and Tropp, SIAM Review 2011). Rows have unit length. Items without a neighbour get small random
 * rows.
 */
final class CooccurrenceStart {
  private static final int REACH = 10;
  private static final double DIAGONAL = 0.3;
  private static final int OVERSAMPLING = 16;
  private static final int ITERATIONS = 6;

  /** Clicks that are looked at, the latest ones: bounds the pairs held in memory. */
  private static final int MOST_CLICKS = 8_000_000;

  private final int size;
  private final int[] rowStarts; // (V + 1)
  private final int[] columns; // (pairs)
  private final float[] weights; // (pairs) normalised

  private CooccurrenceStart(int size, int[] rowStarts, int[] columns, float[] weights) {
    this.size = size;
    this.rowStarts = rowStarts;
    this.columns = columns;
    this.weights = weights;
  }

  /**
   * Counts and decomposes.
   *
   * @param exponent power of the eigenvalue that scales each dimension
   * @return (V, dimension), unit rows
   */
  static float[] rows(Sessions sessions, int itemCount, int dimension, double exponent, long seed) {
    return count(sessions, itemCount).leadingRows(dimension, exponent, seed);
  }

  private static CooccurrenceStart count(Sessions sessions, int itemCount) {
    int first = 0;
    while (sessions.clickCount() - sessions.start(first) > MOST_CLICKS) {
      first++;
    }
    int pairs = 0;
    for (int s = first; s < sessions.count(); s++) {
      int length = sessions.length(s);
      for (int distance = 1; distance <= Math.min(REACH, length - 1); distance++) {
        pairs += 2 * (length - distance);
      }
    }
    // One long a pair: row, column, distance; sorted, equal pairs lie side by side.
    long[] keys = new long[pairs];
    int filled = 0;
    for (int s = first; s < sessions.count(); s++) {
      for (int i = sessions.start(s); i < sessions.end(s); i++) {
        for (int j = i + 1; j < Math.min(sessions.end(s), i + REACH + 1); j++) {
          long a = sessions.item(i);
          long b = sessions.item(j);
          if (a != b) {
            keys[filled++] = (a << 36) | (b << 8) | (j - i);
            keys[filled++] = (b << 36) | (a << 8) | (j - i);
          }
        }
      }
    }
    Arrays.sort(keys, 0, filled);
    int[] rowStarts = new int[itemCount + 1];
    int[] columns = new int[filled];
    float[] weights = new float[filled];
    int distinct = 0;
    for (int i = 0; i < filled; ) {
      long pair = keys[i] >>> 8;
      double weight = 0;
      while (i < filled && keys[i] >>> 8 == pair) {
        weight += 1.0 / (keys[i] & 0xff);
        i++;
      }
      columns[distinct] = (int) (pair & 0xfffffff);
      weights[distinct++] = (float) weight;
      rowStarts[(int) (pair >>> 28) + 1] = distinct;
    }
    for (int v = 0; v < itemCount; v++) {
      rowStarts[v + 1] = Math.max(rowStarts[v + 1], rowStarts[v]);
    }
    double[] degree = new double[itemCount];
    for (int v = 0; v < itemCount; v++) {
      for (int p = rowStarts[v]; p < rowStarts[v + 1]; p++) {
        degree[v] += weights[p];
      }
      degree[v] *= 1 + DIAGONAL;
    }
    for (int v = 0; v < itemCount; v++) {
      for (int p = rowStarts[v]; p < rowStarts[v + 1]; p++) {
        weights[p] /= (float) Math.sqrt(degree[v] * degree[columns[p]]);
      }
    }
    return new CooccurrenceStart(itemCount, rowStarts, columns, weights);
  }

  /** target = normalised co-occurrence times source, both (V, width). */
  private void multiply(float[] source, float[] target, int width) {
    float diagonal = (float) (DIAGONAL / (1 + DIAGONAL));
    java.util.stream.IntStream.range(0, size)
        .parallel()
        .forEach(
            v -> {
              int base = v * width;
              boolean alone = rowStarts[v] == rowStarts[v + 1];
              for (int d = 0; d < width; d++) {
                target[base + d] = alone ? 0 : diagonal * source[base + d];
              }
              for (int p = rowStarts[v]; p < rowStarts[v + 1]; p++) {
                float weight = weights[p];
                int other = columns[p] * width;
                for (int d = 0; d < width; d++) {
                  target[base + d] += weight * source[other + d];
                }
              }
            });
  }

  private float[] leadingRows(int dimension, double exponent, long seed) {
    int width = Math.min(dimension + OVERSAMPLING, size);
    int kept = Math.min(dimension, width);
    SplittableRandom random = new SplittableRandom(seed);
    float[] basis = new float[size * width];
    for (int i = 0; i < basis.length; i++) {
      basis[i] = (float) Randoms.gaussian(random);
    }
    float[] image = new float[size * width];
    for (int iteration = 0; iteration < ITERATIONS; iteration++) {
      multiply(basis, image, width);
      basis = orthonormal(image, width);
    }
    multiply(basis, image, width);
    float[] rows = new float[size * dimension];
    try (PointerScope scope = new PointerScope()) {
      Tensor q = Tensors.of(basis, size, width);
      Tensor small = torch.mm(q.t(), Tensors.of(image, size, width)); // (width, width)
      T_TensorTensor_T parts = torch.linalg_eigh(small.add(small.t()).mul(Tensors.scalar(0.5)));
      float[] values = Tensors.floats(parts.get0());
      float[] leading = Tensors.floats(torch.mm(q, parts.get1())); // ascending eigenvalues
      for (int v = 0; v < size; v++) {
        double squares = 0;
        for (int d = 0; d < kept; d++) {
          int column = width - 1 - d;
          double scale = Math.pow(Math.max(values[column], 1e-9), exponent);
          float value = (float) (leading[v * width + column] * scale);
          rows[v * dimension + d] = value;
          squares += (double) value * value;
        }
        boolean alone = rowStarts[v] == rowStarts[v + 1];
        if (alone || squares < 1e-20) {
          squares = 0;
          for (int d = 0; d < dimension; d++) {
            float value = (float) Randoms.gaussian(random);
            rows[v * dimension + d] = value;
            squares += (double) value * value;
          }
        }
        float inverse = (float) (1 / Math.sqrt(squares));
        for (int d = 0; d < dimension; d++) {
          rows[v * dimension + d] *= inverse;
        }
      }
    }
    return rows;
  }

  private float[] orthonormal(float[] columnsOf, int width) {
    try (PointerScope scope = new PointerScope()) {
      return Tensors.floats(torch.linalg_qr(Tensors.of(columnsOf, size, width)).get0());
    }
  }
}
