package io.attar.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class BootstrapTest {
  private static final int RECALL_5 = 0;

  /** Sessions of {@code casesEach} cases, every other session all hits, the rest all misses. */
  private static CaseTally tally(int sessions, int casesEach) {
    CaseTally tally = new CaseTally(sessions);
    for (int s = 0; s < sessions; s++) {
      for (int c = 0; c < casesEach; c++) {
        tally.add(s, Split.OVERALL, s % 2 == 0 ? 1 : Metrics.MISS);
      }
    }
    return tally;
  }

  private static double width(CaseTally tally) {
    Bootstrap.Intervals intervals = Bootstrap.intervals(tally, 1_000, 5);
    return intervals.high()[RECALL_5] - intervals.low()[RECALL_5];
  }

  @Test
  void intervalContainsTheMean() {
    for (long seed = 1; seed <= 20; seed++) {
      Random random = new Random(seed);
      CaseTally tally = new CaseTally(80);
      for (int s = 0; s < 80; s++) {
        for (int c = random.nextInt(6); c >= 0; c--) {
          tally.add(s, Split.OVERALL, 1 + random.nextInt(25));
        }
      }
      double[] means = tally.means();
      Bootstrap.Intervals intervals = Bootstrap.intervals(tally, 400, seed);
      for (int m = 0; m < Metrics.COUNT; m++) {
        assertThat(means[m])
            .as("seed " + seed + ", " + Metrics.names().get(m))
            .isStrictlyBetween(intervals.low()[m], intervals.high()[m]);
      }
    }
  }

  @Test
  void sameSeedSameInterval() {
    CaseTally tally = tally(60, 1);
    double[] once = Bootstrap.intervals(tally, 300, 9).low();
    assertThat(Bootstrap.intervals(tally, 300, 9).low()).isEqualTo(once);
  }

  @Test
  void theWidthIsThatOfIndependentSessions() {
    // 100 sessions, half hits: standard error 0.05, so 95 % within 1.96 x 0.05 either side.
    assertThat(width(tally(100, 1))).isCloseTo(2 * 1.96 * 0.05, within(0.03));
  }

  @Test
  void repeatingACaseWithinItsSessionAddsNoCertainty() {
    // Were cases drawn, ten times the cases would narrow the interval by the root of ten.
    assertThat(width(tally(40, 10))).isEqualTo(width(tally(40, 1)));
  }

  @Test
  void theSameCasesInFewerSessionsAreLessCertain() {
    assertThat(width(tally(20, 20))).isGreaterThan(2 * width(tally(400, 1)));
  }

  @Test
  void certainResultsHaveNoWidthAndNoCaseNoInterval() {
    CaseTally tally = new CaseTally(5);
    tally.add(0, Split.OVERALL, 1);
    tally.add(3, Split.OVERALL, 1);
    Bootstrap.Intervals intervals = Bootstrap.intervals(tally, 100, 1);
    // Some resamples draw neither session; they say nothing and are left out.
    assertThat(intervals.low()[RECALL_5]).isEqualTo(1);
    assertThat(intervals.high()[RECALL_5]).isEqualTo(1);
    assertThat(intervals.low()[Metrics.COUNT * Split.REPEAT.position()]).isNaN();
  }

  @Test
  void quantilesLieBetweenNeighbours() {
    double[] sorted = {0, 10, 20, 30, 40};
    assertThat(Bootstrap.quantile(sorted, 0)).isZero();
    assertThat(Bootstrap.quantile(sorted, 1)).isEqualTo(40);
    assertThat(Bootstrap.quantile(sorted, 0.5)).isEqualTo(20);
    assertThat(Bootstrap.quantile(sorted, 0.025)).isCloseTo(1, within(1e-12));
    assertThat(Bootstrap.quantile(new double[0], 0.5)).isNaN();
  }
}
