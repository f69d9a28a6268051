package io.attar.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.attar.data.Dataset;
import io.attar.evaluation.Evaluation;
import io.attar.evaluation.EvaluationReport;
import io.attar.evaluation.Origin;
import io.attar.evaluation.Rules;
import io.attar.evaluation.ScoringMethod;
import io.attar.training.Training;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Many students of one teacher, one after the other, each measured as it ships. What is done lies
 * in the sweep's folder, a row at a time: its model file and {@code row.json}. The same sweep after
 * a kill goes on with the row it was at; a row of other data, settings or teacher is made anew.
 */
final class Sweep {
  static final String MODEL_FILE = "student.attar";

  private static final String ROW_FILE = "row.json";
  private static final String TEACHER_FILE = "teacher.json";

  private final Configuration base;
  private final SweepGrid grid;
  private final Path out;
  private final Console console;
  private final Origin origin;

  Sweep(Configuration base, SweepGrid grid, Path out, Console console, Origin origin) {
    this.base = base;
    this.grid = grid;
    this.out = out;
    this.console = console;
    this.origin = origin;
  }

  /**
   * One row of the grid and what came out.
   *
   * @param file the model file
   * @param found its {@code row.json}; without numbers when the row was refused
   */
  record Row(SweepGrid.Row asked, Path file, ObjectNode found) {
    boolean refused() {
      return found.has("refused");
    }

    /** A number of its test result, such as {@code ndcg@10.xnew}, in percent. */
    double result(String key) {
      return found.path("result").path(key).asDouble(Double.NaN);
    }

    /** A number of its validation quality, in percent. */
    double validation(String key) {
      return found.path("training").path("quality").path(key).asDouble();
    }

    /** Bytes of the whole file. */
    long bytes() {
      return found.path("result").path("bytes").asLong();
    }

    /** Median microseconds from a click to the best 20. */
    double microseconds() {
      return found.path("timing").path("click.median").asDouble();
    }
  }

  /**
   * What a sweep gives.
   *
   * @param teacher what {@code teacher.json} holds: the teacher's own file, measured, the floor,
   *     and what was measured on
   * @param rows in the grid's order
   */
  record Result(ObjectNode teacher, List<Row> rows) {}

  /** Trains and measures what is not done yet. */
  Result run(Dataset data, Path work, Progress progress) throws IOException {
    Measurement.requireCases(data);
    int items = data.catalogueSize();
    if (grid.rows().stream().noneMatch(row -> row.configuration().hasEnoughCodes(items))) {
      // Of a single refused row this names the numbers.
      grid.rows().get(0).configuration().requireCodes(items);
    }
    for (SweepGrid.Row row : grid.rows()) {
      if (row.configuration().hasEnoughCodes(items)) {
        row.configuration().requireCodes(items);
      }
    }
    progress.line("train: the teacher");
    Training training = new Corridor(base, console).training(data, work, progress);
    Training.Result teacher = training.teacher();
    ObjectNode measured = teacher(teacher, data, progress);
    List<Row> rows = new ArrayList<>();
    for (SweepGrid.Row asked : grid.rows()) {
      String place = "row " + (rows.size() + 1) + " of " + grid.rows().size() + ": " + asked.name();
      rows.add(row(asked, place, training, teacher, data, progress));
    }
    return new Result(measured, rows);
  }

  private ObjectNode teacher(Training.Result teacher, Dataset data, Progress progress)
      throws IOException {
    byte[] bytes = Files.readAllBytes(teacher.file());
    String fingerprint = fingerprint(teacher, base, "evaluation.");
    Path file = out.resolve(TEACHER_FILE);
    ObjectNode known = finished(file, fingerprint, Fingerprint.sha256(bytes));
    if (known != null) {
      return known;
    }
    // Rules and session kNN do not depend on the student: `attar build` has them all.
    ScoringMethod floor = Rules.ownItemsByCount(data.catalogueSize());
    ObjectNode report = measure("teacher", bytes, List.of(floor), data, progress);
    ObjectNode found = about("teacher", fingerprint, bytes);
    found.set("data", report.get("data"));
    found.set("bootstrap", report.get("bootstrap"));
    ObjectNode own = found.putObject("floor");
    own.put("name", floor.name());
    own.setAll((ObjectNode) report.path("rules").path(floor.name()));
    addResult(found, report, teacher);
    EvaluationReport.write(ReportJson.text(found), file);
    return found;
  }

