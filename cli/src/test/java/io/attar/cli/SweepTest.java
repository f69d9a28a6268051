package io.attar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;

/** A sweep over a shop of a few items: its numbers, its picks, and that it goes on after a kill. */
final class SweepTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SMALL = "codebooks=2-codewords=16";
  private static final String LARGE = "codebooks=4-codewords=16";

  /** Three of four rows: 16 codewords of one codebook are fewer than the shop's items. */
  private static final String[] GRID = {
    "title: Codebooks",
    "description: More of them say more.",
    "x: student.codebooks",
    "settings: {student.epochs: 1}",
    "axes: {student.codebooks: [1, 2, 4], student.codewords: [16]}",
    "rows:",
    "  - name: all alike",
    "    settings: {student.repeatHead: false}"
  };

  @TempDir static Path folder = Path.of("");

  private static Path data = Path.of("");
  private static Path work = Path.of("");
  private static Path grid = Path.of("");
  private static Path out = Path.of("");
  private static Attar.Outcome swept = new Attar.Outcome(-1, "", "");

  @BeforeAll
  static void sweep() throws IOException {
    data = folder.resolve("data");
    work = folder.resolve("work");
    out = folder.resolve("sweep");
    grid = Attar.file(folder, "grid.yaml", GRID);
    Attar.run("prepare", Attar.shop(folder), "--out", data).succeeded();
    swept = sweep(work, out).succeeded();
  }

  private static Object[] words(Path work, Path out, Object... more) {
    List<Object> words =
        new ArrayList<>(List.of("sweep", data, "--work", work, "--grid", grid, "--out", out));
    words.addAll(Attar.TINY);
    words.addAll(Arrays.asList(more));
    return words.toArray();
  }

  private static Attar.Outcome sweep(Path work, Path out, Object... more) {
    return Attar.run(words(work, out, more));
  }

  private static Path model(Path out, String row) {
    return out.resolve("rows").resolve(row).resolve("student.attar");
  }

  private static Path found(Path out, String row) {
    return out.resolve("rows").resolve(row).resolve("row.json");
  }

  private static JsonNode json() throws IOException {
    return JSON.readTree(out.resolve("sweep.json").toFile());
  }

  @Test
  void itSaysWhatItDidAndWhatComesNext() {
    assertThat(swept.err())
        .contains("train: the teacher", "row 1 of 4: codebooks=1 codewords=16: refused")
        .contains("row 2 of 4: codebooks=2 codewords=16", "row 4 of 4: all alike");
    assertThat(swept.out())
        .contains("codebooks=1 codewords=16         refused: fewer codes than items")
        .contains("teacher ", "own items by count", "xnew R@10", "µs a click", "size")
        .contains("--max-bytes", "Next: attar inspect " + model(out, SMALL));
  }

  @Test
  void everyNumberIsOfTheFileAsItShips() throws IOException {
    for (JsonNode row : json().path("rows")) {
      if (row.has("refused")) {
        continue;
      }
      Path model = model(out, row.path("name").asText().replace(' ', '-'));
      ObjectNode alone =
          (ObjectNode)
              JSON.readTree(
                  Attar.runTiny("evaluate", model, "--data", data, "--json", "-")
                      .succeeded()
                      .out());
      alone.remove(List.of("name", "unit", "data", "bootstrap", "provenance", "rules", "timing"));
      assertThat(row.path("result")).isEqualTo(alone);
      assertThat(row.path("result").path("bytes").asLong()).isEqualTo(Files.size(model));
      assertThat(row.path("timing").path("click.median").asDouble()).isPositive();
      assertThat(row.path("timing").path("click.p99").asDouble()).isPositive();
      assertThat(row.path("training").path("quality").path("ndcg@10").asDouble()).isPositive();
      assertThat(row.path("timesSmaller").asDouble())
          .isCloseTo(
              json().path("teacher").path("training").path("parameterBytes").asDouble()
                  / row.path("result").path("bytes.withoutItemIds").asDouble(),
              org.assertj.core.api.Assertions.within(0.01));
    }
  }

  @Test
  void theStudentsAreThoseOfDistill() throws IOException {
    Path alone = folder.resolve("alone.attar");
    Attar.runTiny("distill", data, "--work", work, "--out", alone).succeeded();
    assertThat(alone).hasSameBinaryContentAs(model(out, SMALL));
    Attar.runTiny(
            "distill", data, "--work", work, "--out", alone, "--set", "student.repeatHead=false")
        .succeeded();
    assertThat(alone).hasSameBinaryContentAs(model(out, "all-alike"));
  }

  @Test
  void theReportHoldsTeacherFloorRowsAndWhereTheyComeFrom() throws IOException {
    JsonNode json = json();
    assertThat(json.path("title").asText()).startsWith("Codebooks, ");
    assertThat(json.path("command").asText())
        .startsWith("attar sweep data --work work --grid grid.yaml --out sweep --set teacher.dim")
        .doesNotContain(folder.toString());
    assertThat(json.path("seed").asLong()).isEqualTo(1);
    assertThat(json.path("origin").path("commit").asText()).isNotEmpty();
    assertThat(json.path("origin").path("cores").asInt()).isPositive();
    assertThat(json.path("configuration").path("teacher.dimension").asInt()).isEqualTo(8);
    assertThat(json.path("data").path("cases").asLong()).isPositive();
    assertThat(json.path("teacher").path("result").path("ndcg@10").isNumber()).isTrue();
    assertThat(json.path("teacher").path("timing").path("click.median").isNumber()).isTrue();
    assertThat(json.path("floor").path("name").asText()).startsWith("own items by count");
    assertThat(json.path("floor").path("recall@10.xnew").asDouble()).isZero();
    assertThat(json.path("rows")).hasSize(4);
    assertThat(json.path("rows").path(0).path("refused").asText())
        .isEqualTo("fewer codes than items");
    assertThat(json.path("rows").path(2).path("settings").path("student.codebooks").asText())
        .isEqualTo("4");
    // The best is on both fronts, whatever it costs.
    double best = 0;
    for (JsonNode row : json.path("rows")) {
      best = Math.max(best, row.path("training").path("quality").path("ndcg@10").asDouble());
    }
    for (JsonNode row : json.path("rows")) {
      if (row.path("training").path("quality").path("ndcg@10").asDouble() == best) {
        assertThat(row.path("front").toString()).isEqualTo("[\"size\",\"speed\"]");
      }
    }
    String page = Files.readString(out.resolve("sweep.md"), StandardCharsets.UTF_8);
    assertThat(page)
        .contains("# Codebooks, ", "More of them say more.", "| teacher |", "| own items by count")
        .contains("| codebooks=1 codewords=16 | refused: fewer codes than items |")
        .contains("attar sweep data", "(effect.svg)")
        .doesNotContain(folder.toString());
    assertThat(page.lines().filter(line -> line.startsWith("| all alike |"))).hasSize(2);
    // Every row of a table has as many cells as its head.
    int cells = 0;
    for (String line : page.lines().toList()) {
      int own = line.startsWith("|") ? line.split("\\|", -1).length : 0;
      assertThat(own).as(line).isIn(cells == 0 ? own : cells, 0);
      cells = own;
    }
  }

  @Test
  void thePicturesAreWellFormedAndNameEachPoint() throws Exception {
    for (String name : List.of("front.svg", "latency.svg", "effect.svg")) {
      Document picture =
          DocumentBuilderFactory.newInstance()
              .newDocumentBuilder()
              .parse(out.resolve(name).toFile());
      List<String> titles = new ArrayList<>();
      var nodes = picture.getElementsByTagName("title");
      for (int i = 0; i < nodes.getLength(); i++) {
        titles.add(nodes.item(i).getTextContent());
      }
      // A row that says nothing of the key has no place in the picture of its effect.
      assertThat(titles.stream().anyMatch(title -> title.startsWith("all alike: ")))
          .as(name)
          .isEqualTo(!name.equals("effect.svg"));
      assertThat(titles)
          .as(name)
          .anyMatch(title -> title.startsWith("codebooks=4 codewords=16: "))
          .noneMatch(title -> title.startsWith("codebooks=1"));
    }
  }

  @Test
  void nothingButTheResultIsLeft() throws IOException {
    try (Stream<Path> left = Files.walk(out)) {
      assertThat(
              left.filter(Files::isRegularFile)
                  .map(file -> out.relativize(file).toString().replace('\\', '/')))
          .containsExactlyInAnyOrder(
              "sweep.json",
              "sweep.md",
              "teacher.json",
              "front.svg",
              "latency.svg",
              "effect.svg",
              "report.html",
              "report-pictures/sweep-front.svg",
              "report-pictures/sweep-latency.svg",
              "report-pictures/sweep-effect.svg",
              "rows/" + SMALL + "/student.attar",
              "rows/" + SMALL + "/row.json",
              "rows/" + LARGE + "/student.attar",
              "rows/" + LARGE + "/row.json",
              "rows/all-alike/student.attar",
              "rows/all-alike/row.json");
    }
    try (Stream<Path> left = Files.list(work)) {
      assertThat(left.map(file -> file.getFileName().toString())).doesNotContain("rows");
    }
  }

  @Test
  void aKilledSweepGoesOnAndEndsInTheSameBytes() throws IOException, InterruptedException {
    Path again = folder.resolve("killed");
    Process process =
        Attar.process(
                List.of(),
                List.of("-Djava.io.tmpdir=" + folder),
                words(folder.resolve("killed.work"), again))
            .start();
    StringBuilder said = new StringBuilder();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      boolean reached = false;
      while (!reached) {
        String next = lines.readLine();
        assertThat(next).as("the sweep ended too early:%n%s", said).isNotNull();
        said.append(next).append('\n');
        reached = said.indexOf("row 3 of 4") >= 0 && String.valueOf(next).contains("epoch 0");
      }
      process.destroyForcibly();
      assertThat(process.waitFor()).as("SIGKILL").isEqualTo(128 + 9);
    }
    byte[] done = Files.readAllBytes(found(again, SMALL));
    assertThat(found(again, LARGE)).doesNotExist();
    assertThat(again.resolve("sweep.json")).doesNotExist();

    Attar.Outcome outcome = sweep(folder.resolve("killed.work"), again).succeeded();
    assertThat(outcome.err())
        .contains("row 2 of 4: codebooks=2 codewords=16: made before, used again");
    assertThat(Files.readAllBytes(found(again, SMALL))).as("not measured again").isEqualTo(done);
    for (String row : List.of(SMALL, LARGE, "all-alike")) {
      assertThat(model(again, row)).as(row).hasSameBinaryContentAs(model(out, row));
      assertThat(JSON.readTree(found(again, row).toFile()).path("result"))
          .isEqualTo(JSON.readTree(found(out, row).toFile()).path("result"));
    }
    assertThat(again.resolve("rows").resolve(LARGE).resolve("work")).doesNotExist();
  }

  @Test
  void aRowOfOtherSettingsOrAForeignFileIsMadeAnew() throws IOException {
    Path changing = folder.resolve("changing");
    copy(out, changing);
    Attar.Outcome same = sweep(work, changing).succeeded();
    assertThat(same.err().lines().filter(line -> line.contains("made before, used again")))
        .hasSize(4); // the teacher and three rows
    assertThat(same.err()).doesNotContain("student, epoch");

    Path before = found(changing, "all-alike");
    byte[] kept = Files.readAllBytes(before);
    Files.write(model(changing, SMALL), new byte[] {1, 2, 3});
    Attar.Outcome repaired = sweep(work, changing).succeeded();
    assertThat(model(changing, SMALL)).hasSameBinaryContentAs(model(out, SMALL));
    assertThat(Files.readAllBytes(before)).isEqualTo(kept);
    assertThat(repaired.err()).contains("row 3 of 4: codebooks=4 codewords=16: made before");

    Attar.Outcome other =
        sweep(work, changing, "--set", "student.softTargetWeight=0.5").succeeded();
    assertThat(other.err()).doesNotContain("row 2 of 4: codebooks=2 codewords=16: made before");
    assertThat(Files.readAllBytes(model(changing, SMALL)))
        .isNotEqualTo(Files.readAllBytes(model(out, SMALL)));
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path each : all.toList()) {
        Files.copy(each, to.resolve(from.relativize(each)));
      }
    }
  }

  @Test
  void picksAreMadeOnValidationAndCopied() throws IOException {
    Path picked = folder.resolve("picked.attar");
    long small = Files.size(model(out, SMALL));
    Attar.Outcome within =
        sweep(work, out, "--max-bytes", small, "--min-recall", 0, "--pick", picked).succeeded();
    assertThat(within.out())
        .contains("Picked for at most ", " bytes and a validation Recall@10 of at least 0.00: ")
        .contains("Next: attar inspect " + picked);
    assertThat(Files.size(picked)).isLessThanOrEqualTo(small);
    // Whatever it costs, the best; whatever it is worth, the smallest.
    String bestName = "";
    double best = -1;
    long least = Long.MAX_VALUE;
    double highest = 0;
    for (JsonNode row : json().path("rows")) {
      JsonNode quality = row.path("training").path("quality");
      if (!row.has("refused")) {
        if (quality.path("ndcg@10").asDouble() > best) {
          best = quality.path("ndcg@10").asDouble();
          bestName = row.path("name").asText();
        }
        least = Math.min(least, row.path("result").path("bytes").asLong());
        highest = Math.max(highest, quality.path("recall@10").asDouble());
      }
    }
    assertThat(sweep(work, out, "--max-bytes", 1 << 30).succeeded().out())
        .contains(": " + bestName + ", ");
    sweep(work, out, "--min-recall", 0, "--pick", picked).succeeded();
    assertThat(Files.size(picked)).isEqualTo(least);

    byte[] kept = Files.readAllBytes(picked);
    sweep(work, out, "--max-bytes", 10, "--pick", picked)
        .failedWith(1, "no student has at most 10 bytes", "the smallest has", "widen the grid");
    sweep(work, out, "--min-recall", Math.nextUp(highest), "--pick", picked)
        .failedWith(1, "no student has a validation Recall@10 of at least");
    assertThat(Files.readAllBytes(picked)).isEqualTo(kept);
  }

  @Test
  void theFrontIsWhatNoOtherRowBeats() {
    List<Sweep.Row> rows =
        List.of(row(10, 5), row(20, 4), row(30, 7), row(30, 7), row(40, 6.9), row(50, 8));
    assertThat(SweepReport.front(rows, Sweep.Row::bytes))
        .containsExactly(rows.get(0), rows.get(2), rows.get(3), rows.get(5));
    SweepPick any = new SweepPick(45L, null);
    assertThat(any.of(rows)).isSameAs(rows.get(2));
    assertThat(new SweepPick(15L, null).of(rows)).isSameAs(rows.get(0));
    assertThat(new SweepPick(null, 6.95).of(rows)).isSameAs(rows.get(2));
    assertThat(new SweepPick(60L, 6.0).of(rows)).isSameAs(rows.get(5));
  }

  private static Sweep.Row row(long bytes, double quality) {
    ObjectNode found = JSON.createObjectNode();
    found.putObject("result").put("bytes", bytes);
    found
        .putObject("training")
        .putObject("quality")
        .put("ndcg@10", quality)
        .put("recall@10", quality);
    SweepGrid.Row asked = new SweepGrid.Row("x", Map.of(), Configuration.defaults());
    return new Sweep.Row(asked, Path.of("x"), found);
  }

  @Test
  void whatIsAskedWronglyIsSaidBeforeAnyWork() throws IOException {
    Path fresh = folder.resolve("fresh");
    sweep(fresh, folder.resolve("no"), "--max-bytes", 0).failedWith(2, "--max-bytes", "at least 1");
    sweep(fresh, folder.resolve("no"), "--min-recall", 101).failedWith(2, "between 0 and 100");
    sweep(fresh, folder.resolve("no"), "--pick", folder.resolve("p")).failedWith(2, "--pick needs");
    Path bad = Attar.file(folder, "bad.yaml", "axes: {student.codebook: [3]}");
    Attar.run("sweep", data, "--work", fresh, "--grid", bad, "--out", folder.resolve("no"))
        .failedWith(2, "bad.yaml", "did you mean 'student.codebooks'?");
    assertThat(fresh).doesNotExist();
    assertThat(folder.resolve("no")).doesNotExist();
  }

  @Test
  void aGridOfTooFewCodesAloneIsRefusedBeforeTraining() throws IOException {
    Path few = Attar.file(folder, "few.yaml", "axes: {student.codebooks: [1]}");
    Path fresh = folder.resolve("few.work");
    List<Object> words = new ArrayList<>(List.of("sweep", data, "--work", fresh));
    words.addAll(List.of("--grid", few, "--out", folder.resolve("few")));
    words.addAll(Attar.TINY);
    Attar.run(words.toArray()).failedWith(2, "16^1 = 16 codes are too few");
    assertThat(fresh.resolve("teacher.attar")).doesNotExist();
  }
}
