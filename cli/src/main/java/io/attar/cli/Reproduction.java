package io.attar.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.attar.data.Dataset;
import io.attar.evaluation.Evaluation;
import io.attar.evaluation.EvaluationOptions;
import io.attar.evaluation.EvaluationReport;
import io.attar.evaluation.ScoringMethod;
import io.attar.evaluation.SessionTiming;
import io.attar.training.SessionParallelOptions;
import io.attar.training.Training;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
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
  private final boolean timed;

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
   * @param timed whether all models are timed anew, together, once they are there
   */
  Reproduction(
      ConfigurationOptions options,
      Set<Part> parts,
      JsonNode plan,
      boolean abridged,
      @Nullable Path made,
      boolean timed) {
    this.options = options;
    this.parts = parts;
    this.plan = plan;
    this.abridged = abridged;
    this.made = made;
    this.timed = timed;
  }

  /** Takes what is finished by now, more and more of it. */
  interface SoFar {
    /** What is finished, rows in the plan's order whichever was first. */
    void is(Result result) throws IOException;
  }

  /**
   * One run on one data set.
   *
   * @param configuration what the user sets, over the defaults
   * @param work where trained models are kept
   * @param out where results go
   */
  record Run(
      Configuration configuration,
      Dataset data,
      Path work,
      Path out,
      Console console,
      Invocation invocation,
      Progress progress) {}

  /**
   * Runs what is not finished yet.
   *
   * @param soFar is told after each row of models
   */
  Result run(Run run, SoFar soFar) throws IOException {
    Measurement.requireCases(run.data());
    Outputs.requireFolder(run.out(), "the folder of the results");
    Map<String, SweepGrid> grids = new LinkedHashMap<>();
    for (String grid : grids()) {
      grids.put(
          grid,
          SweepGrid.read(
              ConfigurationReader.packed("reproduce/" + grid + ".yaml"),
              "the paper's grid " + grid,
              run.configuration(),
              options::sets));
    }
    Map<String, Shown> before = madeBefore(run, grids);
    List<ObjectNode> rows = rows(run, soFar);
    Map<String, Shown> sweeps = new LinkedHashMap<>();
    for (Map.Entry<String, SweepGrid> grid : grids.entrySet()) {
      Shown found = before.get(grid.getKey());
      sweeps.put(grid.getKey(), found != null ? found : sweep(run, grid.getKey(), grid.getValue()));
    }
    return new Result(run.data().name(), rows, sweeps, run.out());
  }

  /** The sweeps that need not be run, checked before anything is trained. */
  private Map<String, Shown> madeBefore(Run run, Map<String, SweepGrid> grids) throws IOException {
    Map<String, Shown> found = new LinkedHashMap<>();
    if (made == null) {
      return found;
    }
    String data = run.data().name();
    for (Map.Entry<String, SweepGrid> grid : grids.entrySet()) {
      Path before = made.resolve(data).resolve(grid.getKey());
      if (Files.exists(before.resolve(SweepReport.JSON_FILE))) {
        found.put(grid.getKey(), shown(before, grid.getValue(), run.configuration(), run.data()));
        run.progress().line("%s on %s: made before, taken from %s", grid.getKey(), data, before);
      } else {
        run.progress().line("%s on %s: not among --sweeps, is run", grid.getKey(), data);
      }
    }
    return found;
  }

  private Shown sweep(Run run, String name, SweepGrid grid) throws IOException {
    Path folder = run.out().resolve(name);
    Outputs.requireFolder(folder, "the folder of a sweep");
    Sweep.Result result =
        new Sweep(run.configuration(), grid, folder, run.console(), run.invocation().origin())
            .run(run.data(), run.work(), run.progress());
    new SweepReport(grid, run.configuration(), result)
        .write(run.invocation().command(), run.invocation().origin(), folder);
    return new Shown(folder, "");
  }

  /** The rows of models, and of rules where the plan has a Table 3; none when not asked for. */
  private List<ObjectNode> rows(Run run, SoFar soFar) throws IOException {
    boolean models = parts.contains(Part.MODELS);
    if (!timesModels(parts)) {
      return List.of();
    }
    String title = models ? "models" : "table 3";
    String data = run.data().name();
    JsonNode all = plan.path(rows(plan));
    List<ObjectNode> rows = new ArrayList<>();
    for (int place = 0; place < all.size(); place++) {
      JsonNode asked = all.get(place);
      run.progress()
          .line("%s, row %d of %d on %s: %s", title, place + 1, all.size(), data, name(asked));
      rows.add(row(asked, run));
      soFar.is(new Result(data, finished(all, run), Map.of(), run.out()));
    }
    ObjectNode rules = null;
    if (!models) {
      run.progress().line("table 3 on %s: %s", data, RULES);
      rules = rules(run);
    }
    if (timed) {
      run.progress().line("%s on %s: all timed in turns", title, data);
      timeTogether(all, rows, rules, run);
    }
    if (rules != null) {
      rules.path("rows").forEach(row -> rows.add((ObjectNode) row));
    }
    return rows;
  }

  /** Whether any of the parts shows models and their times. */
  static boolean timesModels(Set<Part> parts) {
    return parts.contains(Part.MODELS)
        || parts.contains(Part.TABLE_3)
        || parts.contains(Part.TABLE_5);
  }

  /**
   * Times all models in turns, so that what else the machine does falls on all alike, in place of
   * what each row was timed at beside other work. Models that the work folder lacks are trained.
   *
   * @param rows one for each that the plan asks for
   * @param rules null for none
   */
  private void timeTogether(
      JsonNode all, List<ObjectNode> rows, @Nullable ObjectNode rules, Run run) throws IOException {
    List<ScoringMethod> methods = new ArrayList<>();
    List<ObjectNode> timings = new ArrayList<>();
    Map<Path, ObjectNode> files = new LinkedHashMap<>();
    for (int place = 0; place < all.size(); place++) {
      JsonNode asked = all.get(place);
      ObjectNode row = rows.get(place);
      Path file = file(asked, run);
      Trained trained = train(asked, configuration(asked, run.data().name()), run);
      methods.add(trained.method());
      timings.add(row);
      for (ScoringMethod search : trained.searches()) {
        methods.add(search);
        timings.add(named(search.name(), row.path("searches"), file));
      }
      files.put(file, row);
    }
    if (rules != null) {
      for (ScoringMethod method : counting(run)) {
        methods.add(method);
        timings.add(named(method.name(), rules.path("rows"), rulesFile(run)));
      }
      files.put(rulesFile(run), rules);
    }
    String when = Instant.now().toString();
    List<SessionTiming> measured =
        SessionTiming.measure(
            methods, run.data().test(), TIMED_SESSIONS, run.data().catalogueSize());
    for (int i = 0; i < timings.size(); i++) {
      put(measured.get(i), timings.get(i)).put("inTurns", when);
    }
    for (Map.Entry<Path, ObjectNode> file : files.entrySet()) {
      ObjectNode row = file.getValue();
      row.set("timingOrigin", ReportJson.tree(run.invocation().origin()));
      EvaluationReport.write(ReportJson.text(row), file.getKey());
    }
  }

  private static ObjectNode named(String name, JsonNode rows, Path file) {
    for (JsonNode row : rows) {
      if (row instanceof ObjectNode found && name(row).equals(name)) {
        return found;
      }
    }
    throw new WorkException(
        file
            + " must hold what is to be timed, but not '"
            + name
            + "': another version wrote it; remove it and run the same command again");
  }

  /** Puts a timing into a row; returns what it was put into. */
  private static ObjectNode put(SessionTiming timing, ObjectNode row) {
    ObjectNode time = row.putObject("timing");
    time.put("sessions", timing.sessions());
    // To a tenth of a microsecond: rules of a tiny shop take no more than some.
    time.put("milliseconds", Math.round(timing.milliseconds() * 1e4) / 1e4);
    return time;
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

  private ObjectNode row(JsonNode asked, Run run) throws IOException {
    Configuration configuration = configuration(asked, run.data().name());
    String fingerprint = fingerprint(asked, run.data(), configuration);
    ObjectNode known = finished(file(asked, run), fingerprint);
    if (known != null) {
      return known;
    }
    long start = System.nanoTime();
    Trained trained = train(asked, configuration, run);
    double seconds = (System.nanoTime() - start) / 1e9;
    ObjectNode row = measured(name(asked), trained.method(), configuration, run);
    row.put("fingerprint", fingerprint);
    row.put("seconds", ReportJson.rounded(seconds));
    row.put("dimension", configuration.teacher().dimension());
    for (ScoringMethod search : trained.searches()) {
      row.withArray("searches").add(measured(search.name(), search, configuration, run));
    }
    row.set("training", trained.details());
    row.set("origin", ReportJson.tree(run.invocation().origin()));
    EvaluationReport.write(ReportJson.text(row), file(asked, run));
    return row;
  }

  private static Path file(JsonNode asked, Run run) {
    return run.out().resolve(slug(asked) + ".json");
  }

  private static String name(JsonNode asked) {
    return asked.path("name").asText();
  }

  /** A row's file, without its ending. */
  static String slug(JsonNode asked) {
    return name(asked).replaceAll("[^A-Za-z0-9]+", "-");
  }

  private static String fingerprint(JsonNode asked, Dataset data, Configuration configuration) {
    return fingerprint(asked, data.identity(), configuration);
  }

  /** What a row follows from. */
  static String fingerprint(JsonNode asked, String data, Configuration configuration) {
    return Fingerprint.of(data + "\n" + name(asked), configuration, "");
  }

  /** The rows that are finished, of those asked for. */
  private List<ObjectNode> finished(JsonNode all, Run run) throws IOException {
    List<ObjectNode> rows = new ArrayList<>();
    for (JsonNode asked : all) {
      Configuration configuration = configuration(asked, run.data().name());
      ObjectNode row = finished(file(asked, run), fingerprint(asked, run.data(), configuration));
      if (row != null) {
        rows.add(row);
      }
    }
    return rows;
  }

  private Trained train(JsonNode asked, Configuration configuration, Run run) throws IOException {
    Dataset data = run.data();
    String name = name(asked);
    Path own = run.work().resolve(slug(asked));
    Corridor corridor = new Corridor(configuration, run.console());
    if (!asked.has("preset") && (asked.has("student") || asked.has("table"))) {
      Training training = corridor.training(data, run.work(), run.progress());
      training.teacher();
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
    Training training = corridor.training(data, own, run.progress());
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
  Configuration configuration(JsonNode asked, String data) {
    String place = "the paper's row " + name(asked);
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
  private ObjectNode rules(Run run) throws IOException {
    Configuration configuration = run.configuration();
    String identity = run.data().identity() + "\n" + RULES;
    String fingerprint = Fingerprint.of(identity, configuration, "");
    ObjectNode known = finished(rulesFile(run), fingerprint);
    if (known == null) {
      known = ReportJson.object();
      known.put("fingerprint", fingerprint);
      known.set("origin", ReportJson.tree(run.invocation().origin()));
      for (ScoringMethod method : counting(run)) {
        known.withArray("rows").add(measured(method.name(), method, configuration, run));
      }
      EvaluationReport.write(ReportJson.text(known), rulesFile(run));
    }
    return known;
  }

  private static Path rulesFile(Run run) {
    return run.out().resolve("rules.json");
  }

  private List<ScoringMethod> counting(Run run) throws IOException {
    EvaluationOptions evaluation = run.configuration().evaluation().options();
    List<ScoringMethod> methods =
        new ArrayList<>(Evaluation.opponents(run.data(), evaluation, run.progress()));
    methods.addAll(Evaluation.rivals(run.data(), evaluation, run.progress()));
    return methods;
  }

  private static ObjectNode measured(
      String name, ScoringMethod method, Configuration configuration, Run run) {
    Dataset data = run.data();
    ObjectNode report =
        ReportJson.read(
            Evaluation.run(
                    data,
                    null,
                    null,
                    List.of(method),
                    configuration.evaluation().options(),
                    run.progress())
                .toJson());
    ObjectNode row = ReportJson.object();
    row.put("name", name);
    row.set("data", report.get("data"));
    row.set("result", report.path("rules").path(method.name()));
    put(
        SessionTiming.measure(List.of(method), data.test(), TIMED_SESSIONS, data.catalogueSize())
            .get(0),
        row);
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
