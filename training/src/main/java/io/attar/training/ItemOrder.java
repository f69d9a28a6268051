package io.attar.training;

import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Items in an order in which like ones stand together: split in two at the median of the column
 * that differs most, and each half again (the leaves of a k-d tree; Bentley, CACM 1975). A tensor
 * train shares cores among items with equal first digits, so the digits should mean something; the
 * file has no use for any other order.
 */
final class ItemOrder {
  private ItemOrder() {}

  /**
   * Orders items.
   *
   * @param rows (V, N)
   * @return (V) every item once
   */
  static int[] alike(float[] rows, int dimension) {
    Integer[] items = IntStream.range(0, rows.length / dimension).boxed().toArray(Integer[]::new);
    split(rows, dimension, items, 0, items.length);
    return IntStream.range(0, items.length).map(i -> items[i]).toArray();
  }

  private static void split(float[] rows, int dimension, Integer[] items, int from, int to) {
    if (to - from < 2) {
      return;
    }
    double[] sums = new double[dimension];
    double[] squares = new double[dimension];
    for (int i = from; i < to; i++) {
      for (int d = 0; d < dimension; d++) {
        double value = rows[items[i] * dimension + d];
        sums[d] += value;
        squares[d] += value * value;
      }
    }
    int widest = 0;
    double most = -1;
    for (int d = 0; d < dimension; d++) {
      double variance = squares[d] - sums[d] * sums[d] / (to - from);
      if (variance > most) {
        most = variance;
        widest = d;
      }
    }
    int column = widest;
    java.util.Arrays.sort(
        items,
        from,
        to,
        Comparator.<Integer>comparingDouble(v -> rows[v * dimension + column])
            .thenComparing(Comparator.naturalOrder()));
    int middle = (from + to) >>> 1;
    split(rows, dimension, items, from, middle);
    split(rows, dimension, items, middle, to);
  }
}
