package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.attar.data.Dataset;
import io.attar.evaluation.Decay;
import io.attar.evaluation.ItemNeighbours;
import io.attar.evaluation.NeighbourLists;
import io.attar.evaluation.Rules;
import io.attar.evaluation.ScoringMethod;
import io.attar.evaluation.SequentialRules;
import io.attar.evaluation.SessionScorer;
import io.attar.runtime.ModelFileException;
import io.attar.runtime.Recommendations;
import io.attar.runtime.Recommender;
import io.attar.runtime.Session;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Rules as files rank as the rules do. */
final class RuleFileTest {
  private static final Dataset DATA = Toys.successionWorld(5, 60, 200, 20, 40);
  private static final int ITEMS = DATA.catalogueSize();

  @Test
  void theFileRanksAsTheRule() throws ModelFileException {
    ScoringMethod neighbours =
        ItemNeighbours.of(DATA.known(), ITEMS, new ItemNeighbours.Settings(9, 3, 0.5));
    ScoringMethod rules =
        SequentialRules.of(
            DATA.known(), ITEMS, new SequentialRules.Settings(4, Decay.RECIPROCAL, 200));
    for (ScoringMethod rule : List.of(neighbours, rules)) {
      assertThat(rule.lists().orElseThrow().longest()).isBetween(5, 127);
      List<List<String>> wanted = new ArrayList<>();
      assertThat(ranked(file(rule, false, Long.MAX_VALUE), 5, wanted, rule)).isEqualTo(wanted);
    }
  }

  @Test
  void ownItemsComeFirstByCountThenRecency() throws ModelFileException {
    ScoringMethod own = Rules.ownItemsByCount(ITEMS);
    ScoringMethod neighbours =
        ItemNeighbours.of(DATA.known(), ITEMS, ItemNeighbours.Settings.DEFAULT);
    NeighbourLists none = NeighbourLists.none(ITEMS);
    byte[] alone = new RuleFile(DATA, "own items", none, true).within(Long.MAX_VALUE);
    for (byte[] file : List.of(alone, file(neighbours, true, Long.MAX_VALUE))) {
      List<List<String>> wanted = new ArrayList<>();
      assertThat(ranked(file, 40, wanted, own)).isEqualTo(wanted);
    }
  }

  @Test
  void ownItemsAreCountedInTheLastClicks() throws ModelFileException {
    NeighbourLists none = NeighbourLists.none(ITEMS);
    byte[] bytes = new RuleFile(DATA, "own items", none, true).within(Long.MAX_VALUE);
    Session session = Recommender.open(bytes).newSession();
    int window = RuleFile.MAXIMUM_SESSION_LENGTH;
    for (int c = 0; c < window + 60; c++) {
      session.click(DATA.items().id(c < 60 ? 0 : c % 2 == 0 ? 1 : 2));
    }
    assertThat(session.top(2).itemIds()).containsExactly(DATA.items().id(2), DATA.items().id(1));
    assertThat(session.length()).isEqualTo(window);
  }

  @Test
  void neighboursFollowOwnItems() throws ModelFileException {
    int[][] neighbours = new int[ITEMS][0];
    double[][] weights = new double[ITEMS][0];
    neighbours[3] = new int[] {9, 3, 7, 5};
    weights[3] = new double[] {4, 3, 2, 1};
    NeighbourLists lists = new NeighbourLists(neighbours, weights);
    byte[] bytes = new RuleFile(DATA, "lists", lists, true).within(Long.MAX_VALUE);
    Session session = Recommender.open(bytes).newSession();
    for (int item : new int[] {5, 3, 5, 8, 3}) {
      session.click(DATA.items().id(item));
    }
    assertThat(session.top(5).itemIds())
        .containsExactly(
            IntStream.of(3, 5, 8, 9, 7).mapToObj(DATA.items()::id).toArray(String[]::new));
  }

