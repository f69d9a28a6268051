package io.attar.training;

import io.attar.data.Sessions;
import it.unimi.dsi.fastutil.doubles.DoubleArrayList;
import it.unimi.dsi.fastutil.floats.FloatArrayList;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A model's scores on held-out sessions, reduced to what ranking within the first ten and
 * calibrating the repeat head need: the features of every own item, the best new items, the target,
 * and the log partition function of the new items at each temperature.
 */
final class HeldOutCases {
  /** Temperatures on new items' scores that calibration chooses from. */
  static final double[] TEMPERATURES = {0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.5};

  /** New items kept a case: those a {@link RepeatNetwork} ranks, and any rank up to ten. */
  static final int BEST = RepeatNetworkInputs.RANKS;

  /** Cases scored at a time: their scores should fit the processor's cache. */
  private static final int BLOCK = 32;

  private final int caseCount;
  private final int[] session; // (cases) number of the case's session
  private final int[] ownStart; // (cases + 1)
  private final int[] item; // (own) item index
  private final int[][] clicks; // (cases) the window, oldest first
  private final float[] similarity; // (own) scale cos of the own item, plus its bias
  private final int[] count; // (own)
  private final int[] age; // (own)
  private final int[] length; // (cases) clicks in the window
  private final int[] targetOwn; // (cases) index into own, -1 = new
  private final float[] best; // (cases BEST) largest scores of new items, descending
  private final float[] newTarget; // (cases) score of a new target; -infinity when no model row
  private final int[] newTargetRank; // (cases) pessimistic rank of a new target among new items
  private final double[] logSums; // (cases TEMPERATURES) log sum of exp(t s) over new items

  private HeldOutCases(
      int caseCount,
      int[] session,
      int[] ownStart,
      int[] item,
      int[][] clicks,
      float[] similarity,
      int[] count,
      int[] age,
      int[] length,
      int[] targetOwn,
      float[] best,
      float[] newTarget,
      int[] newTargetRank,
      double[] logSums) {
    this.caseCount = caseCount;
    this.session = session;
    this.ownStart = ownStart;
    this.item = item;
    this.clicks = clicks;
    this.similarity = similarity;
    this.count = count;
    this.age = age;
    this.length = length;
    this.targetOwn = targetOwn;
    this.best = best;
    this.newTarget = newTarget;
    this.newTargetRank = newTargetRank;
    this.logSums = logSums;
  }

  /**
   * Scores all cases of the sessions.
   *
   * @param clickCounts (V) clicks in training; a new target without one is a miss whatever its row
   *     says
   * @throws TrainingException when a score is not a number
   */
  static HeldOutCases score(
      SessionModel model,
      int[] clickCounts,
      Sessions sessions,
      int window,
      int width,
      int minimumPrefixLength) {
    Collector out = new Collector(clickCounts, minimumPrefixLength);
    SessionPacker packer =
        SessionPacker.forMeasuring(sessions, 16, width, window, minimumPrefixLength);
    try (PointerScope scope = new PointerScope()) {
      Tensor rows = model.allUsedRows();
      for (SessionBatch batch : packer.inOrder()) {
        if (batch.caseCount() > 0) {
          try (PointerScope inner = new PointerScope()) {
            out.add(model, rows, batch);
          }
        }
      }
    }
    return out.finish();
  }

  int caseCount() {
    return caseCount;
  }

  /** A group of sessions that lie in time next to each other's; for cross-fitting. */
  int fold(int c, int folds) {
    return session[c] % folds;
  }

  int ownStart(int c) {
    return ownStart[c];
  }

  int ownEnd(int c) {
    return ownStart[c + 1];
  }

  int item(int own) {
    return item[own];
  }

  /** The clicks of a case's window, oldest first; not to be changed. */
  int[] clicks(int c) {
    return clicks[c];
  }

  float similarity(int own) {
    return similarity[own];
  }

  int count(int own) {
    return count[own];
  }

  int age(int own) {
    return age[own];
  }

  int length(int c) {
    return length[c];
  }

  int distinct(int c) {
    return ownStart[c + 1] - ownStart[c];
  }

  int targetOwn(int c) {
    return targetOwn[c];
  }

  float best(int c, int rank) {
    return best[c * BEST + rank];
  }

  float newTarget(int c) {
    return newTarget[c];
  }

  int newTargetRank(int c) {
    return newTargetRank[c];
  }

  double logSum(int c, int temperature) {
    return logSums[c * TEMPERATURES.length + temperature];
  }

  /** Recall@10 and NDCG@10 of new cases among unseen items, in percent: the ranking alone. */
  double[] newItemQuality() {
    double recall = 0;
    double gain = 0;
    int cases = 0;
    for (int c = 0; c < caseCount; c++) {
      if (targetOwn[c] < 0) {
        cases++;
        if (newTargetRank[c] <= 10) {
          recall++;
          gain += Math.log(2) / Math.log(newTargetRank[c] + 1.0);
        }
      }
    }
    return new double[] {100 * recall / Math.max(cases, 1), 100 * gain / Math.max(cases, 1)};
  }

  private static final class Collector {
    private final IntArrayList session = new IntArrayList();
    private final IntArrayList ownStart = new IntArrayList();
    private final IntArrayList items = new IntArrayList();
    private final List<int[]> clicks = new ArrayList<>();
    private final FloatArrayList similarity = new FloatArrayList();
    private final IntArrayList count = new IntArrayList();
    private final IntArrayList age = new IntArrayList();
    private final IntArrayList length = new IntArrayList();
    private final IntArrayList targetOwn = new IntArrayList();
    private final FloatArrayList best = new FloatArrayList();
    private final FloatArrayList newTarget = new FloatArrayList();
    private final IntArrayList newTargetRank = new IntArrayList();
    private final DoubleArrayList logSums = new DoubleArrayList();
    private final int[] clickCounts;
    private final int minimumPrefixLength;
    private int sessions;

