package io.attar.evaluation;

import it.unimi.dsi.fastutil.ints.Int2DoubleOpenHashMap;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;

/** Scores by the last item alone: a table from item to its best partners and their weights. */
final class LastItemRule implements ScoringMethod {
  private final String name;
  private final String description;
  private final NeighbourLists lists;

  /**
   * A table.
   *
   * @param pairs (items) weight by partner
   * @param kept partners kept of each item, the heaviest; of equal ones those of lower index
   */
  LastItemRule(String name, String description, Int2DoubleOpenHashMap[] pairs, int kept) {
    this.name = name;
    this.description = description;
    lists = NeighbourLists.of(pairs, kept);
  }

  /** (items) empty tables to count pairs in. */
  static Int2DoubleOpenHashMap[] noPairs(int items) {
    Int2DoubleOpenHashMap[] pairs = new Int2DoubleOpenHashMap[items];
    Arrays.setAll(pairs, item -> new Int2DoubleOpenHashMap(4));
    return pairs;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public Optional<NeighbourLists> lists() {
    return Optional.of(lists);
  }

  /** 4 bytes a partner, 4 a weight. */
  @Override
  public OptionalLong bytes() {
    return OptionalLong.of(8 * lists.entries());
  }

  @Override
  public SessionScorer newScorer() {
    return new SessionScorer() {
      private int last = -1;

      @Override
      public void start() {
        last = -1;
      }

      @Override
      public void click(int item) {
        if (item < lists.items()) {
          last = item;
        }
      }

      @Override
      public void scores(double[] scores) {
        Arrays.fill(scores, Double.NEGATIVE_INFINITY);
        if (last < 0) {
          return;
        }
        int[] neighbours = lists.neighbours()[last];
        for (int i = 0; i < neighbours.length; i++) {
          scores[neighbours[i]] = lists.weights()[last][i];
        }
      }
    };
  }
}
