package io.attar.training;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * The items that get a row of their own instead of a code, and the rows to start from.
 *
 * @param items (H) item indices, ascending
 * @param rows (H, N)
 */
record DenseRows(int[] items, float[] rows) {
  /** Every item has a code. */
  static final DenseRows NONE = new DenseRows(new int[0], new float[0]);

  /**
   * The most clicked items, the lower index first where clicks are equal.
   *
   * @param rows (V, N) of all items
   * @param clickCounts (V)
   * @param count H, below V
   */
  static DenseRows mostClicked(float[] rows, int[] clickCounts, int count) {
    Comparator<Integer> byClicks = Comparator.comparing(v -> -clickCounts[v]);
    int[] items =
        IntStream.range(0, clickCounts.length)
            .boxed()
            .sorted(byClicks.thenComparing(Comparator.naturalOrder()))
            .limit(count)
            .mapToInt(Integer::intValue)
            .sorted()
            .toArray();
    return new DenseRows(items, select(rows, items, rows.length / clickCounts.length));
  }

  /** (V - H) the items with codes, ascending. */
  int[] others(int itemCount) {
    return IntStream.range(0, itemCount).filter(v -> Arrays.binarySearch(items, v) < 0).toArray();
  }

  /** (chosen, N) some of all rows (V, N). */
  static float[] select(float[] rows, int[] chosen, int dimension) {
    float[] selected = new float[chosen.length * dimension];
    for (int i = 0; i < chosen.length; i++) {
      System.arraycopy(rows, chosen[i] * dimension, selected, i * dimension, dimension);
    }
    return selected;
  }
}
