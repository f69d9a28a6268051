package io.attar.evaluation;

import io.attar.data.Sessions;
import it.unimi.dsi.fastutil.ints.Int2DoubleLinkedOpenHashMap;
import it.unimi.dsi.fastutil.ints.Int2DoubleMap;
import it.unimi.dsi.fastutil.ints.IntArrays;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Supplier;

/**
 * The simple rules every report carries. None has a parameter to fit; each takes what it counts
 * from the sessions known before the test part. A model that does not beat them has learnt nothing
 * worth its bytes.
 *
 * <p>Their readings (what is counted, how ties fall) are those that give the reference figures for
 * the published Tmall and RetailRocket sets to the second decimal; a test holds them to it.
 *
 * <p>An item a rule says nothing about scores negative infinity: it is never recommended, and a
 * target among them is a miss.
 */
public final class Rules {
  private static final int CO_OCCURRENCE_WINDOW = 10;
  private static final int CO_OCCURRENCE_KNOWN_CLICKS = 60;
  private static final int CO_OCCURRENCE_CLICKS = 20;
  private static final double CO_OCCURRENCE_DECAY = 0.8;
  private static final double REPEAT_WEIGHT = 0.25;

  private Rules() {}

  /**
   * All rules of this class.
   *
   * @param known sessions to count from
   * @param catalogueSize number of items ranked; clicks on others are ignored
   */
  public static List<ScoringMethod> all(Sessions known, int catalogueSize) {
    return List.of(
        popularity(known, catalogueSize),
        transitions(known, catalogueSize),
        ownItemsRecentFirst(catalogueSize),
        ownItemsLastAtEnd(catalogueSize),
        ownItemsByCount(catalogueSize),
        coOccurrence(known, catalogueSize));
  }

  /** Every item scores its clicks in the known sessions, whatever the session. */
  public static ScoringMethod popularity(Sessions known, int catalogueSize) {
    double[] clicks = new double[catalogueSize];
    for (int p = 0; p < known.clickCount(); p++) {
      if (known.item(p) < catalogueSize) {
        clicks[known.item(p)]++;
      }
    }
    for (int item = 0; item < catalogueSize; item++) {
      if (clicks[item] == 0) {
        clicks[item] = Double.NEGATIVE_INFINITY;
      }
    }
    return new Rule(
        "global popularity",
        "clicks in the known sessions",
        OptionalLong.of(4L * catalogueSize),
        () -> new FixedScorer(clicks));
  }

  /**
   * First-order transitions: the items that followed the last item directly, most often first;
   * equally often, the one that followed it first.
   */
  public static ScoringMethod transitions(Sessions known, int catalogueSize) {
    Int2DoubleLinkedOpenHashMap[] next =
        followers(known, catalogueSize, 1, Integer.MAX_VALUE, true);
    int[][] ranked = new int[catalogueSize][]; // (items, followers) best first
    long entries = 0;
    for (int item = 0; item < catalogueSize; item++) {
      Int2DoubleLinkedOpenHashMap counts = next[item];
      List<Int2DoubleMap.Entry> sorted = new ArrayList<>(counts.int2DoubleEntrySet());
      // A stable sort keeps the order of first appearance among equal counts.
      sorted.sort(Comparator.comparingDouble(Int2DoubleMap.Entry::getDoubleValue).reversed());
      ranked[item] = sorted.stream().mapToInt(Int2DoubleMap.Entry::getIntKey).toArray();
      entries += ranked[item].length;
    }
    return new Rule(
        "first-order transitions",
        "what followed the last item, by count, then first appearance",
        OptionalLong.of(4 * entries + 4L * catalogueSize),
        () -> new TransitionScorer(ranked));
  }

  /** The session's own items, the most recently clicked first. */
  public static ScoringMethod ownItemsRecentFirst(int catalogueSize) {
    return new Rule(
        "own items, most recent first",
        "",
        OptionalLong.of(0),
        () -> new OwnItemsScorer(catalogueSize, (item, count, last, clicks) -> last + 1));
  }

