package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompositionalItemTableTest {

  /** Section 14.3 of the specification: M = 2, code (1, 0) is (0, 1) + (2, 2). */
  @ParameterizedTest
  @ValueSource(ints = {8, 4})
  void aRowIsTheSumOfItsCodewords(int bits) {
    float[] codewords = {1, 0, 0, 1, 2, 2, 3, -1};
    CompositionalItemTable table =
        new CompositionalItemTable(
            new Codes(2, new int[][] {{1, 0}, {0, 1}}), Tensors.of(codewords, 4, 2), bits);
    // In 4 bits (3, -1) is three sevenths of (7, -2).
    float rounded = bits == 8 ? Math.round(127 / 3f) * 3f / 127 : 2 * 3f / 7;
    float[] rows = Tensors.floats(table.allRows());
    assertThat(rows).containsExactly(new float[] {2, 3, 4, -rounded}, within(1e-6f));
    assertThat(Tensors.floats(table.rows(Tensors.indices(new int[] {1, 0}))))
        .containsExactly(new float[] {4, -rounded, 2, 3}, within(1e-6f));
    assertThat(rows[0] * 1 + rows[1] * -1).isCloseTo(-1f, within(1e-6f));
    assertThat(table.size()).isEqualTo(2);
    assertThat(table.dimension()).isEqualTo(2);
  }

  @Test
  void equalCodesGiveEqualBits() {
    SplittableRandom random = new SplittableRandom(1);
    int[][] codes = new int[5][30];
    for (int[] column : codes) {
      Arrays.setAll(column, v -> random.nextInt(7));
      column[29] = column[4];
    }
    CompositionalItemTable table =
        new CompositionalItemTable(
            new Codes(7, codes), Tensors.of(Toys.gaussians(random, 5 * 7 * 8, 1), 35, 8), 8);
    float[] rows = Tensors.floats(table.allRows());
    assertThat(Arrays.copyOfRange(rows, 29 * 8, 30 * 8))
        .isEqualTo(Arrays.copyOfRange(rows, 4 * 8, 5 * 8));
  }

  @Test
  void aCodewordsGradientIsTheSumOfItsItemsGradients() {
    SplittableRandom random = new SplittableRandom(2);
    CompositionalItemTable table = Toys.codeTable(random, 12, 3, 4);
    int[] items = {7, 2, 11, 5};
    float[] slopes = Toys.gaussians(random, items.length * Toys.DIMENSION, 1);
    Tensor rows = table.rows(Tensors.indices(items));
    rows.mul(Tensors.of(slopes, items.length, Toys.DIMENSION)).sum().backward();
    table.collectGradient();
    double[] expected = new double[3 * 4 * Toys.DIMENSION];
    for (int i = 0; i < items.length; i++) {
      for (int m = 0; m < 3; m++) {
        for (int d = 0; d < Toys.DIMENSION; d++) {
          expected[(m * 4 + table.codes().code(m, items[i])) * Toys.DIMENSION + d] +=
              slopes[i * Toys.DIMENSION + d];
        }
      }
    }
    Tensor gradient = table.parameters().get(0).gradient();
    float[] actual = gradient == null ? new float[0] : Tensors.floats(gradient);
    assertThat(actual).hasSize(expected.length);
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) actual[i]).isCloseTo(expected[i], within(1e-6));
    }
  }

  /** Codeword k of codebook m has numbers in its own columns alone, and steps keep it so. */
  @Test
  void productCodewordsStayInTheirBlock() {
    SplittableRandom random = new SplittableRandom(3);
    float[] codewords = new float[2 * 3 * 4];
    for (int row = 0; row < 6; row++) {
      int from = row < 3 ? 0 : 2;
      codewords[row * 4 + from] = (float) Randoms.gaussian(random);
      codewords[row * 4 + from + 1] = (float) Randoms.gaussian(random);
    }
    int[][] codes = {{0, 1, 2, 0, 1}, {2, 2, 1, 0, 0}};
    CompositionalItemTable table =
        new CompositionalItemTable(
            new Codes(3, codes), Tensors.of(codewords, 6, 4), true, 8, DenseRows.NONE);
    Adam adam = new Adam(table.parameters());
    for (int step = 0; step < 3; step++) {
      Tensor rows = table.rows(Tensors.indices(new int[] {0, 1, 2, 3, 4}));
      rows.mul(Tensors.of(Toys.gaussians(random, 20, 1), 5, 4)).sum().backward();
      table.collectGradient();
      adam.step(0.1);
    }
    float[] after = table.codewords();
    for (int i = 0; i < after.length; i++) {
      boolean own = (i / 4 < 3) == (i % 4 < 2);
      if (own) {
        assertThat(after[i]).isNotEqualTo(codewords[i]);
      } else {
        assertThat(after[i]).isZero();
      }
    }
  }

  @Test
  void entropyOfUse() {
    Codes codes = new Codes(4, new int[][] {{0, 1, 2, 3}, {2, 2, 2, 2}, {0, 0, 1, 3}});
    assertThat(codes.usageEntropy(0)).isCloseTo(2, within(1e-12));
    assertThat(codes.usageEntropy(1)).isZero();
    assertThat(codes.usageEntropy(2)).isCloseTo(1.5, within(1e-12));
    assertThat(codes.meanUsageEntropy()).isCloseTo(3.5 / 3, within(1e-12));
  }

  @Test
  void shareOfChangedItems() {
    Codes codes = new Codes(4, new int[][] {{0, 1, 2, 3}, {2, 2, 2, 2}});
    assertThat(codes.changed(codes)).isZero();
    assertThat(codes.changed(new Codes(4, new int[][] {{0, 1, 2, 0}, {2, 1, 2, 3}})))
        .isEqualTo(0.5);
  }

  @Test
  void reconstructionErrorIsRelative() {
    DenseItemTable table = new DenseItemTable(Tensors.of(new float[] {1, 0, 0, 2}, 2, 2));
    assertThat(table.reconstructionError(Tensors.of(new float[] {1, 0, 0, 4}, 2, 2)))
        .isCloseTo(4.0 / 17, within(1e-6));
    assertThat(table.reconstructionError(table.allRows())).isZero();
  }
}
