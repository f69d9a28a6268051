package io.attar.training;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
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
  private final Attention attention;
  private final double dropout;
  private final List<Parameter> parameters; // not the layers: what scores holds nothing else
  private final Parameter position; // (L, N)
  private final Layers.Norm inputNorm;
  private final Layers.Linear query;
  private final Layers.Linear key;
  private final Layers.Linear value;
  private final Layers.Linear output;
  private final Layers.Norm attentionNorm;
  private final Layers.Linear inner;
  private final Layers.Linear outer;
  private final Layers.Norm outputNorm;
  private final Layers.Linear readoutClick; // G1 and c
  private final Parameter readoutMean; // (N, N) G2
  private final Parameter readoutWeight; // (1, N) w
  private boolean training;

  SelfAttentionEncoder(int dimension, int window, int heads, double dropout, long seed) {
    this.dimension = dimension;
    this.window = window;
    this.attention = new Attention(dimension, heads);
    this.dropout = dropout;
    Layers layers = new Layers(seed);
    this.position = layers.gaussian("position", window, dimension, INITIAL_DEVIATION);
    this.inputNorm = norm(layers, "norm0", dimension);
    this.query = linear(layers, "query", dimension);
    this.key = linear(layers, "key", dimension);
    this.value = linear(layers, "value", dimension);
    this.output = linear(layers, "output", dimension);
    this.attentionNorm = norm(layers, "norm1", dimension);
    this.inner = linear(layers, "inner", dimension);
    this.outer = linear(layers, "outer", dimension);
    this.outputNorm = norm(layers, "norm2", dimension);
    this.readoutClick = linear(layers, "readout.click", dimension);
    this.readoutMean = layers.gaussian("readout.mean", dimension, dimension, INITIAL_DEVIATION);
    // Attention near 1: the readout begins as a sum.
    this.readoutWeight = layers.constant("readout.weight", dimension, 2f / dimension);
    this.parameters = layers.parameters();
  }

  private static Layers.Linear linear(Layers layers, String name, int dimension) {
    return layers.gaussianLinear(name, dimension, dimension, INITIAL_DEVIATION);
  }

  private static Layers.Norm norm(Layers layers, String name, int dimension) {
    return layers.norm(name, dimension, NORM_EPSILON);
  }

  @Override
  public String name() {
    return NAME;
  }

  int heads() {
    return attention.heads();
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

    Tensor mixed =
        attention.mix(
            query.apply(hidden),
            key.apply(hidden),
            value.apply(hidden),
            batch,
            training ? dropout : 0);
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

  private Tensor drop(Tensor tensor) {
    return Tensors.drop(tensor, training ? dropout : 0);
  }

  @Override
  public void training(boolean on) {
    training = on;
  }

  /** In the model file's order: position, norm0, Wq, bq, ..., G2, w. */
  @Override
  public List<Parameter> parameters() {
    return parameters;
  }

  int window() {
    return window;
  }
}