    Collector(int[] clickCounts, int minimumPrefixLength) {
      this.clickCounts = clickCounts;
      this.minimumPrefixLength = minimumPrefixLength;
    }

    void add(SessionModel model, Tensor rows, SessionBatch batch) {
      int itemCount = (int) rows.size(0);
      Tensor theta = model.sessionVectors(batch, rows);
      SessionBatch.OwnItems own = batch.ownItems();
      for (int from = 0; from < batch.caseCount(); from += BLOCK) {
        int size = Math.min(BLOCK, batch.caseCount() - from);
        try (PointerScope scope = new PointerScope()) {
          Tensor scores = model.logits(theta.narrow(0, from, size), rows); // (size, V)
          FloatBuffer buffer = scores.createBuffer();
          for (int i = 0; i < size; i++) {
            int b = from + i;
            session.add(sessionOf(batch, b));
            ownStart.add(similarity.size());
            length.add(batch.prefixLength(b));
            int end = batch.positions()[b] + 1;
            clicks.add(Arrays.copyOfRange(batch.items(), end - batch.prefixLength(b), end));
            int target = batch.targets()[b];
            int targetAt = -1;
            float targetScore =
                clickCounts[target] > 0
                    ? buffer.get(i * itemCount + target)
                    : Float.NEGATIVE_INFINITY;
            for (int t = 0; t < batch.width(); t++) {
              int place = b * batch.width() + t;
              if (own.own()[place]) {
                int item = batch.itemInRow(b, t);
                if (t == own.targetSlot()[b]) {
                  targetAt = similarity.size();
                }
                items.add(item);
                similarity.add(buffer.get(i * itemCount + item));
                count.add(own.counts()[place]);
                age.add(batch.age(b, t));
                buffer.put(i * itemCount + item, -1e30f);
              }
            }
            targetOwn.add(targetAt);
            newTarget.add(targetAt < 0 ? targetScore : Float.NEGATIVE_INFINITY);
          }
          float[] top =
              Tensors.floats(torch.topk(scores, Math.min(BEST, itemCount), 1, true, true).get0());
          int kept = Math.min(BEST, itemCount);
          float[] targetScores = new float[size];
          for (int i = 0; i < size; i++) {
            for (int k = 0; k < BEST; k++) {
              best.add(k < kept ? top[i * kept + k] : -1e30f);
            }
            float value = newTarget.getFloat(newTarget.size() - size + i);
            targetScores[i] = value;
          }
          Tensor thresholds = Tensors.of(targetScores, size, 1);
          // Every item that scores as much as the target counts, the target itself included.
          int[] ranks =
              Tensors.ints(
                  scores
                      .ge(thresholds)
                      .sum(new long[] {1}, false, new org.bytedeco.pytorch.ScalarTypeOptional()));
          for (int i = 0; i < size; i++) {
            boolean known = targetScores[i] > Float.NEGATIVE_INFINITY;
            newTargetRank.add(known ? Math.max(ranks[i], 1) : Integer.MAX_VALUE);
          }
          float[] highest = new float[size];
          for (int i = 0; i < size; i++) {
            highest[i] = top[i * kept];
            // No comparison holds for NaN, so ranks would come out perfect.
            if (!Float.isFinite(highest[i])) {
              throw new TrainingException(
                  "the model scores held-out sessions with "
                      + highest[i]
                      + ": it has diverged; lower the learning rate");
            }
          }
          Tensor shifted = scores.sub_(Tensors.of(highest, size, 1));
          float[][] sums = new float[TEMPERATURES.length][];
          for (int k = 0; k < TEMPERATURES.length; k++) {
            sums[k] =
                Tensors.floats(
                    Tensors.sumLast(shifted.mul(Tensors.scalar(TEMPERATURES[k])).exp_()));
          }
          for (int i = 0; i < size; i++) {
            for (int k = 0; k < TEMPERATURES.length; k++) {
              logSums.add(Math.log(sums[k][i]) + TEMPERATURES[k] * highest[i]);
            }
          }
        }
      }
    }

    /**
     * Sessions come in order and begin with their shortest prefix; one that is cut into windows
     * goes on with full windows.
     */
    private int sessionOf(SessionBatch batch, int b) {
      boolean follows =
          b > 0
              && batch.positions()[b] == batch.positions()[b - 1] + 1
              && batch.prefixLength(b) == batch.prefixLength(b - 1) + 1;
      if (!follows && batch.prefixLength(b) <= minimumPrefixLength) {
        sessions++;
      }
      return sessions;
    }

    HeldOutCases finish() {
      ownStart.add(similarity.size());
      return new HeldOutCases(
          session.size(),
          session.toIntArray(),
          ownStart.toIntArray(),
          items.toIntArray(),
          clicks.toArray(int[][]::new),
          similarity.toFloatArray(),
          count.toIntArray(),
          age.toIntArray(),
          length.toIntArray(),
          targetOwn.toIntArray(),
          best.toFloatArray(),
          newTarget.toFloatArray(),
          newTargetRank.toIntArray(),
          logSums.toDoubleArray());
    }
  }
}
