package io.attar.evaluation;

/**
 * Walks sessions click by click and scores the whole catalogue after any of them. Whatever ranks
 * items - a model file, a rule, session kNN, a teacher - looks like this to the evaluator.
 *
 * <p>Not thread-safe: the evaluator asks its {@link ScoringMethod} for one per thread. The scores
 * after a click depend on the clicks since {@link #start()} only, never on earlier sessions and
 * never on how often scores were asked for.
 */
public interface SessionScorer {
  /** Forgets the session so far; a new one begins. */
  void start();

  /**
   * Takes the next click.
   *
   * @param item item index of the data set; one the method does not know is ignored
   */
  void click(int item);

  /**
   * Scores every item of the catalogue for the session so far.
   *
   * @param scores (catalogue size) written in full by item index, greater is better; negative
   *     infinity for an item the method would never recommend here; never NaN
   */
  void scores(double[] scores);
}
