package io.attar.runtime;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The best of the items offered, exactly and in whatever order they come: a heap of bounded size
 * with the worst kept item on top, sorted at the end. Larger scores are better; equal scores, the
 * lower item index. A score that is not a number counts as negative infinity. Cost: one comparison
 * an item, log(size) for each that gets in.
 */
final class TopList {
  private int[] items;
  private float[] scores;
  private int size;
  private int limit;
  private float minimum;
  private float threshold; // of a list not yet full its minimum, else the worst kept score
  private @Nullable Admission admission;

  /** Decides which items may be kept at all; asked only about items whose score would get in. */
  interface Admission {
    boolean admits(int item);
  }

  TopList(int capacity) {
    items = new int[capacity];
    scores = new float[capacity];
  }

  /**
   * Empties the list. It grows when it never had so many.
   *
   * @param limit how many items to keep from now on; 0 keeps none
   * @param minimum least score of a kept item
   * @param admission null admits all
   */
  void start(int limit, float minimum, @Nullable Admission admission) {
    this.limit = limit;
    this.minimum = minimum;
    this.admission = admission;
    size = 0;
    threshold = limit == 0 ? Float.POSITIVE_INFINITY : minimum;
    if (limit > items.length) {
      items = Arrays.copyOf(items, limit);
      scores = Arrays.copyOf(scores, limit);
    }
  }

  /** Whether as many were kept as may be; better ones still get in. */
  boolean isFull() {
    return size == limit;
  }

  /** A lower score gets in nowhere; an equal one may. */
  float threshold() {
    return threshold;
  }

  /**
   * Offers {@code length} items, none of which was offered before.
   *
   * @param candidates scores from the first place on
   * @param firstItem item index of the first
   */
  void offer(float[] candidates, int length, int firstItem) {
    float least = threshold;
    for (int i = 0; i < length; i++) {
      // Turned around so that what is not a number gets through to the careful way.
      if (!(candidates[i] < least)) {
        offer(firstItem + i, candidates[i]);
        least = threshold;
      }
    }
  }

  /** Offers one item that was not offered before. */
  void offer(int item, float score) {
    float value = Float.isNaN(score) ? Float.NEGATIVE_INFINITY : score;
    boolean full = size == limit;
    if (limit == 0
        || value < minimum
        || (full && !worse(scores[0], items[0], value, item))
        || (admission != null && !admission.admits(item))) {
      return;
    }
    if (full) {
      sink(0, size, item, value);
    } else {
      add(item, value);
    }
    if (size == limit) {
      threshold = scores[0];
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

  /** Puts another item in the place of a kept one, after {@link #finish}; the score stays. */
  void rename(int rank, int item) {
    items[rank] = item;
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
