package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.attar.data.Sessions;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScoreMetricTest {
  private static final long SEED = 20_261_122L;
  private static final int ITEMS = 300;
  private static final int DIMENSION = 8;
  private static final int CODEBOOKS = 3;
  private static final int CODEWORDS = 8;

  private final float[] rows = Toys.gaussians(new SplittableRandom(SEED), ITEMS * DIMENSION, 1);
  private final int[] clickCounts = new int[ITEMS];

  ScoreMetricTest() {
    Arrays.fill(clickCounts, 1);
  }

  @BeforeAll
  static void prepare() {
    TorchEnvironment.prepare();
  }

  private static StudentOptions options() {
    return Toys.student(
        Map.of("codebooks", CODEBOOKS, "codewords", CODEWORDS, "reassignmentRounds", 4));
  }

  private static Quantiser quantiser(String name) {
    return name.equals(AdditiveCodes.NAME)
        ? new AdditiveCodes(TrainingListener.SILENT)
        : new ResidualCodes();
  }

  private Quantiser.Result learn(Quantiser quantiser) {
    return quantiser.learn(rows, clickCounts, options(), SEED);
  }

  /** Mean over session vectors of the squared change of the scores, over the squared scores. */
  private double scoreError(Quantiser.Result found, float[] sessionVectors) {
    double error = 0;
    double all = 0;
    for (int from = 0; from < sessionVectors.length; from += DIMENSION) {
      for (int v = 0; v < ITEMS; v++) {
        double exact = 0;
        double composed = 0;
        for (int d = 0; d < DIMENSION; d++) {
          exact += (double) sessionVectors[from + d] * rows[v * DIMENSION + d];
          for (int m = 0; m < CODEBOOKS; m++) {
            int codeword = m * CODEWORDS + found.codes().code(m, v);
            composed +=
                (double) sessionVectors[from + d] * found.codebooks()[codeword * DIMENSION + d];
          }
        }
        error += (exact - composed) * (exact - composed);
        all += exact * exact;
      }
    }
    return error / all;
  }

  /** Session vectors that lie along few directions, none of them an axis. */
  private static float[] sessionVectors(int count) {
    SplittableRandom random = new SplittableRandom(SEED + 1);
    float[] turn = Toys.gaussians(random, DIMENSION * DIMENSION, 1);
    float[] vectors = new float[count * DIMENSION];
    for (int s = 0; s < count; s++) {
      for (int along = 0; along < DIMENSION; along++) {
        double length = Randoms.gaussian(random) / (1 + along * along);
        for (int d = 0; d < DIMENSION; d++) {
          vectors[s * DIMENSION + d] += (float) (length * turn[along * DIMENSION + d]);
        }
      }
    }
    return vectors;
  }

  private static ScoreMetric metric(float[] sessionVectors) {
    double[] moments = new double[DIMENSION * DIMENSION];
    for (int from = 0; from < sessionVectors.length; from += DIMENSION) {
      for (int i = 0; i < moments.length; i++) {
        moments[i] +=
            (double) sessionVectors[from + i / DIMENSION] * sessionVectors[from + i % DIMENSION];
      }
    }
    return new ScoreMetric(moments);
  }

  /** What it is for: at equal bytes, scores are kept better, and what is reported is true. */
  @ParameterizedTest
  @ValueSource(strings = {ResidualCodes.NAME, AdditiveCodes.NAME})
  void scoresAreKeptBetter(String name) {
    float[] sessionVectors = sessionVectors(400);
    Quantiser.Result ofRows = learn(quantiser(name));
    Quantiser.Result ofScores =
        learn(metric(sessionVectors).over(quantiser(name), TrainingListener.SILENT));
    assertThat(scoreError(ofScores, sessionVectors))
        .isLessThan(0.5 * scoreError(ofRows, sessionVectors));
    assertThat(ofScores.error()).as("paid for in rows").isGreaterThan(ofRows.error());
    Composition composition = new Composition(rows, clickCounts, options());
    composition.set(ofScores.codes().columns(), ofScores.codebooks());
    assertThat(ofScores.error()).isEqualTo(composition.error());
  }

  /** Sessions that lie along all directions alike, or no sessions at all, ask for nothing else. */
  @ParameterizedTest
  @ValueSource(doubles = {0, 3})
  void withoutDirectionsItIsTheQuantiserItself(double length) {
    double[] moments = new double[DIMENSION * DIMENSION];
    for (int d = 0; d < DIMENSION; d++) {
      moments[d * DIMENSION + d] = length;
    }
    ScoreMetric metric = new ScoreMetric(moments);
    for (int i = 0; i < moments.length; i++) {
      assertThat(metric.root()[i]).isCloseTo(i % (DIMENSION + 1) == 0 ? 1 : 0, within(1e-3f));
    }
    Quantiser.Result plain = learn(new ResidualCodes());
    Quantiser.Result found = learn(metric.over(new ResidualCodes(), TrainingListener.SILENT));
    assertThat(found.codes().changed(plain.codes())).isLessThan(ITEMS / 50);
    assertThat(found.error()).isCloseTo(plain.error(), within(0.01 * plain.error()));
  }

  @Test
  void vectorsThatAreNoNumbersAreRefused() {
    double[] moments = new double[DIMENSION * DIMENSION];
    moments[0] = Double.NaN;
    assertThatThrownBy(() -> new ScoreMetric(moments))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("student.codeMetric");
  }

  /** H is the mean over every prefix of sessions within the window, each encoded alone. */
  @Test
  void theMomentsAreThoseOfEveryPrefix() {
    SplittableRandom random = new SplittableRandom(SEED);
    Sessions sessions = Toys.random(random, ITEMS, 60, 9);
    SessionModel model =
        new SessionModel(
            new WeightedMeanEncoder(20, 10),
            new DenseItemTable(Tensors.of(rows, ITEMS, DIMENSION)),
            true,
            1);
    float[] all = new float[(int) sessions.caseCount(1) * DIMENSION];
    int count = 0;
    try (PointerScope scope = new PointerScope()) {
      Tensor used = model.allUsedRows();
      for (int s = 0; s < sessions.count(); s++) {
        for (int end = sessions.start(s) + 1; end < sessions.end(s); end++) {
          SessionBatch prefix = Toys.prefix(sessions, sessions.start(s), end, 20);
          float[] vector = Tensors.floats(model.sessionVectors(prefix, used));
          System.arraycopy(vector, 0, all, count++ * DIMENSION, DIMENSION);
        }
      }
    }
    assertThat(count * DIMENSION).isEqualTo(all.length);
    float[] expected = metric(all).root();
    float[] found = ScoreMetric.of(model, sessions, 20).root();
    for (int i = 0; i < expected.length; i++) {
      assertThat(found[i]).isCloseTo(expected[i], within(1e-4f));
    }
  }
}
