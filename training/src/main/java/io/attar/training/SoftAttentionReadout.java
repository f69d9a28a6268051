package io.attar.training;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Soft attention over some clicks of a session: theta = sum_t a_t x_t, a_t = w . sigmoid(G1 x_t + c
 * + G2 mean of the clicks) (Xia et al., EODRec, TOIS 2022, eq. 4-5; no softmax over the clicks).
 * The mean is over the clicks that count, whatever padding lies between them.
 */
final class SoftAttentionReadout {
  private static final double INITIAL_DEVIATION = 0.02;

  private final Parameter click; // (N, N) G1
  private final Parameter bias; // (1, N) c
  private final Parameter mean; // (N, N) G2
  private final Parameter weight; // (1, N) w

  SoftAttentionReadout(String name, int dimension, SplittableRandom random) {
    this.click = matrix(name + ".click", dimension, random);
    this.bias = Parameter.whole(name + ".bias", Tensors.zeros(1, dimension), 1);
    this.mean = matrix(name + ".mean", dimension, random);
    float[] half = new float[dimension];
    Arrays.fill(half, 2f / dimension); // attention near 1: the readout begins as a sum
    this.weight = Parameter.whole(name + ".weight", Tensors.of(half, 1, dimension), 1);
  }

  private static Parameter matrix(String name, int dimension, SplittableRandom random) {
    float[] values = new float[dimension * dimension];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (INITIAL_DEVIATION * Randoms.gaussian(random));
    }
    return Parameter.whole(name, Tensors.of(values, dimension, dimension), 1);
  }

  List<Parameter> parameters() {
    return List.of(click, bias, mean, weight);
  }

  /**
   * The vector of each session's counting clicks.
   *
   * @param clicks (C, T, N) item vectors
   * @param mask (C, T) 1 where a click counts, else 0
   * @return (C, N)
   */
  Tensor read(Tensor clicks, Tensor mask) {
    return read(clicks, mask, click.value(), bias.value(), mean.value(), weight.value());
  }

  static Tensor read(
      Tensor clicks, Tensor mask, Tensor click, Tensor bias, Tensor mean, Tensor weight) {
    Tensor row = mask.unsqueeze(1); // (C, 1, T)
    Tensor count = Tensors.sumLast(row).clamp_min(Tensors.scalar(1)).unsqueeze(2); // (C, 1, 1)
    Tensor average = torch.bmm(row, clicks).div(count); // (C, 1, N)
    Tensor attention =
        torch
            .sigmoid(clicks.matmul(click.t()).add(bias).add(average.matmul(mean.t()))) // (C, T, N)
            .matmul(weight.t()) // (C, T, 1)
            .transpose(1, 2)
            .mul(row);
    return torch.bmm(attention, clicks).squeeze(1);
  }
}
