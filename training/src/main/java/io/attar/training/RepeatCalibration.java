package io.attar.training;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Fits what re-clicks get, on held-out sessions. In training the item part memorises the sessions
 * it is fitted on, so a repeat bonus learned there comes out too low; fitted on the latest sessions
 * held out, it is the largest single gain of all.
 *
 * <p>Own item j scores alpha s_j + beta bonus_j + table[count][age] + length[l] + a log(1 + age) +
 * c log(count) + d log(distinct) + delta, a new item tau s_v. All but tau by cross-entropy (Adam,
 * rate falling to zero, L2 on the tables); tau by NDCG@10, each half of the sessions measured with
 * the fit of the other.
 */
final class RepeatCalibration {
  /** What decides about repeats, as a finished model's description names it. */
  static final String TABLES = "head";

  static final String NETWORK = "network";
  private static final int STEPS = 200;
  private static final double LEARNING_RATE = 0.1;
  private static final double TABLE_DECAY = 1e-3;
  private static final int FOLDS = 2;

  private static final int ALPHA = 0;
  private static final int BETA = 1;
  private static final int LOG_AGE = 2;
  private static final int LOG_COUNT = 3;
  private static final int LOG_DISTINCT = 4;
  private static final int DELTA = 5;
  private static final int TABLE = 6;

  private final HeldOutCases cases;
  private final float[] bonus; // (BUCKETS) as trained
  private final int window;
  private final double[] logOf; // log(i)

  RepeatCalibration(HeldOutCases cases, float[] bonus, int window) {
    this.cases = cases;
    this.bonus = bonus;
    this.window = window;
    this.logOf = new double[window + 2];
    for (int i = 1; i < logOf.length; i++) {
      logOf[i] = Math.log(i);
    }
  }

  /**
   * What calibration found.
   *
   * @param head the repeat head for scores multiplied by {@code temperature}
   * @param temperature factor on all similarity scores, tau
   * @param quality cross-fitted quality on the held-out sessions
   * @param network what decides in place of the head, its scores then not multiplied; or null
   */
  record Result(
      RepeatHead head,
      double temperature,
      HeldOutQuality quality,
      @Nullable RepeatNetwork network) {

    /** The same with a network in the head's place. */
    Result with(RepeatNetworkFit.Result fitted) {
      return new Result(
          head,
          1,
          new HeldOutQuality(
              fitted.recall(), fitted.gain(), quality.newRecall(), quality.newGain()),
          fitted.network());
    }
  }

  static Result fit(HeldOutCases cases, float[] bonus, int window) {
    RepeatCalibration calibration = new RepeatCalibration(cases, bonus, window);
    double[][] crossFitted =
        IntStream.range(0, HeldOutCases.TEMPERATURES.length)
            .parallel()
            .mapToObj(calibration::crossFitted)
            .toArray(double[][]::new);
    int chosen = 0;
    for (int t = 1; t < crossFitted.length; t++) {
      if (crossFitted[t][1] > crossFitted[chosen][1]) {
        chosen = t;
      }
    }
    double[] weights = calibration.fit(chosen, -1);
    double[] newItems = cases.newItemQuality();
    return new Result(
        calibration.head(weights, HeldOutCases.TEMPERATURES[chosen]),
        HeldOutCases.TEMPERATURES[chosen],
        new HeldOutQuality(
            crossFitted[chosen][0], crossFitted[chosen][1], newItems[0], newItems[1]),
        null);
  }

  /** Nothing fitted: own items score what any other item would, and are measured so. */
  static Result without(HeldOutCases cases, int window) {
    RepeatCalibration plain =
        new RepeatCalibration(cases, new float[RepeatFeatures.BUCKETS], window);
    double[] weights = new double[TABLE + RepeatFeatures.BUCKETS + window];
    weights[ALPHA] = 1;
    double[] all = new double[2];
    for (int fold = 0; fold < FOLDS; fold++) {
      plain.addQuality(fold, 1, weights, all);
    }
    double[] newItems = cases.newItemQuality();
    return new Result(
        plain.head(weights, 1),
        1,
        new HeldOutQuality(plain.percent(all[0]), plain.percent(all[1]), newItems[0], newItems[1]),
        null);
  }

  /** Recall@10 and NDCG@10 in percent, each fold measured with the weights of the others. */
  private double[] crossFitted(int temperature) {
    double[] sums = new double[2];
    for (int fold = 0; fold < FOLDS; fold++) {
      addQuality(fold, HeldOutCases.TEMPERATURES[temperature], fit(temperature, fold), sums);
    }
    return new double[] {percent(sums[0]), percent(sums[1])};
  }

  /** Adds hits among ten and their gain, of one fold's cases. */
  private void addQuality(int fold, double temperature, double[] weights, double[] sums) {
    for (int c = 0; c < cases.caseCount(); c++) {
      if (cases.fold(c, FOLDS) == fold) {
        int rank = rank(c, weights, temperature);
        if (rank <= 10) {
          sums[0]++;
          sums[1] += Math.log(2) / Math.log(rank + 1.0);
        }
      }
    }
  }

  private double percent(double sum) {
    return 100 * sum / Math.max(cases.caseCount(), 1);
  }

