package io.attar.evaluation.chart;

import java.util.List;
import java.util.Locale;

/** Horizontal bars of bytes, each with its share of the whole, as SVG. */
public final class ByteChart {
  private static final int WIDTH = 860;
  private static final int LEFT = 190;
  private static final int RIGHT = 170;
  private static final int ROW = 26;
  private static final int TOP = 44;

  private ByteChart() {}

  /** A part of the whole. */
  public record Part(String label, long bytes) {}

  /** Draws the parts, one below the other. */
  public static String draw(String title, List<Part> parts) {
    long whole = Math.max(1, parts.stream().mapToLong(Part::bytes).sum());
    long most = Math.max(1, parts.stream().mapToLong(Part::bytes).max().orElse(1));
    Svg svg = new Svg(WIDTH, TOP + ROW * parts.size() + 10, title);
    int y = TOP;
    for (Part part : parts) {
      double width = Math.max(1, (double) part.bytes() / most * (WIDTH - LEFT - RIGHT));
      svg.text(LEFT - 8, y + 16, "end", 12, part.label());
      svg.rectangle(LEFT, y + 3, width, ROW - 8, Svg.COLOURS.get(0));
      svg.text(
          LEFT + width + 6,
          y + 16,
          "start",
          11,
          String.format(
              Locale.ROOT, "%,d bytes, %.1f %%", part.bytes(), 100.0 * part.bytes() / whole));
      y += ROW;
    }
    return svg.finish();
  }
}
