package io.attar.cli;

import static j2html.TagCreator.h2;
import static j2html.TagCreator.h3;
import static j2html.TagCreator.p;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.attar.evaluation.EvaluationReport;
import io.attar.evaluation.chart.HeatMap;
import io.attar.runtime.ModelFile;
import io.attar.runtime.ModelFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** What a reproduction found, beside what the paper prints: as JSON and as a page. */
final class ReproductionPage {
  static final String JSON_FILE = "reproduction.json";

  static final List<String> MEASURES = List.of("recall@5", "ndcg@5", "recall@10", "ndcg@10");

  /** Table 4's row whose codes Figure 6 shows, as far as it has codes enough. */
  private static final String SHOWN_CODES = "codewords=32 codebooks=4";

  /** What two decimals may hide, in percent points, on each side of a difference. */
  private static final double ROUNDING = 0.01;

  private final JsonNode plan;
  private final String abridged;
  private final Invocation invocation;
  private final Map<String, Reproduction.Result> results = new LinkedHashMap<>(); // by data

  /**
   * A page without results.
   *
   * @param plan rows and printed numbers
   * @param abridged what was cut short, a sentence or two; empty when nothing was
   */
  ReproductionPage(JsonNode plan, String abridged, Invocation invocation) {
    this.plan = plan;
    this.abridged = abridged;
    this.invocation = invocation;
  }

  /** Takes what is finished on a data set, in place of what it had of it. */
  void put(Reproduction.Result result) {
    results.put(result.data(), result);
  }

  /** Writes the JSON, the page and its pictures. */
  void write(Path out, Set<Reproduction.Part> parts) throws IOException {
    EvaluationReport.write(ReportJson.text(json()), out.resolve(JSON_FILE));
    ReportPage page =
        new ReportPage(
            plan.path("title").asText(),
            "Files are scored by the runtime and rivals by the training engine, on all items");
    page.add(p(plan.path("about").asText()));
    if (!abridged.isEmpty()) {
      page.add(p(abridged));
    }
    if (parts.contains(Reproduction.Part.TABLE_1)) {
      table1(page);
    }
    for (Reproduction.Result result : results.values()) {
      page.add(h2(result.data()));
      List<String> missing = missing(result);
      if (!missing.isEmpty() && !result.rows().isEmpty()) {
        page.add(
            p(
                "Not finished yet: "
                    + String.join("; ", missing)
                    + ". The same command again goes on with them."));
      }
      if (parts.contains(Reproduction.Part.MODELS)) {
        CompressionChapter.add(page, plan.path("claims"), result.rows());
      }
      if (parts.contains(Reproduction.Part.TABLE_3)) {
        table3(page, result);
      }
      if (parts.contains(Reproduction.Part.TABLE_4)) {
        table4(page, result);
      }
      if (parts.contains(Reproduction.Part.TABLE_5)) {
        table5(page, result);
      }
      for (Map.Entry<String, Reproduction.Shown> sweep : result.sweeps().entrySet()) {
        if (!sweep.getKey().equals("table4")) {
          chapters(page, result.data() + "-" + sweep.getKey(), sweep.getValue());
        }
      }
      if (parts.contains(Reproduction.Part.FIGURE_6)) {
        figure6(page, result);
      }
    }
    page.add(
        p(
            "Made by: "
                + invocation.command()
                + ". Commit "
                + invocation.origin().commit()
                + ", "
                + invocation.origin().processor()
                + ", "
                + invocation.origin().cores()
                + " cores. Rows that another commit or machine made say so in their files."));
    page.write(out.resolve(ReportCommand.FILE));
  }

  /** Names of the plan's rows of models that a result does not have. */
  private List<String> missing(Reproduction.Result result) {
    List<String> names = new ArrayList<>();
    plan.path(Reproduction.rows(plan)).forEach(row -> names.add(row.path("name").asText()));
    result.rows().forEach(row -> names.remove(row.path("name").asText()));
    return names;
  }

