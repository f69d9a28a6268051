package io.attar.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code attar config}. */
@Command(
    name = "config",
    description = "Prints a YAML file with every setting, its default and what it does.",
    footer = {"", "Example:", "  attar config > shop.yaml"})
final class ConfigCommand implements Callable<Integer> {
  private final Console console;

  ConfigCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    console.out().print(ConfigurationReference.text());
    console.out().flush();
    console.note("Next: attar config > shop.yaml, and --config shop.yaml with any command");
    return 0;
  }
}
