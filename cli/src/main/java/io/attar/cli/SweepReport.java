package io.attar.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.attar.evaluation.EvaluationReport;
import io.attar.evaluation.Origin;
import io.attar.evaluation.chart.ScatterChart;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * What a sweep found, as JSON, page and pictures.
 *
 * <p>A row lies on the front of size (of speed) when no other row's file is at most as large (as
 * slow) and at least as good in validation NDCG@10. Test figures choose nothing.
 */
final class SweepReport {
  static final String JSON_FILE = "sweep.json";
  static final String PAGE_FILE = "sweep.md";

  private static final String SIZE = "size";
  private static final String SPEED = "speed";
  private static final String QUALITY = "ndcg@10";
  private static final String ACCURACY = "NDCG@10 on the test set, percent";

  /** Up to this many rows each have a sign of their own. */
  private static final int MOST_SIGNS = 12;

  private final SweepGrid grid;
  private final Configuration base;
  private final Sweep.Result result;
  private final List<Sweep.Row> measured;
  private final List<Sweep.Row> small; // the front of size
  private final List<Sweep.Row> fast; // the front of speed

  SweepReport(SweepGrid grid, Configuration base, Sweep.Result result) {
    this.grid = grid;
    this.base = base;
    this.result = result;
    this.measured = result.rows().stream().filter(row -> !row.refused()).toList();
    this.small = front(measured, Sweep.Row::bytes);
    this.fast = front(measured, Sweep.Row::microseconds);
  }

  /** The rows that no other is better than, cheapest first. */
  static List<Sweep.Row> front(List<Sweep.Row> rows, ToDoubleFunction<Sweep.Row> cost) {
    return rows.stream()
        .filter(row -> rows.stream().noneMatch(other -> better(other, row, cost)))
        .sorted(Comparator.comparingDouble(cost))
        .toList();
  }

  private static boolean better(Sweep.Row one, Sweep.Row other, ToDoubleFunction<Sweep.Row> cost) {
    double cheaper = cost.applyAsDouble(other) - cost.applyAsDouble(one);
    double gain = one.validation(QUALITY) - other.validation(QUALITY);
    return cheaper >= 0 && gain >= 0 && (cheaper > 0 || gain > 0);
  }

  /** Writes everything into the sweep's folder. */
  void write(String command, Origin origin, Path folder) throws IOException {
    EvaluationReport.write(ReportJson.text(json(command, origin)), folder.resolve(JSON_FILE));
    EvaluationReport.write(page(command, origin), folder.resolve(PAGE_FILE));
    EvaluationReport.write(
        chart("size against accuracy", "bytes of the whole file", Sweep.Row::bytes, small),
        folder.resolve("front.svg"));
    EvaluationReport.write(
        chart(
            "speed against accuracy",
            "microseconds from a click to the best 20, median",
            Sweep.Row::microseconds,
            fast),
        folder.resolve("latency.svg"));
    if (!grid.x().isEmpty()) {
      EvaluationReport.write(effect(), folder.resolve("effect.svg"));
    }
  }

  private ObjectNode json(String command, Origin origin) {
    ObjectNode root = ReportJson.object();
    root.put("title", title());
    root.put("description", grid.description());
    root.set("settings", ReportJson.tree(grid.settings()));
    root.put("unit", "percent");
    root.set("data", result.teacher().get("data"));
    root.set("bootstrap", result.teacher().get("bootstrap"));
    root.put("command", command);
    root.put("seed", base.seed());
    root.set("origin", ReportJson.tree(origin));
    ObjectNode settings = root.putObject("configuration");
    for (ConfigurationKeys.Key key : ConfigurationKeys.of(base)) {
      settings.set(key.name(), ReportJson.tree(key.value()));
    }
    ObjectNode teacher = root.putObject("teacher");
    teacher.setAll(result.teacher());
    root.set("floor", teacher.remove("floor"));
    teacher.remove(List.of("data", "bootstrap"));
    ArrayNode rows = root.putArray("rows");
    for (Sweep.Row row : result.rows()) {
      ObjectNode entry = rows.addObject();
      entry.setAll(row.found());
      if (!row.refused()) {
        ArrayNode fronts = entry.putArray("front");
        fronts(row).forEach(fronts::add);
      }
    }
    return root;
  }

