package io.attar.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.attar.data.Dataset;
import io.attar.evaluation.Evaluation;
import io.attar.evaluation.EvaluationReport;
import io.attar.evaluation.ScoringMethod;
import io.attar.evaluation.SessionTiming;
import io.attar.training.SessionParallelOptions;
import io.attar.training.Training;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Runs the experiments of a paper on one data set. Every row of models is kept as a file when it is
 * done, every student of a sweep likewise, every training has its checkpoint: a run that was
 * stopped goes on where it was.
 */
final class Reproduction {
  /** Sessions that Table 5 times. */
  static final int TIMED_SESSIONS = 100;

  /** What the plan calls its shorter trainings. */
  static final String ABRIDGED = "abridged";

  private static final String RULES = "rules and session kNN";

  private final ConfigurationOptions options;
  private final Set<Part> parts;
  private final JsonNode plan;
  private final boolean abridged;
  private final @Nullable Path made; // sweeps of an earlier run

  /** A table or a figure, or all that a plan of models alone has. */
  enum Part {
    MODELS("models"),
    TABLE_1("table 1"),
    TABLE_3("table 3"),
    TABLE_4("table 4"),
    TABLE_5("table 5"),
    FIGURE_3("figure 3"),
    FIGURE_4("figure 4"),
    FIGURE_5("figure 5"),
    FIGURE_6("figure 6");

    private final String title;

    Part(String title) {
      this.title = title;
    }

    static Part named(String title) {
      return Arrays.stream(values())
          .filter(part -> part.title.equals(title))
          .findFirst()
          .orElseThrow(() -> new IllegalStateException("no plan has a part " + title));
    }
  }

  /**
   * A sweep on the page.
   *
   * @param folder where it lies
   * @param differences settings other than this run's, where it was made before; empty for none
   */
  record Shown(Path folder, String differences) {}

  /**
   * What came out on one data set.
   *
   * @param data its name
   * @param rows of models, each with result, timing and how it was trained; empty when not asked
   * @param sweeps each sweep run or shown, by its grid's name
   * @param out folder of this data set's results
   */
  record Result(String data, List<ObjectNode> rows, Map<String, Shown> sweeps, Path out) {}

  /**
   * A reproduction.
   *
   * @param options over which presets lie, and under what the user sets
   * @param parts what to run
   * @param plan rows and printed numbers
   * @param abridged whether models are trained as briefly as the plan says
   * @param made where finished sweeps lie, each in a folder of the data's name and below it of the
   *     grid's; null to run all of them
   */
  Reproduction(
      ConfigurationOptions options,
      Set<Part> parts,
      JsonNode plan,
      boolean abridged,
      @Nullable Path made) {
    this.options = options;
    this.parts = parts;
    this.plan = plan;
    this.abridged = abridged;
    this.made = made;
  }

  /** Takes what is finished by now, more and more of it. */
  interface SoFar {
    /** What is finished, rows in the plan's order whichever was first. */
    void is(Result result) throws IOException;
  }

