package io.attar.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class StopwatchTest {

  @Test
  void quantilesAreOrderStatistics() {
    long[] hundred = LongStream.rangeClosed(1, 100).toArray();
    assertThat(Stopwatch.quantile(hundred, 50)).isEqualTo(50);
    assertThat(Stopwatch.quantile(hundred, 99)).isEqualTo(99);
    assertThat(Stopwatch.quantile(new long[] {7}, 99)).isEqualTo(7);
    assertThat(Stopwatch.quantile(new long[] {1, 2, 9}, 50)).isEqualTo(2);
  }

  @Test
  void samplesBecomeMicroseconds() {
    Stopwatch.Samples samples = new Stopwatch.Samples();
    for (int i = 10_000; i >= 1; i--) {
      samples.add(i * 1_000L);
    }
    Report.Timing timing = samples.timing("one", 5);
    assertThat(timing).isEqualTo(new Report.Timing("one", 5, 5_000, 9_900.0, 10_000));
  }

  @Test
  void fewCallsHaveNoPercentile() {
    Stopwatch.Samples samples = new Stopwatch.Samples();
    samples.add(3_000);
    assertThat(samples.timing("one", 5)).isEqualTo(new Report.Timing("one", 5, 3, null, 1));
  }

  /** Only the click is timed, on the session given, after the clicks before it. */
  @Test
  void timesTheLastClickOnly() {
    Slow slow = new Slow();
    List<Report.Timing> timings =
        new Stopwatch(1, 1, 60).time(List.of(slow), new int[][] {{1, 2, 3}}, 3);
    assertThat(timings).hasSize(1);
    assertThat(timings.get(0).median()).isBetween(100.0, 3_500.0);
    assertThat(slow.restored).isEqualTo(2);
    assertThat(slow.clicked).isEqualTo(3);
  }

  /** Restores in 4 ms, clicks in 0.1. */
  private static final class Slow implements Contestant {
    private int restored;
    private int clicked;

    @Override
    public String name() {
      return "slow";
    }

    @Override
    public void restore(int[] clicks, int count) {
      restored = count;
      spin(4_000_000);
    }

    @Override
    public void click(int item) {
      clicked = item;
      spin(100_000);
    }

    @Override
    public int item(int rank) {
      return clicked;
    }

    private static void spin(long nanoseconds) {
      long start = System.nanoTime();
      while (System.nanoTime() - start < nanoseconds) {
        Thread.onSpinWait();
      }
    }
  }
}
