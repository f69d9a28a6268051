package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Values against plain loops in double precision, gradients against their finite differences. */
class SoftmaxLossTest {
  private static final double NONE = -1e30;
  private static final int CASES = 7;
  private static final int CANDIDATES = 9;
  private static final int DIMENSION = 3;
  private static final int OWN = 4;
  private static final double STEP = 1e-5;

  /** A random problem in plain arrays; the same item may stand at several candidate places. */
  private static final class Problem {
    final double[] theta = new double[CASES * DIMENSION];
    final double[] rows = new double[CANDIDATES * DIMENSION];
    final double[] own = new double[CASES * OWN];
    final double[] target = new double[CASES];
    final double[] teacherTheta = new double[CASES * DIMENSION];
    final double[] teacherRows = new double[CANDIDATES * DIMENSION];
    final double[] teacherTarget = new double[CASES];
    final double[] offsets = new double[CANDIDATES];
    final double[] isNew = new double[CASES];
    final TreeSet<Long> hidden = new TreeSet<>();
    final double[] votes = new double[CASES * CANDIDATES];
    final double[] targetVotes = new double[CASES];
    boolean teaching;
    boolean voting;
    double weight = 0.7;
    double voteWeight = 0.4;
    double smoothing;

    Problem(long seed) {
      SplittableRandom random = new SplittableRandom(seed);
      for (double[] values :
          new double[][] {theta, rows, own, target, teacherTheta, teacherRows, teacherTarget}) {
        Arrays.setAll(values, i -> 1.5 * Randoms.gaussian(random));
      }
      Arrays.setAll(offsets, k -> random.nextDouble() - 0.5);
      // Candidate 1 is the same item as candidate 0.
      System.arraycopy(rows, 0, rows, DIMENSION, DIMENSION);
      System.arraycopy(teacherRows, 0, teacherRows, DIMENSION, DIMENSION);
      for (int b = 0; b < CASES; b++) {
        isNew[b] = b % 3 == 0 ? 0 : 1;
        for (int j = 0; j < OWN; j++) {
          if (random.nextInt(3) == 0) {
            own[b * OWN + j] = NONE;
          }
        }
        for (int k = 0; k < CANDIDATES; k++) {
          if (random.nextInt(4) == 0) {
            hidden.add((long) b * CANDIDATES + k);
          }
        }
        // Twins are hidden together.
        if (hidden.contains((long) b * CANDIDATES)) {
          hidden.add((long) b * CANDIDATES + 1);
        } else {
          hidden.remove((long) b * CANDIDATES + 1);
        }
        if (b != 2) {
          double sum = 0;
          for (int k = 0; k < CANDIDATES; k++) {
            if (visible(b, k) && random.nextBoolean()) {
              votes[b * CANDIDATES + k] = random.nextDouble();
              sum += votes[b * CANDIDATES + k];
            }
          }
          targetVotes[b] = isNew[b] * random.nextDouble();
          sum += targetVotes[b];
          for (int k = 0; k < CANDIDATES; k++) {
            votes[b * CANDIDATES + k] /= sum;
          }
          targetVotes[b] /= sum;
        }
      }
    }

    boolean visible(int b, int k) {
      return !hidden.contains((long) b * CANDIDATES + k);
    }

    private static double dot(double[] a, int i, double[] b, int j) {
      double sum = 0;
      for (int d = 0; d < DIMENSION; d++) {
        sum += a[i * DIMENSION + d] * b[j * DIMENSION + d];
      }
      return sum;
    }

    double logit(int b, int k) {
      return dot(theta, b, rows, k) + offsets[k];
    }

    double teacherLogit(int b, int k) {
      return dot(teacherTheta, b, teacherRows, k) + offsets[k];
    }

    double crossEntropy() {
      double loss = 0;
      for (int b = 0; b < CASES; b++) {
        double sum = Math.exp(target[b]);
        for (int j = 0; j < OWN; j++) {
          sum += Math.exp(own[b * OWN + j]);
        }
        for (int k = 0; k < CANDIDATES; k++) {
          sum += visible(b, k) ? Math.exp(logit(b, k)) : 0;
        }
        loss += Math.log(sum) - target[b];
      }
      return loss / CASES;
    }

    /** Log partition function over what is new: the visible candidates and a new target. */
    private double logNew(int b, boolean ofTeacher) {
      double sum = isNew[b] * Math.exp(ofTeacher ? teacherTarget[b] : target[b]);
      for (int k = 0; k < CANDIDATES; k++) {
        if (visible(b, k)) {
          sum += Math.exp(ofTeacher ? teacherLogit(b, k) : logit(b, k));
        }
      }
      return Math.log(sum);
    }

