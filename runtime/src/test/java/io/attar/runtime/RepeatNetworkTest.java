package io.attar.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a repeat network decides and the order it leaves. Its scores are held to the definition by
 * {@link ScoreParityTest}.
 */
final class RepeatNetworkTest {
  private static final long SEED = 20_261_121L;
  private static final Matrix.Type F32 = Matrix.Type.F32;

  static Stream<TestModel> models() {
    List<TestModel> models = new ArrayList<>();
    int[] ranks = {20, 1, 5, 64};
    for (int table = TestModel.DENSE; table <= TestModel.PRODUCT_CODES; table++) {
      for (int i = 0; i < ranks.length; i++) {
        boolean coded = table != TestModel.DENSE;
        TestModel.Shape shape = TestModel.Shape.weightedMean(table, 1300);
        models.add(
            TestModel.random(SEED + i, shape)
                .version3(coded ? new int[] {0, 1, 90, 1250}[i] : 0, F32, i % 2 == 1)
                .network(ranks[i], 1 + 7 * (i % 2), F32, i < 2));
      }
    }
    // Fewer items than clicks in a window: all of them get clicked.
    for (int table = TestModel.DENSE; table <= TestModel.CODES; table++) {
      for (int items : new int[] {1, 2, 6}) {
        TestModel.Shape shape = TestModel.Shape.weightedMean(table, items);
        models.add(
            TestModel.random(SEED, shape).version3(0, F32, true).network(20, 3, F32, items == 6));
      }
    }
    models.add(
        TestModel.random(SEED, TestModel.Shape.selfAttention(TestModel.CODES, 1300))
            .version3(0, F32, false)
            .network(20, 8, F32, true));
    // Scores so large that rounding makes many equal, among the ranked items and below them.
    for (float large : new float[] {1e5f, -3e7f}) {
      TestModel model =
          TestModel.random(SEED, TestModel.Shape.weightedMean(TestModel.DENSE, 300))
              .version3(0, F32, false)
              .network(20, 2, F32, true);
      model.networkWeights.singles()[2 * 32 + 1] = large;
      models.add(model);
    }
    // And so many equal to begin with: twins of the best, or all items.
    TestModel twins = TestModel.random(SEED, TestModel.Shape.weightedMean(TestModel.CODES, 300));
    for (int[] column : twins.codes) {
      for (int v = 0; v < column.length; v++) {
        column[v] = column[v / 9];
      }
    }
    models.add(twins.version3(0, F32, false).network(20, 4, F32, false));
    TestModel equal = TestModel.random(SEED, TestModel.Shape.weightedMean(TestModel.CODES, 300));
    equal.scale = 0;
    models.add(equal.version3(0, F32, false).network(20, 4, F32, false));
    return models.stream();
  }

  /** The order that the format lays down, from the scores with the network and without. */
  private static List<Integer> order(float[] scores, float[] similarities, Set<Integer> own) {
    return IntStream.range(0, scores.length)
        .boxed()
        .sorted(
            Comparator.comparingDouble((Integer v) -> -ranked(scores[v]))
                .thenComparing(v -> !own.contains(v))
                .thenComparingDouble(v -> own.contains(v) ? 0 : -ranked(similarities[v]))
                .thenComparing(Comparator.naturalOrder()))
        .toList();
  }

  /** With + 0: a negative zero is no less than a positive one. */
  private static double ranked(float score) {
    return (Float.isNaN(score) ? Double.NEGATIVE_INFINITY : score) + 0.0;
  }

