package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.attar.data.Dataset;
import io.attar.runtime.ModelFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Students of every kind of table: trained, shipped, killed and resumed, from one teacher. */
class FactoredTableTrainingTest {
  private static final Dataset DATA = Toys.successionWorld(11, 60, 200, 40, 0);
  private static final StudentOptions STUDENT =
      Toys.student(
          Map.ofEntries(
              Map.entry("epochs", 2),
              Map.entry("patience", 3),
              Map.entry("learningRate", 5e-3),
              Map.entry("scalarLearningRateFactor", 10),
              Map.entry("candidates", 0),
              Map.entry("rows", 4),
              Map.entry("neighbourWeight", 0)));

  @SuppressWarnings("NullAway.Init") // JUnit sets it before anything else
  @TempDir
  private static Path work;

  @BeforeAll
  static void theTeacher() throws IOException {
    training(TrainingListener.SILENT).teacher();
  }

  private static Training training(TrainingListener listener) {
    return new Training(
        DATA, Toys.teacherOptions("self-attention", 32, 4, 4), 1, work, 0, listener);
  }

  private static Training.Result build(TableOptions table, Path own, TrainingListener listener)
      throws IOException {
    Files.createDirectories(own);
    return training(listener)
        .student(STUDENT, table, DistillationOptions.defaults(), own.resolve("s.attar"), own);
  }

  /** Stops a student at its second step, as a kill would. */
  private static final class Killer implements TrainingListener {
    private int steps;

    @Override
    public void progressed(String stage, int epoch, long done, long total) {
      if (stage.equals("student") && ++steps == 2) {
        throw new IllegalStateException("killed");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "dense, 4, 0, 2, 3, dense",
    "low-rank, 8, 1400, 2, 4, blocks",
    "block-wise, 8, 1600, 2, 4, blocks",
    "tensor-train, 8, 2200, 2, 4, tensor train",
    "semi-tensor-train, 4, 1500, 3, 4, tensor train"
  })
  void trainedShippedAndResumedToTheSameBytes(
      String kind, int bits, int bytes, int cores, int version, String shipped) throws IOException {
    TableOptions table =
        Toys.table(Map.of("kind", kind, "bits", bits, "bytes", bytes, "cores", cores));
    Path own = work.resolve(kind);
    Training.Result student = build(table, own, TrainingListener.SILENT);
    byte[] expected = Files.readAllBytes(student.file());
    ModelFile file = ModelFile.read(expected);
    assertThat(file.version()).isEqualTo(version);
    assertThat(file.tableKind()).isEqualTo(shipped);
    // Three of four next clicks are the successor: chance finds one in six.
    assertThat(student.quality().newRecall()).isGreaterThan(60);

    JsonNode about = student.details().path("table");
    int section =
        file.sections().stream()
            .filter(part -> part.tag().equals("DENS"))
            .mapToInt(ModelFile.Section::length)
            .sum();
    assertThat(about.path("bytes").asInt()).isEqualTo(section);
    assertThat(section).isLessThanOrEqualTo(bytes == 0 ? 9 + 60 * (4 + 16) : bytes);
    assertThat(about.path("reconstructionError").asDouble()).isBetween(1e-4, 2.0);
    assertThat(about.path("options").path("kind").asText()).isEqualTo(kind);

    // Every part of the table has moved from where it starts.
    TensorFile checkpoint = TensorFile.read(own.resolve("student.checkpoint"));
    float[] teacher = TensorFile.read(work.resolve("teacher.tensors")).array("table");
    FactoredItemTable start =
        FactoredTables.of(
            table,
            Tensors.floats(Tensors.unitRows(Tensors.of(teacher, 60, 32))),
            32,
            Toys.clickCounts(DATA.training(), 60),
            Randoms.seed(1, "table", 0));
    assertThat(start.parameters()).isNotEmpty();
    for (Parameter parameter : start.parameters()) {
      float[] before = Tensors.floats(parameter.value());
      float[] after = checkpoint.array("best." + parameter.name());
      double distance = 0;
      double length = 0;
      for (int i = 0; i < before.length; i++) {
        distance += Math.pow(after[i] - before[i], 2);
        length += Math.pow(before[i], 2);
      }
      assertThat(distance / length).as(parameter.name()).isBetween(1e-5, 1.0);
    }

    Path killed = work.resolve(kind + "-killed");
    assertThatThrownBy(() -> build(table, killed, new Killer())).hasMessage("killed");
    Training.Result resumed = build(table, killed, TrainingListener.SILENT);
    assertThat(Files.readAllBytes(resumed.file())).isEqualTo(expected);
  }

  @Test
  void optionsOfCodesAreRefusedWithOtherTables() {
    TableOptions dense = Toys.table(Map.of("kind", "dense"));
    assertThatThrownBy(
            () ->
                training(TrainingListener.SILENT)
                    .student(
                        Toys.student(Map.of("denseItems", 3)),
                        dense,
                        DistillationOptions.defaults(),
                        work.resolve("x.attar"),
                        work))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must be 0 unless table.kind is codes: 3 and 0 with dense");
  }
}
