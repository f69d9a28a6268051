package io.attar.evaluation;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where and with what numbers were made.
 *
 * @param commit the checkout's, "+ changes" when files differ from it; "unknown (why)" without one
 * @param processor the processor's name
 * @param cores as the virtual machine counts them
 * @param memoryBytes of the machine; 0 when it does not tell
 * @param operatingSystem name, version and architecture
 * @param java version and vendor of the virtual machine
 */
public record Origin(
    String commit,
    String processor,
    int cores,
    long memoryBytes,
    String operatingSystem,
    String java) {

  /**
   * Looks at this machine.
   *
   * @param checkout a folder of the checkout that the program was built in; null when it was not
   */
  public static Origin look(@Nullable Path checkout) {
    long memory =
        ManagementFactory.getOperatingSystemMXBean()
                instanceof com.sun.management.OperatingSystemMXBean system
            ? system.getTotalMemorySize()
            : 0;
    return new Origin(
        checkout == null ? "unknown (not run from a checkout)" : findCommit(checkout),
        findProcessor(),
        Runtime.getRuntime().availableProcessors(),
        memory,
        property("os.name") + " " + property("os.version") + " " + property("os.arch"),
        Runtime.version() + ", " + property("java.vm.name") + ", " + property("java.vendor"));
  }

  private static String property(String name) {
    return Objects.requireNonNullElse(System.getProperty(name), "unknown");
  }

  private static String findProcessor() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/cpuinfo"))) {
        if (line.startsWith("model name")) {
          return line.substring(line.indexOf(':') + 1).strip();
        }
      }
    } catch (IOException e) {
      return "unknown"; // not Linux
    }
    return "unknown";
  }

  private static String findCommit(Path checkout) {
    try {
      String commit = git(checkout, "rev-parse", "HEAD");
      return git(checkout, "status", "--porcelain", "--untracked-files=no").isEmpty()
          ? commit
          : commit + " + changes";
    } catch (IOException e) {
      return "unknown (" + e.getMessage() + ")";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "unknown (interrupted)";
    }
  }

  private static String git(Path checkout, String... words)
      throws IOException, InterruptedException {
    String[] command = new String[words.length + 1];
    command[0] = "git";
    System.arraycopy(words, 0, command, 1, words.length);
    Process process =
        new ProcessBuilder(command)
            .directory(checkout.toAbsolutePath().toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("no git checkout here");
    }
    return said.strip();
  }
}
