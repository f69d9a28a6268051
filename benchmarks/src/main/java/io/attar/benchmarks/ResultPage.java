package io.attar.benchmarks;

import io.attar.evaluation.chart.BarChart;
import io.attar.evaluation.chart.LineChart;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;

/** What a run measured, as words, tables and pictures. */
final class ResultPage {
  static final String START = "<!-- measured: start -->";
  static final String END = "<!-- measured: end -->";

  /** Clicks in the sessions of the bar chart. */
  private static final int PICTURED_CLICKS = 20;

  private ResultPage() {}

  /** The page {@code result.md}: every number. */
  static String markdown(Report report) {
    StringBuilder out = new StringBuilder("# Performance, measured\n\n");
    out.append(machine(report.machine())).append('\n');
    out.append(targets(report));
    for (Report.Model model : report.models()) {
      line(out, "\n## %s, %s file\n", model.dataSet(), model.role());
      out.append(describe(model)).append('\n');
      out.append(timings(model));
      out.append("\n| ranking alone | median | 99 % | calls | times the runtime's |\n");
      out.append("|---|---|---|---|---|\n");
      double own = find(model.ranking(), ModelMeasurement.RUNTIME).median();
      for (Report.Timing timing : model.ranking()) {
        row(
            out,
            timing.contestant(),
            Stream.concat(Stream.of(cells(timing)), Stream.of(ratio(timing.median() / own)))
                .toArray(String[]::new));
      }
      line(out, "\nOne open session holds %,d bytes of heap.", model.sessionBytes());
    }
    out.append("\n## Synthetic shops\n\nFrom a click to the best 20 after ");
    out.append(SyntheticMeasurement.CLICKS).append(" clicks.\n\n");
    out.append("| codes | M | K | items | file bytes | | median | 99 % | calls |\n");
    out.append("|---|---|---|---|---|---|---|---|---|\n");
    for (Report.Synthetic shop : report.synthetic()) {
      for (Report.Timing timing : shop.timings()) {
        row(
            out,
            shop.codes(),
            Stream.concat(
                    Stream.of(
                        Integer.toString(shop.codebooks()),
                        Integer.toString(shop.codewords()),
                        String.format(Locale.ROOT, "%,d", shop.items()),
                        String.format(Locale.ROOT, "%,d", shop.bytes()),
                        timing.contestant()),
                    Stream.of(cells(timing)))
                .toArray(String[]::new));
      }
    }
    out.append("\n## Several sessions at once (JMH)\n\n");
    out.append("| data | file | threads | clicks answered a second | ± (99.9 %) |\n");
    out.append("|---|---|---|---|---|\n");
    for (Report.Server server : report.servers()) {
      row(
          out,
          server.dataSet(),
          server.role(),
          Integer.toString(server.threads()),
          String.format(Locale.ROOT, "%,.0f", server.clicksPerSecond()),
          String.format(Locale.ROOT, "%,.0f", server.error()));
    }
    out.append("\n## A process from start to end\n\n| program | options | median | runs |\n");
    out.append("|---|---|---|---|\n");
    for (Report.Start start : report.starts()) {
      row(
          out,
          start.program(),
          start.options(),
          BarChart.time(1e3 * start.milliseconds()),
          Integer.toString(start.runs()));
    }
    return out.toString();
  }

  /** The part of {@code docs/performance.md} between its markers. */
  static String summary(Report report) {
    StringBuilder out = new StringBuilder(machine(report.machine())).append('\n');
    out.append(targets(report));
    for (Report.Model model : report.models()) {
      out.append("\n**").append(model.dataSet()).append(", ").append(model.role());
      out.append(" file.** ");
      out.append(describe(model)).append('\n').append(timings(model));
    }
    return out.toString();
  }

  private static String targets(Report report) {
    StringBuilder out = new StringBuilder("| medians | target | measured | reached |\n");
    out.append("|---|---|---|---|\n");
    for (Targets.Row target : Targets.of(report)) {
      row(out, target.what(), target.aim(), target.measured(), target.reached());
    }
    return out.toString();
  }

  /**
   * Replaces what stands between the markers.
   *
   * @throws IllegalArgumentException when the page lacks a marker
   */
  static String fill(String page, String summary) {
    int start = page.indexOf(START);
    int end = page.indexOf(END);
    if (start < 0 || end < start) {
      throw new IllegalArgumentException(
          "the page must hold the lines '" + START + "' and '" + END + "', in this order");
    }
    return page.substring(0, start + START.length()) + "\n" + summary + page.substring(end);
  }

  /** Click to the best 20, a bar a contestant. */
  static String clickChart(Report report) {
    return BarChart.draw(
        "From a click to the best 20, "
            + PICTURED_CLICKS
            + " clicks in the session, one thread"
            + " unless named",
        groups(
            report,
            model ->
                model.timings().stream().filter(timing -> timing.clicks() == PICTURED_CLICKS)));
  }

  /** From a query vector to the best 20, a bar a contestant. */
  static String rankingChart(Report report) {
    return BarChart.draw(
        "From a query vector to the best 20, one thread",
        groups(report, model -> model.ranking().stream()));
  }

  private static List<BarChart.Group> groups(
      Report report, Function<Report.Model, Stream<Report.Timing>> timings) {
    List<BarChart.Group> groups = new ArrayList<>();
    for (Report.Model model : report.models()) {
      groups.add(
          new BarChart.Group(
              String.format(
                  Locale.ROOT,
                  "%s, %s file: %s, %,d items, M=%d, K=%d",
                  model.dataSet(),
                  model.role(),
                  model.encoder(),
                  model.items(),
                  model.codebooks(),
                  model.codewords()),
              timings
                  .apply(model)
                  .sorted(Comparator.comparingDouble(Report.Timing::median))
                  .map(
                      timing ->
                          new BarChart.Bar(
                              timing.contestant(),
                              timing.median(),
                              timing.contestant().equals(ModelMeasurement.RUNTIME)))
                  .toList()));
    }
    return groups;
  }

