package io.attar.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Fits a {@link RepeatNetwork} on held-out sessions: cross-entropy of the target among the own
 * items, the best unseen ones and "any other" (Adam, rate falling to zero, L2), on standardised
 * inputs. Its quality is measured as {@link RepeatCalibration}'s is: each half of the sessions with
 * the fit of the other.
 */
final class RepeatNetworkFit {
  private static final int HIDDEN = 8; // of each member

  /** Networks of different starts whose mean is taken: one alone is as good as its start. */
  private static final int MEMBERS = 3;

  private static final int STEPS = 120;
  private static final double LEARNING_RATE = 0.03;
  private static final double DECAY = 1e-3;
  private static final double START_DEVIATION = 0.3;
  private static final int FOLDS = 2;
  private static final int INPUTS = RepeatNetworkInputs.INPUTS;
  private static final int RANKS = RepeatNetworkInputs.RANKS;
  private static final float ABSENT = -1e29f;

  /** The label of a case whose target no row of the model knows. */
  private static final int SAYS_NOTHING = -1;

  // What is fitted, in one array: the weights (INPUTS, UNITS), the outputs, the score of any other.
  private static final int UNITS = HIDDEN + 1; // the last is the linear part
  private static final int OUTPUTS = INPUTS * UNITS;
  private static final int OTHER = OUTPUTS + HIDDEN;

  /** Where the loss stands behind its gradient. */
  static final int LOSS = OTHER + 1;

  /** Shares of the cases that are summed on their own: sums do not depend on the processors. */
  private static final int SHARES = 16;

  private final HeldOutCases cases;
  private final long seed;
  private final int[] rowStart; // (cases + 1)
  private final float[] inputs; // (rows, INPUTS) a case's own items, then the best unseen ones
  private final int[] label; // (cases) row of the target in its case, behind them = any other
  private final double[] mean = new double[INPUTS];
  private final double[] deviation = new double[INPUTS];

  RepeatNetworkFit(HeldOutCases cases, long seed) {
    this.cases = cases;
    this.seed = seed;
    rowStart = new int[cases.caseCount() + 1];
    for (int c = 0; c < cases.caseCount(); c++) {
      rowStart[c + 1] = rowStart[c] + cases.distinct(c) + best(c).length;
    }
    inputs = new float[rowStart[cases.caseCount()] * INPUTS];
    label = new int[cases.caseCount()];
    for (int c = 0; c < cases.caseCount(); c++) {
      fill(c);
    }
    standardise();
  }

  /**
   * What fitting found.
   *
   * @param network fitted on all cases
   * @param recall cross-fitted Recall@10, percent
   * @param gain cross-fitted NDCG@10, percent
   */
  record Result(RepeatNetwork network, double recall, double gain) {}

  static Result fit(HeldOutCases cases, long seed) {
    RepeatNetworkFit fit = new RepeatNetworkFit(cases, seed);
    double recall = 0;
    double gain = 0;
    for (int fold = 0; fold < FOLDS; fold++) {
      RepeatNetwork network = fit.network(fold);
      for (int c = 0; c < cases.caseCount(); c++) {
        int rank = cases.fold(c, FOLDS) == fold ? fit.rank(c, network) : Integer.MAX_VALUE;
        if (rank <= 10) {
          recall++;
          gain += Math.log(2) / Math.log(rank + 1.0);
        }
      }
    }
    double share = 100.0 / Math.max(1, cases.caseCount());
    return new Result(fit.network(-1), share * recall, share * gain);
  }

  private void fill(int c) {
    float[] best = best(c);
    int[] clicks = cases.clicks(c);
    int own = cases.distinct(c);
    for (int row = 0; row < own + best.length; row++) {
      int at = (rowStart[c] + row) * INPUTS;
      RepeatNetworkInputs.session(clicks, best, best.length, inputs, at);
      if (row < own) {
        int place = cases.ownStart(c) + row;
        RepeatNetworkInputs.own(clicks, cases.item(place), cases.similarity(place), inputs, at);
      } else {
        RepeatNetworkInputs.unseen(row - own, best[row - own], best[0], inputs, at);
      }
    }
    if (cases.targetOwn(c) >= 0) {
      label[c] = cases.targetOwn(c) - cases.ownStart(c);
    } else if (cases.newTarget(c) == Float.NEGATIVE_INFINITY) {
      label[c] = SAYS_NOTHING;
    } else {
      int rank = targetRank(c, best);
      label[c] = own + (rank < 0 ? best.length : rank);
    }
  }

