package io.attar.data;

import it.unimi.dsi.fastutil.ints.IntArrays;
import java.util.Arrays;

/**
 * Sessions on their way through the filters: clicks as flat columns in session-id order, with the
 * time of each session's first and last click as they stand in the log, before any filter.
 *
 * <p>The filters drop rare items and short sessions in turn until nothing changes. What is left is
 * the same in whichever order they are applied: the largest part of the log that meets both rules.
 */
final class Visits {
  private final int itemLimit; // item numbers lie below
  private int[] items; // (clicks, room for more) item number of every click
  private int[] starts; // (sessions + 1, room for more)
  private long[] firstTimes; // (sessions, room for more) microseconds
  private long[] lastTimes; // (sessions, room for more)
  private int count;

  Visits(int clicks, int itemLimit) {
    this.itemLimit = itemLimit;
    items = new int[clicks];
    starts = new int[Math.min(clicks, 1 << 16) + 1];
    firstTimes = new long[starts.length];
    lastTimes = new long[starts.length];
  }

  int count() {
    return count;
  }

  int clickCount() {
    return starts[count];
  }

  int length(int session) {
    return starts[session + 1] - starts[session];
  }

  int item(int session, int position) {
    return items[starts[session] + position];
  }

  long firstTime(int session) {
    return firstTimes[session];
  }

  long lastTime(int session) {
    return lastTimes[session];
  }

  /** Puts a click after those of the session that is being added, the one after the last. */
  void add(int position, int item) {
    items[starts[count] + position] = item;
  }

  /**
   * Ends the session that is being added.
   *
   * @param length clicks added to it
   * @param most how many of the latest to keep
   */
  void end(int length, int most, long firstTime, long lastTime) {
    if (count + 1 == starts.length) {
      int room = (int) Math.min((long) starts.length * 3 / 2, items.length + 1L);
      room = Math.max(room, count + 2);
      starts = Arrays.copyOf(starts, room);
      firstTimes = Arrays.copyOf(firstTimes, room);
      lastTimes = Arrays.copyOf(lastTimes, room);
    }
    int start = starts[count];
    int kept = Math.min(length, most);
    System.arraycopy(items, start + length - kept, items, start, kept);
    firstTimes[count] = firstTime;
    lastTimes[count] = lastTime;
    count++;
    starts[count] = start + kept;
  }

  /** What the filters took away. */
  static final class Losses {
    long rareClicks;
    long rareItems;
    long shortClicks;
    long shortSessions;
  }

  /** Drops rare items and short sessions until neither is left. */
  void filter(int minimumItemCount, int minimumSessionLength, Losses losses) {
    boolean changed = true;
    while (changed) {
      int clicksBefore = clickCount();
      int sessionsBefore = count;
      dropShort(minimumSessionLength, losses);
      dropRare(minimumItemCount, losses);
      changed = clickCount() != clicksBefore || count != sessionsBefore;
    }
  }

  private void dropRare(int minimumItemCount, Losses losses) {
    int[] counts = new int[itemLimit];
    for (int c = 0; c < clickCount(); c++) {
      counts[items[c]]++;
    }
    for (int itemCount : counts) {
      if (itemCount > 0 && itemCount < minimumItemCount) {
        losses.rareItems++;
      }
    }
    int target = 0;
    int start = 0;
    for (int s = 0; s < count; s++) {
      int end = starts[s + 1];
      for (int c = start; c < end; c++) {
        if (counts[items[c]] >= minimumItemCount) {
          items[target++] = items[c];
        }
      }
      start = end;
      starts[s + 1] = target;
    }
    losses.rareClicks += start - target;
  }

  private void dropShort(int minimumSessionLength, Losses losses) {
    int kept = 0;
    int start = 0;
    for (int s = 0; s < count; s++) {
      int end = starts[s + 1];
      int length = end - start;
      if (length >= minimumSessionLength) {
        System.arraycopy(items, start, items, starts[kept], length);
        firstTimes[kept] = firstTimes[s];
        lastTimes[kept] = lastTimes[s];
        kept++;
        starts[kept] = starts[kept - 1] + length;
      } else {
        losses.shortClicks += length;
        losses.shortSessions++;
      }
      start = end;
    }
    count = kept;
  }

  /** (sessions) all sessions by end time, then start time, then session id. */
  int[] inTimeOrder() {
    int[] order = new int[count];
    Arrays.setAll(order, s -> s);
    IntArrays.quickSort(
        order,
        (left, right) -> {
          int byEnd = Long.compare(lastTimes[left], lastTimes[right]);
          int byStart = byEnd != 0 ? byEnd : Long.compare(firstTimes[left], firstTimes[right]);
          return byStart != 0 ? byStart : Integer.compare(left, right);
        });
    return order;
  }
}
