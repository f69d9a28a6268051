package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Values against plain loops in double precision, gradients against their finite differences. */
class SoftAttentionReadoutTest {
  private static final int SESSIONS = 4;
  private static final int WIDTH = 5;
  private static final int DIMENSION = 3;
  private static final double STEP = 1e-5;

  private final double[] clicks = new double[SESSIONS * WIDTH * DIMENSION];
  private final double[] mask = new double[SESSIONS * WIDTH];
  private final double[] click = new double[DIMENSION * DIMENSION];
  private final double[] bias = new double[DIMENSION];
  private final double[] mean = new double[DIMENSION * DIMENSION];
  private final double[] weight = new double[DIMENSION];
  private final double[] push = new double[SESSIONS * DIMENSION]; // makes one number of the vectors

  private void fill(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (double[] values : new double[][] {clicks, click, bias, mean, weight, push}) {
      Arrays.setAll(values, i -> Randoms.gaussian(random));
    }
    Arrays.setAll(mask, i -> random.nextInt(3) == 0 ? 0 : 1);
    Arrays.fill(mask, 0, WIDTH, 0);
    mask[2] = 1; // a single click between padding
  }

  private double[] vectors() {
    double[] vectors = new double[SESSIONS * DIMENSION];
    for (int s = 0; s < SESSIONS; s++) {
      double[] average = new double[DIMENSION];
      double count = 0;
      for (int t = 0; t < WIDTH; t++) {
        count += mask[s * WIDTH + t];
      }
      for (int t = 0; t < WIDTH; t++) {
        for (int d = 0; d < DIMENSION; d++) {
          average[d] += mask[s * WIDTH + t] * clicks[(s * WIDTH + t) * DIMENSION + d] / count;
        }
      }
      for (int t = 0; t < WIDTH; t++) {
        if (mask[s * WIDTH + t] > 0) {
          double attention = 0;
          for (int o = 0; o < DIMENSION; o++) {
            double sum = bias[o];
            for (int d = 0; d < DIMENSION; d++) {
              sum += click[o * DIMENSION + d] * clicks[(s * WIDTH + t) * DIMENSION + d];
              sum += mean[o * DIMENSION + d] * average[d];
            }
            attention += weight[o] / (1 + Math.exp(-sum));
          }
          for (int d = 0; d < DIMENSION; d++) {
            vectors[s * DIMENSION + d] += attention * clicks[(s * WIDTH + t) * DIMENSION + d];
          }
        }
      }
    }
    return vectors;
  }

  private double total() {
    double[] vectors = vectors();
    double sum = 0;
    for (int i = 0; i < vectors.length; i++) {
      sum += push[i] * vectors[i];
    }
    return sum;
  }

  private static Tensor leaf(double[] values, long... shape) {
    return Toys.doubles(values, shape).requires_grad_(true);
  }

  private static double[] values(Tensor tensor) {
    double[] values = new double[(int) tensor.numel()];
    new DoublePointer(tensor.detach().contiguous().data_ptr()).get(values);
    return values;
  }

  private void assertGradient(String name, Tensor leaf, double[] at) {
    double[] actual = values(leaf.grad());
    assertThat(actual).hasSameSizeAs(at);
    for (int i = 0; i < at.length; i++) {
      double kept = at[i];
      at[i] = kept + STEP;
      double above = total();
      at[i] = kept - STEP;
      double below = total();
      at[i] = kept;
      assertThat(actual[i])
          .as("%s %s", name, i)
          .isCloseTo((above - below) / (2 * STEP), within(1e-8));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void valuesAndGradientsAgreeWithPlainLoops(long seed) {
    fill(seed);
    Tensor clickRows = leaf(clicks, SESSIONS, WIDTH, DIMENSION);
    Tensor clickWeights = leaf(click, DIMENSION, DIMENSION);
    Tensor biases = leaf(bias, 1, DIMENSION);
    Tensor meanWeights = leaf(mean, DIMENSION, DIMENSION);
    Tensor weights = leaf(weight, 1, DIMENSION);
    Tensor vectors =
        SoftAttentionReadout.read(
            clickRows,
            Toys.doubles(mask, SESSIONS, WIDTH),
            clickWeights,
            biases,
            meanWeights,
            weights);
    assertThat(values(vectors)).containsExactly(vectors(), within(1e-12));
    vectors.mul(Toys.doubles(push, SESSIONS, DIMENSION)).sum().backward();
    assertGradient("clicks", clickRows, clicks);
    assertGradient("click", clickWeights, click);
    assertGradient("bias", biases, bias);
    assertGradient("mean", meanWeights, mean);
    assertGradient("weight", weights, weight);
  }
}
