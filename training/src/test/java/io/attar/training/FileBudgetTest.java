package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.attar.data.Dataset;
import io.attar.runtime.ModelFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files as large as they may be: never larger, and not much smaller. */
class FileBudgetTest {
  private static final int ITEMS = 4000;
  private static final int DIMENSION = 32;
  private static final Dataset DATA = Toys.successionWorld(11, ITEMS, 3000, 60, 0);

  /** Bytes of the teacher's parameters but for some scalars. */
  private static final long TEACHER_BYTES = 4L * ITEMS * DIMENSION;

  private static StudentOptions options(Map<String, ?> changes) {
    Map<String, Object> all =
        new HashMap<>(
            Map.of(
                "codebooks", 0,
                "codewords", 128,
                "quantiser", "additive",
                "timesSmaller", 4,
                "clusteringIterations", 2,
                "reassignmentRounds", 1,
                "epochs", 0,
                "neighbourWeight", 0));
    all.putAll(changes);
    return Toys.student(all);
  }

  /**
   * Random codes pack worse than is expected of codes: in the first case the first number of
   * codebooks is too many.
   */
  @ParameterizedTest
  @CsvSource({
    "random, weighted-mean, 32, 4.145, 0, false, 4, true",
    "residual, weighted-mean, 32, 4, 300, true, 4, false",
    "residual, weighted-mean, 32, 1.5, 300, true, 32, false",
    "residual, self-attention, 128, 9, 0, false, 4, false",
  })
  void theFileIsAsLargeAsItMayBe(
      String quantiser,
      String encoder,
      int dimension,
      double timesSmaller,
      int denseItems,
      boolean itemBias,
      int codebookBits,
      boolean tooMany,
      @TempDir Path folder)
      throws IOException {
    StudentOptions options =
        options(
            Map.of(
                "quantiser", quantiser,
                "timesSmaller", timesSmaller,
                "denseItems", denseItems,
                "itemBias", itemBias,
                "codebookBits", codebookBits));
    TeacherOptions teacher =
        Toys.teacher(
            Map.of(
                "encoder",
                encoder,
                "dimension",
                dimension,
                "start",
                "random",
                "epochs",
                1,
                "candidates",
                64,
                "neighbourWeight",
                0));
    List<String> said = new ArrayList<>();
    TrainingListener listener = Toys.writtenTo(said);
    Training training = new Training(DATA, teacher, 1, folder, 0, listener);
    training.teacher();
    Path file =
        training.student(options, DistillationOptions.defaults(), folder.resolve("s.attar")).file();
    ModelFile read = ModelFile.read(Files.readAllBytes(file));
    long ids =
        read.sections().stream()
            .filter(section -> section.tag().equals("ITEM"))
            .mapToLong(ModelFile.Section::length)
            .sum();
    long teacherBytes =
        TensorFile.read(folder.resolve("teacher.tensors")).about().get("parameterBytes").asLong();
    long budget = (long) (teacherBytes / timesSmaller);
    long codeword = codebookBits == 32 ? 4L * dimension : dimension / 2 + 4;
    long codebook = Math.round((ITEMS - denseItems) * 7 / 8.0 + 128 * codeword);
    long bytes = Files.size(file) - ids;
    assertThat(bytes).isLessThanOrEqualTo(budget);
    // What provenance and repeats do not use of what is set aside for them, and a codebook or two.
    assertThat(bytes).isGreaterThan(budget - 8192 - 2 * codebook);
    assertThat(said.stream().filter(line -> line.contains("; one fewer"))).hasSize(tooMany ? 1 : 0);
    assertThat(said.stream().filter(line -> line.contains("bytes without item ids")))
        .hasSize(tooMany ? 2 : 1);
  }

  @Test
  void aNumberGivenIsTaken() {
    StudentOptions given = options(Map.of("codebooks", 3));
    assertThat(given.sized(ITEMS, DIMENSION)).isSameAs(given);
    assertThat(given.identity()).doesNotContain("timesSmaller");
    assertThat(options(Map.of()).identity()).contains("timesSmaller=4.0");
  }

  @Test
  void smallerFilesHaveFewerCodebooksDownToWhatTellsItemsApart() {
    int before = Integer.MAX_VALUE;
    for (double timesSmaller : new double[] {10, 30, 60, 120, 10_000}) {
      StudentOptions options = options(Map.of("timesSmaller", timesSmaller));
      int codebooks = options.sized(1_000_000, 128).codebooks();
      assertThat(codebooks).isLessThanOrEqualTo(before);
      before = codebooks;
    }
    assertThat(before).isEqualTo(3); // 128^3 is the first power of 128 above a million
    assertThat(options(Map.of("timesSmaller", 10)).sized(1_000_000, 128).codebooks()).isEqualTo(24);
  }

  /** One item has a code, and not even one codebook fits beside the rows of all others. */
  @Test
  void thereIsAlwaysACodebook() {
    StudentOptions options = options(Map.of("denseItems", ITEMS - 1));
    assertThat(options.sized(ITEMS, DIMENSION).codebooks()).isOne();
  }

  @ParameterizedTest
  @ValueSource(strings = {"product", "quantile"})
  void blocksOfColumnsNeedANumber(String quantiser) {
    assertThatThrownBy(() -> options(Map.of("quantiser", quantiser)))
        .hasStackTraceContaining("student.codebooks must be a number above 0")
        .hasStackTraceContaining("choose a divisor of teacher.dimension");
  }

  /** A shop of a thousand items has as good a file as one of ten thousand. */
  @Test
  void smallCataloguesHaveNoSmallFiles() {
    StudentOptions options = options(Map.of("timesSmaller", 30));
    FileBudget budget = FileBudget.of(options, 4L * 1000 * 128);
    assertThat(budget.bytes()).isEqualTo(FileBudget.LEAST);
    assertThat(FileBudget.of(options, TEACHER_BYTES * 1000).bytes())
        .isEqualTo(TEACHER_BYTES * 1000 / 30);
    assertThat(options.sized(1000, 128).codebooks()).isBetween(8, 12);
  }
}
