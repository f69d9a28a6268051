package io.attar.cli;

import static j2html.TagCreator.details;
import static j2html.TagCreator.h2;
import static j2html.TagCreator.p;
import static j2html.TagCreator.pre;
import static j2html.TagCreator.summary;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.attar.evaluation.chart.ByteChart;
import io.attar.evaluation.chart.HeatMap;
import io.attar.evaluation.chart.ScatterChart;
import io.attar.runtime.ModelFile;
import io.attar.runtime.ModelFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What {@code report.json} of a build, and the model file beside it, say: chapters of a page. */
final class BuildChapters {
  private static final String KNN = "session kNN";

  /** What a picture of groups compares: more lines would hide each other. */
  private static final List<String> COMPARED =
      List.of("student", "teacher", KNN, "own items by count, then recency");

  private final ReportPage page;
  private final JsonNode report;
  private final String data;
  private final Map<String, JsonNode> methods = new LinkedHashMap<>();

  BuildChapters(ReportPage page, JsonNode report) {
    this.page = page;
    this.report = report;
    this.data = report.at("/data/name").asText();
    if (report.has("recall@10")) {
      methods.put(report.path("name").asText("model"), report);
    }
    if (report.has("teacher")) {
      methods.put("teacher", report.get("teacher"));
    }
    report.path("rules").properties().forEach(rule -> methods.put(rule.getKey(), rule.getValue()));
  }

  /**
   * Adds the chapters that the report has figures for.
   *
   * @param model the model file's bytes; null when it is not there
   */
  void add(byte @Nullable [] model) throws ModelFileException {
    page.add(
        h2(
            String.format(
                Locale.ROOT,
                "%s: %,d cases of %,d test sessions, %,d items ranked",
                data,
                report.at("/data/cases").asLong(),
                report.at("/data/sessions").asLong(),
                report.at("/data/catalogueSize").asLong())));
    facts();
    comparison();
    curves();
    groups("prefixLength", "Accuracy by clicks of the prefix", "prefix-length");
    groups("popularity", "Accuracy by popularity of the target", "popularity");
    if (model != null) {
      ModelFile file = ModelFile.read(model);
      codes(file);
      sections(file, model.length);
    }
    stages();
    provenance();
  }

  private void facts() {
    List<ReportPage.Fact> facts = new ArrayList<>();
    fact(facts, "/recall@10", "Recall@10, percent");
    fact(facts, "/ndcg@10", "NDCG@10, percent");
    fact(facts, "/ndcg@10.xnew", "NDCG@10 of new items, percent");
    if (report.path("bytes").isNumber()) {
      facts.add(
          new ReportPage.Fact(
              String.format(Locale.ROOT, "%,d", report.path("bytes").asLong()), "bytes in all"));
    }
    fact(facts, "/compression/factor", "times smaller than the teacher");
    fact(facts, "/timing/click.median", "microseconds a click, median");
    page.facts(facts);
  }

  private void fact(List<ReportPage.Fact> facts, String place, String meaning) {
    JsonNode value = report.at(place);
    if (value.isNumber()) {
      facts.add(new ReportPage.Fact(value.asText(), meaning));
    }
  }

  private void comparison() {
    page.add(h2("Beside the simple rules and session kNN"));
    page.add(
        p(
            "repeat: the target is in the prefix; new: it is not; xnew: new cases ranked among"
                + " items not in the prefix. In brackets 95 % intervals, whole sessions drawn again"
                + " "
                + report.at("/bootstrap/resamples").asText()
                + " times. In percent."));
    List<ReportPage.Row> rows = new ArrayList<>();
    methods.forEach(
        (name, method) ->
            rows.add(
                new ReportPage.Row(
                    List.of(
                        name,
                        interval(method, "recall@10"),
                        interval(method, "ndcg@10"),
                        interval(method, "mrr@10"),
                        text(method.path("recall@10.repeat")),
                        interval(method, "recall@10.new"),
                        interval(method, "recall@10.xnew"),
                        interval(method, "ndcg@10.xnew"),
                        bytes(method.path("bytes"))),
                    method.equals(report))));
    page.add(
        ReportPage.table(
            "All methods on the same cases",
            List.of(
                "",
                "Recall@10",
                "NDCG@10",
                "MRR@10",
                "repeat Recall@10",
                "new Recall@10",
                "xnew Recall@10",
                "xnew NDCG@10",
                "bytes"),
            rows));
  }

