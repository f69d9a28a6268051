package io.attar.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Help is enough to use each command. */
final class HelpTest {
  @ParameterizedTest
  @CsvSource({
    "quickstart, --work",
    "prepare, --out",
    "train, --work",
    "distill, --out",
    "build, --report",
    "sweep, --max-bytes",
    "evaluate, --teacher",
    "rule, --own-items-first",
    "recommend, --unseen",
    "inspect, MODEL",
    "demo, --static",
    "doctor, native library",
    "config, YAML"
  })
  void eachCommandExplainsItself(String command, String word) {
    Attar.Outcome help = Attar.run(command, "--help").succeeded();
    assertThat(help.out()).contains("Usage: attar " + command, word, "Example:", "--debug");
    assertThat(help.out()).doesNotContain("${").doesNotContain("$1");
    assertThat(help.err()).isEmpty();
  }

  @Test
  void theFrontDoorListsAllCommands() {
    assertThat(Attar.run("--help").succeeded().out())
        .contains("quickstart", "prepare", "train", "distill", "build", "sweep", "evaluate")
        .contains("recommend", "inspect", "demo", "doctor", "config", "Exit codes");
  }

  @Test
  void preparationOptionsAreNamedAfterTheirKeys() {
    assertThat(Attar.run("prepare", "--help").out())
        .contains("--session-column=VALUE", "Default: session")
        .contains("--minimum-item-count=VALUE", "--strict", "--recipe=VALUE");
  }

  @Test
  void versionNamesJava() {
    assertThat(Attar.run("--version").succeeded().out()).contains("attar ", "Java 1");
  }

  @ParameterizedTest
  @CsvSource({"train, true", "reproduce, true", "demo, false", "speed, false", "unknown, false"})
  void onlyWhatKeepsItsWorkGoesOnAfterAnInterruption(String command, boolean keeps) {
    PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), true, UTF_8);
    String said = Main.interrupted(new Console(nowhere, nowhere, false), "--debug", command);
    assertThat(said).startsWith("attar: interrupted");
    assertThat(said.contains("goes on from here")).isEqualTo(keeps);
  }

  @Test
  void misspeltCommandsAndOptionsAreUsageErrors() {
    Attar.run().failedWith(2, "name a command");
    Attar.run("biuld", "x").failedWith(2, "did you mean", "build");
    Attar.run("build", "x").failedWith(2, "--out", "attar build --help");
    Attar.run("build", "x", "--out", "y", "--session-colum", "z").failedWith(2, "--session-column");
    Attar.run("recommend", "x.attar", "--count", "many").failedWith(2, "--count", "many");
    Attar.run("recommend", "x.attar", "--count", "0").failedWith(2, "--count", "at least 1: 0");
    Attar.run("evaluate", "x.attar", "--data", "d", "--threads", "0")
        .failedWith(2, "--threads", "between 1 and 1024: 0");
  }
}
