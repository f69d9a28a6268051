package io.attar.cli;

import io.attar.evaluation.EvaluationOptions;

/**
 * How results are measured.
 *
 * @param threads threads that score; 0 = all processors of the machine; results do not depend on it
 * @param resamples bootstrap resamples behind the 95 % intervals
 * @param seed seed of the resamples
 * @param opponents whether the simple rules and session kNN are measured beside a built model
 */
record EvaluationSettings(int threads, int resamples, long seed, boolean opponents) {
  EvaluationSettings {
    if (threads < 0 || threads > 1024) {
      throw new IllegalArgumentException(
          "evaluation.threads must lie between 0 (all processors) and 1024: " + threads);
    }
    if (resamples < 1 || resamples > 1_000_000) {
      throw new IllegalArgumentException(
          "evaluation.resamples must lie between 1 and 1000000: " + resamples);
    }
  }

  static EvaluationSettings defaults() {
    return new EvaluationSettings(
        0, EvaluationOptions.DEFAULT.resamples(), EvaluationOptions.DEFAULT.seed(), true);
  }

  EvaluationOptions options() {
    return new EvaluationOptions(
        threads == 0 ? Runtime.getRuntime().availableProcessors() : threads, resamples, seed);
  }
}
