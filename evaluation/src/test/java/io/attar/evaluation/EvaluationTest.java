package io.attar.evaluation;

import static io.attar.evaluation.Toys.s;
import static io.attar.evaluation.Toys.sessions;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.attar.data.Dataset;
import io.attar.data.Sessions;
import io.attar.runtime.ModelFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluationTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final EvaluationOptions OPTIONS = new EvaluationOptions(2, 100, 3);

  private static final Sessions TRAINING =
      sessions(s(0, 1, 2), s(1, 2, 0), s(2, 3), s(3, 0, 3), s(0, 1, 1));

  /** Item 4 is in the test part only. */
  private static final Dataset DATASET =
      Toys.dataset(5, 4, TRAINING, sessions(s(0, 1, 2, 0), s(2, 3, 3), s(1, 4), s(3)), 1);

  /** Knows items 0, 1 and 2 of the data, in another order, and one more. */
  private static byte[] file(String provenance) {
    return ModelFiles.write(
        provenance,
        List.of("item-2", "other", "item-0", "item-1"),
        new float[][] {{0, 1}, {1, 1}, {1, 0}, {1, 0.5f}});
  }

  private static RecommenderMethod model(String provenance) throws ModelFileException {
    return RecommenderMethod.open("model", file(provenance), DATASET.items(), 4);
  }

  private static EvaluationReport report() throws ModelFileException {
    return Evaluation.run(
        DATASET,
        model("{\"seed\": 5}"),
        Toys.fixed("teacher", 4, 3, 2, 1),
        Evaluation.opponents(DATASET, OPTIONS, ProgressListener.NONE),
        OPTIONS,
        ProgressListener.NONE);
  }

  @Test
  void aModelFileIsAskedByItemIds() throws ModelFileException {
    // After item 1, theta is (1, 0.5) / root(1.25): 1 scores 1.25, 0 scores 1, 2 scores 0.5, over
    // the root; 3 is unknown to the file and "other" to the data.
    double root = Math.sqrt(1.25);
    assertThat(Toys.scores(model("{}"), 4, 3, 1))
        .usingComparatorWithPrecision(1e-6)
        .containsExactly(1 / root, 1.25 / root, 0.5 / root, Double.NEGATIVE_INFINITY);
  }

  @Test
  void whatTheFileDoesNotKnowIsAMiss() throws ModelFileException {
    MethodResult result =
        Evaluation.measure(
            sessions(s(1, 3), s(1, 0)), 4, 1, model("{}"), OPTIONS, ProgressListener.NONE);
    assertThat(result.mean(Split.OVERALL, "recall@20")).isEqualTo(0.5);
    assertThat(result.mean(Split.NEW_AMONG_NEW, "mrr@5")).isEqualTo(0.5);
    assertThat(result.unknownTargets()).isZero(); // The catalogue has item 3.
  }

  @Test
  void jsonHoldsTheModelFlatAndTheOthersBelow() throws IOException {
    JsonNode json = MAPPER.readTree(report().toJson());
    assertThat(json.get("unit").asText()).isEqualTo("percent");
    assertThat(json.at("/data/identity").asText()).isEqualTo(DATASET.identity());
    assertThat(json.get("cases").asInt()).isEqualTo(6);
    assertThat(json.get("cases.repeat").asInt()).isEqualTo(2);
    assertThat(json.get("cases.new").asInt()).isEqualTo(4);
    assertThat(json.get("cases.unknownTarget").asInt()).isEqualTo(1);
    List<JsonNode> methods =
        Stream.concat(
                Stream.of(json, json.get("teacher")),
                json.get("rules").properties().stream().map(java.util.Map.Entry::getValue))
            .toList();
    assertThat(methods).hasSize(2 + 7);
    for (JsonNode method : methods) {
      for (String metric : Metrics.names()) {
        for (String suffix : List.of("", ".repeat", ".new", ".xnew")) {
          double value = method.get(metric + suffix).doubleValue();
          assertThat(value).isBetween(0.0, 100.0);
          assertThat(method.get(metric + suffix).decimalValue().scale()).isLessThanOrEqualTo(2);
          JsonNode interval = method.get("intervals").get(metric + suffix);
          assertThat(interval.get(0).doubleValue()).isLessThanOrEqualTo(value);
          assertThat(interval.get(1).doubleValue()).isGreaterThanOrEqualTo(value);
        }
      }
      assertThat(method.has("bytes")).isTrue();
    }
    // The teacher ranks 0 1 2 3. Targets 1 2 0, 3 3 at ranks 2 3 1, 4 4, and a miss: 13/36 in all.
    assertThat(json.at("/teacher/recall@5").decimalValue()).isEqualByComparingTo("83.33");
    assertThat(json.at("/teacher/mrr@5").decimalValue()).isEqualByComparingTo("38.89");
    assertThat(json.at("/teacher/bytes").isNull()).isTrue();
    assertThat(json.at("/rules/session kNN/description").asText()).startsWith("500 neighbours");
    assertThat(json.at("/provenance/seed").asInt()).isEqualTo(5);
    int length = file("{\"seed\": 5}").length;
    int itemIds = 1 + 3 * 7 + 6;
    assertThat(json.get("bytes").asInt()).isEqualTo(length);
    assertThat(json.get("bytes.itemIds").asInt()).isEqualTo(itemIds);
    assertThat(json.get("bytes.withoutItemIds").asInt()).isEqualTo(length - itemIds);
    assertThat(json.at("/timing/click.median").doubleValue()).isPositive();
    assertThat(json.at("/timing/click.p99").doubleValue())
        .isGreaterThanOrEqualTo(json.at("/timing/click.median").doubleValue());
  }

  @Test
  void allButTheTimingIsTheSameAgain() throws IOException {
    String once = withoutTiming(report().toJson());
    assertThat(withoutTiming(report().toJson())).isEqualTo(once);
    assertThat(once).doesNotContain("\r");
  }

  private static String withoutTiming(String json) throws IOException {
    ObjectNode root = (ObjectNode) MAPPER.readTree(json);
    assertThat(root.remove("timing")).isNotNull();
    return root.toPrettyString();
  }

  @Test
  void noValueIsNullNotZero() throws IOException {
    Dataset dataset = Toys.dataset(4, 4, TRAINING, sessions(s(0, 1)), 1);
    EvaluationReport report =
        Evaluation.run(
            dataset,
            null,
            null,
            List.of(Toys.fixed("fixed", 4, 3, 2, 1)),
            OPTIONS,
            ProgressListener.NONE);
    JsonNode json = MAPPER.readTree(report.toJson());
    assertThat(json.at("/rules/fixed/recall@10.repeat").isNull()).isTrue();
    assertThat(json.at("/rules/fixed/intervals/recall@10.repeat/0").isNull()).isTrue();
    assertThat(json.at("/rules/fixed/recall@10").decimalValue()).isEqualByComparingTo("100");
    assertThat(json.has("recall@10")).isFalse();
    assertThat(json.has("timing")).isFalse();
    assertThat(report.toText()).contains("fixed").contains(" - ");
  }

  @Test
  void pagesNameEveryMethodAndTheWayBack() throws ModelFileException {
    EvaluationReport report = report();
    String page = report.toMarkdown("attar evaluate --model shop.attar");
    for (MethodResult rule : report.rules()) {
      assertThat(page).contains("| " + rule.name() + " |");
      assertThat(report.toText()).contains(rule.name());
    }
    assertThat(page)
        .contains("| model |")
        .contains("| teacher |")
        .contains("- session kNN: 500 neighbours, decay ")
        .contains("\nattar evaluate --model shop.attar\n")
        .contains(DATASET.identity())
        .contains("{\"seed\": 5}")
        .contains("- target outside the catalogue, counted as a miss: 1\n");
    long columns =
        page.lines()
            .filter(line -> line.startsWith("| method"))
            .findFirst()
            .orElseThrow()
            .chars()
            .filter(c -> c == '|')
            .count();
    assertThat(page.lines().filter(line -> line.startsWith("| teacher")).findFirst().orElseThrow())
        .satisfies(
            line -> assertThat(line.chars().filter(c -> c == '|').count()).isEqualTo(columns));
  }

  @Test
  void provenanceThatIsNotJsonIsRefused() throws ModelFileException {
    EvaluationReport report =
        Evaluation.run(DATASET, model("not JSON"), null, List.of(), OPTIONS, ProgressListener.NONE);
    assertThatIllegalStateException()
        .isThrownBy(report::toJson)
        .withMessageContaining("provenance must be JSON");
  }

  @Test
  void twoMethodsOfOneNameAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                Evaluation.run(
                    DATASET,
                    null,
                    Toys.fixed("same", 1, 1, 1, 1),
                    List.of(Toys.fixed("same", 1, 1, 1, 1)),
                    OPTIONS,
                    ProgressListener.NONE))
        .withMessageContaining("'same'");
  }

  @Test
  void aTestPartWithoutCasesIsRefused() {
    Dataset dataset = Toys.dataset(4, 4, TRAINING, sessions(s(0)), 1);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> Evaluation.run(dataset, null, null, List.of(), OPTIONS, ProgressListener.NONE))
        .withMessageContaining("at least one case");
  }

  @Test
  void optionsOutOfRangeAreRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> new EvaluationOptions(0, 1, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> new EvaluationOptions(1, 0, 1));
  }

  @Test
  void aReportIsWrittenWholeAndLeavesNothingBeside(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("report.json");
    EvaluationReport.write("first", file);
    EvaluationReport.write("second", file);
    assertThat(file).hasContent("second");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
    assertThatExceptionOfType(NoSuchFileException.class)
        .isThrownBy(() -> EvaluationReport.write("x", folder.resolve("none").resolve("r.json")));
  }
}
