package io.attar.training;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.attar.data.Dataset;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.bytedeco.pytorch.Tensor;

/** Finds the codes that a student starts with, and fits their codebooks before it learns. */
final class StudentCodes {
  private final Workshop workshop;
  private final Dataset data;
  private final TeacherOptions teacherOptions;
  private final long seed;
  private final TrainingListener listener;
  private final int[] clickCounts; // (V)
  private final Trainer.Validation validation;

  StudentCodes(Workshop workshop) {
    this.workshop = workshop;
    this.data = workshop.data();
    this.teacherOptions = workshop.teacherOptions();
    this.seed = workshop.seed();
    this.listener = workshop.listener();
    this.clickCounts = workshop.clickCounts();
    this.validation = workshop.validation();
  }

  /**
   * What the student starts with.
   *
   * @param table to be trained
   * @param model whose encoder, scale and repeat bonus it takes over
   */
  record Start(ItemTable table, SessionModel model) {}

  /** Codes and codebooks, pretrained where that is asked for. */
  Start start(
      SessionModel teacher, StudentOptions options, String fingerprint, Path own, ObjectNode about)
      throws IOException {
    listener.stageStarted("codes");
    Quantiser.Result found = learn(teacher, options, fingerprint, own);
    SessionModel model = teacher;
    if (options.pretrainingEpochs() > 0) {
      StudentOptions sized = options.withCodebooks(found.codes().codebookCount());
      Pretrained pretrained = pretrain(found, teacher, sized, fingerprint, own, about);
      found = pretrained.found();
      model = pretrained.model();
    }
    about.set("codes", statistics(found));
    return new Start(table(found, denseRows(teacher, options), options), model);
  }

  /** Codes of a teacher's rows, or those found before. */
  Quantiser.Result learn(SessionModel teacher, StudentOptions options, String fingerprint, Path own)
      throws IOException {
    Path file = own.resolve("codes.tensors");
    TensorFile made = Workshop.finished(file, fingerprint);
    int[] coded = denseRows(teacher, options).others(data.catalogueSize());
    if (made == null) {
      Quantiser quantiser = quantiser(options, coded);
      if (options.codeMetric().equals(StudentOptions.SCORES)) {
        int window = teacherOptions.maximumSessionLength();
        quantiser = ScoreMetric.of(teacher, data.training(), window).over(quantiser, listener);
      }
      float[] rows = DenseRows.select(Workshop.rows(teacher), coded, teacherOptions.dimension());
      int[] counts = Arrays.stream(coded).map(v -> clickCounts[v]).toArray();
      Quantiser.Result learned =
          options.codebooks() == 0
              ? learnWithin(quantiser, rows, counts, teacher, options)
              : learn(quantiser, rows, counts, options);
      made = CodesFile.of(learned, fingerprint);
      made.write(file);
    }
    return CodesFile.read(made, coded.length);
  }

  /** As many codebooks as the file has room for: fewer than expected where codes pack worse. */
  private Quantiser.Result learnWithin(
      Quantiser quantiser,
      float[] rows,
      int[] counts,
      SessionModel teacher,
      StudentOptions options) {
    int dimension = teacherOptions.dimension();
    FileBudget budget = FileBudget.of(options, Workshop.parameterBytes(teacher));
    boolean small = options.codebookBits() != Quantised.UNROUNDED;
    long beside =
        options.besideCodes(data.catalogueSize(), dimension)
            + ModelFileWriter.encoder(teacher.encoder(), small).length;
    int codebooks = budget.codebooks(options, counts.length, dimension, beside);
    while (true) {
      Quantiser.Result learned = learn(quantiser, rows, counts, options.withCodebooks(codebooks));
      long bytes = budget.needed(learned.codes(), options, dimension, beside);
      boolean fits = bytes <= budget.bytes();
      boolean fewest =
          codebooks == 1
              || !Quantiser.tellsApart(codebooks - 1, options.codewords(), counts.length);
      listener.said(
          String.format(
              Locale.ROOT,
              "%d codebooks: at most %,d bytes without item ids, of %,d%s",
              codebooks,
              bytes,
              budget.bytes(),
              fits ? "" : fewest ? "; fewer could not tell the items apart" : "; one fewer"));
      if (fits || fewest) {
        return learned;
      }
      codebooks--;
    }
  }

  private Quantiser.Result learn(
      Quantiser quantiser, float[] rows, int[] counts, StudentOptions options) {
    return quantiser.learn(rows, counts, options, Randoms.seed(seed, "codes", 0));
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
                  workshop.start(workshop.fingerprint("teacher", teacherOptions.identity())),
                  coded,
                  teacherOptions.dimension()));
      case HashedCodes.NAME -> new HashedCodes();
      case RandomCodes.NAME -> new RandomCodes();
      default ->
          throw new IllegalStateException("the options know no quantiser " + options.quantiser());
    };
  }

  /** The table that codes and codebooks make, with rows of their own for the most clicked items. */
  CompositionalItemTable table(Quantiser.Result found, DenseRows dense, StudentOptions options) {
    return new CompositionalItemTable(
        found.codes(), codebooks(found), found.product(), options.codebookBits(), dense);
  }

  /** The items with a row of their own, and where these start. */
  DenseRows denseRows(SessionModel teacher, StudentOptions options) {
    return options.denseItems() == 0
        ? DenseRows.NONE
        : DenseRows.mostClicked(Workshop.rows(teacher), clickCounts, options.denseItems());
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
    float[] rows = Workshop.rows(teacher);
    Tensor target = Tensors.of(rows, data.catalogueSize(), teacherOptions.dimension());
    boolean learning = !found.encoder().isEmpty();
    ComposedItemTable table =
        learning ? learningTable(found, target, options) : table(found, DenseRows.NONE, options);
    SessionModel model =
        new SessionModel(
            workshop.encoder(teacher.encoder().name()),
            new ReconstructingItemTable(table, target),
            true,
            options.scalarLearningRateFactor());
    model.copyAllButTable(teacher);
    FittingOptions fittingOptions = options.pretraining(Randoms.seed(seed, "pretraining", 0));
    Fitting fitting = workshop.fitting(model, null, 0, fittingOptions);
    Trainer trainer =
        workshop.trainer(
            "pretraining",
            fingerprint,
            fitting,
            fittingOptions,
            validation,
            own.resolve("pretraining.checkpoint"));
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
    statistics.put("codebooks", found.codes().codebookCount());
    statistics.put("reconstructionError", found.error());
    statistics.put("repairedItems", found.repaired());
    statistics.put("meanUsageEntropyBits", found.codes().meanUsageEntropy());
    if (!found.epochs().isEmpty()) {
      statistics.set("epochs", found.epochs());
    }
    return statistics;
  }
}
