package io.attar.training;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Residual blocks of dilated causal convolutions (Yuan et al., NextItNet, WSDM 2019, section 3.3,
 * the block of figure 3b): convolution of dilation l, layer norm, ReLU, convolution of dilation 2l,
 * layer norm, ReLU, plus what went in. Kernels have three taps; the blocks' dilations l are 1, 4,
 * 1, 4, ..., as in the code of CpRec (Sun et al., SIGIR 2020), of which the sharing of kernels is,
 * too. The session vector is the last click's; a tap before the session's first click sees zeros.
 */
final class NextItNetEncoder implements SessionEncoder {
  static final String NAME = "nextitnet";
  private static final int TAPS = 3;
  private static final int[] DILATIONS = {1, 4};
  private static final double NORM_EPSILON = 1e-8;
  private static final double INITIAL_DEVIATION = 0.02;

  private final Layers layers;
  private final List<Convolution> convolutions = new ArrayList<>(); // two a block

  /**
   * What convolutions may share.
   *
   * @param taps (N, N) each, the latest click's first
   * @param bias (1, N)
   */
  private record Kernel(List<Parameter> taps, Parameter bias) {}

  /**
   * A convolution, its norm and its ReLU.
   *
   * @param dilation clicks between two taps
   */
  private record Convolution(int dilation, Kernel kernel, Layers.Norm norm) {}

  /**
   * An encoder at its start: kernels from a normal distribution of deviation 0.02, biases 0.
   *
   * @param depth number of blocks
   * @param sharing which convolutions have one kernel; it is named after the first of them
   */
  NextItNetEncoder(int dimension, int depth, LayerSharing sharing, long seed) {
    this.layers = new Layers(seed);
    Map<Integer, Kernel> kernels = new HashMap<>();
    for (int b = 0; b < depth; b++) {
      for (int half = 1; half <= 2; half++) {
        String name = "block" + b + ".convolution" + half;
        Kernel kernel =
            kernels.computeIfAbsent(sharing.kernel(b, half - 1), number -> kernel(name, dimension));
        convolutions.add(
            new Convolution(
                half * DILATIONS[b % DILATIONS.length],
                kernel,
                layers.norm(name + ".norm", dimension, NORM_EPSILON)));
      }
    }
  }

  private Kernel kernel(String name, int dimension) {
    List<Parameter> taps = new ArrayList<>();
    for (int tap = 0; tap < TAPS; tap++) {
      taps.add(layers.gaussian(name + ".tap" + tap, dimension, dimension, INITIAL_DEVIATION));
    }
    return new Kernel(taps, layers.zeros(name + ".bias", dimension));
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Tensor encode(Tensor inputs, SessionBatch batch) {
    Tensor hidden = inputs;
    for (int c = 0; c < convolutions.size(); c += 2) {
      Tensor inner = apply(convolutions.get(c), hidden, batch);
      hidden = apply(convolutions.get(c + 1), inner, batch).add(hidden);
    }
    return hidden;
  }

  private static Tensor apply(Convolution convolution, Tensor x, SessionBatch batch) {
    Kernel kernel = convolution.kernel();
    Tensor sum = kernel.bias().value();
    for (int tap = 0; tap < TAPS; tap++) {
      int back = tap * convolution.dilation();
      if (back < batch.width()) {
        sum = earlier(x, back, batch).matmul(kernel.taps().get(tap).value().t()).add(sum);
      }
    }
    return torch.relu(convolution.norm().apply(sum));
  }

  /** What stood so many clicks back in the same session, zeros where it had not begun. */
  private static Tensor earlier(Tensor x, int back, SessionBatch batch) {
    if (back == 0) {
      return x;
    }
    int rows = batch.rows();
    int width = batch.width();
    float[] mask = new float[rows * width];
    long[] places = batch.places();
    for (int slot = 0; slot < mask.length; slot++) {
      mask[slot] = places[slot] >= back ? 1 : 0;
    }
    Tensor shifted =
        torch.cat(
            new TensorVector(
                Tensors.zeros(rows, back, x.size(2)), x.narrow(1, 0, (long) width - back)),
            1);
    return shifted.mul(Tensors.of(mask, rows, width, 1));
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
