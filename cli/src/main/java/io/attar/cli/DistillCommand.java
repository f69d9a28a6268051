package io.attar.cli;

import io.attar.data.Dataset;
import io.attar.training.Training;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code attar distill}. */
@Command(
    name = "distill",
    description = {
      "Distils the trained teacher into a student and writes the model file.",
      "",
      "Needs the work folder, the data and the settings that `attar train` was given."
    },
    footer = {"", "Example:", "  attar distill shop --work shop.work --out shop.attar"})
final class DistillCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(paramLabel = "DATA", description = "Prepared data, or a folder of whole sessions.")
  private Path folder = Path.of("");

  @Option(
      names = "--work",
      required = true,
      paramLabel = "FOLDER",
      description = "The work folder of `attar train`.")
  private Path workPath = Path.of("");

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "Where the model file goes.")
  private Path out = Path.of("");

  @Mixin private ConfigurationOptions options = new ConfigurationOptions();

  DistillCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    Configuration configuration = options.read();
    Outputs.requireFile(out, "the model file");
    try (WorkFolder work = WorkFolder.open(workPath);
        Progress progress = new Progress(console)) {
      Dataset data = DataSource.read(folder, configuration.prepare(), progress);
      configuration.requireCodes(data.catalogueSize());
      Training.Result student =
          new Corridor(configuration, console)
              .training(data, work.path(), progress)
              .student(
                  configuration.student(),
                  configuration.table(),
                  configuration.distillation(),
                  out,
                  work.path());
      progress.close();
      TrainCommand.describe("student", student, console);
    }
    console.result("model file: %s, %,d bytes", out, Files.size(out));
    console.result("");
    console.result(
        "Next: attar evaluate %s --data %s --teacher %s",
        out, folder, workPath.resolve("teacher.attar"));
    return 0;
  }
}
