package io.attar.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetReaderTest {
  private final Path temporary;

  DatasetReaderTest(@TempDir Path temporary) {
    this.temporary = temporary;
  }

  @Test
  void readsBothKindsOfFolder() throws IOException {
    Path text = TestFiles.sessionFolder(temporary.resolve("text"), "a b\n", "a\tb\n");
    Prepared prepared =
        new Preparation(PreparationOptions.defaults(), ProgressListener.none())
            .prepare(text, temporary.resolve("work"));
    Path folder = temporary.resolve("prepared");
    PreparedFolder.write(folder, prepared.dataset(), prepared.report());
    assertThat(DatasetReader.read(text).identity()).isEqualTo(prepared.dataset().identity());
    assertThat(DatasetReader.read(folder).identity()).isEqualTo(prepared.dataset().identity());
  }

  @Test
  void sendsAClickLogToPrepare() throws IOException {
    Path log = TestFiles.write(temporary.resolve("clicks.csv"), "session,item,time\n");
    assertThatThrownBy(() -> DatasetReader.read(log))
        .isInstanceOf(ClickLogException.class)
        .hasMessageContaining("clicks.csv")
        .hasMessageContaining("attar prepare");
  }

  @Test
  void saysWhatAFolderMustHold() throws IOException {
    Path empty = Files.createDirectory(temporary.resolve("empty"));
    assertThatThrownBy(() -> DatasetReader.read(empty))
        .isInstanceOf(ClickLogException.class)
        .hasMessageContaining("manifest.json")
        .hasMessageContaining("train.sessions(.gz) and test.prefixes(.gz)")
        .hasMessageContaining("holds neither");
    assertThatThrownBy(() -> DatasetReader.read(temporary.resolve("nowhere")))
        .isInstanceOf(ClickLogException.class)
        .hasMessageContaining("there is no such folder");
  }
}
