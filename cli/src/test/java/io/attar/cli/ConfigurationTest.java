package io.attar.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The configuration: one set of names and defaults, and what is not among them is refused. */
final class ConfigurationTest {
  private static Configuration read(Path file, Map<String, String> single) {
    return ConfigurationReader.read(Configuration.defaults(), file, single);
  }

  private static Configuration set(String key, String value) {
    return ConfigurationReader.read(Configuration.defaults(), null, Map.of(key, value));
  }

  @Test
  void nothingSetGivesTheDefaults() {
    assertThat(ConfigurationReader.read(Configuration.defaults(), null, Map.of()))
        .isEqualTo(Configuration.defaults());
  }

  @Test
  void theReferenceHasEveryKeyOnceWithItsDefaultAndAComment(@TempDir Path folder)
      throws IOException {
    List<ConfigurationKeys.Key> keys = ConfigurationKeys.of(Configuration.defaults());
    assertThat(ConfigurationReference.described())
        .containsExactlyInAnyOrderElementsOf(
            keys.stream().map(ConfigurationKeys.Key::name).toList());
    String text = ConfigurationReference.text();
    Path file = folder.resolve("reference.yaml");
    Files.writeString(file, text, StandardCharsets.UTF_8);
    // Read over other defaults, so that a key that is missing would show.
    Configuration other =
        ConfigurationReader.read(
            Configuration.defaults(),
            null,
            Map.of(
                "seed", "9",
                "prepare.sessionColumn", "visit",
                "teacher.epochs", "9",
                "student.epochs", "9",
                "distillation.mixupShare", "0.9",
                "evaluation.resamples", "9",
                "checkpointSeconds", "9"));
    assertThat(ConfigurationReader.read(other, file, Map.of())).isEqualTo(Configuration.defaults());
    assertThat(text.lines().filter(line -> line.strip().matches("[a-zA-Z]+: .+")))
        .hasSize(keys.size());
  }

  @Test
  void theFileAtTheRootIsTheReference() throws IOException {
    Path atRoot = Path.of("..", "attar.yaml"); // tests run in the module's folder
    assertThat(Files.readString(atRoot, StandardCharsets.UTF_8))
        .as("defaults changed: write the file again with `./attar config > attar.yaml`")
        .isEqualTo(ConfigurationReference.text());
    assertThat(Attar.run("config").succeeded().out()).isEqualTo(ConfigurationReference.text());
  }

  @Test
  void singleKeysWinOverTheFile(@TempDir Path folder) throws IOException {
    Path file =
        Attar.file(
            folder,
            "shop.yaml",
            "seed: 7",
            "prepare:",
            "  sessionColumn: visit",
            "  strict: true",
            "teacher:",
            "  epochs: 2",
            "  learningRate: 1e-3");
    Configuration read = read(file, Map.of("teacher.epochs", "5"));
    assertThat(read.seed()).isEqualTo(7);
    assertThat(read.prepare().sessionColumn()).isEqualTo("visit");
    assertThat(read.prepare().strict()).isTrue();
    assertThat(read.teacher().epochs()).isEqualTo(5);
    assertThat(read.teacher().learningRate()).isEqualTo(1e-3);
    assertThat(read.student()).isEqualTo(Configuration.defaults().student());
  }

  @Test
  void aFileOfCommentsSetsNothing(@TempDir Path folder) throws IOException {
    assertThat(read(Attar.file(folder, "shop.yaml", "# nothing"), Map.of()))
        .isEqualTo(Configuration.defaults());
  }

