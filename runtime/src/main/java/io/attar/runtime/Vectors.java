package io.attar.runtime;

/**
 * Arithmetic on parts of arrays. Sums run in one fixed order that depends on the length only, so
 * equal inputs give equal bits. Singles; relative error about 1e-6 times the condition of the sum.
 */
final class Vectors {
  private Vectors() {}

  /** Neither infinite nor NaN ({@code Float.isFinite}, spelled out for every target). */
  static boolean isFinite(float value) {
    return Math.abs(value) <= Float.MAX_VALUE;
  }

  /** The inner product of {@code length} numbers of {@code a} and {@code b}. */
  static float dot(float[] a, int aOffset, float[] b, int bOffset, int length) {
    // Four independent sums: one sum would wait for every addition before the next.
    float sum0 = 0;
    float sum1 = 0;
    float sum2 = 0;
    float sum3 = 0;
    int i = 0;
    for (; i + 3 < length; i += 4) {
      sum0 += a[aOffset + i] * b[bOffset + i];
      sum1 += a[aOffset + i + 1] * b[bOffset + i + 1];
      sum2 += a[aOffset + i + 2] * b[bOffset + i + 2];
      sum3 += a[aOffset + i + 3] * b[bOffset + i + 3];
    }
    float sum = (sum0 + sum1) + (sum2 + sum3);
    for (; i < length; i++) {
      sum += a[aOffset + i] * b[bOffset + i];
    }
    return sum;
  }

  /** Adds {@code factor} times {@code length} numbers of {@code source} to {@code target}. */
  static void addScaled(
      float factor,
      float[] source,
      int sourceOffset,
      float[] target,
      int targetOffset,
      int length) {
    for (int i = 0; i < length; i++) {
      target[targetOffset + i] += factor * source[sourceOffset + i];
    }
  }

  /** The length (2-norm), summed in double so that it neither over- nor underflows. */
  static double norm(float[] vector, int offset, int length) {
    double squares = 0;
    for (int i = 0; i < length; i++) {
      double value = vector[offset + i];
      squares += value * value;
    }
    return Math.sqrt(squares);
  }

  /** Divides a vector by its length; a zero vector stays zero. */
  static void normalise(float[] vector, int offset, int length) {
    double norm = norm(vector, offset, length);
    if (norm == 0) {
      return;
    }
    for (int i = 0; i < length; i++) {
      vector[offset + i] = (float) (vector[offset + i] / norm);
    }
  }

  /**
   * y = W x + b: {@code length} inner products.
   *
   * @param weight (length, length), a row is an output
   * @param bias (length)
   */
  static void affine(
      float[] weight, float[] bias, float[] x, int xOffset, float[] y, int yOffset, int length) {
    for (int row = 0; row < length; row++) {
      y[yOffset + row] = dot(weight, row * length, x, xOffset, length) + bias[row];
    }
  }
}
