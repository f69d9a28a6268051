package io.attar.cli;

import static j2html.TagCreator.h2;
import static j2html.TagCreator.p;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What {@code sweep.json} and the pictures beside it say: chapters of a page. */
final class SweepChapters {
  private static final List<String> PICTURES = List.of("front", "latency", "effect");

  private SweepChapters() {}

  /**
   * Adds them.
   *
   * @param name of the sweep among the page's, with which its pictures' names begin
   * @param folder where the sweep's pictures lie
   */
  static void add(ReportPage page, String name, JsonNode sweep, Path folder) throws IOException {
    page.add(h2(sweep.path("title").asText()));
    if (!sweep.path("description").asText().isEmpty()) {
      page.add(p(sweep.path("description").asText()));
    }
    List<ReportPage.Row> rows = new ArrayList<>();
    rows.add(row("teacher", sweep.path("teacher")));
    rows.add(
        row(
            sweep.at("/floor/name").asText(),
            ReportJson.object().set("result", sweep.path("floor"))));
    sweep.path("rows").forEach(each -> rows.add(row(each.path("name").asText(), each)));
    page.add(
        ReportPage.table(
            "In percent; bytes of the whole file; microseconds from a click to the best 20",
            List.of(
                "",
                "Recall@10",
                "NDCG@10",
                "new Recall@10",
                "xnew Recall@10",
                "xnew NDCG@10",
                "bytes",
                "times smaller",
                "microseconds",
                "front"),
            rows));
    for (String picture : PICTURES) {
      Path file = folder.resolve(picture + ".svg");
      if (Files.isRegularFile(file)) {
        page.picture(name + "-" + picture, Files.readString(file));
      }
    }
    page.add(
        p(
            "Made by: "
                + sweep.path("command").asText()
                + ". Seed "
                + sweep.path("seed").asText()
                + ", commit "
                + sweep.at("/origin/commit").asText()
                + ", "
                + sweep.at("/origin/processor").asText()
                + "."));
  }

  private static ReportPage.Row row(String name, JsonNode found) {
    if (found.has("refused")) {
      return new ReportPage.Row(List.of(name, "refused: " + found.path("refused").asText()));
    }
    JsonNode numbers = found.path("result");
    List<String> fronts = new ArrayList<>();
    found.path("front").forEach(front -> fronts.add(front.asText()));
    return new ReportPage.Row(
        List.of(
            name,
            BuildChapters.text(numbers.path("recall@10")),
            BuildChapters.text(numbers.path("ndcg@10")),
            BuildChapters.text(numbers.path("recall@10.new")),
            BuildChapters.text(numbers.path("recall@10.xnew")),
            BuildChapters.text(numbers.path("ndcg@10.xnew")),
            BuildChapters.bytes(numbers.path("bytes")),
            BuildChapters.text(found.path("timesSmaller")),
            BuildChapters.text(found.path("timing").path("click.median")),
            String.join(", ", fronts)),
        !fronts.isEmpty());
  }
}