  /** Pessimistic rank of the target, exact up to ten. */
  private int rank(int c, double[] weights, double temperature) {
    int targetOwn = cases.targetOwn(c);
    double target =
        targetOwn >= 0 ? ownScore(c, targetOwn, weights) : temperature * cases.newTarget(c);
    int rank = targetOwn >= 0 ? 1 : cases.newTargetRank(c);
    if (rank > HeldOutCases.BEST) {
      return rank;
    }
    for (int own = cases.ownStart(c); own < cases.ownEnd(c); own++) {
      if (own != targetOwn && ownScore(c, own, weights) >= target) {
        rank++;
      }
    }
    if (targetOwn >= 0) {
      for (int k = 0; k < HeldOutCases.BEST; k++) {
        rank += temperature * cases.best(c, k) >= target ? 1 : 0;
      }
    }
    return rank;
  }

  private int bucket(int own) {
    return RepeatFeatures.bucket(cases.count(own), cases.age(own));
  }

  private double ownScore(int c, int own, double[] weights) {
    int bucket = bucket(own);
    return weights[ALPHA] * cases.similarity(own)
        + weights[BETA] * bonus[bucket]
        + weights[LOG_AGE] * logOf[cases.age(own) + 1]
        + weights[LOG_COUNT] * logOf[cases.count(own)]
        + weights[LOG_DISTINCT] * logOf[cases.distinct(c)]
        + weights[DELTA]
        + weights[TABLE + bucket]
        + weights[TABLE + RepeatFeatures.BUCKETS + cases.length(c) - 1];
  }

  /** Weights by cross-entropy on all folds but one; -1 = on all. */
  double[] fit(int temperature, int leftOut) {
    int size = TABLE + RepeatFeatures.BUCKETS + window;
    double[] weights = new double[size];
    weights[ALPHA] = 0.15;
    weights[BETA] = 1;
    ArrayAdam adam = new ArrayAdam(size);
    double[] gradient = new double[size];
    int fitted = 0;
    for (int c = 0; c < cases.caseCount(); c++) {
      fitted += leftOut < 0 || cases.fold(c, FOLDS) != leftOut ? 1 : 0;
    }
    double share = 1.0 / Math.max(fitted, 1);
    for (int step = 1; step <= STEPS; step++) {
      Arrays.fill(gradient, 0);
      for (int c = 0; c < cases.caseCount(); c++) {
        if (leftOut < 0 || cases.fold(c, FOLDS) != leftOut) {
          addGradient(c, temperature, weights, gradient, share);
        }
      }
      for (int i = TABLE; i < size; i++) {
        gradient[i] += TABLE_DECAY * weights[i];
      }
      adam.step(weights, gradient, LEARNING_RATE * (1 - (step - 1.0) / STEPS));
    }
    return weights;
  }

  private void addGradient(
      int c, int temperature, double[] weights, double[] gradient, double share) {
    int start = cases.ownStart(c);
    int end = cases.ownEnd(c);
    int targetOwn = cases.targetOwn(c);
    if (targetOwn < 0 && cases.newTarget(c) == Float.NEGATIVE_INFINITY) {
      return; // A target no row knows says nothing about own items that could be learned from.
    }
    double newSum = cases.logSum(c, temperature);
    double[] scores = new double[end - start];
    double highest = newSum;
    for (int own = start; own < end; own++) {
      scores[own - start] = ownScore(c, own, weights);
      highest = Math.max(highest, scores[own - start]);
    }
    double sum = Math.exp(newSum - highest);
    for (double score : scores) {
      sum += Math.exp(score - highest);
    }
    for (int own = start; own < end; own++) {
      double push =
          share * (Math.exp(scores[own - start] - highest) / sum - (own == targetOwn ? 1 : 0));
      int bucket = bucket(own);
      gradient[ALPHA] += push * cases.similarity(own);
      gradient[BETA] += push * bonus[bucket];
      gradient[LOG_AGE] += push * logOf[cases.age(own) + 1];
      gradient[LOG_COUNT] += push * logOf[cases.count(own)];
      gradient[LOG_DISTINCT] += push * logOf[cases.distinct(c)];
      gradient[DELTA] += push;
      gradient[TABLE + bucket] += push;
      gradient[TABLE + RepeatFeatures.BUCKETS + cases.length(c) - 1] += push;
    }
  }

  /** The weights as tables over integers, for scores that carry the factor tau already. */
  RepeatHead head(double[] weights, double tau) {
    float[] countAge = new float[RepeatFeatures.BUCKETS];
    for (int i = 0; i < countAge.length; i++) {
      countAge[i] = (float) (weights[BETA] * bonus[i] + weights[TABLE + i] + weights[DELTA]);
    }
    float[] age = new float[window];
    float[] count = new float[window];
    float[] distinct = new float[window];
    float[] length = new float[window];
    for (int i = 0; i < window; i++) {
      age[i] = (float) (weights[LOG_AGE] * logOf[i + 1]);
      count[i] = (float) (weights[LOG_COUNT] * logOf[i + 1]);
      distinct[i] = (float) (weights[LOG_DISTINCT] * logOf[i + 1]);
      length[i] = (float) weights[TABLE + RepeatFeatures.BUCKETS + i];
    }
    return new RepeatHead((float) (weights[ALPHA] / tau), countAge, age, count, distinct, length);
  }
}