  @Test
  void valuesThatDependOnEachOtherMayBeSetTogether() {
    Configuration both =
        ConfigurationReader.read(
            Configuration.defaults(), null, Map.of("teacher.dimension", "9", "teacher.heads", "3"));
    assertThat(both.teacher().heads()).isEqualTo(3);
    assertThatThrownBy(() -> set("teacher.heads", "3"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("teacher.heads must divide teacher.dimension 128: 3");
  }

  @ParameterizedTest
  @CsvSource({
    "teacher.epoch, teacher.epochs",
    "teacher.Epochs, teacher.epochs",
    "epochs, teacher.epochs",
    "student.codebook, student.codebooks",
    "prepare.sesionColumn, prepare.sessionColumn",
    "distillation.mixup, distillation.mixture",
    "sede, seed"
  })
  void unknownKeysAreRefusedWithTheNearestName(String key, String nearest) {
    assertThatThrownBy(() -> set(key, "3"))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            "--set: there is no key '"
                + key
                + "'; did you mean '"
                + nearest
                + "'? `attar config` prints all keys");
  }

  @Test
  void aKeyLikeNoneGetsNoHint() {
    assertThatThrownBy(() -> set("colour.of.the.walls", "red"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("there is no key 'colour.of.the.walls'")
        .hasMessageNotContaining("did you mean");
  }

  @ParameterizedTest
  @CsvSource({
    "teacher.epochs, three, must be a whole number",
    "teacher.epochs, 2.5, must be a whole number",
    "teacher.epochs, 3000000000, must be a whole number of at most 2147483647",
    "teacher.epochs, -1, must lie between 0 and 1000: -1",
    "teacher.learningRate, fast, must be a number",
    "teacher.learningRate, NaN, must be positive: NaN",
    "teacher.encoder, transformer, must be one of auto",
    "student.codewords, 1, must lie between 2 and 65536: 1",
    "distillation.mixture, whole, must be one of annealed",
    "distillation.mixupShare, 1.5, must be at most 1.0: 1.5",
    "prepare.strict, yes, must be true or false: 'yes'",
    "prepare.testShare, 1.5, 'must lie in [0, 1): 1.5'",
    "prepare.memoryLimit, much, must be a number and a unit",
    "evaluation.threads, -2, must lie between 0 (all processors) and 1024: -2",
    "checkpointSeconds, -1, must not be negative: -1.0"
  })
  void wrongValuesAreRefusedWithKeyRuleAndValue(String key, String value, String rule) {
    assertThatThrownBy(() -> set(key, value))
        .isInstanceOf(UsageException.class)
        .hasMessageStartingWith("--set: " + key + " must")
        .hasMessageContaining(rule)
        .hasMessageContaining(value.equals("-1") ? "-1" : value);
  }

  @Test
  void filesThatMakeNoSenseAreRefusedWithTheirNameAndLine(@TempDir Path folder) throws IOException {
    refused(folder, "must be YAML", "teacher: [1");
    refused(folder, "shop.yaml, line 3", "seed: 1", "teacher:", "  epochs: 1: 2");
    refused(folder, "Duplicate", "seed: 1", "seed: 2");
    refused(folder, "must hold keys and values", "just words");
    refused(
        folder, "teacher.epochs must be a single value, but is a list", "teacher: {epochs: [1]}");
    refused(folder, "seed must be a single value, but is a group", "seed: {a: 1}");
    refused(folder, "teacher must be a group of keys", "teacher: 3");
    refused(folder, "teacher.epochs must be a whole number: ''", "teacher: {epochs: }");
    refused(folder, "there is no key 'techer'", "techer: {epochs: 3}");
    assertThatThrownBy(() -> read(folder.resolve("none.yaml"), Map.of()))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("none.yaml must be a file that can be read");
  }

  private static void refused(Path folder, String message, String... lines) throws IOException {
    Path file = Attar.file(folder, "shop.yaml", lines);
    assertThatThrownBy(() -> read(file, Map.of()))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("shop.yaml")
        .hasMessageContaining(message);
  }

  @Test
  void quickstartIsSmallerAndNothingElse() {
    Configuration quick = Configuration.quickstart();
    assertThat(quick.teacher().dimension()).isEqualTo(64);
    assertThat(quick.prepare()).isEqualTo(Configuration.defaults().prepare());
    assertThat(quick.evaluation()).isEqualTo(Configuration.defaults().evaluation());
  }

  @Test
  void codesMustReachTheItems() {
    Configuration few =
        ConfigurationReader.read(
            Configuration.defaults(),
            null,
            Map.of("student.codebooks", "2", "student.codewords", "10"));
    few.requireCodes(100);
    assertThatThrownBy(() -> few.requireCodes(101))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("10^2 = 100 codes are too few")
        .hasMessageContaining("101 items");
  }
}
