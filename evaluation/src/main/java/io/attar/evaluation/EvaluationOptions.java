package io.attar.evaluation;

/**
 * How to measure.
 *
 * @param threads threads to score with, at least 1; results are the same for any number
 * @param resamples bootstrap resamples for the intervals, at least 1
 * @param seed seed of the resamples
 */
public record EvaluationOptions(int threads, int resamples, long seed) {
  /** All processors, 1,000 resamples, seed 1. */
  public static final EvaluationOptions DEFAULT =
      new EvaluationOptions(Runtime.getRuntime().availableProcessors(), 1_000, 1);

  /** Checks the numbers. */
  public EvaluationOptions {
    if (threads < 1) {
      throw new IllegalArgumentException(
          "evaluation threads must be at least 1: " + threads + "; use 1 for no parallelism");
    }
    if (resamples < 1) {
      throw new IllegalArgumentException(
          "bootstrap resamples must be at least 1: " + resamples + "; 1,000 is usual");
    }
  }

  /** The same with another number of threads. */
  public EvaluationOptions withThreads(int count) {
    return new EvaluationOptions(count, resamples, seed);
  }
}
