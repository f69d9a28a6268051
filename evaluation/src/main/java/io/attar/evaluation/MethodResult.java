package io.attar.evaluation;

import java.util.List;
import java.util.OptionalLong;

/**
 * What one method reached.
 *
 * @param name the method's name
 * @param description how it ranks, in one line; may be empty
 * @param splits in the order of {@link Split}
 * @param unknownTargets cases, counted as misses, whose target is not in the catalogue
 * @param groups cases told apart by prefix length and popularity; empty when nobody asked
 * @param bytes what a device would have to hold; empty when nobody counted
 */
public record MethodResult(
    String name,
    String description,
    List<SplitResult> splits,
    long unknownTargets,
    List<GroupResult> groups,
    OptionalLong bytes) {
  /** Copies the lists. */
  public MethodResult {
    splits = List.copyOf(splits);
    groups = List.copyOf(groups);
  }

  /** One split's result. */
  public SplitResult split(Split split) {
    return splits.get(split.position());
  }

  /**
   * The mean of a metric, as a share; NaN when the split has no case.
   *
   * @throws IllegalArgumentException when there is no metric of that name
   */
  public double mean(Split split, String metric) {
    return split(split).measure(metric).mean();
  }
}
