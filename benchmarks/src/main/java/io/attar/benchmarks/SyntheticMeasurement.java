package io.attar.benchmarks;

import io.attar.runtime.Recommender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Measures the runtime on one synthetic shop, in a process of its own. */
final class SyntheticMeasurement {
  static final int CLICKS = 5;
  static final String CLUSTERED = "clustered";
  static final String INDEPENDENT = "independent";

  /** How the names of codes drawn by a trained file's statistics start. */
  static final String RESAMPLED = "resampled";

  private static final int DIMENSION = 128;
  private static final int MAXIMUM_SESSION_LENGTH = 50;
  private static final int CHECKED_SESSIONS = 40;
  private static final long SEED = 5;

  private SyntheticMeasurement() {}

  /**
   * Arguments: how the codes are drawn; M-K, or the trained file where they are resampled; the
   * number of items; the stopwatch's three numbers; the file to write.
   */
  public static void main(String[] arguments) throws IOException {
    String codes = arguments[0];
    Stopwatch stopwatch =
        new Stopwatch(
            Integer.parseInt(arguments[3]),
            Integer.parseInt(arguments[4]),
            Integer.parseInt(arguments[5]));
    SyntheticShop shop = shop(codes, arguments[1], Integer.parseInt(arguments[2]));
    Json.write(measure(codes, shop, stopwatch), Path.of(arguments[6]));
  }

  private static SyntheticShop shop(String codes, String source, int items) throws IOException {
    if (codes.startsWith(RESAMPLED)) {
      byte[] file = Files.readAllBytes(Path.of(source));
      return SyntheticShop.resampled(new StudentWeights(file), items, SEED);
    }
    String[] sizes = source.split("-", -1);
    int codebooks = Integer.parseInt(sizes[0]);
    int codewords = Integer.parseInt(sizes[1]);
    return codes.equals(CLUSTERED)
        ? SyntheticShop.clustered(items, codebooks, codewords, DIMENSION, SEED)
        : SyntheticShop.independent(items, codebooks, codewords, DIMENSION, SEED);
  }

  static Report.Synthetic measure(String codes, SyntheticShop shop, Stopwatch stopwatch)
      throws IOException {
    byte[] file = shop.file(MAXIMUM_SESSION_LENGTH);
    Recommender recommender = Recommender.open(file);
    int[][] sessions = shop.sessions(CLICKS, SEED);
    Contestant runtime = new RuntimeContestant(ModelMeasurement.RUNTIME, recommender);
    ScanContestant scan = new ScanContestant(recommender);
    Agreement agreement = new Agreement(scan);
    for (int s = 0; s < CHECKED_SESSIONS; s++) {
      agreement.check(runtime, sessions[s], Math.min(Contestant.TOP, shop.items()));
    }
    Contestant floor = Floor.of(new StudentWeights(file)).get(0);
    return new Report.Synthetic(
        codes,
        shop.items(),
        shop.codebookCount(),
        shop.codewords(),
        shop.dimension(),
        file.length,
        stopwatch.time(List.of(runtime, scan, floor), sessions, CLICKS));
  }
}
