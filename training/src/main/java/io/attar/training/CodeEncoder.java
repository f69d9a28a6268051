package io.attar.training;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * What codes are read off an item vector with (Xia et al., EODRec, TOIS 2022, eq. 14-15; Shu and
 * Nakayama, ICLR 2018): h = tanh(x W + b), u = h W' + b' with M K numbers, alpha = softmax over k
 * of softplus(u), one code drawn for each codebook by Gumbel noise. The code drawn is one-hot going
 * forward; the gradient is that of softmax((log alpha + noise) / temperature).
 *
 * <p>The normalisation of alpha is left out: it adds one number to all K logits, which the softmax
 * takes away again. W is (N, M K / 2) and W' (M K / 2, M K), as published.
 */
final class CodeEncoder {
  private static final int BLOCK = 2048;

  /** Deviation of x W at the start: the tanh bends, but does not saturate. */
  private static final double INITIAL_SPREAD = 0.7;

  /** What the logit of a row's own likeness is at the start, far above the noise. */
  private static final double INITIAL_SCALE = 20;

  /** Keeps a step between two equal places finite: a cell of like items is not split. */
  private static final double SMALLEST_SQUARE = 1e-4;

  /** Keeps the noise finite: float uniform numbers can be exactly 0 or round to 1. */
  private static final double SMALLEST_CHANCE = 1e-7;

  /** By how much a new codeword's logit leads the old one's, at the item it is made for. */
  private static final double LEAD = 1;

  private final int codebookCount;
  private final int codewordCount;
  private final double temperature;
  private final Parameter inner; // (N, H) W, H = M K / 2
  private final Parameter innerBias; // (1, H) b
  private final Parameter outer; // (H, M K) W'
  private final Parameter outerBias; // (1, M K) b'

  /**
   * An encoder of these weights.
   *
   * @param weights W (N, H), b (1, H), W' (H, M K) and b' (1, M K), in this order
   * @param temperature of the softmax that the gradient is of
   * @param learningRateFactor on the rate of all its weights
   */
  CodeEncoder(
      List<Tensor> weights, int codewordCount, double temperature, double learningRateFactor) {
    this.inner = Parameter.whole("code.inner.weight", weights.get(0), learningRateFactor);
    this.innerBias = Parameter.whole("code.inner.bias", weights.get(1), learningRateFactor);
    this.outer = Parameter.whole("code.outer.weight", weights.get(2), learningRateFactor);
    this.outerBias = Parameter.whole("code.outer.bias", weights.get(3), learningRateFactor);
    this.codewordCount = codewordCount;
    this.codebookCount = (int) weights.get(3).numel() / codewordCount;
    this.temperature = temperature;
  }

  /**
   * An encoder to train. W is random; W' holds the h of items drawn at random, so that a codeword's
   * logit is at first the likeness, in h, to the item drawn for it: every codebook starts as
   * another partition of the items into cells around K of them. With the framework's own start, as
   * published, logits spread by a few hundredths and the noise alone decides.
   *
   * @param items (V, N)
   */
  static CodeEncoder start(Tensor items, StudentOptions options, long seed) {
    try (NoGradGuard guard = new NoGradGuard()) {
      int size = (int) items.size(0);
      int dimension = (int) items.size(1);
      int logits = options.codebooks() * options.codewords();
      int width = logits / 2;
      double square = Math.max(items.mul(items).sum().item_double() / size, Float.MIN_NORMAL);
      SplittableRandom random = new SplittableRandom(Randoms.seed(seed, "code encoder", 0));
      int longer = Math.max(dimension, width);
      float[] directions = new float[dimension * width];
      for (int i = 0; i < directions.length; i++) {
        directions[i] = (float) Randoms.gaussian(random);
      }
      // Orthonormal directions keep the likeness of items, as far as there are enough of them.
      Tensor turned =
          torch
              .linalg_qr(Tensors.of(directions, longer, Math.min(dimension, width)))
              .get0()
              .mul(Tensors.scalar(INITIAL_SPREAD * Math.sqrt(longer / square)));
      Tensor inner = (width < dimension ? turned : turned.t()).contiguous(); // (N, H)
      Tensor hidden = torch.tanh(items.mm(inner)); // (V, H)
      double scale = INITIAL_SCALE * size / hidden.mul(hidden).sum().item_double();
      Tensor chosen =
          hidden.index_select(0, Tensors.indices(draw(size, options, random))); // (M K, H)
      Tensor outer = chosen.t().mul(Tensors.scalar(scale)).contiguous();
      Tensor outerBias =
          Tensors.sumLast(chosen.mul(chosen))
              .mul_(Tensors.scalar(-scale))
              .add_(Tensors.scalar(INITIAL_SCALE)) // softplus is flat below 0
              .mul_(Tensors.scalar(0.5))
              .view(1, logits);
      return new CodeEncoder(
          List.of(inner, Tensors.zeros(1, width), outer, outerBias),
          options.codewords(),
          options.codeTemperature(),
          1);
    }
  }

  /** (M K) items, for each codebook K different ones as long as there are so many. */
  private static int[] draw(int size, StudentOptions options, SplittableRandom random) {
    int[] items = new int[size];
    int[] drawn = new int[options.codebooks() * options.codewords()];
    for (int m = 0; m < options.codebooks(); m++) {
      for (int v = 0; v < size; v++) {
        items[v] = v;
      }
      for (int k = 0; k < options.codewords(); k++) {
        int from = k % size;
        int place = from + random.nextInt(size - from);
        int item = items[place];
        items[place] = items[from];
        items[from] = item;
        drawn[m * options.codewords() + k] = item;
      }
    }
    return drawn;
  }

