package io.attar.training;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * The session vector is the state of a gated recurrent unit after the latest click (Hidasi et al.,
 * GRU4Rec, ICLR 2016), as long as an item vector, so that the items that go in are the items that
 * are scored ("constrained" in the authors' code).
 *
 * <p>Fitted like any other encoder it is the variant of the later comparisons: full softmax over
 * all prefixes, gradients through the whole session. The authors' own training is {@link
 * SessionParallelTraining}.
 */
final class GatedRecurrentEncoder implements SessionEncoder {
  static final String NAME = "gated-recurrent";

  private final Layers layers;
  private final GatedRecurrentCell cell;
  private final double dropout;
  private boolean training;

  /**
   * An encoder at its start: each of the three blocks of weights after Glorot, biases 0, as in the
   * authors' code.
   *
   * @param dropout share of the state hidden before it is scored
   */
  GatedRecurrentEncoder(int dimension, double dropout, long seed) {
    this.layers = new Layers(seed);
    this.dropout = dropout;
    double bound = Layers.glorot(dimension, dimension);
    this.cell = layers.gatedRecurrentCell("recurrent", dimension, dimension, bound, bound);
  }

  @Override
  public String name() {
    return NAME;
  }

  GatedRecurrentCell cell() {
    return cell;
  }

  @Override
  public Tensor encode(Tensor inputs, SessionBatch batch) {
    Tensor states = cell.run(inputs, batch);
    return Tensors.drop(states, training ? dropout : 0);
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
