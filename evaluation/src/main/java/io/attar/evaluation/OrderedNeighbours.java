package io.attar.evaluation;

import io.attar.data.Sessions;
import it.unimi.dsi.fastutil.ints.IntArrays;
import it.unimi.dsi.fastutil.ints.IntHeapPriorityQueue;
import java.util.Arrays;
import java.util.OptionalLong;

/**
 * Session neighbours whose votes look at the order of clicks. What is weighed how is a {@link
 * Formula}; this finds the neighbours and adds the votes up:
 *
 * <pre>
 * sim(n)   = session(n) x sum of click(d(x)) over the items x that n shares with the visitor
 * score(i) = item(i) x sum of sim(n) vote(d(x*), gap of i and x* in n) over the k most similar n
 * </pre>
 *
 * with d(x) the place of x's latest click from the visitor's end, 1 = the last, and x* the shared
 * item of smallest d. Among equally similar sessions the later one is the neighbour. Only the
 * latest sessions that share an item are compared.
 *
 * <p>Cost: 8 bytes a known click and 4 an item to hold. Immutable and safe to share.
 */
final class OrderedNeighbours implements ScoringMethod {
  /** The weights of one method. */
  interface Formula {
    /** Weight of an item by the distance of its latest click from the end, 1 = the last. */
    double click(int distance);

    /** Factor on a known session's similarity to a visitor of so many clicks. */
    double session(int session, int visitorClicks);

    /**
     * Weight of a vote.
     *
     * @param distance of the visitor's latest item that the neighbour holds
     * @param gap clicks in the neighbour between that item and the one voted for, 0 or more
     */
    double vote(int distance, int gap);

    /** Factor on an item's votes. */
    double item(int item);
  }

  private final String name;
  private final String description;
  private final Sessions known;
  private final int catalogueSize;
  private final int neighbours;
  private final int sampled;
  private final Formula formula;
  private final int[] holders; // sessions that hold an item, item by item, oldest first
  private final int[] holderStarts; // (items + 1) into holders

  /**
   * Indexes the known sessions.
   *
   * @param known sessions to find neighbours among, oldest first
   * @param neighbours k, sessions that vote
   * @param sampled most sessions compared, the latest ones
   */
  OrderedNeighbours(
      String name,
      String description,
      Sessions known,
      int catalogueSize,
      int neighbours,
      int sampled,
      Formula formula) {
    this.name = name;
    this.description = description;
    this.known = known;
    this.catalogueSize = catalogueSize;
    this.neighbours = neighbours;
    this.sampled = sampled;
    this.formula = formula;
    int[] counts = holderCounts(known, catalogueSize);
    this.holderStarts = new int[catalogueSize + 1];
    for (int item = 0; item < catalogueSize; item++) {
      holderStarts[item + 1] = holderStarts[item] + counts[item];
    }
    this.holders = new int[holderStarts[catalogueSize]];
    int[] next = Arrays.copyOf(holderStarts, catalogueSize);
    for (int s = 0; s < known.count(); s++) {
      for (int p = known.start(s); p < known.end(s); p++) {
        int item = known.item(p);
        if (item < catalogueSize && firstOf(known, s, p)) {
          holders[next[item]++] = s;
        }
      }
    }
  }

  /** (items) known sessions that hold each item. */
  static int[] holderCounts(Sessions known, int catalogueSize) {
    int[] counts = new int[catalogueSize];
    for (int s = 0; s < known.count(); s++) {
      for (int p = known.start(s); p < known.end(s); p++) {
        if (known.item(p) < catalogueSize && firstOf(known, s, p)) {
          counts[known.item(p)]++;
        }
      }
    }
    return counts;
  }

