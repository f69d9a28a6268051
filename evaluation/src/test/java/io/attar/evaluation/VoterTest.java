package io.attar.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.attar.data.Sessions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Votes with a session left out are those of an index that never held it. */
final class VoterTest {
  private static final int ITEMS = 30;

  /** Rarity and recency depend on the number of sessions, so they are off here. */
  private static final NeighbourSettings SETTINGS = new NeighbourSettings(8, 0.8, false, 0.5, 2, 1);

  @Test
  void leavingASessionOutEqualsNeverHavingHadIt() {
    Random random = new Random(11);
    List<int[]> all = new ArrayList<>();
    for (int s = 0; s < 60; s++) {
      all.add(random.ints(2 + random.nextInt(6), 0, ITEMS).toArray());
    }
    SessionNeighbours whole = new SessionNeighbours(sessions(all), ITEMS, SETTINGS);
    SessionNeighbours.Voter voter = whole.newVoter();
    for (int left = 0; left < all.size(); left++) {
      List<int[]> others = new ArrayList<>(all);
      others.remove(left);
      SessionScorer without = new SessionNeighbours(sessions(others), ITEMS, SETTINGS).newScorer();
      double[] expected = new double[ITEMS];
      int[] best = new int[5];
      float[] shares = new float[5];
      voter.start();
      without.start();
      boolean[] own = new boolean[ITEMS];
      for (int item : all.get(left)) {
        voter.click(item);
        without.click(item);
        own[item] = true;
        int found = voter.vote(left, best, shares);
        without.scores(expected);
        for (int v = 0; v < ITEMS; v++) {
          expected[v] = own[v] || expected[v] == Double.NEGATIVE_INFINITY ? 0 : expected[v];
        }
        double[] sorted = Arrays.stream(expected).filter(x -> x > 0).sorted().toArray();
        assertThat(found).isEqualTo(Math.min(5, sorted.length));
        double sum = 0;
        for (int i = 0; i < found; i++) {
          sum += sorted[sorted.length - 1 - i];
        }
        for (int i = 0; i < found; i++) {
          // Equal votes may come in any order, so values are compared, and each item's own value.
          assertThat((double) shares[i])
              .isCloseTo(sorted[sorted.length - 1 - i] / sum, within(1e-6))
              .isCloseTo(expected[best[i]] / sum, within(1e-6));
        }
        assertThat(Arrays.stream(best, 0, found).distinct().count()).isEqualTo(found);
      }
    }
  }

  @Test
  void nobodyLeftOutIsTheWholeIndex() {
    SessionNeighbours neighbours =
        new SessionNeighbours(
            sessions(List.of(new int[] {0, 1}, new int[] {0, 2, 1})), ITEMS, SETTINGS);
    int[] best = new int[3];
    float[] shares = new float[3];
    SessionNeighbours.Voter voter = neighbours.newVoter();
    voter.start();
    voter.click(0);
    // Similarities 1/sqrt 2 and 1/sqrt 3, squared: 1/2 for item 1, 1/3 for both.
    assertThat(voter.vote(-1, best, shares)).isEqualTo(2);
    assertThat(best[0]).isEqualTo(1);
    assertThat(shares[0]).isCloseTo((5f / 6) / (7f / 6), within(1e-6f));
    assertThat(best[1]).isEqualTo(2);
    assertThat(voter.vote(1, best, shares)).isEqualTo(1);
    assertThat(shares[0]).isEqualTo(1f);
    assertThat(voter.vote(-1, best, shares)).isEqualTo(2);
  }

  private static Sessions sessions(List<int[]> sessions) {
    int[] starts = new int[sessions.size() + 1];
    for (int s = 0; s < sessions.size(); s++) {
      starts[s + 1] = starts[s] + sessions.get(s).length;
    }
    return new Sessions(sessions.stream().flatMapToInt(Arrays::stream).toArray(), starts);
  }
}
