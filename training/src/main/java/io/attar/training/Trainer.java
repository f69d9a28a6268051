package io.attar.training;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.attar.data.Sessions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.bytedeco.pytorch.NoGradGuard;
import org.jspecify.annotations.Nullable;

/**
 * The one loop: epochs of steps, after each epoch the held-out quality, at the end the parameters
 * of the best epoch. Killed at any moment and started again it goes on from its last checkpoint and
 * ends in the same bytes.
 */
final class Trainer {
  static final int WIDTH = 64;

  private final String stage;
  private final String fingerprint;
  private final Steps steps;
  private final FittingOptions options;
  private final Sessions training;
  private final Validation validation;
  private final Path checkpoint;
  private final double checkpointSeconds;
  private final TrainingListener listener;

  private int epoch; // epochs finished
  private int stepInEpoch;
  private double lossSum;
  private double divergenceSum;
  private final Map<String, Double> taskSums = new LinkedHashMap<>();
  private long lossCases;
  private int bestEpoch = -1;
  private boolean finished;
  private boolean sameRun; // the checkpoint is this very run's, nothing to tell
  private Map<String, float[]> best = new LinkedHashMap<>();
  private ArrayNode history = new ObjectMapper().createArrayNode();
  private long lastSaved = System.nanoTime();

  Trainer(
      String stage,
      String fingerprint,
      Steps steps,
      FittingOptions options,
      Sessions training,
      Validation validation,
      Path checkpoint,
      double checkpointSeconds,
      TrainingListener listener) {
    this.stage = stage;
    this.fingerprint = fingerprint;
    this.steps = steps;
    this.options = options;
    this.training = training;
    this.validation = validation;
    this.checkpoint = checkpoint;
    this.checkpointSeconds = checkpointSeconds;
    this.listener = listener;
  }

  /**
   * Held-out sessions and what makes a case of them.
   *
   * @param clickCounts (V) clicks of each item in training
   * @param repeatHead whether what re-clicks get is calibrated
   */
  record Validation(
      Sessions sessions,
      int[] clickCounts,
      int window,
      int minimumPrefixLength,
      boolean repeatHead) {
    /**
     * Points of NDCG@10 by which the tables must lead the network: at equal NDCG@10 it ranks new
     * items better.
     */
    private static final double HEAD_LEAD = 0.2;

    /** A network has 300 numbers a fit: fewer cases than this tell too little. */
    private static final int LEAST_NETWORK_CASES = 400;

    /** Scores and calibrates a model as it stands. */
    RepeatCalibration.Result measure(SessionModel model) {
      return measure(scored(model), model);
    }

    /**
     * As {@link #measure}, for a finished model: a network decides, unless the tables lead clearly.
     *
     * @param sameAs the calibration whose choice to follow, or null: a student follows its teacher,
     *     so that the choice is made once and the two can be compared
     */
    RepeatCalibration.Result calibrate(
        SessionModel model, long seed, @Nullable String sameAs, TrainingListener listener) {
      HeldOutCases cases = scored(model);
      RepeatCalibration.Result head = measure(cases, model);
      if (!repeatHead
          || RepeatCalibration.TABLES.equals(sameAs)
          || cases.caseCount() < LEAST_NETWORK_CASES) {
        return head;
      }
      RepeatNetworkFit.Result network = RepeatNetworkFit.fit(cases, seed);
      listener.said(
          String.format(
              Locale.ROOT,
              "repeats on validation: NDCG@10 %.2f by tables, %.2f by a network",
              head.quality().gain(),
              network.gain()));
      boolean tables = sameAs == null && head.quality().gain() - network.gain() > HEAD_LEAD;
      return tables ? head : head.with(network);
    }

    private RepeatCalibration.Result measure(HeldOutCases cases, SessionModel model) {
      return repeatHead
          ? RepeatCalibration.fit(cases, model.repeatBonus(), window)
          : RepeatCalibration.without(cases, window);
    }

    private HeldOutCases scored(SessionModel model) {
      return HeldOutCases.score(model, clickCounts, sessions, window, WIDTH, minimumPrefixLength);
    }

    /** The same sessions, with or without calibrating. */
    Validation withRepeatHead(boolean calibrated) {
      return new Validation(sessions, clickCounts, window, minimumPrefixLength, calibrated);
    }
  }

  /** Quality of each epoch, for reports: epoch 0 is the start. */
  JsonNode history() {
    return history;
  }

  /** Says that the checkpoint to go on from was made a moment ago, by the race of encoders. */
  void afterRace() {
    sameRun = true;
  }

  /** Fits to the end; the model then holds the best epoch's parameters. */
  void run() throws IOException {
    run(options.epochs());
  }

  /**
   * Fits until so many epochs are made, or to the end; the model then holds the best epoch's
   * parameters, the checkpoint the latest ones, so that another trainer can go on from there.
   */
  void run(int mostEpochs) throws IOException {
    listener.stageStarted(stage);
    resume();
    SessionPacker packer =
        SessionPacker.forTraining(training, options.rows(), WIDTH, validation.window());
    if (bestEpoch < 0) {
      record(validation.measure(steps.model()).quality(), 0, 0);
    }
    while (!atEnd() && epoch < mostEpochs) {
      epoch(packer);
    }
    if (atEnd() && !finished) {
      finished = true;
      save();
    }
    restore(best, "");
  }

  private boolean atEnd() {
    return finished
        || epoch >= options.epochs()
        || (epoch > 0 && epoch - bestEpoch >= options.patience());
  }

