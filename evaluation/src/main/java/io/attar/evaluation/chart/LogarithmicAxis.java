package io.attar.evaluation.chart;

import java.util.ArrayList;
import java.util.List;

/**
 * Places positive numbers on a line by their logarithm, whole powers of ten at both ends.
 *
 * @param low where the axis starts, at {@code start} pixels
 * @param high where it ends, at {@code end} pixels
 */
record LogarithmicAxis(double low, double high, double start, double end) {

  /** Widens the range to whole powers of ten. */
  LogarithmicAxis {
    low = Math.pow(10, Math.floor(Math.log10(low) + 1e-9));
    high = Math.max(10 * low, Math.pow(10, Math.ceil(Math.log10(high) - 1e-9)));
  }

  double place(double value) {
    return start + (end - start) * Math.log(value / low) / Math.log(high / low);
  }

  /** The powers of ten. */
  List<Double> ticks() {
    List<Double> ticks = new ArrayList<>();
    for (double tick = low; tick < 1.5 * high; tick *= 10) {
      ticks.add(tick);
    }
    return ticks;
  }
}
