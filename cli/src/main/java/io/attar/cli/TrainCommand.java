package io.attar.cli;

import io.attar.data.Dataset;
import io.attar.training.Training;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code attar train}. */
@Command(
    name = "train",
    description = {
      "Trains the teacher on prepared data.",
      "",
      "Stopped at any moment, the same command goes on from the last checkpoint."
    },
    footer = {"", "Example:", "  attar train shop --work shop.work --set teacher.epochs=3"})
final class TrainCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(paramLabel = "DATA", description = "Prepared data, or a folder of whole sessions.")
  private Path folder = Path.of("");

  @Option(
      names = "--work",
      required = true,
      paramLabel = "FOLDER",
      description = "Where checkpoints and the teacher go.")
  private Path workPath = Path.of("");

  @Mixin private ConfigurationOptions options = new ConfigurationOptions();

  TrainCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    Configuration configuration = options.read();
    try (WorkFolder work = WorkFolder.open(workPath);
        Progress progress = new Progress(console)) {
      Dataset data = DataSource.read(folder, configuration.prepare(), progress);
      Training.Result teacher =
          new Corridor(configuration, console).training(data, work.path(), progress).teacher();
      progress.close();
      describe("teacher", teacher, console);
    }
    console.result("");
    console.result(
        "Next, with the same settings: attar distill %s --work %s --out %s.attar",
        folder, workPath, folder.getFileName());
    return 0;
  }

  /** Says how good a model is on the validation part. */
  static void describe(String name, Training.Result result, Console console) {
    console.result(
        "%s: %s encoder, %,d bytes of parameters as fp32, file %s",
        name, result.encoder(), result.parameterBytes(), result.file());
    console.result(
        "validation: Recall@10 %.2f, NDCG@10 %.2f; new items among unseen ones: Recall@10 %.2f,"
            + " NDCG@10 %.2f",
        result.quality().recall(),
        result.quality().gain(),
        result.quality().newRecall(),
        result.quality().newGain());
  }
}
