package io.attar.cli;

import static j2html.TagCreator.each;
import static j2html.TagCreator.h3;
import static j2html.TagCreator.li;
import static j2html.TagCreator.p;
import static j2html.TagCreator.ul;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Models made smaller beside the one they are made of: accuracy, bytes and time. */
final class CompressionChapter {
  private CompressionChapter() {}

  /**
   * Adds the table of one data set and what the paper claims.
   *
   * @param rows of a reproduction, the model that the others are smaller than first
   */
  static void add(ReportPage page, JsonNode claims, List<ObjectNode> rows) {
    long whole = rows.get(0).at("/result/bytes").asLong();
    long untied = whole + tableBytes(rows.get(0));
    List<ReportPage.Row> cells = new ArrayList<>();
    for (ObjectNode row : rows) {
      JsonNode bytes = row.at("/result/bytes");
      cells.add(
          line(
              row,
              BuildChapters.bytes(bytes),
              times(whole, bytes),
              times(untied, bytes),
              secondsAnEpoch(row)));
      for (JsonNode search : row.path("searches")) {
        cells.add(line(search, "", "", "", ""));
      }
    }
    page.add(h3("Accuracy, size and time"));
    page.add(
        ReportPage.table(
            "Percent; bytes of all trained numbers as single floats, and how many times smaller than"
                + " the first row; milliseconds for "
                + Reproduction.TIMED_SESSIONS
                + " sessions on one thread, all items scored or the best searched for, "
                + ReproductionPage.timed(rows)
                + "; seconds of training an epoch with its validation (of the last run, where it was"
                + " stopped)",
            List.of(
                "",
                "Recall@5",
                "NDCG@5",
                "Recall@10",
                "NDCG@10",
                "bytes",
                "times smaller",
                "against two tables",
                "seconds an epoch",
                "milliseconds"),
            cells));
    page.add(
        p(
            "The paper's NextItNet has one table for what is clicked and another for what is"
                + " scored, the one measured here has one for both. Against two tables: how many"
                + " times smaller than the first row with its table counted twice, "
                + String.format(Locale.ROOT, "%,d", untied)
                + " bytes. The tree softmax has such a second table, and it is counted."));
    page.add(p("The paper claims:"));
    List<String> said = new ArrayList<>();
    claims.forEach(claim -> said.add(claim.asText()));
    page.add(ul(each(said, claim -> li(claim))));
  }

  private static ReportPage.Row line(JsonNode row, String... sizes) {
    List<String> cells = new ArrayList<>(List.of(row.path("name").asText()));
    for (String measure : ReproductionPage.MEASURES) {
      cells.add(BuildChapters.text(row.path("result").path(measure)));
    }
    cells.addAll(List.of(sizes));
    cells.add(BuildChapters.decimal(row.at("/timing/milliseconds"), 2));
    return new ReportPage.Row(cells);
  }

  /** Bytes of a dense table: a single float for each number of every item's row. */
  private static long tableBytes(JsonNode row) {
    return (long) Float.BYTES
        * row.at("/data/catalogueSize").asLong()
        * row.path("dimension").asLong();
  }

  private static String times(long whole, JsonNode bytes) {
    return String.format(Locale.ROOT, "%.2f", (double) whole / bytes.asLong());
  }

  private static String secondsAnEpoch(JsonNode row) {
    int epochs = 0;
    for (JsonNode history : row.at("/training/epochs")) {
      for (JsonNode epoch : history) {
        epochs += epoch.path("epoch").asInt() > 0 ? 1 : 0; // the start is no epoch
      }
    }
    return epochs == 0
        ? "-"
        : String.format(Locale.ROOT, "%.1f", row.path("seconds").asDouble() / epochs);
  }
}
