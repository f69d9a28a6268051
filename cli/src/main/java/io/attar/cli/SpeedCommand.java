package io.attar.cli;

import io.attar.data.Dataset;
import io.attar.training.TrainingSpeed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code attar speed}. */
@Command(
    name = "speed",
    description = {
      "Measures how fast teacher and student train here, and where the time goes.",
      "",
      "Nothing is trained to the end and nothing is kept. The softmax loss is compared with its"
          + " matrix products alone."
    },
    footer = {"", "Example:", "  attar speed shop --steps 40"})
final class SpeedCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(paramLabel = "DATA", description = "Prepared data, or a folder of whole sessions.")
  private Path folder = Path.of("");

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "Steps of each kind to time. Default: ${DEFAULT-VALUE}")
  private int steps = 40;

  @Mixin private ConfigurationOptions options = new ConfigurationOptions();

  SpeedCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    if (steps < 1) {
      throw new UsageException("--steps must be at least 1: " + steps);
    }
    Configuration configuration = options.read();
    Path work = Files.createTempDirectory("attar-speed");
    try (Progress progress = new Progress(console)) {
      Dataset data = DataSource.read(folder, configuration.prepare(), progress);
      List<TrainingSpeed> speeds =
          new Corridor(configuration, console)
              .training(data, work, progress)
              .speed(configuration.student(), steps);
      progress.close();
      console.result("Seconds per 100,000 prefixes:");
      for (TrainingSpeed speed : speeds) {
        console.result("");
        console.result(
            "%s: %.1f s (%,d prefixes timed)", speed.stage(), speed.total(), speed.prefixes());
        speed
            .parts()
            .forEach(
                (part, seconds) ->
                    console.result(
                        "  %-26s %6.2f s  %3.0f %%", part, seconds, 100 * seconds / speed.total()));
        console.result(
            "  the loss' matrix products alone %.2f s: the loss takes %.2f times as long",
            speed.softmaxProducts(), speed.softmaxRatio());
      }
    } finally {
      WorkFolder.delete(work);
    }
    return 0;
  }
}
