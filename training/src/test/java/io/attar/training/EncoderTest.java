package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.attar.data.Sessions;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every encoder must hold to: its neighbours, the future and the batch change nothing. */
class EncoderTest {
  private static final int ITEMS = 30;
  private static final long SEED = 20_261_121L;

  /** A fresh encoder with parameters away from their special starting values. */
  record Made(String name, SessionEncoder encoder, boolean kinked) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Made shaken(String name, SessionEncoder encoder) {
    Toys.shake(encoder.parameters(), new SplittableRandom(SEED), 0.3);
    return new Made(name, encoder, false);
  }

  /** One whose ReLUs bend within a step of the finite differences. */
  private static Made kinked(String name, SessionEncoder encoder) {
    return new Made(name, shaken(name, encoder).encoder(), true);
  }

  static Stream<Made> encoders() {
    return Stream.of(
        shaken("weighted mean", Toys.weightedMean()),
        shaken("self-attention, 1 head", Toys.selfAttention(1, 0, 1)),
        shaken("self-attention, 4 heads", Toys.selfAttention(4, 0, 1)),
        shaken("gated-recurrent", new GatedRecurrentEncoder(Toys.DIMENSION, 0, 1)),
        shaken("narm", new NarmEncoder(Toys.DIMENSION, 0, 1)),
        shaken("stamp", new StampEncoder(Toys.DIMENSION, 1)),
        shaken("session-graph", new SessionGraphEncoder(Toys.DIMENSION, 1)),
        kinked("sasrec", new SasRecEncoder(Toys.DIMENSION, Toys.WINDOW, 2, 2, 0, 1)),
        kinked("nextitnet", new NextItNetEncoder(Toys.DIMENSION, 2, LayerSharing.NONE, 1)),
        kinked(
            "nextitnet, cross-layer",
            new NextItNetEncoder(Toys.DIMENSION, 2, LayerSharing.CROSS_LAYER, 1)));
  }

  private static Tensor table() {
    return Tensors.unitRows(
        Tensors.of(
            Toys.gaussians(new SplittableRandom(SEED), ITEMS * Toys.DIMENSION, 1),
            ITEMS,
            Toys.DIMENSION));
  }

  private static int[] randomClicks(SplittableRandom random, int length) {
    return IntStream.generate(() -> random.nextInt(ITEMS)).limit(length).toArray();
  }

  /** (cases, N) scaled session vectors, flat. */
  private static float[] vectors(SessionEncoder encoder, SessionBatch batch) {
    SplittableRandom random = new SplittableRandom(SEED);
    SessionModel model = Toys.model(encoder, Toys.denseTable(random, ITEMS));
    return Tensors.floats(model.sessionVectors(batch, table()));
  }

  @ParameterizedTest
  @MethodSource("encoders")
  void aPrefixScoresTheSameAloneAndBesideALongSession(Made made) {
    SplittableRandom random = new SplittableRandom(SEED + 1);
    int[] clicks = randomClicks(random, 7); // six prefixes
    float[] alone = vectors(made.encoder(), Toys.batch(Toys.sessions(clicks), 1, 6));
    assertThat(alone).hasSize(6 * Toys.DIMENSION);
    int[] longSession = randomClicks(random, 41);
    for (boolean after : new boolean[] {false, true}) {
      Sessions both =
          after ? Toys.sessions(longSession, clicks) : Toys.sessions(clicks, longSession);
      for (int rows : new int[] {1, 3}) {
        float[] packed = vectors(made.encoder(), Toys.batch(both, rows, 64));
        int from = after ? 40 * Toys.DIMENSION : 0;
        float[] part = Arrays.copyOfRange(packed, from, from + alone.length);
        assertThat(part).containsExactly(alone, within(1e-4f)); // 1e-5 of their length 14
      }
    }
  }

  @ParameterizedTest
  @MethodSource("encoders")
  void aLaterClickChangesNoEarlierVector(Made made) {
    int[] clicks = randomClicks(new SplittableRandom(SEED + 2), 12);
    float[] before = vectors(made.encoder(), Toys.batch(Toys.sessions(clicks), 1, 16));
    int changed = 6;
    int[] others = clicks.clone();
    others[changed] = (clicks[changed] + 1) % ITEMS;
    float[] after = vectors(made.encoder(), Toys.batch(Toys.sessions(others), 1, 16));
    int same = changed * Toys.DIMENSION;
    // A graph more or less in the batch may change the order of a sum, but nothing else.
    assertThat(Arrays.copyOf(after, same))
        .containsExactly(Arrays.copyOf(before, same), within(1e-5f));
    for (int t = changed; t < clicks.length - 1; t++) {
      int from = t * Toys.DIMENSION;
      assertThat(Arrays.copyOfRange(after, from, from + Toys.DIMENSION))
          .as("the vector after click %s", t)
          .isNotEqualTo(Arrays.copyOfRange(before, from, from + Toys.DIMENSION));
    }
  }