  private ObjectNode json() throws IOException {
    ObjectNode root = ReportJson.object();
    root.set("paper", plan.path("paper"));
    root.put("unit", "percent");
    root.put(Reproduction.ABRIDGED, abridged);
    root.put("command", invocation.command());
    root.set("origin", ReportJson.tree(invocation.origin()));
    for (Reproduction.Result result : results.values()) {
      ObjectNode data = root.withObjectProperty("data").putObject(result.data());
      ArrayNode rows = data.putArray(Reproduction.rows(plan));
      for (ObjectNode row : result.rows()) {
        ObjectNode entry = row.deepCopy();
        entry.put("consistent", consistent(row.path("result")));
        rows.add(entry);
      }
      for (Map.Entry<String, Reproduction.Shown> sweep : result.sweeps().entrySet()) {
        data.set(sweep.getKey(), sweep(sweep.getValue().folder()));
      }
    }
    return root;
  }

  private static void chapters(ReportPage page, String name, Reproduction.Shown shown)
      throws IOException {
    SweepChapters.add(page, name, sweep(shown.folder()), shown.folder());
    if (!shown.differences().isEmpty()) {
      page.add(
          p(
              "Made before, with settings that differ from this run's: "
                  + shown.differences()
                  + "."));
    }
  }

  private static ObjectNode sweep(Path folder) throws IOException {
    return ReportJson.read(folder.resolve(SweepReport.JSON_FILE));
  }

  /** Numbers that codes and codebooks take by the paper's equation (11): M K N + M V. */
  static long numbers(int codebooks, int codewords, int items, int dimension) {
    return (long) codebooks * codewords * dimension + (long) codebooks * items;
  }

  private void table1(ReportPage page) {
    JsonNode table = plan.path("table1");
    int items = table.path("items").asInt();
    int dimension = table.path("dimension").asInt();
    JsonNode wrong = table.path("misprinted");
    List<ReportPage.Row> rows = new ArrayList<>();
    for (JsonNode codebooks : table.path("codebooks")) {
      for (JsonNode codewords : table.path("codewords")) {
        int m = codebooks.asInt();
        int k = codewords.asInt();
        long numbers = numbers(m, k, items, dimension);
        boolean misprinted =
            m == wrong.path("codebooks").asInt() && k == wrong.path("codewords").asInt();
        rows.add(
            new ReportPage.Row(
                List.of(
                    String.valueOf(m),
                    String.valueOf(k),
                    String.format(Locale.ROOT, "%,d", numbers),
                    String.format(Locale.ROOT, "%.2f", (double) items * dimension / numbers),
                    misprinted
                        ? String.format(
                            Locale.ROOT,
                            "prints %,d and %d, the numbers of 32 codewords",
                            wrong.path("numbers").asLong(),
                            wrong.path("ratio").asInt())
                        : "")));
      }
    }
    page.add(h2("Table 1: sizes by equation (11)"));
    page.add(
        ReportPage.table(
            String.format(
                Locale.ROOT,
                "%,d items of %d numbers; every code counts as one number, which packed codes need"
                    + " not take",
                items,
                dimension),
            List.of("codebooks", "codewords", "numbers", "times smaller", "the paper"),
            rows));
  }

