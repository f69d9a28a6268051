package io.attar.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

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

  private final HeldOutCases cases;
  private final long seed;
  private final int slots; // rows a case: the most own items, then the ranks
  private final float[] inputs; // (cases, slots, INPUTS)
  private final boolean[] present; // (cases, slots)
  private final int[] label; // (cases) slot of the target, slots = any other, -1 = says nothing
  private final double[] mean = new double[INPUTS];
  private final double[] deviation = new double[INPUTS];

  RepeatNetworkFit(HeldOutCases cases, long seed) {
    this.cases = cases;
    this.seed = seed;
    int most = 0;
    for (int c = 0; c < cases.caseCount(); c++) {
      most = Math.max(most, cases.distinct(c));
    }
    slots = most + RANKS;
    inputs = new float[cases.caseCount() * slots * INPUTS];
    present = new boolean[cases.caseCount() * slots];
    label = new int[cases.caseCount()];
    for (int c = 0; c < cases.caseCount(); c++) {
      fill(c, most);
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

  private void fill(int c, int mostOwn) {
    float[] best = best(c);
    int[] clicks = cases.clicks(c);
    int target = cases.targetOwn(c);
    boolean unknown = target < 0 && cases.newTarget(c) == Float.NEGATIVE_INFINITY;
    label[c] = unknown ? -1 : slots;
    for (int slot = 0; slot < slots; slot++) {
      int own = cases.ownStart(c) + slot;
      int rank = slot - mostOwn;
      int at = (c * slots + slot) * INPUTS;
      if (own < cases.ownEnd(c)) {
        RepeatNetworkInputs.own(clicks, cases.item(own), cases.similarity(own), inputs, at);
        label[c] = own == target ? slot : label[c];
      } else if (rank >= 0 && rank < best.length) {
        RepeatNetworkInputs.unseen(rank, best[rank], best[0], inputs, at);
        label[c] = target < 0 && !unknown && rank == targetRank(c, best) ? slot : label[c];
      } else {
        continue;
      }
      RepeatNetworkInputs.session(clicks, best, best.length, inputs, at);
      present[c * slots + slot] = true;
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
    for (int i = RepeatNetworkInputs.SESSION_START; i < INPUTS; i++) {
      double sum = 0;
      double squares = 0;
      int count = 0;
      for (int row = 0; row < present.length; row++) {
        if (present[row] && concerns(row, i)) {
          double value = inputs[row * INPUTS + i];
          sum += value;
          squares += value * value;
          count++;
        }
      }
      mean[i] = sum / Math.max(count, 1);
      double variance = squares / Math.max(count, 1) - mean[i] * mean[i];
      deviation[i] = Math.sqrt(Math.max(variance, 0)) + 1e-3;
      for (int row = 0; row < present.length; row++) {
        if (present[row] && concerns(row, i)) {
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
    List<Integer> chosen = new ArrayList<>();
    for (int c = 0; c < cases.caseCount(); c++) {
      if (label[c] >= 0 && (leftOut < 0 || cases.fold(c, FOLDS) != leftOut)) {
        chosen.add(c);
      }
    }
    List<RepeatNetwork> members = new ArrayList<>();
    for (int member = 0; member < MEMBERS; member++) {
      SplittableRandom random =
          new SplittableRandom(
              Randoms.seed(seed, "repeat network", (long) MEMBERS * leftOut + member));
      float[] weights = new float[(HIDDEN + 1) * INPUTS];
      for (int i = 0; i < HIDDEN * INPUTS; i++) {
        weights[i] = (float) (START_DEVIATION / Math.sqrt(INPUTS) * random.nextGaussian());
      }
      float[] outputs = new float[HIDDEN];
      for (int h = 0; h < HIDDEN; h++) {
        outputs[h] = (float) (START_DEVIATION * random.nextGaussian());
      }
      if (!chosen.isEmpty()) {
        try (PointerScope scope = new PointerScope()) {
          optimise(chosen, weights, outputs);
        }
      }
      members.add(new RepeatNetwork(HIDDEN, weights, outputs));
    }
    RepeatNetwork network = RepeatNetwork.mean(members);
    float[] weights = network.weights();
    // From standardised inputs back to the inputs themselves; the constants go to the kinds.
    for (int h = 0; h <= network.hidden(); h++) {
      for (int i = RepeatNetworkInputs.SESSION_START; i < INPUTS; i++) {
        double weight = weights[h * INPUTS + i] / deviation[i];
        weights[h * INPUTS + i] = (float) weight;
        boolean session = i < RepeatNetworkInputs.OWN_START;
        if (session || i < RepeatNetworkInputs.UNSEEN_START) {
          weights[h * INPUTS + RepeatNetworkInputs.OWN] -= (float) (weight * mean[i]);
        }
        if (session || i >= RepeatNetworkInputs.UNSEEN_START) {
          weights[h * INPUTS + RepeatNetworkInputs.UNSEEN] -= (float) (weight * mean[i]);
        }
      }
    }
    return network;
  }

  private void optimise(List<Integer> chosen, float[] weights, float[] outputs) {
    int count = chosen.size();
    float[] rows = new float[count * slots * INPUTS];
    float[] hiding = new float[count * (slots + 1)]; // the last place is any other
    long[] labels = new long[count];
    for (int k = 0; k < count; k++) {
      int c = chosen.get(k);
      System.arraycopy(inputs, c * slots * INPUTS, rows, k * slots * INPUTS, slots * INPUTS);
      for (int slot = 0; slot < slots; slot++) {
        hiding[k * (slots + 1) + slot] = present[c * slots + slot] ? 0 : -1e30f;
      }
      labels[k] = label[c];
    }
    Tensor all = Tensors.of(rows, (long) count * slots, INPUTS);
    Tensor hidden = Tensors.of(hiding, count, slots + 1);
    Tensor targets = Tensors.of(labels, count, 1);
    Parameter first = Parameter.whole("weights", Tensors.of(weights, HIDDEN + 1, INPUTS), 1);
    Parameter second = Parameter.whole("outputs", Tensors.of(outputs, 1, HIDDEN), 1);
    Parameter other = Parameter.whole("other", Tensors.zeros(1, 1), 1);
    Adam adam = new Adam(List.of(first, second, other));
    Tensor any = Tensors.zeros(count, 1);
    for (int step = 0; step < STEPS; step++) {
      try (PointerScope scope = new PointerScope()) {
        Tensor sums = torch.mm(all, first.value().t()); // (rows, H + 1)
        Tensor scores =
            Tensors.sumLast(sums.narrow(1, 0, HIDDEN).tanh().mul(second.value()))
                .add(sums.select(1, HIDDEN))
                .view(count, slots);
        Tensor logits =
            torch
                .cat(new org.bytedeco.pytorch.TensorVector(scores, any.add(other.value())), 1)
                .add(hidden);
        Tensor loss =
            torch
                .log_softmax(logits, 1)
                .gather(1, targets)
                .mean()
                .neg()
                .add(
                    first
                        .value()
                        .mul(first.value())
                        .sum()
                        .add(second.value().mul(second.value()).sum())
                        .mul(Tensors.scalar(DECAY / 2)));
        loss.backward();
        adam.step(LEARNING_RATE * (1 - (double) step / STEPS));
      }
    }
    float[] fitted = Tensors.floats(first.value());
    System.arraycopy(fitted, 0, weights, 0, fitted.length);
    System.arraycopy(Tensors.floats(second.value()), 0, outputs, 0, HIDDEN);
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
