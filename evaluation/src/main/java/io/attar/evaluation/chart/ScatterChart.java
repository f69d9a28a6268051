package io.attar.evaluation.chart;

import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;

/**
 * Points over two linear axes, as SVG. Series differ by shape as well as by colour, and each point
 * says in its title, which viewers show beside it, what it is.
 *
 * @param title of the picture
 * @param x its lower axis
 * @param y name of its left axis
 * @param series the points
 * @param line points joined by a dashed line; may be empty
 * @param levels heights to compare with; those far from all points stand in the legend alone
 */
public record ScatterChart(
    String title, Axis x, String y, List<Series> series, Line line, List<Level> levels) {
  private static final int WIDTH = 980;
  private static final int LEFT = 70;
  private static final int RIGHT = 640;
  private static final int TOP = 60;
  private static final int BOTTOM = 440;
  private static final String LINE_COLOUR = "#616e7c";

  /**
   * The lower axis.
   *
   * @param title its name
   * @param places names of the places 0, 1, ...; empty for an axis of numbers
   */
  public record Axis(String title, List<String> places) {}

  /**
   * Points of one kind.
   *
   * @param label the kind
   * @param joined whether a line goes through them, in their order
   */
  public record Series(String label, List<Point> points, boolean joined) {}

  /**
   * One point.
   *
   * @param title what it is, in words
   * @param filled whether its shape is filled
   */
  public record Point(double x, double y, String title, boolean filled) {}

  /** A dashed line through points, in their order. */
  public record Line(String label, List<Point> points) {
    /** No line. */
    public static final Line NONE = new Line("", List.of());
  }

  /** A height that a method without a place on the lower axis reaches. */
  public record Level(String label, double y) {}

  /** The picture. */
  public String draw() {
    List<Point> points = series.stream().flatMap(each -> each.points().stream()).toList();
    LinearAxis across =
        axis(
            x.places().isEmpty()
                ? points.stream().mapToDouble(Point::x)
                : DoubleStream.of(0, x.places().size() - 1.0),
            LEFT + 20,
            RIGHT - 20);
    LinearAxis up = axis(heights(points), BOTTOM, TOP);
    int legendEnd = TOP + 22 * (series.size() + levels.size() + 2);
    Svg svg = new Svg(WIDTH, Math.max(BOTTOM + 50, legendEnd), title);
    axes(svg, across, up);
    int legend = TOP + 10;
    for (Level level : levels) {
      String dashes = level.equals(levels.get(0)) ? "2 3" : "9 3 2 3";
      double height = up.place(level.y());
      if (height >= TOP && height <= BOTTOM) {
        svg.line(LEFT, height, RIGHT, height, LINE_COLOUR, dashes);
        svg.line(RIGHT + 20, legend - 4, RIGHT + 50, legend - 4, LINE_COLOUR, dashes);
      } else {
        svg.text(RIGHT + 35, legend, "middle", 12, height < TOP ? "above" : "below");
      }
      svg.text(RIGHT + 58, legend, "start", 12, level.label());
      legend += 22;
    }
    if (!line.points().isEmpty()) {
      svg.path(path(line.points(), across, up), LINE_COLOUR, "7 4");
      svg.line(RIGHT + 20, legend - 4, RIGHT + 50, legend - 4, LINE_COLOUR, "7 4");
      svg.text(RIGHT + 58, legend, "start", 12, line.label());
      legend += 22;
    }
    for (int s = 0; s < series.size(); s++) {
      Series one = series.get(s);
      String colour = Svg.COLOURS.get(s % Svg.COLOURS.size());
      if (one.joined()) {
        svg.path(path(one.points(), across, up), colour, "");
      }
      for (Point point : one.points()) {
        svg.marker(
            s, across.place(point.x()), up.place(point.y()), colour, point.filled(), point.title());
      }
      svg.marker(s, RIGHT + 35, legend - 4, colour, true, one.label());
      svg.text(RIGHT + 58, legend, "start", 12, one.label());
      legend += 22;
    }
    return svg.finish();
  }

  /** What the left axis holds: the points, and levels no farther from them than they spread. */
  private DoubleStream heights(List<Point> points) {
    var own = points.stream().mapToDouble(Point::y).summaryStatistics();
    double room = own.getMax() - own.getMin();
    return DoubleStream.concat(
        points.stream().mapToDouble(Point::y),
        levels.stream()
            .mapToDouble(Level::y)
            .filter(level -> level >= own.getMin() - room && level <= own.getMax() + room));
  }

  private void axes(Svg svg, LinearAxis across, LinearAxis up) {
    for (double tick : up.ticks()) {
      svg.line(LEFT, up.place(tick), RIGHT, up.place(tick), Svg.GRID, "");
      svg.text(LEFT - 8, up.place(tick) + 4, "end", 11, up.label(tick));
    }
    if (x.places().isEmpty()) {
      for (double tick : across.ticks()) {
        svg.line(across.place(tick), TOP, across.place(tick), BOTTOM, Svg.GRID, "");
        svg.text(across.place(tick), BOTTOM + 18, "middle", 11, across.label(tick));
      }
    }
    for (int place = 0; place < x.places().size(); place++) {
      svg.text(across.place(place), BOTTOM + 18, "middle", 11, x.places().get(place));
    }
    svg.text((LEFT + RIGHT) / 2.0, BOTTOM + 38, "middle", 12, x.title());
    svg.text(12, TOP - 14, "start", 12, y);
  }

  private static String path(List<Point> points, LinearAxis across, LinearAxis up) {
    StringBuilder path = new StringBuilder();
    for (Point point : points) {
      path.append(
          String.format(Locale.ROOT, "%.1f,%.1f ", across.place(point.x()), up.place(point.y())));
    }
    return path.toString().strip();
  }

  private static LinearAxis axis(DoubleStream values, double start, double end) {
    var found = values.summaryStatistics();
    return found.getCount() == 0
        ? new LinearAxis(0, 1, start, end)
        : new LinearAxis(found.getMin(), found.getMax(), start, end);
  }
}
