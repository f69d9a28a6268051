package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.attar.evaluation.ScoringMethod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rivals whose tables are compressed from the start, by the contract of {@link RivalTest}. */
class CompressedRivalTest {
  private static final String ENCODER = "nextitnet";

  private final Path folder;

  CompressedRivalTest(@TempDir Path folder) {
    this.folder = folder;
  }

  private static TeacherOptions options(int epochs, Map<String, ?> changes) {
    return RivalTest.options(ENCODER, epochs, 2e-2, changes);
  }

  private static TableOptions table(String kind, int rank, int bytes) {
    return Toys.table(Map.of("kind", kind, "rank", rank, "bytes", bytes, "bits", 32));
  }

  private static final TableOptions BLOCKS = table("block-wise", 0, 2600);

  private Training.Rival rival(int epochs, TableOptions table, String name) throws IOException {
    return RivalTest.training(
            options(epochs, Map.of()), folder.resolve(name), TrainingListener.SILENT)
        .rival(name, table);
  }

  @ParameterizedTest
  @CsvSource({"low-rank, 8, 0", "block-wise, 0, 2600", "tensor-train, 6, 0"})
  void aCompressedTableIsTrainedFromTheStart(String kind, int rank, int bytes) throws IOException {
    TableOptions table = table(kind, rank, bytes);
    Training.Rival rival = rival(8, table, "trained");
    assertThat(RivalTest.recall(rival.method())).as("by chance 17").isGreaterThan(60);
    rival(0, table, "untrained");
    requireMoved(rival, "trained", "untrained");
    // Found again, nothing is trained.
    Training.Rival found = rival(8, table, "trained");
    assertThat(found.quality()).isEqualTo(rival.quality());
    assertThat(RivalTest.recall(found.method())).isEqualTo(RivalTest.recall(rival.method()));
    // 60 rows of 16 single floats in the encoder's company.
    long dense = 4L * 60 * 16;
    assertThat(rival.parameterBytes() - encoderBytes("trained")).isLessThan(dense);
  }

  /** Every array of the one file differs from the other's, and they are all that is counted. */
  private void requireMoved(Training.Rival rival, String trained, String untrained)
      throws IOException {
    TensorFile after = TensorFile.read(folder.resolve(trained).resolve("rival.tensors"));
    TensorFile before = TensorFile.read(folder.resolve(untrained).resolve("rival.tensors"));
    long numbers = 0;
    for (String name : after.names()) {
      numbers += after.array(name).length;
      assertThat(after.array(name)).as(name).isNotEqualTo(before.array(name));
    }
    assertThat(rival.parameterBytes()).isEqualTo(4 * numbers);
    assertThat(rival.method().bytes()).hasValue(rival.parameterBytes());
  }

  private long encoderBytes(String name) throws IOException {
    TensorFile file = TensorFile.read(folder.resolve(name).resolve("rival.tensors"));
    long bytes = 0;
    for (String array : file.names()) {
      bytes += array.startsWith("block") ? 4L * file.array(array).length : 0;
    }
    return bytes;
  }

  @Test
  void cpRecWholeLearnsTheSuccessor() throws IOException {
    TeacherOptions options = options(8, Map.of("layers", 2, "sharing", "adjacent-block"));
    Training.TreeRival tree = treeSoftmax(options, "trained", TrainingListener.SILENT);
    double recall = RivalTest.recall(tree.rival().method());
    assertThat(recall).as("by chance 17").isGreaterThan(60);
    assertThat(RivalTest.recall(tree.exact())).isEqualTo(recall);
    assertThat(RivalTest.recall(tree.published())).isLessThanOrEqualTo(recall).isGreaterThan(17);
    assertThat(tree.exact().name()).isEqualTo("CpRec, best 20 by the exact search");
    assertThat(tree.rival().details().at("/epochs/" + ENCODER).size()).isEqualTo(9);
    treeSoftmax(
        options(0, Map.of("layers", 2, "sharing", "adjacent-block")),
        "untrained",
        TrainingListener.SILENT);
    requireMoved(tree.rival(), "trained", "untrained");

    Training.TreeRival found = treeSoftmax(options, "trained", TrainingListener.SILENT);
    assertThat(found.rival().quality()).isEqualTo(tree.rival().quality());
    ScoringMethod method = found.rival().method();
    assertThat(RivalTest.scores(method, 3, 5, 3))
        .isEqualTo(RivalTest.scores(tree.rival().method(), 3, 5, 3));
  }

  private Training.TreeRival treeSoftmax(
      TeacherOptions options, String name, TrainingListener listener) throws IOException {
    return RivalTest.training(options, folder.resolve(name), listener).treeSoftmax("CpRec", BLOCKS);
  }

  @Test
  void killedAndResumedEndsInTheSameBytes() throws IOException {
    TeacherOptions options =
        options(1, Map.of("rows", 1, "dropout", 0.2, "weightDecay", 1e-4, "layers", 2));
    TableOptions table = table("block-wise", 0, 1800);
    Path whole = folder.resolve("whole");
    RivalTest.small(options, whole, TrainingListener.SILENT).treeSoftmax("whole", table);
    Path killed = folder.resolve("killed");
    int[] steps = {0};
    TrainingListener killer =
        new TrainingListener() {
          @Override
          public void progressed(String stage, int epoch, long done, long total) {
            if (++steps[0] == 3) {
              throw new IllegalStateException("killed");
            }
          }
        };
    assertThatThrownBy(() -> RivalTest.small(options, killed, killer).treeSoftmax("x", table))
        .hasMessage("killed");
    RivalTest.small(options, killed, TrainingListener.SILENT).treeSoftmax("x", table);
    assertThat(Files.readAllBytes(killed.resolve("rival.tensors")))
        .isEqualTo(Files.readAllBytes(whole.resolve("rival.tensors")));
  }

  @Test
  void tablesAndOptionsThatItCannotHaveAreRefused() {
    Training training =
        RivalTest.training(options(1, Map.of()), folder.resolve("x"), TrainingListener.SILENT);
    assertThatThrownBy(() -> training.rival("x", TableOptions.defaults()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("table.kind must be a table of numbers for a rival");
    assertThatThrownBy(() -> training.rival("x", Toys.table(Map.of("kind", "low-rank", "rank", 4))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("table.bits must be 32 for a rival")
        .hasMessageEndingWith(": 8");
    assertThatThrownBy(() -> training.treeSoftmax("x", table("low-rank", 4, 0)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("table.kind must be block-wise for a tree softmax");
    assertThatThrownBy(
            () -> treeSoftmax(options(1, Map.of("candidates", 5)), "x", TrainingListener.SILENT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("teacher.candidates must be 0 with a tree softmax: 5");
    assertThat(folder.resolve("x")).doesNotExist();
  }
}
