package io.attar.training;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Attention and the last click, without recurrence (Liu et al., STAMP, KDD 2018, eq. 2-8). With m_s
 * the mean of the prefix x_1 .. x_l:
 *
 * <pre>
 * a_t = w . sigmoid(W1 x_t + W2 x_l + W3 m_s + b)      m_a = sum_t a_t x_t + m_s
 * theta = tanh(Ws m_a + bs) * tanh(Wt x_l + bt)
 * </pre>
 *
 * elementwise, so that the trilinear product of the paper is theta . row. That m_s is added to m_a
 * stands in the authors' code alone.
 */
final class StampEncoder implements SessionEncoder {
  static final String NAME = "stamp";

  /** Of the weights at the start, as in the authors' code. */
  private static final double INITIAL_DEVIATION = 0.05;

  private final Layers layers;
  private final Parameter weight; // (1, N) w
  private final Parameter click; // (N, N) W1
  private final Parameter last; // (N, N) W2
  private final Parameter mean; // (N, N) W3
  private final Parameter bias; // (1, N) b
  private final Layers.Linear session; // Ws, bs
  private final Layers.Linear latest; // Wt, bt

  StampEncoder(int dimension, long seed) {
    this.layers = new Layers(seed);
    this.weight = layers.gaussian("attention.weight", 1, dimension, INITIAL_DEVIATION);
    this.click = layers.gaussian("attention.click", dimension, dimension, INITIAL_DEVIATION);
    this.last = layers.gaussian("attention.last", dimension, dimension, INITIAL_DEVIATION);
    this.mean = layers.gaussian("attention.mean", dimension, dimension, INITIAL_DEVIATION);
    this.bias = layers.zeros("attention.bias", dimension);
    this.session = linear("session", dimension);
    this.latest = linear("latest", dimension);
  }

  private Layers.Linear linear(String name, int dimension) {
    return new Layers.Linear(
        layers.gaussian(name + ".weight", dimension, dimension, INITIAL_DEVIATION),
        layers.zeros(name + ".bias", dimension));
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Tensor encode(Tensor inputs, SessionBatch batch) {
    int rows = batch.rows();
    int width = batch.width();
    Tensor visible = batch.visible();
    Tensor lengths =
        visible.sum(new long[] {-1}, true, Tensors.noType()).clamp_min(Tensors.scalar(1));
    Tensor average = torch.bmm(visible.div(lengths), inputs); // (R, P, N) of each prefix
    Tensor ofClick = inputs.matmul(click.value().t()).unsqueeze(1); // (R, 1, P, N)
    Tensor ofPrefix =
        inputs
            .matmul(last.value().t())
            .add(average.matmul(mean.value().t()))
            .add(bias.value())
            .unsqueeze(2); // (R, P, 1, N)
    Tensor attention =
        torch
            .sigmoid(ofClick.add(ofPrefix))
            .matmul(weight.value().t())
            .view(rows, width, width)
            .mul(visible); // (R, P, P)
    Tensor attended = torch.bmm(attention, inputs).add(average);
    return torch.tanh(session.apply(attended)).mul(torch.tanh(latest.apply(inputs)));
  }

  @Override
  public void training(boolean on) {
    // Nothing inside drops out.
  }

  @Override
  public List<Parameter> parameters() {
    return layers.parameters();
  }
}
