package io.attar.evaluation;

import static io.attar.evaluation.Toys.s;
import static io.attar.evaluation.Toys.sessions;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SessionTimingTest {
  @Test
  void sessionsWithAClickToLeaveOutArePlayed() {
    SessionTiming timing =
        SessionTiming.measure(
            Toys.fixed("fixed", 3, 2, 1), sessions(s(0), s(0, 1), s(2, 1, 0), s(1, 1)), 2, 3);
    assertThat(timing.sessions()).isEqualTo(2);
    assertThat(timing.milliseconds()).isPositive();
    assertThat(
            SessionTiming.measure(Toys.fixed("fixed", 3, 2, 1), sessions(s(0), s(0, 1)), 9, 3)
                .sessions())
        .isEqualTo(1);
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
