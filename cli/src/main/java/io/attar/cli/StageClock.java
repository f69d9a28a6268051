package io.attar.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** Wall time and peak memory of the stages of one run. */
final class StageClock {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path RESTART = Path.of("/proc/self/clear_refs");

  private final List<Stage> stages = new ArrayList<>();

  /**
   * What one stage took.
   *
   * @param name its name
   * @param seconds wall time
   * @param peakBytes most memory resident in the stage, native memory included; where the system
   *     does not let the count restart, most since the process began; empty where it does not tell
   */
  record Stage(String name, double seconds, OptionalLong peakBytes) {}

  /** Work that may fail for its files. */
  @FunctionalInterface
  interface Work<T> {
    T run() throws IOException;
  }

  /** Does the work and takes down what it took. */
  <T> T time(String name, Work<T> work) throws IOException {
    restartPeak();
    long start = System.nanoTime();
    T result = work.run();
    stages.add(new Stage(name, (System.nanoTime() - start) / 1e9, peakBytes()));
    return result;
  }

  /** The stages so far, in order. */
  List<Stage> stages() {
    return List.copyOf(stages);
  }

  /** Linux starts the peak anew when a 5 is written there. */
  private static void restartPeak() {
    if (Files.isWritable(RESTART)) {
      try {
        Files.write(RESTART, new byte[] {'5'});
      } catch (IOException e) {
        return; // the peak then counts from the start of the process, as documented
      }
    }
  }

  /** VmHWM, the peak of resident memory, in bytes. */
  static OptionalLong peakBytes() {
    return status("VmHWM:");
  }

  private static OptionalLong status(String name) {
    if (!Files.isReadable(STATUS)) {
      return OptionalLong.empty();
    }
    try {
      for (String line : Files.readAllLines(STATUS, StandardCharsets.UTF_8)) {
        if (line.startsWith(name)) {
          String[] parts = line.substring(name.length()).strip().split("\\s+", -1);
          return OptionalLong.of(1024 * Long.parseLong(parts[0]));
        }
      }
    } catch (IOException | NumberFormatException e) {
      return OptionalLong.empty();
    }
    return OptionalLong.empty();
  }
}
