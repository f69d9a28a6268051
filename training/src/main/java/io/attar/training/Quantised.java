package io.attar.training;

import org.bytedeco.pytorch.Tensor;

/**
 * A matrix as small integers with one scale a row: value = scale x integer.
 *
 * @param bits 8 (integers -127 to 127) or 4 (-7 to 7)
 * @param scales (rows)
 * @param integers (rows, columns)
 */
record Quantised(int bits, float[] scales, byte[] integers) {
  /** The bits of a number that is left as it is; none are quantised to so many. */
  static final int UNROUNDED = 32;

  static Quantised of(float[] values, int rows, int columns, int bits) {
    int largest = (1 << (bits - 1)) - 1;
    float[] scales = new float[rows];
    byte[] integers = new byte[rows * columns];
    for (int row = 0; row < rows; row++) {
      float most = 0;
      for (int i = row * columns; i < (row + 1) * columns; i++) {
        most = Math.max(most, Math.abs(values[i]));
      }
      scales[row] = most / largest;
      if (scales[row] > 0) {
        for (int i = row * columns; i < (row + 1) * columns; i++) {
          // A scale among the smallest floats is coarse enough for the quotient to pass the range.
          int nearest = Math.round(values[i] / scales[row]);
          integers[i] = (byte) Math.max(-largest, Math.min(largest, nearest));
        }
      }
    }
    return new Quantised(bits, scales, integers);
  }

  /** A tensor's numbers as small integers. */
  static Quantised of(Tensor matrix, int bits) {
    return of(Tensors.floats(matrix), (int) matrix.size(0), (int) matrix.size(1), bits);
  }

  /** The values that a reader gets back. */
  float[] values() {
    int columns = scales.length == 0 ? 0 : integers.length / scales.length;
    float[] values = new float[integers.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = scales[i / columns] * integers[i];
    }
    return values;
  }

  /** Replaces a tensor's numbers by what survives quantisation; done again, only rounding moves. */
  static void roundTrip(Tensor matrix, int bits) {
    Tensors.assign(matrix, of(matrix, bits).values());
  }

  /** Whether a parameter is large enough to be worth quantising; vectors and norms stay floats. */
  static boolean isMatrix(Parameter parameter) {
    return parameter.value().size(0) > 2;
  }
}