  /**
   * Runs what is not finished yet.
   *
   * @param soFar is told after each row of models
   */
  Result run(
      Dataset data,
      Path work,
      Path out,
      Console console,
      Invocation invocation,
      Progress progress,
      SoFar soFar)
      throws IOException {
    Measurement.requireCases(data);
    Outputs.requireFolder(out, "the folder of the results");
    Configuration configuration = options.read();
    Map<String, SweepGrid> grids = new LinkedHashMap<>();
    Map<String, Shown> sweeps = new LinkedHashMap<>();
    for (String grid : grids()) {
      SweepGrid read =
          SweepGrid.read(
              ConfigurationReader.packed("reproduce/" + grid + ".yaml"),
              "the paper's grid " + grid,
              configuration,
              options::sets);
      grids.put(grid, read);
      if (made != null) {
        Path before = made.resolve(data.name()).resolve(grid);
        if (Files.exists(before.resolve(SweepReport.JSON_FILE))) {
          sweeps.put(grid, shown(before, read, configuration, data));
          progress.line("%s on %s: made before, taken from %s", grid, data.name(), before);
        } else {
          progress.line("%s on %s: not among --sweeps, is run", grid, data.name());
        }
      }
    }
    List<ObjectNode> rows = new ArrayList<>();
    boolean models = parts.contains(Part.MODELS);
    if (models || parts.contains(Part.TABLE_3) || parts.contains(Part.TABLE_5)) {
      String title = models ? "models" : "table 3";
      JsonNode all = plan.path(rows(plan));
      for (int place = 0; place < all.size(); place++) {
        JsonNode asked = all.get(place);
        progress.line(
            "%s, row %d of %d on %s: %s",
            title, place + 1, all.size(), data.name(), asked.path("name").asText());
        rows.add(row(asked, data, work, out, console, invocation, progress));
        soFar.is(new Result(data.name(), finished(all, data, out), Map.of(), out));
      }
      if (!models) {
        progress.line("table 3 on %s: %s", data.name(), RULES);
        rows.addAll(rules(data, out, invocation, progress));
      }
    }
    Map<String, Shown> all = new LinkedHashMap<>();
    for (Map.Entry<String, SweepGrid> grid : grids.entrySet()) {
      Shown before = sweeps.get(grid.getKey());
      if (before != null) {
        all.put(grid.getKey(), before);
        continue;
      }
      Path folder = out.resolve(grid.getKey());
      Outputs.requireFolder(folder, "the folder of a sweep");
      Sweep.Result result =
          new Sweep(configuration, grid.getValue(), folder, console, invocation.origin())
              .run(data, work, progress);
      new SweepReport(grid.getValue(), configuration, result)
          .write(invocation.command(), invocation.origin(), folder);
      all.put(grid.getKey(), new Shown(folder, ""));
    }
    return new Result(data.name(), rows, all, out);
  }

  /** A sweep made before, once it is found to be of these data and rows. */
  private static Shown shown(Path folder, SweepGrid grid, Configuration configuration, Dataset data)
      throws IOException {
    Path file = folder.resolve(SweepReport.JSON_FILE);
    JsonNode sweep = ReportJson.read(file);
    if (!sweep.at("/data/identity").asText().equals(data.identity())) {
      throw new UsageException(
          file
              + ": a sweep to be shown must be of the same data, which has identity "
              + data.identity()
              + ": "
              + sweep.at("/data/identity").asText("none")
              + "; run it again on this data, or leave it out of --sweeps");
    }
    Map<String, JsonNode> found = new LinkedHashMap<>();
    sweep.path("rows").forEach(row -> found.put(row.path("name").asText(), row.path("settings")));
    List<String> missing = new ArrayList<>();
    for (SweepGrid.Row row : grid.rows()) {
      if (!ReportJson.tree(row.settings()).equals(found.get(row.name()))) {
        missing.add(row.name());
      }
    }
    if (!missing.isEmpty()) {
      throw new UsageException(
          file
              + ": a sweep to be shown must have every row of the paper's grid with its settings;"
              + " it lacks "
              + String.join("; ", missing));
    }
    List<String> differences = new ArrayList<>();
    for (ConfigurationKeys.Key key : ConfigurationKeys.of(configuration)) {
      JsonNode other = sweep.path("configuration").path(key.name());
      // An option that came later is not in it, and was off.
      if (!other.isMissingNode() && !other.asText().equals(ReportJson.tree(key.value()).asText())) {
        differences.add(key.name() + "=" + other.asText());
      }
    }
    // What holds for all rows of the grid; what the command line had set instead stands above.
    JsonNode common = sweep.path("settings");
    grid.settings()
        .forEach(
            (key, value) -> {
              if (common.has(key) && !common.path(key).asText().equals(value)) {
                differences.add(key + "=" + common.path(key).asText());
              }
            });
    return new Shown(folder, String.join(", ", differences));
  }

