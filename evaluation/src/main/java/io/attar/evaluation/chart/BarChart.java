package io.attar.evaluation.chart;

import java.util.List;
import java.util.Locale;

/** Horizontal bars on a logarithmic axis of microseconds, in groups, as SVG. */
public final class BarChart {
  private static final int WIDTH = 860;
  private static final int LEFT = 350;
  private static final int RIGHT = 70;
  private static final int ROW = 22;
  private static final int HEADING = 34;
  private static final int TOP = 44;

  private BarChart() {}

  /**
   * A group of bars under a heading.
   *
   * @param bars in the order drawn
   */
  public record Group(String heading, List<Bar> bars) {}

  /**
   * One bar.
   *
   * @param microseconds its length, above 0
   * @param highlighted whether it is ours
   */
  public record Bar(String label, double microseconds, boolean highlighted) {}

  /** Draws the groups, one below the other. */
  public static String draw(String title, List<Group> groups) {
    double longest =
        groups.stream()
            .flatMap(group -> group.bars().stream())
            .mapToDouble(Bar::microseconds)
            .max()
            .orElse(1);
    LogarithmicAxis axis = new LogarithmicAxis(1, longest, LEFT, WIDTH - RIGHT);
    int rows = groups.stream().mapToInt(group -> group.bars().size()).sum();
    int bottom = TOP + groups.size() * HEADING + rows * ROW;
    Svg svg = new Svg(WIDTH, bottom + 44, title);
    for (double tick : axis.ticks()) {
      double x = axis.place(tick);
      svg.line(x, TOP, x, bottom, Svg.GRID, "");
      svg.text(x, bottom + 16, "middle", 11, time(tick));
    }
    svg.text(axis.place(1), bottom + 34, "start", 11, "logarithmic axis; shorter is faster");
    int y = TOP;
    for (Group group : groups) {
      svg.boldText(12, y + 22, 12, group.heading());
      y += HEADING;
      for (Bar bar : group.bars()) {
        double end = axis.place(Math.max(1, bar.microseconds()));
        svg.text(LEFT - 8, y + 13, "end", 12, bar.label());
        svg.rectangle(
            LEFT,
            y + 2,
            Math.max(1, end - LEFT),
            ROW - 6,
            bar.highlighted() ? Svg.COLOURS.get(0) : "#9aa5b1");
        svg.text(end + 6, y + 13, "start", 11, time(bar.microseconds()));
        y += ROW;
      }
    }
    return svg.finish();
  }

  /** A time in the unit that reads best. */
  public static String time(double microseconds) {
    return microseconds < 1_000
        ? number(microseconds) + " µs"
        : microseconds < 1e6
            ? number(microseconds / 1e3) + " ms"
            : number(microseconds / 1e6) + " s";
  }

  /** Three digits that count, below 1,000. */
  private static String number(double value) {
    String format = value >= 99.95 ? "%.0f" : value >= 9.995 ? "%.1f" : "%.2f";
    String text = String.format(Locale.ROOT, format, value);
    return text.contains(".") ? text.replaceAll("\\.?0+$", "") : text;
  }
}
