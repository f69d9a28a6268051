package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdditiveCodesTest {
  private static final long SEED = 20_261_122L;
  private static final int ITEMS = 300;
  private static final int DIMENSION = 10;
  private static final int CODEBOOKS = 4;
  private static final int CODEWORDS = 8;

  private final float[] rows = Toys.gaussians(new SplittableRandom(SEED), ITEMS * DIMENSION, 1);
  private final int[] clickCounts = new int[ITEMS];

  AdditiveCodesTest() {
    Arrays.setAll(clickCounts, v -> 3 * (ITEMS - v));
  }

  private static StudentOptions options(int rounds, int bits) {
    return Toys.student(
        Map.of(
            "codebooks", CODEBOOKS,
            "codewords", CODEWORDS,
            "codebookBits", bits,
            "clusteringIterations", 10,
            "reassignmentRounds", rounds));
  }

  /** Weighted squared error of what codes and rounded codewords compose. */
  private double error(Quantiser.Result found, int bits) {
    float[] codewords =
        bits == Quantised.UNROUNDED
            ? found.codebooks()
            : Quantised.of(found.codebooks(), CODEBOOKS * CODEWORDS, DIMENSION, bits).values();
    double error = 0;
    for (int v = 0; v < ITEMS; v++) {
      for (int d = 0; d < DIMENSION; d++) {
        double left = rows[v * DIMENSION + d];
        for (int m = 0; m < CODEBOOKS; m++) {
          left -= codewords[(m * CODEWORDS + found.codes().code(m, v)) * DIMENSION + d];
        }
        error += Math.sqrt(clickCounts[v] + 1.0) * left * left;
      }
    }
    return error;
  }

  private Quantiser.Result learn(Quantiser quantiser, int rounds, int bits) {
    return quantiser.learn(rows, clickCounts, options(rounds, bits), SEED);
  }

  /** At equal bytes, and as they ship: what the method is for. */
  @ParameterizedTest
  @ValueSource(ints = {4, 8, Quantised.UNROUNDED})
  void lessErrorThanResidualCodes(int bits) {
    double residual = error(learn(new ResidualCodes(), 8, bits), bits);
    double additive = error(learn(new AdditiveCodes(TrainingListener.SILENT), 8, bits), bits);
    assertThat(additive).isLessThan(0.93 * residual);
  }

  /**
   * A small step of any codeword in any direction raises the objective: the error and, where
   * codewords are rounded, what their rounding is expected to add.
   */
  @ParameterizedTest
  @ValueSource(ints = {4, Quantised.UNROUNDED})
  void codewordsAreThoseOfTheLeastError(int bits) {
    Composition composition = new Composition(rows, clickCounts, options(0, bits));
    SplittableRandom random = new SplittableRandom(SEED);
    for (int m = 0; m < CODEBOOKS; m++) {
      for (int v = 0; v < ITEMS; v++) {
        composition.codes(m)[v] = random.nextInt(CODEWORDS);
      }
      float[] first = Toys.gaussians(random, CODEWORDS * DIMENSION, 1);
      System.arraycopy(first, 0, composition.codebook(m), 0, first.length);
    }
    double lost = AdditiveCodes.rounding(composition.flatCodebooks(), DIMENSION, bits);
    assertThat(lost > 0).isEqualTo(bits == 4);
    AdditiveCodes.fit(composition, rows, options(0, bits));
    float[] fitted = composition.flatCodebooks();
    double least = objective(composition.codes(), fitted, lost);
    for (int i = 0; i < fitted.length; i++) {
      for (float step : new float[] {-0.05f, 0.05f}) {
        float[] moved = fitted.clone();
        moved[i] += step;
        assertThat(objective(composition.codes(), moved, lost)).isGreaterThan(least);
      }
    }
  }

  private double objective(Codes codes, float[] codewords, double lost) {
    double sum = error(new Quantiser.Result(codes, codewords, false, 0, 0), Quantised.UNROUNDED);
    for (int v = 0; v < ITEMS; v++) {
      for (int m = 0; m < CODEBOOKS; m++) {
        int word = m * CODEWORDS + codes.code(m, v);
        sum += lost * Math.sqrt(clickCounts[v] + 1.0) * dot(codewords, word, codewords, word);
      }
    }
    return sum;
  }

  /** What a search takes for the cost of a code is its error, but for the row's own length. */
  @Test
  void theSearchGoesByTheErrorAndNeverLosesWhatItHad() {
    SplittableRandom random = new SplittableRandom(SEED);
    int all = CODEBOOKS * CODEWORDS;
    float[] codewords = Toys.gaussians(random, all * DIMENSION, 1);
    float[] pairs = new float[all * all];
    for (int i = 0; i < all; i++) {
      for (int j = 0; j < all; j++) {
        pairs[i * all + j] = 2 * dot(codewords, i, codewords, j);
      }
    }
    int improved = 0;
    for (int v = 0; v < 50; v++) {
      float[] costs = new float[all + 3];
      for (int i = 0; i < all; i++) {
        costs[3 + i] = dot(codewords, i, codewords, i) - 2 * dot(codewords, i, rows, v);
      }
      AdditiveCodes.Search search = new AdditiveCodes.Search(costs, 3, pairs, CODEBOOKS, CODEWORDS);
      int[] code = new int[CODEBOOKS];
      Arrays.setAll(code, m -> random.nextInt(CODEWORDS));
      double own = dot(rows, v, rows, v);
      assertThat(search.cost(code) + own).isCloseTo(plain(codewords, code, v), within(1e-3));
      int[] kept = code.clone();
      int[] found = search.best(code, random.split());
      assertThat(code).isEqualTo(kept);
      assertThat(search.cost(found)).isLessThanOrEqualTo(search.cost(code));
      improved += search.cost(found) < search.cost(code) ? 1 : 0;
      // No better codeword in any one codebook.
      for (int m = 0; m < CODEBOOKS; m++) {
        for (int k = 0; k < CODEWORDS; k++) {
          int[] neighbour = found.clone();
          neighbour[m] = k;
          assertThat(plain(codewords, neighbour, v))
              .isGreaterThanOrEqualTo(plain(codewords, found, v) - 1e-3);
        }
      }
    }
    assertThat(improved).isGreaterThan(45);
  }

  private double plain(float[] codewords, int[] code, int v) {
    double error = 0;
    for (int d = 0; d < DIMENSION; d++) {
      double left = rows[v * DIMENSION + d];
      for (int m = 0; m < CODEBOOKS; m++) {
        left -= codewords[(m * CODEWORDS + code[m]) * DIMENSION + d];
      }
      error += left * left;
    }
    return error;
  }

  private static float dot(float[] one, int row, float[] other, int otherRow) {
    float sum = 0;
    for (int d = 0; d < DIMENSION; d++) {
      sum += one[row * DIMENSION + d] * other[otherRow * DIMENSION + d];
    }
    return sum;
  }

  @Test
  void roundingLosesWhatTheFileWouldLose() {
    float[] codewords = {7, -3.5f, 0, 0.4f, 0, 0, 0, 0};
    // The scale is 1: 7 stays, -3.5 becomes -3, 0.4 becomes 0.
    assertThat(AdditiveCodes.rounding(codewords, 4, 4))
        .isCloseTo((0.25 + 0.16) / (49 + 12.25 + 0.16), within(1e-7));
    assertThat(AdditiveCodes.rounding(codewords, 4, Quantised.UNROUNDED)).isZero();
    assertThat(AdditiveCodes.rounding(new float[8], 4, 4)).isZero();
  }
}
