package io.attar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.attar.data.SimulatedShop;
import io.attar.data.SimulatedShopOptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** Runs the command, within this process or in one of its own, on a shop of a few items. */
final class Attar {
  /** Settings with which a build takes seconds. */
  static final List<String> TINY =
      List.of(
          "--set", "teacher.dimension=8",
          "--set", "teacher.epochs=1",
          "--set", "student.epochs=1",
          "--set", "student.codebooks=2",
          "--set", "student.codewords=16",
          "--set", "evaluation.resamples=20",
          "--set", "checkpointSeconds=0");

  private Attar() {}

  /**
   * How a run ended.
   *
   * @param code its exit code
   * @param out what it wrote to standard output
   * @param err what it wrote to standard error
   */
  record Outcome(int code, String out, String err) {
    /** Ended with this code and one message, which says all of this, and without a stack trace. */
    void failedWith(int expected, String... said) {
      assertThat(err).doesNotContain("\tat ").doesNotContain("Exception:");
      assertThat(err.lines().filter(line -> line.startsWith("attar: "))).hasSize(1);
      assertThat(err).contains(said);
      assertThat(code).isEqualTo(expected);
    }

    Outcome succeeded() {
      assertThat(code).as(err).isZero();
      return this;
    }
  }

  /** Runs a command in this process. */
  static Outcome run(Object... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Console console =
        new Console(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false);
    String[] words = Arrays.stream(arguments).map(Object::toString).toArray(String[]::new);
    int code = Main.run(console, words);
    return new Outcome(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /** Runs a command with the tiny settings in this process. */
  static Outcome runTiny(Object... arguments) {
    List<Object> words = new ArrayList<>(Arrays.asList(arguments));
    words.addAll(1, TINY); // before what the test sets itself: later wins
    return run(words.toArray());
  }

  /** The command in a process of its own, not yet started; output and error come as one stream. */
  static ProcessBuilder process(
      List<String> before, List<String> javaOptions, Object... arguments) {
    List<String> command = new ArrayList<>(before);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    Collections.addAll(command, "-Xmx512m", "-XX:-UsePerfData", "-XX:TieredStopAtLevel=1");
    command.addAll(javaOptions);
    command.add("io.attar.cli.Main");
    Arrays.stream(arguments).map(Object::toString).forEach(command::add);
    ProcessBuilder builder = new ProcessBuilder(command);
    Map<String, String> environment = builder.environment();
    environment.put("CLASSPATH", System.getProperty("java.class.path"));
    builder.redirectErrorStream(true);
    return builder;
  }

  /** A click log of a simulated shop: 90 items, 700 sessions. */
  static Path shop(Path folder) {
    Path file = folder.resolve("clicks.csv");
    new SimulatedShop(SimulatedShopOptions.defaults().withSize(90, 6, 700)).write(file);
    return file;
  }

  /** A text file of these lines. */
  static Path file(Path folder, String name, String... lines) throws IOException {
    return Files.write(folder.resolve(name), List.of(lines), StandardCharsets.UTF_8);
  }
}
