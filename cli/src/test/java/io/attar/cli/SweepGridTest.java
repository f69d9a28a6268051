package io.attar.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Grids: what they say, and what of it is refused, before anything is trained. */
final class SweepGridTest {
  private final Path folder;

  SweepGridTest(@TempDir Path folder) {
    this.folder = folder;
  }

  private SweepGrid read(String... lines) throws IOException {
    Path file = Attar.file(folder, "grid.yaml", lines);
    return SweepGrid.read(file, Configuration.defaults(), Set.of("student.epochs")::contains);
  }

  @Test
  void axesAreMultipliedAndRowsAdded() throws IOException {
    SweepGrid grid =
        read(
            "title: Sizes",
            "x: student.codebooks",
            "series: student.codewords",
            "settings: {student.patience: 7}",
            "axes:",
            "  student:",
            "    codebooks: [3, 4]",
            "  student.codewords: [32, 64, 128]",
            "rows:",
            "  - name: Plain / odd",
            "    settings: {student: {softTargetWeight: 0.5, patience: 8}}",
            "  - name: as the settings have it");
    assertThat(grid.title()).isEqualTo("Sizes");
    assertThat(grid.rows())
        .extracting(SweepGrid.Row::name)
        .containsExactly(
            "codebooks=3 codewords=32",
            "codebooks=3 codewords=64",
            "codebooks=3 codewords=128",
            "codebooks=4 codewords=32",
            "codebooks=4 codewords=64",
            "codebooks=4 codewords=128",
            "Plain / odd",
            "as the settings have it");
    SweepGrid.Row row = grid.rows().get(4);
    assertThat(row.settings())
        .isEqualTo(Map.of("student.codebooks", "4", "student.codewords", "64"));
    assertThat(row.configuration())
        .isEqualTo(
            ConfigurationReader.read(
                Configuration.defaults(),
                null,
                Map.of(
                    "student.codebooks", "4",
                    "student.codewords", "64",
                    "student.patience", "7")));
    assertThat(row.value("student.codewords")).isEqualTo("64");
    assertThat(row.folder()).isEqualTo("codebooks=4-codewords=64");
    SweepGrid.Row plain = grid.rows().get(6);
    assertThat(plain.folder()).isEqualTo("Plain-odd");
    assertThat(plain.configuration().student().softTargetWeight()).isEqualTo(0.5);
    assertThat(plain.configuration().student().patience()).isEqualTo(8);
    assertThat(grid.rows().get(7).settings()).isEmpty();
  }

  @Test
  void whatTheCommandLineSetsWinsOverSettingsButNotOverARow() throws IOException {
    SweepGrid grid =
        read(
            "settings: {student.epochs: 9, student.patience: 9}",
            "rows:",
            "  - {name: a}",
            "  - {name: b, settings: {student.epochs: 3}}");
    int given = Configuration.defaults().student().epochs();
    assertThat(grid.rows().get(0).configuration().student().epochs()).isEqualTo(given);
    assertThat(grid.rows().get(0).configuration().student().patience()).isEqualTo(9);
    assertThat(grid.rows().get(1).configuration().student().epochs()).isEqualTo(3);
    assertThat(grid.settings()).isEqualTo(Map.of("student.patience", "9"));
  }

  @Test
  void badGridsAreRefusedWithPlaceAndRule() throws IOException {
    refused("grid.yaml: a grid must hold axes, rows or both", "just words");
    refused("grid.yaml, line 1: must be YAML", "axes: [1");
    refused("must have at least one row: give axes or rows", "title: nothing");
    refused("there is no key 'axis'; did you mean 'axes'?", "axis: {student.epochs: [1]}");
    refused("row 1: there is no key 'nam'; did you mean 'name'?", "rows: [{nam: a}]");
    refused("row 2: a row must have a name", "rows: [{name: a}, {settings: {}}]");
    refused("rows must be a list", "rows: {name: a}");
    refused("row 1: must hold keys and values", "rows: [a]");
    refused("axes: student.epochs must be a list of values", "axes: {student.epochs: 1}");
    refused("axes: student.epochs must be a list of values", "axes: {student.epochs: []}");
    refused("axes: student.epochs must be a single value", "axes: {student.epochs: [[1]]}");
    refused("settings: student.epochs must be a single", "settings: {student.epochs: [1]}", A_ROW);
    refused("axes: must hold keys and values", "axes: [1]");
    refused(
        "student.epochs must stand there once",
        "rows: [{name: a, settings: {student.epochs: 1, student: {epochs: 2}}}]");
    refused(
        "at most 1000 rows",
        "axes:",
        "  student.epochs: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]",
        "  student.patience: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]",
        "  student.rows: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]");
    refused("'a b' and 'A-b' do not", "rows: [{name: a b}, {name: A-b}]");
    refused(
        "series must be a key that rows change, but is 'student.codebook'; did you mean"
            + " 'student.codebooks'?",
        "series: student.codebook",
        "axes: {student.codebooks: [4]}");
  }

  private static final String A_ROW = "rows: [{name: a}]";

  @Test
  void keysAndValuesAreCheckedByTheOrdinaryReader() throws IOException {
    refused(
        "grid.yaml, row 'b': there is no key 'student.codebook'; did you mean 'student.codebooks'?",
        "rows: [{name: a}, {name: b, settings: {student.codebook: 3}}]");
    refused(
        "row 'codewords=1': student.codewords must lie between 2 and 65536: 1",
        "axes: {student.codewords: [32, 1]}");
    refused(
        "grid.yaml, settings: there is no key 'student.epochz'",
        "settings: {student.epochz: 3}",
        A_ROW);
    refused("student must be a group of keys", "settings: {student: 3}", A_ROW);
    assertThatThrownBy(
            () ->
                SweepGrid.read(folder.resolve("none.yaml"), Configuration.defaults(), key -> false))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the grid")
        .hasMessageContaining("none.yaml must be a file that can be read");
  }

  @Test
  void theTeacherAndTheTestAreTheSameForAllRows() throws IOException {
    for (String key :
        List.of("teacher.epochs", "prepare.testShare", "seed", "evaluation.resamples")) {
      refused(
          "row 'a': " + key + " must stay: all students of a sweep have one teacher",
          "rows: [{name: a, settings: {" + key + ": 1}}]");
    }
    refused("settings: teacher.epochs must stay", "settings: {teacher: {epochs: 1}}", A_ROW);
  }

  private void refused(String message, String... lines) {
    assertThatThrownBy(() -> read(lines))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("grid.yaml")
        .hasMessageContaining(message);
  }

  static Stream<Path> committedGrids() throws IOException {
    // Tests run in the module's folder.
    try (Stream<Path> grids = Files.list(Path.of("..", "docs", "results", "grids"))) {
      return grids.sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource
  void committedGrids(Path file) {
    SweepGrid grid = SweepGrid.read(file, Configuration.defaults(), key -> false);
    assertThat(grid.title()).isNotEmpty();
    assertThat(grid.description()).isNotEmpty();
    assertThat(grid.rows()).hasSizeGreaterThan(3);
  }
}
