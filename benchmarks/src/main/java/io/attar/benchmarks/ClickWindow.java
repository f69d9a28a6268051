package io.attar.benchmarks;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A session as the contestants without the runtime keep it: its clicks, the weighted mean's weight
 * of each, its distinct items and what the repeat head adds to them. Quadratic in the session's
 * length, which is at most 50: about a microsecond.
 */
final class ClickWindow {
  private final StudentWeights.@Nullable WeightedMean mean;
  private final StudentWeights.RepeatHead repeat;
  private final int[] clicks; // (L) oldest first
  private final float[] weights; // (L)
  private final int[] seen; // (L) distinct items in order of their first click
  private final float[] bonuses; // (L)
  private int length; // l
  private int seenCount; // d

  ClickWindow(StudentWeights student) {
    mean = student.weightedMean();
    repeat = student.repeatHead();
    int maximum = student.maximumSessionLength();
    clicks = new int[maximum];
    weights = new float[maximum];
    seen = new int[maximum];
    bonuses = new float[maximum];
  }

  /** Holds the first {@code count} of these clicks. */
  void restore(int[] source, int count) {
    System.arraycopy(source, 0, clicks, 0, count);
    length = count;
  }

  /** Adds a click; the window must have room. */
  void add(int item) {
    clicks[length++] = item;
    if (mean != null) {
      for (int t = 0; t < length; t++) {
        int earlier = Math.min(count(clicks[t], t), mean.occurrence().length - 1);
        weights[t] = mean.age()[length - 1 - t] * mean.occurrence()[earlier];
      }
    }
    seenCount = 0;
    for (int t = 0; t < length; t++) {
      if (count(clicks[t], t) == 0) {
        seen[seenCount++] = clicks[t];
      }
    }
    for (int i = 0; i < seenCount; i++) {
      int latest = length - 1;
      while (clicks[latest] != seen[i]) {
        latest--;
      }
      bonuses[i] = repeat.bonus(count(seen[i], length), length - 1 - latest, seenCount, length);
    }
  }

  private int count(int item, int end) {
    int count = 0;
    for (int t = 0; t < end; t++) {
      if (clicks[t] == item) {
        count++;
      }
    }
    return count;
  }

  int length() {
    return length;
  }

  int click(int t) {
    return clicks[t];
  }

  float weight(int t) {
    return weights[t];
  }

  int seenCount() {
    return seenCount;
  }

  int seenItem(int i) {
    return seen[i];
  }

  float bonus(int i) {
    return bonuses[i];
  }

  /** Gives the items already clicked their due, in place. */
  void applyRepeats(float[] scores) {
    for (int i = 0; i < seenCount; i++) {
      scores[seen[i]] = repeat.similarity() * scores[seen[i]] + bonuses[i];
    }
  }

  /**
   * Writes the weighted mean's query, divided by its length, times the scale.
   *
   * @param rows (V, N)
   */
  void query(float[] rows, float scale, float[] query) {
    Arrays.fill(query, 0);
    for (int t = 0; t < length; t++) {
      int at = clicks[t] * query.length;
      for (int i = 0; i < query.length; i++) {
        query[i] += weights[t] * rows[at + i];
      }
    }
    normalise(query, scale);
  }

  /** Divides a query by its length and multiplies it by the scale; a zero query stays zero. */
  static void normalise(float[] query, float scale) {
    double squares = 0;
    for (float value : query) {
      squares += (double) value * value;
    }
    float factor = squares == 0 ? 0 : (float) (scale / Math.sqrt(squares));
    for (int i = 0; i < query.length; i++) {
      query[i] *= factor;
    }
  }
}
