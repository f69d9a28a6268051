package io.attar.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a session promises, for every encoder and item table. */
final class SessionTest {
  private static final int ITEMS = 2100; // more than two blocks

  static Stream<TestModel> models() {
    return Stream.concat(headModels(), networkModels());
  }

  /** Their rankings have an order of their own, which {@link RepeatNetworkTest} checks. */
  private static Stream<TestModel> networkModels() {
    return Stream.of(
        TestModel.random(10, TestModel.Shape.weightedMean(TestModel.CODES, ITEMS))
            .version3(300, Matrix.Type.INT8, true)
            .network(20, 8, Matrix.Type.F32, true),
        TestModel.random(11, TestModel.Shape.selfAttention(TestModel.DENSE, ITEMS))
            .version3(0, Matrix.Type.INT8, false)
            .network(64, 3, Matrix.Type.INT8, false));
  }

  static Stream<TestModel> headModels() {
    return Stream.of(
        TestModel.random(1, TestModel.Shape.weightedMean(TestModel.DENSE, ITEMS)),
        TestModel.random(2, TestModel.Shape.weightedMean(TestModel.CODES, ITEMS)),
        TestModel.random(3, TestModel.Shape.selfAttention(TestModel.DENSE, ITEMS)),
        TestModel.random(4, TestModel.Shape.selfAttention(TestModel.CODES, ITEMS)),
        TestModel.random(5, TestModel.Shape.weightedMean(TestModel.CODES, ITEMS)).version2(),
        TestModel.random(6, TestModel.Shape.selfAttention(TestModel.CODES, ITEMS)).version2(),
        TestModel.random(7, TestModel.Shape.weightedMean(TestModel.DENSE, ITEMS))
            .version3(0, Matrix.Type.INT8, true),
        TestModel.random(8, TestModel.Shape.selfAttention(TestModel.CODES, ITEMS))
            .version3(300, Matrix.Type.INT8, true),
        TestModel.random(9, TestModel.Shape.weightedMean(TestModel.PRODUCT_CODES, ITEMS))
            .version3(1100, Matrix.Type.INT8, false),
        TestModel.random(
                13,
                new TestModel.Shape(
                    1, TestModel.BLOCKS, true, Matrix.Type.INT8, ITEMS, 12, 7, 1, 3, 9, 1))
            .version4(true),
        TestModel.random(
                14,
                new TestModel.Shape(
                    1, TestModel.NEIGHBOURS, false, Matrix.Type.INT8, ITEMS, 1, 7, 1, 90, 1, 1))
            .version5(true));
  }

  @ParameterizedTest
  @MethodSource("headModels")
  void topEqualsAFullSort(TestModel model) throws ModelFileException {
    // Twins of low items at high indices: ties across blocks.
    for (int v = 0; v < 50; v++) {
      for (int[] column : model.codes) {
        column[column.length - 1 - v] = column[v];
      }
    }
    if (model.version > 1) {
      model.sortByCodes();
    }
    Session session = open(model).newSession();
    float[] scores = new float[ITEMS];
    long seed = 99;
    Random random = new Random(seed);
    for (int click = 0; click < 12; click++) {
      session.scores(scores);
      for (int count : new int[] {1, 20, 500, ITEMS, ITEMS + 1, Integer.MAX_VALUE}) {
        assertRanking(session.top(count), scores, Set.of(), count);
      }
      session.clickIndex(click % 3 == 2 ? ITEMS - 1 : random.nextInt(ITEMS));
    }
  }

  @ParameterizedTest
  @MethodSource("headModels")
  void unseenLeavesOutTheClicksHeldOnly(TestModel model) throws ModelFileException {
    Session session = open(model).newSession();
    float[] scores = new float[ITEMS];
    // Both ends of blocks, repeats, and more clicks than are held.
    int[] clicks = {0, 1, 1023, 1024, 1024, 2047, 2048, ITEMS - 1, 5, 0, 0};
    List<Integer> held = new ArrayList<>();
    for (int click : clicks) {
      session.clickIndex(click);
      held.add(click);
      if (held.size() > model.maximumSessionLength) {
        held.remove(0);
      }
      session.scores(scores);
      for (int count : new int[] {1, 30, ITEMS}) {
        assertRanking(session.topUnseen(count), scores, Set.copyOf(held), count);
      }
    }
  }

