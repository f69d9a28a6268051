package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class AdamTest {
  private static double[] afterTwoSteps(double weightDecay) {
    Parameter parameter = Parameter.whole("x", Tensors.of(new float[] {2, -1}, 1, 2), 1);
    Adam adam = new Adam(List.of(parameter), weightDecay);
    Tensor slopes = Tensors.of(new float[] {0.5f, 1}, 1, 2);
    for (int step = 0; step < 2; step++) {
      parameter.value().mul(slopes).sum().backward();
      adam.step(0.1);
    }
    float[] values = Tensors.floats(parameter.value());
    return new double[] {values[0], values[1]};
  }

  /** The paper's algorithm 1 on the slope plus the L2 penalty's. */
  @Test
  void weightDecayGoesThroughTheMoments() {
    for (double weightDecay : new double[] {0, 0.3}) {
      double[] expected = {2, -1};
      double[] slopes = {0.5, 1};
      for (int i = 0; i < 2; i++) {
        double first = 0;
        double second = 0;
        for (int step = 1; step <= 2; step++) {
          double slope = slopes[i] + weightDecay * expected[i];
          first = 0.9 * first + 0.1 * slope;
          second = 0.999 * second + 0.001 * slope * slope;
          expected[i] -=
              0.1
                  * (first / (1 - Math.pow(0.9, step)))
                  / (Math.sqrt(second / (1 - Math.pow(0.999, step))) + 1e-8);
        }
      }
      assertThat(afterTwoSteps(weightDecay)).containsExactly(expected, within(1e-5));
    }
    assertThat(afterTwoSteps(0.3)[1]).isNotCloseTo(afterTwoSteps(0)[1], within(1e-5));
  }
}
