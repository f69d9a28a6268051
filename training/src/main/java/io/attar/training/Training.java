package io.attar.training;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.attar.data.Dataset;
import io.attar.data.Sessions;
import io.attar.evaluation.EvaluationOptions;
import io.attar.evaluation.NeighbourSettings;
import io.attar.evaluation.ScoringMethod;
import io.attar.evaluation.SessionNeighbours;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The front door of training: a data set becomes a teacher, a teacher becomes the model file.
 *
 * <p>All state lives in a work folder: checkpoints while a stage runs, its result when it is done.
 * A call that finds them goes on where they end; results of other data or settings are made anew.
 * Same data, options, seed and machine: same bytes.
 */
public final class Training {
  /**
   * Raised whenever training computes something else than before, so that old work is not reused.
   */
  private static final int GENERATION = 2;

  /** Raised whenever calibration computes something else: teachers are then calibrated anew. */
  private static final int CALIBRATION = 4;

  private static final int POPULAR_ITEMS = 100;

  /**
   * Points of NDCG@10 that self-attention must lead by: its weights cost as much as two codebooks.
   */
  private static final double NETWORK_LEAD = 0.2;

  /**
   * What the recurrent model's scores are multiplied by before their exponentials are votes:
   * BPR-max keeps them small. On RetailRocket's validation sessions its unseen items mixed with the
   * teacher's rank best between four and eight.
   */
  private static final double RECURRENT_SHARPNESS = 6;

  private static final String TEACHER_FILE = "teacher.attar";
  private static final String TEACHER_TENSORS = "teacher.tensors";
  private static final String RIVAL_TENSORS = "rival.tensors";

  /** Items that a search of a tree softmax finds: the most that measures look at. */
  private static final int SEARCHED_ITEMS = 20;

  private final Dataset data;
  private final TeacherOptions teacherOptions;
  private final long seed;
  private final Path work;
  private final double checkpointSeconds;
  private final TrainingListener listener;
  private final int[] clickCounts; // (V) in training sessions
  private final Trainer.Validation validation;
  private @Nullable Votes votes; // collected when first needed

  /**
   * Training of one data set in one work folder.
   *
   * @param data with a validation part
   * @param seed of everything random
   * @param work folder for checkpoints and results; made when missing
   * @param checkpointSeconds least time between two checkpoints within an epoch
   * @throws IllegalArgumentException when the data has no validation case
   */
  public Training(
      Dataset data,
      TeacherOptions teacherOptions,
      long seed,
      Path work,
      double checkpointSeconds,
      TrainingListener listener) {
    if (data.validation().caseCount(data.minimumPrefixLength()) < 2) {
      throw new IllegalArgumentException(
          "the data '"
              + data.name()
              + "' holds no validation sessions to select on: prepare it again with a larger"
              + " prepare.validationCases");
    }
    this.data = data;
    this.teacherOptions = teacherOptions;
    this.seed = seed;
    this.work = work;
    this.checkpointSeconds = checkpointSeconds;
    this.listener = listener;
    this.clickCounts = counts(data.training(), data.catalogueSize());
    this.validation =
        new Trainer.Validation(
            onlyKnown(data.validation(), clickCounts),
            clickCounts,
            teacherOptions.maximumSessionLength(),
            data.minimumPrefixLength(),
            teacherOptions.repeatHead());
    TorchEnvironment.prepare();
  }

  /**
   * A finished model.
   *
   * @param file the model file
   * @param encoder the encoder it uses
   * @param quality cross-fitted quality on the validation sessions
   * @param parameterBytes bytes of its trained parameters as fp32
   * @param details how it came about: epochs, code statistics
   */
  public record Result(
      Path file, String encoder, HeldOutQuality quality, long parameterBytes, JsonNode details) {}

  private record Trained(SessionModel model, Trainer trainer) {}

  /**
   * A finished model that no file holds.
   *
   * @param method ranks by it, through the training engine
   * @param encoder the encoder it uses
   * @param quality on the validation sessions
   * @param parameterBytes bytes of its trained parameters as fp32
   * @param details how it came about: epochs
   */
  public record Rival(
      ScoringMethod method,
      String encoder,
      HeldOutQuality quality,
      long parameterBytes,
      JsonNode details) {}

  /**
   * Trains the teacher, or finds it trained; writes {@code teacher.attar} into the work folder.
   *
   * @throws IllegalArgumentException when the options ask for a model that the file has no place
   *     for
   */
  public Result teacher() throws IOException {
    requireShippable();
    makeWorkFolder();
    Path file = work.resolve(TEACHER_FILE);
    String fingerprint = fingerprint("teacher", teacherOptions.identity());
    TensorFile trained = finished(work.resolve(TEACHER_TENSORS), fingerprint);
    if (trained == null) {
      trained = trainTeacher(fingerprint);
    } else {
      listener.stageResumed("teacher", -1, 0);
      if (Files.exists(file) && trained.about().path("calibration").asInt() == CALIBRATION) {
        return result(file, trained.about());
      }
    }
    SessionModel model = load(trained);
    listener.stageStarted("teacher's calibration");
    RepeatCalibration.Result calibrated =
        validation.calibrate(model, Randoms.seed(seed, "teacher", 1), null, listener);
    ObjectNode about = (ObjectNode) trained.about().deepCopy();
    about.put("calibration", CALIBRATION);
    about.set("quality", quality(calibrated));
    write(file, ship(model, calibrated, "teacher", about));
    trained.about(about).write(work.resolve(TEACHER_TENSORS));
    return result(file, about);
  }

