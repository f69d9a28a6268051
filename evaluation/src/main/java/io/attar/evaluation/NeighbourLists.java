package io.attar.evaluation;

import it.unimi.dsi.fastutil.ints.Int2DoubleMap;
import it.unimi.dsi.fastutil.ints.Int2DoubleOpenHashMap;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * For each item the items that the last click on it speaks for, best first: all that a rule of the
 * last item knows, and what a model file of it holds.
 *
 * @param neighbours (items, at most as many as are kept) item indices, best first
 * @param weights (items, likewise) above 0, falling
 */
public record NeighbourLists(int[][] neighbours, double[][] weights) {
  /** No neighbours for so many items. */
  public static NeighbourLists none(int items) {
    return new NeighbourLists(new int[items][0], new double[items][0]);
  }

  /**
   * The heaviest pairs of each item; of equal ones those of lower index.
   *
   * @param pairs (items) weight by neighbour
   */
  static NeighbourLists of(Int2DoubleOpenHashMap[] pairs, int kept) {
    int[][] neighbours = new int[pairs.length][];
    double[][] weights = new double[pairs.length][];
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
      neighbours[item] = best.stream().mapToInt(Int2DoubleMap.Entry::getIntKey).toArray();
      weights[item] = best.stream().mapToDouble(Int2DoubleMap.Entry::getDoubleValue).toArray();
    }
    return new NeighbourLists(neighbours, weights);
  }

  /** V, number of items. */
  public int items() {
    return neighbours.length;
  }

  /** Entries of all lists. */
  public long entries() {
    return Arrays.stream(neighbours).mapToLong(each -> each.length).sum();
  }

  /** Entries of the longest list. */
  public int longest() {
    return Arrays.stream(neighbours).mapToInt(each -> each.length).max().orElse(0);
  }
}
