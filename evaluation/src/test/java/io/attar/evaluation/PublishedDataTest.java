package io.attar.evaluation;

import static org.assertj.core.api.Assertions.assertThat;

import io.attar.data.Dataset;
import io.attar.data.SessionFolder;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The rules on the published sets against independently measured figures: these pin item ids, order
 * of clicks, prefixes, ranking and metrics at once.
 */
@Tag("real-data")
class PublishedDataTest {
  private static final EvaluationOptions OPTIONS = new EvaluationOptions(2, 1, 1);

  /** Recall@5, NDCG@5, Recall@10, NDCG@10 in percent, by data set and rule. */
  private static final Map<String, Map<String, String>> REFERENCE =
      Map.of(
          "tmall",
          Map.of(
              "global popularity", "1.29 0.95 1.68 1.07",
              "first-order transitions", "7.37 5.87 8.53 6.25",
              "own items, most recent first", "30.96 20.25 41.52 23.70",
              "own items, recent first, last item at the end", "28.24 18.07 40.10 21.93",
              "own items by count, then recency", "34.30 24.59 42.19 27.17",
              "co-occurrence with repeats", "25.60 17.22 34.73 20.18"),
          "retailrocket",
          Map.of(
              "global popularity", "0.73 0.43 1.59 0.70",
              "first-order transitions", "25.81 19.37 30.96 21.04",
              "own items, most recent first", "36.70 28.51 37.77 28.87",
              "own items, recent first, last item at the end", "35.08 29.17 36.91 29.77",
              "own items by count, then recency", "36.42 28.49 37.75 28.94",
              "co-occurrence with repeats", "41.80 29.05 49.41 31.53"));

  private static Dataset read(String name) {
    return SessionFolder.read(Path.of(System.getProperty("attar.sharedData")).resolve(name));
  }

  private static MethodResult measure(Dataset dataset, ScoringMethod method) {
    return Evaluation.measure(
        dataset.test(),
        dataset.catalogueSize(),
        dataset.minimumPrefixLength(),
        method,
        OPTIONS,
        ProgressListener.NONE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"tmall", "retailrocket"})
  void rulesGiveTheReferenceFigures(String name) {
    Dataset dataset = read(name);
    Map<String, String> figures =
        Rules.all(dataset.known(), dataset.catalogueSize()).stream()
            .collect(Collectors.toMap(ScoringMethod::name, rule -> row(measure(dataset, rule))));
    assertThat(figures).isEqualTo(REFERENCE.get(name));
  }

  private static String row(MethodResult result) {
    return Stream.of("recall@5", "ndcg@5", "recall@10", "ndcg@10")
        .map(m -> String.format(Locale.ROOT, "%.2f", 100 * result.mean(Split.OVERALL, m)))
        .collect(Collectors.joining(" "));
  }

  /** The figures are those of a plainer session kNN; ours must be a stronger opponent. */
  @ParameterizedTest
  @CsvSource({
    "tmall, 0.9, 36.0, 20.2, 12.7, 7.1",
    "retailrocket, 0.8, 48.6, 32.4, 25.3, 14.5",
  })
  void sessionNeighboursAreAStrongOpponent(
      String name, double decay, double recall, double ndcg, double newRecall, double newNdcg) {
    Dataset dataset = read(name);
    NeighbourSettings settings = NeighbourSettings.DEFAULT.withDecay(decay).withSharpness(2);
    MethodResult result =
        measure(dataset, new SessionNeighbours(dataset.known(), dataset.catalogueSize(), settings));
    assertThat(100 * result.mean(Split.OVERALL, "recall@10")).isGreaterThan(recall);
    assertThat(100 * result.mean(Split.OVERALL, "ndcg@10")).isGreaterThan(ndcg);
    assertThat(100 * result.mean(Split.NEW_AMONG_NEW, "recall@10")).isGreaterThan(newRecall);
    assertThat(100 * result.mean(Split.NEW_AMONG_NEW, "ndcg@10")).isGreaterThan(newNdcg);
    assertThat(List.of(result.split(Split.OVERALL).cases()))
        .containsExactly(dataset.test().caseCount(dataset.minimumPrefixLength()));
  }
}
