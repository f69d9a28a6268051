package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TorchEnvironmentTest {
  /** What the other program runs. */
  static final class Program {
    private Program() {}

    public static void main(String[] arguments) {
      TorchEnvironment.prepare();
      System.out.print(torch.get_num_threads() + " threads");
    }
  }

  /** Waits while another program unpacks, here one that only says so, and then loads. */
  @Test
  void aProgramWaitsWhileAnotherUnpacksTheLibrary(@TempDir Path folder)
      throws IOException, InterruptedException {
    Path cache = Files.createDirectories(folder.resolve("cache"));
    Path lock = cache.resolve("attar-" + System.getProperty("user.name") + ".lock");
    Path output = folder.resolve("output.txt");
    Process program;
    try (FileChannel channel =
            FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock held = channel.lock()) {
      program = start(cache, output);
      assertThat(program.waitFor(3, TimeUnit.SECONDS)).as("waits").isFalse();
      assertThat(held.isValid()).isTrue();
      assertThat(entries(cache)).containsExactly(lock);
    }
    try {
      assertThat(program.waitFor(5, TimeUnit.MINUTES)).isTrue();
      assertThat(program.exitValue()).as(Files.readString(output)).isZero();
      assertThat(Files.readString(output))
          .endsWith(Runtime.getRuntime().availableProcessors() + " threads");
      assertThat(entries(cache)).hasSizeGreaterThan(1);
    } finally {
      program.destroyForcibly();
    }
  }

  private static List<Path> entries(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.filter(entry -> !entry.getFileName().toString().startsWith(".")).toList();
    }
  }

  private static Process start(Path cache, Path output) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx256m",
            "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
            "-Dorg.bytedeco.javacpp.cachedir=" + cache,
            "-cp",
            System.getProperty("java.class.path"),
            Program.class.getName())
        .redirectErrorStream(true)
        .redirectOutput(output.toFile())
        .start();
  }
}
