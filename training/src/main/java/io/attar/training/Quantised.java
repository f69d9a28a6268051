package io.attar.training;

import org.bytedeco.pytorch.Tensor;

/**
 * A matrix as int8 with one scale a row: value = scale x byte.
 *
 * @param scales (rows)
 * @param bytes (rows, columns), each -127 to 127
 */
record Quantised(float[] scales, byte[] bytes) {
  private static final int LARGEST = 127;

  static Quantised of(float[] values, int rows, int columns) {
    float[] scales = new float[rows];
    byte[] bytes = new byte[rows * columns];
    for (int row = 0; row < rows; row++) {
      float most = 0;
      for (int i = row * columns; i < (row + 1) * columns; i++) {
        most = Math.max(most, Math.abs(values[i]));
      }
      scales[row] = most / LARGEST;
      if (scales[row] > 0) {
        for (int i = row * columns; i < (row + 1) * columns; i++) {
          bytes[i] = (byte) Math.round(values[i] / scales[row]);
        }
      }
    }
    return new Quantised(scales, bytes);
  }

  /** The values that a reader gets back. */
  float[] values() {
    int columns = scales.length == 0 ? 0 : bytes.length / scales.length;
    float[] values = new float[bytes.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = scales[i / columns] * bytes[i];
    }
    return values;
  }

  /**
   * Replaces a tensor's numbers by what survives quantisation; done again, nothing moves but by
   * rounding.
   */
  static void roundTrip(Tensor matrix) {
    int rows = (int) matrix.size(0);
    Tensors.assign(matrix, of(Tensors.floats(matrix), rows, (int) matrix.size(1)).values());
  }

  /** Whether a parameter is large enough to be worth quantising; vectors and norms stay floats. */
  static boolean isMatrix(Parameter parameter) {
    return parameter.value().size(0) > 2;
  }
}
