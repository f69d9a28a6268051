package io.attar.training;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * A recurrent state and an attention over all states (Li et al., NARM, CIKM 2017, eq. 3-9). With
 * h_1 .. h_l the states of a gated recurrent unit twice as wide as an item vector (100 and 50 in
 * the paper):
 *
 * <pre>
 * e_t = v . sigmoid(A1 h_l + A2 h_t)      w = softmax of e over the prefix
 * theta = B [sum_t w_t h_t ; h_l]
 * </pre>
 *
 * so that the bilinear score is theta . row. The softmax stands in the authors' code (the paper
 * writes none); its hard sigmoids are ordinary ones here, as in the ports.
 */
final class NarmEncoder implements SessionEncoder {
  static final String NAME = "narm";

  /** Length of a state as a multiple of an item vector's. */
  private static final int WIDENING = 2;

  /** The context's dropout as a multiple of the items': 0.5 and 0.25 in the paper. */
  private static final double CONTEXT_FACTOR = 2;

  private final Layers layers;
  private final double dropout;
  private final GatedRecurrentCell cell; // H = 2N
  private final Parameter last; // (H, H) A1
  private final Parameter state; // (H, H) A2
  private final Parameter weight; // (1, H) v
  private final Parameter bilinear; // (N, 2H) B
  private boolean training;

  /**
   * An encoder at its start: all weights after Glorot.
   *
   * @param dropout share of the items' vectors that is hidden; of the context twice as much, at
   *     most 0.9
   */
  NarmEncoder(int dimension, double dropout, long seed) {
    this.layers = new Layers(seed);
    this.dropout = Math.min(CONTEXT_FACTOR * dropout, 0.9);
    int size = WIDENING * dimension;
    double bound = Layers.glorot(size, size);
    this.cell =
        layers.gatedRecurrentCell(
            "recurrent", size, dimension, Layers.glorot(size, dimension), bound);
    this.last = layers.uniform("attention.last", size, size, bound);
    this.state = layers.uniform("attention.state", size, size, bound);
    this.weight = layers.uniform("attention.weight", 1, size, Layers.glorot(1, size));
    this.bilinear =
        layers.uniform("bilinear", dimension, 2 * size, Layers.glorot(dimension, 2 * size));
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Tensor encode(Tensor inputs, SessionBatch batch) {
    Tensor states = cell.run(inputs, batch); // (R, P, H)
    Tensor ofState = states.matmul(state.value().t()).unsqueeze(1); // (R, 1, P, H)
    Tensor ofLast = states.matmul(last.value().t()).unsqueeze(2); // (R, P, 1, H)
    // Padding slots see nothing: a zero mask everywhere gives them a uniform, finite attention.
    Tensor hiding = batch.visible().sub(Tensors.scalar(1)).mul(Tensors.scalar(10_000));
    Tensor attention =
        torch.softmax(
            torch
                .sigmoid(ofLast.add(ofState))
                .matmul(weight.value().t())
                .view(batch.rows(), batch.width(), batch.width())
                .add(hiding),
            -1); // (R, P, P)
    Tensor context = torch.cat(new TensorVector(torch.bmm(attention, states), states), 2);
    Tensor seen = Tensors.drop(context, training ? dropout : 0); // (R, P, 2H)
    return seen.matmul(bilinear.value().t());
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