  private static void check(
      String what,
      Recommendations actual,
      List<Integer> order,
      float[] scores,
      int count,
      IntPredicate admitted) {
    assertThat(IntStream.range(0, actual.size()).mapToObj(actual::itemIndex).toList())
        .as(what)
        .isEqualTo(order.stream().filter(admitted::test).limit(count).toList());
    for (int rank = 0; rank < actual.size(); rank++) {
      assertThat((double) actual.score(rank)).isEqualTo(ranked(scores[actual.itemIndex(rank)]));
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void rankingsAreTheFullSortOfTheScores(TestModel model) throws ModelFileException {
    rankingsAreTheFullSort(model, 30);
  }

  private static void rankingsAreTheFullSort(TestModel model, int rounds)
      throws ModelFileException {
    int items = model.itemCount;
    Recommender recommender = Recommender.open(ModelFileFixture.write(model));
    Session session = recommender.newSession();
    Session plain = Recommender.open(withoutRepeats(model)).newSession();
    Random random = new Random(SEED);
    float[] scores = new float[items];
    float[] similarities = new float[items];
    List<Integer> clicks = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      // Few different items, so that they repeat, at both ends.
      int item = random.nextInt(Math.min(items, 8));
      item = random.nextBoolean() ? item : items - 1 - item;
      session.clickIndex(item);
      plain.clickIndex(item);
      clicks.add(item);
      Set<Integer> own =
          new LinkedHashSet<>(
              clicks.subList(
                  Math.max(0, clicks.size() - model.maximumSessionLength), clicks.size()));
      ItemSet allowed = set(recommender, random, new int[] {0, 5, 100, items}[round % 4]);
      ItemSet denied = set(recommender, random, new int[] {0, 3, items / 2}[round % 3]);
      int count = 1 + random.nextInt(60);
      String what = "round " + round;
      if (round % 2 == 0) {
        // Rankings first: the scores must not be what readies the decision.
        check(session, plain, scores, similarities, own, what, count, allowed, denied);
      }
      session.scores(scores);
      plain.scores(similarities);
      float some = scores[random.nextInt(items)];
      float minimum = Float.isNaN(some) ? 0 : some;
      List<Integer> order = order(scores, similarities, own);
      for (int most : new int[] {1, 10, model.ranks, model.ranks + 1, 150, Integer.MAX_VALUE}) {
        check(what, session.top(most), order, scores, most, v -> true);
        check(what, session.topUnseen(most), order, scores, most, v -> !own.contains(v));
      }
      check(session, plain, scores, similarities, own, what, count, allowed, denied);
      check(
          what,
          session.top(Ranking.of(count).atLeast(minimum)),
          order,
          scores,
          count,
          v -> ranked(scores[v]) >= minimum);
      check(
          what,
          session.top(Ranking.of(count).atLeast(minimum).only(allowed).unseen()),
          order,
          scores,
          count,
          v -> ranked(scores[v]) >= minimum && allowed.containsIndex(v) && !own.contains(v));
      // What a network says of unseen items never turns two of them around.
      List<Integer> unseen = order.stream().filter(v -> !own.contains(v)).toList();
      for (int rank = 1; rank < unseen.size(); rank++) {
        assertThat(ranked(similarities[unseen.get(rank)]))
            .isLessThanOrEqualTo(ranked(similarities[unseen.get(rank - 1)]));
      }
    }
  }

  private static void check(
      Session session,
      Session plain,
      float[] scores,
      float[] similarities,
      Set<Integer> own,
      String what,
      int count,
      ItemSet allowed,
      ItemSet denied) {
    List<Integer> first = indices(session.top(Ranking.of(count).only(allowed).without(denied)));
    List<Integer> second = indices(session.top(Ranking.of(count).without(denied).unseen()));
    List<Integer> third = indices(session.top(count));
    session.scores(scores);
    plain.scores(similarities);
    List<Integer> order = order(scores, similarities, own);
    assertThat(first)
        .as(what)
        .isEqualTo(
            order.stream()
                .filter(v -> allowed.containsIndex(v) && !denied.containsIndex(v))
                .limit(count)
                .toList());
    assertThat(second)
        .as(what)
        .isEqualTo(
            order.stream()
                .filter(v -> !own.contains(v) && !denied.containsIndex(v))
                .limit(count)
                .toList());
    assertThat(third).as(what).isEqualTo(order.stream().limit(count).toList());
  }

  private static List<Integer> indices(Recommendations top) {
    return IntStream.range(0, top.size()).mapToObj(top::itemIndex).toList();
  }

  private static ItemSet set(Recommender recommender, Random random, int items) {
    ItemSet set = recommender.newItemSet();
    for (int i = 0; i < items; i++) {
      set.addIndex(random.nextInt(recommender.itemCount()));
    }
    return set;
  }

  /** The file of the model with a repeat head that leaves scores as they are. */
  private static byte[] withoutRepeats(TestModel model) {
    Map<String, byte[]> sections = ModelFileFixture.sections(model);
    sections.remove("RNET");
    int window = model.maximumSessionLength;
    Matrix zeros = Matrix.of(1, window, new double[window]);
    sections.put(
        "RPTH",
        new ModelFileFixture.Payload()
            .f32(1)
            .u8(1)
            .u8(1)
            .raw(new byte[2 * window])
            .tensor(Matrix.of(1, 1, 0))
            .tensor(zeros)
            .tensor(zeros)
            .tensor(zeros)
            .tensor(zeros)
            .bytes());
    return ModelFileFixture.seal(3, sections);
  }

  /** Rounding made scores equal in the models meant for it: else they would test nothing. */
  @Test
  void largeScoresTie() throws ModelFileException {
    int tied = 0;
    for (TestModel model : models().filter(model -> model.itemCount == 300).toList()) {
      Session session = Recommender.open(ModelFileFixture.write(model)).newSession();
      session.clickIndex(0);
      float[] scores = new float[300];
      session.scores(scores);
      long different = IntStream.range(0, 300).mapToObj(v -> scores[v]).distinct().count();
      tied += different < 250 ? 1 : 0;
    }
    assertThat(tied).isEqualTo(4);
  }

  /** Sums of weights beyond the largest single: no number, yet a defined order. */
  @Test
  void weightsThatOverflowRankInADefinedOrder() throws ModelFileException {
    int numbers = 0;
    int none = 0;
    for (int kind = 0; kind < 40; kind++) {
      Random random = new Random(SEED + kind);
      TestModel model =
          TestModel.random(SEED, TestModel.Shape.weightedMean(1 + kind % 3, 60))
              .version3(0, F32, kind % 2 == 0)
              .network(kind % 4 == 0 ? 64 : 7, 2, F32, true);
      float[] weights = model.networkWeights.singles();
      for (int i = 0; i < weights.length; i++) {
        weights[i] = random.nextInt(6) == 0 ? 3e38f * random.nextInt(-1, 2) : weights[i];
      }
      float[] outputs = model.networkOutputs.singles();
      outputs[0] = kind % 5 == 0 ? Float.MAX_VALUE : outputs[0];
      model.logarithms.singles()[3] = kind % 7 == 0 ? -3e38f : 1;
      model.scale = kind % 3 == 0 ? 3e38f : model.scale;
      rankingsAreTheFullSort(model, 12);
      Session session = Recommender.open(ModelFileFixture.write(model)).newSession();
      session.clickIndex(3);
      session.clickIndex(4);
      float[] scores = new float[60];
      session.scores(scores);
      for (float score : scores) {
        numbers += Float.isFinite(score) ? 1 : 0;
        none += Float.isNaN(score) ? 1 : 0;
      }
      for (int item = 0; item < 60; item++) {
        assertThat((Float) session.explain(item).score()).isEqualTo((Float) scores[item]);
      }
    }
    assertThat(numbers).isGreaterThan(300);
    assertThat(none).isGreaterThan(300);
  }

  @Test
  void handWorkedDecision() throws ModelFileException {
    // theta is the last click's row, (1, 0): s = 10, 6, 8, 0, times 1 for all.
    TestModel model = handWorkedModel(2, -4);
    Session session = Recommender.open(ModelFileFixture.write(model)).newSession();
    for (int click : new int[] {0, 3, 0}) {
      session.clickIndex(click);
    }
    double bend = 3 * Math.tanh(1); // of own items
    float[] scores = new float[4];
    session.scores(scores);
    // Item 0: 2 clicks, "log 2" = 1, times 2; none since; half the best unseen item's 8.
    assertThat((double) scores[0]).isCloseTo(2 + 4 + bend, within(1e-5));
    // Item 3: one click since, "log 2" = 1, times -1; it came right after the last click's item.
    assertThat((double) scores[3]).isCloseTo(-1 + 7 + 4 + bend, within(1e-5));
    // Rank 0: 8 / 4 + 4. Rank 1: "log 2" = 1, times -4; 6 / 4 + 4.
    assertThat(scores[2]).isEqualTo(6);
    assertThat(scores[1]).isEqualTo(1.5f);
    assertThat(session.top(9).itemIds()).containsExactly("4", "1", "3", "2");
    assertThat(session.topUnseen(9).itemIds()).containsExactly("3", "2");
    Explanation explanation = session.explain(1);
    assertThat(explanation.terms().get(3).name()).isEqualTo("repeat network");
    assertThat(explanation.terms().get(3).value()).isEqualTo(1.5 - 6);

    // The second rank's 9.5 would pass the first's 6: it stays below by (8 - 6) / 64.
    model = handWorkedModel(2, 4);
    session = Recommender.open(ModelFileFixture.write(model)).newSession();
    for (int click : new int[] {0, 3, 0}) {
      session.clickIndex(click);
    }
    session.scores(scores);
    assertThat(scores[1]).isEqualTo(6 - 2f / 64);

    // One rank: the other unseen item is as far below it as its s is.
    model = handWorkedModel(1, -4);
    session = Recommender.open(ModelFileFixture.write(model)).newSession();
    for (int click : new int[] {0, 3, 0}) {
      session.clickIndex(click);
    }
    session.scores(scores);
    assertThat(scores[2]).isEqualTo(6);
    assertThat(scores[1]).isEqualTo(4);

    // All clicked: no unseen item's 8 any more, and the window has forgotten item 0's first click.
    session.clickIndex(1);
    session.clickIndex(2);
    session.scores(scores);
    assertThat(session.topUnseen(9).itemIds()).containsExactly("4");
  }

  private static TestModel handWorkedModel(int ranks, double rankWeight) {
    TestModel model = new TestModel();
    model.version = 3;
    model.itemCount = 4;
    model.dimension = 2;
    model.encoder = TestModel.WEIGHTED_MEAN;
    model.table = TestModel.DENSE;
    model.maximumSessionLength = 3;
    model.scale = 10;
    model.ids = List.of("1", "2", "3", "4");
    model.dense = Matrix.of(4, 2, 1, 0, 0.6, 0.8, 0.8, 0.6, 0, 1);
    model.encoderTensors = List.of(Matrix.of(1, 3, 1, 0, 0), Matrix.of(1, 1, 1));
    model.ranks = ranks;
    double[] weights = new double[2 * 32];
    weights[0] = 1; // own
    double[] linear = new double[32];
    linear[9] = 0.5;
    linear[11] = 2;
    linear[12] = -1;
    linear[25] = 7;
    linear[27] = rankWeight;
    linear[30] = 0.25;
    System.arraycopy(linear, 0, weights, 32, 32);
    model.networkWeights = Matrix.of(2, 32, weights);
    model.networkOutputs = Matrix.of(1, 1, 3);
    // None, so that it shows whose logarithms count.
    model.logarithms = Matrix.of(1, 4, 0, 1, 2, 3);
    return model;
  }

  @Test
  void whenAllWasClickedOnlyOwnItemsRank() throws ModelFileException {
    TestModel model =
        TestModel.random(SEED, TestModel.Shape.weightedMean(TestModel.CODES, 5))
            .version3(2, F32, true)
            .network(20, 4, F32, false);
    Session session = Recommender.open(ModelFileFixture.write(model)).newSession();
    float[] scores = new float[5];
    for (int click = 0; click < 5; click++) {
      session.clickIndex(click);
      assertThat(session.topUnseen(9).size()).isEqualTo(4 - click);
      assertThat(session.top(9).size()).isEqualTo(5);
    }
    session.scores(scores);
    double[] expected = new ReferenceModel(model).scores(List.of(0, 1, 2, 3, 4));
    for (int v = 0; v < 5; v++) {
      assertThat((double) scores[v]).isCloseTo(expected[v], within(1e-4));
    }
    assertThat(Arrays.stream(expected).distinct().count()).isEqualTo(5);
  }
}
