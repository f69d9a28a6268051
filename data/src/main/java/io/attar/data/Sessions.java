package io.attar.data;

import java.util.Arrays;

/**
 * Sessions as two flat columns of primitives; prefixes are index ranges into them and are never
 * materialised. Immutable and safe to share: the arrays handed in are owned from then on.
 *
 * <p>Cost: 4 bytes a click and 4 bytes a session.
 */
public final class Sessions {
  private final int[]
      items; // (clicks) item index of every click, session by session, in time order
  private final int[] starts; // (sessions + 1) first click of each session; the last entry ends all

  /**
   * Wraps the two columns.
   *
   * @param items (clicks) item indices, session by session, in time order
   * @param starts (sessions + 1) where each session starts in {@code items}; the first is 0, the
   *     last is {@code items.length}, never decreasing
   * @throws IllegalArgumentException when {@code starts} does not cover {@code items}
   */
  public Sessions(int[] items, int[] starts) {
    if (starts.length == 0 || starts[0] != 0 || starts[starts.length - 1] != items.length) {
      throw new IllegalArgumentException(
          "session starts must run from 0 to the number of clicks, " + items.length);
    }
    for (int s = 1; s < starts.length; s++) {
      if (starts[s] < starts[s - 1]) {
        throw new IllegalArgumentException("session " + (s - 1) + " ends before it starts");
      }
    }
    this.items = items;
    this.starts = starts;
  }

  /** No session at all. */
  public static Sessions empty() {
    return new Sessions(new int[0], new int[] {0});
  }

  /** Number of sessions. */
  public int count() {
    return starts.length - 1;
  }

  /** Number of clicks of all sessions. */
  public int clickCount() {
    return items.length;
  }

  /** Position of the first click of a session in the click column. */
  public int start(int session) {
    return starts[session];
  }

  /** Position after the last click of a session in the click column. */
  public int end(int session) {
    return starts[session + 1];
  }

  /** Number of clicks of a session. */
  public int length(int session) {
    return starts[session + 1] - starts[session];
  }

  /** Item index of the click at a position of the click column. */
  public int item(int position) {
    return items[position];
  }

  /** A copy of one session's item indices, in time order. */
  public int[] session(int session) {
    return Arrays.copyOfRange(items, starts[session], starts[session + 1]);
  }

  /** The sessions {@code from} (inclusive) to {@code to} (exclusive), copied. */
  public Sessions slice(int from, int to) {
    int[] partStarts = new int[to - from + 1];
    for (int s = 0; s <= to - from; s++) {
      partStarts[s] = starts[from + s] - starts[from];
    }
    return new Sessions(Arrays.copyOfRange(items, starts[from], starts[to]), partStarts);
  }

  /** These sessions followed by others, copied. */
  public Sessions followedBy(Sessions next) {
    int[] allItems = Arrays.copyOf(items, items.length + next.items.length);
    System.arraycopy(next.items, 0, allItems, items.length, next.items.length);
    int[] allStarts = Arrays.copyOf(starts, starts.length + next.count());
    for (int s = 1; s < next.starts.length; s++) {
      allStarts[count() + s] = items.length + next.starts[s];
    }
    return new Sessions(allItems, allStarts);
  }

  /**
   * Number of test cases: prefixes of at least {@code minimumPrefixLength} clicks with a target.
   */
  public long caseCount(int minimumPrefixLength) {
    long cases = 0;
    for (int s = 0; s < count(); s++) {
      cases += Math.max(0, length(s) - minimumPrefixLength);
    }
    return cases;
  }
}
