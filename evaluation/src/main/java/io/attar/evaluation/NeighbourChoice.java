package io.attar.evaluation;

import io.attar.data.Dataset;
import io.attar.data.Sessions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The search for {@link SessionNeighbours}' settings on held-out sessions. */
final class NeighbourChoice {
  private static final int ROUNDS = 2;
  private static final int NDCG_10 = Metrics.names().indexOf("ndcg@10");

  /** For each setting, the settings to compare: those given with another value in one place. */
  private static final List<Function<NeighbourSettings, Stream<NeighbourSettings>>> STEPS =
      List.of(
          s -> DoubleStream.of(0.7, 0.8, 0.9, 1).mapToObj(s::withDecay),
          s -> Stream.of(true, false).map(s::withInverseFrequency),
          s -> DoubleStream.of(0, 0.25, 0.5).mapToObj(s::withLengthPenalty),
          s -> DoubleStream.of(1, 2).mapToObj(s::withSharpness),
          s -> DoubleStream.of(0, 0.5, 1).mapToObj(s::withRecency),
          s -> IntStream.of(100, 500).mapToObj(s::withNeighbours));

  private final Dataset dataset;
  private final Sessions training;
  private final Sessions validation;
  private final EvaluationOptions options;
  private final Map<NeighbourSettings, Double> measured = new HashMap<>();

  NeighbourChoice(
      Dataset dataset, Sessions training, Sessions validation, EvaluationOptions options) {
    this.dataset = dataset;
    this.training = training;
    this.validation = validation;
    this.options = options;
  }

  NeighbourSettings choose(NeighbourSettings start, ProgressListener listener) {
    NeighbourSettings best = start;
    int done = 0;
    for (int round = 0; round < ROUNDS; round++) {
      for (Function<NeighbourSettings, Stream<NeighbourSettings>> step : STEPS) {
        List<NeighbourSettings> others = step.apply(best).toList();
        for (NeighbourSettings other : others) {
          // Strictly better only: a draw leaves the setting as it is, whatever the order.
          if (quality(other) > quality(best)) {
            best = other;
          }
        }
        listener.progress(
            "choose the settings of session kNN", ++done, (long) ROUNDS * STEPS.size());
      }
    }
    return best;
  }

  private double quality(NeighbourSettings settings) {
    Double known = measured.get(settings);
    if (known == null) {
      SessionNeighbours method = new SessionNeighbours(training, dataset.catalogueSize(), settings);
      CaseTally tally =
          CaseRunner.run(
              validation,
              dataset.catalogueSize(),
              dataset.minimumPrefixLength(),
              method,
              options.threads(),
              null,
              ProgressListener.NONE);
      known = tally.means()[NDCG_10];
      measured.put(settings, known);
    }
    return known;
  }
}