  private void epoch(SessionPacker packer) throws IOException {
    List<SessionBatch> batches =
        packer.shuffled(options.mixing(), Randoms.seed(options.seed(), "epoch", epoch));
    double rate = options.learningRate() * Math.pow(options.learningRateDecay(), epoch);
    while (stepInEpoch < batches.size()) {
      double progress = (epoch + (double) stepInEpoch / batches.size()) / options.epochs();
      Steps.Losses losses = steps.step(batches.get(stepInEpoch), rate, progress);
      lossSum += losses.crossEntropy() * losses.cases();
      divergenceSum += losses.divergence() * losses.cases();
      losses
          .tasks()
          .forEach((name, value) -> taskSums.merge(name, value * losses.cases(), Double::sum));
      lossCases += losses.cases();
      stepInEpoch++;
      listener.progressed(stage, epoch + 1, stepInEpoch, batches.size());
      if (System.nanoTime() - lastSaved > checkpointSeconds * TimeUnit.SECONDS.toNanos(1)) {
        save();
      }
    }
    epoch++;
    stepInEpoch = 0;
    record(
        validation.measure(steps.model()).quality(),
        lossSum / lossCases,
        divergenceSum / lossCases);
    lossSum = 0;
    divergenceSum = 0;
    taskSums.clear();
    lossCases = 0;
    save();
  }

  private void record(HeldOutQuality quality, double loss, double divergence) {
    ObjectNode entry = history.addObject();
    entry.put("epoch", epoch);
    entry.put("labelLoss", loss);
    entry.put("softTargetLoss", divergence);
    taskSums.forEach((name, sum) -> entry.put(name, sum / lossCases));
    entry.put("recall@10", quality.recall());
    entry.put("ndcg@10", quality.gain());
    entry.put("recall@10.xnew", quality.newRecall());
    entry.put("ndcg@10.xnew", quality.newGain());
    listener.epochFinished(stage, epoch, loss, divergence, quality);
    // The start is no candidate: within noise of a trained epoch overall, it ranks new items far
    // worse.
    if (bestEpoch <= 0 || quality.gain() > history.get(bestEpoch).get("ndcg@10").asDouble()) {
      bestEpoch = epoch;
      best = values();
    }
  }

  private Map<String, float[]> values() {
    Map<String, float[]> values = new LinkedHashMap<>();
    steps.state().forEach((name, each) -> values.put(name, Tensors.floats(each.value())));
    return values;
  }

  private void save() throws IOException {
    ObjectNode about = new ObjectMapper().createObjectNode();
    about.put("fingerprint", fingerprint);
    about.put("epoch", epoch);
    about.put("step", stepInEpoch);
    about.put("adamSteps", steps.made());
    about.put("lossSum", lossSum);
    about.put("divergenceSum", divergenceSum);
    ObjectNode tasks = about.putObject("taskSums");
    taskSums.forEach(tasks::put);
    about.put("lossCases", lossCases);
    about.put("bestEpoch", bestEpoch);
    about.put("finished", finished);
    about.set("history", history);
    Map<String, float[]> arrays = new LinkedHashMap<>();
    best.forEach((name, values) -> arrays.put("best." + name, values));
    if (!finished) {
      steps
          .state()
          .forEach(
              (name, each) -> {
                arrays.put("value." + name, Tensors.floats(each.value()));
                arrays.put("first." + name, Tensors.floats(each.firstMoment()));
                arrays.put("second." + name, Tensors.floats(each.secondMoment()));
              });
    }
    new TensorFile(about, arrays).write(checkpoint);
    lastSaved = System.nanoTime();
  }

  private void resume() throws IOException {
    if (!Files.exists(checkpoint)) {
      return;
    }
    TensorFile file = TensorFile.read(checkpoint);
    JsonNode about = file.about();
    if (!about.path("fingerprint").asText().equals(fingerprint)) {
      listener.said(
          "the checkpoint of " + stage + " is of other data or settings; starting it anew");
      return;
    }
    epoch = about.get("epoch").asInt();
    stepInEpoch = about.get("step").asInt();
    steps.restore(about.get("adamSteps").asLong());
    lossSum = about.get("lossSum").asDouble();
    divergenceSum = about.get("divergenceSum").asDouble();
    about
        .path("taskSums")
        .properties()
        .forEach(sum -> taskSums.put(sum.getKey(), sum.getValue().asDouble()));
    lossCases = about.get("lossCases").asLong();
    bestEpoch = about.get("bestEpoch").asInt();
    finished = about.get("finished").asBoolean();
    history = (ArrayNode) about.get("history");
    Map<String, Parameter> state = steps.state();
    for (String name : state.keySet()) {
      best.put(name, file.array("best." + name));
    }
    if (!finished) {
      Map<String, float[]> values = new LinkedHashMap<>();
      state.forEach(
          (name, each) -> {
            values.put(name, file.array("value." + name));
            try (NoGradGuard guard = new NoGradGuard()) {
              Tensors.assign(each.firstMoment(), file.array("first." + name));
              Tensors.assign(each.secondMoment(), file.array("second." + name));
            }
          });
      restore(values, "");
    }
    if (!sameRun) {
      listener.stageResumed(stage, epoch, stepInEpoch);
    }
  }

  private void restore(Map<String, float[]> values, String prefix) {
    steps
        .state()
        .forEach(
            (name, each) -> {
              float[] array = values.get(prefix + name);
              if (array != null) {
                Tensors.assign(each.value(), array);
              }
            });
  }
}