  /** What a plan and its results call the rows of models. */
  static String rows(JsonNode plan) {
    return plan.has("models") ? "models" : "table3";
  }

  private List<String> grids() {
    List<String> grids = new ArrayList<>();
    if (parts.contains(Part.TABLE_4) || parts.contains(Part.FIGURE_6)) {
      grids.add("table4");
    }
    if (parts.contains(Part.FIGURE_3)) {
      grids.add("ablation");
    }
    if (parts.contains(Part.FIGURE_4) || parts.contains(Part.FIGURE_5)) {
      grids.addAll(List.of("beta", "gamma", "eta"));
    }
    return grids;
  }

  /**
   * A trained model, ready to be measured.
   *
   * @param searches the same model where it only searches for its best items
   */
  private record Trained(ScoringMethod method, List<ScoringMethod> searches, JsonNode details) {}

  private ObjectNode row(
      JsonNode asked,
      Dataset data,
      Path work,
      Path out,
      Console console,
      Invocation invocation,
      Progress progress)
      throws IOException {
    String name = asked.path("name").asText();
    String slug = slug(asked);
    Configuration configuration = configuration(asked, data.name());
    Path file = out.resolve(slug + ".json");
    String fingerprint = fingerprint(asked, data, configuration);
    ObjectNode known = finished(file, fingerprint);
    if (known != null) {
      return known;
    }
    long start = System.nanoTime();
    Trained trained = train(asked, name, slug, configuration, data, work, console, progress);
    double seconds = (System.nanoTime() - start) / 1e9;
    ObjectNode row = measured(name, trained.method(), data, configuration, progress);
    row.put("fingerprint", fingerprint);
    row.put("seconds", ReportJson.rounded(seconds));
    row.put("dimension", configuration.teacher().dimension());
    for (ScoringMethod search : trained.searches()) {
      row.withArray("searches").add(measured(search.name(), search, data, configuration, progress));
    }
    row.set("training", trained.details());
    row.set("origin", ReportJson.tree(invocation.origin()));
    EvaluationReport.write(ReportJson.text(row), file);
    return row;
  }

  private static String slug(JsonNode asked) {
    return asked.path("name").asText().replaceAll("[^A-Za-z0-9]+", "-");
  }

  private static String fingerprint(JsonNode asked, Dataset data, Configuration configuration) {
    return Fingerprint.of(data.identity() + "\n" + asked.path("name").asText(), configuration, "");
  }

  /** The rows that are finished, of those asked for. */
  private List<ObjectNode> finished(JsonNode all, Dataset data, Path out) throws IOException {
    List<ObjectNode> rows = new ArrayList<>();
    for (JsonNode asked : all) {
      String fingerprint = fingerprint(asked, data, configuration(asked, data.name()));
      ObjectNode row = finished(out.resolve(slug(asked) + ".json"), fingerprint);
      if (row != null) {
        rows.add(row);
      }
    }
    return rows;
  }

  private Trained train(
      JsonNode asked,
      String name,
      String slug,
      Configuration configuration,
      Dataset data,
      Path work,
      Console console,
      Progress progress)
      throws IOException {
    Corridor corridor = new Corridor(configuration, console);
    if (!asked.has("preset") && (asked.has("student") || asked.has("table"))) {
      Training training = corridor.training(data, work, progress);
      training.teacher();
      Path own = work.resolve(slug);
      Outputs.requireFolder(own, "the folder of a student");
      Path model = own.resolve("student.attar");
      Training.Result student =
          training.student(
              configuration.student(),
              configuration.table(),
              configuration.distillation(),
              model,
              own);
      return new Trained(
          Measurement.open(name, Files.readAllBytes(model), data), List.of(), student.details());
    }
    Training training = corridor.training(data, work.resolve(slug), progress);
    if (asked.path("treeSoftmax").asBoolean()) {
      Training.TreeRival tree = training.treeSoftmax(name, configuration.table());
      return new Trained(
          tree.rival().method(), List.of(tree.exact(), tree.published()), tree.rival().details());
    }
    Training.Rival rival =
        asked.path("sessionParallel").asBoolean()
            ? training.sessionParallel(name, SessionParallelOptions.defaults())
            : asked.has("table")
                ? training.rival(name, configuration.table())
                : training.rival(name);
    return new Trained(rival.method(), List.of(), rival.details());
  }

