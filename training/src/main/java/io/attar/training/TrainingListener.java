package io.attar.training;

/** Hears what training does; the default does nothing. Called on the training thread. */
public interface TrainingListener {
  /** Nobody listens. */
  TrainingListener SILENT = new TrainingListener() {};

  /** A stage begins, such as "teacher (weighted-mean)". */
  default void stageStarted(String stage) {}

  /** A stage goes on where its checkpoint left it, or is done already. */
  default void stageResumed(String stage, int epoch, int step) {}

  /** Steps made in an epoch of a stage. */
  default void progressed(String stage, int epoch, long done, long total) {}

  /** An epoch ends with its mean loss and the quality on held-out sessions. */
  default void epochFinished(
      String stage, int epoch, double crossEntropy, double divergence, HeldOutQuality quality) {}

  /** Anything else worth a line. */
  default void said(String line) {}
}
