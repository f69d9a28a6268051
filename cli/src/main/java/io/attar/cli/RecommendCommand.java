package io.attar.cli;

import io.attar.runtime.Recommendations;
import io.attar.runtime.Recommender;
import io.attar.runtime.Session;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code attar recommend}. */
@Command(
    name = "recommend",
    description = {
      "Recommends the next items for a session.",
      "",
      "Prints rank, item id and score, separated by tabs, best first."
    },
    footer = {"", "Example:", "  attar recommend shop.attar sku-0017 sku-0042 --count 5"})
final class RecommendCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(index = "0", paramLabel = "MODEL", description = "Model file.")
  private Path model = Path.of("");

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "ITEM",
      description = "Items clicked, oldest first; none: the popular items.")
  private List<String> items = new ArrayList<>();

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "How many items. Default: ${DEFAULT-VALUE}",
      defaultValue = "10")
  private int count;

  @Option(names = "--unseen", description = "Leaves out the items that were clicked.")
  private boolean unseen;

  RecommendCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (count < 1) {
      throw new UsageException("--count must be at least 1: " + count);
    }
    Recommender recommender = ModelFiles.open(model);
    Session visit = recommender.newSession();
    for (String item : items) {
      if (!visit.click(item)) {
        console.note(
            "note: the model does not know the item '%s', so its click does not count", item);
      }
    }
    if (visit.length() == 0) {
      console.note("note: no click on a known item, so these are the popular items");
    }
    print(unseen ? visit.topUnseen(count) : visit.top(count), console);
    console.note("In Java: Recommender.open(bytes).newSession(), then click(id) and top(n)");
    return 0;
  }

  static void print(Recommendations top, Console console) {
    for (int rank = 0; rank < top.size(); rank++) {
      console.result("%d\t%s\t%.4f", rank + 1, top.itemId(rank), top.score(rank));
    }
  }
}
