package io.attar.training;

import io.attar.data.Sessions;
import io.attar.evaluation.SessionNeighbours;
import it.unimi.dsi.fastutil.ints.Int2DoubleOpenHashMap;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import it.unimi.dsi.fastutil.ints.IntArrays;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What others than the model expect after every click of the training sessions, items of the prefix
 * apart: soft targets that teach it what it cannot see in single sessions. Session neighbours vote,
 * each session left out of its own vote, and where that is asked for a model of another kind
 * ({@link ModelVotes}).
 */
final class Votes {
  /** Items kept a click. */
  static final int KEPT = 20;

  /** Clicks that get targets, the latest: 160 bytes each. */
  private static final int MOST_CLICKS = 2_000_000;

  private static final int SESSIONS_A_TASK = 500;

  private final int firstClick;
  private final int[] items; // (clicks KEPT) item index, -1 = no more
  private final float[] shares; // (clicks KEPT) shares of the votes

  private Votes(int firstClick, int[] items, float[] shares) {
    this.firstClick = firstClick;
    this.items = items;
    this.shares = shares;
  }

  /**
   * Votes found elsewhere.
   *
   * @param firstClick first click that has a place in them
   * @param items (clicks KEPT) item index, the most voted first, -1 = no more
   * @param shares (clicks KEPT) that sum to one where there is an item
   */
  static Votes of(int firstClick, int[] items, float[] shares) {
    return new Votes(firstClick, items, shares);
  }

  /** First of the sessions whose clicks get votes. */
  static int firstSession(Sessions sessions) {
    int first = 0;
    while (sessions.clickCount() - sessions.start(first) > MOST_CLICKS) {
      first++;
    }
    return first;
  }

  /** Collects what neighbours say on all processors; the result does not depend on their number. */
  static Votes ofNeighbours(SessionNeighbours neighbours, Sessions sessions, int window) {
    int firstSession = firstSession(sessions);
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
    return new Votes(firstClick, items, shares);
  }

  /**
   * The votes of two kinds of voters. After a click of which one of them says nothing the other one
   * has all votes.
   *
   * @param other of the same clicks
   * @param share of the votes that the others have
   */
  Votes mixedWith(Votes other, double share) {
    if (other.firstClick != firstClick || other.items.length != items.length) {
      throw new IllegalArgumentException(
          "votes must be of the same clicks: "
              + items.length / KEPT
              + " and "
              + other.items.length / KEPT);
    }
    Votes mixed = new Votes(firstClick, items.clone(), shares.clone());
    Int2DoubleOpenHashMap both = new Int2DoubleOpenHashMap(4 * KEPT);
    for (int from = 0; from < items.length; from += KEPT) {
      both.clear();
      boolean neither = items[from] < 0 || other.items[from] < 0;
      add(both, from, neither ? 1 : 1 - share);
      other.add(both, from, neither ? 1 : share);
      mixed.keepBest(both, from);
    }
    return mixed;
  }

  private void add(Int2DoubleOpenHashMap to, int from, double weight) {
    for (int n = from; n < from + KEPT && items[n] >= 0; n++) {
      to.addTo(items[n], weight * shares[n]);
    }
  }

  /** The items with most votes, equal ones by index, their shares summing to one. */
  private void keepBest(Int2DoubleOpenHashMap votes, int from) {
    int[] order = votes.keySet().toIntArray();
    IntArrays.quickSort(
        order,
        (a, b) -> {
          int most = Double.compare(votes.get(b), votes.get(a));
          return most != 0 ? most : Integer.compare(a, b);
        });
    int kept = Math.min(KEPT, order.length);
    double sum = 0;
    for (int n = 0; n < kept; n++) {
      sum += votes.get(order[n]);
    }
    Arrays.fill(items, from, from + KEPT, -1);
    Arrays.fill(shares, from, from + KEPT, 0);
    for (int n = 0; n < kept && votes.get(order[n]) > 0; n++) {
      items[from + n] = order[n];
      shares[from + n] = (float) (votes.get(order[n]) / sum);
    }
  }

  /** For a file: items and shares. */
  Map<String, float[]> arrays() {
    float[] numbers = new float[items.length]; // exact to 2^24, beyond which no catalogue goes
    for (int i = 0; i < items.length; i++) {
      numbers[i] = items[i];
    }
    return Map.of("items", numbers, "shares", shares);
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
