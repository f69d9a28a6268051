package io.attar.benchmarks;

import io.attar.runtime.Recommendations;
import io.attar.runtime.Recommender;
import io.attar.runtime.Session;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * A server's work under JMH: each thread plays test sessions click by click, every click answered
 * with the best 20, over one shared model.
 */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class ServerBenchmark {

  /** Takes one click and answers it. */
  @Benchmark
  public Recommendations click(Visitors visitors) {
    return visitors.nextClick();
  }

  /**
   * Runs the benchmark in a forked process.
   *
   * @param iterations of one second, after half as many to warm up
   */
  static Report.Server run(
      String dataSet, String role, Path model, Path queries, int threads, int iterations)
      throws RunnerException {
    Options options =
        new OptionsBuilder()
            .include(ServerBenchmark.class.getName() + ".click")
            .param("file", model.toString())
            .param("queries", queries.toString())
            .threads(threads)
            .forks(1)
            .warmupIterations(Math.max(1, iterations / 2))
            .warmupTime(TimeValue.seconds(1))
            .measurementIterations(iterations)
            .measurementTime(TimeValue.seconds(1))
            .verbosity(VerboseMode.SILENT)
            .shouldFailOnError(true)
            .build();
    Result<?> result = new Runner(options).runSingle().getPrimaryResult();
    return new Report.Server(dataSet, role, threads, result.getScore(), result.getScoreError());
  }

  /** The model that all threads share. JMH fills the parameters. */
  @State(Scope.Benchmark)
  @SuppressWarnings("NullAway.Init") // JMH calls open before anything else.
  public static class Shop {
    /** The model file. */
    @Param("")
    public String file;

    /** The sessions to play. */
    @Param("")
    public String queries;

    private Recommender recommender;
    private List<int[]> sessions;

    /** Opens the model. */
    @Setup
    public void open() throws IOException {
      recommender = Recommender.open(Files.readAllBytes(Path.of(file)));
      sessions = Queries.read(Path.of(queries)).sessions();
    }
  }

  /** The visitors that one thread serves, one after the other. */
  @State(Scope.Thread)
  @SuppressWarnings("NullAway.Init") // JMH calls start before anything else.
  public static class Visitors {
    private List<int[]> sessions;
    private Session session;
    private int visitor;
    private int position;

    /** Starts the first visitor's session. */
    @Setup
    public void start(Shop shop) {
      sessions = shop.sessions;
      session = shop.recommender.newSession();
    }

    private Recommendations nextClick() {
      int[] clicks = sessions.get(visitor);
      if (position == clicks.length) {
        visitor = (visitor + 1) % sessions.size();
        clicks = sessions.get(visitor);
        position = 0;
        session.clear();
      }
      session.clickIndex(clicks[position++]);
      return session.top(Contestant.TOP);
    }
  }
}