  /** The session's own items, most recent first, but the item clicked last after all others. */
  public static ScoringMethod ownItemsLastAtEnd(int catalogueSize) {
    return new Rule(
        "own items, recent first, last item at the end",
        "",
        OptionalLong.of(0),
        () ->
            new OwnItemsScorer(
                catalogueSize, (item, count, last, clicks) -> last == clicks - 1 ? 0 : last + 1));
  }

  /** The session's own items, the most often clicked first; equally often, the most recent. */
  public static ScoringMethod ownItemsByCount(int catalogueSize) {
    return new Rule(
        "own items by count, then recency",
        "",
        OptionalLong.of(0),
        () ->
            new OwnItemsScorer(
                // Below 1, so recency decides among equal counts only.
                catalogueSize, (item, count, last, clicks) -> count + last / (double) clicks));
  }

  /**
   * Co-occurrence: an item pair counts 1/distance whenever the second follows the first within 10
   * clicks, over the first 60 clicks of every known session (an item never follows itself), and
   * each item's followers are divided by their sum. Of the visitor's last 20 clicks, one {@code a}
   * steps back from the end adds its followers with weight 0.8^a, then itself with weight 0.25 x
   * 0.8^a, the latest click first. Equal sums rank in the order in which they came up.
   */
  public static ScoringMethod coOccurrence(Sessions known, int catalogueSize) {
    Int2DoubleLinkedOpenHashMap[] next =
        followers(known, catalogueSize, CO_OCCURRENCE_WINDOW, CO_OCCURRENCE_KNOWN_CLICKS, false);
    int[][] items = new int[catalogueSize][]; // (items, followers)
    double[][] weights = new double[catalogueSize][]; // (items, followers)
    double[] totals = new double[catalogueSize];
    long entries = 0;
    for (int item = 0; item < catalogueSize; item++) {
      items[item] = next[item].keySet().toIntArray();
      weights[item] = next[item].values().toDoubleArray();
      for (double weight : weights[item]) {
        totals[item] += weight;
      }
      entries += items[item].length;
    }
    return new Rule(
        "co-occurrence with repeats",
        "10 clicks onward at 1/distance, first 60 clicks of known sessions; the last 20 clicks at 0.8"
            + " a step; an own item adds 0.25",
        OptionalLong.of(8 * entries + 4L * catalogueSize),
        () -> new CoOccurrenceScorer(items, weights, totals));
  }

  /**
   * For each item, what followed it within a window, 1/distance each, in order of appearance.
   *
   * @param knownClicks how many clicks of a known session count, from its start
   */
  private static Int2DoubleLinkedOpenHashMap[] followers(
      Sessions known, int catalogueSize, int window, int knownClicks, boolean withItself) {
    Int2DoubleLinkedOpenHashMap[] next = new Int2DoubleLinkedOpenHashMap[catalogueSize];
    Arrays.setAll(next, item -> new Int2DoubleLinkedOpenHashMap(4));
    for (int s = 0; s < known.count(); s++) {
      int end = known.start(s) + Math.min(known.length(s), knownClicks);
      for (int p = known.start(s); p < end; p++) {
        int first = known.item(p);
        if (first >= catalogueSize) {
          continue;
        }
        for (int q = p + 1; q < end && q <= p + window; q++) {
          int second = known.item(q);
          if (second < catalogueSize && (withItself || second != first)) {
            next[first].addTo(second, 1.0 / (q - p));
          }
        }
      }
    }
    return next;
  }

  private record Rule(
      String name, String description, OptionalLong bytes, Supplier<SessionScorer> scorers)
      implements ScoringMethod {
    @Override
    public SessionScorer newScorer() {
      return scorers.get();
    }
  }

  /** The same scores for every session. */
  private static final class FixedScorer implements SessionScorer {
    private final double[] fixed; // (catalogue size)

    FixedScorer(double[] fixed) {
      this.fixed = fixed;
    }

    @Override
    public void start() {}

    @Override
    public void click(int item) {}

    @Override
    public void scores(double[] scores) {
      System.arraycopy(fixed, 0, scores, 0, fixed.length);
    }
  }

  private static final class TransitionScorer implements SessionScorer {
    private final int[][] ranked; // (items, followers) best first
    private int last = -1;