  /** Refuses what the runtime could not compute. */
  private void requireShippable() {
    String encoder = teacherOptions.encoder();
    if (!List.of(TeacherOptions.AUTO, WeightedMeanEncoder.NAME, SelfAttentionEncoder.NAME)
        .contains(encoder)) {
      throw new IllegalArgumentException(
          "teacher.encoder must be auto, weighted-mean or self-attention for a model file, as its"
              + " runtime computes no other: '"
              + encoder
              + "'; it can be trained as a rival and measured by the training engine");
    }
    if (!teacherOptions.scores().equals(TeacherOptions.COSINE)) {
      throw new IllegalArgumentException(
          "teacher.scores must be cosine for a model file, whose runtime divides every session"
              + " vector by its length: '"
              + teacherOptions.scores()
              + "'; it can be trained as a rival and measured by the training engine");
    }
  }

  /**
   * Trains the model of the options as it is, or finds it trained: nothing is folded in, no file
   * ships. Any encoder and any scores will do. It needs a work folder of its own.
   *
   * @param name what reports call it
   */
  public Rival rival(String name) throws IOException {
    return rival(name, teacherOptions.identity(), this::denseTable);
  }

  /**
   * The same with a compressed item table, trained from the start of the options instead of being
   * distilled: it begins as the table of its shape that is most like those rows.
   *
   * @param table its kind and shape, of unrounded numbers
   * @throws IllegalArgumentException when the table is one of codes, which are made of a trained
   *     teacher, when its numbers are to be rounded, or when none of its shape fits the bytes
   */
  public Rival rival(String name, TableOptions table) throws IOException {
    requireTrainable(table);
    return rival(name, teacherOptions.identity() + table, start -> factoredTable(start, table));
  }

  /**
   * A finished model with a tree softmax.
   *
   * @param rival scores every item
   * @param exact the same model, which only searches for the best items, and finds them
   * @param published searches by the rule of the paper's code, which can miss some
   */
  public record TreeRival(Rival rival, ScoringMethod exact, ScoringMethod published) {}

