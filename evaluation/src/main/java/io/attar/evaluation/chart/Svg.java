package io.attar.evaluation.chart;

import java.util.List;
import java.util.Locale;

/** A drawing of lines, boxes and words. */
final class Svg {
  static final String GRID = "#d8dde3";

  /** Told apart by readers of any colour vision (Okabe and Ito). */
  static final List<String> COLOURS =
      List.of("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9");

  private static final String INK = "#1f2933";

  private final StringBuilder out = new StringBuilder();

  Svg(int width, int height, String title) {
    append(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\""
            + " font-family=\"sans-serif\" role=\"img\">%n",
        width, height, width, height);
    append("<title>%s</title>%n", escape(title));
    append("<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>%n", width, height);
    boldText(12, 26, 15, title);
  }

  void line(double x1, double y1, double x2, double y2, String colour, String dashes) {
    append(
        "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"%s/>%n",
        x1, y1, x2, y2, colour, stroke(colour, dashes));
  }

  /** A line through points, each {@code x,y}. */
  void path(String points, String colour, String dashes) {
    append(
        "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\"%s/>%n",
        points, colour, stroke(colour, dashes));
  }

  private static String stroke(String colour, String dashes) {
    String width = colour.equals(GRID) ? "" : " stroke-width=\"2\"";
    return dashes.isEmpty() ? width : width + " stroke-dasharray=\"" + dashes + "\"";
  }

  void circle(double x, double y, String colour) {
    append("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>%n", x, y, colour);
  }

  /** A shape in one of four kinds around a point, hollow unless filled, with a title. */
  void marker(int kind, double x, double y, String colour, boolean filled, String words) {
    String look =
        String.format(
            Locale.ROOT,
            "fill=\"%s\" stroke=\"%s\" stroke-width=\"1.5\"><title>%s</title>",
            filled ? colour : "#ffffff",
            colour,
            escape(words));
    switch (kind % 4) {
      case 0 -> append("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"5\" %s</circle>%n", x, y, look);
      case 1 ->
          polygon(look, x - 4.5, y - 4.5, x + 4.5, y - 4.5, x + 4.5, y + 4.5, x - 4.5, y + 4.5);
      case 2 -> polygon(look, x, y - 6, x + 5.5, y + 4.5, x - 5.5, y + 4.5);
      default -> polygon(look, x, y - 6, x + 6, y, x, y + 6, x - 6, y);
    }
  }

  private void polygon(String look, double... corners) {
    StringBuilder points = new StringBuilder();
    for (int i = 0; i < corners.length; i += 2) {
      points.append(String.format(Locale.ROOT, "%.1f,%.1f ", corners[i], corners[i + 1]));
    }
    append("<polygon points=\"%s\" %s</polygon>%n", points.toString().strip(), look);
  }

  void rectangle(double x, double y, double width, double height, String colour) {
    append(
        "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>%n",
        x, y, width, height, colour);
  }

  /** An area within the lines of an SVG path. */
  void area(String path, String colour) {
    if (!path.isEmpty()) {
      append("<path d=\"%s\" fill=\"%s\"/>%n", path, colour);
    }
  }

  /** A box that is not filled. */
  void frame(double x, double y, double width, double height) {
    append(
        "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"none\""
            + " stroke=\"%s\"/>%n",
        x, y, width, height, GRID);
  }

  /** Words; the anchor is start, middle or end. */
  void text(double x, double y, String anchor, int size, String words) {
    append(
        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" font-size=\"%d\" fill=\"%s\">%s</text>%n",
        x, y, anchor, size, INK, escape(words));
  }

  void boldText(double x, double y, int size, String words) {
    append(
        "<text x=\"%.1f\" y=\"%.1f\" font-size=\"%d\" font-weight=\"bold\" fill=\"%s\">%s</text>%n",
        x, y, size, INK, escape(words));
  }

  String finish() {
    return out + "</svg>\n";
  }

  private void append(String format, Object... values) {
    out.append(String.format(Locale.ROOT, format, values).replace("\r\n", "\n"));
  }

  private static String escape(String words) {
    return words
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
