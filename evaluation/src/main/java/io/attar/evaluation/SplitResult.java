package io.attar.evaluation;

import java.util.List;

/**
 * All metrics of one split.
 *
 * @param split which cases
 * @param cases how many
 * @param measures in the order of {@link Metrics#names()}
 */
public record SplitResult(Split split, long cases, List<Measure> measures) {
  /** Copies the list. */
  public SplitResult {
    measures = List.copyOf(measures);
  }

  /**
   * One metric.
   *
   * @throws IllegalArgumentException when there is no metric of that name
   */
  public Measure measure(String metric) {
    return measures.stream()
        .filter(m -> m.metric().equals(metric))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "a metric must be one of " + Metrics.names() + ": " + metric));
  }
}
