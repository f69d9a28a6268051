package io.attar.training;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.attar.data.Dataset;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import org.bytedeco.pytorch.Tensor;

/** Distils students from the trained teacher. */
final class StudentTraining {
  private final Workshop workshop;
  private final Dataset data;
  private final TeacherOptions teacherOptions;
  private final long seed;
  private final TrainingListener listener;
  private final int[] clickCounts; // (V)
  private final Trainer.Validation validation;
  private final StudentCodes codes;
  private final Shipping shipping;

  StudentTraining(Workshop workshop) {
    this.workshop = workshop;
    this.data = workshop.data();
    this.teacherOptions = workshop.teacherOptions();
    this.seed = workshop.seed();
    this.listener = workshop.listener();
    this.clickCounts = workshop.clickCounts();
    this.validation = workshop.validation();
    this.codes = new StudentCodes(workshop);
    this.shipping = new Shipping(workshop);
  }

  /**
   * Distils the trained teacher, as {@link Training#student}.
   *
   * @param own existing folder for codes and checkpoint
   */
  Training.Result distil(
      StudentOptions options,
      TableOptions tableOptions,
      DistillationOptions distillation,
      Path out,
      Path own)
      throws IOException {
    requireConsistent(options, tableOptions, distillation);
    TensorFile teacherFile =
        Workshop.finished(
            workshop.folder().resolve(TeacherTraining.TENSORS),
            workshop.fingerprint("teacher", teacherOptions.identity()));
    if (teacherFile == null) {
      throw new TrainingException(
          "no teacher of these data and options lies in "
              + workshop.folder()
              + ": run attar train first");
    }
    SessionModel teacher = workshop.load(teacherFile);
    String repeats = teacherFile.about().path("quality").path("repeats").asText(null);
    String fingerprint =
        workshop.fingerprint(
            "student",
            teacherOptions.identity()
                + options.identity()
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
    StudentCodes.Start start =
        tableOptions.codes()
            ? codes.start(teacher, options, fingerprint, own, about)
            : new StudentCodes.Start(
                workshop.factoredTable(Workshop.rows(teacher), tableOptions), teacher);
    double errorAtStart =
        tableOptions.codes() ? 0 : start.table().reconstructionError(teacher.allUsedRows());
    SessionModel student =
        new SessionModel(
            workshop.encoder(teacher.encoder().name()),
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
        workshop.trainer(
            "student",
            fingerprint,
            steps,
            fittingOptions,
            heldOut,
            own.resolve("student.checkpoint"));
    trainer.run();

    SessionModel shipped = distillation.shipsMixture() ? dense(steps.model()) : student;
    if (ModelFileWriter.roundsEncoder(shipped)) {
      round(student);
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
    about.put("parameterBytes", Workshop.parameterBytes(shipped));
    about.set("quality", Shipping.quality(calibrated));
    about.set("epochs", trainer.history());
    if (before != null) {
      RepeatCalibration.Result after = validation.measure(teacher);
      ObjectNode taught = about.putObject("teacher");
      taught.set("before", Shipping.quality(before));
      taught.set("after", Shipping.quality(after));
      listener.said(
          String.format(
              Locale.ROOT,
              "the teacher that learned with it: validation NDCG@10 %.2f before, %.2f after",
              before.quality().gain(),
              after.quality().gain()));
    }
    String role =
        distillation.shipsMixture() ? "student mixed with its teacher's table" : "student";
    return shipping.ship(shipped, calibrated, role, about, out);
  }

  private void requireConsistent(
      StudentOptions options, TableOptions tableOptions, DistillationOptions distillation) {
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
      StudentOptions sized = options.sized(data.catalogueSize(), teacherOptions.dimension());
      Quantiser.requireEnoughCodes(sized.codebooks(), sized.codewords(), coded);
      Quantiser.requireShape(sized, teacherOptions.dimension());
    } else if (options.denseItems() > 0 || options.pretrainingEpochs() > 0) {
      throw new IllegalArgumentException(
          "student.denseItems and student.pretrainingEpochs must be 0 unless table.kind is codes: "
              + options.denseItems()
              + " and "
              + options.pretrainingEpochs()
              + " with "
              + tableOptions.kind());
    }
  }

  /** Leaves of the encoder and the item bias what the file holds of them. */
  private static void round(SessionModel student) {
    if (student.encoder() instanceof SelfAttentionEncoder) {
      for (Parameter parameter : student.encoder().parameters()) {
        if (Quantised.isMatrix(parameter)) {
          Quantised.roundTrip(parameter.value(), ModelFileWriter.ENCODER_BITS);
        }
      }
    }
    Tensor itemBias = student.itemBias();
    if (itemBias != null) {
      Quantised.roundTrip(itemBias.view(1, -1), ModelFileWriter.BIAS_BITS);
    }
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
    Fitting fitting =
        workshop.fitting(learning, teacher, options.neighbourWeight(), fittingOptions);
    Fitting teacherFitting =
        tasks.teacherLearns()
            ? new Fitting(
                teacher,
                measured,
                workshop.votes(teacherOptions.neighbourWeight()),
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
    float[] rows = Workshop.rows(model);
    ItemTable table = model.table();
    return model.over(new DenseItemTable(Tensors.of(rows, table.size(), table.dimension())));
  }
}