  private String title() {
    String name = result.teacher().path("data").path("name").asText();
    return grid.title().isEmpty()
        ? "Students of one teacher on " + name
        : grid.title() + ", " + name;
  }

  private List<String> fronts(Sweep.Row row) {
    return Stream.of(small.contains(row) ? SIZE : "", fast.contains(row) ? SPEED : "")
        .filter(front -> !front.isEmpty())
        .toList();
  }

  private String page(String command, Origin origin) {
    JsonNode data = result.teacher().path("data");
    StringBuilder page = new StringBuilder("# ").append(title()).append("\n\n");
    if (!grid.description().isEmpty()) {
      page.append(grid.description()).append("\n\n");
    }
    line(
        page,
        "%s: %s cases of %s test sessions, %s items ranked; identity `%s`. Every number but"
            + " validation's is of the file as it ships, through the runtime. R is Recall, N is"
            + " NDCG, in percent; *repeat*, *new*, *xnew* as in the other reports. Bytes: the whole"
            + " file; its item ids left out; the teacher's parameters as fp32 (%,d bytes) over"
            + " that. µs: from a click to the best 20, on one thread. *front*: no other file is at"
            + " most as large (size) or as slow (speed) and at least as good in validation N@10.\n",
        data.path("name").asText(),
        data.path("cases").asText(),
        data.path("sessions").asText(),
        data.path("catalogueSize").asText(),
        data.path("identity").asText(),
        result.teacher().path("training").path("parameterBytes").asLong());
    row(
        page,
        List.of(
            "",
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
            "bytes",
            "without ids",
            "times smaller",
            "µs",
            "µs 99 %",
            "front"));
    page.append("|---").append("|--:".repeat(17)).append("|---|\n");
    row(page, cells("teacher", result.teacher(), ""));
    row(page, cells(floor().path("name").asText(), floorRow(), ""));
    for (Sweep.Row each : result.rows()) {
      row(page, cells(each.asked().name(), each.found(), String.join(", ", fronts(each))));
    }
    page.append("\n## 95 % intervals, and validation\n\n");
    line(
        page,
        "Whole sessions drawn again, %s times, seed %s.\n",
        result.teacher().path("bootstrap").path("resamples").asText(),
        result.teacher().path("bootstrap").path("seed").asText());
    row(
        page,
        List.of(
            "",
            "R@10",
            "N@10",
            "xnew R@10",
            "xnew N@10",
            "validation R@10",
            "validation N@10",
            "validation xnew R@10",
            "validation xnew N@10"));
    page.append("|---").append("|--:".repeat(8)).append("|\n");
    row(page, intervals("teacher", result.teacher()));
    row(page, intervals(floor().path("name").asText(), floorRow()));
    for (Sweep.Row each : measured) {
      row(page, intervals(each.asked().name(), each.found()));
    }
    line(
        page,
        "\n## Pictures\n\n![size against accuracy](front.svg)\n\n![speed against"
            + " accuracy](latency.svg)%s",
        grid.x().isEmpty() ? "" : "\n\n![effect of " + grid.x() + "](effect.svg)");
    line(
        page,
        "\n## To get the numbers again\n\n```\n%s\n```\n\nSeed %d. Commit %s. %s, %d cores, %s, Java"
            + " %s. Rows made by another commit or machine say so in `%s`.",
        command,
        base.seed(),
        origin.commit(),
        origin.processor(),
        origin.cores(),
        origin.operatingSystem(),
        origin.java(),
        JSON_FILE);
    return page.toString();
  }

