package io.attar.training;

import io.attar.data.Sessions;
import java.util.Locale;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Makes a quantiser err where scores do not see it (Guo, Kumar, Choromanski and Simcha,
 * Quantization based Fast Inner Product Search, AISTATS 2016). What codes leave over of a row, e,
 * changes the score that a session vector theta gives the item by theta . e, so the mean over
 * sessions of the squared change is
 *
 * <pre>mean of (theta . e)^2 = e^T H e = |e H^(1/2)|^2, H = mean of theta theta^T.</pre>
 *
 * Session vectors lie along few directions, more than rows do: there a quantiser of the rows
 * H^(1/2) is more exact, at the cost of the others. Its codewords times H^(-1/2) are codewords of
 * the rows as they are. What rounding the codewords adds, which additive codes weigh in, is taken
 * from the codewords before that product: an estimate.
 */
final class ScoreMetric {
  /** Session vectors that H is the mean of, about: many times N. */
  private static final int ENOUGH = 200_000;

  /** Share of the mean eigenvalue that every eigenvalue is raised by: all rows can be got back. */
  private static final double RIDGE = 1e-3;

  private final int dimension; // N
  private final float[] root; // (N, N) H^(1/2)
  private final float[] inverse; // (N, N) H^(-1/2)

  /**
   * The metric of some session vectors.
   *
   * @param moments (N, N) the mean of theta theta^T, or a multiple
   */
  ScoreMetric(double[] moments) {
    this.dimension = (int) Math.round(Math.sqrt(moments.length));
    double trace = 0;
    for (int d = 0; d < dimension; d++) {
      trace += moments[d * dimension + d];
    }
    if (!Double.isFinite(trace)) {
      throw new TrainingException(
          "session vectors must be numbers for codes that are fitted to scores, but some are not:"
              + " set student.codeMetric to rows, or train the teacher at a lower"
              + " teacher.learningRate");
    }
    double[] scaled = new double[moments.length];
    for (int i = 0; i < scaled.length; i++) {
      double one = i / dimension == i % dimension ? 1 : 0;
      // A mean eigenvalue of one keeps rows as long as they are; without any session all are one.
      scaled[i] = trace == 0 ? one : moments[i] * dimension / trace + RIDGE * one;
    }
    try (PointerScope scope = new PointerScope()) {
      var parts = torch.linalg_eigh(Tensor.create(scaled, dimension, dimension));
      this.root = power(parts.get1(), parts.get0(), 0.5);
      this.inverse = power(parts.get1(), parts.get0(), -0.5);
    }
  }

  private static float[] power(Tensor vectors, Tensor values, double exponent) {
    Tensor powers = values.clamp_min(Tensors.scalar(RIDGE)).pow(Tensors.scalar(exponent));
    return Tensors.floats(vectors.mul(powers).mm(vectors.t()).to(torch.ScalarType.Float));
  }

  /**
   * The metric of a model's session vectors after the clicks of training sessions, cut as in
   * training.
   */
  static ScoreMetric of(SessionModel model, Sessions sessions, int window) {
    int dimension = model.table().dimension();
    double[] moments = new double[dimension * dimension];
    int stride = (int) Math.max(1, sessions.caseCount(1) / ENOUGH);
    SessionPacker packer = SessionPacker.forTraining(sessions, 16, Trainer.WIDTH, window);
    try (PointerScope scope = new PointerScope()) {
      Tensor rows = model.allUsedRows();
      int place = 0;
      for (SessionBatch batch : packer.inOrder()) {
        if (place++ % stride == 0) {
          try (PointerScope inner = new PointerScope()) {
            Tensor theta = model.sessionVectors(batch, rows).detach();
            float[] sums = Tensors.floats(theta.t().mm(theta));
            for (int i = 0; i < sums.length; i++) {
              moments[i] += sums[i];
            }
          }
        }
      }
    }
    return new ScoreMetric(moments);
  }

  /** (N, N) H^(1/2), H scaled to a mean eigenvalue of about one. */
  float[] root() {
    return root;
  }

  /**
   * The quantiser, fitting scores; not for product codes, whose codewords have columns of their
   * own.
   */
  Quantiser over(Quantiser quantiser, TrainingListener listener) {
    return (rows, clickCounts, options, seed) -> {
      float[] turned = times(rows, root);
      Quantiser.Result found = quantiser.learn(turned, clickCounts, options, seed);
      float[] codebooks = times(found.codebooks(), inverse);
      Composition composition = new Composition(rows, clickCounts, options);
      composition.set(found.codes().columns(), codebooks);
      listener.said(
          String.format(
              Locale.ROOT,
              "codes lose %.3f of the scores' squares, %.3f of the rows'",
              found.error(),
              composition.error()));
      return new Quantiser.Result(
          found.codes(),
          codebooks,
          false,
          composition.error(),
          found.repaired(),
          found.epochs(),
          found.encoder());
    };
  }

  private float[] times(float[] rows, float[] matrix) {
    try (PointerScope scope = new PointerScope()) {
      return Tensors.floats(
          Tensors.of(rows, rows.length / dimension, dimension)
              .mm(Tensors.of(matrix, dimension, dimension)));
    }
  }
}
