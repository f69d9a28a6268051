package io.attar.training;

import io.attar.data.Sessions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * How fast steps are and where their time goes, in seconds per 100,000 prefixes, and how the
 * softmax loss compares with nothing but its matrix products on the same machine.
 *
 * @param stage what was fitted
 * @param prefixes cases of the steps that were timed
 * @param parts seconds per 100,000 prefixes by part of a step
 * @param softmaxProducts seconds per 100,000 prefixes of the loss' matrix products alone
 */
public record TrainingSpeed(
    String stage, int prefixes, Map<String, Double> parts, double softmaxProducts) {
  static final String SOFTMAX_LOSS = "softmax loss";
  private static final int WARM_UP = 5;
  private static final int PREFIXES = 100_000;

  /** Seconds per 100,000 prefixes of whole steps. */
  public double total() {
    return parts.values().stream().mapToDouble(Double::doubleValue).sum();
  }

  /** The softmax loss' time over that of its matrix products. */
  public double softmaxRatio() {
    return parts.getOrDefault(SOFTMAX_LOSS, 0.0) / softmaxProducts;
  }

  /** Times steps of teachers and students of both encoders that ship. */
  static List<TrainingSpeed> measure(Workshop workshop, StudentOptions options, int steps)
      throws IOException {
    workshop.makeFolder();
    StudentCodes codes = new StudentCodes(workshop);
    float[] start =
        workshop.start(workshop.fingerprint("teacher", workshop.teacherOptions().identity()));
    List<TrainingSpeed> speeds = new ArrayList<>();
    for (String encoder : List.of(WeightedMeanEncoder.NAME, SelfAttentionEncoder.NAME)) {
      SessionModel teacher = workshop.model(workshop.encoder(encoder), workshop.denseTable(start));
      FittingOptions fitting =
          workshop.teacherOptions().fitting(Randoms.seed(workshop.seed(), encoder, 0));
      speeds.add(
          measure(
              "teacher, " + encoder,
              workshop.fitting(teacher, null, workshop.teacherOptions().neighbourWeight(), fitting),
              fitting,
              workshop.data().training(),
              workshop.validation().window(),
              3,
              steps));
      CompositionalItemTable table =
          codes.table(
              codes.learn(
                  teacher,
                  options,
                  workshop.fingerprint("speed", options.identity()),
                  workshop.folder()),
              codes.denseRows(teacher, options),
              options);
      SessionModel student =
          new SessionModel(
              workshop.encoder(encoder), table, true, options.scalarLearningRateFactor());
      student.copyAllButTable(teacher);
      FittingOptions tuning = options.fitting(Randoms.seed(workshop.seed(), "student", 0));
      speeds.add(
          measure(
              "student, " + encoder,
              workshop.fitting(student, teacher, options.neighbourWeight(), tuning),
              tuning,
              workshop.data().training(),
              workshop.validation().window(),
              4,
              steps));
    }
    return speeds;
  }

  /**
   * Times steps.
   *
   * @param products matrix products of candidates and cases in the loss: three, and one more for a
   *     teacher's logits
   */
  private static TrainingSpeed measure(
      String stage,
      Fitting fitting,
      FittingOptions options,
      Sessions sessions,
      int window,
      int products,
      int steps) {
    List<SessionBatch> batches =
        SessionPacker.forTraining(sessions, options.rows(), Trainer.WIDTH, window)
            .shuffled(options.mixing(), options.seed());
    StepClock clock = new StepClock();
    fitting.timeBy(clock);
    List<Long> cases = new ArrayList<>();
    List<Double> productTimes = new ArrayList<>();
    for (int step = 0; step < WARM_UP + steps; step++) {
      if (step == WARM_UP) {
        clock.clear();
      }
      SessionBatch batch = batches.get(step % batches.size());
      clock.start();
      fitting.step(batch, options.learningRate());
      if (step >= WARM_UP) {
        cases.add((long) batch.caseCount());
        productTimes.add(
            products(batch.caseCount(), fitting.lastCandidates(), fitting.model(), products)
                / batch.caseCount());
      }
    }
    long count = cases.stream().mapToLong(Long::longValue).sum();
    Map<String, Double> parts = new LinkedHashMap<>();
    clock.seconds().forEach((part, seconds) -> parts.put(part, seconds * PREFIXES / count));
    Collections.sort(productTimes);
    return new TrainingSpeed(
        stage, (int) count, parts, PREFIXES * productTimes.get(productTimes.size() / 2));
  }

  /** Seconds that products of the loss' shapes take by themselves, right after the step. */
  private static double products(int cases, int candidates, SessionModel model, int count) {
    try (NoGradGuard guard = new NoGradGuard();
        PointerScope scope = new PointerScope()) {
      int dimension = model.table().dimension();
      Tensor theta = torch.ones(cases, dimension);
      Tensor rows = torch.ones(candidates, dimension);
      Tensor scores = torch.mm(theta, rows.t());
      long from = System.nanoTime();
      for (int i = 0; i < count; i++) {
        // Logits once or twice, then the gradients of both sides: all of the same cost.
        torch.mm_out(scores, theta, rows.t());
      }
      return (double) (System.nanoTime() - from) / TimeUnit.SECONDS.toNanos(1);
    }
  }
}