  private void table3(ReportPage page, Reproduction.Result result) {
    List<ReportPage.Row> rows = new ArrayList<>();
    JsonNode best = plan.path("best").path(result.data());
    if (!best.isMissingNode()) {
      List<String> cells = new ArrayList<>(List.of("printed: best of each measure in the paper"));
      MEASURES.forEach(measure -> cells.add(best.path(measure).asText()));
      cells.addAll(List.of("", "", "", ""));
      rows.add(new ReportPage.Row(cells));
    }
    for (ObjectNode row : result.rows()) {
      JsonNode numbers = row.path("result");
      List<String> cells = new ArrayList<>(List.of(row.path("name").asText()));
      MEASURES.forEach(measure -> cells.add(BuildChapters.text(numbers.path(measure))));
      cells.add(BuildChapters.text(numbers.path("recall@10.new")));
      cells.add(BuildChapters.text(numbers.path("recall@10.xnew")));
      cells.add(BuildChapters.bytes(numbers.path("bytes")));
      cells.add(consistent(numbers) ? "yes" : "no");
      rows.add(new ReportPage.Row(cells, row.path("name").asText().startsWith("Attar")));
    }
    page.add(h3("Table 3: all models"));
    page.add(
        ReportPage.table(
            "Percent. possible: whether one ranking can have these four numbers (0.2891 and 0.3562"
                + " times the gain in recall bound the gain in NDCG)",
            List.of(
                "",
                "Recall@5",
                "NDCG@5",
                "Recall@10",
                "NDCG@10",
                "new Recall@10",
                "xnew Recall@10",
                "bytes",
                "possible"),
            rows));
  }

  /**
   * Whether one ranking can have these measures: between ranks 6 and 10 a hit gains 1/log2(rank+1),
   * so the gain in NDCG lies between 0.2891 and 0.3562 times that in recall, and NDCG@5 between
   * 0.3869 times Recall@5 and Recall@5.
   */
  static boolean consistent(JsonNode numbers) {
    double recall5 = numbers.path("recall@5").asDouble();
    double recall = numbers.path("recall@10").asDouble() - recall5;
    double gain5 = numbers.path("ndcg@5").asDouble();
    double gain = numbers.path("ndcg@10").asDouble() - gain5;
    return gain >= weight(10) * recall - ROUNDING
        && gain <= weight(6) * recall + ROUNDING
        && gain5 >= weight(5) * recall5 - ROUNDING
        && gain5 <= recall5 + ROUNDING;
  }

  private static double weight(int rank) {
    return Math.log(2) / Math.log(rank + 1.0);
  }

  private void table4(ReportPage page, Reproduction.Result result) throws IOException {
    Reproduction.Shown shown = result.sweeps().get("table4");
    if (shown == null) {
      return;
    }
    chapters(page, result.data() + "-table4", shown);
    JsonNode sweep = sweep(shown.folder());
    JsonNode sizes = plan.path("ratios").path(result.data());
    JsonNode printed = plan.path("table4").path(result.data());
    List<ReportPage.Row> rows = new ArrayList<>();
    for (JsonNode row : sweep.path("rows")) {
      int codebooks = value(row, "codebooks");
      int codewords = value(row, "codewords");
      JsonNode cells = printed.path(codebooks + "," + codewords);
      rows.add(
          new ReportPage.Row(
              List.of(
                  String.valueOf(codebooks),
                  String.valueOf(codewords),
                  cells.isMissingNode()
                      ? ""
                      : cells.path(0).asText() + " / " + cells.path(1).asText(),
                  row.has("refused")
                      ? "fewer codes than items"
                      : BuildChapters.text(row.at("/result/recall@5"))
                          + " / "
                          + BuildChapters.text(row.at("/result/recall@10")),
                  sizes.isMissingNode()
                      ? ""
                      : String.format(
                          Locale.ROOT,
                          "%.1f",
                          (double) sizes.path("items").asInt()
                              * sizes.path("dimension").asInt()
                              / numbers(
                                  codebooks,
                                  codewords,
                                  sizes.path("items").asInt(),
                                  sizes.path("dimension").asInt())),
                  BuildChapters.text(row.path("timesSmaller")))));
    }
    page.add(
        ReportPage.table(
            "Beside the paper: Recall@5 / Recall@10. Times smaller by equation (11) counts the table"
                + " alone, 32 bits a code; ours the whole file but its item ids",
            List.of(
                "codebooks",
                "codewords",
                "printed",
                "this run",
                "times smaller by (11)",
                "times smaller, shipped"),
            rows));
  }

