package io.attar.evaluation;

import java.util.Arrays;
import java.util.Random;

/**
 * Percentile intervals from sessions drawn again with replacement. The prefixes of one session are
 * strongly dependent (a session of 40 clicks gives 39 cases), so sessions are drawn, never
 * prefixes: intervals over prefixes would look far too narrow.
 *
 * <p>Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13 (percentile
 * interval), with the cluster as the unit drawn. The draws depend on the seed and the number of
 * sessions alone ({@link Random} is specified to the bit), so two methods measured on the same
 * sessions see the same draws.
 */
final class Bootstrap {
  /** Share of the resamples outside the interval on either side: 95 % lie inside. */
  private static final double TAIL = 0.025;

  /**
   * Lower and upper ends.
   *
   * @param low (splits, metrics) NaN where no resample had a case
   * @param high (splits, metrics) NaN where no resample had a case
   */
  @SuppressWarnings("ArrayRecordComponent") // Inside the package only, compared by nobody.
  record Intervals(double[] low, double[] high) {}

  private Bootstrap() {}

  /**
   * Draws all sessions again, {@code resamples} times.
   *
   * @param tally what was reached
   * @param resamples how often to draw, at least 1
   * @param seed start of the random numbers
   */
  static Intervals intervals(CaseTally tally, int resamples, long seed) {
    double[][] drawn = new double[CaseTally.WIDTH][resamples]; // (splits x metrics, resamples)
    double[] means = new double[CaseTally.WIDTH];
    int[] weights = new int[tally.sessions()];
    Random random = new Random(seed);
    for (int r = 0; r < resamples; r++) {
      Arrays.fill(weights, 0);
      for (int s = 0; s < weights.length; s++) {
        weights[random.nextInt(weights.length)]++;
      }
      tally.means(weights, means);
      for (int i = 0; i < means.length; i++) {
        drawn[i][r] = means[i];
      }
    }
    double[] low = new double[CaseTally.WIDTH];
    double[] high = new double[CaseTally.WIDTH];
    for (int i = 0; i < CaseTally.WIDTH; i++) {
      double[] sorted = Arrays.stream(drawn[i]).filter(v -> !Double.isNaN(v)).sorted().toArray();
      low[i] = quantile(sorted, TAIL);
      high[i] = quantile(sorted, 1 - TAIL);
    }
    return new Intervals(low, high);
  }

  /** Linear between the two nearest order statistics; NaN of nothing. */
  static double quantile(double[] sorted, double share) {
    if (sorted.length == 0) {
      return Double.NaN;
    }
    double position = share * (sorted.length - 1);
    int below = (int) Math.floor(position);
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
  }
}
