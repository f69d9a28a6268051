package io.attar.cli;

import io.attar.data.Dataset;
import io.attar.data.NearestName;
import io.attar.evaluation.EvaluationOptions;
import io.attar.evaluation.ItemNeighbours;
import io.attar.evaluation.NeighbourLists;
import io.attar.evaluation.ScoringMethod;
import io.attar.evaluation.SequentialRules;
import io.attar.training.RuleFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code attar rule}. */
@Command(
    name = "rule",
    description = {
      "Writes a simple rule as a model file: no training, the same runtime.",
      "",
      "What a model of the same bytes should beat. Settings are chosen on validation, and the rule"
          + " then counts from everything known before the test part."
    },
    footer = {
      "",
      "Example:",
      "  attar rule shop --rule item-knn --own-items-first --max-bytes 600000 --out rule.attar"
    })
final class RuleCommand implements Callable<Integer> {
  private static final String OWN_ITEMS = "own-items";
  private static final String ITEM_NEIGHBOURS = "item-knn";
  private static final String SEQUENTIAL_RULES = "sequential-rules";
  private static final List<String> RULES = List.of(OWN_ITEMS, ITEM_NEIGHBOURS, SEQUENTIAL_RULES);

  private final Console console;

  @Parameters(paramLabel = "FOLDER", description = "Prepared data, or a folder of whole sessions.")
  private Path folder = Path.of("");

  @Option(
      names = "--rule",
      required = true,
      paramLabel = "NAME",
      description = {
        "own-items: the session's own items alone, most often clicked first, then most recent, over"
            + " its last 200 clicks.",
        "item-knn: what is found in the same sessions as the last item.",
        "sequential-rules: what followed the last item."
      })
  private String rule = "";

  @Option(
      names = "--own-items-first",
      description = "Puts own items as above before what the rule finds.")
  private boolean ownItemsFirst;

  @Option(
      names = "--max-bytes",
      paramLabel = "N",
      description =
          "Keeps as many neighbours of each item as a file of N bytes holds. Default: up to 127")
  private @Nullable Long maximumBytes;

  @Option(names = "--out", required = true, paramLabel = "FILE", description = "The model file.")
  private Path out = Path.of("");

  @Mixin private ConfigurationOptions options = new ConfigurationOptions();

  RuleCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    if (!RULES.contains(rule)) {
      throw new UsageException(
          "--rule must be one of "
              + String.join(", ", RULES)
              + ", but is "
              + rule
              + NearestName.suggestion(rule, RULES));
    }
    long most = maximumBytes();
    Configuration configuration = options.read();
    EvaluationOptions measuring = configuration.evaluation().options();
    Outputs.requireFile(out, "the model file");
    byte[] bytes;
    try (Progress progress = new Progress(console)) {
      Dataset data = DataSource.read(folder, configuration.prepare(), progress);
      bytes = file(data, measuring, progress).within(most);
    }
    RuleFile.write(bytes, out);
    console.result("%s: %,d bytes", out, bytes.length);
    console.result("");
    console.result(
        "Next: attar evaluate %s --data %s   or   attar recommend %s ITEM ...", out, folder, out);
    return 0;
  }

  private long maximumBytes() {
    if (maximumBytes == null) {
      return Long.MAX_VALUE;
    }
    if (maximumBytes < 1) {
      throw new UsageException("--max-bytes must be at least 1: " + maximumBytes);
    }
    return maximumBytes;
  }

  private RuleFile file(Dataset data, EvaluationOptions measuring, Progress progress) {
    if (rule.equals(OWN_ITEMS)) {
      NeighbourLists none = NeighbourLists.none(data.catalogueSize());
      return new RuleFile(data, "own items by count, then recency", none, true);
    }
    ScoringMethod chosen =
        rule.equals(ITEM_NEIGHBOURS)
            ? ItemNeighbours.choose(data, measuring, progress)
            : SequentialRules.choose(data, measuring, progress);
    String said = chosen.name() + ": " + chosen.description();
    progress.line("  %s", said);
    return new RuleFile(data, said, chosen.lists().orElseThrow(), ownItemsFirst);
  }
}
