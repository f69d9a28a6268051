package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResidualCodesTest {
  private static final long SEED = 20_261_121L;
  private static final int DIMENSION = 6;

  private static float[] rows(int items) {
    return Toys.gaussians(new SplittableRandom(SEED), items * DIMENSION, 1);
  }

  private static int[] falling(int items) {
    int[] counts = new int[items];
    Arrays.setAll(counts, v -> items - v);
    return counts;
  }

  private static Quantiser.Result learn(
      float[] rows, int[] clickCounts, int codebooks, int codewords, int rounds, long seed) {
    return learn(rows, clickCounts, 0, codebooks, codewords, rounds, seed);
  }

  private static Quantiser.Result learn(
      float[] rows,
      int[] clickCounts,
      double exponent,
      int codebooks,
      int codewords,
      int rounds,
      long seed) {
    StudentOptions options =
        Toys.student(
            Map.of(
                "codebooks", codebooks,
                "codewords", codewords,
                "popularityExponent", exponent,
                "clusteringIterations", 10,
                "reassignmentRounds", rounds));
    return new ResidualCodes().learn(rows, clickCounts, options, seed);
  }

  private static List<Integer> code(Codes codes, int item) {
    Integer[] code = new Integer[codes.codebookCount()];
    Arrays.setAll(code, m -> codes.code(m, item));
    return List.of(code);
  }

  private static Set<List<Integer>> distinct(Codes codes) {
    Set<List<Integer>> distinct = new HashSet<>();
    for (int v = 0; v < codes.itemCount(); v++) {
      distinct.add(code(codes, v));
    }
    return distinct;
  }

  /** Squared error over squared length, from codes and codebooks alone. */
  private static double error(float[] rows, Codes codes, float[] codebooks) {
    double error = 0;
    double total = 0;
    for (int v = 0; v < codes.itemCount(); v++) {
      for (int d = 0; d < DIMENSION; d++) {
        double left = rows[v * DIMENSION + d];
        total += left * left;
        for (int m = 0; m < codes.codebookCount(); m++) {
          left -= codebooks[(m * codes.codewordCount() + codes.code(m, v)) * DIMENSION + d];
        }
        error += left * left;
      }
    }
    return error / total;
  }

  @ParameterizedTest
  @CsvSource({"1, 200", "2, 16", "3, 8", "8, 2", "1, 100", "2, 10"})
  void codesAreDistinctAndTheErrorIsTheirs(int codebooks, int codewords) {
    float[] rows = rows(100);
    Quantiser.Result learned = learn(rows, falling(100), codebooks, codewords, 2, SEED);
    assertThat(learned.codes().itemCount()).isEqualTo(100);
    assertThat(distinct(learned.codes())).hasSize(100);
    for (int v = 0; v < 100; v++) {
      assertThat(code(learned.codes(), v)).allMatch(k -> k >= 0 && k < codewords);
    }
    assertThat(learned.error())
        .isCloseTo(error(rows, learned.codes(), learned.codebooks()), within(1e-5));
  }

  /**
   * All items alike and no code to spare: neighbours run out, so all codes must be counted through.
   */
  @ParameterizedTest
  @CsvSource({"4, 2", "2, 4", "1, 16"})
  void everyCodeIsUsedWhenThereAreNoMoreThanItems(int codebooks, int codewords) {
    float[] alike = new float[16 * DIMENSION];
    Arrays.fill(alike, 1);
    Quantiser.Result learned = learn(alike, new int[16], codebooks, codewords, 1, SEED);
    assertThat(distinct(learned.codes())).hasSize(16);
    assertThat(learned.repaired()).isEqualTo(15);
  }

  @Test
  void moreCodebooksMeanLessError() {
    float[] rows = rows(300);
    double before = 1;
    for (int codebooks = 2; codebooks <= 6; codebooks++) {
      double error = learn(rows, falling(300), codebooks, 32, 1, SEED).error();
      assertThat(error).isLessThan(0.8 * before);
      before = error;
    }
  }

  @Test
  void choosingCodesAnewNeverRaisesTheError() {
    float[] rows = rows(200);
    double before = Double.POSITIVE_INFINITY;
    for (int rounds = 0; rounds <= 4; rounds++) {
      Quantiser.Result learned = learn(rows, falling(200), 4, 16, rounds, SEED);
      assertThat(learned.repaired()).isZero(); // or moved items would blur the comparison
      assertThat(learned.error()).isLessThanOrEqualTo(before + 1e-6);
      before = learned.error();
    }
    assertThat(before).isLessThan(0.97 * learn(rows, falling(200), 4, 16, 0, SEED).error());
  }

  @Test
  void sameSeedSameCodes() {
    float[] rows = rows(150);
    Quantiser.Result one = learn(rows, falling(150), 3, 16, 2, 1);
    Quantiser.Result same = learn(rows, falling(150), 3, 16, 2, 1);
    Quantiser.Result other = learn(rows, falling(150), 3, 16, 2, 2);
    assertThat(same.codebooks()).isEqualTo(one.codebooks());
    assertThat(other.codebooks()).isNotEqualTo(one.codebooks());
    for (int v = 0; v < 150; v++) {
      assertThat(code(same.codes(), v)).isEqualTo(code(one.codes(), v));
    }
  }

  @Test
  void learnedCodesBeatRandomOnes() {
    float[] rows = rows(300);
    SplittableRandom random = new SplittableRandom(SEED);
    int[][] columns = new int[4][300];
    float[] codebooks = new float[4 * 16 * DIMENSION];
    float[] residual = rows.clone();
    for (int m = 0; m < 4; m++) {
      int[] uses = new int[16];
      for (int v = 0; v < 300; v++) {
        columns[m][v] = random.nextInt(16);
        uses[columns[m][v]]++;
      }
      for (int v = 0; v < 300; v++) {
        for (int d = 0; d < DIMENSION; d++) {
          int at = (m * 16 + columns[m][v]) * DIMENSION + d;
          codebooks[at] += residual[v * DIMENSION + d] / uses[columns[m][v]];
        }
      }
      for (int v = 0; v < 300; v++) {
        for (int d = 0; d < DIMENSION; d++) {
          residual[v * DIMENSION + d] -= codebooks[(m * 16 + columns[m][v]) * DIMENSION + d];
        }
      }
    }
    double randomError = error(rows, new Codes(16, columns), codebooks);
    assertThat(randomError).isGreaterThan(0.7);
    assertThat(learn(rows, falling(300), 4, 16, 2, SEED).error()).isLessThan(0.25 * randomError);
  }

  @Test
  void theMoreClickedOfTwoTwinsKeepsItsCode() {
    float[] rows = rows(40);
    System.arraycopy(rows, 3 * DIMENSION, rows, 17 * DIMENSION, DIMENSION);
    int[] counts = new int[40];
    Arrays.fill(counts, 5);
    counts[3] = 6;
    Codes first = learn(rows, counts, 3, 8, 1, SEED).codes();
    counts[3] = 5;
    counts[17] = 6;
    Codes second = learn(rows, counts, 3, 8, 1, SEED).codes();
    assertThat(code(first, 3)).isNotEqualTo(code(first, 17));
    assertThat(code(second, 17)).isEqualTo(code(first, 3));
    assertThat(code(second, 3)).isEqualTo(code(first, 17));
    // The one that moved changed its last codebook only: there was room.
    assertThat(code(first, 17).subList(0, 2)).isEqualTo(code(first, 3).subList(0, 2));
  }

  @Test
  void clicksWeighTheErrorWhenAsked() {
    float[] rows = rows(200);
    int[] counts = new int[200];
    Arrays.fill(counts, 0, 20, 1000);
    double[] plain = new double[2];
    double[] weighed = new double[2];
    for (int exponent = 0; exponent < 2; exponent++) {
      Quantiser.Result learned = learn(rows, counts, exponent, 3, 8, 1, SEED);
      float[] hot = Arrays.copyOf(rows, 20 * DIMENSION);
      int[][] columns = new int[3][20];
      for (int m = 0; m < 3; m++) {
        for (int v = 0; v < 20; v++) {
          columns[m][v] = learned.codes().code(m, v);
        }
      }
      plain[exponent] = learned.error();
      weighed[exponent] = error(hot, new Codes(8, columns), learned.codebooks());
    }
    assertThat(weighed[1]).isLessThan(0.5 * weighed[0]);
    assertThat(plain[0]).isLessThan(plain[1]);
  }

  @Test
  void tooFewCodesAreRefusedExactlyBelowTheCatalogue() {
    assertThatCode(() -> Quantiser.requireEnoughCodes(3, 10, 1000)).doesNotThrowAnyException();
    assertThatCode(() -> Quantiser.requireEnoughCodes(8, 8, 1 << 24)).doesNotThrowAnyException();
    assertThatThrownBy(() -> Quantiser.requireEnoughCodes(3, 10, 1001))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "3 codebooks of 10 codewords make 1000 codes, fewer than the 1001 items: raise"
                + " student.codebooks or student.codewords");
    assertThatThrownBy(() -> learn(rows(17), new int[17], 4, 2, 0, SEED))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
