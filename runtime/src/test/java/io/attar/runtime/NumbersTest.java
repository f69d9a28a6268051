package io.attar.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The functions written here because the platforms lack them. */
final class NumbersTest {

  @Test
  void everyHalfFloatIsExact() {
    for (int half = 0; half < 0x10000; half++) {
      float actual = HalfFloat.toFloat(half);
      if ((half & 0x7C00) != 0x7C00) {
        assertThat((double) actual).as("half %x", half).isEqualTo(Matrix.half(half));
      } else {
        assertThat(Vectors.isFinite(actual)).as("half %x", half).isFalse();
        assertThat(Float.isNaN(actual)).as("half %x", half).isEqualTo((half & 0x3FF) != 0);
      }
    }
  }

  @Test
  void geluKeepsItsErrorBound() {
    float[] x = new float[14_001];
    for (int i = 0; i < x.length; i++) {
      x[i] = (i - 7_000) / 1_000f;
    }
    float[] actual = x.clone();
    Functions.gelu(actual, x.length);
    for (int i = 0; i < x.length; i++) {
      double expected = 0.5 * x[i] * (1 + ReferenceModel.erf(x[i] * Math.sqrt(0.5)));
      assertThat(Math.abs(actual[i] - expected))
          .as("x %s", x[i])
          .isLessThanOrEqualTo(5e-7 * Math.abs(x[i]));
    }
    // The reference itself, from the tables.
    assertThat(Math.abs(ReferenceModel.erf(1) - 0.8427007929497149)).isLessThan(1e-14);
  }

  @Test
  void sigmoidKeepsItsErrorBound() {
    float[] x = new float[40_003];
    for (int i = 0; i < 40_001; i++) {
      x[i] = (i - 20_000) / 500f;
    }
    x[40_001] = Float.POSITIVE_INFINITY;
    x[40_002] = Float.NEGATIVE_INFINITY;
    float[] actual = x.clone();
    Functions.sigmoid(actual, x.length);
    for (int i = 0; i < x.length; i++) {
      assertThat(Math.abs(actual[i] - 1 / (1 + Math.exp(-x[i])))).as("x %s", x[i]).isLessThan(3e-7);
    }
  }

  @Test
  void expKeepsItsErrorBound() {
    for (int i = 0; i <= 70_000; i++) {
      double x = -i / 100.0;
      double expected = Math.exp(x);
      assertThat(Math.abs(Functions.exp(x) - expected))
          .as("x %s", x)
          .isLessThanOrEqualTo(1e-12 * expected);
    }
    assertThat(Functions.exp(0)).isEqualTo(1);
    assertThat(Functions.exp(-701)).isZero();
    assertThat(Functions.exp(Double.NEGATIVE_INFINITY)).isZero();
    assertThat(Functions.exp(Double.NaN)).isZero();
  }

  @Test
  void dotCoversEveryLength() {
    for (int length = 0; length < 20; length++) {
      float[] a = new float[length + 3];
      float[] b = new float[length + 5];
      double expected = 0;
      for (int i = 0; i < length; i++) {
        a[3 + i] = i + 1;
        b[5 + i] = 2 * i - 7;
        expected += (i + 1) * (2 * i - 7);
      }
      assertThat((double) Vectors.dot(a, 3, b, 5, length)).isEqualTo(expected);
    }
  }

  @Test
  void utf8IsWhatTheStandardDecoderTakes() {
    long seed = 31;
    Random random = new Random(seed);
    int sound = 0;
    for (int round = 0; round < 40_000; round++) {
      byte[] bytes = new byte[random.nextInt(6)];
      for (int i = 0; i < bytes.length; i++) {
        // Mostly the bytes around the borders of the encoding.
        int[] pool = {0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF};
        int[] leads = {0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0xF5, 0xF7, 0xF8, 0xFF};
        int pick = random.nextInt(pool.length + leads.length);
        bytes[i] = (byte) (pick < pool.length ? pool[pick] : leads[pick - pool.length]);
      }
      boolean expected = true;
      try {
        StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
        sound++;
      } catch (CharacterCodingException e) {
        expected = false;
      }
      assertThat(Utf8.firstBroken(bytes, 0, bytes.length) < 0)
          .as("seed %d, round %d", seed, round)
          .isEqualTo(expected);
    }
    assertThat(sound).isBetween(4_000, 36_000);
  }

  @Test
  void everyCharacterComesBack() {
    for (int codePoint = 1; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
      if (codePoint >= 0xD800 && codePoint <= 0xDFFF) {
        continue;
      }
      byte[] bytes = Character.toString(codePoint).getBytes(StandardCharsets.UTF_8);
      if (Utf8.firstBroken(bytes, 0, bytes.length) >= 0
          || Utf8.codePoint(bytes, 0) != codePoint
          || Utf8.length(bytes[0] & 0xFF) != bytes.length) {
        assertThat(codePoint).as("a character read wrongly").isNegative();
      }
    }
  }
}
