package io.attar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The doctor finds this machine fit, and one with a broken folder not. */
final class DoctorTest {
  @Test
  void thisMachineIsFit() {
    assertThat(Attar.run("doctor").succeeded().out())
        .contains("fine      Java: ", "cores", "memory", "multiplies matrices")
        .contains("OMP_WAIT_POLICY", "temporary folder", "library cache", "GiB free")
        .contains("Attar can work here", "Next: ")
        .doesNotContain("WRONG");
  }

  @Test
  void aMissingTemporaryFolderIsFoundAndTheWayOutNamed(@TempDir Path folder)
      throws IOException, InterruptedException {
    Path missing = folder.resolve("missing");
    Process process =
        Attar.process(List.of(), List.of("-Djava.io.tmpdir=" + missing), "doctor").start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isEqualTo(1);
    assertThat(said)
        .contains("WRONG     temporary folder: " + missing)
        .contains("-Djava.io.tmpdir=FOLDER", "1 wrong");
  }

  @Test
  void unsetVariablesAreDoubtful() throws IOException, InterruptedException {
    ProcessBuilder builder = Attar.process(List.of(), List.of(), "doctor");
    builder.environment().remove("OMP_WAIT_POLICY");
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    assertThat(said).contains("doubtful  OMP_WAIT_POLICY: not set").contains("=passive");
  }
}