  /**
   * Time against number of items, a line a kind of codes; the plain scan and the floor, which
   * depend on the numbers of codes alone, for the clustered ones.
   */
  static String itemsChart(Report report) {
    Map<String, TreeMap<Integer, Report.Synthetic>> kinds = new LinkedHashMap<>();
    for (Report.Synthetic shop : report.synthetic()) {
      String kind =
          String.format(
              Locale.ROOT,
              "M=%d, K=%d, %s",
              shop.codebooks(),
              shop.codewords(),
              shop.codes().startsWith(SyntheticMeasurement.RESAMPLED)
                  ? "as trained"
                  : shop.codes());
      kinds.computeIfAbsent(kind, name -> new TreeMap<>()).put(shop.items(), shop);
    }
    List<LineChart.Line> lines = new ArrayList<>();
    int colour = 0;
    for (Map.Entry<String, TreeMap<Integer, Report.Synthetic>> kind : kinds.entrySet()) {
      List<Report.Synthetic> shops = List.copyOf(kind.getValue().values());
      lines.add(itemsLine(kind.getKey(), shops, ModelMeasurement.RUNTIME, colour, ""));
      if (shops.get(0).codes().equals(SyntheticMeasurement.CLUSTERED)) {
        String scan = kind.getKey() + ": every item scored";
        lines.add(itemsLine(scan, shops, ScanContestant.NAME, colour, "7 4"));
        lines.add(itemsLine(kind.getKey() + ": floor", shops, Floor.WHOLE, colour, "2 3"));
      }
      colour++;
    }
    return LineChart.draw("Click to the best 20 against number of items, one thread", lines);
  }

  private static LineChart.Line itemsLine(
      String label, List<Report.Synthetic> shops, String contestant, int colour, String dashes) {
    return new LineChart.Line(
        label,
        shops.stream().map(Report.Synthetic::items).toList(),
        shops.stream().map(shop -> find(shop.timings(), contestant).median()).toList(),
        colour,
        dashes);
  }

  private static String machine(Machine machine) {
    return String.format(
        Locale.ROOT,
        "%s, %d cores, %.0f GiB, %s. Java %s. ONNX Runtime %s. Commit `%s`, %s.%n",
        machine.processor(),
        machine.cores(),
        machine.memoryBytes() / 0x1p30,
        machine.operatingSystem(),
        machine.java(),
        machine.onnxRuntime(),
        machine.commit(),
        machine.date());
  }

  private static String describe(Report.Model model) {
    return String.format(
        Locale.ROOT,
        "%,d items, N=%d, M=%d, K=%d, %s encoder, %,d bytes, %,d of them item table. Tensor-train:"
            + " %s. %,d lists of 20 were compared with the runtime's before timing: equal but for"
            + " %,d places where scores tie.%n",
        model.items(),
        model.dimension(),
        model.codebooks(),
        model.codewords(),
        model.encoder(),
        model.bytes(),
        model.tableBytes(),
        model.tensorTrain(),
        model.listsCompared(),
        model.placesTied());
  }

  /** A table: a row a contestant, two columns a session length. */
  private static String timings(Report.Model model) {
    List<Integer> lengths =
        model.timings().stream().map(Report.Timing::clicks).distinct().sorted().toList();
    StringBuilder out = new StringBuilder("| click to the best 20, median (99 %) |");
    lengths.forEach(clicks -> out.append(' ').append(clicks).append(" clicks |"));
    out.append(" times the runtime's |\n|---|");
    lengths.forEach(clicks -> out.append("---|"));
    out.append("---|\n");
    for (String contestant :
        model.timings().stream().map(Report.Timing::contestant).distinct().toList()) {
      List<String> cells = new ArrayList<>();
      double low = Double.MAX_VALUE;
      double high = 0;
      for (int clicks : lengths) {
        Report.Timing timing = find(model, contestant, clicks);
        Double tail = timing.percentile99();
        cells.add(
            BarChart.time(timing.median())
                + (tail == null ? "" : " (" + BarChart.time(tail) + ")"));
        double ratio = timing.median() / find(model, ModelMeasurement.RUNTIME, clicks).median();
        low = Math.min(low, ratio);
        high = Math.max(high, ratio);
      }
      cells.add(ratio(low) + (ratio(low).equals(ratio(high)) ? "" : " to " + ratio(high)));
      row(out, contestant, cells.toArray(String[]::new));
    }
    return out.toString();
  }

  /** How many times one time is another. */
  static String ratio(double value) {
    return String.format(Locale.ROOT, value < 10 ? "%.1f" : "%,.0f", value);
  }

  private static Report.Timing find(Report.Model model, String contestant, int clicks) {
    return find(
        model.timings().stream().filter(timing -> timing.clicks() == clicks).toList(), contestant);
  }

  private static Report.Timing find(List<Report.Timing> timings, String contestant) {
    return timings.stream()
        .filter(timing -> timing.contestant().equals(contestant))
        .findFirst()
        .orElseThrow();
  }

  private static String[] cells(Report.Timing timing) {
    Double tail = timing.percentile99();
    return new String[] {
      BarChart.time(timing.median()),
      tail == null ? "" : BarChart.time(tail),
      String.format(Locale.ROOT, "%,d", timing.calls())
    };
  }

  private static void row(StringBuilder out, String first, String... cells) {
    out.append("| ").append(first).append(" |");
    for (String cell : cells) {
      out.append(' ').append(cell).append(" |");
    }
    out.append('\n');
  }

  private static void line(StringBuilder out, String format, Object... values) {
    out.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
