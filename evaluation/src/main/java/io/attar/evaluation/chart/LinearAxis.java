package io.attar.evaluation.chart;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Places numbers on a line, round numbers at both ends. */
final class LinearAxis {
  private static final int STEPS = 5;

  private final double low;
  private final double high;
  private final double step;
  private final double start;
  private final double end;

  /**
   * An axis that holds a range.
   *
   * @param least where values start
   * @param most where they end
   * @param start pixels at the lower end
   * @param end pixels at the upper end
   */
  LinearAxis(double least, double most, double start, double end) {
    // Equal values get a span around them that is small against their size.
    double span = most > least ? most - least : Math.max(0.1 * Math.abs(most), 1e-3);
    double wanted = span / STEPS;
    double power = Math.pow(10, Math.floor(Math.log10(wanted)));
    double digit = wanted / power;
    this.step = power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
    this.low = step * Math.floor(least / step + 1e-9);
    this.high = Math.max(step * Math.ceil(most / step - 1e-9), low + step);
    this.start = start;
    this.end = end;
  }

  double place(double value) {
    return start + (end - start) * (value - low) / (high - low);
  }

  List<Double> ticks() {
    List<Double> ticks = new ArrayList<>();
    for (int i = 0; low + i * step <= high + step / 2; i++) {
      ticks.add(low + i * step);
    }
    return ticks;
  }

  /** A tick with as many decimals as the step between ticks has. */
  String label(double tick) {
    int decimals = (int) Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
    return String.format(Locale.ROOT, "%,." + decimals + "f", tick);
  }
}
