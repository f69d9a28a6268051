package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.attar.data.Dataset;
import io.attar.data.Sessions;
import io.attar.evaluation.Evaluation;
import io.attar.evaluation.EvaluationOptions;
import io.attar.evaluation.ProgressListener;
import io.attar.evaluation.Split;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SessionParallelTrainingTest {
  private static final Dataset DATA = Toys.successionWorld(11, 60, 300, 30, 30);

  private final Path folder;

  SessionParallelTrainingTest(@TempDir Path folder) {
    this.folder = folder;
  }

  private static SessionParallelOptions options(int epochs) {
    return new SessionParallelOptions(16, 8, epochs, 0.2, 0.2, 30, 0.4, 0.1, 0.5, 0.05, 0.05);
  }

  /** Few steps an epoch. */
  private static SessionParallelOptions wide() {
    return new SessionParallelOptions(8, 40, 2, 0.2, 0.2, 30, 0.4, 0.1, 0.5, 0.05, 0.05);
  }

  private static Training training(Path work, TrainingListener listener) {
    return new Training(DATA, TeacherOptions.defaults(), 1, work, 1e9, listener);
  }

  @Test
  void lanesGoOnWithTheNextSessionFromNothing() {
    Sessions sessions =
        Toys.sessions(new int[] {1, 2, 3}, new int[] {4, 5}, new int[] {9}, new int[] {6, 7, 8});
    SessionParallelTraining.Lanes lanes = new SessionParallelTraining.Lanes(sessions, 2);
    assertThat(lanes.inputs()).containsExactly(1, 4);
    assertThat(lanes.targets()).containsExactly(2, 5);
    assertThat(lanes.states(new float[0], 1)).containsExactly(0, 0);
    lanes.advance();
    assertThat(lanes.inputs()).containsExactly(2, 6);
    assertThat(lanes.targets()).containsExactly(3, 7);
    assertThat(lanes.states(new float[] {10, 20}, 1)).containsExactly(10, 0);
    lanes.advance();
    assertThat(lanes.inputs()).containsExactly(7);
    assertThat(lanes.states(new float[] {30, 40}, 1)).containsExactly(40);
    lanes.advance();
    assertThat(lanes.count()).isZero();
  }

  /** The loss as the paper writes it, and its gradient by finite differences. */
  @Test
  void lossAgreesWithPlainLoops() {
    SplittableRandom random = new SplittableRandom(3);
    int lanes = 3;
    int columns = 7;
    double[] values = new double[lanes * columns];
    Arrays.setAll(values, i -> 2 * Randoms.gaussian(random));
    Tensor scores = Toys.doubles(values, lanes, columns).requires_grad_(true);
    Tensor loss =
        SessionParallelTraining.loss(SessionParallelTraining.bounded(scores, 0.5), lanes, 0.7);
    assertThat(loss.item_double()).isCloseTo(plainLoss(values, lanes, columns), within(1e-9));
    loss.backward();
    double[] gradient = new double[values.length];
    new DoublePointer(scores.grad().contiguous().data_ptr()).get(gradient);
    for (int i = 0; i < values.length; i++) {
      double kept = values[i];
      values[i] = kept + 1e-5;
      double above = plainLoss(values, lanes, columns);
      values[i] = kept - 1e-5;
      double below = plainLoss(values, lanes, columns);
      values[i] = kept;
      assertThat(gradient[i]).isCloseTo((above - below) / 2e-5, within(1e-7));
    }
  }

  private static double plainLoss(double[] values, int lanes, int columns) {
    double sum = 0;
    for (int b = 0; b < lanes; b++) {
      double[] r = new double[columns];
      double total = 0;
      for (int j = 0; j < columns; j++) {
        double x = values[b * columns + j];
        r[j] = x >= 0 ? x : 0.5 * (Math.exp(x) - 1);
        total += j == b ? 0 : Math.exp(r[j]);
      }
      double won = 0;
      double large = 0;
      for (int j = 0; j < columns; j++) {
        if (j != b) {
          double share = Math.exp(r[j]) / total;
          won += share / (1 + Math.exp(r[j] - r[b]));
          large += share * r[j] * r[j];
        }
      }
      sum += -Math.log(won) + 0.7 * large;
    }
    return sum / lanes;
  }

  @Test
  void adagradWithMomentum() {
    Parameter parameter = Parameter.whole("x", Tensors.of(new float[] {2}, 1, 1), 1);
    Adagrad adagrad = new Adagrad(java.util.List.of(parameter), 0.1, 0.5);
    double x = 2;
    double squares = 0;
    double move = 0;
    for (int step = 0; step < 3; step++) {
      parameter.value().mul(parameter.value()).sum().backward();
      adagrad.step();
      double gradient = 2 * x;
      squares += gradient * gradient;
      move = 0.5 * move - 0.1 * gradient / Math.sqrt(squares + 1e-6);
      x += move;
      assertThat((double) Tensors.floats(parameter.value())[0]).isCloseTo(x, within(1e-5));
    }
  }

  @Test
  void itLearnsTheSuccessorAndMovesEverything() throws IOException {
    Training.Rival rival =
        training(folder, TrainingListener.SILENT).sessionParallel("GRU4Rec", options(5));
    double recall =
        Evaluation.measure(
                DATA.test(),
                60,
                1,
                rival.method(),
                new EvaluationOptions(2, 1, 1),
                ProgressListener.NONE)
            .mean(Split.OVERALL, "recall@10");
    assertThat(recall).isGreaterThan(0.8); // by chance 0.17
    assertThat(rival.encoder()).isEqualTo("gated-recurrent");
    assertThat(rival.details().at("/epochs").size()).isEqualTo(5);
    TensorFile made = TensorFile.read(folder.resolve("session-parallel.checkpoint"));
    for (String name : made.names()) {
      if (name.startsWith("second.")) { // sums of squared gradients
        float[] squares = made.array(name);
        int moved = 0;
        for (float square : squares) {
          moved += square > 0 ? 1 : 0;
        }
        assertThat(moved).as(name).isEqualTo(squares.length);
      }
    }
  }

  @Test
  void killedAndResumedEndsInTheSameBytes() throws IOException {
    Path whole = folder.resolve("whole");
    Training.Rival expected = training(whole, TrainingListener.SILENT).sessionParallel("x", wide());
    Path killed = folder.resolve("killed");
    TrainingListener killer =
        new TrainingListener() {
          @Override
          public void progressed(String stage, int epoch, long done, long total) {
            if (epoch == 2 && done > 100) {
              throw new IllegalStateException("killed");
            }
          }
        };
    assertThatThrownBy(() -> training(killed, killer).sessionParallel("x", wide()))
        .hasMessage("killed");
    Training.Rival resumed = training(killed, TrainingListener.SILENT).sessionParallel("x", wide());
    assertThat(resumed.quality()).isEqualTo(expected.quality());
    assertThat(Files.readAllBytes(killed.resolve("session-parallel.checkpoint")))
        .isEqualTo(Files.readAllBytes(whole.resolve("session-parallel.checkpoint")));
    // Done already: nothing is trained again.
    assertThat(training(killed, killer).sessionParallel("x", wide()).quality())
        .isEqualTo(expected.quality());
  }

  @Test
  void optionsOutOfRangeAreRefused() {
    assertThatThrownBy(() -> new SessionParallelOptions(16, 1, 1, 0.1, 0, 0, 0, 0, 0, 0, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("lanes must lie between 2 and 65536: 1");
  }
}
