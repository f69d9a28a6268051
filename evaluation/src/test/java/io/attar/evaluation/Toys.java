package io.attar.evaluation;

import io.attar.data.Dataset;
import io.attar.data.Items;
import io.attar.data.Sessions;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Small data to work out by hand, and random data from a seed. */
final class Toys {
  private Toys() {}

  static Sessions sessions(int[]... sessions) {
    int[] starts = new int[sessions.length + 1];
    for (int s = 0; s < sessions.length; s++) {
      starts[s + 1] = starts[s] + sessions[s].length;
    }
    return new Sessions(Arrays.stream(sessions).flatMapToInt(Arrays::stream).toArray(), starts);
  }

  static int[] s(int... items) {
    return items;
  }

  /** Sessions of 1 to 12 clicks, low items often, with repeats. */
  static Sessions random(Random random, int count, int items) {
    int[][] sessions = new int[count][];
    for (int s = 0; s < count; s++) {
      sessions[s] = new int[1 + random.nextInt(12)];
      for (int p = 0; p < sessions[s].length; p++) {
        boolean again = p > 0 && random.nextInt(3) == 0;
        sessions[s][p] =
            again ? sessions[s][random.nextInt(p)] : random.nextInt(1 + random.nextInt(items));
      }
    }
    return sessions(sessions);
  }

  /** Items are called "item-0", "item-1", ... */
  static Dataset dataset(
      int items, int catalogueSize, Sessions training, Sessions test, int minimumPrefixLength) {
    List<String> ids = IntStream.range(0, items).mapToObj(i -> "item-" + i).toList();
    return Dataset.of(
        "toy",
        new Items(ids),
        catalogueSize,
        training,
        Sessions.empty(),
        test,
        minimumPrefixLength);
  }

  /** The scores of a method after the clicks. */
  static double[] scores(ScoringMethod method, int catalogueSize, int... clicks) {
    SessionScorer scorer = method.newScorer();
    scorer.start();
    for (int item : clicks) {
      scorer.click(item);
    }
    double[] scores = new double[catalogueSize];
    Arrays.fill(scores, Double.NaN); // Whatever is left unwritten shows.
    scorer.scores(scores);
    return scores;
  }

  /** The items a method recommends after the clicks, best first, equal scores by index. */
  static List<Integer> ranking(ScoringMethod method, int catalogueSize, int... clicks) {
    double[] scores = scores(method, catalogueSize, clicks);
    return IntStream.range(0, catalogueSize)
        .boxed()
        .filter(item -> scores[item] > Double.NEGATIVE_INFINITY)
        .sorted((a, b) -> Double.compare(scores[b], scores[a]))
        .toList();
  }

  /** A method that gives these scores whatever was clicked. */
  static ScoringMethod fixed(String name, double... fixed) {
    return new ScoringMethod() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public SessionScorer newScorer() {
        return new SessionScorer() {
          @Override
          public void start() {}

          @Override
          public void click(int item) {}

          @Override
          public void scores(double[] scores) {
            System.arraycopy(fixed, 0, scores, 0, fixed.length);
          }
        };
      }
    };
  }
}
