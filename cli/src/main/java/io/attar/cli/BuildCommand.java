package io.attar.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code attar build}. */
@Command(
    name = "build",
    description = {
      "Makes a model file out of a click log: prepare, train, distill and evaluate in one.",
      "",
      "What is done is kept in the work folder: a build that was stopped goes on there when the"
          + " same command is given again, and ends in the same file."
    },
    footer = {"", "Example:", "  attar build clicks.csv.gz --out shop.attar --report shop-report"})
final class BuildCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(paramLabel = "CLICKS", description = "Click log, or folder of whole sessions.")
  private Path input = Path.of("");

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "Where the model file goes.")
  private Path out = Path.of("");

  @Option(
      names = "--work",
      paramLabel = "FOLDER",
      description = "Where the work is kept. Default: the name of the model file and .work")
  private @Nullable Path work;

  @Option(
      names = "--report",
      paramLabel = "FOLDER",
      description =
          "Writes report.json, report.md, report.html and a copy of the model file there.")
  private @Nullable Path report;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private ConfigurationOptions options = new ConfigurationOptions();

  BuildCommand(Console console) {
    this.console = console;
  }

  ConfigurationOptions options() {
    return options;
  }

  @Override
  public Integer call() throws IOException {
    Configuration configuration = options.read();
    run(
        configuration,
        Invocation.of(spec),
        input,
        out,
        work == null ? defaultWork(out) : work,
        report,
        console);
    console.result("");
    console.result("Next: attar recommend %s ITEM ITEM ...   or   attar inspect %s", out, out);
    return 0;
  }

  static Path defaultWork(Path out) {
    return out.resolveSibling(out.getFileName() + ".work");
  }

  /** The one way a model file is built, for this command and the quickstart. */
  static Corridor.Built run(
      Configuration configuration,
      Invocation invocation,
      Path input,
      Path out,
      Path workPath,
      @Nullable Path report,
      Console console)
      throws IOException {
    if (!Files.exists(input)) {
      throw new WorkException(
          "there is no click log " + input + "; name a CSV, TSV or Parquet file, or a folder");
    }
    Outputs.requireFile(out, "the model file");
    if (report != null) {
      Outputs.requireFolder(report, "the report folder");
    }
    try (WorkFolder work = WorkFolder.open(workPath)) {
      Corridor.Built built = new Corridor(configuration, console).build(input, out, work);
      if (report != null) {
        BuildReport.write(built, invocation, input, report);
      }
      console.result("");
      ResultTable.print(built.measurement(), console);
      console.result("");
      for (StageClock.Stage stage : built.clock().stages()) {
        console.result(
            "%-10s %8.1f s   peak memory %s",
            stage.name(),
            stage.seconds(),
            stage.peakBytes().isPresent()
                ? (stage.peakBytes().getAsLong() >> 20) + " MiB"
                : "not known");
      }
      if (built.resumed()) {
        console.result("An earlier run had done some of the work: these are this run's times.");
      }
      BuildReport.Compression compression = BuildReport.Compression.of(built);
      console.result("");
      console.result(
          "%s: %,d bytes; without item ids %.1f times smaller than the teacher's parameters, with"
              + " %.2f %% of its Recall@10",
          out, Files.size(out), compression.factor(), compression.recallShare());
      if (report != null) {
        console.result(
            "Report: %s   and to look at: %s",
            report.resolve(BuildReport.PAGE_FILE), report.resolve(ReportCommand.FILE));
      }
      return built;
    }
  }
}
