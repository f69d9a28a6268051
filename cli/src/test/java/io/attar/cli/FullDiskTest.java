package io.attar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.attar.training.TorchEnvironment;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Writes that fail for real: the process may write no file beyond some KiB (ulimit -f), as on a
 * disk that fills up.
 */
final class FullDiskTest {
  @TempDir Path folder = Path.of("");

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 8})
  void aBuildThatCannotWriteSaysSoAndLeavesNoHalfFile(int kibibytes)
      throws IOException, InterruptedException {
    TorchEnvironment.prepare(); // its library is unpacked once, before writing is limited
    Path sessions = WholeSessions.write(folder.resolve("sessions"));
    Path out = folder.resolve("shop.attar");
    List<Object> words = new ArrayList<>(List.of("build", sessions, "--out", out));
    words.addAll(Attar.TINY);
    Process process =
        Attar.process(
                List.of("bash", "-c", "ulimit -f " + kibibytes + "; exec \"$@\"", "bash"),
                List.of(),
                words.toArray())
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isEqualTo(1);
    assertThat(said.lines().filter(line -> line.startsWith("attar: "))).as(said).hasSize(1);
    assertThat(said).contains("File too large", "disk").doesNotContain("\tat ");
    assertThat(out).doesNotExist();
    try (Stream<Path> made = Files.walk(folder)) {
      assertThat(made.filter(path -> path.toString().endsWith(".tmp"))).isEmpty();
    }

    // With room again, the same command goes on.
    Attar.runTiny("build", sessions, "--out", out).succeeded();
    assertThat(out).exists();
  }

  @Test
  void anOldModelFileOutlivesAFailedOne() throws IOException, InterruptedException {
    TorchEnvironment.prepare();
    Path sessions = WholeSessions.write(folder.resolve("sessions"));
    Path out = folder.resolve("shop.attar");
    Path work = folder.resolve("work");
    Attar.runTiny("build", sessions, "--out", out, "--work", work).succeeded();
    byte[] before = Files.readAllBytes(out);
    // All but the model file is done; that file alone is too large for the limit.
    List<Object> words =
        new ArrayList<>(List.of("distill", sessions, "--work", work, "--out", out));
    words.addAll(Attar.TINY);
    Process process =
        Attar.process(
                List.of("bash", "-c", "ulimit -f 2; exec \"$@\"", "bash"),
                List.of(),
                words.toArray())
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isEqualTo(1);
    assertThat(said).contains("cannot write " + out);
    assertThat(Files.readAllBytes(out)).isEqualTo(before);
  }
}
