package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for every way to find codes, and what each is for. */
class QuantiserTest {
  private static final long SEED = 20_261_121L;
  private static final int ITEMS = 200;
  private static final int DIMENSION = 12;
  private static final float[] ROWS =
      Toys.gaussians(new SplittableRandom(SEED), ITEMS * DIMENSION, 1);

  private static int[] falling(int items) {
    int[] counts = new int[items];
    Arrays.setAll(counts, v -> items - v);
    return counts;
  }

  private static Quantiser quantiser(String name, float[] components) {
    return switch (name) {
      case "residual" -> new ResidualCodes();
      case "additive" -> new AdditiveCodes(TrainingListener.SILENT);
      case "product" -> new ProductCodes();
      case "quantile" -> new QuantileCodes(components);
      case "random" -> new RandomCodes();
      case "hashed" -> new HashedCodes();
      default -> new GumbelCodes(TrainingListener.SILENT);
    };
  }

  private static StudentOptions options(
      String name, int codebooks, int codewords, Map<String, ?> others) {
    Map<String, Object> changes = new HashMap<>(others);
    changes.put("quantiser", name);
    changes.put("codebooks", codebooks);
    changes.put("codewords", codewords);
    changes.putIfAbsent("popularityExponent", 0);
    return Toys.student(changes);
  }

  private static Quantiser.Result learn(String name, float[] rows, StudentOptions options) {
    return quantiser(name, rows).learn(rows, falling(rows.length / DIMENSION), options, SEED);
  }

  private static List<Integer> code(Codes codes, int item) {
    Integer[] code = new Integer[codes.codebookCount()];
    Arrays.setAll(code, m -> codes.code(m, item));
    return List.of(code);
  }

  private static int distinct(Codes codes) {
    Set<List<Integer>> distinct = new HashSet<>();
    for (int v = 0; v < codes.itemCount(); v++) {
      distinct.add(code(codes, v));
    }
    return distinct.size();
  }

