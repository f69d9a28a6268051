package io.attar.runtime;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

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

  /** The sum, in double. */
  static double sum(float[] vector) {
    double sum0 = 0;
    double sum1 = 0;
    double sum2 = 0;
    double sum3 = 0;
    int i = 0;
    for (; i + 3 < vector.length; i += 4) {
      sum0 += vector[i];
      sum1 += vector[i + 1];
      sum2 += vector[i + 2];
      sum3 += vector[i + 3];
    }
    double sum = (sum0 + sum1) + (sum2 + sum3);
    for (; i < vector.length; i++) {
      sum += vector[i];
    }
    return sum;
  }

  /** The sum of the squared differences to {@code center}, in double. */
  static double squares(float[] vector, double center) {
    double sum0 = 0;
    double sum1 = 0;
    int i = 0;
    for (; i + 1 < vector.length; i += 2) {
      double difference0 = vector[i] - center;
      double difference1 = vector[i + 1] - center;
      sum0 += difference0 * difference0;
      sum1 += difference1 * difference1;
    }
    double sum = sum0 + sum1;
    if (i < vector.length) {
      double difference = vector[i] - center;
      sum += difference * difference;
    }
    return sum;
  }

  /** The inner product, in double. */
  static double product(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
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

  /** Adds {@code length} numbers of {@code source} from {@code offset} on to {@code target}. */
  static void add(float[] source, int offset, float[] target, int length) {
    add(source, offset, target, 0, length);
  }

  /** The same, to numbers of {@code target} from {@code targetOffset} on. */
  static void add(float[] source, int offset, float[] target, int targetOffset, int length) {
    for (int i = 0; i < length; i++) {
      target[targetOffset + i] += source[offset + i];
    }
  }

  /** target = first + numbers of {@code second} from {@code offset} on; null adds nothing. */
  static void sum(float @Nullable [] first, float[] second, int offset, float[] target) {
    if (first == null) {
      System.arraycopy(second, offset, target, 0, target.length);
      return;
    }
    for (int i = 0; i < target.length; i++) {
      target[i] = first[i] + second[offset + i];
    }
  }

  /**
   * target = sum over i below {@code count} of factors[i] columns[i]; see {@link #addMultiplied}.
   */
  static void multiply(float[][] columns, float[] factors, int count, float[] target) {
    Arrays.fill(target, 0);
    addMultiplied(columns, factors, count, target);
  }

  /**
   * Adds the sum over i below {@code count} of factors[i] columns[i], four columns a pass: the loop
   * over a column has no order to keep, so it becomes vector instructions, which an inner product
   * does not.
   *
   * @param columns (count or more, target.length or more)
   * @param factors (count or more)
   */
  static void addMultiplied(float[][] columns, float[] factors, int count, float[] target) {
    int i = 0;
    for (; i + 3 < count; i += 4) {
      addFour(
          columns[i],
          columns[i + 1],
          columns[i + 2],
          columns[i + 3],
          factors[i],
          factors[i + 1],
          factors[i + 2],
          factors[i + 3],
          target);
    }
    for (; i < count; i++) {
      addRow(factors[i], columns[i], 0, target, 0, target.length);
    }
  }

  /** The product of a matrix (rows, inner) and a matrix (inner, columns), row by row like both. */
  static void product(
      float[] a,
      int aOffset,
      float[] b,
      int bOffset,
      float[] target,
      int offset,
      int rows,
      int inner,
      int columns) {
    Arrays.fill(target, offset, offset + rows * columns, 0);
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < inner; j++) {
        float factor = a[aOffset + i * inner + j];
        addRow(factor, b, bOffset + j * columns, target, offset + i * columns, columns);
      }
    }
  }

  /** Adds {@code factor} times {@code length} numbers of {@code row} to as many of another. */
  static void addRow(float factor, float[] row, int from, float[] target, int offset, int length) {
    for (int c = 0; c < length; c++) {
      target[offset + c] += factor * row[from + c];
    }
  }

  /** (columns, rows) of a matrix (rows, columns) that is stored row by row. */
  static float[][] transposed(float[] matrix, int rows, int columns) {
    float[][] transposed = new float[columns][rows];
    for (int i = 0; i < rows; i++) {
      scatter(matrix, i * columns, transposed, i);
    }
    return transposed;
  }

  private static void scatter(float[] row, int offset, float[][] columns, int place) {
    for (int j = 0; j < columns.length; j++) {
      columns[j][place] = row[offset + j];
    }
  }

  private static void addFour(
      float[] a,
      float[] b,
      float[] c,
      float[] d,
      float factorA,
      float factorB,
      float factorC,
      float factorD,
      float[] target) {
    for (int j = 0; j < target.length; j++) {
      target[j] = target[j] + factorA * a[j] + factorB * b[j] + factorC * c[j] + factorD * d[j];
    }
  }
}
