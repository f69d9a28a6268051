package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.attar.data.Dataset;
import io.attar.runtime.ModelFile;
import io.attar.runtime.Recommender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Students with dense rows and biases: trained, shipped, killed and resumed. */
class RicherTableTrainingTest {
  private static final int ITEMS = 40;
  private static final int DENSE_ITEMS = 6;
  private static final int EPOCHS = 2;
  private static final Dataset DATA = Toys.successionWorld(7, ITEMS, 80, 20, 0);

  private final Path temporary;

  RicherTableTrainingTest(@TempDir Path temporary) {
    this.temporary = temporary;
  }

  /** A toy student with some values changed. */
  private static StudentOptions options(Map<String, ?> changes) {
    Map<String, Object> all =
        new HashMap<>(
            Map.of(
                "codebooks", 4,
                "codewords", 16,
                "clusteringIterations", 8,
                "epochs", EPOCHS,
                "patience", EPOCHS + 1,
                "learningRate", 5e-3,
                "candidates", 0,
                "rows", 2,
                "neighbourWeight", 0));
    all.putAll(changes);
    return Toys.student(all);
  }

  private static StudentOptions rich() {
    return options(Map.of("denseItems", DENSE_ITEMS, "itemBias", true));
  }

  private static Training training(String encoder, Path work, TrainingListener listener) {
    TeacherOptions teacher = Toys.teacherOptions(encoder, Toys.DIMENSION, EPOCHS, 2);
    return new Training(DATA, teacher, 1, work, 0, listener);
  }

  private static byte[] build(
      String encoder, StudentOptions options, Path work, TrainingListener listener)
      throws IOException {
    Training training = training(encoder, work, listener);
    training.teacher();
    return Files.readAllBytes(
        training
            .student(options, DistillationOptions.defaults(), work.resolve("student.attar"))
            .file());
  }

  /** Stops a student at a step, as a kill would. */
  private static final class Killer implements TrainingListener {
    private final int at;
    private int steps;

    Killer(int at) {
      this.at = at;
    }

    @Override
    public void progressed(String stage, int epoch, long done, long total) {
      if (stage.equals("student") && ++steps == at) {
        throw new IllegalStateException("killed at step " + at);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {WeightedMeanEncoder.NAME, SelfAttentionEncoder.NAME})
  void trainedShippedAndResumedToTheSameBytes(String encoder) throws IOException {
    Path undisturbed = temporary.resolve("undisturbed");
    byte[] expected = build(encoder, rich(), undisturbed, TrainingListener.SILENT);
    ModelFile file = ModelFile.read(expected);
    assertThat(file.version()).isEqualTo(3);
    assertThat(file.denseItemCount()).isEqualTo(DENSE_ITEMS);
    assertThat(file.hasBias()).isTrue();
    assertThat(file.codes()).hasDimensions(4, ITEMS - DENSE_ITEMS);
    assertThat(Arrays.stream(columns(file.codes())).distinct()).hasSize(ITEMS - DENSE_ITEMS);

    // The most clicked items are those without a code.
    int[] counts = Toys.clickCounts(DATA.training(), ITEMS);
    Recommender recommender = Recommender.open(expected);
    int most = 0;
    int least = Integer.MAX_VALUE;
    for (int place = 0; place < ITEMS; place++) {
      int clicks = counts[DATA.items().index(recommender.itemId(place))];
      if (place < ITEMS - DENSE_ITEMS) {
        most = Math.max(most, clicks);
      } else {
        least = Math.min(least, clicks);
      }
    }
    assertThat(least).isGreaterThanOrEqualTo(most);

    for (int at : new int[] {1, 3}) {
      Path work = temporary.resolve("killed-" + at);
      assertThatThrownBy(() -> build(encoder, rich(), work, new Killer(at)))
          .hasMessageContaining("killed");
      assertThat(build(encoder, rich(), work, TrainingListener.SILENT)).isEqualTo(expected);
    }
  }

  /** (items) each item's codes as text. */
  private static String[] columns(int[][] codes) {
    String[] columns = new String[codes[0].length];
    for (int v = 0; v < columns.length; v++) {
      int item = v;
      columns[v] = Arrays.toString(Arrays.stream(codes).mapToInt(row -> row[item]).toArray());
    }
    return columns;
  }

  @Test
  void everyPartMovesFromWhereItStarts() throws IOException {
    build(WeightedMeanEncoder.NAME, rich(), temporary, TrainingListener.SILENT);
    TensorFile checkpoint = TensorFile.read(temporary.resolve("student.checkpoint"));
    float[] teacher = TensorFile.read(temporary.resolve("teacher.tensors")).array("table");
    int[] counts = Toys.clickCounts(DATA.training(), ITEMS);
    float[] unit;
    unit = Tensors.floats(Tensors.unitRows(Tensors.of(teacher, ITEMS, Toys.DIMENSION)));
    float[] start = DenseRows.mostClicked(unit, counts, DENSE_ITEMS).rows();
    float[] rows = checkpoint.array("best.denseRows");
    assertThat(rows).hasSameSizeAs(start).isNotEqualTo(start);
    double distance = 0;
    for (int i = 0; i < rows.length; i++) {
      distance += Math.pow(rows[i] - start[i], 2);
    }
    // They start as the teacher's rows, of length one each, and two epochs lead not far from there.
    assertThat(distance / DENSE_ITEMS).isBetween(1e-6, 0.3);
    assertThat(checkpoint.array("best.itemBias")).hasSize(ITEMS).doesNotContain(0);
    float[] codebooks = TensorFile.read(temporary.resolve("codes.tensors")).array("codebooks");
    assertThat(checkpoint.array("best.codebooks")).isNotEqualTo(codebooks);
  }

  @ParameterizedTest
  @CsvSource({"0, true", "6, false", "39, true"})
  void eachPartShipsByItself(int denseItems, boolean itemBias) throws IOException {
    StudentOptions options = options(Map.of("denseItems", denseItems, "itemBias", itemBias));
    byte[] bytes = build(WeightedMeanEncoder.NAME, options, temporary, TrainingListener.SILENT);
    ModelFile file = ModelFile.read(bytes);
    assertThat(file.denseItemCount()).isEqualTo(denseItems);
    assertThat(file.hasBias()).isEqualTo(itemBias);
  }

  @Test
  void nothingIsRoundedWhenSoAsked() throws IOException {
    StudentOptions options =
        options(Map.of("denseItems", 6, "itemBias", true, "codebookBits", Quantised.UNROUNDED));
    byte[] bytes = build(SelfAttentionEncoder.NAME, options, temporary, TrainingListener.SILENT);
    for (ModelFile.Section section : ModelFile.read(bytes).sections()) {
      if (section.tag().equals("BIAS") || section.tag().equals("DENS")) {
        assertThat(bytes[section.offset()]).as(section.tag()).isEqualTo((byte) 1);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {ITEMS, ITEMS + 1})
  void anItemAtLeastMustHaveACode(int denseItems) {
    Path work = temporary.resolve("work");
    StudentOptions options = options(Map.of("denseItems", denseItems));
    assertThatThrownBy(
            () ->
                training(WeightedMeanEncoder.NAME, work, TrainingListener.SILENT)
                    .student(options, DistillationOptions.defaults(), work.resolve("x.attar")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("student.denseItems must be below the number of items, 40: " + denseItems);
    assertThatThrownBy(() -> options(Map.of("denseItems", -1)))
        .hasMessageContaining("student.denseItems");
  }
}
