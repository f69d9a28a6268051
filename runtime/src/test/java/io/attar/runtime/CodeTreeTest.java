package io.attar.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The search by bounds gives the plain scan's list, to the last bit, whatever the model. */
final class CodeTreeTest {

  /** How a model's codes and codewords are made. */
  enum Kind {
    /** Any code, any codeword: hardly anything can be ruled out. */
    INDEPENDENT,
    /** Codewords shrink from codebook to codebook, as residual ones do. */
    SHRINKING,
    /** Codewords of a few whole numbers: most scores tie. */
    TIES,
    /** All codewords are equal: every score ties. */
    EQUAL,
    /** All items share one code. */
    ONE_CODE,
    /** The first codebooks say nothing, the last everything. */
    GROWING,
    /** Large and small numbers that cancel: the worst for roundings. */
    CANCELLING
  }

  record Case(
      Kind kind,
      int items,
      int codebooks,
      int codewords,
      int dimension,
      boolean unitRows,
      boolean productCodes,
      double bias) {

    Case(Kind kind, int items, int codebooks, int codewords, int dimension, boolean unitRows) {
      this(kind, items, codebooks, codewords, dimension, unitRows, false, 0);
    }
  }

  static Stream<Case> cases() {
    List<Case> cases = new ArrayList<>();
    int[] codebooks = {1, 2, 3, 4, 5, 8, 11, 16};
    int[] codewords = {2, 3, 32, 256, 257, 512};
    for (Kind kind : Kind.values()) {
      boolean unitRows = false;
      for (int m : codebooks) {
        for (int k : codewords) {
          unitRows = !unitRows;
          cases.add(new Case(kind, 1000, m, k, 6, unitRows));
        }
        // The phase of the alternation shifts, so that each pair occurs with both.
        unitRows = !unitRows;
      }
      cases.add(new Case(kind, 1, 4, 32, 3, true));
      cases.add(new Case(kind, 3, 2, 512, 3, false));
      cases.add(new Case(kind, 40_000, 4, 32, 16, true));
      cases.add(new Case(kind, 40_000, 4, 32, 16, false));
      cases.add(new Case(kind, 40_000, 8, 256, 16, kind == Kind.SHRINKING));
    }
    // Biases far below the other terms, like them, and far above them.
    double[] biases = {1e-3, 1, 5e37};
    for (Kind kind : Kind.values()) {
      for (int i = 0; i < 6; i++) {
        int m = new int[] {1, 3, 4, 8, 11, 16}[i];
        int k = new int[] {512, 32, 2, 32, 257, 3}[i];
        cases.add(new Case(kind, 1000, m, k, 6, i % 2 == 0, false, biases[i % 3]));
        cases.add(new Case(kind, 1000, m, k, 2 * m, i % 2 == 1, true, i < 3 ? 0 : biases[i % 3]));
      }
      cases.add(new Case(kind, 40_000, 4, 32, 16, kind != Kind.TIES, true, 0.5));
      cases.add(new Case(kind, 40_000, 4, 32, 16, kind != Kind.EQUAL, false, 0.5));
    }
    cases.add(new Case(Kind.SHRINKING, 1_000_000, 4, 32, 8, false));
    cases.add(new Case(Kind.SHRINKING, 1_000_000, 8, 256, 8, true));
    cases.add(new Case(Kind.INDEPENDENT, 1_000_000, 4, 32, 8, true));
    cases.add(new Case(Kind.TIES, 1_000_000, 16, 2, 8, false));
    return cases.stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void searchEqualsThePlainScan(Case shape) {
    long seed = 4_711;
    Random random = new Random(seed);
    float[] rows = rows(shape, random);
    Codes codes = codes(shape, random);
    ItemTable.Scorer plain = table(shape, codes, rows, false).newScorer();
    ItemTable.Scorer pruned = table(shape, codes, rows, true).newScorer();
    TopList expected = new TopList(1);
    TopList actual = new TopList(1);
    float[] query = new float[shape.dimension];
    int queries = shape.items > 100_000 ? 4 : shape.items > 10_000 ? 12 : 20;
    for (int i = 0; i < queries; i++) {
      for (int n = 0; n < query.length; n++) {
        // Now and then a query of zeros, where everything ties.
        query[n] = i % 7 == 3 ? 0 : (float) random.nextGaussian();
      }
      plain.prepare(query);
      pruned.prepare(query);
      int limit = new int[] {1, 20, 100, shape.items}[i % 4];
      limit = Math.min(Math.min(limit, 20_000), shape.items);
      int wanted = random.nextInt(50);
      TopList.@Nullable Admission admission =
          switch (i % 3) {
            case 0 -> null;
            case 1 -> item -> item % 50 == wanted;
            default -> item -> false;
          };
      float minimum =
          i % 5 == 4 ? score(plain, random.nextInt(shape.items)) : Float.NEGATIVE_INFINITY;
      expected.start(limit, minimum, admission);
      plain.search(expected);
      expected.finish();
      actual.start(limit, minimum, admission);
      pruned.search(actual);
      actual.finish();
      String what = shape + ", seed " + seed + ", query " + i;
      assertThat(actual.size()).as(what).isEqualTo(expected.size());
      for (int rank = 0; rank < expected.size(); rank++) {
        if (actual.item(rank) != expected.item(rank)
            || Float.floatToRawIntBits(actual.score(rank))
                != Float.floatToRawIntBits(expected.score(rank))) {
          assertThat(actual.item(rank) + " at " + actual.score(rank))
              .as(what + ", rank " + rank)
              .isEqualTo(expected.item(rank) + " at " + expected.score(rank));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aScoreIsTheSameInWhateverRange(Case shape) {
    Random random = new Random(9);
    float[] rows = rows(shape, random);
    ItemTable.Scorer scorer = table(shape, codes(shape, random), rows, true).newScorer();
    float[] query = new float[shape.dimension];
    for (int n = 0; n < query.length; n++) {
      query[n] = (float) random.nextGaussian();
    }
    scorer.prepare(query);
    float[] scores = new float[shape.items];
    scorer.scores(0, shape.items, scores, 0);
    float[] middle = new float[3];
    for (int i = 0; i < 200; i++) {
      int item = random.nextInt(shape.items);
      scorer.scores(item, item + 1, middle, 2);
      assertThat(middle[2]).isEqualTo(scores[item]);
    }
  }

  @Test
  void whatCannotBeBoundedIsScanned() {
    Case shape = new Case(Kind.SHRINKING, 1000, 3, 16, 4, false);
    Random random = new Random(1);
    float[] rows = rows(shape, random);
    rows[5] = Float.MAX_VALUE;
    rows[11] = -Float.MAX_VALUE;
    Codes codes = codes(shape, random);
    ItemTable.Scorer plain = table(shape, codes, rows, false).newScorer();
    ItemTable.Scorer pruned = table(shape, codes, rows, true).newScorer();
    float[] query = {3e38f, 3e38f, -1, 2};
    plain.prepare(query);
    pruned.prepare(query);
    assertThat(ranked(pruned)).isEqualTo(ranked(plain));
  }

  private static float score(ItemTable.Scorer scorer, int item) {
    float[] single = new float[1];
    scorer.scores(item, item + 1, single, 0);
    return single[0];
  }

  private static List<Integer> ranked(ItemTable.Scorer scorer) {
    TopList list = new TopList(1);
    list.start(50, Float.NEGATIVE_INFINITY, null);
    scorer.search(list);
    list.finish();
    return IntStream.range(0, list.size()).mapToObj(list::item).toList();
  }

  private static CodeTable table(Case shape, Codes codes, float[] rows, boolean sorted) {
    float[] bias = null;
    if (shape.bias > 0) {
      Random random = new Random(17);
      bias = new float[shape.items];
      for (int v = 0; v < bias.length; v++) {
        double number = shape.bias * random.nextGaussian();
        bias[v] = (float) (shape.kind == Kind.TIES ? Math.rint(number) : number);
      }
    }
    return CodeTable.of(
        codes,
        shape.dimension,
        shape.codebooks,
        shape.codewords,
        shape.items,
        rows,
        shape.unitRows,
        bias,
        sorted);
  }

  private static float[] rows(Case shape, Random random) {
    int span = shape.productCodes ? shape.dimension / shape.codebooks : shape.dimension;
    float[] rows = new float[shape.codebooks * shape.codewords * span];
    int each = shape.codewords * span;
    for (int i = 0; i < rows.length; i++) {
      int m = i / each;
      double number = random.nextGaussian();
      rows[i] =
          (float)
              switch (shape.kind) {
                case INDEPENDENT, ONE_CODE -> number;
                case SHRINKING -> number * Math.pow(0.5, m);
                case GROWING -> number * Math.pow(3, m - shape.codebooks);
                case TIES -> Math.rint(number / 2);
                case EQUAL -> 0.75;
                case CANCELLING -> number * (m % 2 == 0 ? 1e6 : 1e-3) + (m % 4 < 2 ? 1e7 : -1e7);
              };
    }
    return rows;
  }

  /** Codes in ascending order. */
  private static Codes codes(Case shape, Random random) {
    int[][] items = new int[shape.items][shape.codebooks];
    int clusters = Math.max(1, shape.items / 200);
    int[][] centers = new int[clusters][shape.codebooks];
    for (int[] center : centers) {
      fill(center, 0, shape.codewords, random);
    }
    for (int[] item : items) {
      if (shape.kind == Kind.ONE_CODE) {
        System.arraycopy(centers[0], 0, item, 0, item.length);
      } else if (shape.kind == Kind.SHRINKING) {
        System.arraycopy(centers[random.nextInt(clusters)], 0, item, 0, item.length);
        fill(item, random.nextInt(item.length), shape.codewords, random);
      } else {
        fill(item, 0, shape.codewords, random);
      }
    }
    Arrays.sort(items, Arrays::compare);
    Codes codes =
        shape.codewords > CodeReader.BYTE_CODEWORDS
            ? new Codes.CharCodes(shape.codebooks, shape.items)
            : new Codes.ByteCodes(shape.codebooks, shape.items);
    for (int v = 0; v < shape.items; v++) {
      for (int m = 0; m < shape.codebooks; m++) {
        codes.set(m, v, items[v][m]);
      }
    }
    return codes;
  }

  private static void fill(int[] code, int from, int codewords, Random random) {
    for (int m = from; m < code.length; m++) {
      code[m] = random.nextInt(codewords);
    }
  }
}
