package io.attar.training;

import io.attar.data.Items;
import io.attar.data.Sessions;
import io.attar.runtime.ModelFileException;
import io.attar.runtime.Recommender;
import io.attar.runtime.Session;
import java.util.HashSet;
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
      double temperature,
      RepeatHead head,
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
            model.logits(model.sessionVectors(batch, rows), rows).mul(Tensors.scalar(temperature));
        SessionBatch.OwnItems own = batch.ownItems();
        for (int b = 0; b < batch.caseCount(); b++) {
          float[] row = Tensors.floats(expected.select(0, b));
          int length = batch.prefixLength(b);
          Set<Integer> distinct = new HashSet<>();
          visit.clear();
          for (int t = batch.positions()[b] - length + 1; t <= batch.positions()[b]; t++) {
            distinct.add(batch.items()[t]);
            visit.click(ids.id(batch.items()[t]));
          }
          for (int t = 0; t < batch.width(); t++) {
            int place = b * batch.width() + t;
            if (own.own()[place]) {
              int item = batch.itemInRow(b, t);
              row[item] =
                  head.score(
                      row[item], own.counts()[place], batch.age(b, t), distinct.size(), length);
            }
          }
          visit.scores(scores);
          for (int v = 0; v < row.length; v++) {
            float score = scores[places[v]];
            double difference = Math.abs(row[v] - score) / Math.max(1, Math.abs(row[v]));
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
