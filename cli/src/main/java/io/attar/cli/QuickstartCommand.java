package io.attar.cli;

import io.attar.data.Dataset;
import io.attar.data.SimulatedShop;
import io.attar.data.SimulatedShopOptions;
import io.attar.runtime.Recommender;
import io.attar.runtime.Session;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code attar quickstart}. */
@Command(
    name = "quickstart",
    description = {
      "Simulates a shop and makes a model file for it: the whole way in a few minutes.",
      "",
      "The simulated log goes exactly the way that `attar build` takes your own, with smaller"
          + " settings: teacher.dimension 64, teacher.epochs 2, student.epochs 2."
    },
    footer = {"", "Example:", "  attar quickstart"})
final class QuickstartCommand implements Callable<Integer> {
  private static final int SHOWN_CLICKS = 3;
  private static final int SHOWN_ITEMS = 5;

  private final Console console;

  @Option(
      names = "--work",
      paramLabel = "FOLDER",
      description = "Where everything goes. Default: ${DEFAULT-VALUE}",
      defaultValue = "attar-work")
  private Path work = Path.of("attar-work");

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private ConfigurationOptions options = new ConfigurationOptions();

  QuickstartCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    Configuration configuration = options.read(Configuration.quickstart());
    Outputs.requireFolder(work, "the work folder");
    Path clicks = work.resolve("simulated-shop.csv.gz");
    SimulatedShopOptions shop = SimulatedShopOptions.defaults();
    if (!Files.exists(clicks)) {
      console.note("simulate: a shop of %,d items and %,d sessions", shop.items(), shop.sessions());
      new SimulatedShop(shop).write(clicks);
    }
    console.note(
        "settings: as `attar config` prints them, but teacher.dimension %d, teacher.epochs %d,"
            + " student.epochs %d",
        configuration.teacher().dimension(),
        configuration.teacher().epochs(),
        configuration.student().epochs());
    Path out = work.resolve("shop.attar");
    Path report = work.resolve("report");
    Corridor.Built built =
        BuildCommand.run(
            configuration,
            Invocation.of(spec),
            clicks,
            out,
            BuildCommand.defaultWork(out),
            report,
            console);
    console.result("");
    sample(out, built.prepared().dataset());
    console.result("");
    console.result("Simulated clicks say nothing about a real shop. With your own:");
    console.result("");
    console.result("  attar build CLICKS --out FILE --report FOLDER \\");
    console.result("      --session-column ... --item-column ... --time-column ...");
    console.result("");
    console.result(
        "CLICKS is a CSV, TSV or Parquet log like %s; `attar build --help` tells more.", clicks);
    return 0;
  }

  /** Asks the shipped file what comes next in a session that it has never seen. */
  private void sample(Path out, Dataset data) {
    Recommender recommender = ModelFiles.open(out);
    Session visit = recommender.newSession();
    int shown = 0;
    while (shown < data.test().count() - 1 && data.test().length(shown) <= SHOWN_CLICKS) {
      shown++;
    }
    int[] session = data.test().session(shown);
    StringBuilder items = new StringBuilder();
    for (int c = 0; c < Math.min(SHOWN_CLICKS, session.length); c++) {
      String id = data.items().id(session[c]);
      visit.click(id);
      items.append(' ').append(id);
    }
    console.result("attar recommend %s%s --count %d", out, items, SHOWN_ITEMS);
    RecommendCommand.print(visit.top(SHOWN_ITEMS), console);
  }
}