  /** Place of a new target among the best, of equal ones the first; none when it is below them. */
  private int targetRank(int c, float[] best) {
    for (int r = 0; r < best.length; r++) {
      if (best[r] <= cases.newTarget(c)) {
        return r;
      }
    }
    return -1;
  }

  private float[] best(int c) {
    float[] best = new float[RANKS];
    int count = 0;
    while (count < RANKS && cases.best(c, count) > ABSENT) {
      best[count] = cases.best(c, count);
      count++;
    }
    return Arrays.copyOf(best, count);
  }

  /**
   * Divides every input by its spread and centers it over the rows that have it: all for the
   * session's, one kind for the others'. The kinds themselves stay, they carry the constants.
   */
  private void standardise() {
    int rows = rowStart[cases.caseCount()];
    for (int i = RepeatNetworkInputs.SESSION_START; i < INPUTS; i++) {
      double sum = 0;
      double squares = 0;
      int count = 0;
      for (int row = 0; row < rows; row++) {
        if (concerns(row, i)) {
          double value = inputs[row * INPUTS + i];
          sum += value;
          squares += value * value;
          count++;
        }
      }
      mean[i] = sum / Math.max(count, 1);
      double variance = squares / Math.max(count, 1) - mean[i] * mean[i];
      deviation[i] = Math.sqrt(Math.max(variance, 0)) + 1e-3;
      for (int row = 0; row < rows; row++) {
        if (concerns(row, i)) {
          int at = row * INPUTS + i;
          inputs[at] = (float) ((inputs[at] - mean[i]) / deviation[i]);
        }
      }
    }
  }

  private boolean concerns(int row, int input) {
    int kind =
        input < RepeatNetworkInputs.OWN_START
            ? -1
            : input < RepeatNetworkInputs.UNSEEN_START
                ? RepeatNetworkInputs.OWN
                : RepeatNetworkInputs.UNSEEN;
    return kind < 0 || inputs[row * INPUTS + kind] == 1;
  }

  /** The network fitted on all folds but one; -1 = on all. For inputs as they come. */
  RepeatNetwork network(int leftOut) {
    int[] chosen = chosen(leftOut);
    List<RepeatNetwork> members = new ArrayList<>();
    for (int member = 0; member < MEMBERS; member++) {
      double[] fitted = start(leftOut, member);
      ArrayAdam adam = new ArrayAdam(LOSS);
      for (int step = 0; step < STEPS && chosen.length > 0; step++) {
        adam.step(fitted, gradient(chosen, fitted), LEARNING_RATE * (1 - (double) step / STEPS));
      }
      members.add(forInputsAsTheyCome(fitted));
    }
    return RepeatNetwork.mean(members);
  }

  /** From standardised inputs back to the inputs themselves; the constants go to the kinds. */
  private RepeatNetwork forInputsAsTheyCome(double[] fitted) {
    float[] weights = new float[UNITS * INPUTS];
    for (int h = 0; h < UNITS; h++) {
      double own = fitted[RepeatNetworkInputs.OWN * UNITS + h];
      double unseen = fitted[RepeatNetworkInputs.UNSEEN * UNITS + h];
      for (int i = RepeatNetworkInputs.SESSION_START; i < INPUTS; i++) {
        double weight = fitted[i * UNITS + h] / deviation[i];
        boolean session = i < RepeatNetworkInputs.OWN_START;
        boolean ofOwn = i < RepeatNetworkInputs.UNSEEN_START;
        weights[h * INPUTS + i] = (float) weight;
        own -= ofOwn ? weight * mean[i] : 0;
        unseen -= session || !ofOwn ? weight * mean[i] : 0;
      }
      weights[h * INPUTS + RepeatNetworkInputs.OWN] = (float) own;
      weights[h * INPUTS + RepeatNetworkInputs.UNSEEN] = (float) unseen;
    }
    float[] outputs = new float[HIDDEN];
    for (int h = 0; h < HIDDEN; h++) {
      outputs[h] = (float) fitted[OUTPUTS + h];
    }
    return new RepeatNetwork(HIDDEN, weights, outputs);
  }

