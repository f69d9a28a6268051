package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.attar.data.Sessions;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against a dense matrix and Jacobi's rotations in plain Java. */
class CooccurrenceStartTest {
  private static final long SEED = 20_261_121L;
  private static final int ITEMS = 14;
  private static final int LONELY = 13;

  private static Sessions log() {
    SplittableRandom random = new SplittableRandom(SEED);
    // The last item is only ever alone in its session; one session is longer than the reach.
    Sessions sessions = Toys.random(random, LONELY, 40, 8);
    int[] longSession = random.ints(30, 0, LONELY).toArray();
    return sessions.followedBy(Toys.sessions(longSession, new int[] {LONELY, LONELY}));
  }

  private static double[][] normalised(Sessions sessions) {
    double[][] matrix = new double[ITEMS][ITEMS];
    for (int s = 0; s < sessions.count(); s++) {
      int[] clicks = sessions.session(s);
      for (int i = 0; i < clicks.length; i++) {
        for (int j = 0; j < clicks.length; j++) {
          int distance = Math.abs(i - j);
          if (distance >= 1 && distance <= 10 && clicks[i] != clicks[j]) {
            matrix[clicks[i]][clicks[j]] += 1.0 / distance;
          }
        }
      }
    }
    double[] degree = new double[ITEMS];
    for (int v = 0; v < ITEMS; v++) {
      double sum = Arrays.stream(matrix[v]).sum();
      matrix[v][v] = 0.3 * sum;
      degree[v] = 1.3 * sum;
    }
    for (int v = 0; v < ITEMS; v++) {
      for (int w = 0; w < ITEMS; w++) {
        if (matrix[v][w] != 0) {
          matrix[v][w] /= Math.sqrt(degree[v] * degree[w]);
        }
      }
    }
    return matrix;
  }

  /** Eigenvectors by columns; the matrix becomes diagonal. */
  private static double[][] jacobi(double[][] a) {
    int n = a.length;
    double[][] vectors = new double[n][n];
    for (int i = 0; i < n; i++) {
      vectors[i][i] = 1;
    }
    for (int sweep = 0; sweep < 60; sweep++) {
      for (int p = 0; p < n; p++) {
        for (int q = p + 1; q < n; q++) {
          if (Math.abs(a[p][q]) > 1e-15) {
            double angle = 0.5 * Math.atan2(2 * a[p][q], a[q][q] - a[p][p]);
            double c = Math.cos(angle);
            double s = Math.sin(angle);
            for (int k = 0; k < n; k++) {
              double kp = a[k][p];
              double kq = a[k][q];
              a[k][p] = c * kp - s * kq;
              a[k][q] = s * kp + c * kq;
            }
            for (int k = 0; k < n; k++) {
              double pk = a[p][k];
              double qk = a[q][k];
              a[p][k] = c * pk - s * qk;
              a[q][k] = s * pk + c * qk;
              double vp = vectors[k][p];
              double vq = vectors[k][q];
              vectors[k][p] = c * vp - s * vq;
              vectors[k][q] = s * vp + c * vq;
            }
          }
        }
      }
    }
    return vectors;
  }

  @ParameterizedTest
  @CsvSource({"4, 0.5", "4, 0", "7, 0.9"})
  void rowsAreTheLeadingEigenvectorsUpToSign(int dimension, double exponent) {
    double[][] matrix = normalised(log());
    double[][] vectors = jacobi(matrix);
    Integer[] order = IntStream.range(0, ITEMS).boxed().toArray(Integer[]::new);
    Arrays.sort(order, (x, y) -> Double.compare(matrix[y][y], matrix[x][x]));
    assertThat(matrix[order[dimension - 1]][order[dimension - 1]])
        .as("the cut must lie between two eigenvalues, both positive")
        .isGreaterThan(matrix[order[dimension]][order[dimension]] + 1e-3)
        .isGreaterThan(1e-3);
    float[] rows = CooccurrenceStart.rows(log(), ITEMS, dimension, exponent, SEED);
    double[][] expected = new double[ITEMS][dimension];
    for (int v = 0; v < LONELY; v++) {
      double squares = 0;
      for (int d = 0; d < dimension; d++) {
        int column = order[d];
        expected[v][d] = vectors[v][column] * Math.pow(matrix[column][column], exponent);
        squares += expected[v][d] * expected[v][d];
      }
      for (int d = 0; d < dimension; d++) {
        expected[v][d] /= Math.sqrt(squares);
      }
    }
    // Inner products do not see signs, nor turns within equal eigenvalues.
    for (int v = 0; v < LONELY; v++) {
      for (int w = 0; w < LONELY; w++) {
        double actual = 0;
        double wanted = 0;
        for (int d = 0; d < dimension; d++) {
          actual += rows[v * dimension + d] * rows[w * dimension + d];
          wanted += expected[v][d] * expected[w][d];
        }
        assertThat(actual).as("rows %s and %s", v, w).isCloseTo(wanted, within(1e-3));
      }
    }
  }

