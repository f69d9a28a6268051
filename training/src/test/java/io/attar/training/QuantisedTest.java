package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QuantisedTest {
  private static final int ROWS = 20;
  private static final int COLUMNS = 7;

  @ParameterizedTest
  @ValueSource(ints = {8, 4})
  void theErrorIsAtMostHalfAStep(int bits) {
    float[] values = Toys.gaussians(new SplittableRandom(1), ROWS * COLUMNS, 3);
    values[4] = 1e6f;
    Quantised quantised = Quantised.of(values, ROWS, COLUMNS, bits);
    int largest = largestOf(bits);
    float[] back = quantised.values();
    for (int row = 0; row < ROWS; row++) {
      float most = 0;
      int mostInteger = 0;
      for (int i = row * COLUMNS; i < (row + 1) * COLUMNS; i++) {
        most = Math.max(most, Math.abs(values[i]));
        mostInteger = Math.max(mostInteger, Math.abs(quantised.integers()[i]));
        assertThat((double) back[i])
            .isCloseTo(values[i], within(0.5000001 * quantised.scales()[row]));
      }
      assertThat(quantised.scales()[row]).isEqualTo(most / largest);
      assertThat(mostInteger).isEqualTo(largest);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 4})
  void zeroRowsStayZero(int bits) {
    Quantised quantised = Quantised.of(new float[] {0, 0, 1, -1}, 2, 2, bits);
    assertThat(quantised.scales()[0]).isZero();
    assertThat(quantised.values()).containsExactly(new float[] {0, 0, 1, -1}, within(1e-7f));
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 4})
  void doneTwiceOnlyRoundingMoves(int bits) {
    Tensor matrix =
        Tensors.of(Toys.gaussians(new SplittableRandom(2), ROWS * COLUMNS, 1), ROWS, COLUMNS);
    Quantised first = Quantised.of(matrix, bits);
    Quantised.roundTrip(matrix, bits);
    assertThat(Tensors.floats(matrix)).isEqualTo(first.values());
    Quantised second = Quantised.of(matrix, bits);
    assertThat(second.integers()).isEqualTo(first.integers());
    assertThat(second.scales()).containsExactly(first.scales(), within(1e-7f));
  }

  /** Near the smallest floats a scale is so coarse that the largest integer would be passed. */
  @ParameterizedTest
  @ValueSource(ints = {8, 4})
  void theSmallestFloatsKeepTheirSign(int bits) {
    for (int multiple = largestOf(bits); multiple < 600; multiple++) {
      float[] values = {multiple * Float.MIN_VALUE, -multiple * Float.MIN_VALUE};
      Quantised quantised = Quantised.of(values, 1, 2, bits);
      int largest = largestOf(bits);
      assertThat((int) quantised.integers()[0]).isBetween(1, largest);
      assertThat((int) quantised.integers()[1]).isBetween(-largest, -1);
      float[] back = quantised.values();
      assertThat(back[0]).as("%s smallest floats", multiple).isBetween(0f, 2 * values[0]);
      assertThat(back[1]).isBetween(2 * values[1], 0f);
    }
  }

  private static int largestOf(int bits) {
    return bits == 8 ? 127 : 7;
  }
}
