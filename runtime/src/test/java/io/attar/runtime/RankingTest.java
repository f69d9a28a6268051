package io.attar.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sets, cuts and the rankings they leave. */
final class RankingTest {
  private static final int ITEMS = 2100;

  static Stream<TestModel> models() {
    return Stream.of(
        TestModel.random(21, TestModel.Shape.weightedMean(TestModel.DENSE, ITEMS)),
        TestModel.random(22, TestModel.Shape.weightedMean(TestModel.CODES, ITEMS)),
        TestModel.random(23, TestModel.Shape.selfAttention(TestModel.CODES, ITEMS)),
        TestModel.random(24, TestModel.Shape.weightedMean(TestModel.CODES, ITEMS)).version2(),
        TestModel.random(25, TestModel.Shape.weightedMean(TestModel.PRODUCT_CODES, ITEMS))
            .version3(300, Matrix.Type.INT8, true));
  }

  @ParameterizedTest
  @MethodSource("models")
  void aRankingIsTheFullSortOfWhatItLetsThrough(TestModel model) throws ModelFileException {
    Recommender recommender = Recommender.open(ModelFileFixture.write(model));
    Session session = recommender.newSession();
    long seed = 5;
    Random random = new Random(seed);
    float[] scores = new float[ITEMS];
    Set<Integer> clicked = new HashSet<>();
    for (int round = 0; round < 40; round++) {
      ItemSet allowed = set(recommender, random, new int[] {0, 5, 100, 1500}[round % 4]);
      ItemSet denied = set(recommender, random, new int[] {0, 700, ITEMS}[round % 3]);
      session.scores(scores);
      float minimum = scores[random.nextInt(ITEMS)];
      int count = 1 + random.nextInt(60);
      String what = "seed " + seed + ", round " + round;
      check(
          session.top(Ranking.of(count).only(allowed)),
          scores,
          count,
          what,
          item -> allowed.containsIndex(item));
      check(
          session.top(Ranking.of(count).without(denied)),
          scores,
          count,
          what,
          item -> !denied.containsIndex(item));
      check(
          session.top(Ranking.of(count).atLeast(minimum)),
          scores,
          count,
          what,
          item -> scores[item] >= minimum);
      check(
          session.top(Ranking.of(count).unseen()),
          scores,
          count,
          what,
          item -> !clicked.contains(item));
      check(
          session.top(Ranking.of(count).atLeast(minimum).only(allowed).unseen().without(denied)),
          scores,
          count,
          what,
          item ->
              allowed.containsIndex(item)
                  && !denied.containsIndex(item)
                  && scores[item] >= minimum
                  && !clicked.contains(item));
      if (round % 8 == 7) {
        session.clear();
        clicked.clear();
      } else if (clicked.size() < model.maximumSessionLength) {
        int item = random.nextInt(ITEMS);
        session.clickIndex(item);
        clicked.add(item);
      }
    }
  }

  @Test
  void whatNothingGetsThroughIsEmpty() throws ModelFileException {
    Recommender recommender = open(3);
    Session session = recommender.newSession();
    ItemSet none = recommender.newItemSet();
    ItemSet all = recommender.newItemSet();
    for (int item = 0; item < 3; item++) {
      all.addIndex(item);
    }
    for (int clicks = 0; clicks < 2; clicks++) {
      assertThat(session.top(Ranking.of(5).only(none)).size()).isZero();
      assertThat(session.top(Ranking.of(5).without(all)).size()).isZero();
      assertThat(session.top(Ranking.of(5).atLeast(Float.POSITIVE_INFINITY)).size()).isZero();
      assertThat(session.top(Ranking.of(5)).size()).isEqualTo(3);
      session.clickIndex(1);
    }
  }

  @Test
  void itemSetsKnowIdsAndIndices() throws ModelFileException {
    Recommender recommender = open(130);
    ItemSet set = recommender.newItemSet();
    assertThat(set.add(recommender.itemId(129))).isTrue();
    assertThat(set.add(recommender.itemId(129))).isFalse();
    assertThat(set.add("no such item")).isFalse();
    assertThat(set.add(null)).isFalse();
    assertThat(set.addIndex(-1)).isFalse();
    assertThat(set.addIndex(130)).isFalse();
    assertThat(set.addIndex(64)).isTrue();
    assertThat(set.size()).isEqualTo(2);
    assertThat(set.contains(recommender.itemId(64))).isTrue();
    assertThat(set.contains("no such item")).isFalse();
    assertThat(set.containsIndex(-1)).isFalse();
    assertThat(set.containsIndex(130)).isFalse();
    assertThat(set.next(0)).isEqualTo(64);
    assertThat(set.next(65)).isEqualTo(129);
    assertThat(set.next(130)).isEqualTo(-1);
    BitSet bits = new BitSet();
    bits.set(0);
    bits.set(64);
    bits.set(1000);
    set.addAll(bits);
    assertThat(set.size()).isEqualTo(3);
    assertThat(set.remove(recommender.itemId(129))).isTrue();
    assertThat(set.remove(recommender.itemId(129))).isFalse();
    assertThat(set.removeIndex(0)).isTrue();
    assertThat(set.removeIndex(-5)).isFalse();
    assertThat(set.size()).isEqualTo(1);
    set.clear();
    assertThat(set.size()).isZero();
    assertThat(set.containsIndex(64)).isFalse();
  }

  @Test
  void wrongRankingsAreNamed() throws ModelFileException {
    assertThatThrownBy(() -> Ranking.of(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least 1: 0");
    assertThatThrownBy(() -> Ranking.of(3).atLeast(Float.NaN))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must be a number");
    ItemSet own = open(3).newItemSet();
    Ranking both = Ranking.of(1).only(own).without(own);
    assertThatThrownBy(() -> both.only(own)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> both.without(own))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("'without': put all items into one set");
    ItemSet foreign = open(3).newItemSet();
    Session session = open(3).newSession();
    for (Ranking ranking : List.of(Ranking.of(1).only(foreign), Ranking.of(1).without(foreign))) {
      assertThatThrownBy(() -> session.top(ranking))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("of the session's own model");
    }
  }

  private static ItemSet set(Recommender recommender, Random random, int items) {
    ItemSet set = recommender.newItemSet();
    for (int i = 0; i < items; i++) {
      set.addIndex(items == ITEMS ? i : random.nextInt(ITEMS));
    }
    return set;
  }

  private static Recommender open(int items) throws ModelFileException {
    return Recommender.open(
        ModelFileFixture.write(
            TestModel.random(8, TestModel.Shape.weightedMean(TestModel.CODES, items))));
  }

  private static void check(
      Recommendations actual, float[] scores, int count, String what, IntPredicate admitted) {
    List<Integer> expected =
        IntStream.range(0, scores.length)
            .filter(admitted)
            .boxed()
            .sorted(
                Comparator.comparingDouble((Integer item) -> -scores[item])
                    .thenComparing(Comparator.naturalOrder()))
            .limit(count)
            .toList();
    assertThat(IntStream.range(0, actual.size()).mapToObj(actual::itemIndex).toList())
        .as(what)
        .isEqualTo(expected);
    for (int rank = 0; rank < actual.size(); rank++) {
      assertThat(actual.score(rank)).isEqualTo(scores[actual.itemIndex(rank)]);
    }
  }
}
