package io.attar.runtime;

/** Half floats (IEEE 754-2019 binary16); {@code Float.float16ToFloat} is too young for phones. */
final class HalfFloat {
  private HalfFloat() {}

  /** Widens the low 16 bits of {@code half}, without rounding; infinities and NaN stay such. */
  static float toFloat(int half) {
    int sign = (half & 0x8000) << 16;
    int exponent = (half >>> 10) & 0x1F;
    int fraction = half & 0x3FF;
    if (exponent == 0) {
      // Zero or subnormal: fraction x 2^-24, exact in a single.
      float magnitude = fraction * 0x1p-24f;
      return sign == 0 ? magnitude : -magnitude;
    }
    if (exponent == 0x1F) {
      return Float.intBitsToFloat(sign | 0x7F800000 | fraction << 13);
    }
    // The exponent biases are 15 and 127.
    return Float.intBitsToFloat(sign | (exponent + 112) << 23 | fraction << 13);
  }
}
