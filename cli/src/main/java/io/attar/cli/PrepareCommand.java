package io.attar.cli;

import io.attar.data.Preparation;
import io.attar.data.Prepared;
import io.attar.data.PreparedFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code attar prepare}. */
@Command(
    name = "prepare",
    description = {
      "Makes a prepared data folder out of a click log.",
      "",
      "A click log is a CSV, TSV or Parquet file, plain or .gz, with one click a line: session (or"
          + " user), item, time. A folder with train.sessions(.gz) and test.prefixes(.gz) is"
          + " taken too."
    },
    footer = {
      "",
      "Example:",
      "  attar prepare clicks.csv.gz --out shop --session-column visit --item-column sku"
    })
final class PrepareCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(paramLabel = "CLICKS", description = "Click log, or folder of whole sessions.")
  private Path input = Path.of("");

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FOLDER",
      description = "Where the prepared data goes; a prepared folder there is replaced.")
  private Path out = Path.of("");

  @Mixin private ConfigurationOptions options = new ConfigurationOptions();

  PrepareCommand(Console console) {
    this.console = console;
  }

  ConfigurationOptions options() {
    return options;
  }

  @Override
  public Integer call() throws IOException {
    Configuration configuration = options.read();
    Outputs.requireFolder(Outputs.parent(out), "the folder above --out");
    Path scratch = Outputs.parent(out).resolve("." + out.getFileName() + ".scratch.tmp");
    try (Progress progress = new Progress(console)) {
      Prepared prepared =
          new Preparation(configuration.prepare(), progress).prepare(input, scratch);
      PreparedFolder.write(out, prepared.dataset(), prepared.report());
      progress.close();
      DataSource.describe(prepared.report(), console);
    } finally {
      if (Files.exists(scratch)) {
        WorkFolder.delete(scratch);
      }
    }
    console.result("");
    console.result("The data is in %s. Next: attar train %s --work %s.work", out, out, out);
    return 0;
  }
}