  /**
   * The encoder that {@link #values} were taken from, with another learning-rate factor.
   *
   * @param dimension N
   */
  static CodeEncoder restored(
      Map<String, float[]> values,
      int dimension,
      StudentOptions options,
      double learningRateFactor) {
    int logits = options.codebooks() * options.codewords();
    int width = logits / 2;
    CodeEncoder encoder =
        new CodeEncoder(
            List.of(
                Tensors.zeros(dimension, width),
                Tensors.zeros(1, width),
                Tensors.zeros(width, logits),
                Tensors.zeros(1, logits)),
            options.codewords(),
            options.codeTemperature(),
            learningRateFactor);
    for (Parameter parameter : encoder.parameters()) {
      float[] found = values.get(parameter.name());
      if (found == null) {
        throw new TrainingException("the codes come without their encoder's " + parameter.name());
      }
      Tensors.assign(parameter.value(), found);
    }
    return encoder;
  }

  List<Parameter> parameters() {
    return List.of(inner, innerBias, outer, outerBias);
  }

  /** Copies of all parameters by name. */
  Map<String, float[]> values() {
    Map<String, float[]> values = new LinkedHashMap<>();
    for (Parameter parameter : parameters()) {
      values.put(parameter.name(), Tensors.floats(parameter.value()));
    }
    return values;
  }

  /** Numbers that one item's codes are drawn with: M K. */
  int logitCount() {
    return codebookCount * codewordCount;
  }

  private Tensor hidden(Tensor rows) {
    return torch.tanh(rows.mm(inner.value()).add(innerBias.value()));
  }

  /** Logits without noise (n, M, K) of item vectors (n, N). */
  private Tensor logits(Tensor rows) {
    Tensor u = hidden(rows).mm(outer.value()).add(outerBias.value());
    return torch.softplus(u).view(rows.size(0), codebookCount, codewordCount);
  }

  /**
   * One code drawn from each codebook for every item vector, one-hot, with the gradient of the soft
   * choice.
   *
   * @param rows (n, N)
   * @param noise (n, M, K) see {@link #noise}
   * @return (n, M K)
   */
  Tensor choose(Tensor rows, Tensor noise) {
    Tensor noisy = logits(rows).add(noise);
    Tensor soft = soft(noisy);
    Tensor hard = torch.zeros_like(soft.detach());
    hard.scatter_(2, noisy.detach().argmax(new LongOptional(2), true), Tensors.scalar(1));
    // The difference is exactly zero, its gradient is not.
    return hard.add(soft.sub(soft.detach())).view(rows.size(0), logitCount());
  }

  /** What the gradient of {@link #choose} is of: the choice before it is made one-hot. */
  Tensor chooseSoftly(Tensor rows, Tensor noise) {
    return soft(logits(rows).add(noise)).view(rows.size(0), logitCount());
  }

  private Tensor soft(Tensor noisy) {
    return torch.softmax(noisy.div(Tensors.scalar(temperature)), -1);
  }

  /** Standard Gumbel noise (n, M, K) from torch's generator. */
  Tensor noise(long count) {
    return torch
        .rand(count, codebookCount, codewordCount)
        .clamp_min_(Tensors.scalar(SMALLEST_CHANCE))
        .clamp_max_(Tensors.scalar(1 - SMALLEST_CHANCE))
        .log_()
        .neg_()
        .log_()
        .neg_();
  }

  /** The codes (M, V) of all items (V, N), without noise. */
  int[][] codes(Tensor items) {
    int size = (int) items.size(0);
    int[][] codes = new int[codebookCount][size];
    try (NoGradGuard guard = new NoGradGuard()) {
      for (int from = 0; from < size; from += BLOCK) {
        try (PointerScope scope = new PointerScope()) {
          int count = Math.min(BLOCK, size - from);
          int[] best =
              Tensors.ints(logits(items.narrow(0, from, count)).argmax(new LongOptional(2), false));
          for (int i = 0; i < best.length; i++) {
            codes[i % codebookCount][from + i / codebookCount] = best[i];
          }
        }
      }
    }
    return codes;
  }

  /**
   * Cells of codewords split in two: the new codeword's logit is the old one's plus a linear
   * function of h that leads at the given item and lags as much at the old cell's center.
   *
   * @param made (n) places of the new codewords among the M K
   * @param split (n) places of the codewords whose cells are split
   * @param items (n, N) each the vector of an item that shall go to the new codeword
   * @param centers (n, N) mean vectors of the old cells
   */
  void split(int[] made, int[] split, Tensor items, Tensor centers) {
    try (NoGradGuard guard = new NoGradGuard();
        PointerScope scope = new PointerScope()) {
      Tensor at = hidden(items);
      Tensor center = hidden(centers);
      Tensor way = at.sub(center); // (n, H)
      Tensor slope =
          way.mul(
              Tensors.sumLast(way.mul(way))
                  .clamp_min_(Tensors.scalar(SMALLEST_SQUARE))
                  .reciprocal_()
                  .mul_(Tensors.scalar(2 * LEAD))
                  .unsqueeze(1));
      Tensor offset = Tensors.sumLast(slope.mul(at.add(center))).mul_(Tensors.scalar(-0.5));
      Tensor from = Tensors.indices(split);
      Tensor to = Tensors.indices(made);
      outer.value().index_copy_(1, to, outer.value().index_select(1, from).add_(slope.t()));
      outerBias
          .value()
          .index_copy_(
              1, to, outerBias.value().index_select(1, from).add_(offset.view(1, made.length)));
    }
  }
}