  /** Squared error over squared length, from codes and codebooks alone. */
  private static double error(float[] rows, Quantiser.Result found) {
    Codes codes = found.codes();
    double error = 0;
    double total = 0;
    for (int v = 0; v < codes.itemCount(); v++) {
      for (int d = 0; d < DIMENSION; d++) {
        double left = rows[v * DIMENSION + d];
        total += left * left;
        for (int m = 0; m < codes.codebookCount(); m++) {
          left -= found.codebooks()[(m * codes.codewordCount() + codes.code(m, v)) * DIMENSION + d];
        }
        error += left * left;
      }
    }
    return error / total;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"residual", "additive", "product", "quantile", "hashed", "random", "gumbel"})
  void codesAreDistinctAndTheErrorIsTheirs(String name) {
    for (int codewords : new int[] {6, 15, 300}) {
      Quantiser.Result found = learn(name, ROWS, options(name, 3, codewords, Map.of()));
      assertThat(distinct(found.codes())).as("%s codewords", codewords).isEqualTo(ITEMS);
      for (int v = 0; v < ITEMS; v++) {
        assertThat(code(found.codes(), v)).allMatch(k -> k >= 0 && k < codewords);
      }
      assertThat(found.error()).isCloseTo(error(ROWS, found), within(1e-5));
      for (float number : found.codebooks()) {
        assertThat(number).isFinite();
      }
    }
  }

  /** Twins share their codes unless told apart; then the less clicked one of two moves. */
  @ParameterizedTest
  @ValueSource(strings = {"residual", "additive", "product", "quantile", "random", "gumbel"})
  void sharedCodesAreRepairedOnlyWhenAsked(String name) {
    float[] rows = ROWS.clone();
    System.arraycopy(rows, 0, rows, rows.length / 2, rows.length / 2); // item v + 100 is item v
    Quantiser.Result shared = learn(name, rows, options(name, 2, 15, Map.of("uniqueCodes", false)));
    Quantiser.Result told = learn(name, rows, options(name, 2, 15, Map.of()));
    assertThat(shared.repaired()).isZero();
    assertThat(told.repaired()).isEqualTo(ITEMS - distinct(shared.codes())).isPositive();
    assertThat(distinct(told.codes())).isEqualTo(ITEMS);
    assertThat(told.codebooks()).isEqualTo(shared.codebooks());
    assertThat(code(told.codes(), 0)).isEqualTo(code(shared.codes(), 0)); // the most clicked
    int same = 0;
    for (int v = 0; v < ITEMS; v++) {
      same += code(told.codes(), v).equals(code(shared.codes(), v)) ? 1 : 0;
    }
    assertThat(same).isEqualTo(ITEMS - told.repaired());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"residual", "additive", "product", "quantile", "hashed", "random", "gumbel"})
  void sameSeedSameCodes(String name) {
    StudentOptions options = options(name, 3, 16, Map.of("codeEpochs", 2));
    int[] counts = falling(ITEMS);
    // Two thirds of the components are alike, so that the quantile's jitter decides.
    float[] coarse = new float[ROWS.length];
    for (int i = 0; i < coarse.length; i++) {
      coarse[i] = Math.signum(ROWS[i]);
    }
    Quantiser quantiser = quantiser(name, coarse);
    Quantiser.Result one = quantiser.learn(ROWS, counts, options, 1);
    Quantiser.Result same = quantiser.learn(ROWS, counts, options, 1);
    Quantiser.Result other = quantiser.learn(ROWS, counts, options, 2);
    assertThat(same.codes().columns()).isDeepEqualTo(one.codes().columns());
    assertThat(same.codebooks()).isEqualTo(one.codebooks());
    assertThat(same.epochs()).isEqualTo(one.epochs());
    assertThat(other.codes().changed(one.codes())).isGreaterThan(0.5);
  }

  @ParameterizedTest
  @ValueSource(strings = {"residual", "additive", "product", "gumbel"})
  void moreCodebooksMeanLessError(String name) {
    double before = Double.POSITIVE_INFINITY;
    for (int codebooks : new int[] {2, 4, 6}) {
      StudentOptions options = options(name, codebooks, 32, Map.of("codeLearningRate", 1e-2));
      double error = learn(name, ROWS, options).error();
      assertThat(error).as("%s codebooks", codebooks).isLessThan(0.85 * before);
      before = error;
    }
  }

  @Test
  void learnedCodesBeatTheControl() {
    double control = learn("random", ROWS, options("random", 4, 16, Map.of())).error();
    assertThat(control).isBetween(0.5, 1.0);
    for (String name : List.of("residual", "additive", "product", "gumbel")) {
      assertThat(learn(name, ROWS, options(name, 4, 16, Map.of())).error())
          .as(name)
          .isLessThan(0.75 * control);
    }
  }

  /** Every block of columns takes one of four values: four codewords a block say it all. */
  @Test
  void productCodesAreExactOnBlocks() {
    SplittableRandom random = new SplittableRandom(SEED);
    float[] values = Toys.gaussians(random, 3 * 4 * 4, 1);
    float[] rows = new float[60 * DIMENSION];
    for (int v = 0; v < 60; v++) {
      int[] digits = {v % 4, v / 4 % 4, v / 16};
      for (int d = 0; d < DIMENSION; d++) {
        rows[v * DIMENSION + d] = values[(d / 4 * 4 + digits[d / 4]) * 4 + d % 4];
      }
    }
    Quantiser.Result found = learn("product", rows, options("product", 3, 4, Map.of()));
    assertThat(found.error()).isLessThan(1e-10);
    assertThat(found.repaired()).isZero();
    assertThat(found.product()).isTrue();
    assertThat(learn("residual", rows, options("residual", 3, 4, Map.of())).product()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"product", "quantile"})
  void codewordsAreZeroOutsideTheirBlock(String name) {
    Quantiser.Result found = learn(name, ROWS, options(name, 3, 10, Map.of()));
    assertThat(found.product()).isTrue();
    int filled = 0;
    for (int i = 0; i < found.codebooks().length; i++) {
      int m = i / (10 * DIMENSION);
      if (i % DIMENSION / 4 == m) {
        filled += found.codebooks()[i] == 0 ? 0 : 1;
      } else {
        assertThat(found.codebooks()[i]).isZero();
      }
    }
    assertThat(filled).isEqualTo(3 * 10 * 4);
  }

  /** Bins of one component hold equally many items, in its order, whatever the teacher's rows. */
  @Test
  void quantileBinsAreEqualAndOrderedAndBlindToTheRows() {
    float[] components = Toys.gaussians(new SplittableRandom(5), ITEMS * 7, 1);
    StudentOptions options = options("quantile", 3, 8, Map.of("uniqueCodes", false));
    int[] counts = falling(ITEMS);
    Codes codes = new QuantileCodes(components).learn(ROWS, counts, options, SEED).codes();
    float[] others = Toys.gaussians(new SplittableRandom(6), ITEMS * DIMENSION, 1);
    Codes same = new QuantileCodes(components).learn(others, counts, options, SEED).codes();
    assertThat(same.columns()).isDeepEqualTo(codes.columns());
    for (int m = 0; m < 3; m++) {
      int[] uses = new int[8];
      float[] least = new float[8];
      float[] most = new float[8];
      Arrays.fill(least, Float.POSITIVE_INFINITY);
      Arrays.fill(most, Float.NEGATIVE_INFINITY);
      for (int v = 0; v < ITEMS; v++) {
        int bin = codes.code(m, v);
        uses[bin]++;
        least[bin] = Math.min(least[bin], components[v * 7 + m]);
        most[bin] = Math.max(most[bin], components[v * 7 + m]);
      }
      assertThat(uses).containsOnly(ITEMS / 8);
      for (int bin = 1; bin < 8; bin++) {
        assertThat(least[bin]).isGreaterThan(most[bin - 1] - 1e-3f); // but for the jitter
      }
    }
  }

  /** Ties are broken: a component that says nothing still cuts into equal bins. */
  @Test
  void quantileBinsOfEqualValuesAreEqual() {
    float[] alike = new float[ITEMS];
    Arrays.fill(alike, 2);
    StudentOptions options = options("quantile", 1, 250, Map.of("uniqueCodes", false));
    Codes codes = new QuantileCodes(alike).learn(ROWS, falling(ITEMS), options, SEED).codes();
    assertThat(distinct(codes)).isEqualTo(ITEMS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"residual", "additive", "product", "gumbel"})
  void clicksWeighTheErrorWhenAsked(String name) {
    int[] counts = new int[ITEMS];
    Arrays.fill(counts, 0, 20, 5000);
    double[] hot = new double[2];
    for (int exponent = 0; exponent < 2; exponent++) {
      Quantiser.Result found =
          quantiser(name, ROWS)
              .learn(ROWS, counts, options(name, 2, 16, Map.of("popularityExponent", exponent)), 1);
      int[][] columns = new int[2][];
      Arrays.setAll(columns, m -> Arrays.copyOf(found.codes().columns()[m], 20));
      hot[exponent] =
          error(
              Arrays.copyOf(ROWS, 20 * DIMENSION),
              new Quantiser.Result(new Codes(16, columns), found.codebooks(), false, 0, 0));
    }
    assertThat(hot[1]).isLessThan(0.8 * hot[0]);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"residual", "additive", "product", "quantile", "hashed", "random", "gumbel"})
  void tooFewCodesAreRefused(String name) {
    assertThatThrownBy(() -> learn(name, ROWS, options(name, 2, 14, Map.of())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("196 codes, fewer than the 200 items")
        .hasMessageContaining("student.codebooks");
  }

  @ParameterizedTest
  @ValueSource(strings = {"product", "quantile"})
  void codebooksThatDoNotDivideTheDimensionAreRefused(String name) {
    assertThatThrownBy(() -> learn(name, ROWS, options(name, 5, 16, Map.of())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("student.codebooks must divide teacher.dimension 12")
        .hasMessageContaining(name)
        .hasMessageContaining(": 5;");
  }

  @Test
  void anEncoderOfCodesThatWouldNotFitIsRefused() {
    assertThatThrownBy(() -> learn("gumbel", ROWS, options("gumbel", 2, 5000, Map.of())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at most 8192")
        .hasMessageContaining("10000");
  }

  @Test
  void moreCodewordsThanLeastSquaresCanSolveForAreRefused() {
    assertThatThrownBy(() -> learn("additive", ROWS, options("additive", 2, 5000, Map.of())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at most 6144")
        .hasMessageContaining("10000");
  }

  @Test
  void onlyCodewordsThatMayPointAnywhereAreFittedToScores() {
    for (String name : List.of("product", "gumbel", "quantile", "hashed", "random")) {
      assertThatThrownBy(() -> options(name, 2, 16, Map.of("codeMetric", "scores")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("student.codeMetric")
          .hasMessageContaining("scores with " + name);
    }
    assertThatThrownBy(
            () ->
                options("residual", 2, 16, Map.of("codeMetric", "scores", "pretrainingEpochs", 1)))
        .hasMessageContaining("student.codeMetric must be rows with student.pretrainingEpochs");
    assertThatThrownBy(() -> options("residual", 2, 16, Map.of("codeMetric", "score")))
        .hasMessageContaining("student.codeMetric must be one of rows, scores: 'score'");
  }

  /** Work of a time before there was a metric is found again; any other metric is other work. */
  @Test
  void codesOfRowsAreWhatTheyWereBeforeThereWasAMetric() {
    String rows = options("residual", 2, 16, Map.of()).identity();
    assertThat(rows).contains("quantiser=residual, uniqueCodes=");
    assertThat(options("residual", 2, 16, Map.of("codeMetric", "scores")).identity())
        .contains("quantiser=residual, codeMetric=scores, uniqueCodes=");
  }

  @Test
  void onlyKnownQuantisersAreTaken() {
    assertThatThrownBy(() -> options("kmeans", 2, 16, Map.of()))
        .hasMessageContaining(
            "student.quantiser must be one of residual, additive, product, gumbel, quantile, hashed, random:"
                + " 'kmeans'");
  }
}
