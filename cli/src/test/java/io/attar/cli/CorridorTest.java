package io.attar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.attar.data.SimulatedShop;
import io.attar.data.SimulatedShopOptions;
import io.attar.runtime.Recommender;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a click log to recommendations, and every command on the way. */
final class CorridorTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir static Path folder = Path.of("");

  private static Path clicks = Path.of("");
  private static Path model = Path.of("");
  private static Path report = Path.of("");
  private static Attar.Outcome built = new Attar.Outcome(-1, "", "");

  @BeforeAll
  static void build() {
    clicks = Attar.shop(folder);
    model = folder.resolve("shop.attar");
    report = folder.resolve("report");
    built = Attar.runTiny("build", clicks, "--out", model, "--report", report);
    built.succeeded();
  }

  private static Path data() {
    return folder.resolve("shop.attar.work").resolve("data");
  }

  @Test
  void buildTellsWhatItDid() {
    assertThat(built.out())
        .contains("clicks read", "dropped by minimumItemCount", "validation", "Recall@10")
        .contains("teacher ", "student ", "session kNN", "µs a click")
        .contains("prepare ", "train ", "distill ", "evaluate ", " s   peak memory ")
        .contains("times smaller", "Next: attar recommend");
    assertThat(built.err())
        .contains("prepare: ", "train: ", "distill: ", "evaluate: ", "epoch 1", "parity gate");
  }

  @Test
  void speedSaysWhereTheTimeGoes() {
    Attar.Outcome outcome = Attar.runTiny("speed", data(), "--steps", "2").succeeded();
    for (String stage : List.of("teacher, ", "student, ")) {
      for (String encoder : List.of("weighted-mean", "self-attention")) {
        assertThat(outcome.out())
            .containsPattern(stage + encoder + ": \\d+\\.\\d s \\([1-9][\\d,]* prefixes timed\\)");
      }
    }
    assertThat(outcome.out()).contains("softmax loss", "matrix products alone", "times as long");
    Attar.run("speed", data(), "--steps", "0").failedWith(2, "--steps must be at least 1: 0");
  }

  @Test
  void theReportHoldsTheModelAndTheNumbers() throws IOException {
    assertThat(report.resolve("student.attar")).hasSameBinaryContentAs(model);
    JsonNode json = JSON.readTree(report.resolve("report.json").toFile());
    for (String key :
        List.of("recall@10", "ndcg@10", "recall@10.repeat", "recall@10.new", "recall@10.xnew")) {
      assertThat(json.path(key).isNumber()).as(key).isTrue();
      assertThat(json.path("teacher").path(key).isNumber()).as("teacher " + key).isTrue();
      assertThat(json.path("rules").path("session kNN").path(key).isNumber()).as(key).isTrue();
    }
    assertThat(json.path("bytes").asLong()).isEqualTo(Files.size(model));
    assertThat(json.path("command").asText()).startsWith("attar build ");
    assertThat(json.at("/origin/cores").asInt()).isPositive();
    long cases = 0;
    for (JsonNode group : json.at("/groups/popularity")) {
      cases += group.path("cases").asLong();
    }
    assertThat(cases).isEqualTo(json.path("cases").asLong());
    assertThat(json.path("compression").path("teacherParameterBytes").asLong()).isPositive();
    for (String stage : List.of("prepare", "train", "distill", "evaluate")) {
      JsonNode took = json.path("stages").path(stage);
      assertThat(took.path("seconds").asDouble()).as(stage).isPositive();
      assertThat(took.has("peakResidentBytes")).as(stage).isTrue();
      if (Files.exists(Path.of("/proc/self/status"))) {
        assertThat(took.path("peakResidentBytes").asLong()).as(stage).isGreaterThan(50L << 20);
      }
    }
    assertThat(Files.readString(report.resolve("report.md"), StandardCharsets.UTF_8))
        .contains("## The build", "| distill |", "attar evaluate student.attar --data FOLDER")
        .doesNotContain(folder.toString());
  }

  @Test
  void evaluateGivesTheReportedNumbersAgain() throws IOException {
    Attar.Outcome again =
        Attar.runTiny(
                "evaluate",
                report.resolve("student.attar"),
                "--data",
                data(),
                "--json",
                "-",
                "--threads",
                "1")
            .succeeded();
    ObjectNode found = (ObjectNode) JSON.readTree(again.out()); // nothing but JSON on the output
    ObjectNode reported = (ObjectNode) JSON.readTree(report.resolve("report.json").toFile());
    found.remove("timing");
    reported.remove(
        List.of("timing", "stages", "compression", "teacher", "training", "command", "origin"));
    assertThat(found).isEqualTo(reported);
  }

  @Test
  void aRuleShipsAsAFileThatScoresAsTheRule() throws IOException {
    Path rule = folder.resolve("rules/own.attar");
    Attar.runTiny("rule", data(), "--rule", "own-items", "--out", rule).succeeded();
    Attar.Outcome measured =
        Attar.runTiny("evaluate", rule, "--data", data(), "--json", "-").succeeded();
    JsonNode found = JSON.readTree(measured.out());
    JsonNode wanted = found.at("/rules/own items by count, then recency");
    for (String key : List.of("recall@10.repeat", "ndcg@10.repeat")) {
      assertThat(found.path(key).asDouble()).as(key).isEqualTo(wanted.path(key).asDouble());
    }
    assertThat(found.at("/provenance/role").asText()).isEqualTo("rule");
    Path neighbours = folder.resolve("rules/neighbours.attar");
    Attar.Outcome written =
        Attar.runTiny(
                "rule",
                data(),
                "--rule",
                "item-knn",
                "--own-items-first",
                "--max-bytes",
                6500,
                "--out",
                neighbours)
            .succeeded();
    assertThat(written.out()).contains("bytes", "Next: attar evaluate");
    assertThat(Files.size(neighbours)).isBetween(Files.size(rule), 6500L);
    assertThat(Attar.run("inspect", neighbours).succeeded().out())
        .contains("item table              neighbours", "DENS     neighbours");
    Attar.run("rule", data(), "--rule", "item-nn", "--out", rule)
        .failedWith(2, "--rule must be one of own-items", "item-nn; did you mean 'item-knn'?");
    Attar.run("rule", data(), "--rule", "own-items", "--max-bytes", "0", "--out", rule)
        .failedWith(2, "--max-bytes must be at least 1: 0");
    Attar.run("rule", data(), "--rule", "own-items", "--max-bytes", "9", "--out", rule)
        .failedWith(2, "more than the 9 allowed");
  }

  @Test
  void evaluateWritesFilesAndMeasuresTheTeacher() throws IOException {
    Path json = folder.resolve("evaluation/found.json");
    Path page = folder.resolve("evaluation/found.md");
    Path teacher = folder.resolve("shop.attar.work/teacher.attar");
    Attar.Outcome outcome =
        Attar.runTiny(
                "evaluate",
                model,
                "--data",
                data(),
                "--json",
                json,
                "--markdown",
                page,
                "--teacher",
                teacher)
            .succeeded();
    assertThat(outcome.out()).contains("student", "teacher", "xnew R@10").doesNotContain("%%");
    assertThat(JSON.readTree(json.toFile()).path("teacher").path("recall@10"))
        .isEqualTo(
            JSON.readTree(report.resolve("report.json").toFile())
                .path("teacher")
                .path("recall@10"));
    assertThat(page).content().contains("| student |", "| teacher |");
  }

  @Test
  void thePageShowsWhatWasMeasuredAndLoadsNothing() throws Exception {
    String page = Files.readString(report.resolve("report.html"));
    JsonNode json = JSON.readTree(report.resolve("report.json").toFile());
    assertThat(page)
        .startsWith("<!DOCTYPE html>")
        .contains("<td>session kNN</td>")
        .contains(json.get("ndcg@10").asText() + " [" + json.at("/intervals/ndcg@10/0").asText())
        .contains("teacher, weighted-mean, epoch 1: ", "student, epoch 0: ")
        .contains("Accuracy by clicks of the prefix", "Accuracy by popularity of the target")
        .contains("entropy, bits", "codes (CODE)", json.at("/data/identity").asText())
        .doesNotContain("<script", "src=", "url(", "@import", "<link")
        .doesNotContain(folder.toString());
    assertThat(page.replace("http://www.w3.org/2000/svg", "")).doesNotContain("http:", "https:");
    try (Stream<Path> pictures = Files.list(report.resolve("report-pictures"))) {
      List<Path> all = pictures.sorted().toList();
      assertThat(all).hasSize(6);
      for (Path picture : all) {
        DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(picture.toFile());
        assertThat(page).as("%s", picture).contains(Files.readString(picture));
      }
    }
  }

  @Test
  void aPageOfSeveralFoldersNamesEachPictureOnce() throws IOException {
    Path page = folder.resolve("pages/both.html");
    Attar.run("report", report, report, "--out", page).succeeded();
    assertThat(page).isRegularFile();
    try (Stream<Path> pictures = Files.list(folder.resolve("pages/both-pictures"))) {
      assertThat(pictures).hasSize(12);
    }
  }

  @Test
  void aFolderWithoutNumbersIsRefused() {
    Attar.run("report", folder.resolve("nothing"))
        .failedWith(1, "report.json", "sweep.json", "nothing");
  }

  @Test
  void whatOthersWroteIsTextOnAPage() {
    ReportPage page = new ReportPage("<script>");
    page.add(
        ReportPage.table(
            "a & b", List.of("<i>"), List.of(new ReportPage.Row(List.of("<b>\"'&</b>")))));
    assertThat(page.text())
        .contains("&lt;script&gt;", "a &amp; b", "&lt;i&gt;", "&lt;b&gt;")
        .doesNotContain("<script>", "<b>");
  }

  @Test
  void evaluatingOnOtherDataIsSaid() throws IOException {
    Path other = folder.resolve("other-data");
    Attar.run("prepare", clicks, "--out", other, "--minimum-session-length", "3").succeeded();
    assertThat(Attar.runTiny("evaluate", model, "--data", other).succeeded().err())
        .contains("was made from other data");
    assertThat(Attar.runTiny("evaluate", model, "--data", data()).succeeded().err())
        .doesNotContain("other data");
  }

  @Test
  void stepByStepEndsInTheSameBytes() throws IOException {
    Path data = folder.resolve("steps");
    Path work = folder.resolve("steps.work");
    Path out = folder.resolve("steps.attar");
    assertThat(Attar.run("prepare", clicks, "--out", data).succeeded().out())
        .contains("Next: attar train");
    assertThat(Attar.runTiny("train", data, "--work", work).succeeded().out())
        .contains("validation: Recall@10", "Next, with the same settings: attar distill");
    assertThat(Attar.runTiny("distill", data, "--work", work, "--out", out).succeeded().out())
        .contains("model file", "Next: attar evaluate");
    assertThat(out).hasSameBinaryContentAs(model);
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left.filter(path -> path.toString().endsWith(".tmp"))).isEmpty();
    }
  }

  @Test
  void buildingAgainUsesWhatIsThereAndSaysSo() throws IOException {
    Path again = folder.resolve("again.attar");
    Path work = folder.resolve("shop.attar.work");
    Attar.Outcome outcome =
        Attar.runTiny("build", clicks, "--out", again, "--work", work).succeeded();
    assertThat(outcome.err())
        .contains("prepared before, used again", "teacher: made before, used again");
    assertThat(outcome.out()).contains("An earlier run had done some of the work");
    assertThat(again).hasSameBinaryContentAs(model);
  }

  @Test
  void aChangedLogIsPreparedAnew() throws IOException {
    Path log = folder.resolve("changing.csv");
    Files.copy(clicks, log);
    Path work = folder.resolve("changing.work");
    Path out = folder.resolve("changing.attar");
    Attar.runTiny("build", log, "--out", out, "--work", work).succeeded();
    List<String> lines = Files.readAllLines(log, StandardCharsets.UTF_8);
    Files.write(log, lines.subList(0, lines.size() - 200), StandardCharsets.UTF_8);
    Attar.Outcome outcome = Attar.runTiny("build", log, "--out", out, "--work", work).succeeded();
    assertThat(outcome.err()).doesNotContain("used again");
    assertThat(out.toFile().length()).isPositive();
    assertThat(Files.readAllBytes(out)).isNotEqualTo(Files.readAllBytes(model));
  }

  @Test
  void recommendRanksAsTheRuntimeDoes() throws IOException {
    Recommender shop = Recommender.open(Files.readAllBytes(model));
    String first = shop.itemId(3);
    String second = shop.itemId(5);
    Attar.Outcome outcome =
        Attar.run("recommend", model, first, "no-such-item", second, "--count", "4").succeeded();
    var visit = shop.newSession();
    visit.click(first);
    visit.click(second);
    assertThat(outcome.out().lines().map(line -> line.split("\t", -1)[1]))
        .containsExactlyElementsOf(visit.top(4).itemIds());
    assertThat(outcome.err()).contains("does not know the item 'no-such-item'");
    assertThat(Attar.run("recommend", model, first, "--unseen", "--count", "90").out())
        .doesNotContain("\t" + first + "\t");
    Attar.Outcome popular = Attar.run("recommend", model, "--count", "1").succeeded();
    assertThat(popular.out()).contains("\t" + shop.itemId(shop.popularItem(0)) + "\t");
    assertThat(popular.err()).contains("popular items");
  }

  @Test
  void inspectAccountsForEveryByte() throws IOException {
    String said = Attar.run("inspect", model).succeeded().out();
    assertThat(said)
        .contains("compositional codes", "2 of 16 codewords", "dimension               8")
        .contains("\"role\" : \"student\"", "\"seed\" : 1")
        .contains("format version 3", "an item");
    // Every section in bytes an item, to two places.
    Recommender shop = Recommender.open(Files.readAllBytes(model));
    assertThat(said.lines().filter(line -> line.startsWith("MODL")).findFirst().orElseThrow())
        .contains(String.format(Locale.ROOT, " %.2f ", 15.0 / shop.itemCount()));
    long sum =
        said.lines()
            .filter(line -> line.endsWith("%"))
            .mapToLong(
                line ->
                    Long.parseLong(
                        line.replaceAll(".* ([0-9,]+) +[0-9.]+ +[0-9.]+ %$", "$1")
                            .replace(",", "")))
            .sum();
    assertThat(sum).isEqualTo(Files.size(model));
  }

  @Test
  void inspectShowsDenseRowsBiasesAndProductCodes() {
    String said =
        Attar.run(
                "inspect",
                "../runtime/src/test/resources/golden/version-3-product-codes-dense-rows-biases.attar")
            .succeeded()
            .out();
    assertThat(said)
        .contains("item table              product codes", "3 of 5 codewords")
        .contains("items with dense rows   5", "item biases             yes");
    // A type, two lengths, then five rows of nine numbers and their scales; 24 numbers and a scale.
    assertThat(said.lines().map(line -> line.replaceAll(" +", " ")))
        .anyMatch(line -> line.startsWith("DENS item vectors 74 "))
        .anyMatch(line -> line.startsWith("BIAS item biases 37 "));
  }

  @Test
  void inspectNamesARepeatNetwork() {
    String said =
        Attar.run(
                "inspect",
                "../runtime/src/test/resources/golden/version-3-codes-repeat-network.attar")
            .succeeded()
            .out();
    // Three numbers; three tensors of a type and two lengths: (5, 32), (1, 4) and (1, 9).
    assertThat(said.lines().map(line -> line.replaceAll(" +", " ")))
        .anyMatch(line -> line.startsWith("RNET repeat network 722 "))
        .noneMatch(line -> line.startsWith("RPTH"));
  }

  @Test
  void aFolderOfWholeSessionsIsMeasuredAsItWasBuilt() throws IOException {
    Path sessions = WholeSessions.write(folder.resolve("whole"));
    Path out = folder.resolve("whole.attar");
    Path found = folder.resolve("whole-report");
    Attar.runTiny("build", sessions, "--out", out, "--report", found).succeeded();
    Attar.Outcome again =
        Attar.runTiny("evaluate", out, "--data", sessions, "--json", "-").succeeded();
    assertThat(again.err()).doesNotContain("other data");
    ObjectNode measured = (ObjectNode) JSON.readTree(again.out());
    ObjectNode reported = (ObjectNode) JSON.readTree(found.resolve("report.json").toFile());
    measured.remove("timing");
    reported.remove(
        List.of("timing", "stages", "compression", "teacher", "training", "command", "origin"));
    assertThat(measured).isEqualTo(reported);
  }

  @Test
  void quickstartEndsWithARecommendationAndTheNextStep() throws IOException {
    Path work = Files.createDirectories(folder.resolve("quick"));
    // A log that is there already is used again, so this one stands in for the full-size shop.
    new SimulatedShop(SimulatedShopOptions.defaults().withSize(90, 6, 700))
        .write(work.resolve("simulated-shop.csv.gz"));
    Attar.Outcome outcome = Attar.runTiny("quickstart", "--work", work).succeeded();
    Path made = work.resolve("shop.attar");
    assertThat(outcome.out())
        .contains("teacher ", "student ", "session kNN", "Recall@10", "µs a click")
        .contains("attar recommend " + made + " sku-", "With your own:", "attar build CLICKS");
    assertThat(outcome.out().lines().filter(line -> line.matches("[1-5]\tsku-.*"))).hasSize(5);
    assertThat(outcome.err()).contains("teacher.dimension 8, teacher.epochs 1");
    assertThat(Files.size(work.resolve("report/report.json"))).isPositive();
    assertThat(work.resolve("report/student.attar")).hasSameBinaryContentAs(made);
  }

  @Test
  void aTargetNeverSeenInTrainingIsAMissAndCounted() throws IOException {
    List<String> lines = Files.readAllLines(clicks, StandardCharsets.UTF_8);
    for (int s = 0; s < 6; s++) {
      lines.add("late" + s + "," + lines.get(1).split(",", -1)[1] + ",1790000000");
      lines.add("late" + s + ",brand-new,1790000060");
    }
    Path log = folder.resolve("late.csv");
    Files.write(log, lines, StandardCharsets.UTF_8);
    Path data = folder.resolve("late");
    Attar.run("prepare", log, "--out", data).succeeded();
    Attar.Outcome outcome =
        Attar.runTiny("evaluate", model, "--data", data, "--json", "-").succeeded();
    assertThat(JSON.readTree(outcome.out()).path("cases.unknownTarget").asLong()).isEqualTo(6);
  }
}