  /** Where a member's fit starts. */
  double[] start(int leftOut, int member) {
    SplittableRandom random =
        new SplittableRandom(
            Randoms.seed(seed, "repeat network", (long) MEMBERS * leftOut + member));
    double[] start = new double[LOSS];
    for (int i = 0; i < HIDDEN * INPUTS; i++) {
      start[i % INPUTS * UNITS + i / INPUTS] =
          START_DEVIATION / Math.sqrt(INPUTS) * random.nextGaussian();
    }
    for (int h = 0; h < HIDDEN; h++) {
      start[OUTPUTS + h] = START_DEVIATION * random.nextGaussian();
    }
    return start;
  }

  /** The cases to fit on. */
  int[] chosen(int leftOut) {
    return IntStream.range(0, cases.caseCount())
        .filter(c -> label[c] != SAYS_NOTHING)
        .filter(c -> leftOut < 0 || cases.fold(c, FOLDS) != leftOut)
        .toArray();
  }

  /** The gradient of the mean loss of some cases, and behind it the loss. */
  double[] gradient(int[] chosen, double[] fitted) {
    double[][] sums =
        IntStream.range(0, SHARES)
            .parallel()
            .mapToObj(
                share -> {
                  Sum sum = new Sum(fitted);
                  int end = (int) ((share + 1L) * chosen.length / SHARES);
                  for (int k = (int) ((long) share * chosen.length / SHARES); k < end; k++) {
                    sum.add(chosen[k]);
                  }
                  return sum.gradient;
                })
            .toArray(double[][]::new);
    double[] gradient = new double[LOSS + 1];
    for (double[] sum : sums) {
      for (int i = 0; i <= LOSS; i++) {
        gradient[i] += sum[i] / chosen.length;
      }
    }
    for (int i = 0; i < OTHER; i++) {
      gradient[i] += DECAY * fitted[i];
      gradient[LOSS] += DECAY / 2 * fitted[i] * fitted[i];
    }
    return gradient;
  }

  /** The gradient of some cases, summed. */
  private final class Sum {
    private final double[] fitted;
    private final double[] gradient = new double[LOSS + 1];
    private final double[] session = new double[2 * UNITS]; // sums of what rows of a kind share
    private final double[] units = new double[UNITS]; // sums of a row, or pushes on them
    private final double[] pushes = new double[2 * UNITS]; // on the sums that rows of a kind share
    private double[] tangents = {}; // (rows, HIDDEN)
    private double[] scores = {}; // (rows + 1)

    Sum(double[] fitted) {
      this.fitted = fitted;
    }

    void add(int c) {
      int start = rowStart[c];
      int rows = rowStart[c + 1] - start;
      if (scores.length <= rows) {
        scores = new double[rows + 1];
        tangents = new double[rows * HIDDEN];
      }
      int own = cases.distinct(c);
      for (int kind = 0; kind < 2; kind++) {
        System.arraycopy(fitted, kind * UNITS, session, kind * UNITS, UNITS);
        addSums(
            start,
            RepeatNetworkInputs.SESSION_START,
            RepeatNetworkInputs.OWN_START,
            session,
            kind * UNITS);
      }
      for (int row = 0; row < rows; row++) {
        scores[row] = score(start + row, row < own, row * HIDDEN);
      }
      scores[rows] = fitted[OTHER];
      double highest = Double.NEGATIVE_INFINITY;
      for (int row = 0; row <= rows; row++) {
        highest = Math.max(highest, scores[row]);
      }
      double sum = 0;
      for (int row = 0; row <= rows; row++) {
        sum += Math.exp(scores[row] - highest);
      }
      gradient[LOSS] += highest + Math.log(sum) - scores[label[c]];
      Arrays.fill(pushes, 0);
      for (int row = 0; row <= rows; row++) {
        double push = Math.exp(scores[row] - highest) / sum - (row == label[c] ? 1 : 0);
        if (row == rows) {
          gradient[OTHER] += push;
        } else {
          push(start + row, row < own, row * HIDDEN, push);
        }
      }
      for (int kind = 0; kind < 2; kind++) {
        for (int h = 0; h < UNITS; h++) {
          gradient[kind * UNITS + h] += pushes[kind * UNITS + h];
          units[h] = pushes[h] + pushes[UNITS + h];
        }
      }
      addProducts(start, RepeatNetworkInputs.SESSION_START, RepeatNetworkInputs.OWN_START, units);
    }