  @Test
  void fewerComeBackWhenEverythingWasSeen() throws ModelFileException {
    TestModel model = TestModel.random(8, TestModel.Shape.weightedMean(TestModel.DENSE, 3));
    Session session = open(model).newSession();
    assertThat(session.top(10).size()).isEqualTo(3);
    session.clickIndex(0);
    session.clickIndex(2);
    assertThat(session.topUnseen(10).size()).isEqualTo(1);
    assertThat(session.topUnseen(10).itemIndex(0)).isEqualTo(1);
    session.clickIndex(1);
    assertThat(session.topUnseen(10).size()).isZero();
    assertThat(session.topUnseen(10).itemIds()).isEmpty();
    assertThat(session.top(10).size()).isEqualTo(3);
  }

  @Test
  void allEqualScoresRankByItemIndex() throws ModelFileException {
    TestModel model = TestModel.random(9, TestModel.Shape.weightedMean(TestModel.CODES, ITEMS));
    model.scale = 0;
    Session session = open(model).newSession();
    session.clickIndex(1500);
    Recommendations top = session.topUnseen(1600);
    for (int rank = 0; rank < 1600; rank++) {
      assertThat(top.itemIndex(rank)).isEqualTo(rank < 1500 ? rank : rank + 1);
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void withoutAClickThePopularItemsRank(TestModel model) throws ModelFileException {
    Recommender recommender = open(model);
    Session session = recommender.newSession();
    int popular = model.popular.length;
    assertThat(recommender.popularCount()).isEqualTo(popular);
    Set<Integer> popularSet = Set.copyOf(IntStream.of(model.popular).boxed().toList());
    for (boolean cleared : new boolean[] {false, true}) {
      Recommendations top = session.top(popular + 3);
      for (int rank = 0; rank < popular; rank++) {
        assertThat(recommender.popularItem(rank)).isEqualTo(model.popular[rank]);
        assertThat(top.itemIndex(rank)).as("cleared %s", cleared).isEqualTo(model.popular[rank]);
        assertThat(top.score(rank)).isEqualTo((float) (popular - rank) / popular);
      }
      int[] others = IntStream.range(0, ITEMS).filter(v -> !popularSet.contains(v)).toArray();
      for (int i = 0; i < 3; i++) {
        assertThat(top.itemIndex(popular + i)).isEqualTo(others[i]);
        assertThat(top.score(popular + i)).isZero();
      }
      assertThat(session.topUnseen(1).itemIndex(0)).isEqualTo(model.popular[0]);
      session.click(model.ids.get(77));
      session.top(5);
      session.clear();
      assertThat(session.length()).isZero();
    }
  }

  @Test
  void aModelWithoutPopularItemsRanksByItemIndex() throws ModelFileException {
    TestModel model = TestModel.random(10, TestModel.Shape.weightedMean(TestModel.DENSE, 5));
    model.popular = new int[0];
    Recommendations top = open(model).newSession().top(9);
    assertThat(IntStream.range(0, 5).map(top::itemIndex)).containsExactly(0, 1, 2, 3, 4);
    assertThat(top.score(0)).isZero();
  }

  @ParameterizedTest
  @MethodSource("models")
  void unknownItemsChangeNothing(TestModel model) throws ModelFileException {
    Recommender recommender = open(model);
    Session session = recommender.newSession();
    Session other = recommender.newSession();
    assertThat(session.click(model.ids.get(3))).isTrue();
    assertThat(other.clickIndex(3)).isTrue();
    for (String unknown : new String[] {"", "no such item", "00", "+1", "1e3", "\uD800"}) {
      assertThat(session.click(unknown)).as(unknown).isFalse();
    }
    assertThat(session.click(null)).isFalse();
    assertThat(session.clickIndex(-1)).isFalse();
    assertThat(session.clickIndex(ITEMS)).isFalse();
    assertThat(session.clickIndex(Integer.MIN_VALUE)).isFalse();
    assertThat(session.length()).isEqualTo(1);
    assertThat(scores(session)).isEqualTo(scores(other));
  }

  @ParameterizedTest
  @MethodSource("models")
  void aSessionIsItsLastClicks(TestModel model) throws ModelFileException {
    Recommender recommender = open(model);
    Session session = recommender.newSession();
    List<Integer> clicks = new ArrayList<>();
    long seed = 12;
    Random random = new Random(seed);
    for (int click = 0; click < 3 * model.maximumSessionLength; click++) {
      int item = random.nextInt(6);
      session.clickIndex(item);
      clicks.add(item);
      // Scored at some clicks only: kept work must be right whenever it was done.
      if (random.nextBoolean()) {
        session.top(3);
      }
      Session fresh = recommender.newSession();
      List<Integer> last =
          clicks.subList(Math.max(0, clicks.size() - model.maximumSessionLength), clicks.size());
      last.forEach(fresh::clickIndex);
      assertThat(session.length()).isEqualTo(last.size());
      assertThat(scores(session)).as("seed %d, clicks %s", seed, clicks).isEqualTo(scores(fresh));
    }
    session.clear();
    session.clickIndex(11);
    Session fresh = recommender.newSession();
    fresh.clickIndex(11);
    assertThat(scores(session)).isEqualTo(scores(fresh));
  }

  @ParameterizedTest
  @MethodSource("models")
  void threadsShareARecommender(TestModel model) throws Exception {
    Recommender recommender = open(model);
    List<List<String>> expected = new ArrayList<>();
    for (int visitor = 0; visitor < 8; visitor++) {
      expected.add(visit(recommender, visitor));
    }
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      List<Callable<List<String>>> visits = new ArrayList<>();
      for (int visit = 0; visit < 64; visit++) {
        int visitor = visit % 8;
        visits.add(() -> visit(recommender, visitor));
      }
      List<Future<List<String>>> results = threads.invokeAll(visits);
      for (int visit = 0; visit < 64; visit++) {
        assertThat(results.get(visit).get()).isEqualTo(expected.get(visit % 8));
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void clicksAndRankingsAllocateNothing(TestModel model) throws ModelFileException {
    Recommender recommender = open(model);
    Session session = recommender.newSession();
    float[] scores = new float[ITEMS];
    String[] ids = model.ids.toArray(String[]::new);
    com.sun.management.ThreadMXBean threads =
        (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    assertThat(threads.isThreadAllocatedMemoryEnabled()).isTrue();
    ItemSet denied = recommender.newItemSet();
    denied.addIndex(7);
    ItemSet allowed = recommender.newItemSet();
    allowed.addIndex(7);
    Ranking[] rankings = {
      Ranking.of(100).without(denied), Ranking.of(20).unseen().only(allowed).atLeast(-1)
    };
    long thread = Thread.currentThread().getId();
    long least = Long.MAX_VALUE;
    // The first rounds load classes and compile; one clean round of 200 visits proves the point.
    for (int round = 0; round < 5; round++) {
      long before = threads.getThreadAllocatedBytes(thread);
      for (int visit = 0; visit < 200; visit++) {
        use(session, ids, visit, scores, rankings);
      }
      least = Math.min(least, threads.getThreadAllocatedBytes(thread) - before);
    }
    assertThat(least).isZero();
  }

  @Test
  void wrongArgumentsAreNamed() throws ModelFileException {
    TestModel model = TestModel.random(8, TestModel.Shape.weightedMean(TestModel.DENSE, 3));
    Recommender recommender = open(model);
    Session session = recommender.newSession();
    for (int count : new int[] {0, -1, Integer.MIN_VALUE}) {
      assertThatThrownBy(() -> session.top(count))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("at least 1: " + count);
      assertThatThrownBy(() -> session.topUnseen(count))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> session.scores(new float[4]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3: 4");
    Recommendations top = session.top(2);
    for (int rank : new int[] {-1, 2, 3}) {
      assertThatThrownBy(() -> top.itemIndex(rank)).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> top.itemId(rank)).isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> top.score(rank)).isInstanceOf(IndexOutOfBoundsException.class);
    }
    for (int index : new int[] {-1, 3}) {
      assertThatThrownBy(() -> recommender.itemId(index))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> recommender.popularItem(index))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void recommendationsAreTheSessionsBufferAndIdsACopy() throws ModelFileException {
    TestModel model = TestModel.random(8, TestModel.Shape.selfAttention(TestModel.CODES, 300));
    Session session = open(model).newSession();
    session.clickIndex(4);
    Recommendations first = session.top(5);
    List<String> ids = first.itemIds();
    assertThat(ids)
        .containsExactlyElementsOf(
            IntStream.range(0, 5).mapToObj(i -> model.ids.get(first.itemIndex(i))).toList());
    List<String> before = List.copyOf(ids);
    session.clickIndex(250);
    assertThat(session.topUnseen(7)).isSameAs(first);
    assertThat(first.size()).isEqualTo(7);
    assertThat(ids).isEqualTo(before).isNotEqualTo(first.itemIds());
    assertThatThrownBy(() -> ids.set(0, "x")).isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void theLongestWindowIsSupported() throws ModelFileException {
    TestModel.Shape shape =
        new TestModel.Shape(
            TestModel.SELF_ATTENTION,
            TestModel.CODES,
            false,
            Matrix.Type.F32,
            1100,
            4,
            1024,
            2,
            2,
            8,
            TestModel.DECIMAL_IDS);
    TestModel model = TestModel.random(13, shape);
    Session session = open(model).newSession();
    List<Integer> clicks = new ArrayList<>();
    for (int click = 0; click < 1030; click++) {
      int item = (click * 7) % 1100;
      session.clickIndex(item);
      clicks.add(item);
    }
    double[] expected = new ReferenceModel(model).scores(clicks);
    float[] scores = new float[1100];
    session.scores(scores);
    for (int v = 0; v < 1100; v++) {
      assertThat(Math.abs(scores[v] - expected[v])).as("item %d", v).isLessThan(1e-4);
    }
    assertThat(session.topUnseen(1100).size()).isEqualTo(1100 - 1024);
  }

  private static Recommender open(TestModel model) throws ModelFileException {
    return Recommender.open(ModelFileFixture.write(model));
  }

  private static float[] scores(Session session) {
    float[] scores = new float[ITEMS];
    session.scores(scores);
    return scores;
  }

  private static List<String> visit(Recommender recommender, int visitor) {
    Session session = recommender.newSession();
    List<String> seen = new ArrayList<>();
    for (int click = 0; click < 9; click++) {
      session.clickIndex((visitor * 31 + click * click) % recommender.itemCount());
      seen.addAll(session.top(5).itemIds());
    }
    return seen;
  }

  private static void use(
      Session session, String[] ids, int visit, float[] scores, Ranking[] rankings) {
    session.clear();
    session.top(20);
    for (int click = 0; click < 9; click++) {
      session.click(ids[(visit * 13 + click * click) % ids.length]);
    }
    session.click("unknown");
    session.click(null);
    session.top(20);
    session.topUnseen(20);
    session.scores(scores);
    for (Ranking ranking : rankings) {
      session.top(ranking);
    }
  }

  private static void assertRanking(
      Recommendations actual, float[] scores, Set<Integer> without, int count) {
    List<Integer> expected =
        IntStream.range(0, scores.length)
            .filter(v -> !without.contains(v))
            .boxed()
            .sorted(
                Comparator.comparingDouble((Integer v) -> -scores[v])
                    .thenComparing(Comparator.naturalOrder()))
            .limit(count)
            .toList();
    assertThat(IntStream.range(0, actual.size()).mapToObj(actual::itemIndex).toList())
        .isEqualTo(expected);
    for (int rank = 0; rank < actual.size(); rank++) {
      assertThat(actual.score(rank)).isEqualTo(scores[actual.itemIndex(rank)]);
    }
  }
}
