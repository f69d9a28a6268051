package io.attar.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Times contestants call by call. JMH's set-up before every invocation would itself be longer than
 * the calls of a few microseconds that are measured here, and its means hide the 99th percentile:
 * so each call is clocked alone, with {@code System.nanoTime}, which itself takes some 25 ns.
 *
 * <p>The contestants take turns, a block of calls each, round after round: what else runs on the
 * machine disturbs all of them alike. The first rounds, in which the virtual machine compiles, and
 * the first calls of each block, in which caches fill and other contestants' threads come to rest,
 * do not count.
 *
 * @param warmUpRounds rounds that do not count
 * @param rounds rounds that do
 * @param blockMilliseconds length of a block, restoring included
 */
record Stopwatch(int warmUpRounds, int rounds, int blockMilliseconds) {
  private static final int UNCOUNTED_CALLS = 3;
  private static final int UNCOUNTED_SHARE = 5;
  private static final int ENOUGH_FOR_PERCENTILE = 1_000;

  /**
   * Times the last click of sessions.
   *
   * @param sessions item indices, oldest first, each of {@code clicks} clicks
   * @param clicks clicks of each session
   */
  List<Report.Timing> time(List<? extends Contestant> contestants, int[][] sessions, int clicks) {
    Samples[] samples = new Samples[contestants.size()];
    Arrays.setAll(samples, i -> new Samples());
    for (int round = -warmUpRounds; round < rounds; round++) {
      for (int i = 0; i < samples.length; i++) {
        block(contestants.get(i), sessions, clicks, samples[i], round >= 0);
      }
    }
    List<Report.Timing> timings = new ArrayList<>();
    for (int i = 0; i < samples.length; i++) {
      timings.add(samples[i].timing(contestants.get(i).name(), clicks));
    }
    return timings;
  }

  private void block(
      Contestant contestant, int[][] sessions, int clicks, Samples samples, boolean counts) {
    long start = System.nanoTime();
    long length = blockMilliseconds * 1_000_000L;
    int calls = 0;
    long now = start;
    while (calls <= UNCOUNTED_CALLS || now - start < length) {
      int[] session = sessions[samples.next++ % sessions.length];
      contestant.restore(session, clicks - 1);
      int last = session[clicks - 1];
      long before = System.nanoTime();
      contestant.click(last);
      now = System.nanoTime();
      calls++;
      boolean settled = calls > UNCOUNTED_CALLS && (now - start) * UNCOUNTED_SHARE >= length;
      if (counts && settled) {
        samples.add(now - before);
      }
    }
  }

  /** The calls of one contestant. */
  static final class Samples {
    private long[] nanoseconds = new long[1 << 12];
    private int count;
    private int next;

    void add(long value) {
      if (count == nanoseconds.length) {
        nanoseconds = Arrays.copyOf(nanoseconds, 2 * count);
      }
      nanoseconds[count++] = value;
    }

    Report.Timing timing(String name, int clicks) {
      if (count == 0) {
        throw new IllegalStateException(
            "'" + name + "' must be timed at least once; give the rounds more time");
      }
      long[] sorted = Arrays.copyOf(nanoseconds, count);
      Arrays.sort(sorted);
      Double percentile99 =
          count < ENOUGH_FOR_PERCENTILE ? null : Double.valueOf(quantile(sorted, 99) / 1e3);
      return new Report.Timing(name, clicks, quantile(sorted, 50) / 1e3, percentile99, count);
    }
  }

  /** The smallest value that at least {@code percent} of 100 values do not exceed. */
  static long quantile(long[] sorted, int percent) {
    int rank = (int) (((long) sorted.length * percent + 99) / 100);
    return sorted[Math.max(1, rank) - 1];
  }
}
