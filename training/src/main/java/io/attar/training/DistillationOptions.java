package io.attar.training;

/**
 * The tasks that OD-Rec (Xia et al., SIGIR 2022) and EODRec (TOIS 2022) add to a student's own
 * losses. Each is off by default, and what is off changes nothing.
 *
 * @param mixture which rows see the teacher's table X beside the composed table E (eq. 16): {@code
 *     annealed}: eta X + (1 - eta) E in steps only, eta falling to zero; {@code constant}: the same
 *     at constant eta, E alone measured and shipped; {@code shipped}: what the authors' released
 *     code does, the mixture measured and shipped too, so that the file holds a whole dense table
 * @param mixupShare eta, the weight of X, at the start; 0 mixes nothing whatever the mixture
 * @param mixupEnd share of the stage's steps after which an annealed eta is zero
 * @param contrastiveWeight weight beta of the contrastive loss on recombined session vectors (eq.
 *     18-20); 0 = without
 * @param contrastiveTemperature divisor of the cosines in that loss and the predictive one
 * @param contrastiveCases most cases a step that the two look at
 * @param predictiveWeight weight of the label loss on recombined session vectors, against the
 *     student's rows and the teacher's (OD-Rec's predictive task; 0.001 there); 0 = without
 * @param hotShare share of the clicked items that count as hot, the most clicked ones
 * @param teacherLearningRate Adam's rate for the teacher in the first epoch, falling as the
 *     student's does; above 0 both learn from each other (Kweon et al., WWW 2021); 0 = the teacher
 *     is frozen
 * @param teacherSoftTargetWeight weight of the divergence to the student in the teacher's loss
 */
public record DistillationOptions(
    String mixture,
    double mixupShare,
    double mixupEnd,
    double contrastiveWeight,
    double contrastiveTemperature,
    int contrastiveCases,
    double predictiveWeight,
    double hotShare,
    double teacherLearningRate,
    double teacherSoftTargetWeight) {

  /** The teacher's share falls to zero; it helps to learn and is gone before the end. */
  public static final String ANNEALED = "annealed";

  /** As released but scored honestly: trained with the mixture, shipped composed alone. */
  public static final String CONSTANT = "constant";

  /** As released: the file holds the mixture as a dense table. */
  public static final String SHIPPED = "shipped";

  /** Checks each value against its range. */
  public DistillationOptions {
    Require.oneOf("distillation.mixture", mixture, ANNEALED, CONSTANT, SHIPPED);
    Require.notNegative("distillation.mixupShare", mixupShare);
    Require.atMost("distillation.mixupShare", mixupShare, 1);
    Require.positive("distillation.mixupEnd", mixupEnd);
    Require.atMost("distillation.mixupEnd", mixupEnd, 1);
    Require.notNegative("distillation.contrastiveWeight", contrastiveWeight);
    Require.positive("distillation.contrastiveTemperature", contrastiveTemperature);
    Require.between("distillation.contrastiveCases", contrastiveCases, 2, 4096);
    Require.notNegative("distillation.predictiveWeight", predictiveWeight);
    Require.positive("distillation.hotShare", hotShare);
    Require.atMost("distillation.hotShare", hotShare, 1);
    Require.notNegative("distillation.teacherLearningRate", teacherLearningRate);
    Require.notNegative("distillation.teacherSoftTargetWeight", teacherSoftTargetWeight);
  }

  /** The one place of the tasks' defaults: all off. */
  public static DistillationOptions defaults() {
    return new DistillationOptions(ANNEALED, 0, 0.33, 0, 0.2, 256, 0, 0.2, 0, 0.3);
  }

  boolean mixes() {
    return mixupShare > 0;
  }

  /** Whether the file holds the mixture and with it the teacher's table. */
  boolean shipsMixture() {
    return mixes() && mixture.equals(SHIPPED);
  }

  boolean contrasts() {
    return contrastiveWeight > 0;
  }

  boolean predicts() {
    return predictiveWeight > 0;
  }

  /** Whether a task needs recombined session vectors. */
  boolean recombines() {
    return contrasts() || predicts();
  }

  boolean teacherLearns() {
    return teacherLearningRate > 0;
  }

  /** Whether no task is on. */
  boolean off() {
    return !mixes() && !recombines() && !teacherLearns();
  }

  /**
   * The weight of the teacher's row in a step.
   *
   * @param progress share of the stage's steps made before
   */
  double mixupShare(double progress) {
    return mixture.equals(ANNEALED)
        ? mixupShare * Math.max(0, 1 - progress / mixupEnd)
        : mixupShare;
  }
}