  /** Defaults, preset, what is abridged, the row's settings, then what the user set. */
  private Configuration configuration(JsonNode asked, String data) {
    String place = "the paper's row " + asked.path("name").asText();
    Configuration configuration = Configuration.defaults();
    if (asked.has("preset")) {
      configuration = Presets.over(configuration, asked.path("preset").asText());
    }
    List<JsonNode> groups = new ArrayList<>();
    if (abridged) {
      groups.add(plan.path(ABRIDGED).path(asked.has("preset") ? "preset" : "student"));
      groups.add(asked.path(ABRIDGED));
    }
    groups.add(asked);
    groups.add(asked.path(data));
    for (JsonNode group : groups) {
      ObjectNode settings = ReportJson.object();
      for (String key : List.of("teacher", "student", "table")) {
        if (group.has(key)) {
          settings.set(key, group.get(key));
        }
      }
      configuration = ConfigurationReader.read(configuration, settings, place);
    }
    return options.read(configuration);
  }

  /** All methods that count instead of training, in one file: choosing their settings is shared. */
  private List<ObjectNode> rules(Dataset data, Path out, Invocation invocation, Progress progress)
      throws IOException {
    Configuration configuration = options.read();
    Path file = out.resolve("rules.json");
    String fingerprint = Fingerprint.of(data.identity() + "\n" + RULES, configuration, "");
    ObjectNode known = finished(file, fingerprint);
    if (known == null) {
      List<ScoringMethod> methods =
          new ArrayList<>(
              Evaluation.opponents(data, configuration.evaluation().options(), progress));
      methods.addAll(Evaluation.rivals(data, configuration.evaluation().options(), progress));
      known = ReportJson.object();
      known.put("fingerprint", fingerprint);
      known.set("origin", ReportJson.tree(invocation.origin()));
      for (ScoringMethod method : methods) {
        known.withArray("rows").add(measured(method.name(), method, data, configuration, progress));
      }
      EvaluationReport.write(ReportJson.text(known), file);
    }
    List<ObjectNode> rows = new ArrayList<>();
    known.path("rows").forEach(row -> rows.add((ObjectNode) row));
    return rows;
  }

  private static ObjectNode measured(
      String name,
      ScoringMethod method,
      Dataset data,
      Configuration configuration,
      Progress progress) {
    ObjectNode report =
        ReportJson.read(
            Evaluation.run(
                    data,
                    null,
                    null,
                    List.of(method),
                    configuration.evaluation().options(),
                    progress)
                .toJson());
    SessionTiming timing =
        SessionTiming.measure(method, data.test(), TIMED_SESSIONS, data.catalogueSize());
    ObjectNode row = ReportJson.object();
    row.put("name", name);
    row.set("data", report.get("data"));
    row.set("result", report.path("rules").path(method.name()));
    ObjectNode time = row.putObject("timing");
    time.put("sessions", timing.sessions());
    time.put("milliseconds", ReportJson.rounded(timing.milliseconds()));
    return row;
  }

  private static @Nullable ObjectNode finished(Path file, String fingerprint) throws IOException {
    if (!Files.isRegularFile(file)) {
      return null;
    }
    ObjectNode found = ReportJson.read(file);
    return found.path("fingerprint").asText().equals(fingerprint) ? found : null;
  }
}
