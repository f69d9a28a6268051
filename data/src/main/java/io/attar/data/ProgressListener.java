package io.attar.data;

/** Hears how far a preparation is; called from the thread that prepares, never concurrently. */
@FunctionalInterface
public interface ProgressListener {
  /**
   * One step further.
   *
   * @param stage what is being done, in a few words
   * @param done how much of it is done, in clicks, lines or sessions
   * @param total how much there is, or -1 when that is not known
   */
  void progress(String stage, long done, long total);

  /** A listener that hears nothing. */
  static ProgressListener none() {
    return (stage, done, total) -> {};
  }
}
