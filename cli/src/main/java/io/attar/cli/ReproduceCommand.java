package io.attar.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.attar.data.Dataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code attar reproduce}. */
@Command(
    name = "reproduce",
    description = {
      "Runs the experiments of a paper again, on full data, and puts what it prints beside.",
      "",
      "The protocol is ours: validation alone selects, all items are ranked, ties count against a"
          + " method, students are scored as the files that ship. All of it takes hours; what is done"
          + " is kept, and the same command again goes on. Without --table and --figure, which are of"
          + " eodrec: everything."
    },
    footer = {
      "",
      "Example:",
      "  attar reproduce eodrec tmall retailrocket --work work --out eodrec --table 3"
    })
final class ReproduceCommand implements Callable<Integer> {
  private static final List<String> PAPERS = List.of("eodrec", "cprec");

  private final Console console;

  @Parameters(
      index = "0",
      paramLabel = "PAPER",
      description = "eodrec (Xia et al., TOIS 2022) or cprec (Sun et al., SIGIR 2020).")
  private String paper = "";

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "DATA",
      description = "Prepared data, or folders of whole sessions.")
  private List<Path> folders = List.of();

  @Option(
      names = "--work",
      required = true,
      paramLabel = "FOLDER",
      description = "Where trained models are kept, each data set in a folder of its own.")
  private Path work = Path.of("");

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FOLDER",
      description = "Where numbers, pictures and the page go.")
  private Path out = Path.of("");

  @Option(
      names = "--table",
      paramLabel = "N",
      description = "Only this table of eodrec: 1, 3, 4 or 5. May be given often.")
  private List<Integer> tables = List.of();

  @Option(
      names = "--figure",
      paramLabel = "N",
      description =
          "Only this figure of eodrec: 3 (ablation), 4 or 5 (weights) or 6 (use of codes).")
  private List<Integer> figures = List.of();

  @Option(
      names = "--unabridged",
      description =
          "Rivals train as their presets say, on all items and for up to 50 epochs (days on two"
              + " cores), students to the end. Without it the page says what was cut short.")
  private boolean unabridged;

  @Option(
      names = "--sweeps",
      paramLabel = "FOLDER",
      description =
          "Where attar sweep left sweeps of the paper's grids, each in DATA/GRID below (such as"
              + " tmall/table4): they are shown instead of being run. A grid that is not there is"
              + " run.")
  private @Nullable Path sweeps;

  @Option(
      names = "--time",
      description =
          "Times all models and rules anew, in turns, once all are there: let nothing else run"
              + " meanwhile. Models that --work does not hold are trained again.")
  private boolean timed;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private ConfigurationOptions options = new ConfigurationOptions();

  ReproduceCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    if (!PAPERS.contains(paper)) {
      throw new UsageException(
          "the paper must be " + String.join(" or ", PAPERS) + ": '" + paper + "'");
    }
    JsonNode plan = ConfigurationReader.packed("reproduce/" + paper + ".yaml");
    Set<Reproduction.Part> parts = parts(plan);
    if (sweeps != null && !Files.isDirectory(sweeps)) {
      throw new UsageException("--sweeps must be a folder that holds sweeps: " + sweeps);
    }
    if (timed && !Reproduction.timesModels(parts)) {
      throw new UsageException(
          "--time must go with models to be timed, which these tables and figures do not show: add"
              + " --table 5, or leave --table and --figure out");
    }
    Outputs.requireFolder(out, "the folder of the results");
    Configuration configuration = options.read();
    Invocation invocation = Invocation.of(spec);
    Reproduction reproduction = new Reproduction(options, parts, plan, !unabridged, sweeps, timed);
    ReproductionPage page =
        new ReproductionPage(
            plan,
            unabridged ? "" : plan.path(Reproduction.ABRIDGED).path("says").asText(),
            invocation);
    try (WorkFolder locked = WorkFolder.open(work);
        Progress progress = new Progress(console)) {
      for (Path folder : folders) {
        Dataset data = DataSource.read(folder, configuration.prepare(), progress);
        // After each row: a run of hours that is stopped leaves what it has.
        Reproduction.SoFar soFar =
            result -> {
              page.put(result);
              page.write(out, parts);
            };
        soFar.is(
            reproduction.run(
                new Reproduction.Run(
                    configuration,
                    data,
                    locked.path().resolve(data.name()),
                    out.resolve(data.name()),
                    console,
                    invocation,
                    progress),
                soFar));
      }
    }
    console.result("Page: %s", out.resolve(ReportCommand.FILE));
    console.result("");
    console.result("Next: open %s in a browser", out.resolve(ReportCommand.FILE));
    return 0;
  }

  private Set<Reproduction.Part> parts(JsonNode plan) {
    Map<String, Reproduction.Part> known = new LinkedHashMap<>();
    for (JsonNode title : plan.path("parts")) {
      known.put(title.asText(), Reproduction.Part.named(title.asText()));
    }
    List<String> asked = new ArrayList<>();
    tables.forEach(table -> asked.add("table " + table));
    figures.forEach(figure -> asked.add("figure " + figure));
    for (String each : asked) {
      if (!known.containsKey(each)) {
        throw new UsageException(
            "the parts of "
                + paper
                + " must be chosen from "
                + String.join(", ", known.keySet())
                + ": "
                + each);
      }
    }
    Map<String, Reproduction.Part> chosen = new LinkedHashMap<>(known);
    if (!asked.isEmpty()) {
      chosen.keySet().retainAll(asked);
    }
    return new TreeSet<>(chosen.values());
  }
}
