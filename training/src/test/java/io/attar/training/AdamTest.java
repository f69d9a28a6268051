package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
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

  /** So many rows that workers share them. */
  @Test
  void onlyTheRowsOfAStepMoveEachByItsOwnMoments() {
    int size = 3000;
    int columns = 3;
    SplittableRandom random = new SplittableRandom(1);
    float[] start = new float[size * columns];
    for (int i = 0; i < start.length; i++) {
      start[i] = (float) random.nextDouble();
    }
    double[] expected = new double[start.length];
    double[] first = new double[start.length];
    double[] second = new double[start.length];
    for (int i = 0; i < start.length; i++) {
      expected[i] = start[i];
    }
    Parameter parameter = Parameter.rowWise("x", Tensors.of(start, size, columns));
    Adam adam = new Adam(List.of(parameter));
    for (int step = 1; step <= 3; step++) {
      int stride = step; // another choice of rows each time, backwards
      int[] rows = IntStream.range(0, size / 3).map(i -> size - 1 - i * stride).toArray();
      float[] slopes = new float[rows.length * columns];
      for (int i = 0; i < slopes.length; i++) {
        slopes[i] = (float) (random.nextDouble() - 0.5);
      }
      parameter.activate(Tensors.indices(rows));
      parameter.gradient(Tensors.of(slopes, rows.length, columns));
      adam.step(0.1);
      for (int i = 0; i < slopes.length; i++) {
        int place = rows[i / columns] * columns + i % columns;
        first[place] = 0.9 * first[place] + 0.1 * slopes[i];
        second[place] = 0.999 * second[place] + 0.001 * slopes[i] * slopes[i];
        expected[place] -=
            0.1
                * (first[place] / (1 - Math.pow(0.9, step)))
                / (Math.sqrt(second[place] / (1 - Math.pow(0.999, step))) + 1e-8);
      }
    }
    float[] moved = Tensors.floats(parameter.value());
    for (int i = 0; i < moved.length; i++) {
      assertThat((double) moved[i]).isCloseTo(expected[i], within(1e-5));
    }
  }
}
