package io.attar.training;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Blocks of causal self-attention, the session vector being the last click's (Kang and McAuley,
 * SASRec, ICDM 2018, eq. 1-6, as in the authors' code): item vectors times sqrt(N) plus learned
 * positions; in each block layer norm before the attention, on the queries alone, and before the
 * ReLU network, both with residuals of the normed values; one more norm at the end.
 *
 * <p>Otherwise than there, positions count from the session's oldest click instead of backwards
 * from its end: the code aligns a whole training session to the right, so that one and the same
 * prefix has other positions in training than in use.
 */
final class SasRecEncoder implements SessionEncoder {
  static final String NAME = "sasrec";
  private static final double NORM_EPSILON = 1e-8;

  private final int dimension;
  private final Attention attention;
  private final double dropout;
  private final Layers layers;
  private final Parameter position; // (L, N)
  private final List<Block> blocks = new ArrayList<>();
  private final Layers.Norm outputNorm;
  private boolean training;

  private record Block(
      Layers.Norm queryNorm,
      Layers.Linear query,
      Layers.Linear key,
      Layers.Linear value,
      Layers.Norm innerNorm,
      Layers.Linear inner,
      Layers.Linear outer) {}

  /**
   * An encoder at its start: weights and positions after Glorot, biases 0, gains 1.
   *
   * @param window most clicks of a session, L
   * @param depth number of blocks
   * @param heads must divide the dimension
   */
  SasRecEncoder(int dimension, int window, int depth, int heads, double dropout, long seed) {
    this.dimension = dimension;
    this.attention = new Attention(dimension, heads);
    this.dropout = dropout;
    this.layers = new Layers(seed);
    this.position = layers.uniform("position", window, dimension, Layers.glorot(window, dimension));
    double bound = Layers.glorot(dimension, dimension);
    for (int b = 0; b < depth; b++) {
      String name = "block" + b + ".";
      blocks.add(
          new Block(
              layers.norm(name + "queryNorm", dimension, NORM_EPSILON),
              layers.linear(name + "query", dimension, dimension, bound),
              layers.linear(name + "key", dimension, dimension, bound),
              layers.linear(name + "value", dimension, dimension, bound),
              layers.norm(name + "innerNorm", dimension, NORM_EPSILON),
              layers.linear(name + "inner", dimension, dimension, bound),
              layers.linear(name + "outer", dimension, dimension, bound)));
    }
    this.outputNorm = layers.norm("outputNorm", dimension, NORM_EPSILON);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Tensor encode(Tensor inputs, SessionBatch batch) {
    int rows = batch.rows();
    int width = batch.width();
    Tensor places =
        torch
            .embedding(position.value(), Tensors.of(batch.places(), (long) rows * width))
            .view(rows, width, dimension);
    Tensor hidden = drop(inputs.mul(Tensors.scalar(Math.sqrt(dimension))).add(places));
    for (Block block : blocks) {
      Tensor queries = block.queryNorm().apply(hidden);
      Tensor attended =
          attention
              .mix(
                  block.query().apply(queries),
                  block.key().apply(hidden),
                  block.value().apply(hidden),
                  batch,
                  training ? dropout : 0)
              .add(queries);
      Tensor normed = block.innerNorm().apply(attended);
      Tensor inner = drop(torch.relu(block.inner().apply(normed)));
      hidden = drop(block.outer().apply(inner)).add(normed);
    }
    return outputNorm.apply(hidden);
  }

  private Tensor drop(Tensor tensor) {
    return Tensors.drop(tensor, training ? dropout : 0);
  }

  @Override
  public void training(boolean on) {
    training = on;
  }

  @Override
  public List<Parameter> parameters() {
    return layers.parameters();
  }
}
