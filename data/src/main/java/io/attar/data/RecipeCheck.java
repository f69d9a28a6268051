package io.attar.data;

/**
 * One count of a data set beside the published one.
 *
 * @param name what is counted
 * @param published the count that the paper or the distributed files have
 * @param found the count of the data at hand
 * @param mustHold whether the data is refused when the two differ; false where the paper itself is
 *     known to differ from its files
 */
public record RecipeCheck(String name, double published, double found, boolean mustHold) {
  /** Whether the two agree, means to the two decimals that are published. */
  public boolean holds() {
    return Math.abs(published - found) < 0.005001;
  }
}
