package io.attar.training;

import io.attar.evaluation.ScoringMethod;
import io.attar.evaluation.SessionScorer;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.OptionalLong;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * A model as the training engine scores it, for measuring what the model file has no place for. A
 * session is scored anew after every click, from its last clicks; an item that training never saw
 * is never recommended, and without a known click nothing is.
 *
 * <p>Cost: an encoder's pass over the session and one over the whole table a scoring. Safe to share
 * as long as nobody trains the model.
 */
final class EngineMethod implements ScoringMethod {
  private final String name;
  private final String description;
  private final SessionModel model;
  private final RepeatCalibration.Result calibrated;
  private final int window;
  private final boolean[] known; // (V)
  private final long bytes;
  private final Tensor rows; // (V, N) as they are scored
  private final Scoring scoring;

  /** What becomes of a session vector. */
  private interface Scoring {
    /**
     * Writes the scores of known items.
     *
     * @param theta (1, N)
     * @param scores (V) all negative infinity
     */
    void score(Tensor theta, double[] scores);
  }

  /**
   * A finished model.
   *
   * @param calibrated what own items get, by tables
   * @param window clicks of a session that count, the latest ones
   * @param known (V) items that may be clicked and recommended
   * @param bytes of the parameters as fp32
   * @throws IllegalArgumentException when a network decides about repeats, as only the runtime has
   *     it
   */
  EngineMethod(
      String name,
      String description,
      SessionModel model,
      RepeatCalibration.Result calibrated,
      int window,
      boolean[] known,
      long bytes) {
    if (calibrated.network() != null) {
      throw new IllegalArgumentException(
          "a model that the engine scores must decide about repeats by tables, but '"
              + name
              + "' does by a network: measure its file through the runtime");
    }
    this.name = name;
    this.description = description;
    this.model = model;
    this.calibrated = calibrated;
    this.window = window;
    this.known = known.clone();
    this.bytes = bytes;
    this.rows = model.allUsedRows();
    this.scoring = this::scoreAll;
    model.encoder().training(false);
  }

  private EngineMethod(EngineMethod all, String name, String description, Scoring scoring) {
    this.name = name;
    this.description = description;
    this.model = all.model;
    this.calibrated = all.calibrated;
    this.window = all.window;
    this.known = all.known;
    this.bytes = all.bytes;
    this.rows = all.rows;
    this.scoring = scoring;
  }

  /**
   * The same model, which only searches for its best items; it recommends no other.
   *
   * @param tree by which it scores
   * @param count how many it finds
   */
  EngineMethod searching(TreeSoftmax tree, TreeSearch.Rule rule, int count) {
    String what = ", best " + count + " by the " + rule.title() + " search";
    return new EngineMethod(
        this,
        name + what,
        description + what,
        (theta, scores) -> {
          TreeSearch.Found found = tree.best(theta, count, rule);
          for (int i = 0; i < found.places().length; i++) {
            int item = found.places()[i];
            if (known[item]) {
              scores[item] = found.logProbabilities()[i];
            }
          }
        });
  }

  private void scoreAll(Tensor theta, double[] scores) {
    FloatBuffer similarities = model.logits(theta, rows).createBuffer();
    for (int v = 0; v < known.length; v++) {
      if (known[v]) {
        scores[v] = calibrated.temperature() * similarities.get(v);
      }
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public OptionalLong bytes() {
    return OptionalLong.of(bytes);
  }

  @Override
  public SessionScorer newScorer() {
    return new Scorer();
  }

  private final class Scorer implements SessionScorer {
    private final IntArrayList clicks = new IntArrayList(); // the last ones, oldest first

    @Override
    public void start() {
      clicks.clear();
    }

    @Override
    public void click(int item) {
      if (item < known.length && known[item]) {
        if (clicks.size() == window) {
          clicks.removeInt(0);
        }
        clicks.add(item);
      }
    }

    @Override
    public void scores(double[] scores) {
      Arrays.fill(scores, Double.NEGATIVE_INFINITY);
      if (clicks.isEmpty()) {
        return;
      }
      SessionBatch batch = batch();
      try (PointerScope scope = new PointerScope()) {
        scoring.score(model.sessionVectors(batch, rows), scores);
      }
      SessionBatch.OwnItems own = batch.ownItems();
      int distinct = 0;
      for (boolean latest : own.own()) {
        distinct += latest ? 1 : 0;
      }
      for (int t = 0; t < clicks.size(); t++) {
        if (own.own()[t]) {
          int item = clicks.getInt(t);
          scores[item] =
              calibrated
                  .head()
                  .score(
                      (float) scores[item],
                      own.counts()[t],
                      batch.age(0, t),
                      distinct,
                      clicks.size());
        }
      }
    }

    /** The session so far, one case after its last click. */
    private SessionBatch batch() {
      int length = clicks.size();
      return new SessionBatch(
          1,
          length,
          clicks.toIntArray(),
          new int[length],
          new int[] {length - 1},
          new int[] {clicks.getInt(length - 1)},
          new int[1]);
    }
  }
}
