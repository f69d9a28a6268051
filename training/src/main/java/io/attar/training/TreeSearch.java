package io.attar.training;

import java.util.Arrays;
import java.util.Comparator;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * The best items of a {@link TreeSoftmax} without looking at all of them. Items are named by their
 * place in the tree: first those of the head, then branch by branch.
 */
final class TreeSearch {
  /** Which branches are looked at. */
  enum Rule {
    /**
     * Branches by falling probability of their token, until the next one's is not above that of the
     * worst item found: no item has more than its branch. Finds the best items always.
     */
    EXACT("exact"),
    /**
     * Those whose token is itself among the most probable entries of the head, as many as items are
     * asked for (code of Sun et al., CpRec, SIGIR 2020). It can miss a winner: with one item asked
     * for and branches of probability 0.35, 0.34 and 0.31, an item of 0.30 in the third.
     */
    PUBLISHED("published");

    private final String title;

    Rule(String title) {
      this.title = title;
    }

    String title() {
      return title;
    }
  }

  /**
   * What was found.
   *
   * @param places best first, of equals the one of lower place; all when fewer than asked for
   * @param logProbabilities of the same
   * @param branches how many were looked at
   */
  record Found(int[] places, double[] logProbabilities, int branches) {}

  private final int[] starts;

  /**
   * A search in trees of a shape.
   *
   * @param starts (branches + 1) the first place of each branch, and the number of places
   */
  TreeSearch(int[] starts) {
    this.starts = starts.clone();
  }

  /**
   * The best items.
   *
   * @param count how many, at least 1
   * @param head (items of the head + branches) log probabilities, the branches' tokens last
   * @param branch makes the log probabilities of a branch's items, given the branch
   */
  Found best(int count, Rule rule, double[] head, IntFunction<double[]> branch) {
    int branches = starts.length - 1;
    Leaders leaders = new Leaders(Math.min(count, starts[branches]));
    for (int place = 0; place < starts[0]; place++) {
      leaders.offer(place, head[place]);
    }
    double least = rule == Rule.PUBLISHED ? leastOf(count, head) : Double.NEGATIVE_INFINITY;
    int visited = 0;
    for (int b : byProbability(head, branches)) {
      double token = head[starts[0] + b];
      if (token < least || (rule == Rule.EXACT && token <= leaders.worst())) {
        break;
      }
      double[] within = branch.apply(b);
      for (int i = 0; i < within.length; i++) {
        leaders.offer(starts[b] + i, token + within[i]);
      }
      visited++;
    }
    return leaders.found(visited);
  }

  /** The branches, the most probable first. */
  private int[] byProbability(double[] head, int branches) {
    return IntStream.range(0, branches)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer b) -> -head[starts[0] + b]))
        .mapToInt(b -> b)
        .toArray();
  }

  /** What the last of the most probable entries of the head has. */
  private static double leastOf(int count, double[] head) {
    double[] sorted = head.clone();
    Arrays.sort(sorted);
    return sorted[Math.max(sorted.length - count, 0)];
  }

  /** The best so far, in order. */
  private static final class Leaders {
    private final int[] places;
    private final double[] values;
    private int count;

    Leaders(int most) {
      this.places = new int[most];
      this.values = new double[most];
    }

    /** What an item must have more of to be among them for sure. */
    double worst() {
      return count < values.length ? Double.NEGATIVE_INFINITY : values[count - 1];
    }

    void offer(int place, double value) {
      if (count == values.length && !precedes(value, place, count - 1)) {
        return;
      }
      int at = count < values.length ? count++ : count - 1;
      while (at > 0 && precedes(value, place, at - 1)) {
        values[at] = values[at - 1];
        places[at] = places[at - 1];
        at--;
      }
      values[at] = value;
      places[at] = place;
    }

    private boolean precedes(double value, int place, int other) {
      return value > values[other] || (value == values[other] && place < places[other]);
    }

    Found found(int branches) {
      return new Found(Arrays.copyOf(places, count), Arrays.copyOf(values, count), branches);
    }
  }
}
