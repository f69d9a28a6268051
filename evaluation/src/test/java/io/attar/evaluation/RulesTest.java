package io.attar.evaluation;

import static io.attar.evaluation.Toys.ranking;
import static io.attar.evaluation.Toys.s;
import static io.attar.evaluation.Toys.scores;
import static io.attar.evaluation.Toys.sessions;
import static org.assertj.core.api.Assertions.assertThat;

import io.attar.data.Sessions;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RulesTest {
  private static final double NEVER = Double.NEGATIVE_INFINITY;

  /** Item 4 is never clicked; 5 lies outside the catalogue of 5. */
  private static final Sessions KNOWN =
      sessions(s(0, 1, 2), s(0, 2, 2), s(0, 1, 5, 3), s(2, 3, 0, 2));

  @Test
  void popularityCountsClicks() {
    // Item 0: 4 clicks, 1: 2, 2: 5, 3: 2.
    assertThat(scores(Rules.popularity(KNOWN, 5), 5, 3)).containsExactly(4, 2, 5, 2, NEVER);
  }

  @Test
  void transitionsRankFollowersByCountThenFirstAppearance() {
    // After 0: 1, 2, 1, 2 - twice each, 1 came first. After 2: 2 and 3 once each, 2 first.
    assertThat(ranking(Rules.transitions(KNOWN, 5), 5, 3, 0)).containsExactly(1, 2);
    assertThat(ranking(Rules.transitions(KNOWN, 5), 5, 2)).containsExactly(2, 3);
    assertThat(ranking(Rules.transitions(KNOWN, 5), 5, 3)).containsExactly(0);
    assertThat(ranking(Rules.transitions(KNOWN, 5), 5, 1)).containsExactly(2);
    assertThat(ranking(Rules.transitions(KNOWN, 5), 5)).isEmpty();
  }

  @Test
  void ownItemsFollowTheirThreeOrders() {
    int[] clicks = {1, 3, 1, 2, 3, 1, 0};
    assertThat(ranking(Rules.ownItemsRecentFirst(5), 5, clicks)).containsExactly(0, 1, 3, 2);
    assertThat(ranking(Rules.ownItemsLastAtEnd(5), 5, clicks)).containsExactly(1, 3, 2, 0);
    assertThat(ranking(Rules.ownItemsByCount(5), 5, clicks)).containsExactly(1, 3, 0, 2);
  }

  @Test
  void ownItemsOfALongSessionNeverLetRecencyBeatCount() {
    int[] clicks = new int[202];
    clicks[0] = 1;
    clicks[1] = 1;
    for (int i = 2; i < clicks.length; i++) {
      clicks[i] = i; // Each once, all after item 1.
    }
    assertThat(ranking(Rules.ownItemsByCount(300), 300, clicks).subList(0, 3))
        .containsExactly(1, 201, 200);
  }

  @Test
  void coOccurrenceByHand() {
    // Followers of 0 with 1/distance: 1: 1 + 1 = 2; 2: 1/2 + 1 + 1/2 + 1 = 3; 3: 1/3; sum 16/3.
    // After [0]: 2 has 9/16, 1 has 6/16, 0 itself 0.25, 3 has 1/16.
    assertThat(ranking(Rules.coOccurrence(KNOWN, 5), 5, 0)).containsExactly(2, 1, 0, 3);
    // Followers of 3: 0: 1, 2: 1/2; sum 3/2. After [0, 3] and with 0's at 0.8:
    // 0: 2/3 + 0.2; 2: 1/3 + 0.45; 1: 0.3; 3: 0.25 + 0.05 - the same as 1, found earlier.
    assertThat(ranking(Rules.coOccurrence(KNOWN, 5), 5, 0, 3).subList(0, 2)).containsExactly(0, 2);
  }

  @Test
  void coOccurrenceRanksEqualSumsAsTheyCameUp() {
    // 0 is followed by 3, then 1, once each in two sessions: equal, 3 appeared first.
    Sessions known = sessions(s(0, 3), s(0, 1));
    assertThat(ranking(Rules.coOccurrence(known, 4), 4, 0)).containsExactly(3, 1, 0);
  }

  @Test
  void coOccurrenceLooksAtItsWindowAndNoFurther() {
    Sessions known = sessions(IntStream.range(0, 80).toArray());
    ScoringMethod rule = Rules.coOccurrence(known, 80);
    assertThat(ranking(rule, 80, 20)).containsExactly(21, 20, 22, 23, 24, 25, 26, 27, 28, 29, 30);
    assertThat(ranking(rule, 80, 58)).containsExactly(59, 58); // Clicks from the 61st on are cut.
    assertThat(ranking(rule, 80, 70)).containsExactly(70);
    int[] clicks = new int[21];
    clicks[0] = 40;
    assertThat(ranking(rule, 80, clicks)).doesNotContain(40); // 21 clicks back: forgotten.
  }
}
