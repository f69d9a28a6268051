package io.attar.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.attar.evaluation.EvaluationReport;
import io.attar.evaluation.MethodResult;
import io.attar.evaluation.ModelResult;
import io.attar.evaluation.Split;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Writes what a build found into a folder: {@code report.json}, {@code report.md}, {@code
 * report.html} with its pictures, and the model file itself as {@code student.attar}, so that
 * anyone can measure it again.
 */
final class BuildReport {
  static final String JSON_FILE = "report.json";
  static final String PAGE_FILE = "report.md";
  static final String MODEL_FILE = "student.attar";

  private BuildReport() {}

  static void write(Corridor.Built built, Invocation invocation, Path input, Path folder)
      throws IOException {
    Outputs.copy(built.student().file(), folder.resolve(MODEL_FILE));
    EvaluationReport.write(json(built, invocation), folder.resolve(JSON_FILE));
    EvaluationReport.write(page(built, input, folder), folder.resolve(PAGE_FILE));
    ReportCommand.write(folder);
  }

  /** The evaluation's JSON, and what only the build knows. */
  static String json(Corridor.Built built, Invocation invocation) {
    ObjectNode root = ReportJson.read(built.measurement().report().toJson());
    Compression compression = Compression.of(built);
    ObjectNode small = root.putObject("compression");
    small.put("teacherParameterBytes", compression.teacherParameterBytes());
    small.put("factor", ReportJson.rounded(compression.factor()));
    small.put("recall@10.shareOfTeacher", ReportJson.rounded(compression.recallShare()));
    ObjectNode training = root.putObject("training");
    training.set("teacher", built.teacher().details().path("epochs"));
    training.set("student", built.student().details().path("epochs"));
    training.set("codes", built.student().details().path("codes"));
    root.put("command", invocation.command());
    root.set("origin", ReportJson.tree(invocation.origin()));
    // Apart from the rest: these alone, with timing, change from run to run.
    ObjectNode stages = root.putObject("stages");
    stages.put("processors", Runtime.getRuntime().availableProcessors());
    stages.put("resumed", built.resumed());
    for (StageClock.Stage stage : built.clock().stages()) {
      ObjectNode entry = stages.putObject(stage.name());
      entry.put("seconds", ReportJson.rounded(stage.seconds()));
      if (stage.peakBytes().isPresent()) {
        entry.put("peakResidentBytes", stage.peakBytes().getAsLong());
      } else {
        entry.putNull("peakResidentBytes");
      }
    }
    return ReportJson.text(root);
  }

  private static String page(Corridor.Built built, Path input, Path folder) {
    String command =
        "attar evaluate "
            + shown(folder.resolve(MODEL_FILE))
            + " --data "
            + (Files.isDirectory(input) ? shown(input) : "FOLDER")
            + " --json -";
    StringBuilder page = new StringBuilder(built.measurement().report().toMarkdown(command));
    if (!Files.isDirectory(input)) {
      page.append("\nFOLDER is what `attar prepare ")
          .append(shown(input))
          .append(" --out FOLDER` makes.\n");
    }
    Compression compression = Compression.of(built);
    page.append(
        String.format(
            Locale.ROOT,
            "%n## The build%n%n"
                + "- the teacher's parameters as fp32: %d bytes%n"
                + "- the model file without item ids is %.1f times smaller%n"
                + "- its Recall@10 is %.2f %% of the teacher's%n"
                + "- encoder: %s%n%n"
                + "On %d processors%s:%n%n| stage | seconds | peak memory, MiB |%n|---|--:|--:|%n",
            compression.teacherParameterBytes(),
            compression.factor(),
            compression.recallShare(),
            built.student().encoder(),
            Runtime.getRuntime().availableProcessors(),
            built.resumed() ? ", the last of several runs only" : ""));
    for (StageClock.Stage stage : built.clock().stages()) {
      page.append(
          String.format(
              Locale.ROOT,
              "| %s | %.1f | %s |%n",
              stage.name(),
              stage.seconds(),
              stage.peakBytes().isPresent() ? stage.peakBytes().getAsLong() >> 20 : "-"));
    }
    return page.toString();
  }

  /** A path as it was typed; of one that tells where this machine keeps things only the name. */
  static String shown(Path path) {
    return path.isAbsolute() ? String.valueOf(path.getFileName()) : path.toString();
  }

  /**
   * How small the model file is and what that cost.
   *
   * @param teacherParameterBytes the teacher's trained parameters as fp32
   * @param factor that over the model file without item ids
   * @param recallShare the file's Recall@10 in percent of the teacher's; 0 when that has none
   */
  record Compression(long teacherParameterBytes, double factor, double recallShare) {
    static Compression of(Corridor.Built built) {
      EvaluationReport report = built.measurement().report();
      ModelResult model = report.model();
      MethodResult teacher = report.teacher();
      if (model == null || teacher == null) {
        throw new IllegalStateException("a build measures its teacher and its model file");
      }
      long parameters = built.teacher().parameterBytes();
      double recall = model.result().mean(Split.OVERALL, "recall@10");
      double teacherRecall = teacher.mean(Split.OVERALL, "recall@10");
      return new Compression(
          parameters,
          (double) parameters / (model.bytes() - model.itemIdBytes()),
          teacherRecall > 0 ? 100 * recall / teacherRecall : 0);
    }
  }
}