    TransitionScorer(int[][] ranked) {
      this.ranked = ranked;
    }

    @Override
    public void start() {
      last = -1;
    }

    @Override
    public void click(int item) {
      if (item < ranked.length) {
        last = item;
      }
    }

    @Override
    public void scores(double[] scores) {
      Arrays.fill(scores, Double.NEGATIVE_INFINITY);
      if (last >= 0) {
        int[] next = ranked[last];
        for (int i = 0; i < next.length; i++) {
          scores[next[i]] = next.length - i;
        }
      }
    }
  }

  /** Gives an item of the session its score. */
  @FunctionalInterface
  private interface OwnScore {
    /**
     * A score, greater is better.
     *
     * @param count how often the item was clicked
     * @param last position of its latest click, 0 for the session's first click
     * @param clicks clicks of the session so far
     */
    double of(int item, int count, int last, int clicks);
  }

  private static final class OwnItemsScorer implements SessionScorer {
    private final OwnScore score;
    private final int[] count; // (items) in this session
    private final int[] last; // (items) position of the latest click; stale where the count is 0
    private int[] clicked = new int[64]; // the session's clicks on catalogue items
    private int clicks;

    OwnItemsScorer(int catalogueSize, OwnScore score) {
      this.score = score;
      this.count = new int[catalogueSize];
      this.last = new int[catalogueSize];
    }

    @Override
    public void start() {
      for (int i = 0; i < clicks; i++) {
        count[clicked[i]] = 0;
      }
      clicks = 0;
    }

    @Override
    public void click(int item) {
      if (item >= count.length) {
        return;
      }
      if (clicks == clicked.length) {
        clicked = Arrays.copyOf(clicked, 2 * clicks);
      }
      count[item]++;
      last[item] = clicks;
      clicked[clicks++] = item;
    }

    @Override
    public void scores(double[] scores) {
      Arrays.fill(scores, Double.NEGATIVE_INFINITY);
      for (int i = 0; i < clicks; i++) {
        int item = clicked[i];
        scores[item] = score.of(item, count[item], last[item], clicks);
      }
    }
  }

  private static final class CoOccurrenceScorer implements SessionScorer {
    private final int[][] items; // (items, followers) in order of appearance
    private final double[][] weights; // (items, followers)
    private final double[] totals; // (items) sum of an item's weights
    private final double[] sums; // (items) 0 between calls
    private final int[] found; // items with a sum above 0, in the order they came up
    private final int[] latest = new int[CO_OCCURRENCE_CLICKS]; // a ring of the latest clicks
    private int clicks;

    CoOccurrenceScorer(int[][] items, double[][] weights, double[] totals) {
      this.items = items;
      this.weights = weights;
      this.totals = totals;
      this.sums = new double[items.length];
      this.found = new int[items.length];
    }

    @Override
    public void start() {
      clicks = 0;
    }

    @Override
    public void click(int item) {
      if (item < items.length) {
        latest[clicks++ % latest.length] = item;
      }
    }

    @Override
    public void scores(double[] scores) {
      int count = 0;
      double step = 1;
      for (int c = clicks - 1; c >= Math.max(0, clicks - latest.length); c--) {
        int item = latest[c % latest.length];
        int[] next = items[item];
        for (int i = 0; i < next.length; i++) {
          count = add(next[i], step * weights[item][i] / totals[item], count);
        }
        count = add(item, REPEAT_WEIGHT * step, count);
        step *= CO_OCCURRENCE_DECAY;
      }
      // Stable: equal sums stay in the order they came up, and places as scores carry that over.
      IntArrays.mergeSort(found, 0, count, (a, b) -> Double.compare(sums[b], sums[a]));
      Arrays.fill(scores, Double.NEGATIVE_INFINITY);
      for (int i = 0; i < count; i++) {
        scores[found[i]] = count - i;
        sums[found[i]] = 0;
      }
    }

    private int add(int item, double weight, int count) {
      int after = count;
      if (sums[item] == 0) {
        found[after++] = item;
      }
      sums[item] += weight;
      return after;
    }
  }
}