  /**
   * Trains CpRec whole (Sun et al., SIGIR 2020), or finds it trained: clicks are read from a
   * block-wise table, items are scored by a tree softmax with blocks of the same items and ranks.
   * The two are not tied. It needs a work folder of its own.
   *
   * @param name what reports call it
   * @param table of kind block-wise and unrounded numbers; its bytes are those of the clicks' side,
   *     the tree takes about as many again
   * @throws IllegalArgumentException when the table is another, or the options ask for what this
   *     loss has not: scores other than dot products, a repeat head, sampled candidates, votes of
   *     neighbours or smoothed labels
   */
  public TreeRival treeSoftmax(String name, TableOptions table) throws IOException {
    requireTreeSoftmax(table);
    makeWorkFolder();
    Path file = work.resolve(RIVAL_TENSORS);
    String fingerprint = fingerprint("tree-softmax", teacherOptions.identity() + table);
    int dimension = teacherOptions.dimension();
    TreeSoftmax tree =
        new TreeSoftmax(
            FactoredTables.blocks(table, dimension, clickCounts),
            dimension,
            Randoms.seed(seed, "tree", 0));
    SessionModel model =
        SessionModel.ofTree(
            encoder(teacherOptions.encoder()), factoredTable(start(fingerprint), table), tree);
    TensorFile trained = finished(file, fingerprint);
    if (trained == null) {
      FittingOptions options = teacherOptions.fitting(Randoms.seed(seed, "tree-softmax", 0));
      Trainer trainer =
          new Trainer(
              "tree softmax",
              fingerprint,
              new TreeSoftmaxTraining(
                  model, tree, options.dropout(), teacherOptions.weightDecay(), options.seed()),
              options,
              data.training(),
              validation,
              work.resolve("tree-softmax.checkpoint"),
              checkpointSeconds,
              listener);
      trainer.run();
      ObjectNode histories = new ObjectMapper().createObjectNode();
      histories.set(model.encoder().name(), trainer.history());
      trained = tensors(model, fingerprint, histories);
      trained.write(file);
    } else {
      listener.stageResumed("rival", -1, 0);
      assign(model, trained);
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
    return new TreeRival(
        new Rival(
            method,
            model.encoder().name(),
            measured.quality(),
            parameterBytes(model),
            trained.about()),
        method.searching(tree, TreeSearch.Rule.EXACT, SEARCHED_ITEMS),
        method.searching(tree, TreeSearch.Rule.PUBLISHED, SEARCHED_ITEMS));
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

  private Rival rival(String name, String options, Function<float[], ItemTable> tables)
      throws IOException {
    makeWorkFolder();
    Path file = work.resolve(RIVAL_TENSORS);
    String fingerprint = fingerprint("rival", options);
    TensorFile trained = finished(file, fingerprint);
    if (trained == null) {
      ObjectNode histories = new ObjectMapper().createObjectNode();
      SessionModel best = trainBest(fingerprint, histories, tables).model();
      trained = tensors(best, fingerprint, histories);
      trained.write(file);
    } else {
      listener.stageResumed("rival", -1, 0);
    }
    SessionModel model = load(trained, tables.apply(start(fingerprint)));
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

  /**
   * Trains GRU4Rec as its authors do, or finds it trained. Of the teacher's options only the most
   * clicks of a session count, for measuring. It needs a work folder of its own.
   *
   * @param name what reports call it
   */
  public Rival sessionParallel(String name, SessionParallelOptions options) throws IOException {
    makeWorkFolder();
    Recurrent trained = recurrent(options);
    ObjectNode about = new ObjectMapper().createObjectNode();
    about.set("epochs", trained.epochs());
    return rival(
        name,
        "session-parallel BPR-max, " + options.dimension() + " dimensions",
        trained.model(),
        validation.withRepeatHead(false),
        about);
  }

  /** GRU4Rec trained session-parallel, and how each epoch ended. */
  private record Recurrent(SessionModel model, JsonNode epochs) {}

  /** Trains it, or finds it trained. */
  private Recurrent recurrent(SessionParallelOptions options) throws IOException {
    SessionParallelTraining training =
        new SessionParallelTraining(
            options,
            data.training(),
            clickCounts,
            validation.withRepeatHead(false),
            Randoms.seed(seed, "session-parallel", 0));
    String fingerprint =
        fingerprint("session-parallel", options.toString() + teacherOptions.maximumSessionLength());
    JsonNode epochs =
        training.run(work.resolve("session-parallel.checkpoint"), fingerprint, listener);
    return new Recurrent(training.model(), epochs);
  }

  private Rival rival(
      String name,
      String description,
      SessionModel model,
      Trainer.Validation heldOut,
      JsonNode about) {
    RepeatCalibration.Result measured = heldOut.measure(model);
    return new Rival(
        method(name, description, model, measured),
        model.encoder().name(),
        measured.quality(),
        parameterBytes(model),
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
        parameterBytes(model));
  }

  /** Trains the encoder asked for, or the winner of the race; adds each one's epochs. */
  private Trained trainBest(
      String fingerprint, ObjectNode histories, Function<float[], ItemTable> tables)
      throws IOException {
    float[] start = start(fingerprint);
    Trained best =
        train(
            encoder(start, fingerprint, histories, tables),
            tables.apply(start),
            fingerprint,
            teacherOptions.epochs());
    histories.set(best.model().encoder().name(), best.trainer().history());
    return best;
  }

  /** Trains the teacher and keeps its parameters, not yet calibrated. */
  private TensorFile trainTeacher(String fingerprint) throws IOException {
    ObjectNode histories = new ObjectMapper().createObjectNode();
    SessionModel model = trainBest(fingerprint, histories, this::denseTable).model();
    float[] rows;
    try (PointerScope scope = new PointerScope()) {
      rows = Tensors.floats(model.allUsedRows());
    }
    FoldIn.fill(rows, teacherOptions.dimension(), clickCounts, data.validation());
    SessionModel folded = model(model.encoder(), denseTable(rows));
    folded.copyAllButTable(model);

    TensorFile trained = tensors(folded, fingerprint, histories);
    trained.write(work.resolve(TEACHER_TENSORS));
    return trained;
  }

  /** A trained model's parameters and how they came about. */
  private static TensorFile tensors(SessionModel model, String fingerprint, JsonNode histories) {
    ObjectNode about = new ObjectMapper().createObjectNode();
    about.put("fingerprint", fingerprint);
    about.put("encoder", model.encoder().name());
    about.put("parameterBytes", parameterBytes(model));
    about.set("epochs", histories);
    Map<String, float[]> arrays = new LinkedHashMap<>();
    for (Parameter parameter : model.parameters()) {
      arrays.put(parameter.name(), Tensors.floats(parameter.value()));
    }
    return new TensorFile(about, arrays);
  }

  /**
   * Distils the trained teacher into a student and writes the model file.
   *
   * @param distillation tasks beside the student's own losses; a teacher that learns with the
   *     student is a copy, the one in the work folder stays as it is
   * @param out where the model file goes
   * @throws TrainingException when no teacher of these data and options lies in the work folder
   */
  public Result student(StudentOptions options, DistillationOptions distillation, Path out)
      throws IOException {
    return student(options, distillation, out, work);
  }

  /**
   * The same, for one of several students of the work folder's teacher.
   *
   * @param own existing folder for this student's codes and checkpoint
   */
  public Result student(
      StudentOptions options, DistillationOptions distillation, Path out, Path own)
      throws IOException {
    return student(options, TableOptions.defaults(), distillation, out, own);
  }

  /**
   * The same, for a student of any item table.
   *
   * @param table what its item table is
   */
  public Result student(
      StudentOptions options,
      TableOptions table,
      DistillationOptions distillation,
      Path out,
      Path own)
      throws IOException {
    // One after another, students must not wait for the collector to give their memory back.
    try (PointerScope scope = new PointerScope()) {
      return distilled(options, table, distillation, out, own);
    }
  }

  private Result distilled(
      StudentOptions options,
      TableOptions tableOptions,
      DistillationOptions distillation,
      Path out,
      Path own)
      throws IOException {
    int coded = data.catalogueSize() - options.denseItems();
    if (coded < 1) {
      throw new IllegalArgumentException(
          "student.denseItems must be below the number of items, "
              + data.catalogueSize()
              + ": "
              + options.denseItems());
    }
    if (options.itemBias() && (distillation.recombines() || distillation.teacherLearns())) {
      throw new IllegalArgumentException(
          "student.itemBias must be false with distillation.contrastiveWeight,"
              + " distillation.predictiveWeight or distillation.teacherLearningRate above 0: they"
              + " compare vectors that have no bias");
    }
    if (options.pretrainingEpochs() > 0 && options.denseItems() > 0) {
      throw new IllegalArgumentException(
          "student.denseItems must be 0 with student.pretrainingEpochs above 0, which fits the"
              + " codes of all items: "
              + options.denseItems());
    }
    if (tableOptions.codes()) {
      Quantiser.requireEnoughCodes(options.codebooks(), options.codewords(), coded);
      Quantiser.requireShape(options, teacherOptions.dimension());
    } else if (options.denseItems() > 0 || options.pretrainingEpochs() > 0) {
      throw new IllegalArgumentException(
          "student.denseItems and student.pretrainingEpochs must be 0 unless table.kind is codes: "
              + options.denseItems()
              + " and "
              + options.pretrainingEpochs()
              + " with "
              + tableOptions.kind());
    }
    TensorFile teacherFile =
        finished(work.resolve(TEACHER_TENSORS), fingerprint("teacher", teacherOptions.identity()));
    if (teacherFile == null) {
      throw new TrainingException(
          "no teacher of these data and options lies in " + work + ": run attar train first");
    }
    SessionModel teacher = load(teacherFile);
    String repeats = teacherFile.about().path("quality").path("repeats").asText(null);
    String fingerprint =
        fingerprint(
            "student",
            teacherOptions.identity()
                + options.toString()
                + distillation.toString()
                + (tableOptions.codes() ? "" : tableOptions.toString()));
    if (distillation.shipsMixture()) {
      listener.said(
          "AS RELEASED: the file will hold "
              + distillation.mixupShare()
              + " parts of the teacher's table in a dense table of single floats. It is no"
              + " compressed model, and its quality is not that of one");
    }
    ObjectNode about = new ObjectMapper().createObjectNode();
    Start start =
        tableOptions.codes()
            ? codes(teacher, options, fingerprint, own, about)
            : new Start(factoredTable(rows(teacher), tableOptions), teacher);
    double errorAtStart =
        tableOptions.codes() ? 0 : start.table().reconstructionError(teacher.allUsedRows());
    SessionModel student =
        new SessionModel(
            encoder(teacher.encoder().name()),
            start.table(),
            true,
            options.scalarLearningRateFactor(),
            options.itemBias());
    student.copyAllButTable(start.model());
    if (!options.repeatHead()) {
      student.withoutRepeatBonus();
    }
    Trainer.Validation heldOut = validation.withRepeatHead(options.repeatHead());
    FittingOptions fittingOptions = options.fitting(Randoms.seed(seed, "student", 0));
    Distillation steps = distillation(student, teacher, options, distillation, fittingOptions);
    RepeatCalibration.Result before =
        distillation.teacherLearns() ? validation.measure(teacher) : null;
    Trainer trainer =
        new Trainer(
            "student",
            fingerprint,
            steps,
            fittingOptions,
            data.training(),
            heldOut,
            own.resolve("student.checkpoint"),
            checkpointSeconds,
            listener);
    trainer.run();

    SessionModel shipped = distillation.shipsMixture() ? dense(steps.model()) : student;
    for (Parameter parameter : student.encoder().parameters()) {
      if (ModelFileWriter.roundsEncoder(shipped)
          && student.encoder() instanceof SelfAttentionEncoder
          && Quantised.isMatrix(parameter)) {
        Quantised.roundTrip(parameter.value(), ModelFileWriter.ENCODER_BITS);
      }
    }
    Tensor itemBias = student.itemBias();
    if (itemBias != null && ModelFileWriter.roundsEncoder(shipped)) {
      Quantised.roundTrip(itemBias.view(1, -1), ModelFileWriter.BIAS_BITS);
    }
    RepeatCalibration.Result calibrated =
        heldOut.calibrate(shipped, Randoms.seed(seed, "student", 1), repeats, listener);
    about.put("fingerprint", fingerprint);
    about.put("encoder", student.encoder().name());
    about.set("options", new ObjectMapper().valueToTree(options));
    if (!distillation.off()) {
      about.set("distillation", new ObjectMapper().valueToTree(distillation));
    }
    if (student.table() instanceof FactoredItemTable factored) {
      ObjectNode described =
          FactoredTables.description(
              factored, errorAtStart, factored.reconstructionError(teacher.allUsedRows()));
      described.set("options", new ObjectMapper().valueToTree(tableOptions));
      about.set("table", described);
    }
    about.put("parameterBytes", parameterBytes(shipped));
    about.set("quality", quality(calibrated));
    about.set("epochs", trainer.history());
    if (before != null) {
      RepeatCalibration.Result after = validation.measure(teacher);
      ObjectNode taught = about.putObject("teacher");
      taught.set("before", quality(before));
      taught.set("after", quality(after));
      listener.said(
          String.format(
              Locale.ROOT,
              "the teacher that learned with it: validation NDCG@10 %.2f before, %.2f after",
              before.quality().gain(),
              after.quality().gain()));
    }
    byte[] bytes =
        ship(
            shipped,
            calibrated,
            distillation.shipsMixture() ? "student mixed with its teacher's table" : "student",
            about);
    write(out, bytes);
    return result(out, about);
  }

  private Fitting fitting(
      SessionModel model,
      @Nullable SessionModel teacher,
      double neighbourWeight,
      FittingOptions options)
      throws IOException {
    return new Fitting(
        model,
        teacher,
        votes(neighbourWeight),
        neighbourWeight,
        new CandidateSampler(clickCounts, options.candidates()),
        options.dropout(),
        options.softTargetWeight(),
        options.seed());
  }

  /**
   * Times the steps of teachers and of a student, from a start that no training has touched.
   *
   * @param steps how many of each are timed
   */
  public List<TrainingSpeed> speed(StudentOptions options, int steps) throws IOException {
    makeWorkFolder();
    float[] start = start(fingerprint("teacher", teacherOptions.identity()));
    List<TrainingSpeed> speeds = new ArrayList<>();
    for (String encoder : List.of(WeightedMeanEncoder.NAME, SelfAttentionEncoder.NAME)) {
      SessionModel teacher = model(encoder(encoder), denseTable(start));
      FittingOptions fitting = teacherOptions.fitting(Randoms.seed(seed, encoder, 0));
      speeds.add(
          TrainingSpeed.measure(
              "teacher, " + encoder,
              fitting(teacher, null, teacherOptions.neighbourWeight(), fitting),
              fitting,
              data.training(),
              validation.window(),
              3,
              steps));
      CompositionalItemTable table =
          table(
              learnCodes(teacher, options, fingerprint("speed", options.toString()), work),
              denseRows(teacher, options),
              options);
      SessionModel student =
          new SessionModel(encoder(encoder), table, true, options.scalarLearningRateFactor());
      student.copyAllButTable(teacher);
      FittingOptions tuning = options.fitting(Randoms.seed(seed, "student", 0));
      speeds.add(
          TrainingSpeed.measure(
              "student, " + encoder,
              fitting(student, teacher, options.neighbourWeight(), tuning),
              tuning,
              data.training(),
              validation.window(),
              4,
              steps));
    }
    return speeds;
  }

  /** The student's steps with the tasks that are on. */
  private Distillation distillation(
      SessionModel student,
      SessionModel teacher,
      StudentOptions options,
      DistillationOptions tasks,
      FittingOptions fittingOptions)
      throws IOException {
    MixedItemTable mixed =
        tasks.mixes() ? new MixedItemTable(student.table(), teacher, tasks.mixupShare()) : null;
    SessionModel learning = mixed == null ? student : student.over(mixed);
    SessionModel measured = tasks.shipsMixture() ? learning : student;
    Fitting fitting = fitting(learning, teacher, options.neighbourWeight(), fittingOptions);
    Fitting teacherFitting =
        tasks.teacherLearns()
            ? new Fitting(
                teacher,
                measured,
                votes(teacherOptions.neighbourWeight()),
                teacherOptions.neighbourWeight(),
                new CandidateSampler(clickCounts, teacherOptions.candidates()),
                teacherOptions.dropout(),
                tasks.teacherSoftTargetWeight(),
                Randoms.seed(seed, "teacher of a student", 0))
            : null;
    Recombination recombination =
        tasks.recombines()
            ? new Recombination(
                tasks,
                teacherOptions.dimension(),
                clickCounts,
                Randoms.seed(seed, "recombination", 0))
            : null;
    return new Distillation(
        tasks,
        measured,
        fitting,
        mixed,
        teacherFitting,
        tasks.teacherLearningRate() / options.learningRate(),
        recombination);
  }

  /** The model with the rows that it is measured by as free ones. */
  private static SessionModel dense(SessionModel model) {
    float[] rows;
    try (PointerScope scope = new PointerScope()) {
      rows = Tensors.floats(model.allUsedRows());
    }
    ItemTable table = model.table();
    return model.over(new DenseItemTable(Tensors.of(rows, table.size(), table.dimension())));
  }

  private void makeWorkFolder() throws IOException {
    try {
      Files.createDirectories(work);
    } catch (IOException e) {
      throw new IOException(
          "the work folder "
              + work
              + " cannot be made"
              + (Files.exists(work) ? ": it is a file" : "")
              + "; choose another place for it",
          e);
    }
  }

  private float[] start(String fingerprint) throws IOException {
    if (teacherOptions.start().equals(TeacherOptions.RANDOM)) {
      return Layers.uniform(
          new SplittableRandom(Randoms.seed(seed, "start", 0)),
          data.catalogueSize() * teacherOptions.dimension(),
          1 / Math.sqrt(teacherOptions.dimension()));
    }
    Path file = work.resolve("start.tensors");
    TensorFile made = finished(file, fingerprint);
    if (made != null) {
      return made.array("rows");
    }
    listener.stageStarted("co-occurrence start");
    float[] rows =
        CooccurrenceStart.rows(
            data.training(),
            data.catalogueSize(),
            teacherOptions.dimension(),
            teacherOptions.startExponent(),
            Randoms.seed(seed, "start", 0));
    ObjectNode about = new ObjectMapper().createObjectNode().put("fingerprint", fingerprint);
    new TensorFile(about, Map.of("rows", rows)).write(file);
    return rows;
  }

  private @Nullable Votes votes(double weight) throws IOException {
    if (weight == 0) {
      return null;
    }
    if (votes == null) {
      listener.stageStarted("session neighbours");
      NeighbourSettings settings =
          SessionNeighbours.choose(data, EvaluationOptions.DEFAULT, (stage, done, total) -> {})
              .settings();
      votes =
          Votes.ofNeighbours(
              new SessionNeighbours(data.training(), data.catalogueSize(), settings),
              data.training(),
              teacherOptions.maximumSessionLength());
      if (teacherOptions.recurrentShare() > 0) {
        votes = votes.mixedWith(recurrentVotes(), teacherOptions.recurrentShare());
      }
    }
    return votes;
  }

  /** Votes of a recurrent model, trained where none is there yet; kept, as they take minutes. */
  private Votes recurrentVotes() throws IOException {
    int window = teacherOptions.maximumSessionLength();
    String fingerprint =
        fingerprint("recurrent votes", SessionParallelOptions.defaults().toString() + window);
    Path file = work.resolve("recurrent-votes.tensors");
    TensorFile made = finished(file, fingerprint);
    if (made == null) {
      try (PointerScope scope = new PointerScope()) {
        Votes found =
            ModelVotes.collect(
                recurrent(SessionParallelOptions.defaults()).model(),
                clickCounts,
                RECURRENT_SHARPNESS,
                data.training(),
                window,
                listener);
        ObjectNode about = new ObjectMapper().createObjectNode().put("fingerprint", fingerprint);
        made = new TensorFile(about, found.arrays());
      }
      made.write(file);
    }
    float[] numbers = made.array("items");
    int[] items = new int[numbers.length];
    for (int i = 0; i < items.length; i++) {
      items[i] = (int) numbers[i];
    }
    Sessions sessions = data.training();
    return Votes.of(sessions.start(Votes.firstSession(sessions)), items, made.array("shares"));
  }

  /** The encoder asked for, or the winner of a race over the first epoch. */
  private String encoder(
      float[] start, String fingerprint, ObjectNode histories, Function<float[], ItemTable> tables)
      throws IOException {
    if (!teacherOptions.encoder().equals(TeacherOptions.AUTO)) {
      return teacherOptions.encoder();
    }
    Trained mean = train(WeightedMeanEncoder.NAME, tables.apply(start), fingerprint, 1);
    Trained attention = train(SelfAttentionEncoder.NAME, tables.apply(start), fingerprint, 1);
    histories.set(WeightedMeanEncoder.NAME, mean.trainer().history());
    histories.set(SelfAttentionEncoder.NAME, attention.trainer().history());
    double lead = firstGain(attention) - firstGain(mean);
    String winner = lead > NETWORK_LEAD ? SelfAttentionEncoder.NAME : WeightedMeanEncoder.NAME;
    listener.said("encoder on validation: " + winner);
    return winner;
  }

  /** NDCG@10 after the first epoch, in percent, whatever epochs a resumed run has made since. */
  private static double firstGain(Trained trained) {
    JsonNode history = trained.trainer().history();
    return history.get(Math.min(1, history.size() - 1)).get("ndcg@10").asDouble();
  }

  private Trained train(String encoder, ItemTable table, String fingerprint, int mostEpochs)
      throws IOException {
    SessionModel model = model(encoder(encoder), table);
    FittingOptions options = teacherOptions.fitting(Randoms.seed(seed, encoder, 0));
    Fitting fitting =
        fitting(model, null, teacherOptions.neighbourWeight(), options)
            .regularised(teacherOptions.labelSmoothing(), teacherOptions.weightDecay());
    Trainer trainer =
        new Trainer(
            "teacher " + encoder,
            fingerprint,
            fitting,
            options,
            data.training(),
            validation,
            work.resolve("teacher-" + encoder + ".checkpoint"),
            checkpointSeconds,
            listener);
    if (mostEpochs > 1 && teacherOptions.encoder().equals(TeacherOptions.AUTO)) {
      trainer.afterRace();
    }
    trainer.run(mostEpochs);
    return new Trained(model, trainer);
  }

  /**
   * What the student starts with.
   *
   * @param table to be trained
   * @param model whose encoder, scale and repeat bonus it takes over
   */
  private record Start(ItemTable table, SessionModel model) {}

  /** Codes and codebooks, pretrained where that is asked for. */
  private Start codes(
      SessionModel teacher, StudentOptions options, String fingerprint, Path own, ObjectNode about)
      throws IOException {
    listener.stageStarted("codes");
    Quantiser.Result found = learnCodes(teacher, options, fingerprint, own);
    SessionModel model = teacher;
    if (options.pretrainingEpochs() > 0) {
      Pretrained pretrained = pretrain(found, teacher, options, fingerprint, own, about);
      found = pretrained.found();
      model = pretrained.model();
    }
    about.set("codes", statistics(found));
    return new Start(table(found, denseRows(teacher, options), options), model);
  }

  private FactoredItemTable factoredTable(float[] rows, TableOptions options) {
    listener.stageStarted("table");
    return FactoredTables.of(
        options, rows, teacherOptions.dimension(), clickCounts, Randoms.seed(seed, "table", 0));
  }

  private Quantiser.Result learnCodes(
      SessionModel teacher, StudentOptions options, String fingerprint, Path own)
      throws IOException {
    Path file = own.resolve("codes.tensors");
    TensorFile made = finished(file, fingerprint);
    int[] coded = denseRows(teacher, options).others(data.catalogueSize());
    if (made == null) {
      Quantiser quantiser = quantiser(options, coded);
      if (options.codeMetric().equals(StudentOptions.SCORES)) {
        int window = teacherOptions.maximumSessionLength();
        quantiser = ScoreMetric.of(teacher, data.training(), window).over(quantiser, listener);
      }
      Quantiser.Result learned =
          quantiser.learn(
              DenseRows.select(rows(teacher), coded, teacherOptions.dimension()),
              Arrays.stream(coded).map(v -> clickCounts[v]).toArray(),
              options,
              Randoms.seed(seed, "codes", 0));
      made = CodesFile.of(learned, fingerprint);
      made.write(file);
    }
    return CodesFile.read(made, coded.length);
  }

  private Quantiser quantiser(StudentOptions options, int[] coded) throws IOException {
    return switch (options.quantiser()) {
      case ResidualCodes.NAME -> new ResidualCodes();
      case AdditiveCodes.NAME -> new AdditiveCodes(listener);
      case ProductCodes.NAME -> new ProductCodes();
      case GumbelCodes.NAME -> new GumbelCodes(listener);
      case QuantileCodes.NAME ->
          new QuantileCodes(
              DenseRows.select(
                  start(fingerprint("teacher", teacherOptions.identity())),
                  coded,
                  teacherOptions.dimension()));
      case HashedCodes.NAME -> new HashedCodes();
      case RandomCodes.NAME -> new RandomCodes();
      default ->
          throw new IllegalStateException("the options know no quantiser " + options.quantiser());
    };
  }

  /** (V, N) a model's rows as they are scored. */
  private static float[] rows(SessionModel model) {
    try (PointerScope scope = new PointerScope()) {
      return Tensors.floats(model.allUsedRows());
    }
  }

  private CompositionalItemTable table(
      Quantiser.Result found, DenseRows dense, StudentOptions options) {
    return new CompositionalItemTable(
        found.codes(), codebooks(found), found.product(), options.codebookBits(), dense);
  }

  /** The items with a row of their own, and where these start. */
  private DenseRows denseRows(SessionModel teacher, StudentOptions options) {
    return options.denseItems() == 0
        ? DenseRows.NONE
        : DenseRows.mostClicked(rows(teacher), clickCounts, options.denseItems());
  }

  /** (M K, N). */
  private Tensor codebooks(Quantiser.Result found) {
    return Tensors.of(
        found.codebooks(),
        (long) found.codes().codebookCount() * found.codes().codewordCount(),
        teacherOptions.dimension());
  }

  /**
   * What pretraining leaves.
   *
   * @param found codes and codebooks
   * @param model whose encoder, scale and repeat bonus the student takes over
   */
  private record Pretrained(Quantiser.Result found, SessionModel model) {}

  /**
   * Codebooks, encoder and, where codes are learned by gradient, the codes too, fitted to labels
   * and to the teacher's rows at once (EODRec eq. 24); then codes are fixed.
   */
  private Pretrained pretrain(
      Quantiser.Result found,
      SessionModel teacher,
      StudentOptions options,
      String fingerprint,
      Path own,
      ObjectNode about)
      throws IOException {
    float[] rows = rows(teacher);
    Tensor target = Tensors.of(rows, data.catalogueSize(), teacherOptions.dimension());
    boolean learning = !found.encoder().isEmpty();
    ComposedItemTable table =
        learning ? learningTable(found, target, options) : table(found, DenseRows.NONE, options);
    SessionModel model =
        new SessionModel(
            encoder(teacher.encoder().name()),
            new ReconstructingItemTable(table, target),
            true,
            options.scalarLearningRateFactor());
    model.copyAllButTable(teacher);
    FittingOptions fittingOptions = options.pretraining(Randoms.seed(seed, "pretraining", 0));
    Fitting fitting = fitting(model, null, 0, fittingOptions);
    Trainer trainer =
        new Trainer(
            "pretraining",
            fingerprint,
            fitting,
            fittingOptions,
            data.training(),
            validation,
            own.resolve("pretraining.checkpoint"),
            checkpointSeconds,
            listener);
    trainer.run();
    Composition composition = new Composition(rows, clickCounts, options);
    composition.set(table.codes().columns(), table.codewords());
    Quantiser.Result fixed =
        composition.result(found.product(), learning && options.uniqueCodes()).after(found);
    ObjectNode details = about.putObject("pretraining");
    details.put("changedItems", fixed.codes().changed(found.codes()));
    details.put("reconstructionErrorBefore", found.error());
    details.set("epochs", trainer.history());
    return new Pretrained(fixed, model);
  }

  private GumbelItemTable learningTable(
      Quantiser.Result found, Tensor target, StudentOptions options) {
    CodeEncoder encoder =
        CodeEncoder.restored(
            found.encoder(),
            teacherOptions.dimension(),
            options,
            options.codeLearningRate() / options.learningRate());
    return new GumbelItemTable(
        encoder, target, codebooks(found), options.codewords(), options.codebookBits());
  }

  private static ObjectNode statistics(Quantiser.Result found) {
    ObjectNode statistics = new ObjectMapper().createObjectNode();
    statistics.put("reconstructionError", found.error());
    statistics.put("repairedItems", found.repaired());
    statistics.put("meanUsageEntropyBits", found.codes().meanUsageEntropy());
    if (!found.epochs().isEmpty()) {
      statistics.set("epochs", found.epochs());
    }
    return statistics;
  }

  private byte[] ship(
      SessionModel model, RepeatCalibration.Result calibrated, String role, ObjectNode about) {
    byte[] bytes =
        ModelFileWriter.write(
            model,
            calibrated,
            teacherOptions.maximumSessionLength(),
            data.items(),
            Arrays.copyOf(byClicks(data), popularItems(data.catalogueSize())),
            Provenance.of(role, data, teacherOptions, seed, about));
    double worst =
        ParityGate.pass(
            bytes,
            model,
            calibrated,
            teacherOptions.maximumSessionLength(),
            data.items(),
            data.validation());
    about.put("parityGate", worst);
    listener.said(
        "parity gate passed: runtime and trainer agree to "
            + String.format(Locale.ROOT, "%.1e", worst));
    return bytes;
  }

  private SessionEncoder encoder(String name) {
    int dimension = teacherOptions.dimension();
    int window = teacherOptions.maximumSessionLength();
    int heads = teacherOptions.heads();
    double dropout = teacherOptions.dropout();
    long start = Randoms.seed(seed, "encoder", 0);
    return switch (name) {
      case WeightedMeanEncoder.NAME -> new WeightedMeanEncoder(window, 10);
      case SelfAttentionEncoder.NAME ->
          new SelfAttentionEncoder(dimension, window, heads, dropout, start);
      case GatedRecurrentEncoder.NAME -> new GatedRecurrentEncoder(dimension, dropout, start);
      case NarmEncoder.NAME -> new NarmEncoder(dimension, dropout, start);
      case StampEncoder.NAME -> new StampEncoder(dimension, start);
      case SessionGraphEncoder.NAME -> new SessionGraphEncoder(dimension, start);
      case SasRecEncoder.NAME ->
          new SasRecEncoder(dimension, window, teacherOptions.layers(), heads, dropout, start);
      case NextItNetEncoder.NAME ->
          new NextItNetEncoder(
              dimension,
              teacherOptions.layers(),
              LayerSharing.titled(teacherOptions.sharing()),
              start);
      default -> throw new IllegalStateException("the options know no encoder " + name);
    };
  }

  private DenseItemTable denseTable(float[] rows) {
    return new DenseItemTable(Tensors.of(rows, data.catalogueSize(), teacherOptions.dimension()));
  }

  private SessionModel model(SessionEncoder encoder, ItemTable table) {
    double factor = teacherOptions.scalarLearningRateFactor();
    SessionModel model =
        teacherOptions.scores().equals(TeacherOptions.DOT)
            ? SessionModel.ofDotProducts(encoder, table, factor, null)
            : new SessionModel(encoder, table, true, factor);
    if (!teacherOptions.repeatHead()) {
      model.withoutRepeatBonus();
    }
    return model;
  }

  private SessionModel load(TensorFile file) {
    return load(file, denseTable(file.array("table")));
  }

  /** The same over a table of the shape that was trained. */
  private SessionModel load(TensorFile file, ItemTable table) {
    SessionModel model = model(encoder(file.about().get("encoder").asText()), table);
    assign(model, file);
    return model;
  }

  private static void assign(SessionModel model, TensorFile file) {
    for (Parameter parameter : model.parameters()) {
      Tensors.assign(parameter.value(), file.array(parameter.name()));
    }
  }

  /** (V) items by clicks in the known sessions, the most clicked first. */
  static int[] byClicks(Dataset data) {
    int[] counts = counts(data.known(), data.catalogueSize());
    return IntStream.range(0, counts.length)
        .boxed()
        .sorted((a, b) -> counts[a] != counts[b] ? counts[b] - counts[a] : a - b)
        .mapToInt(v -> v)
        .toArray();
  }

  /** How many popular items a file holds for sessions without a click. */
  static int popularItems(int catalogueSize) {
    return Math.min(POPULAR_ITEMS, catalogueSize);
  }

  /**
   * Sessions without their clicks on items that training never saw. Fold-in gives such items
   * vectors made of these very sessions; to measure or calibrate with them would be to look ahead.
   */
  static Sessions onlyKnown(Sessions sessions, int[] clickCounts) {
    IntArrayList items = new IntArrayList(sessions.clickCount());
    int[] starts = new int[sessions.count() + 1];
    for (int s = 0; s < sessions.count(); s++) {
      for (int i = sessions.start(s); i < sessions.end(s); i++) {
        if (clickCounts[sessions.item(i)] > 0) {
          items.add(sessions.item(i));
        }
      }
      starts[s + 1] = items.size();
    }
    return new Sessions(items.toIntArray(), starts);
  }

  private static int[] counts(Sessions sessions, int size) {
    int[] counts = new int[size];
    for (int i = 0; i < sessions.clickCount(); i++) {
      counts[sessions.item(i)]++;
    }
    return counts;
  }

  private static long parameterBytes(SessionModel model) {
    return model.parameters().stream().mapToLong(p -> 4 * p.value().numel()).sum();
  }

  private static JsonNode quality(RepeatCalibration.Result result) {
    ObjectNode node = new ObjectMapper().createObjectNode();
    node.put("recall@10", result.quality().recall());
    node.put("ndcg@10", result.quality().gain());
    node.put("recall@10.xnew", result.quality().newRecall());
    node.put("ndcg@10.xnew", result.quality().newGain());
    node.put("temperature", result.temperature());
    node.put(
        "repeats", result.network() == null ? RepeatCalibration.TABLES : RepeatCalibration.NETWORK);
    return node;
  }

  private static Result result(Path file, JsonNode about) {
    JsonNode quality = about.get("quality");
    return new Result(
        file,
        about.get("encoder").asText(),
        new HeldOutQuality(
            quality.get("recall@10").asDouble(),
            quality.get("ndcg@10").asDouble(),
            quality.get("recall@10.xnew").asDouble(),
            quality.get("ndcg@10.xnew").asDouble()),
        about.get("parameterBytes").asLong(),
        about);
  }

  private static void write(Path file, byte[] bytes) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    WholeFile.write(file, out -> out.write(bytes));
  }

  private static @Nullable TensorFile finished(Path file, String fingerprint) throws IOException {
    if (!Files.exists(file)) {
      return null;
    }
    TensorFile found = TensorFile.read(file);
    return found.about().path("fingerprint").asText().equals(fingerprint) ? found : null;
  }

  private String fingerprint(String stage, String options) {
    String text = String.join("\n", stage, data.identity(), options, "" + seed, "" + GENERATION);
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
