package io.attar.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Java programs run in processes of their own. */
final class ChildProcess {
  private ChildProcess() {}

  /**
   * Runs a program of this class path and waits for it.
   *
   * @param options the virtual machine's
   * @throws IOException when it fails; its message carries what the program said
   */
  static void run(List<String> options, Class<?> program, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(property("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.add("-cp");
    command.add(property("java.class.path"));
    command.add(program.getName());
    command.addAll(arguments);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int code = process.waitFor();
    if (code != 0) {
      throw new IOException(
          program.getSimpleName() + " " + arguments + " ended with code " + code + ":\n" + said);
    }
  }

  private static String property(String name) {
    return Objects.requireNonNull(System.getProperty(name), name);
  }
}
