package io.attar.benchmarks;

/**
 * One way from a click to the best 20 items. Not thread-safe.
 *
 * <p>What is timed is {@link #click} alone.
 */
interface Contestant extends AutoCloseable {
  /** Items asked for. */
  int TOP = 20;

  /** What to call it in reports. */
  String name();

  /**
   * Brings the session to where it stands before the timed click, as if every click so far had been
   * answered too.
   *
   * @param clicks item indices, oldest first, the timed one and any after it too
   * @param count how many of them have happened
   */
  void restore(int[] clicks, int count);

  /** Takes one more click and ranks: the timed work. */
  void click(int item);

  /** The item index at a rank of the last ranking; 0 is the best. */
  int item(int rank);

  @Override
  default void close() {}
}
