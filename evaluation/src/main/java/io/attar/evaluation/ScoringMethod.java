package io.attar.evaluation;

import java.util.Optional;
import java.util.OptionalLong;

/** A way of ranking the catalogue, as one row of a report. Immutable and safe to share. */
public interface ScoringMethod {
  /** What to call it in reports; unique within a report. */
  String name();

  /** How it ranks, settings included, in one line for reports; empty when the name says it. */
  default String description() {
    return "";
  }

  /** A new scorer, for one thread. */
  SessionScorer newScorer();

  /** Bytes a device would have to hold for it; empty when nobody counted. */
  default OptionalLong bytes() {
    return OptionalLong.empty();
  }

  /** All that it knows, when that is lists of neighbours: then a model file can hold it. */
  default Optional<NeighbourLists> lists() {
    return Optional.empty();
  }
}
