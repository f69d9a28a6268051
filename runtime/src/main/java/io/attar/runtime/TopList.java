package io.attar.runtime;

import java.util.Arrays;

/**
 * The best of the items offered, exactly: a heap of bounded size with the worst kept item on top,
 * sorted at the end. Larger scores are better; equal scores, the lower item index. A score that is
 * not a number counts as negative infinity. Cost: one comparison an item, log(size) for each that
 * gets in.
 */
final class TopList {
  private int[] items;
  private float[] scores;
  private int size;
  private int limit;

  TopList(int capacity) {
    items = new int[capacity];
    scores = new float[capacity];
  }

  /** Empties the list, to keep {@code limit} items from now on; grows when it never had so many. */
  void start(int limit) {
    this.limit = limit;
    size = 0;
    if (limit > items.length) {
      items = Arrays.copyOf(items, limit);
      scores = Arrays.copyOf(scores, limit);
    }
  }

  /**
   * Offers {@code length} items; calls must come in ascending item order.
   *
   * @param candidates scores from {@code offset} on
   * @param firstItem item index of the first
   */
  void offer(float[] candidates, int offset, int length, int firstItem) {
    int i = 0;
    for (; i < length && size < limit; i++) {
      float score = candidates[offset + i];
      add(firstItem + i, Float.isNaN(score) ? Float.NEGATIVE_INFINITY : score);
    }
    if (i == length) {
      return;
    }
    float worst = scores[0];
    for (; i < length; i++) {
      float score = candidates[offset + i];
      // An equal score loses: its item index is higher than any seen before.
      if (score > worst) {
        sink(0, size, firstItem + i, score);
        worst = scores[0];
      }
    }
  }

  /** Sorts what was kept, best first; offer no more until the next start. */
  void finish() {
    for (int last = size - 1; last > 0; last--) {
      int item = items[last];
      float score = scores[last];
      items[last] = items[0];
      scores[last] = scores[0];
      sink(0, last, item, score);
    }
  }

  int size() {
    return size;
  }

  int item(int rank) {
    return items[rank];
  }

  float score(int rank) {
    return scores[rank];
  }

  private void add(int item, float score) {
    int hole = size++;
    while (hole > 0) {
      int parent = (hole - 1) / 2;
      if (!worse(score, item, scores[parent], items[parent])) {
        break;
      }
      items[hole] = items[parent];
      scores[hole] = scores[parent];
      hole = parent;
    }
    items[hole] = item;
    scores[hole] = score;
  }

  /** Puts an item where {@code hole} is or below, in the heap of the first {@code end} places. */
  private void sink(int hole, int end, int item, float score) {
    int at = hole;
    while (2 * at + 1 < end) {
      int child = 2 * at + 1;
      if (child + 1 < end
          && worse(scores[child + 1], items[child + 1], scores[child], items[child])) {
        child++;
      }
      if (!worse(scores[child], items[child], score, item)) {
        break;
      }
      items[at] = items[child];
      scores[at] = scores[child];
      at = child;
    }
    items[at] = item;
    scores[at] = score;
  }

  private static boolean worse(float scoreA, int itemA, float scoreB, int itemB) {
    return scoreA < scoreB || (scoreA == scoreB && itemA > itemB);
  }
}
