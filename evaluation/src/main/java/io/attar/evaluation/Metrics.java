package io.attar.evaluation;

import java.util.List;

/**
 * Rank and the three metrics taken from it.
 *
 * <p>Relevance: every case has exactly one relevant item, the target - the click that followed.
 * With {@code s} the scores of all items of the catalogue and {@code y} the target,
 *
 * <pre>
 * rank     = 1 + #{v : s_v > s_y} + #{v != y : s_v = s_y}
 * Recall@K = [rank <= K]                      (the papers' Prec@K and HR@K)
 * NDCG@K   = [rank <= K] / log2(rank + 1)
 * MRR@K    = [rank <= K] / rank
 * </pre>
 *
 * and a result is the mean over cases. Ties count against the method: composed item tables give
 * equal scores often, and a method that cannot tell items apart must not profit from it. No item is
 * sampled away and none is left out for having been clicked. A target outside the catalogue, or
 * scored negative infinity ("never recommended"), is a miss at every K.
 *
 * <p>Range: 0 to 1 per case, 0 to 1 for a mean; reports print percent. Empty rule: the mean over no
 * case is not a number (NaN), never 0; reports leave it out (null in JSON, a dash in tables).
 *
 * <p>Worked example: ten items, two of them score more than the target and none the same. The rank
 * is 3, so Recall@5 = 1, NDCG@5 = 1 / log2(4) = 0.5 and MRR@5 = 1/3. Were the target tied with four
 * others at the top, its rank would be 5.
 *
 * <p>Source of the definitions: Jarvelin and Kekalainen, Cumulated gain-based evaluation of IR
 * techniques, TOIS 2002, for one relevant item; Krichene and Rendle, On sampled metrics for item
 * recommendation, KDD 2020, for why nothing is sampled.
 */
public final class Metrics {
  /** The K reported. */
  static final int[] CUTOFFS = {5, 10, 20};

  /** The rank of a target that is not recommended at all: a miss at every K. */
  public static final int MISS = Integer.MAX_VALUE;

  private static final List<String> NAMES =
      List.of(
          "recall@5",
          "ndcg@5",
          "mrr@5",
          "recall@10",
          "ndcg@10",
          "mrr@10",
          "recall@20",
          "ndcg@20",
          "mrr@20");

  /** Number of metrics, {@code names().size()}. */
  static final int COUNT = NAMES.size();

  private static final double LN2 = Math.log(2);

  private Metrics() {}

  /** The metrics' names in the order they are reported: {@code recall@5}, {@code ndcg@5}, ... */
  public static List<String> names() {
    return NAMES;
  }

  /**
   * The target's rank among all items, ties against it.
   *
   * @param scores (items) greater is better
   * @param target index of the target in {@code scores}
   * @return 1 for the best, or {@link #MISS} when the target's score is negative infinity
   * @throws IllegalArgumentException when a score is NaN
   */
  public static int rank(double[] scores, int target) {
    double own = scores[target];
    if (own == Double.NEGATIVE_INFINITY) {
      requireNoNaN(scores);
      return MISS;
    }
    int below = 0; // Counting what is below, not what is not, makes a NaN show up as a tie.
    int notBelow = 0;
    for (double score : scores) {
      below += score < own ? 1 : 0;
      notBelow += score >= own ? 1 : 0;
    }
    if (below + notBelow != scores.length) {
      requireNoNaN(scores);
    }
    return notBelow; // The target itself is among them: the 1 of the formula.
  }

  /**
   * The target's rank among the items that are not excluded, ties against it.
   *
   * @param rank what {@link #rank} gave for the same scores
   * @param excluded item indices to leave out, each once, the target not among them
   * @param count how many of {@code excluded} count
   */
  static int rankWithout(int rank, double[] scores, int target, int[] excluded, int count) {
    if (rank == MISS) {
      return MISS;
    }
    int ahead = 0;
    for (int i = 0; i < count; i++) {
      ahead += scores[excluded[i]] >= scores[target] ? 1 : 0;
    }
    return rank - ahead;
  }

  /**
   * Recall@K of one case: 1 when the rank is within K, else 0.
   *
   * @param rank 1 for the best
   */
  public static double recall(int rank, int cutoff) {
    return rank <= cutoff ? 1 : 0;
  }

  /**
   * NDCG@K of one case: 1 / log2(rank + 1) within K, else 0.
   *
   * @param rank 1 for the best
   */
  public static double ndcg(int rank, int cutoff) {
    return rank <= cutoff ? LN2 / Math.log(rank + 1.0) : 0;
  }

  /**
   * MRR@K of one case: 1 / rank within K, else 0.
   *
   * @param rank 1 for the best
   */
  public static double reciprocalRank(int rank, int cutoff) {
    return rank <= cutoff ? 1.0 / rank : 0;
  }

  /** Adds one case's values to {@code sums} from {@code offset}, in the order of {@link #names}. */
  static void add(int rank, double[] sums, int offset) {
    int at = offset;
    for (int cutoff : CUTOFFS) {
      sums[at++] += recall(rank, cutoff);
      sums[at++] += ndcg(rank, cutoff);
      sums[at++] += reciprocalRank(rank, cutoff);
    }
  }

  private static void requireNoNaN(double[] scores) {
    for (int item = 0; item < scores.length; item++) {
      if (Double.isNaN(scores[item])) {
        throw new IllegalArgumentException(
            "scores must be numbers, the score of item index "
                + item
                + " is NaN; give negative infinity to an item that is never recommended");
      }
    }
  }
}