  private static int value(JsonNode row, String key) {
    return row.path("name")
        .asText()
        .lines()
        .flatMap(name -> java.util.Arrays.stream(name.split(" ", -1)))
        .filter(part -> part.startsWith(key + "="))
        .mapToInt(part -> Integer.parseInt(part.substring(key.length() + 1)))
        .findFirst()
        .orElse(0);
  }

  private static void table5(ReportPage page, Reproduction.Result result) {
    List<ReportPage.Row> rows = new ArrayList<>();
    for (ObjectNode row : result.rows()) {
      rows.add(
          new ReportPage.Row(
              List.of(
                  row.path("name").asText(),
                  BuildChapters.decimal(row.at("/timing/milliseconds"), 2),
                  BuildChapters.text(row.path("seconds"))),
              row.path("name").asText().startsWith("Attar")));
    }
    page.add(h3("Table 5: time"));
    page.add(
        ReportPage.table(
            "Milliseconds for "
                + Reproduction.TIMED_SESSIONS
                + " sessions, all clicks taken and all items ranked, on one thread where the method"
                + " itself has but one, "
                + timed(result.rows())
                + "; seconds of training (of the last run, where it was stopped)",
            List.of("", "milliseconds", "training, seconds"),
            rows));
  }

  /** How the milliseconds of rows came about. */
  static String timed(List<ObjectNode> rows) {
    Set<String> runs = new HashSet<>();
    for (ObjectNode row : rows) {
      runs.add(row.at("/timing/inTurns").asText());
      row.path("searches").forEach(search -> runs.add(search.at("/timing/inTurns").asText()));
    }
    return runs.size() == 1 && !runs.contains("")
        ? "all timed in turns in one run"
        : "each timed when it was measured, beside what else ran then";
  }

  private static void figure6(ReportPage page, Reproduction.Result result) throws IOException {
    Reproduction.Shown shown = result.sweeps().get("table4");
    if (shown == null) {
      return;
    }
    page.add(h3("Figure 6: use of the codewords"));
    JsonNode measured = ReportJson.object();
    for (JsonNode row : sweep(shown.folder()).path("rows")) {
      if (row.path("name").asText().equals(SHOWN_CODES)) {
        measured = row;
      }
    }
    if (measured.has("refused")) {
      page.add(p("4 codebooks of 32 codewords are not enough for these items: no such student."));
      return;
    }
    Path model =
        shown
            .folder()
            .resolve("rows")
            .resolve(SweepGrid.folder(SHOWN_CODES))
            .resolve(Sweep.MODEL_FILE);
    byte[] bytes = Files.isRegularFile(model) ? ModelFiles.bytes(model) : new byte[0];
    if (!measured.path("sha256").asText().equals(Fingerprint.sha256(bytes))) {
      page.add(
          p(
              "The sweep was made before, and its student of 4 codebooks of 32 codewords is not"
                  + " beside its numbers."));
      return;
    }
    try {
      ModelFile file = ModelFile.read(bytes);
      int[][] counts = HeatMap.uses(file.codes(), file.codewordCount());
      List<ReportPage.Row> rows = new ArrayList<>();
      for (int m = 0; m < counts.length; m++) {
        int least = java.util.Arrays.stream(counts[m]).min().orElse(0);
        int most = java.util.Arrays.stream(counts[m]).max().orElse(0);
        rows.add(
            new ReportPage.Row(
                List.of(String.valueOf(m + 1), String.valueOf(least), String.valueOf(most))));
      }
      page.picture(
          result.data() + "-figure-6",
          new HeatMap(
                  result.data() + ": items that use each codeword", "codebook", "codeword", counts)
              .draw(),
          ReportPage.table(
              "Items of the least and of the most used codeword",
              List.of("codebook", "least", "most"),
              rows));
    } catch (ModelFileException e) {
      throw new WorkException(model + ": " + e.getMessage(), e);
    }
  }
}
