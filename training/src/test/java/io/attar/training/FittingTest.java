package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.attar.data.Sessions;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One step: its loss against the definition, and which parameters it moves. */
class FittingTest {
  private static final int ITEMS = 60;
  private static final long SEED = 20_261_121L;

  private static SessionEncoder encoder(String name) {
    SessionEncoder encoder =
        name.equals(WeightedMeanEncoder.NAME)
            ? Toys.weightedMean()
            : Toys.selfAttention(2, 0.1, SEED);
    Toys.shake(encoder.parameters(), new SplittableRandom(SEED), 0.2);
    return encoder;
  }

  private static ItemTable table(boolean dense, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    return dense ? Toys.denseTable(random, ITEMS) : Toys.codeTable(random, ITEMS, 3, 4);
  }

  /** Product codes for most items, dense rows for every sixth, biases that are not all zero. */
  private static SessionModel rich(SessionEncoder encoder) {
    SplittableRandom random = new SplittableRandom(7);
    int[] clicks = new int[ITEMS];
    Arrays.setAll(clicks, v -> v % 6 == 0 ? 2 : 1);
    DenseRows dense =
        DenseRows.mostClicked(Toys.gaussians(random, ITEMS * Toys.DIMENSION, 1), clicks, ITEMS / 6);
    float[] codewords = Toys.gaussians(random, 2 * 8 * Toys.DIMENSION, 1);
    for (int i = 0; i < codewords.length; i++) {
      boolean own = i / (8 * Toys.DIMENSION) == i % Toys.DIMENSION / (Toys.DIMENSION / 2);
      codewords[i] = own ? codewords[i] : 0;
    }
    SessionModel model =
        new SessionModel(
            encoder,
            new CompositionalItemTable(
                Toys.codeTable(random, ITEMS - ITEMS / 6, 2, 8).codes(),
                Tensors.of(codewords, 16, Toys.DIMENSION),
                true,
                4,
                dense),
            true,
            50,
            true);
    Tensors.assign(bias(model), Toys.gaussians(random, ITEMS, 0.5));
    return model;
  }

  private static Tensor bias(SessionModel model) {
    return Objects.requireNonNull(model.itemBias());
  }

  private static Fitting fitting(
      SessionModel model, @Nullable SessionModel teacher, int candidates, double dropout) {
    int[] counts = new int[ITEMS];
    Arrays.fill(counts, 1);
    return new Fitting(
        model,
        teacher,
        null,
        0,
        new CandidateSampler(counts, candidates),
        dropout,
        teacher == null ? 0 : 0.5,
        SEED);
  }

  /** Clicks on items below {@code limit} only. */
  private static SessionBatch batch(int limit) {
    Sessions sessions = Toys.random(new SplittableRandom(SEED + 1), limit, 12, 12);
    return Toys.batch(sessions, 4, 64);
  }

  static Stream<Arguments> models() {
    return Stream.of(WeightedMeanEncoder.NAME, SelfAttentionEncoder.NAME)
        .flatMap(name -> Stream.of(Arguments.of(name, true), Arguments.of(name, false)));
  }

