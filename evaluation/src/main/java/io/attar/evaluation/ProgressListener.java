package io.attar.evaluation;

/** Hears how far a long measurement has got. Called from any of its threads, one at a time. */
@FunctionalInterface
public interface ProgressListener {
  /** Hears nothing. */
  ProgressListener NONE = (stage, done, total) -> {};

  /**
   * Some more is done.
   *
   * @param stage what is being done, such as the name of the method measured
   * @param done units done, from 0 to {@code total}
   * @param total units of this stage
   */
  void progress(String stage, long done, long total);
}
