package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.attar.data.Sessions;
import io.attar.evaluation.NeighbourSettings;
import io.attar.evaluation.SessionNeighbours;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class NeighbourTargetsTest {
  private static final long SEED = 20_261_121L;
  private static final int ITEMS = 25;

  /** No rarity, no age: then leaving a session out is the same as never having seen it. */
  private static final NeighbourSettings PLAIN =
      new NeighbourSettings(1000, 0.9, false, 0.25, 1, 1);

  private static Sessions sessions() {
    return Toys.random(new SplittableRandom(SEED), ITEMS, 30, 7);
  }

  private static NeighbourTargets collect(Sessions sessions, int window) {
    return NeighbourTargets.collect(
        new SessionNeighbours(sessions, ITEMS, PLAIN), sessions, window);
  }

  private static Sessions without(Sessions sessions, int left) {
    return sessions.slice(0, left).followedBy(sessions.slice(left + 1, sessions.count()));
  }

  @Test
  void aSessionsTargetsAreWhatTheOthersVoteFor() {
    Sessions sessions = sessions();
    NeighbourTargets targets = collect(sessions, 50);
    int voted = 0;
    for (int s = 0; s < sessions.count(); s++) {
      SessionNeighbours.Voter voter =
          new SessionNeighbours(without(sessions, s), ITEMS, PLAIN).newVoter();
      voter.start();
      int[] best = new int[NeighbourTargets.KEPT];
      float[] shares = new float[NeighbourTargets.KEPT];
      Set<Integer> prefix = new HashSet<>();
      for (int click = sessions.start(s); click < sessions.end(s) - 1; click++) {
        voter.click(sessions.item(click));
        prefix.add(sessions.item(click));
        int found = voter.vote(-1, best, shares);
        if (found < NeighbourTargets.KEPT) { // else equal votes at the end may differ in order
          Map<Integer, Float> expected = new LinkedHashMap<>();
          for (int n = 0; n < found; n++) {
            expected.put(best[n], shares[n]);
          }
          int n = 0;
          for (; n < NeighbourTargets.KEPT && targets.item(click, n) >= 0; n++) {
            Float share = expected.remove(targets.item(click, n));
            assertThat(share)
                .as("item %s after click %s", targets.item(click, n), click)
                .isNotNull();
            assertThat(targets.share(click, n))
                .isCloseTo(share == null ? -1 : share, within(1e-5f));
            voted++;
          }
          assertThat(expected).isEmpty();
        }
        double sum = 0;
        for (int n = 0; n < NeighbourTargets.KEPT && targets.item(click, n) >= 0; n++) {
          sum += targets.share(click, n);
          assertThat(prefix).doesNotContain(targets.item(click, n));
          assertThat(targets.share(click, n)).isPositive();
        }
        assertThat(sum).isCloseTo(targets.item(click, 0) < 0 ? 0 : 1, within(1e-5));
      }
      assertThat(targets.item(sessions.end(s) - 1, 0))
          .as("the last click asks nothing")
          .isNegative();
    }
    assertThat(voted).isGreaterThan(300);
  }

  @Test
  void whatOnlyTheSessionItselfHoldsIsNeverItsTarget() {
    Sessions sessions = Toys.sessions(new int[] {0, 1, 2}, new int[] {0, 1, 3}, new int[] {0, 4});
    NeighbourTargets targets = collect(sessions, 50);
    for (int click = 0; click < 2; click++) {
      for (int n = 0; n < NeighbourTargets.KEPT; n++) {
        assertThat(targets.item(click, n)).isNotEqualTo(2);
      }
    }
    // After (0, 1) the second session is nearer than the third.
    assertThat(targets.item(1, 0)).isEqualTo(3);
    assertThat(targets.item(1, 1)).isEqualTo(4);
    assertThat(targets.item(1, 2)).isNegative();
  }

  @Test
  void clicksBeyondTheWindowHaveNone() {
    int[] session = new int[12];
    Arrays.setAll(session, t -> t % 5);
    NeighbourTargets targets = collect(Toys.sessions(session, new int[] {0, 1, 2, 3, 4, 6, 7}), 4);
    for (int click = 0; click < 4; click++) {
      assertThat(targets.item(click, 0)).as("click %s", click).isNotNegative();
    }
    for (int click = 4; click < 12; click++) {
      assertThat(targets.item(click, 0)).as("click %s", click).isNegative();
    }
  }

  @Test
  void theItemsOfABatchComeOnceEach() {
    Sessions sessions = sessions();
    NeighbourTargets targets = collect(sessions, 50);
    int[] place = new int[ITEMS];
    Arrays.fill(place, -1);
    SessionBatch batch = SessionPacker.forTraining(sessions, 2, 16, 16).inOrder().get(0);
    Set<Integer> expected = new HashSet<>();
    for (int click : batch.clicks()) {
      for (int n = 0; n < NeighbourTargets.KEPT && targets.item(click, n) >= 0; n++) {
        expected.add(targets.item(click, n));
      }
    }
    int[] items = targets.itemsOf(batch, place);
    assertThat(items).hasSameSizeAs(expected.toArray()).doesNotHaveDuplicates();
    assertThat(Arrays.stream(items).boxed()).containsAll(expected);
    assertThat(place).containsOnly(-1);
  }
}