  @ParameterizedTest
  @MethodSource("models")
  void everyParameterMovesInOneStep(String name, boolean dense) {
    SessionModel model = Toys.model(encoder(name), table(dense, 1));
    Fitting fitting =
        fitting(model, dense ? null : Toys.model(encoder(name), table(true, 2)), 20, 0.1);
    Map<String, float[]> before = new LinkedHashMap<>();
    for (Parameter parameter : fitting.parameters()) {
      before.put(parameter.name(), Tensors.floats(parameter.value()));
    }
    assertThat(before.keySet())
        .containsAll(Set.of("scale", "repeat", dense ? "table" : "codebooks"));
    assertThat(before).hasSameSizeAs(model.parameters());
    assertThat(model.parameters()).containsAll(model.encoder().parameters());
    fitting.step(batch(30), 1e-3);
    for (Parameter parameter : fitting.parameters()) {
      assertThat(Tensors.floats(parameter.value()))
          .as(parameter.name())
          .isNotEqualTo(before.get(parameter.name()))
          .doesNotContain(Float.NaN);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {WeightedMeanEncoder.NAME, SelfAttentionEncoder.NAME})
  void denseRowsAndBiasesMoveWithTheOthers(String name) {
    SessionModel model = rich(encoder(name));
    Fitting fitting = fitting(model, Toys.model(encoder(name), table(true, 2)), 20, 0.1);
    Map<String, float[]> before = new LinkedHashMap<>();
    for (Parameter parameter : fitting.parameters()) {
      before.put(parameter.name(), Tensors.floats(parameter.value()));
    }
    assertThat(before.keySet()).containsAll(Set.of("codebooks", "denseRows", "itemBias"));
    SessionBatch batch = batch(30);
    fitting.step(batch, 1e-3);
    for (Parameter parameter : fitting.parameters()) {
      assertThat(Tensors.floats(parameter.value()))
          .as(parameter.name())
          .isNotEqualTo(before.get(parameter.name()))
          .doesNotContain(Float.NaN);
    }
    // What no step has met has not moved.
    Set<Integer> active = active(batch, 20);
    float[] biases = Tensors.floats(bias(model));
    float[] biasesBefore = before.getOrDefault("itemBias", new float[0]);
    float[] rows = Tensors.floats(model.table().parameters().get(1).value());
    float[] rowsBefore = before.getOrDefault("denseRows", new float[0]);
    for (int v = 0; v < ITEMS; v++) {
      assertThat(biases[v] != biasesBefore[v]).as("bias %s", v).isEqualTo(active.contains(v));
      if (v % 6 == 0) {
        int from = v / 6 * Toys.DIMENSION;
        int to = from + Toys.DIMENSION;
        assertThat(Arrays.equals(rows, from, to, rowsBefore, from, to))
            .as("row %s", v)
            .isEqualTo(!active.contains(v));
      }
    }
  }

  /** The gradient of every bias against the loss with that bias a little higher and lower. */
  @ParameterizedTest
  @CsvSource({"weighted-mean, 0", "weighted-mean, 25", "self-attention, 25"})
  void theGradientOfABiasIsThatOfTheLoss(String name, int sample) {
    SessionBatch batch = batch(30);
    SessionModel model = rich(still(name));
    fitting(model, Toys.model(encoder(name), table(true, 2)), sample, 0).step(batch, 1e-3);
    Parameter bias = model.parameters().get(model.parameters().size() - 1);
    // Adam's first moment after one step is a tenth of the gradient.
    float[] actual = Tensors.floats(bias.firstMoment());
    float step = 0.02f;
    double most = 0;
    for (int v = 0; v < ITEMS; v += 3) {
      double[] losses = new double[2];
      for (int side = 0; side < 2; side++) {
        SessionModel moved = rich(still(name));
        float[] values = Tensors.floats(bias(moved));
        values[v] += side == 0 ? -step : step;
        Tensors.assign(bias(moved), values);
        Steps.Losses loss =
            fitting(moved, Toys.model(encoder(name), table(true, 2)), sample, 0).step(batch, 1e-3);
        losses[side] = loss.crossEntropy() + 0.5 * loss.divergence();
      }
      double expected = (losses[1] - losses[0]) / (2 * step);
      assertThat(10 * actual[v]).as("item %s", v).isCloseTo((float) expected, within(5e-4f));
      most = Math.max(most, Math.abs(expected));
    }
    assertThat(most).isGreaterThan(0.02);
  }

  /** An encoder without dropout. */
  private static SessionEncoder still(String name) {
    return name.equals(WeightedMeanEncoder.NAME)
        ? Toys.weightedMean()
        : Toys.selfAttention(2, 0, 5);
  }

  @Test
  void onlyTheRowsOfAStepMove() {
    ItemTable table = table(true, 1);
    SessionModel model = Toys.model(encoder(WeightedMeanEncoder.NAME), table);
    float[] before = Tensors.floats(table.allRows());
    SessionBatch batch = batch(30);
    Fitting fitting = fitting(model, null, 10, 0);
    fitting.step(batch, 1e-3);
    float[] after = Tensors.floats(table.allRows());
    Set<Integer> active = active(batch, 10);
    assertThat(active.size()).isBetween(20, ITEMS - 5);
    for (int v = 0; v < ITEMS; v++) {
      int from = v * Toys.DIMENSION;
      boolean moved =
          !Arrays.equals(
              Arrays.copyOfRange(before, from, from + Toys.DIMENSION),
              Arrays.copyOfRange(after, from, from + Toys.DIMENSION));
      assertThat(moved).as("row %s", v).isEqualTo(active.contains(v));
    }
  }

  /** The items of the first step. */
  private static Set<Integer> active(SessionBatch batch, int sample) {
    Set<Integer> active = new HashSet<>();
    Arrays.stream(batch.items()).filter(v -> v >= 0).forEach(active::add);
    Arrays.stream(batch.targets()).forEach(active::add);
    int[] counts = new int[ITEMS];
    Arrays.fill(counts, 1);
    Arrays.stream(
            new CandidateSampler(counts, sample)
                .draw(Randoms.seed(SEED, "candidates", 0), new int[0])
                .items())
        .forEach(active::add);
    return active;
  }

  /** The definition in plain loops: scale cos(theta, row), bonus on own items, log softmax. */
  private static double[] reference(
      SessionModel model, @Nullable SessionModel teacher, SessionBatch batch, int sample) {
    float[][] scores = scores(model, batch);
    float[][] teaching = teacher == null ? null : scores(teacher, batch);
    float[] bonus = model.repeatBonus();
    int[] counts = new int[ITEMS];
    Arrays.fill(counts, 1);
    CandidateSampler.Candidates candidates =
        new CandidateSampler(counts, sample).draw(Randoms.seed(SEED, "candidates", 0), new int[0]);
    double label = 0;
    double divergence = 0;
    for (int b = 0; b < batch.caseCount(); b++) {
      int last = batch.positions()[b];
      int first = last - batch.prefixLength(b) + 1;
      Map<Integer, Double> own = new LinkedHashMap<>();
      for (int t = first; t <= last; t++) {
        int item = batch.items()[t];
        int clicks = 0;
        int latest = 0;
        for (int u = first; u <= last; u++) {
          if (batch.items()[u] == item) {
            clicks++;
            latest = u;
          }
        }
        own.put(
            item, scores[b][item] + (double) bonus[RepeatFeatures.bucket(clicks, last - latest)]);
      }
      int target = batch.targets()[b];
      double targetScore = own.getOrDefault(target, (double) scores[b][target]);
      double others = 0;
      double teacherOthers = 0;
      boolean isNew = !own.containsKey(target);
      if (isNew) {
        others += Math.exp(targetScore);
        teacherOthers += teaching == null ? 0 : Math.exp(teaching[b][target]);
      }
      for (int k = 0; k < candidates.items().length; k++) {
        int item = candidates.items()[k];
        if (item != target && !own.containsKey(item)) {
          others += Math.exp(scores[b][item] + (double) candidates.offsets()[k]);
          teacherOthers +=
              teaching == null ? 0 : Math.exp(teaching[b][item] + (double) candidates.offsets()[k]);
        }
      }
      double ownSum = own.values().stream().mapToDouble(Math::exp).sum();
      label += Math.log(others + ownSum) - targetScore;
      if (teaching != null) {
        for (int k = 0; k < candidates.items().length; k++) {
          int item = candidates.items()[k];
          if (item != target && !own.containsKey(item)) {
            double p = teaching[b][item] + candidates.offsets()[k] - Math.log(teacherOthers);
            double q = scores[b][item] + candidates.offsets()[k] - Math.log(others);
            divergence += Math.exp(p) * (p - q);
          }
        }
        if (isNew) {
          double p = teaching[b][target] - Math.log(teacherOthers);
          divergence += Math.exp(p) * (p - targetScore + Math.log(others));
        }
      }
    }
    return new double[] {label / batch.caseCount(), divergence / batch.caseCount()};
  }

  private static float[][] scores(SessionModel model, SessionBatch batch) {
    float[] rows = Tensors.floats(model.allUsedRows());
    float[] theta = Tensors.floats(model.sessionVectors(batch, model.allUsedRows()));
    float[][] scores = new float[batch.caseCount()][ITEMS];
    Tensor bias = model.itemBias();
    float[] biases = bias == null ? new float[ITEMS] : Tensors.floats(bias);
    for (int b = 0; b < scores.length; b++) {
      for (int v = 0; v < ITEMS; v++) {
        scores[b][v] = biases[v];
        for (int d = 0; d < Toys.DIMENSION; d++) {
          scores[b][v] += theta[b * Toys.DIMENSION + d] * rows[v * Toys.DIMENSION + d];
        }
      }
    }
    return scores;
  }

  @ParameterizedTest
  @CsvSource({
    "weighted-mean, 0, false, false",
    "weighted-mean, 25, false, false",
    "self-attention, 0, false, false",
    "weighted-mean, 0, true, false",
    "self-attention, 25, true, false",
    "weighted-mean, 0, false, true",
    "weighted-mean, 25, true, true",
    "self-attention, 25, true, true"
  })
  void theLossIsTheDefinition(String name, int sample, boolean taught, boolean rich) {
    SessionModel model = rich ? rich(still(name)) : Toys.model(still(name), table(!taught, 1));
    List<Parameter> repeat =
        model.parameters().stream().filter(one -> one.name().equals("repeat")).toList();
    Toys.shake(repeat, new SplittableRandom(3), 0.5);
    SessionModel teacher = taught ? Toys.model(encoder(name), table(true, 2)) : null;
    SessionBatch batch = batch(30);
    double[] expected = reference(model, teacher, batch, sample);
    Steps.Losses losses = fitting(model, teacher, sample, 0).step(batch, 1e-3);
    assertThat(losses.cases()).isEqualTo(batch.caseCount());
    assertThat(losses.crossEntropy()).isCloseTo(expected[0], within(1e-4));
    assertThat(losses.divergence()).isCloseTo(expected[1], within(1e-4));
    assertThat(losses.crossEntropy()).isGreaterThan(1);
    assertThat(losses.divergence() > 0.1).isEqualTo(taught);
  }

  @Test
  void stepsLowerTheLoss() {
    SessionModel model = Toys.model(encoder(SelfAttentionEncoder.NAME), table(true, 1));
    Fitting fitting = fitting(model, null, 0, 0);
    SessionBatch batch = batch(30);
    double first = fitting.step(batch, 1e-2).crossEntropy();
    for (int i = 0; i < 30; i++) {
      fitting.step(batch, 1e-2);
    }
    assertThat(fitting.step(batch, 1e-2).crossEntropy()).isLessThan(0.7 * first);
  }

  /** A visitor who has clicked everything leaves no new item to compare with the teacher. */
  @Test
  void aSessionOverTheWholeCatalogueIsLearnedFrom() {
    int[] all = new int[ITEMS / 2];
    Arrays.setAll(all, v -> v);
    int[] session = Arrays.copyOf(all, all.length + 5);
    SplittableRandom random = new SplittableRandom(4);
    SessionModel model = Toys.model(Toys.weightedMean(), Toys.denseTable(random, all.length));
    SessionModel teacher = Toys.model(Toys.weightedMean(), Toys.denseTable(random, all.length));
    Fitting fitting =
        new Fitting(
            model, teacher, null, 0, new CandidateSampler(new int[all.length], 0), 0, 1, SEED);
    SessionBatch batch = Toys.batch(Toys.sessions(session), 1, 64);
    for (int i = 0; i < 2; i++) {
      Steps.Losses losses = fitting.step(batch, 1e-3);
      assertThat(losses.crossEntropy()).isFinite();
      assertThat(losses.divergence()).isFinite();
    }
    for (Parameter parameter : model.parameters()) {
      assertThat(Tensors.floats(parameter.value())).doesNotContain(Float.NaN);
    }
  }

  @Test
  void aLossThatIsNotANumberNamesStepAndWayOut() {
    ItemTable table = table(true, 1);
    SessionModel model = Toys.model(Toys.weightedMean(), table);
    Fitting fitting = fitting(model, null, 0, 0);
    SessionBatch batch = batch(ITEMS);
    fitting.step(batch, 1e-3);
    fitting.step(batch, 1e-3);
    float[] broken = Tensors.floats(table.allRows());
    broken[batch.targets()[0] * Toys.DIMENSION] = Float.NaN;
    Tensors.assign(table.allRows(), broken);
    assertThatThrownBy(() -> fitting.step(batch, 0.25))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("not a number at step 2")
        .hasMessageContaining("lower the learning rate, now 0.25");
  }
}
