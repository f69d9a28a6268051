package io.attar.cli;

import io.attar.data.Dataset;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code attar sweep}. */
@Command(
    name = "sweep",
    description = {
      "Distils many students of one teacher and measures each: size, accuracy, speed.",
      "",
      "The grid says which: every combination of the values on its axes, and rows given one by"
          + " one. A key of a row wins over --set, --set over the grid's settings, these over"
          + " --config. The teacher is the work folder's; it is trained when missing. Stopped at"
          + " any moment, the same command goes on with the row it was at; finished rows stay."
    },
    footer = {
      "",
      "Example:",
      "  attar sweep shop --work shop.work --grid grid.yaml --out shop.sweep --max-bytes 300000",
      "",
      "A grid:",
      "  title: Codebooks and codewords",
      "  series: student.codewords        # how pictures tell rows apart; x: KEY draws its effect",
      "  settings: {student.epochs: 1}",
      "  axes:",
      "    student.codebooks: [2, 4, 8]",
      "    student.codewords: [32, 256]",
      "  rows:",
      "    - name: no soft targets",
      "      settings: {student.softTargetWeight: 0}"
    })
final class SweepCommand implements Callable<Integer> {
  private final Console console;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "DATA", description = "Prepared data, or a folder of whole sessions.")
  private Path folder = Path.of("");

  @Option(
      names = "--work",
      required = true,
      paramLabel = "FOLDER",
      description = "The work folder of `attar train` or `attar build`, with the teacher.")
  private Path workPath = Path.of("");

  @Option(
      names = "--grid",
      required = true,
      paramLabel = "FILE",
      description = "YAML file that names the students; see below.")
  private Path gridFile = Path.of("");

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FOLDER",
      description =
          "Where sweep.json, sweep.md, the pictures and each row's model file (in rows) go.")
  private Path out = Path.of("");

  @Option(
      names = "--max-bytes",
      paramLabel = "N",
      description =
          "Picks the best student, by validation NDCG@10, whose whole file has at most N bytes.")
  private @Nullable Long mostBytes;

  @Option(
      names = "--min-recall",
      paramLabel = "R",
      description =
          "Picks the smallest student whose validation Recall@10 is at least R percent; with"
              + " --max-bytes the best of those.")
  private @Nullable Double leastRecall;

  @Option(
      names = "--pick",
      paramLabel = "FILE",
      description = "Copies the model file picked there.")
  private @Nullable Path picked;

  @Mixin private ConfigurationOptions options = new ConfigurationOptions();

  SweepCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    SweepPick pick = new SweepPick(mostBytes, leastRecall);
    if (picked != null && !pick.asked()) {
      throw new UsageException("--pick needs a rule to pick by: --max-bytes, --min-recall or both");
    }
    Configuration configuration = options.read();
    SweepGrid grid = SweepGrid.read(gridFile, configuration, options::sets);
    Outputs.requireFolder(out, "the folder of the sweep");
    if (picked != null) {
      Outputs.requireFile(picked, "the model file picked");
    }
    Invocation invocation = Invocation.of(spec);
    Sweep.Result result;
    try (WorkFolder work = WorkFolder.open(workPath);
        Progress progress = new Progress(console)) {
      Dataset data = DataSource.read(folder, configuration.prepare(), progress);
      result =
          new Sweep(configuration, grid, out, console, invocation.origin())
              .run(data, work.path(), progress);
    }
    SweepReport report = new SweepReport(grid, configuration, result);
    report.write(invocation.command(), invocation.origin(), out);
    Path page = ReportCommand.write(out);
    report.print(console);
    console.result("");
    console.result("Sweep: %s   and to look at: %s", out.resolve(SweepReport.PAGE_FILE), page);
    Path next =
        result.rows().stream().filter(row -> !row.refused()).findFirst().orElseThrow().file();
    if (pick.asked()) {
      Sweep.Row row = pick.of(result.rows());
      next = row.file();
      console.result(
          "Picked for %s: %s, %,d bytes, validation Recall@10 %.2f, NDCG@10 %.2f",
          pick.rule(),
          row.asked().name(),
          row.bytes(),
          row.validation("recall@10"),
          row.validation("ndcg@10"));
      if (picked != null) {
        Outputs.copy(row.file(), picked);
        next = picked;
      }
    } else {
      console.result("--max-bytes N or --min-recall R picks one of them.");
    }
    console.result("");
    console.result("Next: attar inspect %s   or   attar evaluate %s --data %s", next, next, folder);
    return 0;
  }
}
