package io.attar.training;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Function;

/** Trains models that no file holds, which the training engine measures. */
final class RivalTraining {
  private static final String TENSORS = "rival.tensors";

  /** Items that a search of a tree softmax finds: the most that measures look at. */
  private static final int SEARCHED_ITEMS = 20;

  private final Workshop workshop;
  private final TeacherOptions teacherOptions;
  private final long seed;
  private final TrainingListener listener;
  private final int[] clickCounts; // (V)
  private final Trainer.Validation validation;
  private final TeacherTraining teacher;

  RivalTraining(Workshop workshop) {
    this.workshop = workshop;
    this.teacherOptions = workshop.teacherOptions();
    this.seed = workshop.seed();
    this.listener = workshop.listener();
    this.clickCounts = workshop.clickCounts();
    this.validation = workshop.validation();
    this.teacher = new TeacherTraining(workshop);
  }

  /** As {@link Training#rival(String)}. */
  Training.Rival rival(String name) throws IOException {
    return rival(name, teacherOptions.identity(), workshop::denseTable);
  }

  /** As {@link Training#rival(String, TableOptions)}. */
  Training.Rival rival(String name, TableOptions table) throws IOException {
    requireTrainable(table);
    return rival(
        name, teacherOptions.identity() + table, start -> workshop.factoredTable(start, table));
  }

  /** As {@link Training#treeSoftmax}. */
  Training.TreeRival treeSoftmax(String name, TableOptions table) throws IOException {
    requireTreeSoftmax(table);
    workshop.makeFolder();
    Path file = workshop.folder().resolve(TENSORS);
    String fingerprint = workshop.fingerprint("tree-softmax", teacherOptions.identity() + table);
    int dimension = teacherOptions.dimension();
    TreeSoftmax tree =
        new TreeSoftmax(
            FactoredTables.blocks(table, dimension, clickCounts),
            dimension,
            Randoms.seed(seed, "tree", 0));
    SessionModel model =
        SessionModel.ofTree(
            workshop.encoder(teacherOptions.encoder()),
            workshop.factoredTable(workshop.start(fingerprint), table),
            tree);
    TensorFile trained = Workshop.finished(file, fingerprint);
    if (trained == null) {
      FittingOptions options = teacherOptions.fitting(Randoms.seed(seed, "tree-softmax", 0));
      Trainer trainer =
          workshop.trainer(
              "tree softmax",
              fingerprint,
              new TreeSoftmaxTraining(
                  model, tree, options.dropout(), teacherOptions.weightDecay(), options.seed()),
              options,
              validation,
              workshop.folder().resolve("tree-softmax.checkpoint"));
      trainer.run();
      ObjectNode histories = new ObjectMapper().createObjectNode();
      histories.set(model.encoder().name(), trainer.history());
      trained = Workshop.tensors(model, fingerprint, histories);
      trained.write(file);
    } else {
      listener.stageResumed("rival", -1, 0);
      Workshop.assign(model, trained);
    }
    RepeatCalibration.Result measured = validation.measure(model);
    EngineMethod method =
        method(
            name,
            model.encoder().name()
                + " encoder, "
                + dimension
                + " dimensions, table "
                + model.table()
                + ", "
                + tree,
            model,
            measured);
    return new Training.TreeRival(
        new Training.Rival(
            method,
            model.encoder().name(),
            measured.quality(),
            Workshop.parameterBytes(model),
            trained.about()),
        method.searching(tree, TreeSearch.Rule.EXACT, SEARCHED_ITEMS),
        method.searching(tree, TreeSearch.Rule.PUBLISHED, SEARCHED_ITEMS));
  }

  /** As {@link Training#sessionParallel}. */
  Training.Rival sessionParallel(String name, SessionParallelOptions options) throws IOException {
    workshop.makeFolder();
    Workshop.Recurrent trained = workshop.recurrent(options);
    ObjectNode about = new ObjectMapper().createObjectNode();
    about.set("epochs", trained.epochs());
    return rival(
        name,
        "session-parallel BPR-max, " + options.dimension() + " dimensions",
        trained.model(),
        validation.withRepeatHead(false),
        about);
  }

  private void requireTreeSoftmax(TableOptions table) {
    requireTrainable(table);
    if (!table.kind().equals(TableOptions.BLOCK_WISE)) {
      throw new IllegalArgumentException(
          "table.kind must be block-wise for a tree softmax, which has the same blocks: '"
              + table.kind()
              + "'");
    }
    TeacherOptions options = teacherOptions;
    require("encoder", !options.encoder().equals(TeacherOptions.AUTO), "one", options.encoder());
    require("scores", options.scores().equals(TeacherOptions.DOT), "dot", options.scores());
    require("repeatHead", !options.repeatHead(), "false", true);
    require("candidates", options.candidates() == 0, "0", options.candidates());
    require("neighbourWeight", options.neighbourWeight() == 0, "0", options.neighbourWeight());
    require("labelSmoothing", options.labelSmoothing() == 0, "0", options.labelSmoothing());
  }

  private static void require(String option, boolean holds, String rule, Object value) {
    if (!holds) {
      throw new IllegalArgumentException(
          "teacher." + option + " must be " + rule + " with a tree softmax: " + value);
    }
  }

  private static void requireTrainable(TableOptions table) {
    if (table.codes()) {
      throw new IllegalArgumentException(
          "table.kind must be a table of numbers for a rival, as codes are made of a trained"
              + " teacher: '"
              + table.kind()
              + "'");
    }
    if (table.bits() != Quantised.UNROUNDED) {
      throw new IllegalArgumentException(
          "table.bits must be "
              + Quantised.UNROUNDED
              + " for a rival, whose parameters are measured as single floats: "
              + table.bits());
    }
  }

  private Training.Rival rival(String name, String options, Function<float[], ItemTable> tables)
      throws IOException {
    workshop.makeFolder();
    Path file = workshop.folder().resolve(TENSORS);
    String fingerprint = workshop.fingerprint("rival", options);
    TensorFile trained = Workshop.finished(file, fingerprint);
    if (trained == null) {
      ObjectNode histories = new ObjectMapper().createObjectNode();
      SessionModel best = teacher.trainBest(fingerprint, histories, tables).model();
      trained = Workshop.tensors(best, fingerprint, histories);
      trained.write(file);
    } else {
      listener.stageResumed("rival", -1, 0);
    }
    SessionModel model = workshop.load(trained, tables.apply(workshop.start(fingerprint)));
    return rival(
        name,
        model.encoder().name()
            + " encoder, "
            + teacherOptions.scores()
            + " scores, "
            + teacherOptions.dimension()
            + " dimensions"
            + (model.table() instanceof FactoredItemTable ? ", table " + model.table() : ""),
        model,
        validation,
        trained.about());
  }

  private Training.Rival rival(
      String name,
      String description,
      SessionModel model,
      Trainer.Validation heldOut,
      JsonNode about) {
    RepeatCalibration.Result measured = heldOut.measure(model);
    return new Training.Rival(
        method(name, description, model, measured),
        model.encoder().name(),
        measured.quality(),
        Workshop.parameterBytes(model),
        about);
  }

  private EngineMethod method(
      String name, String description, SessionModel model, RepeatCalibration.Result measured) {
    boolean[] known = new boolean[clickCounts.length];
    for (int v = 0; v < known.length; v++) {
      known[v] = clickCounts[v] > 0;
    }
    return new EngineMethod(
        name,
        description,
        model,
        measured,
        teacherOptions.maximumSessionLength(),
        known,
        Workshop.parameterBytes(model));
  }
}
