package io.attar.training;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * One causal self-attention block, post-norm, with soft-attention readout (Kang and McAuley,
 * SASRec, ICDM 2018; Xia et al., EODRec, TOIS 2022, eq. 1-5). Where the paper and its code differ,
 * this follows what was recommended after measuring: gains 1 and biases 0 at the start, residuals
 * of weight one, no tanh in the readout, means over the session's clicks only.
 */
final class SelfAttentionEncoder implements SessionEncoder {
  static final String NAME = "self-attention";
  private static final double NORM_EPSILON = 1e-12;
  private static final double INITIAL_DEVIATION = 0.02;

  private final int dimension;
  private final int window;
  private final int heads;
  private final double dropout;
  private final List<Parameter> parameters = new ArrayList<>();
  private final Parameter position; // (L, N)
  private final Norm inputNorm;
  private final Linear query;
  private final Linear key;
  private final Linear value;
  private final Linear output;
  private final Norm attentionNorm;
  private final Linear inner;
  private final Linear outer;
  private final Norm outputNorm;
  private final Linear readoutClick; // G1 and c
  private final Parameter readoutMean; // (N, N) G2
  private final Parameter readoutWeight; // (1, N) w
  private boolean training;

  SelfAttentionEncoder(int dimension, int window, int heads, double dropout, long seed) {
    if (heads < 1 || dimension % heads != 0) {
      throw new IllegalArgumentException(
          "heads must divide the dimension " + dimension + ": " + heads);
    }
    this.dimension = dimension;
    this.window = window;
    this.heads = heads;
    this.dropout = dropout;
    SplittableRandom random = new SplittableRandom(seed);
    this.position = matrix("position", window, random);
    this.inputNorm = new Norm("norm0");
    this.query = new Linear("query", random);
    this.key = new Linear("key", random);
    this.value = new Linear("value", random);
    this.output = new Linear("output", random);
    this.attentionNorm = new Norm("norm1");
    this.inner = new Linear("inner", random);
    this.outer = new Linear("outer", random);
    this.outputNorm = new Norm("norm2");
    this.readoutClick = new Linear("readout.click", random);
    this.readoutMean = matrix("readout.mean", dimension, random);
    this.readoutWeight =
        add(Parameter.whole("readout.weight", constant(2f / dimension, 1, dimension), 1));
  }

  @Override
  public String name() {
    return NAME;
  }

  int heads() {
    return heads;
  }

  @Override
  public Tensor encode(Tensor inputs, SessionBatch batch) {
    int rows = batch.rows();
    int width = batch.width();
    Tensor visible = batch.visible();
    Tensor places =
        torch
            .embedding(position.value(), Tensors.of(batch.places(), (long) rows * width))
            .view(rows, width, dimension);
    Tensor hidden = drop(inputNorm.apply(inputs.add(places)));

    // Padding slots see nothing: a zero mask everywhere gives them a uniform, finite attention.
    Tensor hiding = visible.sub(Tensors.scalar(1)).mul(Tensors.scalar(10_000)).unsqueeze(1);
    Tensor scores =
        torch
            .matmul(
                split(query.apply(hidden), batch), split(key.apply(hidden), batch).transpose(2, 3))
            .mul(Tensors.scalar(1 / Math.sqrt((double) dimension / heads)))
            .add(hiding);
    Tensor attention = drop(torch.softmax(scores, -1));
    Tensor mixed =
        torch
            .matmul(attention, split(value.apply(hidden), batch))
            .transpose(1, 2)
            .reshape(rows, width, dimension);
    Tensor attended = attentionNorm.apply(drop(output.apply(mixed)).add(hidden));
    Tensor block =
        outputNorm.apply(
            drop(outer.apply(torch.gelu(inner.apply(attended)))).add(attended)); // (R, P, N)

    Tensor lengths =
        visible.sum(new long[] {-1}, true, Tensors.noType()).clamp_min(Tensors.scalar(1));
    Tensor mean = torch.bmm(visible.div(lengths), block); // (R, P, N) mean over the prefix
    Tensor click = readoutClick.apply(block).unsqueeze(1); // (R, 1, P, N)
    Tensor context = mean.matmul(readoutMean.value().t()).unsqueeze(2); // (R, P, 1, N)
    Tensor weights =
        torch
            .sigmoid(click.add(context))
            .matmul(readoutWeight.value().t())
            .view(rows, width, width)
            .mul(visible); // (R, P, P)
    return torch.bmm(weights, block);
  }

  private Tensor split(Tensor tensor, SessionBatch batch) {
    return tensor
        .view(batch.rows(), batch.width(), heads, dimension / heads)
        .transpose(1, 2); // (R, H, P, N/H)
  }

  private Tensor drop(Tensor tensor) {
    return training && dropout > 0 ? torch.dropout(tensor, dropout, true) : tensor;
  }

  @Override
  public void training(boolean on) {
    training = on;
  }

  /** In the model file's order: position, norm0, Wq, bq, ..., G2, w. */
  @Override
  public List<Parameter> parameters() {
    return List.copyOf(parameters);
  }

  int window() {
    return window;
  }

  private Parameter add(Parameter parameter) {
    parameters.add(parameter);
    return parameter;
  }

  private Parameter matrix(String name, int rows, SplittableRandom random) {
    float[] values = new float[rows * dimension];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (INITIAL_DEVIATION * Randoms.gaussian(random));
    }
    return add(Parameter.whole(name, Tensors.of(values, rows, dimension), 1));
  }

  private static Tensor constant(float value, int rows, int columns) {
    float[] values = new float[rows * columns];
    java.util.Arrays.fill(values, value);
    return Tensors.of(values, rows, columns);
  }

  /** y = W x + b, W (N, N) with a row an output. */
  private final class Linear {
    private final Parameter weight;
    private final Parameter bias;

    Linear(String name, SplittableRandom random) {
      this.weight = matrix(name + ".weight", dimension, random);
      this.bias = add(Parameter.whole(name + ".bias", Tensors.zeros(1, dimension), 1));
    }

    Tensor apply(Tensor x) {
      return x.matmul(weight.value().t()).add(bias.value());
    }
  }

  /** Layer normalisation; gain and bias are the two rows of one tensor (2, N). */
  private final class Norm {
    private final Parameter gainAndBias;

    Norm(String name) {
      float[] values = new float[2 * dimension];
      java.util.Arrays.fill(values, 0, dimension, 1f);
      this.gainAndBias = add(Parameter.whole(name, Tensors.of(values, 2, dimension), 1));
    }

    Tensor apply(Tensor x) {
      return torch.layer_norm(
          x,
          new long[] {dimension},
          new TensorOptional(gainAndBias.value().select(0, 0)),
          new TensorOptional(gainAndBias.value().select(0, 1)),
          NORM_EPSILON,
          false);
    }
  }
}
