package io.attar.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.attar.data.Dataset;
import io.attar.evaluation.EvaluationOptions;
import io.attar.evaluation.EvaluationReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code attar evaluate}. */
@Command(
    name = "evaluate",
    description = {
      "Measures a model file on the test part of data, beside simple rules and session kNN.",
      "",
      "The file is opened by the runtime, as on a device. All items are ranked, ties count against"
          + " the method, and nothing looks at the test part to choose anything."
    },
    footer = {"", "Example:", "  attar evaluate shop.attar --data shop --json -"})
final class EvaluateCommand implements Callable<Integer> {
  private static final String STANDARD_OUT = "-";

  private final Console console;

  @Parameters(paramLabel = "MODEL", description = "Model file.")
  private Path model = Path.of("");

  @Option(
      names = "--data",
      required = true,
      paramLabel = "FOLDER",
      description = "Prepared data, or a folder of whole sessions.")
  private Path folder = Path.of("");

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description =
          "Writes all numbers as JSON; - is standard output, which then has nothing else.")
  private @Nullable String json;

  @Option(names = "--markdown", paramLabel = "FILE", description = "Writes a page to be read.")
  private @Nullable Path markdown;

  @Option(
      names = "--teacher",
      paramLabel = "FILE",
      description = "Measures this model file too, as the teacher.")
  private @Nullable Path teacher;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads that score; the numbers do not depend on it. Default: all processors")
  private @Nullable Integer threads;

  @Mixin private ConfigurationOptions options = new ConfigurationOptions();

  EvaluateCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    Configuration configuration = options.read();
    EvaluationOptions measuring = measuring(configuration);
    boolean onlyJson = STANDARD_OUT.equals(json);
    if (json != null && !onlyJson) {
      Outputs.requireFile(Path.of(json), "the JSON report");
    }
    if (markdown != null) {
      Outputs.requireFile(markdown, "the page");
    }
    byte[] bytes = ModelFiles.bytes(model);
    byte[] teacherBytes = teacher == null ? null : ModelFiles.bytes(teacher);
    EvaluationReport report;
    try (Progress progress = new Progress(console)) {
      Dataset data = DataSource.read(folder, configuration.prepare(), progress);
      warnOfOtherData(bytes, data, progress);
      report = Measurement.of(data, bytes, model, teacherBytes, measuring, true, progress).report();
    }
    if (onlyJson) {
      console.out().print(report.toJson());
      console.out().flush();
    } else if (json != null) {
      EvaluationReport.write(report.toJson(), Path.of(json));
    }
    if (markdown != null) {
      String command = "attar evaluate " + model + " --data " + folder + " --json -";
      EvaluationReport.write(report.toMarkdown(command), markdown);
    }
    if (!onlyJson) {
      console.result(report.toText().stripTrailing());
      console.result("");
      console.result("Next: attar inspect %s   or   attar recommend %s ITEM ...", model, model);
    }
    return 0;
  }

  private EvaluationOptions measuring(Configuration configuration) {
    EvaluationOptions measuring = configuration.evaluation().options();
    if (threads == null) {
      return measuring;
    }
    if (threads < 1 || threads > 1024) {
      throw new UsageException("--threads must lie between 1 and 1024: " + threads);
    }
    return measuring.withThreads(threads);
  }

  /** Other data is allowed (last month's model on this month's clicks), but should be known. */
  private void warnOfOtherData(byte[] bytes, Dataset data, Progress progress) {
    JsonNode identity = Measurement.provenance(bytes, model).path("data").path("identity");
    if (identity.isTextual() && !identity.asText().equals(data.identity())) {
      progress.line(
          "note: %s was made from other data (%s) than it is measured on (%s)",
          model, identity.asText(), data.identity());
    }
  }
}