  private void curves() {
    Map<String, JsonNode> runs = new LinkedHashMap<>();
    report
        .at("/training/teacher")
        .properties()
        .forEach(run -> runs.put("teacher, " + run.getKey(), run.getValue()));
    if (report.at("/training/student").isArray()) {
      runs.put("student", report.at("/training/student"));
    }
    if (runs.isEmpty()) {
      return;
    }
    page.add(h2("Training"));
    page.add(
        p("On the validation sessions, which choose the epoch; the test part chooses nothing."));
    List<ReportPage.Row> rows = new ArrayList<>();
    runs.forEach(
        (name, run) ->
            run.forEach(
                epoch ->
                    rows.add(
                        new ReportPage.Row(
                            List.of(
                                name,
                                text(epoch.path("epoch")),
                                decimal(epoch.path("labelLoss"), 4),
                                decimal(epoch.path("recall@10"), 2),
                                decimal(epoch.path("ndcg@10"), 2),
                                decimal(epoch.path("recall@10.xnew"), 2),
                                decimal(epoch.path("ndcg@10.xnew"), 2))))));
    page.picture(
        data + "-training",
        curve("NDCG@10 on validation, percent", "ndcg@10", runs),
        ReportPage.table(
            "Epoch 0 is before training",
            List.of(
                "",
                "epoch",
                "label loss",
                "Recall@10",
                "NDCG@10",
                "xnew Recall@10",
                "xnew NDCG@10"),
            rows));
    page.picture(
        data + "-training-xnew",
        curve("NDCG@10 of new items on validation, percent", "ndcg@10.xnew", runs),
        p("The table above has these numbers."));
  }

  private String curve(String y, String key, Map<String, JsonNode> runs) {
    List<ScatterChart.Series> series = new ArrayList<>();
    int epochs = 0;
    for (Map.Entry<String, JsonNode> run : runs.entrySet()) {
      List<ScatterChart.Point> points = new ArrayList<>();
      for (JsonNode epoch : run.getValue()) {
        epochs = Math.max(epochs, epoch.path("epoch").asInt());
        points.add(
            point(
                run.getKey() + ", epoch " + epoch.path("epoch").asText(),
                epoch.path("epoch").asInt(),
                epoch.path(key)));
      }
      series.add(new ScatterChart.Series(run.getKey(), points, true));
    }
    List<String> places = new ArrayList<>();
    for (int epoch = 0; epoch <= epochs; epoch++) {
      places.add(String.valueOf(epoch));
    }
    return new ScatterChart(
            data + ": training",
            new ScatterChart.Axis("epoch", places),
            y,
            series,
            ScatterChart.Line.NONE,
            List.of())
        .draw();
  }

  private static ScatterChart.Point point(String name, int x, JsonNode y) {
    return new ScatterChart.Point(x, y.asDouble(), name + ": " + decimal(y, 2), true);
  }

  private void groups(String kind, String heading, String name) {
    List<String> groups = new ArrayList<>();
    for (JsonNode method : methods.values()) {
      if (groups.isEmpty()) {
        method.at("/groups/" + kind).fieldNames().forEachRemaining(groups::add);
      }
    }
    if (groups.isEmpty()) {
      return;
    }
    page.add(h2(heading));
    if (kind.equals("popularity")) {
      page.add(
          p(
              "Head, middle and tail: the most clicked items, the next and the least clicked ones,"
                  + " each with a third of all clicks before the test part."));
    }
    List<ScatterChart.Series> series = new ArrayList<>();
    List<ReportPage.Row> rows = new ArrayList<>();
    methods.forEach(
        (method, numbers) -> {
          List<String> cells = new ArrayList<>(List.of(method));
          List<ScatterChart.Point> points = new ArrayList<>();
          for (int g = 0; g < groups.size(); g++) {
            JsonNode group = numbers.path("groups").path(kind).path(groups.get(g));
            cells.add(text(group.path("recall@10")) + " / " + text(group.path("ndcg@10")));
            if (group.path("ndcg@10").isNumber()) {
              points.add(point(method + ", " + groups.get(g), g, group.path("ndcg@10")));
            }
          }
          if (COMPARED.contains(method)) {
            series.add(new ScatterChart.Series(method, points, true));
          }
          rows.add(new ReportPage.Row(cells, numbers.equals(report)));
        });
    List<String> header = new ArrayList<>(List.of(""));
    JsonNode any = methods.values().iterator().next().path("groups").path(kind);
    groups.forEach(group -> header.add(group + " (" + text(any.path(group).path("cases")) + ")"));
    page.picture(
        data + "-" + name,
        new ScatterChart(
                data + ": " + heading.toLowerCase(Locale.ROOT),
                new ScatterChart.Axis(
                    kind.equals("popularity") ? "popularity of the target" : "clicks of the prefix",
                    groups),
                "NDCG@10, percent",
                series,
                ScatterChart.Line.NONE,
                List.of())
            .draw(),
        ReportPage.table("Recall@10 / NDCG@10, percent; in brackets the cases", header, rows));
  }