  private JsonNode floor() {
    return result.teacher().path("floor");
  }

  private JsonNode floorRow() {
    return ReportJson.object().set("result", floor());
  }

  private static List<String> cells(String name, JsonNode found, String front) {
    List<String> cells = new ArrayList<>(List.of(name));
    if (found.has("refused")) {
      cells.add("refused: " + found.path("refused").asText());
      cells.addAll(java.util.Collections.nCopies(17, ""));
      return cells;
    }
    JsonNode numbers = found.path("result");
    for (String key :
        List.of("recall@5", "ndcg@5", "recall@10", "ndcg@10", "recall@20", "ndcg@20")) {
      cells.add(numbers.path(key).asText("-"));
    }
    for (String split : List.of(".repeat", ".new", ".xnew")) {
      cells.add(numbers.path("recall@10" + split).asText("-"));
      cells.add(numbers.path("ndcg@10" + split).asText("-"));
    }
    cells.add(numbers.path("bytes").asText("-"));
    cells.add(numbers.path("bytes.withoutItemIds").asText("-"));
    cells.add(found.path("timesSmaller").asText("-"));
    cells.add(found.path("timing").path("click.median").asText("-"));
    cells.add(found.path("timing").path("click.p99").asText("-"));
    cells.add(front);
    return cells;
  }

  private static List<String> intervals(String name, JsonNode found) {
    List<String> cells = new ArrayList<>(List.of(name));
    for (String key : List.of("recall@10", "ndcg@10", "recall@10.xnew", "ndcg@10.xnew")) {
      cells.add(interval(found, key));
    }
    for (String key : List.of("recall@10", "ndcg@10", "recall@10.xnew", "ndcg@10.xnew")) {
      JsonNode value = found.path("training").path("quality").path(key);
      cells.add(value.isNumber() ? ReportJson.rounded(value.asDouble()).toPlainString() : "-");
    }
    return cells;
  }

  private static String interval(JsonNode found, String key) {
    JsonNode ends = found.path("result").path("intervals").path(key);
    return ends.path(0).asText("-") + " to " + ends.path(1).asText("-");
  }

  private static void row(StringBuilder page, List<String> cells) {
    page.append('|');
    cells.forEach(cell -> page.append(' ').append(cell.replace("|", "\\|")).append(" |"));
    page.append('\n');
  }

