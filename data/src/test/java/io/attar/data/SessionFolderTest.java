package io.attar.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SessionFolderTest {
  private static final String TRAINING = "a b a\nc b\n";
  private static final String CASES = "a c x\tb\na c\tx\na\tc\nb\tb\n";

  private final Path temporary;

  SessionFolderTest(@TempDir Path temporary) {
    this.temporary = temporary;
  }

  private Dataset read(String training, String cases) throws IOException {
    return SessionFolder.read(TestFiles.sessionFolder(temporary.resolve("shop"), training, cases));
  }

  private ClickLogException refused(String training, String cases) {
    return catchThrowableOfType(ClickLogException.class, () -> read(training, cases));
  }

  @Test
  void readsSessionsAndPutsTestSessionsTogether() throws IOException {
    Dataset shop = read(TRAINING, CASES);
    assertThat(shop.name()).isEqualTo("shop");
    assertThat(TestFiles.ids(shop, shop.training()))
        .containsExactly(List.of("a", "b", "a"), List.of("c", "b"));
    assertThat(TestFiles.ids(shop, shop.test()))
        .containsExactly(List.of("a", "c", "x", "b"), List.of("b", "b"));
    assertThat(shop.validation().count()).isZero();
    assertThat(shop.minimumPrefixLength()).isEqualTo(1);
    assertThat(shop.items().ids()).containsExactly("a", "b", "c", "x");
    assertThat(shop.catalogueSize()).isEqualTo(3);
    assertThat(shop.test().caseCount(1)).isEqualTo(4);
  }

  @Test
  void takesTheShortestPrefixFoundAsTheMinimum() throws IOException {
    Dataset shop = read(TRAINING, "a b c\ta\na b\tc\nb b\tb\n");
    assertThat(shop.minimumPrefixLength()).isEqualTo(2);
    assertThat(TestFiles.ids(shop, shop.test()))
        .containsExactly(List.of("a", "b", "c", "a"), List.of("b", "b", "b"));
    assertThat(shop.test().caseCount(2)).isEqualTo(3);
  }

  @Test
  void readsPlainFilesToTheSameIdentity() throws IOException {
    Path plain = Files.createDirectory(temporary.resolve("plain"));
    TestFiles.write(plain.resolve("train.sessions"), TRAINING);
    TestFiles.write(plain.resolve("test.prefixes"), CASES);
    assertThat(SessionFolder.read(plain).identity()).isEqualTo(read(TRAINING, CASES).identity());
  }

  @Test
  void identityFollowsFromContent() throws IOException {
    String identity = read(TRAINING, CASES).identity();
    assertThat(identity).matches("[0-9a-f]{64}");
    assertThat(read(TRAINING, CASES).identity()).isEqualTo(identity);
    assertThat(read("a b a\nc c\n", CASES).identity()).isNotEqualTo(identity);
    assertThat(read("a b\na c b\n", CASES).identity()).isNotEqualTo(identity);
    assertThat(read(TRAINING, "a c x\tb\na c\tx\na\tc\n").identity()).isNotEqualTo(identity);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          a b\\n\\nc d\\n     | 2 | exactly one blank
          a b\\na  b\\n       | 2 | exactly one blank
          a b \\n             | 1 | exactly one blank
          a b\\nc d\\na\\tb\\n | 3 | exactly one blank
          ''                  | 0 | at least one session
          """)
  void refusesBrokenTraining(String training, long line, String rule) {
    ClickLogException refused = refused(unescaped(training), CASES);
    assertThat(refused).hasMessageContaining("train.sessions.gz").hasMessageContaining(rule);
    assertThat(refused.line()).isEqualTo(line);
    assertThat(refused.file()).endsWith("train.sessions.gz");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          a\\tb\\na b\\n              | 2 | one target
          a\\tb\\na\\tb\\tc\\n        | 2 | one target
          a\\tb c\\n                  | 1 | one target
          a\\t\\n                     | 1 | exactly one blank
          \\tb\\n                     | 1 | one target
          a b c\\ta\\na\\tb\\n        | 2 | less its last item
          a b c\\ta\\na c\\tc\\na\\tb | 2 | less its last item
          a b c\\ta\\na b\\ta\\na\\tb | 2 | less its last item
          a\\tb\\na b c\\ta\\na b\\tc | 3 | seems to be cut
          ''                          | 0 | at least one test case
          """)
  void refusesBrokenCases(String cases, long line, String rule) {
    ClickLogException refused = refused(TRAINING, unescaped(cases));
    assertThat(refused).hasMessageContaining("test.prefixes.gz").hasMessageContaining(rule);
    assertThat(refused.line()).isEqualTo(line);
  }

  private static String unescaped(String text) {
    return text.replace("\\n", "\n").replace("\\t", "\t");
  }

  @Test
  void refusesACutGzipFile() throws IOException {
    Path folder =
        TestFiles.sessionFolder(temporary.resolve("shop"), "a b c d\n".repeat(5000), CASES);
    Path file = folder.resolve("train.sessions.gz");
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length - 12));
    assertThatThrownBy(() -> SessionFolder.read(folder))
        .isInstanceOf(ClickLogException.class)
        .hasMessageContaining("train.sessions.gz, line ")
        .hasMessageContaining("unpack it again");
  }

  @Test
  void refusesTextThatIsNotUtf8() throws IOException {
    Path folder = TestFiles.sessionFolder(temporary.resolve("shop"), TRAINING, CASES);
    Files.delete(folder.resolve("train.sessions.gz"));
    Files.write(folder.resolve("train.sessions"), new byte[] {'a', ' ', (byte) 0xff, '\n'});
    assertThatThrownBy(() -> SessionFolder.read(folder))
        .isInstanceOf(ClickLogException.class)
        .hasMessageContaining("UTF-8");
  }

  @Test
  void namesTheMissingFile() throws IOException {
    Path folder = Files.createDirectory(temporary.resolve("half"));
    TestFiles.write(folder.resolve("train.sessions"), TRAINING);
    assertThatThrownBy(() -> SessionFolder.read(folder))
        .isInstanceOf(ClickLogException.class)
        .hasMessageContaining("test.prefixes is missing");
  }

  @Test
  void preparationSplitsValidationOffTheEnd() throws IOException {
    StringBuilder training = new StringBuilder();
    for (int s = 0; s < 100; s++) {
      training.append("i").append(s).append(" i0 i1\n"); // two cases each
    }
    Path folder = TestFiles.sessionFolder(temporary.resolve("shop"), training.toString(), CASES);
    Prepared some = prepare(PreparationOptions.defaults().with("validationCases", 7), folder);
    assertThat(some.dataset().training().count()).isEqualTo(96);
    assertThat(some.dataset().validation().count()).isEqualTo(4);
    assertThat(some.report().validation().cases()).isEqualTo(8);
    Prepared limited = prepare(PreparationOptions.defaults(), folder);
    assertThat(limited.dataset().validation().count()).isEqualTo(10);
    Prepared none = prepare(PreparationOptions.defaults().with("validationCases", 0), folder);
    assertThat(none.dataset().identity()).isEqualTo(SessionFolder.read(folder).identity());
    assertThat(some.dataset().items().ids()).isEqualTo(none.dataset().items().ids());
    assertThat(some.dataset().known().clickCount()).isEqualTo(300);
  }

  private Prepared prepare(PreparationOptions options, Path folder) {
    return new Preparation(options, ProgressListener.none())
        .prepare(folder, temporary.resolve("work"));
  }

  @Test
  void recipeRefusesOtherData() throws IOException {
    Path folder = TestFiles.sessionFolder(temporary.resolve("shop"), TRAINING, CASES);
    assertThatThrownBy(() -> prepare(PreparationOptions.defaults().with("recipe", "tmall"), folder))
        .isInstanceOf(RecipeException.class)
        .hasMessageContaining("training sessions must be 65,286 but 2 found")
        .hasMessageContaining("prepare without the recipe");
  }
}
