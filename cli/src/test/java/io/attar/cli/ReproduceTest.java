package io.attar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A paper's experiments on a tiny shop. */
final class ReproduceTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir static Path folder = Path.of("");

  private static Path out = Path.of("");

  private static Attar.Outcome reproduce() {
    return reproduce(out);
  }

  private static Attar.Outcome reproduce(Path out, Object... others) {
    return run(
        others,
        "reproduce",
        "eodrec",
        folder.resolve("shop"),
        "--work",
        folder.resolve("work"),
        "--out",
        out,
        "--table",
        "1",
        "--table",
        "3",
        "--table",
        "5",
        "--set",
        "teacher.epochs=1",
        "--set",
        "teacher.dimension=8",
        "--set",
        "student.epochs=1",
        "--set",
        "student.codeEpochs=1",
        "--set",
        "table.bytes=300",
        "--set",
        "evaluation.resamples=5");
  }

  @BeforeAll
  static void run() {
    out = folder.resolve("out");
    Path clicks = Attar.shop(folder);
    Attar.runTiny("prepare", clicks, "--out", folder.resolve("shop")).succeeded();
    reproduce().succeeded();
    figure3(folder.resolve("ablation")).succeeded();
  }

  private static Map<Path, FileTime> times(Path out) throws IOException {
    Map<Path, FileTime> times = new TreeMap<>();
    try (Stream<Path> files = Files.walk(out)) {
      for (Path file : files.filter(each -> each.toString().endsWith(".json")).toList()) {
        times.put(file, Files.getLastModifiedTime(file));
      }
    }
    times.remove(out.resolve(ReproductionPage.JSON_FILE));
    return times;
  }

  @Test
  void everyRowIsMeasuredAndTimed() throws IOException {
    JsonNode rows =
        JSON.readTree(out.resolve(ReproductionPage.JSON_FILE).toFile()).at("/data/clicks/table3");
    List<String> names = new ArrayList<>();
    for (JsonNode row : rows) {
      names.add(row.path("name").asText());
      assertThat(row.at("/result/recall@10").isNumber()).as(names.toString()).isTrue();
      assertThat(row.at("/timing/milliseconds").asDouble()).isPositive();
      assertThat(row.path("consistent").asBoolean()).as(names.toString()).isTrue();
    }
    assertThat(names)
        .contains("GRU4Rec", "GRU4Rec, session-parallel", "NARM", "STAMP", "SR-GNN", "SASRec")
        .contains("NextItNet", "EODRec's teacher", "EODRec's student, codes alone")
        .contains("OD-Rec's table, semi-tensor-train", "CpRec's table, block-wise")
        .contains("Attar's student", "session kNN", "own items by count, then recency")
        .doesNotHaveDuplicates();
    String page = Files.readString(out.resolve("report.html"));
    for (String name : names) {
      assertThat(page).contains("<td>" + name.replace("'", "&#x27;") + "</td>");
    }
    assertThat(page).contains("Abridged:", "Table 1", "prints 185,600 and 11");
  }

  /** A run of hours that is stopped has a page of what is finished, whichever rows those are. */
  @Test
  void thePageOfAStoppedRunSaysWhatIsMissing() throws IOException {
    Path copy = folder.resolve("stopped");
    Path rows = copy.resolve("clicks");
    Files.createDirectories(rows);
    for (String name : List.of("GRU4Rec", "STAMP")) {
      Files.copy(out.resolve("clicks").resolve(name + ".json"), rows.resolve(name + ".json"));
    }
    // A folder where a row should go ends the run at that row.
    Files.createDirectories(rows.resolve("NARM.json").resolve("in-the-way"));
    assertThat(reproduce(copy).code()).isNotZero();
    JsonNode written =
        JSON.readTree(copy.resolve(ReproductionPage.JSON_FILE).toFile()).at("/data/clicks/table3");
    List<String> names = new ArrayList<>();
    written.forEach(row -> names.add(row.path("name").asText()));
    assertThat(names).containsExactly("GRU4Rec", "GRU4Rec, session-parallel", "STAMP");
    assertThat(Files.readString(copy.resolve("report.html")))
        .contains("Not finished yet: NARM; SR-GNN; SASRec");
  }

  @Test
  void whatIsDoneIsNotDoneAgain() throws IOException {
    Map<Path, FileTime> before = times(out);
    reproduce().succeeded();
    assertThat(times(out)).isEqualTo(before).hasSizeGreaterThan(10);
  }

  /** When every row, search and rule was timed in turns. */
  private static List<String> runs(JsonNode rows) {
    List<String> runs = new ArrayList<>();
    for (JsonNode row : rows) {
      assertThat(row.at("/timing/milliseconds").asDouble()).isPositive();
      runs.add(row.at("/timing/inTurns").asText());
      runs.addAll(runs(row.path("searches")));
    }
    return runs;
  }

  private static void assertTimedTogether(Path results, String rows) throws IOException {
    JsonNode root = JSON.readTree(results.resolve(ReproductionPage.JSON_FILE).toFile());
    List<String> runs = runs(root.at("/data/clicks/" + rows));
    assertThat(runs).hasSizeGreaterThan(9).containsOnly(runs.get(0)).doesNotContain("");
    assertThat(Files.readString(results.resolve("report.html")))
        .contains("all timed in turns in one run")
        .doesNotContain("beside what else ran");
  }

  @Test
  void allAreTimedTogetherOnRequest() throws IOException {
    JsonNode before = JSON.readTree(out.resolve("clicks/NARM.json").toFile());
    reproduce(out, "--time").succeeded();
    assertTimedTogether(out, "table3");
    JsonNode after = JSON.readTree(out.resolve("clicks/NARM.json").toFile());
    assertThat(after.path("result")).as("what was measured stays").isEqualTo(before.path("result"));
    assertThat(after.path("training")).isEqualTo(before.path("training"));
    assertThat(after.at("/timingOrigin/cores").isNumber()).isTrue();

    Path rules = out.resolve("clicks/rules.json");
    ObjectNode older = (ObjectNode) JSON.readTree(rules.toFile());
    ((ArrayNode) older.path("rows")).remove(0);
    Files.writeString(rules, older.toString());
    reproduce(out, "--time").failedWith(1, "rules.json", "another version wrote it", "remove it");
    Files.delete(rules);
  }

  private static Attar.Outcome run(Object[] others, Object... arguments) {
    List<Object> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of(others));
    return Attar.run(all.toArray());
  }

  private static Attar.Outcome compressed(Path results, Object... others) {
    return run(
        others,
        "reproduce",
        "cprec",
        folder.resolve("shop"),
        "--work",
        folder.resolve("compressed-work"),
        "--out",
        results,
        "--set",
        "teacher.epochs=1",
        "--set",
        "teacher.dimension=8",
        "--set",
        "table.bytes=1500",
        "--set",
        "evaluation.resamples=5");
  }

  @Test
  void smallerModelsStandBesideTheOneTheyAreMadeOf() throws IOException {
    Path results = folder.resolve("compressed");
    compressed(results).succeeded();
    JsonNode root = JSON.readTree(results.resolve(ReproductionPage.JSON_FILE).toFile());
    assertThat(root.path("paper").asText()).isEqualTo("cprec");
    JsonNode rows = root.at("/data/clicks/models");
    List<Long> bytes = new ArrayList<>();
    for (JsonNode row : rows) {
      bytes.add(row.at("/result/bytes").asLong());
      assertThat(row.at("/result/recall@10").isNumber()).as(row.path("name").asText()).isTrue();
      assertThat(row.at("/timing/milliseconds").asDouble()).isPositive();
    }
    // Four blocks: of eight kernels of 3 x 8 x 8 + 8 numbers are left one, two, four and four.
    long kernel = 4 * (3 * 8 * 8 + 8);
    long whole = bytes.get(0);
    assertThat(bytes.subList(1, 5))
        .containsExactly(
            whole - 7 * kernel, whole - 6 * kernel, whole - 4 * kernel, whole - 4 * kernel);
    long table = 4L * 8 * rows.path(0).at("/data/catalogueSize").asLong();
    assertThat(bytes.get(5)).isBetween(whole - table + 1000, whole - table + 1500);
    assertThat(bytes.get(6)).isEqualTo(bytes.get(5) - 4 * kernel);
    // The head has a token of 8 numbers for each of two branches more than the table has items.
    assertThat(bytes.get(7)).isEqualTo(2 * bytes.get(6) - (whole - table - 4 * kernel) + 2 * 4 * 8);
    JsonNode tree = rows.path(7);
    JsonNode exact = tree.at("/searches/0/result");
    for (String measure : List.of("recall@5", "ndcg@5", "recall@10", "ndcg@10", "recall@20")) {
      assertThat(exact.path(measure)).as(measure).isEqualTo(tree.path("result").path(measure));
    }
    assertThat(tree.at("/searches/1/result/recall@20").asDouble())
        .isLessThanOrEqualTo(exact.path("recall@20").asDouble());
    String page = Files.readString(results.resolve("report.html"));
    assertThat(page)
        .contains("The paper claims:", "4 to 8 times smaller", "Abridged:", "exact search", "1.00")
        .doesNotContain("Table 3");

    Map<Path, FileTime> before = times(results);
    compressed(results).succeeded();
    assertThat(times(results)).isEqualTo(before);
    assertThat(page).contains("beside what else ran then");
    compressed(results, "--time").succeeded();
    assertTimedTogether(results, "models");
  }

  private static Attar.Outcome figure3(Path results, Object... others) {
    return part("--figure", "3", results, others);
  }

  private static Attar.Outcome part(String kind, String number, Path results, Object... others) {
    List<Object> words =
        new ArrayList<>(
            List.of(
                "reproduce",
                "eodrec",
                folder.resolve("shop"),
                "--work",
                folder.resolve("work"),
                "--out",
                results,
                kind,
                number));
    for (String setting :
        List.of(
            "teacher.epochs=1",
            "teacher.dimension=8",
            "student.codebooks=2",
            "student.codewords=16",
            "evaluation.resamples=5")) {
      words.addAll(List.of("--set", setting));
    }
    words.addAll(List.of(others));
    return Attar.run(words.toArray());
  }

  /** The sweep that was run before all tests, as JSON. */
  private static ObjectNode ablation() throws IOException {
    Path run = folder.resolve("ablation").resolve("clicks").resolve("ablation");
    return (ObjectNode) JSON.readTree(run.resolve(SweepReport.JSON_FILE).toFile());
  }

  /** Writes a sweep's JSON below a folder of sweeps. */
  private static Path write(Path sweeps, String grid, JsonNode sweep) throws IOException {
    Path file = sweeps.resolve("clicks").resolve(grid).resolve(SweepReport.JSON_FILE);
    Files.createDirectories(file.getParent());
    Files.writeString(file, sweep.toString());
    return file;
  }

  @Test
  void sweepsMadeBeforeAreShownWhenTheyAreOfTheseDataAndRows() throws IOException {
    Path run = folder.resolve("ablation");
    Path shown = folder.resolve("shown");
    figure3(shown, "--sweeps", run, "--set", "seed=2").succeeded();
    JsonNode root = JSON.readTree(shown.resolve(ReproductionPage.JSON_FILE).toFile());
    assertThat(root.at("/data/clicks/ablation")).isEqualTo(ablation());
    assertThat(root.at("/data/clicks/ablation/rows")).hasSizeGreaterThan(5);
    assertThat(shown.resolve("clicks").resolve("ablation")).doesNotExist();
    assertThat(Files.readString(shown.resolve("report.html")))
        .contains("without contrastive", "<svg", "differ from this run&#x27;s: seed=1.");

    Path others = folder.resolve("other-sweeps");
    ObjectNode sweep = ablation();
    ((ObjectNode) sweep.path("data")).put("identity", "0123");
    Path file = write(others, "ablation", sweep);
    figure3(shown, "--sweeps", others).failedWith(2, file.toString(), "same data", "0123");
    sweep = ablation();
    ((ObjectNode) sweep.at("/rows/1")).put("name", "with contrastive");
    write(others, "ablation", sweep);
    figure3(shown, "--sweeps", others).failedWith(2, "it lacks without contrastive");
    sweep = ablation();
    ((ObjectNode) sweep.at("/rows/1/settings")).put("distillation.contrastiveWeight", "0.2");
    write(others, "ablation", sweep);
    figure3(shown, "--sweeps", others).failedWith(2, "it lacks without contrastive");
    Files.writeString(file, "{ \"data\":");
    figure3(shown, "--sweeps", others).failedWith(1, file.toString(), "JSON");
    figure3(shown, "--sweeps", run.resolve("mistyped")).failedWith(2, "--sweeps", "mistyped");
  }

  /** Figure 6 is of the file that was measured, or of none. */
  @Test
  void theUseOfCodesIsOfTheStudentThatWasMeasured() throws IOException {
    ObjectNode sweep = ablation();
    JsonNode full = sweep.at("/rows/0");
    ArrayNode rows = sweep.putArray("rows");
    for (int codewords : List.of(32, 128, 256, 512)) {
      for (int codebooks = 1; codebooks <= 5; codebooks++) {
        ObjectNode row = full.deepCopy();
        row.put("name", "codewords=" + codewords + " codebooks=" + codebooks);
        row.putObject("settings")
            .put("student.codewords", String.valueOf(codewords))
            .put("student.codebooks", String.valueOf(codebooks));
        rows.add(row);
      }
    }
    Path sweeps = folder.resolve("codes");
    Path shown = folder.resolve("codes-shown");
    write(sweeps, "table4", sweep);
    part("--figure", "6", shown, "--sweeps", sweeps).succeeded();
    assertThat(Files.readString(shown.resolve("report.html")))
        .contains("Figure 6", "not beside its numbers");
    Path measured =
        folder.resolve("ablation/clicks/ablation/rows").resolve("full").resolve(Sweep.MODEL_FILE);
    Path beside =
        sweeps.resolve("clicks/table4/rows/codewords=32-codebooks=4").resolve(Sweep.MODEL_FILE);
    Files.createDirectories(beside.getParent());
    Files.copy(measured, beside);
    part("--figure", "6", shown, "--sweeps", sweeps).succeeded();
    assertThat(Files.readString(shown.resolve("report.html")))
        .contains("items that use each codeword")
        .doesNotContain("not beside its numbers");
  }

  @Test
  void whatNoRankingCanHaveIsFound() throws IOException {
    // EODRec's Table 3 prints gains of NDCG that no ranking can have; own items by count can.
    assertThat(ReproductionPage.consistent(numbers(34.30, 24.59, 42.19, 27.17))).isTrue();
    assertThat(ReproductionPage.consistent(numbers(30, 20, 35, 20.42))).isFalse();
    assertThat(ReproductionPage.consistent(numbers(30, 20, 35, 22))).isFalse();
    assertThat(ReproductionPage.consistent(numbers(30, 31, 30, 31))).isFalse();
  }

  private static JsonNode numbers(double recall5, double gain5, double recall10, double gain10)
      throws IOException {
    return JSON.readTree(
        String.format(
            java.util.Locale.ROOT,
            "{\"recall@5\": %f, \"ndcg@5\": %f, \"recall@10\": %f, \"ndcg@10\": %f}",
            recall5,
            gain5,
            recall10,
            gain10));
  }

  @Test
  void sizesAreThoseOfEquationEleven() {
    assertThat(ReproductionPage.numbers(8, 32, 20_000, 100)).isEqualTo(185_600);
    assertThat(ReproductionPage.numbers(8, 8, 20_000, 100)).isEqualTo(166_400);
  }

  @Test
  void otherPapersAndPartsAreRefused() {
    Attar.run("reproduce", "odrec", folder, "--work", folder, "--out", out).failedWith(2, "eodrec");
    Attar.run("reproduce", "eodrec", folder, "--work", folder, "--out", out, "--table", "2")
        .failedWith(2, "table 1, table 3, table 4, table 5", "table 2");
    Attar.run("reproduce", "cprec", folder, "--work", folder, "--out", out, "--figure", "3")
        .failedWith(2, "models", "figure 3");
    Attar.run(
            "reproduce", "eodrec", folder, "--work", folder, "--out", out, "--table", "1", "--time")
        .failedWith(2, "--time", "--table 5");
  }
}
