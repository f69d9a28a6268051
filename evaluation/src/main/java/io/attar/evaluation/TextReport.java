package io.attar.evaluation;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/** Writes a report to be read: Markdown and plain text. */
final class TextReport {
  private static final List<String> TITLES =
      List.of(
          "method",
          "R@5",
          "N@5",
          "R@10",
          "N@10",
          "R@20",
          "N@20",
          "repeat R@10",
          "repeat N@10",
          "new R@10",
          "new N@10",
          "xnew R@10",
          "xnew N@10",
          "bytes");

  private TextReport() {}

  static String plain(EvaluationReport report) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(TITLES);
    for (MethodResult method : methods(report)) {
      rows.add(row(method));
    }
    int[] widths = new int[TITLES.size()];
    for (List<String> row : rows) {
      for (int c = 0; c < widths.length; c++) {
        widths[c] = Math.max(widths[c], row.get(c).length());
      }
    }
    StringBuilder text = new StringBuilder();
    text.append(headline(report)).append("\n\n");
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int c = 0; c < widths.length; c++) {
        String padding = " ".repeat(widths[c] - row.get(c).length());
        line.append(c == 0 ? row.get(c) + padding : "  " + padding + row.get(c));
      }
      text.append(line.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  static String markdown(EvaluationReport report, String command) {
    StringBuilder page = new StringBuilder();
    page.append("# Evaluation on ").append(report.dataName()).append("\n\n");
    page.append(headline(report)).append("\n\n");
    page.append(
        "Every item of the catalogue is ranked; equal scores count against the method; nothing is"
            + " sampled and nothing left out for having been clicked. R is Recall, N is NDCG, in"
            + " percent. *repeat*: the target is already in the prefix; *new*: it is not; *xnew*:"
            + " the new cases, ranked among the items that are not in the prefix.\n\n");
    table(page, TITLES, methods(report).stream().map(TextReport::row).toList());

    page.append('\n');
    for (MethodResult method : methods(report)) {
      if (!method.description().isEmpty()) {
        page.append("- ").append(method.name()).append(": ");
        page.append(method.description()).append('\n');
      }
    }
    page.append("\n## 95 % intervals\n\n");
    page.append("Whole sessions drawn again, ")
        .append(report.resamples())
        .append(" times, seed ")
        .append(report.seed())
        .append(".\n\n");
    List<String> titles = List.of("method", "R@10", "N@10", "xnew R@10", "xnew N@10");
    table(page, titles, methods(report).stream().map(TextReport::intervals).toList());

    page.append("\n## Cases\n\n");
    if (!methods(report).isEmpty()) {
      MethodResult any = methods(report).get(0);
      for (SplitResult split : any.splits()) {
        page.append("- ").append(split.split().label()).append(": ");
        page.append(split.cases()).append('\n');
      }
      page.append("- target outside the catalogue, counted as a miss: ");
      page.append(any.unknownTargets()).append('\n');
    }
    ModelResult model = report.model();
    if (model != null) {
      page.append("\n## The model file\n\n");
      page.append("- whole file: ").append(model.bytes()).append(" bytes\n");
      page.append("- of these item ids: ").append(model.itemIdBytes()).append(" bytes\n");
      page.append("- without item ids: ").append(model.bytes() - model.itemIdBytes());
      page.append(" bytes\n");
      page.append("- a click and the best 20, on the machine that wrote this page: median ")
          .append(decimal(model.timing().medianMicroseconds()))
          .append(" microseconds, 99 of 100 within ")
          .append(decimal(model.timing().percentile99Microseconds()))
          .append("\n\nProvenance:\n\n```json\n")
          .append(model.provenance().strip())
          .append("\n```\n");
    }
    page.append("\n## To get the numbers again\n\n```\n").append(command).append("\n```\n\n");
    page.append("on the data with the identity `").append(report.dataIdentity()).append("`.\n");
    return page.toString();
  }

  private static void table(StringBuilder page, List<String> titles, List<List<String>> rows) {
    page.append("| ").append(String.join(" | ", titles)).append(" |\n|---");
    page.append("|--:".repeat(titles.size() - 1)).append("|\n");
    for (List<String> row : rows) {
      page.append("| ").append(String.join(" | ", row)).append(" |\n");
    }
  }

  private static String headline(EvaluationReport report) {
    return String.format(
        Locale.ROOT,
        "%s: %d cases of %d test sessions, prefixes of %d or more clicks, %d items ranked.",
        report.dataName(),
        report.cases(),
        report.sessions(),
        report.minimumPrefixLength(),
        report.catalogueSize());
  }

  private static List<MethodResult> methods(EvaluationReport report) {
    List<MethodResult> methods = new ArrayList<>();
    if (report.model() != null) {
      methods.add(report.model().result());
    }
    if (report.teacher() != null) {
      methods.add(report.teacher());
    }
    methods.addAll(report.rules());
    return methods;
  }

  private static List<String> row(MethodResult method) {
    OptionalLong bytes = method.bytes();
    List<String> cells = new ArrayList<>();
    cells.add(method.name());
    for (String metric :
        List.of("recall@5", "ndcg@5", "recall@10", "ndcg@10", "recall@20", "ndcg@20")) {
      cells.add(percent(method.mean(Split.OVERALL, metric)));
    }
    for (Split split : List.of(Split.REPEAT, Split.NEW, Split.NEW_AMONG_NEW)) {
      cells.add(percent(method.mean(split, "recall@10")));
      cells.add(percent(method.mean(split, "ndcg@10")));
    }
    cells.add(bytes.isPresent() ? Long.toString(bytes.getAsLong()) : "-");
    return cells;
  }

  private static List<String> intervals(MethodResult method) {
    List<String> cells = new ArrayList<>();
    cells.add(method.name());
    for (Split split : List.of(Split.OVERALL, Split.NEW_AMONG_NEW)) {
      for (String metric : List.of("recall@10", "ndcg@10")) {
        Measure measure = method.split(split).measure(metric);
        cells.add(percent(measure.low()) + " to " + percent(measure.high()));
      }
    }
    return cells;
  }

  private static String percent(double share) {
    return decimal(100 * share);
  }

  private static String decimal(double value) {
    // As in the JSON, so that page and file never differ in the last digit.
    return Double.isFinite(value)
        ? BigDecimal.valueOf(value).setScale(2, RoundingMode.HALF_UP).toPlainString()
        : "-";
  }
}