  @ParameterizedTest
  @MethodSource("encoders")
  void whatStandsInPaddingSlotsChangesNothing(Made made) {
    SplittableRandom random = new SplittableRandom(SEED + 4);
    SessionBatch batch =
        Toys.batch(Toys.sessions(randomClicks(random, 9), randomClicks(random, 5)), 2, 16);
    float[] zeros = new float[batch.rows() * batch.width() * Toys.DIMENSION];
    float[] anything = Toys.gaussians(random, zeros.length, 30);
    float[] clicked = Toys.gaussians(random, zeros.length, 1);
    for (int i = 0; i < zeros.length; i++) {
      if (batch.items()[i / Toys.DIMENSION] >= 0) {
        zeros[i] = clicked[i];
        anything[i] = clicked[i];
      }
    }
    float[] expected = encoded(made.encoder(), zeros, batch);
    float[] actual = encoded(made.encoder(), anything, batch);
    assertThat(batch.caseCount()).isEqualTo(12);
    for (int position : batch.positions()) {
      int from = position * Toys.DIMENSION;
      assertThat(Arrays.copyOfRange(actual, from, from + Toys.DIMENSION))
          .containsExactly(
              Arrays.copyOfRange(expected, from, from + Toys.DIMENSION), within(1e-5f));
    }
    for (float value : actual) {
      assertThat(value).isFinite();
    }
  }

  private static float[] encoded(SessionEncoder encoder, float[] inputs, SessionBatch batch) {
    try (NoGradGuard guard = new NoGradGuard()) {
      return Tensors.floats(
          encoder.encode(Tensors.of(inputs, batch.rows(), batch.width(), Toys.DIMENSION), batch));
    }
  }

  @ParameterizedTest
  @MethodSource("encoders")
  void derivativesOfEveryParameterAgreeWithFiniteDifferences(Made made) {
    SplittableRandom random = new SplittableRandom(SEED + 3);
    SessionBatch batch =
        Toys.batch(Toys.sessions(randomClicks(random, 9), randomClicks(random, 22)), 2, 24);
    Tensor inputs =
        table()
            .index_select(
                0, Tensors.indices(Arrays.stream(batch.items()).map(v -> Math.max(v, 0)).toArray()))
            .view(batch.rows(), batch.width(), Toys.DIMENSION);
    // A random linear function of the session vectors at the cases.
    double[] coefficients = new double[batch.rows() * batch.width() * Toys.DIMENSION];
    for (int position : batch.positions()) {
      for (int d = 0; d < Toys.DIMENSION; d++) {
        coefficients[position * Toys.DIMENSION + d] = Randoms.gaussian(random);
      }
    }
    float[] narrow = new float[coefficients.length];
    for (int i = 0; i < narrow.length; i++) {
      narrow[i] = (float) coefficients[i];
    }
    List<Parameter> parameters = made.encoder().parameters();
    made.encoder()
        .encode(inputs, batch)
        .mul(Tensors.of(narrow, batch.rows(), batch.width(), Toys.DIMENSION))
        .sum()
        .backward();
    for (Parameter parameter : parameters) {
      Tensor gradient = parameter.gradient();
      assertThat(gradient).as(parameter.name()).isNotNull();
      float[] slopes = gradient == null ? new float[0] : Tensors.floats(gradient);
      float[] at = Tensors.floats(parameter.value());
      float[] direction = Toys.gaussians(random, at.length, 1);
      double expected = 0;
      double length = 0;
      for (int i = 0; i < at.length; i++) {
        expected += (double) slopes[i] * direction[i];
        length += (double) slopes[i] * slopes[i];
      }
      // Five-point rule: error h^4, rounding about 1e-6 / h.
      // At a bend the rule is wrong by as much as the slope changes: smaller steps meet fewer.
      double h = made.kinked() ? 2e-4 : 0.01;
      double share = made.kinked() ? 0.02 : 0.002;
      double actual =
          (8
                      * (along(made.encoder(), batch, inputs, coefficients, parameter, direction, h)
                          - along(
                              made.encoder(),
                              batch,
                              inputs,
                              coefficients,
                              parameter,
                              direction,
                              -h))
                  - along(made.encoder(), batch, inputs, coefficients, parameter, direction, 2 * h)
                  + along(
                      made.encoder(), batch, inputs, coefficients, parameter, direction, -2 * h))
              / (12 * h);
      assertThat(actual)
          .as("slope of %s", parameter.name())
          .isCloseTo(expected, within(share * (Math.sqrt(length) + 1)));
      if (!parameter.name().endsWith("key.bias")) { // shifts all scores of a click alike: no effect
        assertThat(length).as("gradient of %s", parameter.name()).isGreaterThan(1e-4);
      }
    }
  }

