package io.attar.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Objects;

/**
 * Where and with what a run was made.
 *
 * @param processor the processor's name
 * @param cores as the virtual machine counts them
 * @param memoryBytes of the machine
 * @param operatingSystem name, version and architecture
 * @param java version and vendor of the virtual machine
 * @param onnxRuntime version of ONNX Runtime
 * @param commit the checkout's, "+ changes" when files differ from it
 * @param date day of the run (UTC)
 */
record Machine(
    String processor,
    int cores,
    long memoryBytes,
    String operatingSystem,
    String java,
    String onnxRuntime,
    String commit,
    String date) {

  /** Looks at this machine. */
  static Machine look(String onnxRuntime) throws IOException, InterruptedException {
    long memory =
        ManagementFactory.getOperatingSystemMXBean()
                instanceof com.sun.management.OperatingSystemMXBean system
            ? system.getTotalMemorySize()
            : 0;
    return new Machine(
        findProcessor(),
        Runtime.getRuntime().availableProcessors(),
        memory,
        property("os.name") + " " + property("os.version") + " " + property("os.arch"),
        Runtime.version() + ", " + property("java.vm.name") + ", " + property("java.vendor"),
        onnxRuntime,
        findCommit(),
        LocalDate.now(ZoneOffset.UTC).toString());
  }

  private static String property(String name) {
    return Objects.requireNonNullElse(System.getProperty(name), "unknown");
  }

  private static String findProcessor() throws IOException {
    Path description = Path.of("/proc/cpuinfo");
    if (Files.isReadable(description)) {
      for (String line : Files.readAllLines(description)) {
        if (line.startsWith("model name")) {
          return line.substring(line.indexOf(':') + 1).strip();
        }
      }
    }
    return "unknown";
  }

  private static String findCommit() throws InterruptedException {
    try {
      String commit = git("rev-parse", "HEAD");
      return git("status", "--porcelain", "--untracked-files=no").isEmpty()
          ? commit
          : commit + " + changes";
    } catch (IOException e) {
      return "unknown (" + e.getMessage() + ")";
    }
  }

  private static String git(String... words) throws IOException, InterruptedException {
    String[] command = new String[words.length + 1];
    command[0] = "git";
    System.arraycopy(words, 0, command, 1, words.length);
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("no git checkout here");
    }
    return said.strip();
  }
}
