package io.attar.training;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The network-free encoder: a weighted mean of the session's item vectors, the weight being one
 * learned scalar for the click's age and one for its occurrence number. About 55 numbers; measured
 * level with a Transformer block on Tmall and RetailRocket excerpts.
 */
final class WeightedMeanEncoder implements SessionEncoder {
  static final String NAME = "weighted-mean";
  static final int OCCURRENCES = 5;

  /** What a click loses in log weight for each click after it, before training. */
  private static final double INITIAL_DECAY = 0.15;

  private final int window;
  private final Parameter ageLog; // (L, 1) log weight by age, 0 = the latest click
  private final Parameter
      occurrenceLog; // (OCCURRENCES, 1) log weight by earlier clicks on the item

  WeightedMeanEncoder(int window, double learningRateFactor) {
    this.window = window;
    float[] ages = new float[window];
    for (int age = 0; age < window; age++) {
      ages[age] = (float) (-INITIAL_DECAY * age);
    }
    this.ageLog = Parameter.whole("age", Tensors.of(ages, window, 1), learningRateFactor);
    this.occurrenceLog =
        Parameter.whole("occurrence", Tensors.zeros(OCCURRENCES, 1), learningRateFactor);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Tensor encode(Tensor inputs, SessionBatch batch) {
    int width = batch.width();
    long[] ages = new long[width * width];
    for (int i = 0; i < width; i++) {
      for (int t = 0; t < i; t++) {
        ages[i * width + t] = Math.min(i - t, window - 1);
      }
    }
    Tensor ageWeights =
        torch.embedding(ageLog.value(), Tensors.of(ages, ages.length)).view(1, width, width).exp();
    long[] occurrences = batch.occurrences(OCCURRENCES - 1);
    Tensor occurrenceWeights =
        Tensors.pick(occurrenceLog.value(), Tensors.of(occurrences, occurrences.length))
            .view(batch.rows(), 1, width)
            .exp();
    Tensor weights = batch.visible().mul(ageWeights).mul(occurrenceWeights);
    return torch.bmm(weights, inputs);
  }

  /** (L) weight by age. */
  float[] ageWeights() {
    return exponentials(ageLog);
  }

  /** (OCCURRENCES) weight by number of earlier clicks on the item. */
  float[] occurrenceWeights() {
    return exponentials(occurrenceLog);
  }

  private static float[] exponentials(Parameter logs) {
    float[] values = Tensors.floats(logs.value());
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Math.exp(values[i]);
    }
    return values;
  }

  @Override
  public void training(boolean on) {
    // Nothing inside drops out.
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(ageLog, occurrenceLog);
  }
}
