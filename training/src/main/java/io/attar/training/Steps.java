package io.attar.training;

import java.util.Map;

/** What the {@link Trainer} loops over: steps on batches, and all that has to survive a kill. */
interface Steps {
  /** The model as it is measured between epochs. */
  SessionModel model();

  /**
   * One step on one batch.
   *
   * @param learningRate of this epoch
   * @param progress share of the stage's steps made before, from 0 to below 1
   * @throws TrainingException when a loss is not a number
   */
  Losses step(SessionBatch batch, double learningRate, double progress);

  /** Every parameter that moves, by a name of its own, in a fixed order. */
  Map<String, Parameter> state();

  /** Number of steps made. */
  long made();

  /** Goes on as if so many steps were made. */
  void restore(long made);

  /**
   * Losses of a step, means over its cases.
   *
   * @param crossEntropy label loss
   * @param divergence KL to the teacher, 0 without one
   * @param neighbours cross-entropy to the neighbours' votes, 0 without
   * @param cases number of cases
   * @param tasks numbers of further tasks, by the name the history gives them; empty without
   */
  record Losses(
      double crossEntropy,
      double divergence,
      double neighbours,
      int cases,
      Map<String, Double> tasks) {}
}
