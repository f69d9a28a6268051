package io.attar.training;

import io.attar.data.Sessions;
import io.attar.evaluation.SessionNeighbours;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * What session neighbours vote for after every click of the training sessions, each session left
 * out of its own vote: soft targets that teach the teacher what it cannot see in single sessions.
 */
final class NeighbourTargets {
  /** Items kept a click. */
  static final int KEPT = 20;

  /** Clicks that get targets, the latest: 160 bytes each. */
  private static final int MOST_CLICKS = 2_000_000;

  private static final int SESSIONS_A_TASK = 500;

  private final int firstClick;
  private final int[] items; // (clicks KEPT) item index, -1 = no more
  private final float[] shares; // (clicks KEPT) shares of the votes

  private NeighbourTargets(int firstClick, int[] items, float[] shares) {
    this.firstClick = firstClick;
    this.items = items;
    this.shares = shares;
  }

  /** Collects the votes on all processors; the result does not depend on their number. */
  static NeighbourTargets collect(SessionNeighbours neighbours, Sessions sessions, int window) {
    int first = 0;
    while (sessions.clickCount() - sessions.start(first) > MOST_CLICKS) {
      first++;
    }
    int firstSession = first;
    int firstClick = sessions.start(firstSession);
    int clicks = sessions.clickCount() - firstClick;
    int[] items = new int[clicks * KEPT];
    float[] shares = new float[clicks * KEPT];
    Arrays.fill(items, -1);
    int tasks = (sessions.count() - firstSession + SESSIONS_A_TASK - 1) / SESSIONS_A_TASK;
    IntStream.range(0, tasks)
        .parallel()
        .forEach(
            task -> {
              SessionNeighbours.Voter voter = neighbours.newVoter();
              int[] best = new int[KEPT];
              float[] share = new float[KEPT];
              int from = firstSession + task * SESSIONS_A_TASK;
              for (int s = from; s < Math.min(from + SESSIONS_A_TASK, sessions.count()); s++) {
                voter.start();
                int last = Math.min(sessions.end(s) - 1, sessions.start(s) + window);
                for (int click = sessions.start(s); click < last; click++) {
                  voter.click(sessions.item(click));
                  int found = voter.vote(s, best, share);
                  System.arraycopy(best, 0, items, (click - firstClick) * KEPT, found);
                  System.arraycopy(share, 0, shares, (click - firstClick) * KEPT, found);
                }
              }
            });
    return new NeighbourTargets(firstClick, items, shares);
  }

  /** The item voted n-th after a click, or -1. */
  int item(int click, int n) {
    return click < firstClick ? -1 : items[(click - firstClick) * KEPT + n];
  }

  float share(int click, int n) {
    return shares[(click - firstClick) * KEPT + n];
  }

  /** All items voted for in a batch, each once; {@code place} (V) is scratch, all -1. */
  int[] itemsOf(SessionBatch batch, int[] place) {
    IntArrayList distinct = new IntArrayList();
    for (int click : batch.clicks()) {
      for (int n = 0; n < KEPT && item(click, n) >= 0; n++) {
        if (place[item(click, n)] < 0) {
          place[item(click, n)] = 0;
          distinct.add(item(click, n));
        }
      }
    }
    int[] items = distinct.toIntArray();
    for (int item : items) {
      place[item] = -1;
    }
    return items;
  }
}
