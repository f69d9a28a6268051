package io.attar.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A shop of any size without a training: codes, codebooks and sessions drawn from a seed.
 *
 * @param codes (items, codebooks), sorted
 * @param codewords codewords in each codebook
 * @param codebooks (codebooks x codewords, dimension)
 */
record SyntheticShop(char[][] codes, int codewords, float[] codebooks, int dimension) {
  private static final int SESSIONS = 300;

  /** Share of clicks that stay with the first codeword of the session's first item. */
  private static final double LOYALTY = 0.7;

  /** Each codebook's codewords are so much shorter than those of the codebook before. */
  private static final double DECAY = 0.6;

  /**
   * Residual codes as k-means leaves them: codewords that shorten from codebook to codebook, a few
   * popular first codewords, and under each of them an own preference for later ones.
   */
  static SyntheticShop clustered(
      int items, int codebookCount, int codewords, int dimension, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] codebooks = new float[codebookCount * codewords * dimension];
    for (int m = 0; m < codebookCount; m++) {
      // The expected length of a codeword is DECAY^m.
      double size = Math.pow(DECAY, m) / Math.sqrt(dimension);
      for (int i = 0; i < codewords * dimension; i++) {
        codebooks[m * codewords * dimension + i] = (float) (size * random.nextGaussian());
      }
    }
    char[][] codes = new char[items][codebookCount];
    for (char[] item : codes) {
      item[0] = skewed(random, codewords);
      for (int m = 1; m < codebookCount; m++) {
        // An odd stride permutes codewords that are a power of two many: each cluster prefers
        // others.
        int preference = 2 * (item[0] * 31 + m * 17) + 1;
        item[m] = (char) ((skewed(random, codewords) * preference + item[0]) % codewords);
      }
    }
    return new SyntheticShop(sorted(codes), codewords, codebooks, dimension);
  }

  /** The worst for a search: all codebooks weigh the same, and no code tells of another. */
  static SyntheticShop independent(
      int items, int codebookCount, int codewords, int dimension, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] codebooks = new float[codebookCount * codewords * dimension];
    for (int i = 0; i < codebooks.length; i++) {
      codebooks[i] = (float) random.nextGaussian();
    }
    char[][] codes = new char[items][codebookCount];
    for (char[] item : codes) {
      for (int m = 0; m < codebookCount; m++) {
        item[m] = (char) random.nextInt(codewords);
      }
    }
    return new SyntheticShop(sorted(codes), codewords, codebooks, dimension);
  }

  /**
   * More items with the codebooks of a trained student and codes by its statistics: the first two
   * codes of a random item, and each later code of a random item with the same first code.
   */
  static SyntheticShop resampled(StudentWeights student, int items, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<List<Integer>> byFirstCode = new ArrayList<>();
    for (int k = 0; k < student.codewordCount(); k++) {
      byFirstCode.add(new ArrayList<>());
    }
    for (int v = 0; v < student.itemCount(); v++) {
      byFirstCode.get(student.code(0, v)).add(v);
    }
    char[][] codes = new char[items][student.codebookCount()];
    for (char[] item : codes) {
      int head = random.nextInt(student.itemCount());
      List<Integer> kin = byFirstCode.get(student.code(0, head));
      for (int m = 0; m < item.length; m++) {
        int source = m < 2 ? head : kin.get(random.nextInt(kin.size()));
        item[m] = (char) student.code(m, source);
      }
    }
    return new SyntheticShop(
        sorted(codes), student.codewordCount(), student.codebooks(), student.dimension());
  }

  /** A codeword, low ones more likely: the square of a uniform number. */
  private static char skewed(SplittableRandom random, int codewords) {
    double uniform = random.nextDouble();
    return (char) (codewords * uniform * uniform);
  }

  private static char[][] sorted(char[][] codes) {
    Arrays.sort(codes, Arrays::compare);
    return codes;
  }

  int items() {
    return codes.length;
  }

  int codebookCount() {
    return codes[0].length;
  }

  /** The shop's model file. */
  byte[] file(int maximumSessionLength) {
    return ModelFileWriter.synthetic(codes, codewords, codebooks, dimension, maximumSessionLength);
  }

  /** Sessions that mostly stay among items of one first code, as interests do. */
  int[][] sessions(int clicks, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int[][] sessions = new int[SESSIONS][clicks];
    for (int[] session : sessions) {
      int first = random.nextInt(items());
      for (int t = 0; t < clicks; t++) {
        int item = random.nextInt(items());
        boolean loyal = random.nextDouble() < LOYALTY;
        while (loyal && codes[item][0] != codes[first][0]) {
          item = random.nextInt(items());
        }
        session[t] = t == 0 ? first : item;
      }
    }
    return sessions;
  }
}
