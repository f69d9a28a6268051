package io.attar.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class TensorTrainTest {
  private static final int[] ITEM_FACTORS = {2, 3, 4};
  private static final int[] ROW_FACTORS = {2, 3, 4};
  private static final int RANK = 6;
  private static final int ITEMS = 22;

  /** The worked example of the specification: A (B kron I_2). */
  @Test
  void semiTensorProductByKronecker() {
    double[][] product =
        semiTensorProduct(
            new double[][] {{1, 2, 3, 4}, {0, 1, 0, 1}}, new double[][] {{1, 2, 0}, {3, 0, 1}});
    assertThat(product).isDeepEqualTo(new double[][] {{10, 14, 2, 4, 3, 4}, {0, 4, 0, 2, 0, 1}});
  }

  @Test
  void rowsAndBothScoresFollowTheDefinition() {
    TensorTrain train = new TensorTrain(ITEMS, ITEM_FACTORS, ROW_FACTORS, RANK, 4);
    float[] query = new float[24];
    SplittableRandom random = new SplittableRandom(5);
    for (int i = 0; i < query.length; i++) {
      query[i] = (float) random.nextDouble(-1, 1);
    }
    float[] byRows = new float[ITEMS];
    float[] byContraction = new float[ITEMS];
    train.scoreByRows(query, byRows);
    train.scoreByContraction(query, byContraction);
    for (int item = 0; item < ITEMS; item++) {
      double[] expected = definition(train, item / 12, item / 4 % 3, item % 4);
      float[] row = new float[24];
      train.addRow(item, row);
      double score = 0;
      for (int i = 0; i < row.length; i++) {
        assertThat((double) row[i]).isCloseTo(expected[i], within(1e-7));
        score += expected[i] * query[i];
      }
      assertThat((double) byRows[item]).isCloseTo(score, within(1e-7));
      assertThat((double) byContraction[item]).isCloseTo(score, within(1e-7));
    }
  }

  @Test
  void theLargestRankThatFits() {
    TensorTrain train = TensorTrain.ofBytes(40_728, 128, 600_000, 1);
    assertThat(train.bytes()).isLessThanOrEqualTo(600_000);
    // The paper's shape: 13 8 R + 13 4 R^2/4 + 241 2 R/2 numbers, of 4 bytes.
    int rank = train.rank() + 2;
    assertThat(4 * (104 * rank + 13 * rank * rank + 241 * rank)).isGreaterThan(600_000);
  }

  /** G1[i1] (J1, R), semi-tensor G2[i2] (R/2, J2 R/2), reshaped, semi-tensor G3[i3] (R/2, J3/2). */
  private static double[] definition(TensorTrain train, int i1, int i2, int i3) {
    int half = RANK / 2;
    double[][] first = new double[ROW_FACTORS[0]][RANK];
    for (int j = 0; j < first.length; j++) {
      for (int c = 0; c < RANK; c++) {
        first[j][c] = train.core1(i1, j, c);
      }
    }
    double[][] second = new double[half][ROW_FACTORS[1] * half];
    for (int s = 0; s < half; s++) {
      for (int j = 0; j < ROW_FACTORS[1]; j++) {
        for (int r = 0; r < half; r++) {
          second[s][j * half + r] = train.core2(i2, j, s, r);
        }
      }
    }
    double[][] third = new double[half][ROW_FACTORS[2] / 2];
    for (int r = 0; r < half; r++) {
      for (int q = 0; q < third[0].length; q++) {
        third[r][q] = train.core3(i3, q, r);
      }
    }
    double[][] product = reshape(semiTensorProduct(first, second), RANK);
    return reshape(semiTensorProduct(product, third), 24)[0];
  }

  private static double[][] reshape(double[][] matrix, int columns) {
    int from = matrix[0].length;
    double[][] shaped = new double[matrix.length * from / columns][columns];
    for (int i = 0; i < matrix.length * from; i++) {
      shaped[i / columns][i % columns] = matrix[i / from][i % from];
    }
    return shaped;
  }

  /** A (B kron I_2), written out. */
  private static double[][] semiTensorProduct(double[][] a, double[][] b) {
    double[][] product = new double[a.length][2 * b[0].length];
    for (int h = 0; h < a.length; h++) {
      for (int row = 0; row < a[0].length; row++) {
        for (int column = 0; column < product[0].length; column++) {
          double kronecker = row % 2 == column % 2 ? b[row / 2][column / 2] : 0;
          product[h][column] += a[h][row] * kronecker;
        }
      }
    }
    return product;
  }
}
