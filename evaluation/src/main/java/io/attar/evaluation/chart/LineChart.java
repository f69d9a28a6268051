package io.attar.evaluation.chart;

import java.util.List;
import java.util.Locale;

/** Microseconds against number of items, both axes logarithmic, as SVG. */
public final class LineChart {
  private static final int WIDTH = 920;
  private static final int LEFT = 70;
  private static final int RIGHT = 560;
  private static final int TOP = 44;
  private static final int BOTTOM = 440;

  private LineChart() {}

  /**
   * A line.
   *
   * @param items number of items, ascending
   * @param microseconds time for each, above 0
   * @param colour which colour, from 0
   * @param dashes dashes of the line as SVG has them; empty for a solid line
   */
  public record Line(
      String label, List<Integer> items, List<Double> microseconds, int colour, String dashes) {}

  /** Draws the lines and their names beside them. */
  public static String draw(String title, List<Line> lines) {
    LogarithmicAxis x =
        axis(lines.stream().flatMap(line -> line.items().stream()).toList(), LEFT, RIGHT);
    LogarithmicAxis y =
        axis(lines.stream().flatMap(line -> line.microseconds().stream()).toList(), BOTTOM, TOP);
    Svg svg = new Svg(WIDTH, BOTTOM + 50, title);
    for (double tick : y.ticks()) {
      svg.line(LEFT, y.place(tick), RIGHT, y.place(tick), Svg.GRID, "");
      svg.text(LEFT - 8, y.place(tick) + 4, "end", 11, BarChart.time(tick));
    }
    for (double tick : x.ticks()) {
      svg.line(x.place(tick), TOP, x.place(tick), BOTTOM, Svg.GRID, "");
      String label = String.format(Locale.ROOT, "%,.0f", tick);
      svg.text(x.place(tick), BOTTOM + 18, "middle", 11, label);
    }
    svg.text((LEFT + RIGHT) / 2.0, BOTTOM + 38, "middle", 12, "items");
    int legend = TOP + 10;
    for (Line line : lines) {
      String colour = Svg.COLOURS.get(line.colour());
      StringBuilder points = new StringBuilder();
      for (int i = 0; i < line.items().size(); i++) {
        double px = x.place(line.items().get(i));
        double py = y.place(line.microseconds().get(i));
        points.append(String.format(Locale.ROOT, "%.1f,%.1f ", px, py));
        svg.circle(px, py, colour);
      }
      svg.path(points.toString().strip(), colour, line.dashes());
      svg.line(RIGHT + 20, legend - 4, RIGHT + 50, legend - 4, colour, line.dashes());
      svg.text(RIGHT + 58, legend, "start", 12, line.label());
      legend += 22;
    }
    return svg.finish();
  }

  private static LogarithmicAxis axis(List<? extends Number> values, double start, double end) {
    double low = values.stream().mapToDouble(Number::doubleValue).min().orElse(1);
    double high = values.stream().mapToDouble(Number::doubleValue).max().orElse(10);
    return new LogarithmicAxis(low, high, start, end);
  }
}