    double divergence() {
      double loss = 0;
      for (int b = 0; b < CASES; b++) {
        double teacherSum = logNew(b, true);
        double studentSum = logNew(b, false);
        for (int k = 0; k < CANDIDATES; k++) {
          if (visible(b, k)) {
            double p = teacherLogit(b, k) - teacherSum;
            loss += Math.exp(p) * (p - logit(b, k) + studentSum);
          }
        }
        double p = teacherTarget[b] - teacherSum;
        loss += isNew[b] * Math.exp(p) * (p - target[b] + studentSum);
      }
      return loss / CASES;
    }

    double voteLoss() {
      double loss = 0;
      for (int b = 0; b < CASES; b++) {
        double sum = logNew(b, false);
        for (int k = 0; k < CANDIDATES; k++) {
          if (votes[b * CANDIDATES + k] > 0) {
            loss -= votes[b * CANDIDATES + k] * (logit(b, k) - sum);
          }
        }
        loss -= targetVotes[b] * (target[b] - sum);
      }
      return loss / CASES;
    }

    /** What smoothing all of the label adds to the label loss. */
    double smoothed() {
      double loss = 0;
      for (int b = 0; b < CASES; b++) {
        double items = 1;
        double logits = target[b];
        for (int j = 0; j < OWN; j++) {
          if (own[b * OWN + j] != NONE) {
            items++;
            logits += own[b * OWN + j];
          }
        }
        for (int k = 0; k < CANDIDATES; k++) {
          if (visible(b, k)) {
            items += Math.exp(offsets[k]);
            logits += Math.exp(offsets[k]) * dot(theta, b, rows, k);
          }
        }
        loss += target[b] - logits / items;
      }
      return loss / CASES;
    }

    double total() {
      return crossEntropy()
          + smoothing * smoothed()
          + (teaching ? weight * divergence() : 0)
          + (voting ? voteWeight * voteLoss() : 0);
    }

    SoftmaxLoss.Gradients compute(int block) {
      return compute(new SoftmaxLoss(block, smoothing));
    }

    SoftmaxLoss.Gradients compute(SoftmaxLoss loss) {
      return loss.compute(
          new SoftmaxLoss.Side(
              Toys.doubles(theta, CASES, DIMENSION),
              Toys.doubles(rows, CANDIDATES, DIMENSION),
              Toys.doubles(target, CASES)),
          Toys.doubles(own, CASES, OWN),
          new SoftmaxLoss.Cases(
              Toys.doubles(offsets, CANDIDATES),
              hidden.stream().mapToLong(place -> place).toArray(),
              Toys.doubles(isNew, CASES)),
          teaching
              ? new SoftmaxLoss.Side(
                  Toys.doubles(teacherTheta, CASES, DIMENSION),
                  Toys.doubles(teacherRows, CANDIDATES, DIMENSION),
                  Toys.doubles(teacherTarget, CASES))
              : null,
          weight,
          voting ? neighbours() : null);
    }

    /** The same in single floats. */
    SoftmaxLoss.Gradients computeRounded(int block) {
      SoftmaxLoss.Neighbours votes = voting ? neighbours() : null;
      return new SoftmaxLoss(block, smoothing)
          .compute(
              side(theta, rows, target),
              floats(own, CASES, OWN),
              new SoftmaxLoss.Cases(
                  floats(offsets, CANDIDATES),
                  hidden.stream().mapToLong(place -> place).toArray(),
                  floats(isNew, CASES)),
              teaching ? side(teacherTheta, teacherRows, teacherTarget) : null,
              weight,
              votes == null
                  ? null
                  : new SoftmaxLoss.Neighbours(
                      votes.places(),
                      votes.shares(),
                      floats(values(votes.target()), CASES),
                      floats(values(votes.mass()), CASES),
                      votes.weight()));
    }

