package io.attar.cli;

import io.attar.data.Dataset;
import io.attar.evaluation.Origin;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
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
    Origin origin = Origin.look(checkout());
    Sweep.Result result;
    try (WorkFolder work = WorkFolder.open(workPath);
        Progress progress = new Progress(console)) {
      Dataset data = DataSource.read(folder, configuration.prepare(), progress);
      result =
          new Sweep(configuration, grid, out, console, origin).run(data, work.path(), progress);
    }
    SweepReport report = new SweepReport(grid, configuration, result);
    report.write(command(), origin, out);
    report.print(console);
    console.result("");
    console.result("Sweep: %s", out.resolve(SweepReport.PAGE_FILE));
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

  /** The command as it was typed; of paths that tell where this machine keeps things only names. */
  private String command() {
    return "attar "
        + spec.root().commandLine().getParseResult().originalArgs().stream()
            .map(SweepCommand::shown)
            .collect(Collectors.joining(" "));
  }

  private static String shown(String argument) {
    int value = argument.startsWith("--") ? argument.indexOf('=') + 1 : 0;
    File file = new File(argument.substring(value));
    String shown = argument.substring(0, value) + (file.isAbsolute() ? file.getName() : file);
    return shown.matches("[^\\s'\"\\\\$*?;&|<>(){}\\[\\]#]+")
        ? shown
        : "'" + shown.replace("'", "'\\''") + "'";
  }

  /** The folder of classes that runs, when it is one of a checkout and no jar. */
  private static @Nullable Path checkout() {
    CodeSource source = SweepCommand.class.getProtectionDomain().getCodeSource();
    if (source == null) {
      return null;
    }
    try {
      URI place = source.getLocation().toURI();
      Path path = "file".equals(place.getScheme()) ? Path.of(place) : null;
      return path != null && Files.isDirectory(path) ? path : null;
    } catch (URISyntaxException e) {
      throw new IllegalStateException(
          String.format(Locale.ROOT, "classes come from a place: %s", source.getLocation()), e);
    }
  }
}