  /** Whether a click is the session's first on its item. */
  private static boolean firstOf(Sessions known, int session, int position) {
    for (int p = known.start(session); p < position; p++) {
      if (known.item(p) == known.item(position)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String description() {
    return description;
  }

  /** The sessions' clicks and the index over them, 4 bytes a number. */
  @Override
  public OptionalLong bytes() {
    return OptionalLong.of(
        4L * (known.clickCount() + known.count() + holders.length + holderStarts.length));
  }

  @Override
  public SessionScorer newScorer() {
    return new Scorer();
  }

  private final class Scorer implements SessionScorer {
    private final double[] similarity = new double[known.count()]; // 0 between calls
    private final int[] candidates = new int[known.count()];
    private final int[] distances = new int[catalogueSize]; // from the end, 0 = not clicked
    private final int[] voted = new int[catalogueSize]; // neighbour that voted last, 1-based
    private int[] clicked = new int[64]; // the session's clicks on catalogue items
    private int clicks;

    @Override
    public void start() {
      clicks = 0;
    }

    @Override
    public void click(int item) {
      if (item < catalogueSize) {
        if (clicks == clicked.length) {
          clicked = Arrays.copyOf(clicked, 2 * clicks);
        }
        clicked[clicks++] = item;
      }
    }

    @Override
    public void scores(double[] scores) {
      Arrays.fill(scores, 0, catalogueSize, 0);
      for (int c = 0; c < clicks; c++) {
        distances[clicked[c]] = clicks - c;
      }
      int count = compare();
      IntHeapPriorityQueue best = new IntHeapPriorityQueue(this::weakerFirst);
      for (int c = 0; c < count; c++) {
        if (best.size() < neighbours) {
          best.enqueue(candidates[c]);
        } else if (weakerFirst(best.firstInt(), candidates[c]) < 0) {
          best.dequeueInt();
          best.enqueue(candidates[c]);
        }
      }
      Arrays.fill(voted, 0);
      while (!best.isEmpty()) {
        vote(best.dequeueInt(), scores);
      }
      for (int c = 0; c < clicks; c++) {
        distances[clicked[c]] = 0;
      }
      for (int item = 0; item < catalogueSize; item++) {
        scores[item] =
            scores[item] == 0 ? Double.NEGATIVE_INFINITY : scores[item] * formula.item(item);
      }
      Arrays.fill(similarity, 0);
    }

    /** Fills in the similarity of the sessions compared; returns how many they are. */
    private int compare() {
      int count = 0;
      for (int c = clicks - 1; c >= 0; c--) {
        int item = clicked[c];
        if (distances[item] == clicks - c) { // its latest click
          double weight = formula.click(clicks - c);
          for (int h = holderStarts[item]; h < holderStarts[item + 1]; h++) {
            if (similarity[holders[h]] == 0) {
              candidates[count++] = holders[h];
            }
            // Minute at least, so that a session that shares an item counts as one that does.
            similarity[holders[h]] += Math.max(weight, Double.MIN_NORMAL);
          }
        }
      }
      if (count > sampled) {
        IntArrays.quickSort(candidates, 0, count);
        System.arraycopy(candidates, count - sampled, candidates, 0, sampled);
        count = sampled;
      }
      for (int c = 0; c < count; c++) {
        similarity[candidates[c]] *= formula.session(candidates[c], clicks);
      }
      return count;
    }

    private int weakerFirst(int session, int other) {
      int bySimilarity = Double.compare(similarity[session], similarity[other]);
      return bySimilarity != 0 ? bySimilarity : Integer.compare(session, other);
    }

    /** Adds one neighbour's votes: one an item, by its latest click. */
    private void vote(int session, double[] scores) {
      int shared = -1;
      int distance = Integer.MAX_VALUE;
      for (int p = known.end(session) - 1; p >= known.start(session); p--) {
        int item = known.item(p);
        if (item < catalogueSize && distances[item] > 0 && distances[item] < distance) {
          distance = distances[item];
          shared = p;
        }
      }
      for (int p = known.end(session) - 1; p >= known.start(session); p--) {
        int item = known.item(p);
        if (item < catalogueSize && voted[item] != session + 1) {
          voted[item] = session + 1;
          scores[item] += similarity[session] * formula.vote(distance, Math.abs(p - shared));
        }
      }
    }
  }
}
