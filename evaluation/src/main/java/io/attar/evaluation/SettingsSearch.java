package io.attar.evaluation;

import io.attar.data.Dataset;
import io.attar.data.Sessions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A search for a method's settings on held-out sessions by NDCG@10: one setting after the other
 * takes the best of a few values, twice around. Only a strictly better value replaces one.
 *
 * @param <S> the settings; equal ones are measured once
 */
final class SettingsSearch<S> {
  private static final int ROUNDS = 2;
  private static final int VALIDATION_CASES = 5_000;
  private static final int VALIDATION_DIVISOR = 10;
  private static final int NDCG_10 = Metrics.names().indexOf("ndcg@10");

  private final String name;
  private final BiFunction<Sessions, S, ScoringMethod> method;
  private final List<Function<S, Stream<S>>> steps;

  /**
   * A search.
   *
   * @param name of the method, for progress
   * @param method makes the method of known sessions and settings
   * @param steps for each setting, the settings to compare: those given with another value in one
   *     place
   */
  SettingsSearch(
      String name,
      BiFunction<Sessions, S, ScoringMethod> method,
      List<Function<S, Stream<S>>> steps) {
    this.name = name;
    this.method = method;
    this.steps = List.copyOf(steps);
  }

  /**
   * The best settings found on a data set's validation part, measured with what its training part
   * knows. A data set without validation gives its latest known sessions for it: as many as hold
   * 5,000 cases, at most a tenth of all. Where not even one case is left, the start stays.
   */
  S choose(Dataset dataset, S start, EvaluationOptions options, ProgressListener listener) {
    Sessions training = dataset.training();
    Sessions validation = dataset.validation();
    if (validation.count() == 0) {
      int held = heldOut(training, dataset.minimumPrefixLength());
      validation = training.slice(training.count() - held, training.count());
      training = training.slice(0, training.count() - held);
    }
    if (validation.caseCount(dataset.minimumPrefixLength()) == 0) {
      return start;
    }
    Map<S, Double> measured = new HashMap<>();
    S best = start;
    int done = 0;
    for (int round = 0; round < ROUNDS; round++) {
      for (Function<S, Stream<S>> step : steps) {
        for (S other : step.apply(best).toList()) {
          if (quality(other, measured, dataset, training, validation, options)
              > quality(best, measured, dataset, training, validation, options)) {
            best = other;
          }
        }
        listener.progress("choose the settings of " + name, ++done, (long) ROUNDS * steps.size());
      }
    }
    return best;
  }

  private double quality(
      S settings,
      Map<S, Double> measured,
      Dataset dataset,
      Sessions training,
      Sessions validation,
      EvaluationOptions options) {
    Double known = measured.get(settings);
    if (known == null) {
      CaseTally tally =
          CaseRunner.run(
              validation,
              dataset.catalogueSize(),
              dataset.minimumPrefixLength(),
              method.apply(training, settings),
              options.threads(),
              null,
              ProgressListener.NONE);
      known = tally.means()[NDCG_10];
      measured.put(settings, known);
    }
    return known;
  }

  private static int heldOut(Sessions known, int minimumPrefixLength) {
    int sessions = 0;
    long cases = 0;
    while (cases < VALIDATION_CASES && sessions < known.count() / VALIDATION_DIVISOR) {
      sessions++;
      cases += Math.max(0, known.length(known.count() - sessions) - minimumPrefixLength);
    }
    return sessions;
  }
}
