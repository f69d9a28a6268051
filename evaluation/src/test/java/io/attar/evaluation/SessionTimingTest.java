package io.attar.evaluation;

import static io.attar.evaluation.Toys.s;
import static io.attar.evaluation.Toys.sessions;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class SessionTimingTest {
  @Test
  void sessionsWithAClickToLeaveOutArePlayed() {
    List<ScoringMethod> one = List.of(Toys.fixed("fixed", 3, 2, 1));
    SessionTiming timing =
        SessionTiming.measure(one, sessions(s(0), s(0, 1), s(2, 1, 0), s(1, 1)), 2, 3).get(0);
    assertThat(timing.sessions()).isEqualTo(2);
    assertThat(timing.milliseconds()).isPositive();
    assertThat(SessionTiming.measure(one, sessions(s(0), s(0, 1)), 9, 3).get(0).sessions())
        .isEqualTo(1);
  }

  /** Every method plays every round, and none twice in a row. */
  @Test
  void methodsTakeTurns() {
    List<String> played = new ArrayList<>();
    List<ScoringMethod> methods = List.of(telling("slow", 8, played), telling("fast", 0, played));
    List<SessionTiming> timings = SessionTiming.measure(methods, sessions(s(0, 1)), 9, 3);
    assertThat(played).hasSize(2 * 6); // one session, the round that warms up and five
    for (int i = 0; i < played.size(); i++) {
      assertThat(played.get(i)).isEqualTo(i % 2 == 0 ? "slow" : "fast");
    }
    assertThat(timings.get(0).milliseconds()).isGreaterThan(8);
    assertThat(timings.get(0).milliseconds()).isGreaterThan(timings.get(1).milliseconds());
  }

  /** Notes its name and sleeps at each scoring. */
  private static ScoringMethod telling(String name, int milliseconds, List<String> played) {
    ScoringMethod method = Toys.fixed(name, 3, 2, 1);
    return new ScoringMethod() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public String description() {
        return name;
      }

      @Override
      public SessionScorer newScorer() {
        SessionScorer scorer = method.newScorer();
        return new SessionScorer() {
          @Override
          public void start() {
            scorer.start();
          }

          @Override
          public void click(int item) {
            scorer.click(item);
          }

          @Override
          public void scores(double[] target) {
            played.add(name);
            LockSupport.parkNanos(milliseconds * 1_100_000L);
            scorer.scores(target);
          }
        };
      }
    };
  }

  @Test
  void theBestAreThoseOfASort() {
    Random random = new Random(5);
    for (int size : new int[] {1, 7, 20, 21, 500}) {
      double[] scores = random.doubles(size).map(x -> Math.floor(x * 40)).toArray();
      double[] sorted = scores.clone();
      Arrays.sort(sorted);
      double[] best = SessionTiming.best(scores);
      assertThat(best).hasSize(Math.min(20, size));
      for (int i = 0; i < best.length; i++) {
        assertThat(best[i]).isEqualTo(sorted[size - 1 - i]);
      }
    }
  }
}
