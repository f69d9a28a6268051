package io.attar.evaluation;

/**
 * Settings of {@link SessionNeighbours}.
 *
 * @param neighbours k, most similar sessions that vote, at least 1
 * @param decay factor a click of the visitor's session loses per step back, above 0, at most 1
 * @param inverseFrequency whether items weigh by their rarity
 * @param recency share of its vote a neighbour keeps when it is the oldest known session, between 0
 *     and 1; the latest keeps all, those between a share in proportion; 1 for no preference
 */
public record NeighbourSettings(
    int neighbours, double decay, boolean inverseFrequency, double recency) {
  /** Checks the numbers. */
  public NeighbourSettings {
    if (neighbours < 1) {
      throw new IllegalArgumentException(
          "neighbours must be at least 1: " + neighbours + "; 100 to 500 are usual");
    }
    if (!(decay > 0 && decay <= 1)) {
      throw new IllegalArgumentException(
          "decay must be above 0 and at most 1: " + decay + "; 1 weighs all clicks the same");
    }
    if (!(recency >= 0 && recency <= 1)) {
      throw new IllegalArgumentException(
          "recency must lie between 0 and 1: " + recency + "; 1 prefers no session for its age");
    }
  }
}