  /** How evenly the codewords are used (EODRec, Figure 6). */
  private void codes(ModelFile file) throws ModelFileException {
    int[][] codes = file.codes();
    if (codes.length == 0) {
      return;
    }
    page.add(h2("Use of the codewords"));
    int[][] counts = HeatMap.uses(codes, file.codewordCount());
    List<ReportPage.Row> rows = new ArrayList<>();
    for (int m = 0; m < codes.length; m++) {
      double entropy = 0;
      for (int count : counts[m]) {
        double share = (double) count / codes[m].length;
        entropy -= count == 0 ? 0 : share * Math.log(share) / Math.log(2);
      }
      rows.add(
          new ReportPage.Row(
              List.of(
                  String.valueOf(m + 1),
                  String.valueOf(Arrays.stream(counts[m]).filter(count -> count > 0).count()),
                  String.format(Locale.ROOT, "%.2f", entropy),
                  String.valueOf(Arrays.stream(counts[m]).max().orElse(0)))));
    }
    page.picture(
        data + "-codes",
        new HeatMap(data + ": items that use each codeword", "codebook", "codeword", counts).draw(),
        ReportPage.table(
            String.format(
                Locale.ROOT,
                "Of %d codewords; even use would have %.2f bits",
                file.codewordCount(),
                Math.log(file.codewordCount()) / Math.log(2)),
            List.of("codebook", "codewords in use", "entropy, bits", "items of the most used"),
            rows));
  }

  private void sections(ModelFile file, long length) {
    page.add(h2("Where the bytes go"));
    List<ByteChart.Part> parts = new ArrayList<>();
    long sections = 0;
    for (ModelFile.Section section : file.sections()) {
      parts.add(
          new ByteChart.Part(
              InspectCommand.SECTIONS.getOrDefault(section.tag(), section.tag())
                  + " ("
                  + section.tag()
                  + ")",
              section.length()));
      sections += section.length();
    }
    parts.add(new ByteChart.Part("table of sections", length - sections));
    page.picture(
        data + "-bytes",
        ByteChart.draw(data + ": bytes of the model file", parts),
        ReportPage.table(
            String.format(Locale.ROOT, "%,d bytes, format version %d", length, file.version()),
            List.of("section", "bytes", "bytes an item"),
            parts.stream()
                .map(
                    part ->
                        new ReportPage.Row(
                            List.of(
                                part.label(),
                                String.format(Locale.ROOT, "%,d", part.bytes()),
                                String.format(
                                    Locale.ROOT,
                                    "%.2f",
                                    (double) part.bytes() / file.itemCount()))))
                .toList()));
  }

  private void stages() {
    List<ReportPage.Row> rows = new ArrayList<>();
    report
        .path("stages")
        .properties()
        .forEach(
            stage -> {
              if (stage.getValue().isObject()) {
                rows.add(
                    new ReportPage.Row(
                        List.of(
                            stage.getKey(),
                            text(stage.getValue().path("seconds")),
                            bytes(stage.getValue().path("peakResidentBytes")))));
              }
            });
    if (!rows.isEmpty()) {
      page.add(h2("Time and memory of the build"));
      page.add(
          ReportPage.table(
              report.at("/stages/processors").asText()
                  + " processors"
                  + (report.at("/stages/resumed").asBoolean()
                      ? "; an earlier run had done some of the work"
                      : ""),
              List.of("stage", "seconds", "peak memory, bytes"),
              rows));
    }
  }

  private void provenance() {
    ObjectNode where = ReportJson.object();
    for (String key : List.of("command", "origin", "provenance", "data", "bootstrap")) {
      if (report.has(key)) {
        where.set(key, report.get(key));
      }
    }
    page.add(h2("Where this comes from"));
    page.add(details(summary("Data, settings, seed, versions"), pre(ReportJson.text(where))));
  }

  private static String interval(JsonNode method, String key) {
    JsonNode ends = method.path("intervals").path(key);
    return text(method.path(key))
        + (ends.isArray() ? " [" + text(ends.path(0)) + ", " + text(ends.path(1)) + "]" : "");
  }

  static String bytes(JsonNode value) {
    return value.isNumber() ? String.format(Locale.ROOT, "%,d", value.asLong()) : "-";
  }

  static String text(JsonNode value) {
    return value.isNull() || value.isMissingNode() ? "-" : value.asText();
  }

  static String decimal(JsonNode value, int digits) {
    return value.isNumber()
        ? String.format(Locale.ROOT, "%." + digits + "f", value.asDouble())
        : "-";
  }
}
