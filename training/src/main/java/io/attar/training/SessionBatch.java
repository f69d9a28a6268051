package io.attar.training;

import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;

/**
 * Several sessions packed side by side into rows of equal width, every position of a session a test
 * case of its own: all prefixes in one pass. Clicks see only clicks of their own session that are
 * not later than themselves, so a prefix scores the same alone and in any batch.
 *
 * <p>R rows, P slots a row, B positions with a target.
 */
final class SessionBatch {
  private final int rows;
  private final int width;
  private final int[] items; // (R P) item index, -1 = padding
  private final int[] starts; // (R P) slot in the row where the slot's session begins, -1 = padding
  private final int[] positions; // (B) flat slots with a target
  private final int[] targets; // (B) item index to predict
  private final int[] clicks; // (B) place of the prefix' last click in the click column

  SessionBatch(
      int rows,
      int width,
      int[] items,
      int[] starts,
      int[] positions,
      int[] targets,
      int[] clicks) {
    this.rows = rows;
    this.width = width;
    this.items = items;
    this.starts = starts;
    this.positions = positions;
    this.targets = targets;
    this.clicks = clicks;
  }

  int rows() {
    return rows;
  }

  int width() {
    return width;
  }

  /** Number of positions with a target, B. */
  int caseCount() {
    return positions.length;
  }

  /** (R P) item index of each slot, -1 = padding. */
  int[] items() {
    return items;
  }

  /** (B) flat slots with a target. */
  int[] positions() {
    return positions;
  }

  /** (B) targets. */
  int[] targets() {
    return targets;
  }

  /** (B) place of each prefix' last click in the click column of the sessions. */
  int[] clicks() {
    return clicks;
  }

  /** (R, P, P) 1 where click t is of the session of click i and not later, else 0. */
  Tensor visible() {
    float[] mask = new float[rows * width * width];
    for (int slot = 0; slot < items.length; slot++) {
      if (items[slot] >= 0) {
        int i = slot % width;
        Arrays.fill(mask, slot * width + starts[slot], slot * width + i + 1, 1f);
      }
    }
    return Tensors.of(mask, rows, width, width);
  }

  /** (R P) place of each click in its session, 0 = oldest; 0 for padding. */
  long[] places() {
    long[] places = new long[items.length];
    for (int slot = 0; slot < items.length; slot++) {
      places[slot] = items[slot] < 0 ? 0 : slot % width - starts[slot];
    }
    return places;
  }

  /** (R P) number of earlier clicks on the same item in the session, at most {@code most}. */
  long[] occurrences(int most) {
    long[] occurrences = new long[items.length];
    for (int slot = 0; slot < items.length; slot++) {
      if (items[slot] >= 0) {
        int first = slot - slot % width + starts[slot];
        int earlier = 0;
        for (int t = first; t < slot; t++) {
          earlier += items[t] == items[slot] ? 1 : 0;
        }
        occurrences[slot] = Math.min(earlier, most);
      }
    }
    return occurrences;
  }

  /**
   * The own items of every case: slot t of the case's row stands for its item when it holds the
   * item's latest click.
   */
  OwnItems ownItems() {
    int cases = positions.length;
    boolean[] own = new boolean[cases * width];
    int[] counts = new int[cases * width];
    int[] targetSlot = new int[cases];
    Arrays.fill(targetSlot, -1);
    for (int b = 0; b < cases; b++) {
      int slot = positions[b];
      int row = slot - slot % width;
      for (int t = row + starts[slot]; t <= slot; t++) {
        int count = 1;
        boolean latest = true;
        for (int u = row + starts[slot]; u <= slot; u++) {
          if (u != t && items[u] == items[t]) {
            count++;
            latest &= u < t;
          }
        }
        if (latest) {
          own[b * width + t - row] = true;
          counts[b * width + t - row] = count;
          if (items[t] == targets[b]) {
            targetSlot[b] = t - row;
          }
        }
      }
    }
    return new OwnItems(own, counts, targetSlot);
  }

  /**
   * Clicks between the item's latest click, in slot t of its row, and case b; 0 = the last click.
   */
  int age(int b, int t) {
    return positions[b] % width - t;
  }

  /** Number of clicks in the prefix of case b. */
  int prefixLength(int b) {
    return positions[b] % width - starts[positions[b]] + 1;
  }

  /** Item in slot t of the row of case b. */
  int itemInRow(int b, int t) {
    return items[positions[b] - positions[b] % width + t];
  }

  /**
   * Own items by case and slot.
   *
   * @param own (B P) whether the slot holds the latest click on its item in the prefix
   * @param counts (B P) clicks on that item in the prefix
   * @param targetSlot (B) the slot that stands for the target, -1 when the target is new
   */
  record OwnItems(boolean[] own, int[] counts, int[] targetSlot) {}
}
