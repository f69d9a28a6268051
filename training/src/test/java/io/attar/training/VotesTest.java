package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
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

class VotesTest {
  private static final long SEED = 20_261_121L;
  private static final int ITEMS = 25;

  /** No rarity, no age: then leaving a session out is the same as never having seen it. */
  private static final NeighbourSettings PLAIN =
      new NeighbourSettings(1000, 0.9, false, 0.25, 1, 1);

  private static Sessions sessions() {
    return Toys.random(new SplittableRandom(SEED), ITEMS, 30, 7);
  }

  private static Votes collect(Sessions sessions, int window) {
    return Votes.ofNeighbours(new SessionNeighbours(sessions, ITEMS, PLAIN), sessions, window);
  }

  private static Sessions without(Sessions sessions, int left) {
    return sessions.slice(0, left).followedBy(sessions.slice(left + 1, sessions.count()));
  }

  @Test
  void aSessionsTargetsAreWhatTheOthersVoteFor() {
    Sessions sessions = sessions();
    Votes targets = collect(sessions, 50);
    int voted = 0;
    for (int s = 0; s < sessions.count(); s++) {
      SessionNeighbours.Voter voter =
          new SessionNeighbours(without(sessions, s), ITEMS, PLAIN).newVoter();
      voter.start();
      int[] best = new int[Votes.KEPT];
      float[] shares = new float[Votes.KEPT];
      Set<Integer> prefix = new HashSet<>();
      for (int click = sessions.start(s); click < sessions.end(s) - 1; click++) {
        voter.click(sessions.item(click));
        prefix.add(sessions.item(click));
        int found = voter.vote(-1, best, shares);
        if (found < Votes.KEPT) { // else equal votes at the end may differ in order
          Map<Integer, Float> expected = new LinkedHashMap<>();
          for (int n = 0; n < found; n++) {
            expected.put(best[n], shares[n]);
          }
          int n = 0;
          for (; n < Votes.KEPT && targets.item(click, n) >= 0; n++) {
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
        for (int n = 0; n < Votes.KEPT && targets.item(click, n) >= 0; n++) {
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
    Votes targets = collect(sessions, 50);
    for (int click = 0; click < 2; click++) {
      for (int n = 0; n < Votes.KEPT; n++) {
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
    Votes targets = collect(Toys.sessions(session, new int[] {0, 1, 2, 3, 4, 6, 7}), 4);
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
    Votes targets = collect(sessions, 50);
    int[] place = new int[ITEMS];
    Arrays.fill(place, -1);
    SessionBatch batch = SessionPacker.forTraining(sessions, 2, 16, 16).inOrder().get(0);
    Set<Integer> expected = new HashSet<>();
    for (int click : batch.clicks()) {
      for (int n = 0; n < Votes.KEPT && targets.item(click, n) >= 0; n++) {
        expected.add(targets.item(click, n));
      }
    }
    int[] items = targets.itemsOf(batch, place);
    assertThat(items).hasSameSizeAs(expected.toArray()).doesNotHaveDuplicates();
    assertThat(Arrays.stream(items).boxed()).containsAll(expected);
    assertThat(place).containsOnly(-1);
  }

  private static Votes votes(int[] items, float[] shares) {
    int[] all = new int[Votes.KEPT];
    Arrays.fill(all, -1);
    System.arraycopy(items, 0, all, 0, items.length);
    return Votes.of(0, all, Arrays.copyOf(shares, Votes.KEPT));
  }

  private static void assertVotes(Votes votes, int[] items, float... shares) {
    for (int n = 0; n < Votes.KEPT; n++) {
      assertThat(votes.item(0, n)).as("place %s", n).isEqualTo(n < items.length ? items[n] : -1);
      assertThat(votes.share(0, n)).isCloseTo(n < shares.length ? shares[n] : 0, within(1e-6f));
    }
  }

  @Test
  void theVotesOfTwoKindsAreAddedByTheirShares() {
    Votes one = votes(new int[] {7, 3, 5}, new float[] {0.5f, 0.3f, 0.2f});
    Votes other = votes(new int[] {3, 9}, new float[] {0.75f, 0.25f});
    Votes mixed = one.mixedWith(other, 0.4);
    assertVotes(mixed, new int[] {3, 7, 5, 9}, 0.48f, 0.3f, 0.12f, 0.1f);
    assertVotes(one, new int[] {7, 3, 5}, 0.5f, 0.3f, 0.2f); // left as it was
    assertVotes(one.mixedWith(other, 0), new int[] {7, 3, 5}, 0.5f, 0.3f, 0.2f);
  }

  @Test
  void whoHasNothingToSayLeavesAllVotesToTheOther() {
    Votes none = votes(new int[0], new float[0]);
    Votes some = votes(new int[] {4, 2}, new float[] {0.9f, 0.1f});
    assertVotes(none.mixedWith(some, 0.1), new int[] {4, 2}, 0.9f, 0.1f);
    assertVotes(some.mixedWith(none, 0.9), new int[] {4, 2}, 0.9f, 0.1f);
    assertVotes(none.mixedWith(none, 0.5), new int[0]);
  }

  @Test
  void ofMoreItemsThanAreKeptTheMostVotedStay() {
    int[] items = new int[Votes.KEPT];
    float[] shares = new float[Votes.KEPT];
    Arrays.setAll(items, n -> n);
    Arrays.fill(shares, 1f / Votes.KEPT);
    Votes mixed = votes(items, shares).mixedWith(votes(new int[] {99}, new float[] {1}), 0.5);
    float[] expected = new float[Votes.KEPT];
    Arrays.fill(expected, 0.025f / 0.975f); // one of twenty equal ones, the last by index, is out
    expected[0] = 0.5f / 0.975f;
    int[] kept = new int[Votes.KEPT];
    Arrays.setAll(kept, n -> n == 0 ? 99 : n - 1);
    assertVotes(mixed, kept, expected);
  }

  @Test
  void votesOfOtherClicksAreRefused() {
    Votes one = votes(new int[] {1}, new float[] {1});
    Votes more = Votes.of(0, new int[2 * Votes.KEPT], new float[2 * Votes.KEPT]);
    assertThatThrownBy(() -> one.mixedWith(more, 0.5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("votes must be of the same clicks: 1 and 2");
  }
}
