package io.attar.evaluation.chart;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Counts in a matrix as shades, darker for more, as SVG: how many items use each codeword (EODRec,
 * Figure 6).
 *
 * @param title of the picture
 * @param rowName what a row is, such as "codebook"
 * @param columnName what a column is
 * @param counts (rows, columns) at least 0; rows of equal length
 */
public record HeatMap(String title, String rowName, String columnName, int[][] counts) {
  private static final int LEFT = 110;
  private static final int WIDTH = 980;
  private static final int TOP = 60;
  private static final int ROW = 22;

  /** From none over few to many; none stays apart from few. */
  private static final List<String> SHADES =
      List.of(
          "#ffffff", "#deebf7", "#c6dbef", "#9ecae1", "#6baed6", "#4292c6", "#2171b5", "#08519c",
          "#08306b");

  /**
   * How many items use each codeword.
   *
   * @param codes (codebooks, items) each below {@code codewords}
   * @return (codebooks, codewords)
   */
  public static int[][] uses(int[][] codes, int codewords) {
    int[][] uses = new int[codes.length][codewords];
    for (int m = 0; m < codes.length; m++) {
      for (int code : codes[m]) {
        uses[m][code]++;
      }
    }
    return uses;
  }

  /** The picture. */
  public String draw() {
    int columns = counts[0].length;
    int most = Arrays.stream(counts).flatMapToInt(Arrays::stream).max().orElse(0);
    double width = (WIDTH - LEFT - 20.0) / columns;
    int bottom = TOP + ROW * counts.length;
    Svg svg = new Svg(WIDTH, bottom + 76, title);
    // One path a shade: thousands of boxes of their own would make a large file.
    for (int shade = 0; shade < SHADES.size(); shade++) {
      StringBuilder path = new StringBuilder();
      for (int row = 0; row < counts.length; row++) {
        for (int column = 0; column < columns; column++) {
          if (shade(counts[row][column], most) == shade) {
            path.append(
                String.format(
                    Locale.ROOT,
                    "M%.1f %dh%.2fv%dh-%.2fz",
                    LEFT + column * width,
                    TOP + row * ROW,
                    width,
                    ROW - 3,
                    width));
          }
        }
      }
      svg.area(path.toString(), SHADES.get(shade));
    }
    for (int row = 0; row < counts.length; row++) {
      svg.text(LEFT - 8, TOP + row * ROW + 14, "end", 11, rowName + " " + (row + 1));
      svg.frame(LEFT, TOP + row * ROW, width * columns, ROW - 3.0);
    }
    svg.text(LEFT, bottom + 16, "start", 11, columnName + " 1");
    svg.text(LEFT + width * columns, bottom + 16, "end", 11, columnName + " " + columns);
    legend(svg, bottom + 34, most);
    return svg.finish();
  }

  private static void legend(Svg svg, int y, int most) {
    double x = LEFT;
    for (int shade = 0; shade < SHADES.size(); shade++) {
      svg.rectangle(x, y, 60, 12, SHADES.get(shade));
      svg.frame(x, y, 60, 12);
      svg.text(x + 30, y + 26, "middle", 10, range(shade, most));
      x += 70;
    }
  }

  private static String range(int shade, int most) {
    int from = least(shade, most);
    int to = shade == 0 ? 0 : shade == SHADES.size() - 1 ? most : least(shade + 1, most) - 1;
    return from > to ? "-" : from == to ? String.valueOf(from) : from + "-" + to;
  }

  /** 0 for none; the others by the square root, so that differences between small counts show. */
  private static int shade(int count, int most) {
    int shade = 0;
    while (shade + 1 < SHADES.size() && count >= least(shade + 1, most)) {
      shade++;
    }
    return shade;
  }

  /** The least count of a shade. */
  private static int least(int shade, int most) {
    double share = (shade - 1.0) / (SHADES.size() - 1);
    return shade == 0 ? 0 : Math.max(shade, (int) Math.ceil(most * share * share));
  }
}