  private Row row(
      SweepGrid.Row asked,
      String place,
      Training training,
      Training.Result teacher,
      Dataset data,
      Progress progress)
      throws IOException {
    Path folder = out.resolve("rows").resolve(asked.folder());
    Path model = folder.resolve(MODEL_FILE);
    if (!asked.configuration().hasEnoughCodes(data.catalogueSize())) {
      progress.line("%s: refused, fewer codes than items", place);
      ObjectNode refused = ReportJson.object().put("name", asked.name());
      refused.set("settings", ReportJson.tree(asked.settings()));
      refused.put("refused", "fewer codes than items");
      return new Row(asked, model, refused);
    }
    String fingerprint = fingerprint(teacher, asked.configuration(), "");
    Path file = folder.resolve(ROW_FILE);
    Path unfinished = folder.resolve("work");
    ObjectNode known =
        Files.exists(model)
            ? finished(file, fingerprint, Fingerprint.sha256(Files.readAllBytes(model)))
            : null;
    if (known != null) {
      progress.line("%s: made before, used again", place);
    } else {
      progress.line("%s", place);
      Files.createDirectories(unfinished);
      Training.Result student =
          training.student(
              asked.configuration().student(),
              asked.configuration().table(),
              asked.configuration().distillation(),
              model,
              unfinished);
      byte[] bytes = Files.readAllBytes(model);
      ObjectNode report = measure(asked.name(), bytes, List.of(), data, progress);
      known = about(asked.name(), fingerprint, bytes);
      known.set("settings", ReportJson.tree(asked.settings()));
      addResult(known, report, student);
      known.put(
          "timesSmaller",
          ReportJson.rounded(
              (double) teacher.parameterBytes() / report.path("bytes.withoutItemIds").asLong()));
      EvaluationReport.write(ReportJson.text(known), file);
      progress.line(
          "  %,d bytes, NDCG@10 %s",
          report.path("bytes").asLong(), report.path("ndcg@10").asText());
    }
    WorkFolder.delete(unfinished);
    return new Row(asked, model, known);
  }

  private ObjectNode measure(
      String name, byte[] bytes, List<ScoringMethod> beside, Dataset data, Progress progress) {
    return ReportJson.read(
        Evaluation.run(
                data,
                Measurement.open(name, bytes, data),
                null,
                beside,
                base.evaluation().options(),
                progress)
            .toJson());
  }

  private ObjectNode about(String name, String fingerprint, byte[] bytes) {
    ObjectNode about = ReportJson.object();
    about.put("name", name);
    about.put("fingerprint", fingerprint);
    about.put("sha256", Fingerprint.sha256(bytes));
    about.set("origin", ReportJson.tree(origin));
    return about;
  }

  /** Takes over what an evaluation says of the file alone, and what training says of it. */
  private static void addResult(ObjectNode found, ObjectNode report, Training.Result trained) {
    ObjectNode result = report.deepCopy();
    result.remove(List.of("name", "unit", "data", "bootstrap", "provenance", "rules", "timing"));
    found.set("result", result);
    found.set("timing", report.get("timing"));
    found.set("training", trained.details());
  }

  /** What an earlier run wrote, when it is of these settings and this very file. */
  private static @Nullable ObjectNode finished(Path file, String fingerprint, String sha256)
      throws IOException {
    if (!Files.exists(file)) {
      return null;
    }
    ObjectNode found = ReportJson.read(file);
    return found.path("fingerprint").asText().equals(fingerprint)
            && found.path("sha256").asText().equals(sha256)
        ? found
        : null;
  }

  /** What a result follows from: the teacher, and with it data, seed and version of training. */
  private static String fingerprint(
      Training.Result teacher, Configuration configuration, String prefix) {
    return Fingerprint.of(teacher.details().path("fingerprint").asText(), configuration, prefix);
  }
}
