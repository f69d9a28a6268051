package io.attar.evaluation;

/**
 * Settings of {@link SessionNeighbours}, whose class comment has the formulas they enter.
 *
 * @param neighbours k, most similar sessions that vote, at least 1
 * @param decay factor a click of the visitor's session loses per step back, above 0, at most 1
 * @param inverseFrequency whether items weigh by their rarity
 * @param lengthPenalty power of a known session's total item weight that its similarity is divided
 *     by, between 0 (not at all) and 1; 0.5 makes it a cosine
 * @param sharpness power a similarity is raised to for its vote, at least 0; 0 lets all neighbours
 *     vote alike
 * @param recency share of its vote a neighbour keeps when it is the oldest known session, between 0
 *     and 1; the latest keeps all, those between a share in proportion; 1 for no preference
 */
public record NeighbourSettings(
    int neighbours,
    double decay,
    boolean inverseFrequency,
    double lengthPenalty,
    double sharpness,
    double recency) {
  /** Where the choice on validation starts: 500 neighbours, decay 0.9, rarity counted. */
  public static final NeighbourSettings DEFAULT =
      new NeighbourSettings(500, 0.9, true, 0.25, 1, 0.5);

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
    if (!(lengthPenalty >= 0 && lengthPenalty <= 1)) {
      throw new IllegalArgumentException(
          "length penalty must lie between 0 and 1: " + lengthPenalty + "; 0 switches it off");
    }
    if (!(sharpness >= 0 && sharpness <= 10)) {
      throw new IllegalArgumentException(
          "sharpness must lie between 0 and 10: " + sharpness + "; 1 votes by similarity as it is");
    }
    if (!(recency >= 0 && recency <= 1)) {
      throw new IllegalArgumentException(
          "recency must lie between 0 and 1: " + recency + "; 1 prefers no session for its age");
    }
  }

  NeighbourSettings withNeighbours(int value) {
    return new NeighbourSettings(value, decay, inverseFrequency, lengthPenalty, sharpness, recency);
  }

  NeighbourSettings withDecay(double value) {
    return new NeighbourSettings(
        neighbours, value, inverseFrequency, lengthPenalty, sharpness, recency);
  }

  NeighbourSettings withInverseFrequency(boolean value) {
    return new NeighbourSettings(neighbours, decay, value, lengthPenalty, sharpness, recency);
  }

  NeighbourSettings withLengthPenalty(double value) {
    return new NeighbourSettings(neighbours, decay, inverseFrequency, value, sharpness, recency);
  }

  NeighbourSettings withSharpness(double value) {
    return new NeighbourSettings(
        neighbours, decay, inverseFrequency, lengthPenalty, value, recency);
  }

  NeighbourSettings withRecency(double value) {
    return new NeighbourSettings(
        neighbours, decay, inverseFrequency, lengthPenalty, sharpness, value);
  }
}
