package io.attar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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
    return Attar.run(
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
  }

  private static Map<Path, FileTime> times() throws IOException {
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

  @Test
  void whatIsDoneIsNotDoneAgain() throws IOException {
    Map<Path, FileTime> before = times();
    reproduce().succeeded();
    assertThat(times()).isEqualTo(before).hasSizeGreaterThan(10);
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
        .failedWith(2, "tables 1, 3, 4, 5");
  }
}
