package io.attar.training;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.attar.data.Dataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

/** Trains the teacher; rivals go through the same race of encoders. */
final class TeacherTraining {
  /** Raised whenever calibration computes something else: teachers are then calibrated anew. */
  private static final int CALIBRATION = 4;

  /**
   * Points of NDCG@10 that self-attention must lead by: its weights cost as much as two codebooks.
   */
  private static final double NETWORK_LEAD = 0.2;

  /** Where the trained teacher lies in the work folder. */
  static final String TENSORS = "teacher.tensors";

  private static final String FILE = "teacher.attar";

  private final Workshop workshop;
  private final Dataset data;
  private final TeacherOptions teacherOptions;
  private final long seed;
  private final TrainingListener listener;
  private final int[] clickCounts; // (V)
  private final Trainer.Validation validation;
  private final Shipping shipping;

  TeacherTraining(Workshop workshop) {
    this.workshop = workshop;
    this.data = workshop.data();
    this.teacherOptions = workshop.teacherOptions();
    this.seed = workshop.seed();
    this.listener = workshop.listener();
    this.clickCounts = workshop.clickCounts();
    this.validation = workshop.validation();
    this.shipping = new Shipping(workshop);
  }

  /** A trained model, and how its epochs went. */
  record Trained(SessionModel model, Trainer trainer) {}

  /** As {@link Training#teacher}. */
  Training.Result train() throws IOException {
    requireShippable();
    workshop.makeFolder();
    Path file = workshop.folder().resolve(FILE);
    String fingerprint = workshop.fingerprint("teacher", teacherOptions.identity());
    TensorFile trained = Workshop.finished(workshop.folder().resolve(TENSORS), fingerprint);
    if (trained == null) {
      trained = trainTeacher(fingerprint);
    } else {
      listener.stageResumed("teacher", -1, 0);
      if (Files.exists(file) && trained.about().path("calibration").asInt() == CALIBRATION) {
        return Shipping.result(file, trained.about());
      }
    }
    SessionModel model = workshop.load(trained);
    listener.stageStarted("teacher's calibration");
    RepeatCalibration.Result calibrated =
        validation.calibrate(model, Randoms.seed(seed, "teacher", 1), null, listener);
    ObjectNode about = (ObjectNode) trained.about().deepCopy();
    about.put("calibration", CALIBRATION);
    about.set("quality", Shipping.quality(calibrated));
    Training.Result shipped = shipping.ship(model, calibrated, "teacher", about, file);
    trained.about(about).write(workshop.folder().resolve(TENSORS));
    return shipped;
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

  /** Trains the encoder asked for, or the winner of the race; adds each one's epochs. */
  Trained trainBest(String fingerprint, ObjectNode histories, Function<float[], ItemTable> tables)
      throws IOException {
    float[] start = workshop.start(fingerprint);
    Trained best =
        train(
            winner(start, fingerprint, histories, tables),
            tables.apply(start),
            fingerprint,
            teacherOptions.epochs());
    histories.set(best.model().encoder().name(), best.trainer().history());
    return best;
  }

  /** Trains the teacher and keeps its parameters, not yet calibrated. */
  private TensorFile trainTeacher(String fingerprint) throws IOException {
    ObjectNode histories = new ObjectMapper().createObjectNode();
    SessionModel model = trainBest(fingerprint, histories, workshop::denseTable).model();
    float[] rows = Workshop.rows(model);
    FoldIn.fill(rows, teacherOptions.dimension(), clickCounts, data.validation());
    SessionModel folded = workshop.model(model.encoder(), workshop.denseTable(rows));
    folded.copyAllButTable(model);

    TensorFile trained = Workshop.tensors(folded, fingerprint, histories);
    trained.write(workshop.folder().resolve(TENSORS));
    return trained;
  }

  /** The encoder asked for, or the winner of a race over the first epoch. */
  private String winner(
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
    SessionModel model = workshop.model(workshop.encoder(encoder), table);
    FittingOptions options = teacherOptions.fitting(Randoms.seed(seed, encoder, 0));
    Fitting fitting =
        workshop
            .fitting(model, null, teacherOptions.neighbourWeight(), options)
            .regularised(teacherOptions.labelSmoothing(), teacherOptions.weightDecay());
    Trainer trainer =
        workshop.trainer(
            "teacher " + encoder,
            fingerprint,
            fitting,
            options,
            validation,
            workshop.folder().resolve("teacher-" + encoder + ".checkpoint"));
    if (mostEpochs > 1 && teacherOptions.encoder().equals(TeacherOptions.AUTO)) {
      trainer.afterRace();
    }
    trainer.run(mostEpochs);
    return new Trained(model, trainer);
  }
}
