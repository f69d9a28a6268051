package io.attar.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.attar.data.Dataset;
import io.attar.data.DatasetReader;
import io.attar.data.Preparation;
import io.attar.data.PreparationOptions;
import io.attar.data.PreparationReport;
import io.attar.data.Prepared;
import io.attar.data.PreparedFolder;
import io.attar.evaluation.EvaluationReport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** Gets data sets from what is named on the command line. */
final class DataSource {
  private static final ObjectMapper JSON = new ObjectMapper();

  private DataSource() {}

  /**
   * Reads a prepared folder, or a folder of whole sessions, which is split as a build would split
   * it: validation sessions held back by the same options, so that what is measured on the folder
   * is what the build measured.
   */
  static Dataset read(Path folder, PreparationOptions options, Progress progress) {
    boolean wholeSessions =
        Files.isDirectory(folder)
            && !Files.exists(folder.resolve("manifest.json"))
            && Stream.of("train.sessions", "train.sessions.gz")
                .anyMatch(name -> Files.exists(folder.resolve(name)));
    // A folder of whole sessions needs no work folder: nothing is sorted or filtered.
    return wholeSessions
        ? new Preparation(options, progress).prepare(folder, folder).dataset()
        : DatasetReader.read(folder);
  }

  /**
   * Prepares a click log or a folder of whole sessions into the work folder, or finds that done.
   *
   * @param work where the data goes; data made from other input or by other options is replaced
   */
  static Prepared prepare(
      Path input, PreparationOptions options, WorkFolder work, Progress progress)
      throws IOException {
    work.sweep();
    String origin = origin(input, options);
    if (Files.exists(work.dataOrigin())
        && Files.readString(work.dataOrigin(), StandardCharsets.UTF_8).equals(origin)
        && Files.exists(work.data())) {
      progress.resumed();
      progress.line("  data: prepared before, used again");
      return new Prepared(PreparedFolder.read(work.data()), PreparedFolder.readReport(work.data()));
    }
    Files.deleteIfExists(work.dataOrigin());
    Prepared prepared = new Preparation(options, progress).prepare(input, work.scratch());
    WorkFolder.delete(work.scratch());
    PreparedFolder.write(work.data(), prepared.dataset(), prepared.report());
    EvaluationReport.write(origin, work.dataOrigin());
    return prepared;
  }

  /** What tells whether prepared data is of this input and these options. */
  private static String origin(Path input, PreparationOptions options) throws IOException {
    ObjectNode origin = JSON.createObjectNode();
    origin.put("input", input.toAbsolutePath().normalize().toString());
    ObjectNode files = origin.putObject("files");
    for (Path file : files(input)) {
      files
          .putObject(String.valueOf(file.getFileName()))
          .put("bytes", Files.size(file))
          .put("changed", Files.getLastModifiedTime(file).toMillis());
    }
    origin.set("options", JSON.valueToTree(options));
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(origin) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("names and numbers can always be written", e);
    }
  }

  private static List<Path> files(Path input) throws IOException {
    if (!Files.isDirectory(input)) {
      return Files.exists(input) ? List.of(input) : List.of();
    }
    try (Stream<Path> entries = Files.list(input)) {
      return entries.filter(Files::isRegularFile).sorted().toList();
    }
  }

  /** Says what a preparation read, dropped and kept. */
  static void describe(PreparationReport report, Console console) {
    console.result(
        "%s: %,d clicks read%s",
        report.source(),
        report.clicksRead(),
        report.timeFormat().isEmpty() ? "" : ", time as " + report.timeFormat());
    if (report.brokenLines() > 0) {
      console.result("  broken lines, skipped: %,d", report.brokenLines());
      report.broken().forEach((kind, count) -> console.result("    %s: %,d", kind, count));
      for (PreparationReport.BrokenLine line : report.examples()) {
        console.result(
            "    line %d%s, %s: %s",
            line.line(),
            line.column().isEmpty() ? "" : ", column '" + line.column() + "'",
            line.kind(),
            line.text());
      }
    }
    for (PreparationReport.Dropped rule : report.dropped()) {
      console.result(
          "  dropped by %s: %,d clicks, %,d sessions, %,d items",
          rule.rule(), rule.clicks(), rule.sessions(), rule.items());
    }
    console.result(
        "  kept: %,d clicks, %,d sessions (mean length %.2f), %,d items, %,d of them before the"
            + " test part",
        report.clicks(),
        report.sessions(),
        report.meanSessionLength(),
        report.items(),
        report.catalogueSize());
    describe("training", report.training(), console);
    describe("validation", report.validation(), console);
    describe("test", report.test(), console);
    if (!report.recipeChecks().isEmpty()) {
      console.result("  recipe %s:", report.options().recipe());
      console.result("    %-42s %12s %12s", "", "published", "found");
      report
          .recipeChecks()
          .forEach(
              check ->
                  console.result(
                      "    %-42s %12s %12s  %s",
                      check.name(),
                      number(check.published()),
                      number(check.found()),
                      check.holds()
                          ? "holds"
                          : check.mustHold() ? "DIFFERS" : "differs, as is known"));
    }
  }

  private static void describe(String name, PreparationReport.Part part, Console console) {
    console.result(
        "  %-10s %,9d sessions %,10d clicks %,10d cases%s",
        name,
        part.sessions(),
        part.clicks(),
        part.cases(),
        part.firstEnd().isEmpty() ? "" : "  " + part.firstEnd() + " to " + part.lastEnd());
  }

  private static String number(double value) {
    return value == Math.rint(value)
        ? String.format(Locale.ROOT, "%,d", (long) value)
        : String.format(Locale.ROOT, "%.2f", value);
  }
}
