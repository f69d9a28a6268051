package io.attar.training;

import io.attar.data.Items;
import io.attar.data.Sessions;
import io.attar.runtime.ModelFileException;
import io.attar.runtime.Recommender;
import io.attar.runtime.Session;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * The last check before a model file is written: the runtime, fed the very bytes, must give the
 * trainer's scores for every item of the catalogue on held-out sessions.
 */
final class ParityGate {
  private static final double TOLERANCE = 2e-3;
  private static final int SESSIONS = 40;

  /** How far apart, relatively, runtime and trainer may see the similarity of an item. */
  private static final float ROUNDING = 5e-5f;

  private ParityGate() {}

  /**
   * Compares all scores of some held-out sessions.
   *
   * @return the largest difference found
   * @throws TrainingException when the runtime cannot open the bytes or disagrees
   */
  static double pass(
      byte[] bytes,
      SessionModel model,
      RepeatCalibration.Result calibrated,
      int window,
      Items ids,
      Sessions sessions) {
    Recommender recommender;
    try {
      recommender = Recommender.open(bytes);
    } catch (ModelFileException e) {
      throw new TrainingException("the runtime refuses the model file just made", e);
    }
    Session visit = recommender.newSession();
    float[] scores = new float[recommender.itemCount()];
    int[] places = places(recommender, model.table().size(), ids);
    double worst = 0;
    Sessions sample = sessions.slice(0, Math.min(SESSIONS, sessions.count()));
    try (PointerScope scope = new PointerScope()) {
      Tensor rows = model.allUsedRows();
      for (SessionBatch batch :
          SessionPacker.forMeasuring(sample, 4, Trainer.WIDTH, window, 1).inOrder()) {
        Tensor expected =
            model
                .logits(model.sessionVectors(batch, rows), rows)
                .mul(Tensors.scalar(calibrated.temperature()));
        SessionBatch.OwnItems own = batch.ownItems();
        for (int b = 0; b < batch.caseCount(); b++) {
          float[] row = Tensors.floats(expected.select(0, b));
          int length = batch.prefixLength(b);
          Set<Integer> distinct = new LinkedHashSet<>();
          visit.clear();
          for (int t = batch.positions()[b] - length + 1; t <= batch.positions()[b]; t++) {
            distinct.add(batch.items()[t]);
            visit.click(ids.id(batch.items()[t]));
          }
          float[] lowest = row;
          RepeatNetwork network = calibrated.network();
          if (network == null) {
            for (int t = 0; t < batch.width(); t++) {
              int place = b * batch.width() + t;
              if (own.own()[place]) {
                int item = batch.itemInRow(b, t);
                row[item] =
                    calibrated
                        .head()
                        .score(
                            row[item],
                            own.counts()[place],
                            batch.age(b, t),
                            distinct.size(),
                            length);
              }
            }
          } else {
            int end = batch.positions()[b] + 1;
            lowest =
                decide(
                    network, Arrays.copyOfRange(batch.items(), end - length, end), distinct, row);
          }
          visit.scores(scores);
          for (int v = 0; v < row.length; v++) {
            float score = scores[places[v]];
            double outside = Math.max(score - row[v], lowest[v] - score);
            double difference = Math.max(outside, 0) / Math.max(1, Math.abs(row[v]));
            if (!(difference <= TOLERANCE)) {
              throw new TrainingException(
                  "parity gate: item '"
                      + ids.id(v)
                      + "' scores "
                      + score
                      + " in the runtime and "
                      + row[v]
                      + " in the trainer; the model file is not written");
            }
            worst = Math.max(worst, difference);
          }
        }
      }
    }
    return worst;
  }

  /**
   * Replaces all scores of a case by what the network makes of them.
   *
   * @return the least that an unseen item may score instead: items whose scores differ by a
   *     rounding may take each other's rank
   */
  private static float[] decide(
      RepeatNetwork network, int[] clicks, Set<Integer> distinct, float[] row) {
    float[] unseen = row.clone();
    distinct.forEach(item -> unseen[item] = Float.NEGATIVE_INFINITY);
    float[] sorted = unseen.clone();
    Arrays.sort(sorted);
    int count = Math.min(RepeatNetworkInputs.RANKS, row.length - distinct.size());
    float[] best = new float[count];
    for (int r = 0; r < count; r++) {
      best[r] = sorted[sorted.length - 1 - r];
    }
    double[] decided = RepeatNetworkFit.unseenScores(network, clicks, best);
    float[] lowest = row.clone();
    for (int v = 0; v < row.length; v++) {
      if (distinct.contains(v)) {
        float[] inputs = new float[RepeatNetworkInputs.INPUTS];
        RepeatNetworkInputs.session(clicks, best, count, inputs, 0);
        RepeatNetworkInputs.own(clicks, v, row[v], inputs, 0);
        row[v] = (float) network.score(inputs, 0);
        lowest[v] = row[v];
      } else if (count > 0) {
        float rounding = ROUNDING * Math.max(1, Math.abs(row[v]));
        lowest[v] = lowest(best, decided, row[v], rounding);
        row[v] = decided(best, decided, row[v] + rounding);
      }
    }
    return lowest;
  }

  /** What is decided for the last rank that is the item's but for a rounding. */
  private static float lowest(float[] best, double[] decided, float similarity, float rounding) {
    int place = best.length - 1;
    if (similarity + rounding < best[place]) {
      return decided(best, decided, similarity - rounding);
    }
    while (place > 0 && best[place] < similarity - rounding) {
      place--;
    }
    return (float) decided[place];
  }

  /** What is decided for the first rank that an item reaches. */
  private static float decided(float[] best, double[] decided, float similarity) {
    int last = best.length - 1;
    if (similarity < best[last]) {
      return (float) (decided[last] + similarity - best[last]);
    }
    int place = 0;
    while (place < last && best[place] > similarity) {
      place++;
    }
    return (float) decided[place];
  }

  /** (V) the file's item index by the trainer's: the file has an order of its own. */
  private static int[] places(Recommender recommender, int size, Items ids) {
    int[] places = new int[size];
    for (int v = 0; v < size; v++) {
      places[v] = recommender.itemIndex(ids.id(v));
      if (places[v] < 0) {
        throw new TrainingException(
            "parity gate: the runtime must know the item '"
                + ids.id(v)
                + "' but does not; the model file is not written");
      }
    }
    return places;
  }
}
