package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.attar.data.Dataset;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerTest {
  private static final Dataset DATA = Toys.successionWorld(3, 30, 60, 15, 0);
  private static final int WINDOW = 20;

  private final Path folder;

  TrainerTest(@TempDir Path folder) {
    this.folder = folder;
  }

  /** Notes at every call whether dropout acts, inside the encoder and on what goes in. */
  private static final class Recording implements SessionEncoder {
    record Call(boolean training, double hiddenShare) {}

    private final SelfAttentionEncoder encoder = new SelfAttentionEncoder(16, WINDOW, 2, 0.3, 1);
    private final List<Call> calls = new ArrayList<>();
    private boolean training;

    @Override
    public String name() {
      return "recording";
    }

    @Override
    public Tensor encode(Tensor inputs, SessionBatch batch) {
      float[] values = Tensors.floats(inputs);
      int hidden = 0;
      int all = 0;
      for (int slot = 0; slot < batch.items().length; slot++) {
        if (batch.items()[slot] >= 0) {
          for (int d = 0; d < 16; d++) {
            all++;
            hidden += values[slot * 16 + d] == 0 ? 1 : 0;
          }
        }
      }
      calls.add(new Call(training, (double) hidden / all));
      return encoder.encode(inputs, batch);
    }

    @Override
    public void training(boolean on) {
      training = on;
      encoder.training(on);
    }

    @Override
    public List<Parameter> parameters() {
      return encoder.parameters();
    }
  }

  /** All items as candidates, two rows a step, fully mixed. */
  private static FittingOptions options(
      int epochs, double rate, double decay, double dropout, int patience) {
    return new FittingOptions(epochs, rate, decay, dropout, 0, 2, 1, 0, patience, 1);
  }

  private static SessionModel model(SessionEncoder encoder) {
    return new SessionModel(
        encoder,
        new DenseItemTable(
            Tensors.of(CooccurrenceStart.rows(DATA.training(), 30, 16, 0.5, 1), 30, 16)),
        true,
        10);
  }

  private static Trainer.Validation validation() {
    return new Trainer.Validation(
        DATA.validation(), Toys.clickCounts(DATA.training(), 30), WINDOW, 1, true);
  }

  private Trainer trainer(SessionModel model, FittingOptions options, TrainingListener listener) {
    Fitting fitting =
        new Fitting(
            model,
            null,
            null,
            0,
            new CandidateSampler(Toys.clickCounts(DATA.training(), 30), 0),
            options.dropout(),
            0,
            options.seed());
    return new Trainer(
        "test",
        "fingerprint",
        fitting,
        options,
        DATA.training(),
        validation(),
        folder.resolve("x.checkpoint"),
        1e9,
        listener);
  }

  @Test
  void dropoutActsInEveryEpochAndNeverWhileMeasuring() throws IOException {
    Recording encoder = new Recording();
    List<Integer> steps = new ArrayList<>();
    List<Integer> measured = new ArrayList<>();
    trainer(
            model(encoder),
            options(3, 1e-3, 1, 0.3, 9),
            new TrainingListener() {
              @Override
              public void progressed(String stage, int epoch, long done, long total) {
                steps.add(encoder.calls.size());
                if (done == 1) {
                  measured.add(encoder.calls.size());
                }
              }
            })
        .run();
    assertThat(measured).as("epochs").hasSize(3);
    for (int call = 0; call < encoder.calls.size(); call++) {
      boolean step = steps.contains(call + 1);
      Recording.Call made = encoder.calls.get(call);
      assertThat(made.training()).as("call %s", call).isEqualTo(step);
      assertThat(made.hiddenShare())
          .as("hidden share at call %s", call)
          .isCloseTo(step ? 0.3 : 0, within(step ? 0.1 : 0));
    }
    // Measured before the first epoch, between epochs and after the last one.
    assertThat(encoder.calls.get(0).training()).isFalse();
    assertThat(encoder.calls.get(encoder.calls.size() - 1).training()).isFalse();
    assertThat(measured.get(1)).isGreaterThan(measured.get(0) + 2);
  }

  /** Whatever comes after the best epoch, the model ends with that epoch's parameters. */
  @Test
  void theBestEpochStays() throws IOException {
    SessionModel model = model(new WeightedMeanEncoder(WINDOW, 10));
    List<Double> gains = new ArrayList<>();
    List<float[]> tables = new ArrayList<>();
    Trainer trainer =
        trainer(
            model,
            // A rate that grows until it ruins everything.
            options(5, 5e-3, 3, 0, 9),
            new TrainingListener() {
              @Override
              public void epochFinished(
                  String stage,
                  int epoch,
                  double crossEntropy,
                  double divergence,
                  HeldOutQuality quality) {
                gains.add(quality.gain());
                tables.add(Tensors.floats(model.table().allRows()));
              }
            });
    trainer.run();
    // Among trained epochs: the start, epoch 0, is no candidate.
    int best = 1;
    for (int e = 2; e < gains.size(); e++) {
      best = gains.get(e) > gains.get(best) ? e : best;
    }
    assertThat(gains).hasSize(6);
    assertThat(best).as("best epoch of %s", gains).isLessThan(5);
    assertThat(Tensors.floats(model.table().allRows()))
        .isEqualTo(tables.get(best))
        .isNotEqualTo(tables.get(5));
    assertThat(validation().measure(model).quality().gain()).isEqualTo(gains.get(best));
    assertThat(trainer.history()).hasSize(6);
  }

  @Test
  void patienceEndsARunThatGetsNoBetter() throws IOException {
    SessionModel model = model(new WeightedMeanEncoder(WINDOW, 10));
    List<Integer> epochs = new ArrayList<>();
    float[] before = Tensors.floats(model.table().allRows());
    trainer(
            model,
            // No step moves anything: no epoch is better than the first.
            options(50, 1e-30, 1, 0, 2),
            new TrainingListener() {
              @Override
              public void epochFinished(
                  String stage,
                  int epoch,
                  double crossEntropy,
                  double divergence,
                  HeldOutQuality quality) {
                epochs.add(epoch);
              }
            })
        .run();
    assertThat(epochs).containsExactly(0, 1, 2, 3);
    assertThat(Tensors.floats(model.table().allRows())).isEqualTo(before);
  }

  @Test
  void theStartIsNotSelectedOverATrainedEpoch() throws IOException {
    SessionModel model = model(new WeightedMeanEncoder(WINDOW, 10));
    float[] before = Tensors.floats(model.table().allRows());
    List<Double> gains = new ArrayList<>();
    trainer(
            model,
            // One epoch at a rate that ruins the start.
            options(1, 0.4, 1, 0, 1),
            new TrainingListener() {
              @Override
              public void epochFinished(
                  String stage,
                  int epoch,
                  double crossEntropy,
                  double divergence,
                  HeldOutQuality quality) {
                gains.add(quality.gain());
              }
            })
        .run();
    assertThat(gains).hasSize(2);
    assertThat(gains.get(1)).isLessThan(gains.get(0));
    assertThat(Tensors.floats(model.table().allRows())).isNotEqualTo(before);
  }

  @Test
  void noEpochLeavesTheStart() throws IOException {
    SessionModel model = model(new WeightedMeanEncoder(WINDOW, 10));
    float[] before = Tensors.floats(model.table().allRows());
    trainer(model, options(0, 1e-2, 1, 0, 1), TrainingListener.SILENT).run();
    assertThat(Arrays.equals(Tensors.floats(model.table().allRows()), before)).isTrue();
  }
}
