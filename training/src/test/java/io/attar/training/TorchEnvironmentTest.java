package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TorchEnvironmentTest {
  /** What each of the programs runs. */
  static final class Program {
    private Program() {}

    public static void main(String[] arguments) {
      TorchEnvironment.prepare();
      System.out.print(torch.get_num_threads());
    }
  }

  @Test
  void programsThatStartTogetherOnANewMachineUnpackTheLibraryOneAfterTheOther(@TempDir Path folder)
      throws IOException, InterruptedException {
    List<Process> programs = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      programs.add(
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx256m",
                  "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
                  "-Dorg.bytedeco.javacpp.cachedir=" + folder.resolve("cache"),
                  "-XX:ErrorFile=" + folder.resolve("crash-%p.log"),
                  "-cp",
                  System.getProperty("java.class.path"),
                  Program.class.getName())
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve(i + ".txt").toFile())
              .start());
    }
    for (int i = 0; i < 2; i++) {
      assertThat(programs.get(i).waitFor(5, TimeUnit.MINUTES)).isTrue();
      assertThat(Files.readString(folder.resolve(i + ".txt")))
          .isEqualTo(String.valueOf(Runtime.getRuntime().availableProcessors()));
    }
  }
}
