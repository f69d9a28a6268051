package io.attar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A build is killed for real (SIGKILL), in every stage and at random moments, and started again: it
 * goes on and ends in the bytes of a build that nobody disturbed.
 */
final class KillTest {
  private static final long SEED = 20_261_121L;

  /** Lines that a build writes when a stage begins, in order. */
  private static final List<String> STAGES =
      List.of(
          "prepare: ",
          "train: ",
          "teacher weighted-mean, epoch 1",
          "teacher self-attention, epoch 1",
          "distill: ",
          "student, epoch 1",
          "evaluate: ");

  @Test
  void aKilledBuildGoesOnAndEndsInTheSameBytes(@TempDir Path folder)
      throws IOException, InterruptedException {
    Path clicks = Attar.shop(folder);
    Path undisturbed = folder.resolve("undisturbed.attar");
    Attar.runTiny("build", clicks, "--out", undisturbed).succeeded();
    byte[] expected = Files.readAllBytes(undisturbed);

    Path out = folder.resolve("killed.attar");
    SplittableRandom random = new SplittableRandom(SEED);
    for (String stage : STAGES) {
      killed(clicks, out, stage, random.nextInt(40));
      whole(out, expected);
    }
    // From here on everything but the measuring is done, so kills in the middle need a fresh start.
    WorkFolder.delete(folder.resolve("killed.attar.work"));
    Files.deleteIfExists(out);
    for (int kill = 0; kill < 3; kill++) {
      killed(clicks, out, "train: ", random.nextInt(700));
      whole(out, expected);
    }
    Process last = build(clicks, out).start();
    String said = new String(last.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(last.waitFor()).as(said).isZero();
    assertThat(said).contains("prepared before, used again");
    assertThat(Files.readAllBytes(out)).as("seed " + SEED).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"prepare: ", "teacher weighted-mean, epoch 0"})
  void aBuildThatIsAskedToStopDoesSoAndSaysHowToGoOn(String stage, @TempDir Path folder)
      throws IOException, InterruptedException {
    Process process = build(Attar.shop(folder), folder.resolve("shop.attar")).start();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      String line = lines.readLine();
      while (line != null && !line.contains(stage)) {
        line = lines.readLine();
      }
      assertThat(line).isNotNull();
      process.toHandle().destroy(); // SIGTERM; of the handle, since the other closes the streams
      assertThat(lines.lines())
          .contains("attar: interrupted; the same command again goes on from here");
    }
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).as("ended").isTrue();
    assertThat(process.exitValue()).isEqualTo(130);
  }

  /** Either no model file is there, or all of it. */
  private static void whole(Path out, byte[] expected) throws IOException {
    if (Files.exists(out)) {
      assertThat(Files.readAllBytes(out)).isEqualTo(expected);
    }
  }

  private static ProcessBuilder build(Path clicks, Path out) {
    List<Object> words = new ArrayList<>(List.of("build", clicks, "--out", out));
    words.addAll(Attar.TINY);
    // A killed process leaves its unpacked database library behind: here, where it is swept up.
    return Attar.process(
        List.of(), List.of("-Djava.io.tmpdir=" + out.getParent()), words.toArray());
  }

  /** Starts the build and kills it some milliseconds after a line has come. */
  private static void killed(Path clicks, Path out, String line, int milliseconds)
      throws IOException, InterruptedException {
    Process process = build(clicks, out).start();
    StringBuilder said = new StringBuilder();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      boolean reached = false;
      while (!reached) {
        String next = lines.readLine();
        assertThat(next).as("the build ended before '%s':%n%s", line, said).isNotNull();
        said.append(next).append('\n');
        reached = String.valueOf(next).contains(line);
      }
      process.waitFor(milliseconds, TimeUnit.MILLISECONDS);
      assertThat(process.isAlive()).as("alive when killed at '%s'", line).isTrue();
      process.destroyForcibly();
      assertThat(process.waitFor()).as("SIGKILL").isEqualTo(128 + 9);
    }
  }
}