    private double score(int row, boolean own, int at) {
      System.arraycopy(session, own ? 0 : UNITS, units, 0, UNITS);
      addSums(row, from(own), to(own), units, 0);
      double score = units[HIDDEN];
      for (int h = 0; h < HIDDEN; h++) {
        // The hyperbolic tangent, several times as fast as that of java.lang.Math.
        double tangent = 1 - 2 / (Math.exp(2 * units[h]) + 1);
        tangents[at + h] = tangent;
        score += fitted[OUTPUTS + h] * tangent;
      }
      return score;
    }

    private void push(int row, boolean own, int at, double push) {
      int kind = own ? 0 : UNITS;
      for (int h = 0; h < HIDDEN; h++) {
        double tangent = tangents[at + h];
        gradient[OUTPUTS + h] += push * tangent;
        units[h] = push * fitted[OUTPUTS + h] * (1 - tangent * tangent);
      }
      units[HIDDEN] = push;
      for (int h = 0; h < UNITS; h++) {
        pushes[kind + h] += units[h];
      }
      addProducts(row, from(own), to(own), units);
    }

    private int from(boolean own) {
      return own ? RepeatNetworkInputs.OWN_START : RepeatNetworkInputs.UNSEEN_START;
    }

    private int to(boolean own) {
      return own ? RepeatNetworkInputs.UNSEEN_START : INPUTS;
    }

    private void addSums(int row, int from, int to, double[] target, int at) {
      for (int i = from; i < to; i++) {
        double input = inputs[row * INPUTS + i];
        for (int h = 0; h < UNITS; h++) {
          target[at + h] += fitted[i * UNITS + h] * input;
        }
      }
    }

    private void addProducts(int row, int from, int to, double[] source) {
      for (int i = from; i < to; i++) {
        double input = inputs[row * INPUTS + i];
        for (int h = 0; h < UNITS; h++) {
          gradient[i * UNITS + h] += source[h] * input;
        }
      }
    }
  }

  /** Pessimistic rank of the target, exact up to ten, with a network for inputs as they come. */
  int rank(int c, RepeatNetwork network) {
    int target = cases.targetOwn(c);
    if (target < 0 && cases.newTargetRank(c) > HeldOutCases.BEST) {
      return Integer.MAX_VALUE;
    }
    float[] best = best(c);
    int[] clicks = cases.clicks(c);
    double[] unseen = unseenScores(network, clicks, best);
    double score;
    int rank;
    if (target >= 0) {
      score = ownScore(network, clicks, best, target);
      rank = 1;
      int first = 0; // of the items that score like the one at hand without the network
      for (int r = 0; r < best.length; r++) {
        first = best[r] < best[first] ? r : first;
        rank += unseen[first] >= score ? 1 : 0;
      }
    } else {
      score = unseen[Math.max(targetRank(c, best), 0)];
      rank = cases.newTargetRank(c);
    }
    for (int own = cases.ownStart(c); own < cases.ownEnd(c); own++) {
      rank += own != target && ownScore(network, clicks, best, own) >= score ? 1 : 0;
    }
    return rank;
  }

  private double ownScore(RepeatNetwork network, int[] clicks, float[] best, int own) {
    float[] row = new float[INPUTS];
    RepeatNetworkInputs.session(clicks, best, best.length, row, 0);
    RepeatNetworkInputs.own(clicks, cases.item(own), cases.similarity(own), row, 0);
    return network.score(row, 0);
  }

  /** What a network makes of the best unseen items, in their order. */
  static double[] unseenScores(RepeatNetwork network, int[] clicks, float[] best) {
    double[] scores = new double[best.length];
    for (int r = 0; r < best.length; r++) {
      float[] row = new float[INPUTS];
      RepeatNetworkInputs.session(clicks, best, best.length, row, 0);
      RepeatNetworkInputs.unseen(r, best[r], best[0], row, 0);
      scores[r] = network.score(row, 0);
    }
    RepeatNetwork.keepOrder(best, scores, best.length);
    return scores;
  }
}