  @Test
  void everyRowHasUnitLengthTheLonelyOneToo() {
    float[] rows = CooccurrenceStart.rows(log(), ITEMS, 5, 0.5, SEED);
    assertThat(rows).hasSize(ITEMS * 5);
    for (int v = 0; v < ITEMS; v++) {
      double squares = 0;
      for (int d = 0; d < 5; d++) {
        squares += rows[v * 5 + d] * rows[v * 5 + d];
      }
      assertThat(squares).as("row %s", v).isCloseTo(1, within(1e-5));
    }
  }

  @Test
  void theSameSeedGivesTheSameBits() {
    float[] one = CooccurrenceStart.rows(log(), ITEMS, 5, 0.5, 1);
    assertThat(CooccurrenceStart.rows(log(), ITEMS, 5, 0.5, 1)).isEqualTo(one);
    float[] other = CooccurrenceStart.rows(log(), ITEMS, 5, 0.5, 2);
    assertThat(Arrays.copyOfRange(other, LONELY * 5, ITEMS * 5))
        .isNotEqualTo(Arrays.copyOfRange(one, LONELY * 5, ITEMS * 5));
  }

  @Test
  void moreDimensionsThanItemsAreFilledWithZeros() {
    float[] rows = CooccurrenceStart.rows(log(), ITEMS, 20, 0.5, SEED);
    for (int v = 0; v < LONELY; v++) {
      assertThat(Arrays.copyOfRange(rows, v * 20 + ITEMS, (v + 1) * 20)).containsOnly(0f);
    }
  }

  @Test
  void foldInByHand() {
    // Items 0 to 2 are known; 3 and 4 come in the held-out sessions only, 5 nowhere.
    float[] rows = {1, 0, 0, 1, -1, 0, 9, 9, 9, 9, 9, 9};
    int[] clicks = {4, 4, 4, 0, 0, 0};
    Sessions heldOut = Toys.sessions(new int[] {0, 3, 1}, new int[] {2, 4, 3, 1}, new int[] {4, 4});
    FoldIn.fill(rows, 2, clicks, heldOut);
    // Item 3: (1,0) + (0,1) + half of (-1,0) + (0,1); item 4: (-1,0) + half of (0,1).
    double length3 = Math.hypot(0.5, 2);
    double length4 = Math.hypot(1, 0.5);
    assertThat(rows)
        .containsExactly(
            new float[] {
              1,
              0,
              0,
              1,
              -1,
              0,
              (float) (0.5 / length3),
              (float) (2 / length3),
              (float) (-1 / length4),
              (float) (0.5 / length4),
              9,
              9
            },
            within(1e-6f));
  }

  @Test
  void foldInLooksTenClicksFar() {
    int[] session = new int[13];
    Arrays.fill(session, 2); // known, a zero row
    session[0] = 1; // unknown
    session[11] = 0; // known, eleven clicks away
    float[] rows = {1, 0, 9, 9, 0, 0};
    FoldIn.fill(rows, 2, new int[] {1, 0, 1}, Toys.sessions(session));
    assertThat(rows).containsExactly(1, 0, 9, 9, 0, 0);
    session[10] = 0;
    FoldIn.fill(rows, 2, new int[] {1, 0, 1}, Toys.sessions(session));
    assertThat(rows).containsExactly(new float[] {1, 0, 1, 0, 0, 0}, within(1e-6f));
  }
}
