package io.attar.evaluation;

import it.unimi.dsi.fastutil.ints.Int2DoubleMap;
import it.unimi.dsi.fastutil.ints.Int2DoubleOpenHashMap;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;

/** Scores by the last item alone: a table from item to its best partners and their weights. */
final class LastItemRule implements ScoringMethod {
  private final String name;
  private final String description;
  private final int[][] partners; // (items, at most k) best first
  private final double[][] weights; // (items, at most k)

  /**
   * A table.
   *
   * @param pairs (items) weight by partner
   * @param kept partners kept of each item, the heaviest; of equal ones those of lower index
   */
  LastItemRule(String name, String description, Int2DoubleOpenHashMap[] pairs, int kept) {
    this.name = name;
    this.description = description;
    this.partners = new int[pairs.length][];
    this.weights = new double[pairs.length][];
    for (int item = 0; item < pairs.length; item++) {
      List<Int2DoubleMap.Entry> best =
          pairs[item].int2DoubleEntrySet().stream()
              .filter(entry -> entry.getDoubleValue() > 0)
              .sorted(
                  Comparator.comparingDouble(Int2DoubleMap.Entry::getDoubleValue)
                      .reversed()
                      .thenComparingInt(Int2DoubleMap.Entry::getIntKey))
              .limit(kept)
              .toList();
      partners[item] = best.stream().mapToInt(Int2DoubleMap.Entry::getIntKey).toArray();
      weights[item] = best.stream().mapToDouble(Int2DoubleMap.Entry::getDoubleValue).toArray();
    }
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

  /** 4 bytes a partner, 4 a weight. */
  @Override
  public OptionalLong bytes() {
    return OptionalLong.of(8 * Arrays.stream(partners).mapToLong(each -> each.length).sum());
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
        if (item < partners.length) {
          last = item;
        }
      }

      @Override
      public void scores(double[] scores) {
        Arrays.fill(scores, Double.NEGATIVE_INFINITY);
        for (int i = 0; last >= 0 && i < partners[last].length; i++) {
          scores[partners[last][i]] = weights[last][i];
        }
      }
    };
  }
}