    private SoftmaxLoss.Neighbours neighbours() {
      long[] places = new long[votes.length];
      float[] shares = new float[votes.length];
      double[] mass = targetVotes.clone();
      int count = 0;
      for (int b = 0; b < CASES; b++) {
        // Within a case in any order: here backwards.
        for (int k = CANDIDATES - 1; k >= 0; k--) {
          if (votes[b * CANDIDATES + k] > 0) {
            places[count] = (long) b * CANDIDATES + k;
            // Shares are floats: the reference must use the same numbers.
            votes[b * CANDIDATES + k] = (float) votes[b * CANDIDATES + k];
            shares[count++] = (float) votes[b * CANDIDATES + k];
            mass[b] += votes[b * CANDIDATES + k];
          }
        }
      }
      // The reference takes the mass to be one.
      for (int b = 0; b < CASES; b++) {
        if (mass[b] > 0) {
          targetVotes[b] += isNew[b] * (1 - mass[b]);
          mass[b] = 1;
        }
      }
      return new SoftmaxLoss.Neighbours(
          Arrays.copyOf(places, count),
          Arrays.copyOf(shares, count),
          Toys.doubles(targetVotes, CASES),
          Toys.doubles(mass, CASES),
          voteWeight);
    }
  }

  private static double[] values(Tensor tensor) {
    double[] values = new double[(int) tensor.numel()];
    new DoublePointer(tensor.contiguous().data_ptr()).get(values);
    return values;
  }

  private static void assertGradient(
      String name, Tensor gradient, double[] at, Problem problem, double tolerance) {
    double[] actual = values(gradient);
    assertThat(actual).hasSameSizeAs(at);
    for (int i = 0; i < at.length; i++) {
      double kept = at[i];
      double expected = 0;
      if (kept != NONE) {
        at[i] = kept + STEP;
        double above = problem.total();
        at[i] = kept - STEP;
        double below = problem.total();
        at[i] = kept;
        expected = (above - below) / (2 * STEP);
      }
      assertThat(actual[i]).as("%s %s", name, i).isCloseTo(expected, within(tolerance));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, false, false",
    "2, 3, false, false",
    "3, 7, false, false",
    "4, 100, false, false",
    "5, 1, true, false",
    "6, 3, true, false",
    "7, 100, true, false",
    "8, 3, false, true",
    "9, 100, true, true",
    "10, 2, true, true"
  })
  void valueAndGradientsAgreeWithPlainLoops(
      long seed, int block, boolean teaching, boolean voting) {
    Problem problem = new Problem(seed);
    problem.teaching = teaching;
    problem.voting = voting;
    SoftmaxLoss.Gradients gradients = problem.compute(block);
    assertThat(gradients.crossEntropy()).isCloseTo(problem.crossEntropy(), within(1e-12));
    assertThat(gradients.divergence())
        .isCloseTo(teaching ? problem.divergence() : 0, within(1e-12));
    // Shares are rounded to float, so their sum is 1 to 1e-7 only.
    assertThat(gradients.neighbours())
        .isCloseTo(voting ? problem.voteLoss() : 0, within(voting ? 1e-6 : 0));
    double tolerance = voting ? 1e-6 : 1e-9;
    assertGradient("theta", gradients.theta(), problem.theta, problem, tolerance);
    assertGradient("rows", gradients.rows(), problem.rows, problem, tolerance);
    assertGradient("own", gradients.own(), problem.own, problem, tolerance);
    assertGradient("target", gradients.target(), problem.target, problem, tolerance);
  }

  /**
   * Logits far from zero on one side or on both. With an own item far above all candidates, and as
   * the target of a case, too: the teacher's soft targets leave it out.
   */
  @ParameterizedTest
  @CsvSource({
    "31, 3, 15, 1, 0",
    "32, 100, 1, 15, 0",
    "33, 2, 15, 15, 0",
    "34, 100, 1, 1, 0",
    "35, 3, 1, 1, 80",
    "36, 3, 15, 1, 80"
  })
  void logitsFarFromZeroAgreeWithPlainLoops(
      long seed, int block, double student, double teacher, double ownAbove) {
    Problem problem = farProblem(seed, student, teacher, ownAbove);
    SoftmaxLoss.Gradients gradients = problem.compute(block);
    assertThat(gradients.crossEntropy()).isCloseTo(problem.crossEntropy(), within(1e-9));
    assertThat(gradients.divergence()).isCloseTo(problem.divergence(), within(1e-9));
    assertGradient("theta", gradients.theta(), problem.theta, problem, 1e-5);
    assertGradient("rows", gradients.rows(), problem.rows, problem, 1e-4);
    assertGradient("own", gradients.own(), problem.own, problem, 1e-5);
    assertGradient("target", gradients.target(), problem.target, problem, 1e-5);

    SoftmaxLoss.Gradients rounded = problem.computeRounded(block);
    assertThat(rounded.crossEntropy()).isCloseTo(problem.crossEntropy(), within(1e-3));
    assertThat(rounded.divergence()).isCloseTo(problem.divergence(), within(1e-3));
    assertClose(rounded.theta(), gradients.theta());
    assertClose(rounded.rows(), gradients.rows());
    assertClose(rounded.own(), gradients.own());
    assertClose(rounded.target(), gradients.target());
  }