  /** The linear function with one parameter moved along a direction. */
  private static double along(
      SessionEncoder encoder,
      SessionBatch batch,
      Tensor inputs,
      double[] coefficients,
      Parameter parameter,
      float[] direction,
      double step) {
    float[] at = Tensors.floats(parameter.value());
    float[] moved = at.clone();
    for (int i = 0; i < at.length; i++) {
      moved[i] += (float) (step * direction[i]);
    }
    try (NoGradGuard guard = new NoGradGuard()) {
      Tensors.assign(parameter.value(), moved);
      float[] vectors = Tensors.floats(encoder.encode(inputs, batch));
      Tensors.assign(parameter.value(), at);
      double sum = 0;
      for (int i = 0; i < vectors.length; i++) {
        sum += coefficients[i] * vectors[i];
      }
      return sum;
    }
  }

  @Test
  void weightedMeanByHand() {
    WeightedMeanEncoder encoder = Toys.weightedMean();
    Toys.shake(encoder.parameters(), new SplittableRandom(SEED), 0.3);
    float[] age = encoder.ageWeights();
    float[] occurrence = encoder.occurrenceWeights();
    assertThat(age).hasSize(Toys.WINDOW);
    assertThat(occurrence).hasSize(WeightedMeanEncoder.OCCURRENCES);
    // Item 3 comes for the first, second ... seventh time: the fifth weight stands for more.
    int[] clicks = {3, 5, 3, 3, 3, 3, 3, 3, 1};
    SessionBatch batch = Toys.batch(Toys.sessions(clicks), 1, 8);
    Tensor rows = table();
    float[] table = Tensors.floats(rows);
    float[] actual =
        Tensors.floats(
            encoder.encode(
                rows.index_select(0, Tensors.indices(batch.items())).view(1, 8, Toys.DIMENSION),
                batch));
    for (int d = 0; d < Toys.DIMENSION; d++) {
      double sum = age[6] * occurrence[0] * table[5 * Toys.DIMENSION + d];
      int earlier = 0;
      for (int t = 0; t < 8; t++) {
        if (clicks[t] == 3) {
          sum += age[7 - t] * occurrence[Math.min(earlier++, 4)] * table[3 * Toys.DIMENSION + d];
        }
      }
      assertThat((double) actual[7 * Toys.DIMENSION + d]).isCloseTo(sum, within(1e-5));
    }
  }

  static Stream<SessionEncoder> encodersThatDropOut() {
    return Stream.of(
        Toys.selfAttention(2, 0.5, 1),
        new GatedRecurrentEncoder(Toys.DIMENSION, 0.5, 1),
        new NarmEncoder(Toys.DIMENSION, 0.25, 1),
        new SasRecEncoder(Toys.DIMENSION, Toys.WINDOW, 2, 2, 0.5, 1));
  }

  @ParameterizedTest
  @MethodSource("encodersThatDropOut")
  void dropoutActsInTrainingOnly(SessionEncoder encoder) {
    SessionBatch batch =
        Toys.batch(Toys.sessions(randomClicks(new SplittableRandom(SEED), 9)), 1, 8);
    Tensor inputs =
        table().index_select(0, Tensors.indices(batch.items())).view(1, 8, Toys.DIMENSION);
    try (NoGradGuard guard = new NoGradGuard()) {
      float[] still = Tensors.floats(encoder.encode(inputs, batch));
      assertThat(Tensors.floats(encoder.encode(inputs, batch))).isEqualTo(still);
      encoder.training(true);
      torch.manual_seed(1);
      float[] dropped = Tensors.floats(encoder.encode(inputs, batch));
      assertThat(dropped).isNotEqualTo(still);
      assertThat(Tensors.floats(encoder.encode(inputs, batch))).isNotEqualTo(dropped);
      torch.manual_seed(1);
      assertThat(Tensors.floats(encoder.encode(inputs, batch))).isEqualTo(dropped);
      encoder.training(false);
      assertThat(Tensors.floats(encoder.encode(inputs, batch))).isEqualTo(still);
    }
  }

  @Test
  void headsThatDoNotDivideTheDimensionAreRefused() {
    for (int heads : new int[] {0, 3, 16}) {
      assertThatThrownBy(() -> Toys.selfAttention(heads, 0, 1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("heads must divide the dimension 8: " + heads);
    }
  }

  @Test
  void headsMatter() {
    SessionBatch batch =
        Toys.batch(Toys.sessions(randomClicks(new SplittableRandom(SEED), 9)), 1, 8);
    SessionEncoder one = shaken("1", Toys.selfAttention(1, 0, 1)).encoder();
    SessionEncoder four = shaken("4", Toys.selfAttention(4, 0, 1)).encoder();
    assertThat(vectors(four, batch)).isNotEqualTo(vectors(one, batch));
  }
}
