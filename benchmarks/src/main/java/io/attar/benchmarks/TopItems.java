package io.attar.benchmarks;

import java.util.Arrays;

/**
 * The best of the items offered in ascending order, best first; equal scores keep the lower item
 * index before the higher. An insertion into a short sorted list; most items fail its first
 * comparison.
 */
final class TopItems {
  private final int[] items;
  private final float[] scores;

  TopItems(int count) {
    items = new int[count];
    scores = new float[count];
  }

  /** Forgets the items. */
  void start() {
    Arrays.fill(items, -1);
    Arrays.fill(scores, Float.NEGATIVE_INFINITY);
  }

  /** Offers {@code length} items from {@code firstItem} on. */
  void offer(float[] candidates, int length, int firstItem) {
    int last = scores.length - 1;
    float worst = scores[last];
    for (int i = 0; i < length; i++) {
      if (candidates[i] > worst) {
        insert(firstItem + i, candidates[i]);
        worst = scores[last];
      }
    }
  }

  private void insert(int item, float score) {
    int at = scores.length - 1;
    for (; at > 0 && scores[at - 1] < score; at--) {
      scores[at] = scores[at - 1];
      items[at] = items[at - 1];
    }
    scores[at] = score;
    items[at] = item;
  }

  /** The item at a rank, -1 where there is none. */
  int item(int rank) {
    return items[rank];
  }

  /** The score at a rank. */
  float score(int rank) {
    return scores[rank];
  }
}