  private static void line(StringBuilder page, String format, Object... values) {
    page.append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  /** The main columns, for a terminal. */
  void print(Console console) {
    int width =
        Stream.concat(
                result.rows().stream().map(row -> row.asked().name()),
                Stream.of(floor().path("name").asText()))
            .mapToInt(String::length)
            .max()
            .orElse(0);
    String format = "%-" + width + "s %9s %9s %9s %11s %11s  %s";
    JsonNode data = result.teacher().path("data");
    console.result(
        "%s: %,d test cases of %,d sessions, %,d items ranked",
        data.path("name").asText(),
        data.path("cases").asLong(),
        data.path("sessions").asLong(),
        data.path("catalogueSize").asLong());
    console.result("");
    console.result(format, "", "Recall@10", "NDCG@10", "xnew R@10", "bytes", "µs a click", "front");
    print("teacher", result.teacher(), "", format, console);
    print(floor().path("name").asText(), floorRow(), "", format, console);
    for (Sweep.Row row : result.rows()) {
      if (row.refused()) {
        console.result(
            "%-" + width + "s refused: %s",
            row.asked().name(),
            row.found().path("refused").asText());
      } else {
        print(row.asked().name(), row.found(), String.join(", ", fronts(row)), format, console);
      }
    }
  }

  private static void print(
      String name, JsonNode found, String front, String format, Console console) {
    JsonNode numbers = found.path("result");
    console.result(
        "%s",
        String.format(
                Locale.ROOT,
                format,
                name,
                numbers.path("recall@10").asText("-"),
                numbers.path("ndcg@10").asText("-"),
                numbers.path("recall@10.xnew").asText("-"),
                String.format(Locale.ROOT, "%,d", numbers.path("bytes").asLong()),
                found.path("timing").path("click.median").asText("-"),
                front)
            .stripTrailing());
  }

  private String chart(
      String what, String across, ToDoubleFunction<Sweep.Row> x, List<Sweep.Row> front) {
    List<ScatterChart.Series> series = new ArrayList<>();
    kinds()
        .forEach(
            (kind, rows) ->
                series.add(
                    new ScatterChart.Series(
                        kind,
                        rows.stream()
                            .map(row -> point(row, x.applyAsDouble(row), front.contains(row)))
                            .toList(),
                        false)));
    return new ScatterChart(
            title() + ": " + what,
            new ScatterChart.Axis(across, List.of()),
            ACCURACY,
            series,
            new ScatterChart.Line(
                "front by validation NDCG@10",
                front.stream().map(row -> point(row, x.applyAsDouble(row), true)).toList()),
            List.of(
                level("teacher", result.teacher().path("result")),
                level(floor().path("name").asText(), floor())))
        .draw();
  }

  private static ScatterChart.Level level(String name, JsonNode numbers) {
    return new ScatterChart.Level(
        name + " " + numbers.path(QUALITY).asText(), numbers.path(QUALITY).asDouble());
  }

  /** Rows told apart by the series key, or each by its name while there are signs enough. */
  private Map<String, List<Sweep.Row>> kinds() {
    Map<String, List<Sweep.Row>> kinds = new LinkedHashMap<>();
    for (Sweep.Row row : measured) {
      String kind =
          !grid.series().isEmpty()
              ? grid.series().substring(grid.series().lastIndexOf('.') + 1)
                  + "="
                  + row.asked().value(grid.series())
              : measured.size() <= MOST_SIGNS ? row.asked().name() : "students";
      kinds.computeIfAbsent(kind, name -> new ArrayList<>()).add(row);
    }
    return kinds;
  }

  private static ScatterChart.Point point(Sweep.Row row, double x, boolean filled) {
    return new ScatterChart.Point(
        x,
        row.result(QUALITY),
        String.format(
            Locale.ROOT,
            "%s: %,d bytes, %s µs, Recall@10 %s, NDCG@10 %s (%s)",
            row.asked().name(),
            row.bytes(),
            row.found().path("timing").path("click.median").asText(),
            row.found().path("result").path("recall@10").asText(),
            row.found().path("result").path(QUALITY).asText(),
            interval(row.found(), QUALITY)),
        filled);
  }

  /** Accuracy against the values that rows give one key, evenly spaced in the grid's order. */
  private String effect() {
    List<String> values =
        grid.rows().stream()
            .map(row -> row.settings().get(grid.x()))
            .filter(Objects::nonNull)
            .distinct()
            .toList();
    Map<String, List<Sweep.Row>> kinds =
        grid.series().isEmpty() ? Map.of("students", measured) : kinds();
    List<ScatterChart.Series> series = new ArrayList<>();
    kinds.forEach(
        (kind, rows) ->
            series.add(
                new ScatterChart.Series(
                    kind,
                    rows.stream()
                        .filter(row -> row.asked().settings().containsKey(grid.x()))
                        .map(row -> point(row, place(row, values), true))
                        .sorted(Comparator.comparingDouble(ScatterChart.Point::x))
                        .toList(),
                    true)));
    return new ScatterChart(
            title() + ": effect of " + grid.x(),
            new ScatterChart.Axis(grid.x(), values),
            ACCURACY,
            series,
            ScatterChart.Line.NONE,
            List.of())
        .draw();
  }

  private int place(Sweep.Row row, List<String> values) {
    return values.indexOf(row.asked().settings().getOrDefault(grid.x(), ""));
  }
}
