package io.attar.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreparedFolderTest {
  private static final long SEED = 20_261_121L;

  private final Path temporary;
  private final Path folder;

  private static final Dataset DATASET =
      Dataset.of(
          "shop",
          new Items(List.of("b", "ä", "7", "new")),
          3,
          new Sessions(new int[] {0, 1, 1, 2}, new int[] {0, 2, 4}),
          new Sessions(new int[] {2, 0}, new int[] {0, 2}),
          new Sessions(new int[] {3, 1, 0}, new int[] {0, 3}),
          1);

  private static final PreparationReport REPORT =
      new PreparationReport(
          "clicks.csv",
          PreparationOptions.defaults(),
          "epoch seconds (11 clicks)",
          11,
          Map.of(ClickLog.BAD_TIME, 2L),
          List.of(new PreparationReport.BrokenLine(3, ClickLog.BAD_TIME, "time", "'s,b,noon'")),
          List.of(new PreparationReport.Dropped("minimumItemCount", 1, 0, 1)),
          9,
          4,
          4,
          3,
          2.25,
          new PreparationReport.Part(2, 4, 2, "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
          new PreparationReport.Part(1, 2, 1, "", ""),
          new PreparationReport.Part(1, 3, 2, "", ""),
          List.of(new RecipeCheck("items", 4, 4, true)));

  PreparedFolderTest(@TempDir Path temporary) {
    this.temporary = temporary;
    this.folder = temporary.resolve("deep/er/shop");
  }

  private static void assertSame(Sessions actual, Sessions expected) {
    assertThat(actual.count()).isEqualTo(expected.count());
    for (int s = 0; s < expected.count(); s++) {
      assertThat(actual.session(s)).isEqualTo(expected.session(s));
    }
  }

  @Test
  void readsBackWhatWasWritten() throws IOException {
    PreparedFolder.write(folder, DATASET, REPORT);
    Dataset read = PreparedFolder.read(folder);
    assertThat(read.name()).isEqualTo("shop");
    assertThat(read.identity()).isEqualTo(DATASET.identity());
    assertThat(read.items().ids()).isEqualTo(DATASET.items().ids());
    assertThat(read.catalogueSize()).isEqualTo(3);
    assertThat(read.minimumPrefixLength()).isEqualTo(1);
    assertSame(read.training(), DATASET.training());
    assertSame(read.validation(), DATASET.validation());
    assertSame(read.test(), DATASET.test());
    assertThat(PreparedFolder.readReport(folder)).isEqualTo(REPORT);
    try (var left = Files.list(folder.resolveSibling("."))) {
      assertThat(left.map(p -> p.getFileName().toString())).containsExactly("shop");
    }
  }

  @Test
  void columnsLongerThanABufferComeBack() throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    int[] numbers = random.ints(100_003).toArray();
    Path file = temporary.resolve("numbers");
    ColumnFile.writeNumbers(file, numbers.length, i -> numbers[i]);
    assertThat(ColumnFile.readNumbers(file)).isEqualTo(numbers);
    List<String> texts = List.of("x".repeat(200_000), "", "y".repeat(65_535), "z");
    Path textFile = temporary.resolve("texts");
    ColumnFile.writeTexts(textFile, texts);
    assertThat(ColumnFile.readTexts(textFile)).isEqualTo(texts);
  }

  @Test
  void everyFlippedBitOfAColumnIsFound() throws IOException {
    PreparedFolder.write(folder, DATASET, REPORT);
    for (String name : PreparedFolder.files()) {
      if (name.equals(PreparedFolder.MANIFEST)) {
        continue;
      }
      Path file = folder.resolve(name);
      byte[] whole = Files.readAllBytes(file);
      for (int bit = 0; bit < 8 * whole.length; bit++) {
        byte[] damaged = whole.clone();
        damaged[bit / 8] ^= (byte) (1 << (bit % 8));
        Files.write(file, damaged);
        assertThatThrownBy(() -> PreparedFolder.read(folder))
            .as("%s, bit %d", name, bit)
            .isInstanceOf(PreparedFolderException.class);
      }
      Files.write(file, whole);
    }
    assertThat(PreparedFolder.read(folder).identity()).isEqualTo(DATASET.identity());
  }

  @Test
  void everyCutAndEveryAdditionIsFound() throws IOException {
    PreparedFolder.write(folder, DATASET, REPORT);
    for (String name : PreparedFolder.files()) {
      Path file = folder.resolve(name);
      byte[] whole = Files.readAllBytes(file);
      // The manifest ends in a line end, without which it is still whole.
      int longestCut = name.equals(PreparedFolder.MANIFEST) ? whole.length - 2 : whole.length - 1;
      int step = name.equals(PreparedFolder.MANIFEST) ? 13 : 1;
      for (int length = longestCut; length >= 0; length -= step) {
        Files.write(file, Arrays.copyOf(whole, length));
        assertThatThrownBy(() -> PreparedFolder.read(folder))
            .as("%s cut to %d", name, length)
            .isInstanceOf(PreparedFolderException.class);
      }
      if (!name.equals(PreparedFolder.MANIFEST)) {
        Files.write(file, Arrays.copyOf(whole, whole.length + 1));
        assertThatThrownBy(() -> PreparedFolder.read(folder))
            .as("%s with a byte more", name)
            .isInstanceOf(PreparedFolderException.class);
      }
      Files.delete(file);
      assertThatThrownBy(() -> PreparedFolder.read(folder))
          .as("%s missing", name)
          .isInstanceOf(PreparedFolderException.class);
      Files.write(file, whole);
    }
  }

  @Test
  void randomManifestsNeverFailOtherwise() throws IOException {
    PreparedFolder.write(folder, DATASET, REPORT);
    Path file = folder.resolve(PreparedFolder.MANIFEST);
    byte[] whole = Files.readAllBytes(file);
    SplittableRandom random = new SplittableRandom(SEED);
    int refused = 0;
    for (int trial = 0; trial < 600; trial++) {
      byte[] damaged = whole.clone();
      damaged[random.nextInt(whole.length)] = (byte) random.nextInt(256);
      Files.write(file, damaged);
      try {
        // Where it is read at all (the report or the name was hit), the data is the right data.
        assertThat(PreparedFolder.read(folder).identity()).isEqualTo(DATASET.identity());
        PreparedFolder.readReport(folder);
      } catch (PreparedFolderException e) {
        refused++;
      }
    }
    assertThat(refused).as("seed %d", SEED).isGreaterThan(50);
  }

  @Test
  void filesOfAnotherFolderAreFound() throws IOException {
    PreparedFolder.write(folder, DATASET, REPORT);
    Path other = temporary.resolve("other");
    PreparedFolder.write(
        other,
        Dataset.of(
            "shop",
            DATASET.items(),
            3,
            new Sessions(new int[] {0, 1, 2, 1}, new int[] {0, 2, 4}),
            DATASET.validation(),
            DATASET.test(),
            1),
        REPORT);
    Files.copy(
        other.resolve("training.items"),
        folder.resolve("training.items"),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    assertThatThrownBy(() -> PreparedFolder.read(folder))
        .isInstanceOf(PreparedFolderException.class)
        .hasMessageContaining("by its manifest")
        .hasMessageContaining(DATASET.identity());
  }

  @Test
  void anotherVersionIsRefusedWithTheCommandToRun() throws IOException {
    PreparedFolder.write(folder, DATASET, REPORT);
    Path file = folder.resolve(PreparedFolder.MANIFEST);
    Files.writeString(
        file,
        Files.readString(file, StandardCharsets.UTF_8)
            .replace("\"formatVersion\" : 1", "\"formatVersion\" : 2"),
        StandardCharsets.UTF_8);
    assertThatThrownBy(() -> PreparedFolder.read(folder))
        .isInstanceOf(PreparedFolderException.class)
        .hasMessageContaining("version 2")
        .hasMessageContaining("version 1")
        .hasMessageContaining("attar prepare");
  }

  @Test
  void replacesAPreparedFolderButNothingElse() throws IOException {
    PreparedFolder.write(folder, DATASET, REPORT);
    Dataset smaller =
        Dataset.of(
            "less",
            new Items(List.of("a")),
            1,
            new Sessions(new int[] {0, 0}, new int[] {0, 2}),
            Sessions.empty(),
            Sessions.empty(),
            1);
    PreparedFolder.write(folder, smaller, REPORT);
    assertThat(PreparedFolder.read(folder).identity()).isEqualTo(smaller.identity());
    Path photos = Files.createDirectory(temporary.resolve("photos"));
    Files.writeString(photos.resolve("cat.jpg"), "miau", StandardCharsets.UTF_8);
    assertThatThrownBy(() -> PreparedFolder.write(photos, DATASET, REPORT))
        .isInstanceOf(PreparedFolderException.class)
        .hasMessageContaining("no prepared data");
    assertThat(photos.resolve("cat.jpg")).hasContent("miau");
    Path empty = Files.createDirectory(temporary.resolve("empty"));
    PreparedFolder.write(empty, DATASET, REPORT);
    assertThat(PreparedFolder.read(empty).identity()).isEqualTo(DATASET.identity());
  }

  @Test
  void aFileInTheWayIsNamed() throws IOException {
    Path file = Files.writeString(temporary.resolve("note"), "x", StandardCharsets.UTF_8);
    assertThatThrownBy(() -> PreparedFolder.write(file, DATASET, REPORT))
        .isInstanceOf(PreparedFolderException.class)
        .hasMessageContaining("note")
        .hasMessageContaining("name another");
    assertThatThrownBy(() -> PreparedFolder.write(file.resolve("shop"), DATASET, REPORT))
        .isInstanceOf(PreparedFolderException.class)
        .hasMessageContaining("note")
        .hasMessageContaining("name another");
    assertThat(file).hasContent("x");
  }
}