  @Test
  void longerListsThanAByteTellsApartAreCut() throws ModelFileException {
    Dataset large = Toys.successionWorld(6, 300, 40, 5, 5);
    int[][] neighbours = new int[300][0];
    double[][] weights = new double[300][0];
    neighbours[1] = IntStream.range(0, 300).map(i -> 299 - i).toArray();
    weights[1] = IntStream.range(0, 300).mapToDouble(i -> 300 - i).toArray();
    byte[] bytes =
        new RuleFile(large, "lists", new NeighbourLists(neighbours, weights), false)
            .within(Long.MAX_VALUE);
    Session session = Recommender.open(bytes).newSession();
    session.click(large.items().id(1));
    List<String> top = session.top(RuleFile.MOST_NEIGHBOURS).itemIds();
    assertThat(top)
        .isEqualTo(
            IntStream.range(0, RuleFile.MOST_NEIGHBOURS)
                .mapToObj(i -> large.items().id(299 - i))
                .toList());
  }

  @Test
  void nothingKnownIsRankedByPopularity() throws ModelFileException {
    int[] popular = Shipping.byClicks(DATA);
    byte[] bytes =
        new RuleFile(DATA, "own items", NeighbourLists.none(ITEMS), true).within(Long.MAX_VALUE);
    Session session = Recommender.open(bytes).newSession();
    String first = DATA.items().id(popular[0]);
    assertThat(session.top(1).itemId(0)).isEqualTo(first);
    session.click(DATA.items().id(popular[1]));
    assertThat(session.top(2).itemIds()).containsExactly(DATA.items().id(popular[1]), first);
  }

  @Test
  void listsAreCutToTheBytesThatAreLeft() throws ModelFileException {
    ScoringMethod rule = ItemNeighbours.of(DATA.known(), ITEMS, ItemNeighbours.Settings.DEFAULT);
    byte[] whole = file(rule, false, Long.MAX_VALUE);
    byte[] none =
        new RuleFile(DATA, "none", NeighbourLists.none(ITEMS), false).within(Long.MAX_VALUE);
    int before = 0;
    for (int bytes = none.length + 50; bytes < whole.length; bytes += 50) {
      byte[] cut = file(rule, false, bytes);
      assertThat(cut.length).isBetween(before, bytes);
      before = cut.length;
      Recommender opened = Recommender.open(cut);
      assertThat(opened.provenance()).contains("\"neighbours\":", "\"role\":\"rule\"");
    }
    assertThat(before).isGreaterThan(none.length);
    assertThat(file(rule, false, whole.length)).isEqualTo(whole);
    assertThat(whole).isEqualTo(file(rule, false, Long.MAX_VALUE));
    assertThatThrownBy(() -> file(rule, false, 100))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("more than the 100 allowed");
  }

  @Test
  void listsOfOtherItemsAreRefused() {
    assertThatThrownBy(() -> new RuleFile(DATA, "x", NeighbourLists.none(ITEMS + 1), false))
        .hasMessageContaining("the lists must be of the catalogue's " + ITEMS);
  }

  private static byte[] file(ScoringMethod rule, boolean ownItemsFirst, long maximumBytes) {
    return new RuleFile(DATA, rule.name(), rule.lists().orElseThrow(), ownItemsFirst)
        .within(maximumBytes);
  }

  /**
   * After random clicks, the items that the file ranks first.
   *
   * @param wanted gets those that the rule says something about, best first
   */
  private static List<List<String>> ranked(
      byte[] file, int longest, List<List<String>> wanted, ScoringMethod rule)
      throws ModelFileException {
    SplittableRandom random = new SplittableRandom(3);
    Recommender recommender = Recommender.open(file);
    List<List<String>> found = new ArrayList<>();
    for (int round = 0; round < 100; round++) {
      Session session = recommender.newSession();
      SessionScorer scorer = rule.newScorer();
      scorer.start();
      int clicks = 1 + random.nextInt(longest);
      for (int c = 0; c < clicks; c++) {
        int item = random.nextInt(ITEMS / 3);
        session.click(DATA.items().id(item));
        scorer.click(item);
      }
      double[] scores = new double[ITEMS];
      scorer.scores(scores);
      List<String> best =
          IntStream.range(0, ITEMS)
              .boxed()
              .filter(item -> scores[item] > Double.NEGATIVE_INFINITY)
              .sorted(
                  Comparator.<Integer>comparingDouble(item -> -scores[item])
                      .thenComparingInt(item -> item))
              .map(item -> DATA.items().id(item))
              .toList();
      wanted.add(best);
      Recommendations top = session.top(Math.max(1, best.size()));
      found.add(best.isEmpty() ? List.of() : List.copyOf(top.itemIds()));
    }
    return found;
  }
}