  private static Problem farProblem(long seed, double student, double teacher, double ownAbove) {
    Problem problem = new Problem(seed);
    problem.teaching = true;
    problem.voting = true;
    Arrays.setAll(problem.theta, i -> student * problem.theta[i]);
    Arrays.setAll(problem.teacherTheta, i -> teacher * problem.teacherTheta[i]);
    for (int b = 0; b < CASES; b++) {
      if (problem.isNew[b] == 0) {
        problem.teacherTarget[b] += ownAbove;
      }
    }
    return problem;
  }

  private static void assertClose(Tensor rounded, Tensor exact) {
    float[] actual = Tensors.floats(rounded);
    double[] expected = values(exact);
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) actual[i])
          .isCloseTo(expected[i], within(1e-4 * Math.max(1, Math.abs(expected[i]))));
    }
  }

  @ParameterizedTest
  @CsvSource({"21, 100, false", "22, 3, false", "23, 3, true"})
  void smoothedLabelsAgreeWithPlainLoops(long seed, int block, boolean others) {
    Problem problem = new Problem(seed);
    problem.smoothing = 0.3;
    problem.teaching = others;
    problem.voting = others;
    SoftmaxLoss.Gradients gradients = problem.compute(block);
    assertThat(gradients.crossEntropy()).isCloseTo(problem.crossEntropy(), within(1e-12));
    double tolerance = others ? 1e-6 : 1e-9;
    assertGradient("theta", gradients.theta(), problem.theta, problem, tolerance);
    assertGradient("rows", gradients.rows(), problem.rows, problem, tolerance);
    assertGradient("own", gradients.own(), problem.own, problem, tolerance);
    assertGradient("target", gradients.target(), problem.target, problem, tolerance);
  }

  @Test
  void blocksOfAnySizeAgree() {
    Problem problem = new Problem(11);
    problem.smoothing = 0.2;
    problem.teaching = true;
    problem.voting = true;
    SoftmaxLoss.Gradients whole = problem.compute(100);
    for (int block = 1; block <= CASES; block++) {
      SoftmaxLoss.Gradients parts = problem.compute(block);
      assertThat(parts.crossEntropy()).isCloseTo(whole.crossEntropy(), within(1e-14));
      assertThat(parts.divergence()).isCloseTo(whole.divergence(), within(1e-14));
      assertThat(parts.neighbours()).isCloseTo(whole.neighbours(), within(1e-14));
      assertThat(values(parts.rows())).containsExactly(values(whole.rows()), within(1e-14));
      assertThat(values(parts.theta())).containsExactly(values(whole.theta()), within(1e-14));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 20})
  void anyNumberOfWorkersAgrees(int workers) {
    Problem problem = new Problem(17);
    problem.teaching = true;
    problem.voting = true;
    SoftmaxLoss.Gradients alone = problem.compute(new SoftmaxLoss(2, 0, new Workers(1)));
    SoftmaxLoss several = new SoftmaxLoss(2, 0, new Workers(workers));
    SoftmaxLoss.Gradients shared = problem.compute(several);
    assertThat(shared.crossEntropy()).isCloseTo(alone.crossEntropy(), within(1e-14));
    assertThat(shared.divergence()).isCloseTo(alone.divergence(), within(1e-14));
    assertThat(shared.neighbours()).isCloseTo(alone.neighbours(), within(1e-14));
    assertThat(values(shared.theta())).containsExactly(values(alone.theta()), within(1e-14));
    assertThat(values(shared.rows())).containsExactly(values(alone.rows()), within(1e-14));
    assertThat(values(shared.own())).containsExactly(values(alone.own()), within(1e-14));
    assertThat(values(shared.target())).containsExactly(values(alone.target()), within(1e-14));
    // Whoever is faster: the same bits.
    for (int round = 0; round < 10; round++) {
      SoftmaxLoss.Gradients again = problem.compute(several);
      assertThat(again.crossEntropy()).isEqualTo(shared.crossEntropy());
      assertThat(values(again.rows())).containsExactly(values(shared.rows()));
    }
  }

  @Test
  void aTeacherThatAgreesTeachesNothing() {
    Problem alone = new Problem(12);
    SoftmaxLoss.Gradients expected = alone.compute(4);
    Problem taught = new Problem(12);
    taught.teaching = true;
    System.arraycopy(taught.theta, 0, taught.teacherTheta, 0, taught.theta.length);
    System.arraycopy(taught.rows, 0, taught.teacherRows, 0, taught.rows.length);
    System.arraycopy(taught.target, 0, taught.teacherTarget, 0, taught.target.length);
    SoftmaxLoss.Gradients actual = taught.compute(4);
    assertThat(actual.divergence()).isCloseTo(0, within(1e-14));
    assertThat(values(actual.theta())).containsExactly(values(expected.theta()), within(1e-14));
    assertThat(values(actual.rows())).containsExactly(values(expected.rows()), within(1e-14));
    assertThat(values(actual.own())).containsExactly(values(expected.own()), within(1e-14));
    assertThat(values(actual.target())).containsExactly(values(expected.target()), within(1e-14));
  }

  @Test
  void theDivergenceIsPositiveWhereTeacherAndStudentDiffer() {
    Problem problem = new Problem(13);
    problem.teaching = true;
    assertThat(problem.compute(4).divergence()).isGreaterThan(0.1);
  }

  @Test
  void withoutWeightATeacherChangesTheValueOnly() {
    Problem problem = new Problem(14);
    SoftmaxLoss.Gradients alone = problem.compute(4);
    problem.teaching = true;
    problem.weight = 0;
    SoftmaxLoss.Gradients taught = problem.compute(4);
    assertThat(taught.divergence()).isGreaterThan(0);
    assertThat(values(taught.theta())).containsExactly(values(alone.theta()), within(1e-15));
    assertThat(values(taught.rows())).containsExactly(values(alone.rows()), within(1e-15));
  }

  /** A visitor who has clicked everything there is: only own items are left to score. */
  @ParameterizedTest
  @CsvSource({"false, 1", "true, 1", "false, 15", "true, 15"})
  void aCaseWithoutAnyNewItemIsWorthItsLabelOnly(boolean voting, double far) {
    Problem problem = farProblem(15, far, far, 0);
    problem.teaching = false;
    problem.voting = false;
    problem.isNew[0] = 0;
    problem.targetVotes[0] = 0;
    for (long k = 0; k < CANDIDATES; k++) {
      problem.hidden.add(k);
      problem.votes[(int) k] = 0;
    }
    SoftmaxLoss.Gradients alone = problem.compute(3);
    problem.teaching = true;
    problem.voting = voting;
    SoftmaxLoss.Gradients taught = problem.compute(3);
    assertThat(taught.crossEntropy()).isCloseTo(problem.crossEntropy(), within(1e-12));
    assertThat(taught.divergence()).isFinite().isGreaterThan(0);
    assertThat(taught.neighbours()).isFinite();
    for (Tensor gradient : new Tensor[] {taught.theta(), taught.rows(), taught.target()}) {
      assertThat(values(gradient)).doesNotContain(Double.NaN);
    }
    for (int d = 0; d < DIMENSION; d++) {
      assertThat(values(taught.theta())[d]).isEqualTo(values(alone.theta())[d]);
    }
    assertThat(values(taught.target())[0]).isCloseTo(values(alone.target())[0], within(1e-15));
  }

  @Test
  void floatsAgreeWithDoublesToFloatAccuracy() {
    Problem problem = new Problem(16);
    problem.teaching = true;
    SoftmaxLoss.Gradients exact = problem.compute(3);
    SoftmaxLoss.Gradients rounded = problem.computeRounded(3);
    assertThat(rounded.crossEntropy()).isCloseTo(exact.crossEntropy(), within(1e-5));
    assertThat(rounded.divergence()).isCloseTo(exact.divergence(), within(1e-5));
    double[] expected = values(exact.theta());
    float[] actual = Tensors.floats(rounded.theta());
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) actual[i]).isCloseTo(expected[i], within(1e-5));
    }
  }

  private static SoftmaxLoss.Side side(double[] theta, double[] rows, double[] target) {
    return new SoftmaxLoss.Side(
        floats(theta, CASES, DIMENSION),
        floats(rows, CANDIDATES, DIMENSION),
        floats(target, CASES));
  }

  private static Tensor floats(double[] values, long... shape) {
    float[] narrow = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      narrow[i] = (float) values[i];
    }
    return Tensors.of(narrow, shape);
  }
}
