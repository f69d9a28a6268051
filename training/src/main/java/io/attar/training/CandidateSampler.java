package io.attar.training;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Draws the items that a step scores besides targets and own items. Either all items, or a sample
 * with replacement from half the square root of the click counts and half uniform, with the log of
 * the expected number of draws subtracted from each logit, so that the sampled partition function
 * is unbiased (Bengio and Senecal 2008).
 */
final class CandidateSampler {
  private final int itemCount;
  private final int sampleSize; // 0 = all items
  private final double[] cumulative; // (V) cumulative probability
  private final double[] probability; // (V)

  /**
   * Prepares the distribution.
   *
   * @param clickCounts (V) clicks of each item in training
   * @param sampleSize draws a step; all items when this is 0 or not below V
   */
  CandidateSampler(int[] clickCounts, int sampleSize) {
    this.itemCount = clickCounts.length;
    this.sampleSize = sampleSize >= itemCount ? 0 : sampleSize;
    this.probability = new double[itemCount];
    this.cumulative = new double[itemCount];
    double rootSum = 0;
    for (int count : clickCounts) {
      rootSum += Math.sqrt(count);
    }
    double sum = 0;
    for (int v = 0; v < itemCount; v++) {
      probability[v] = 0.5 * Math.sqrt(clickCounts[v]) / Math.max(rootSum, 1) + 0.5 / itemCount;
      sum += probability[v];
      cumulative[v] = sum;
    }
  }

  /**
   * The candidates of one step; the same seed gives the same ones.
   *
   * @param certain distinct items that take part for certain, counted as they are; the sample then
   *     stands for all others
   */
  Candidates draw(long seed, int[] certain) {
    if (sampleSize == 0) {
      int[] all = new int[itemCount];
      for (int v = 0; v < itemCount; v++) {
        all[v] = v;
      }
      return new Candidates(all, new float[itemCount]);
    }
    SplittableRandom random = new SplittableRandom(seed);
    int[] items = Arrays.copyOf(certain, certain.length + sampleSize);
    float[] offsets = new float[items.length];
    int[] sorted = certain.clone();
    Arrays.sort(sorted);
    int filled = certain.length;
    double end = cumulative[itemCount - 1];
    for (int k = 0; k < sampleSize; k++) {
      int place = Arrays.binarySearch(cumulative, random.nextDouble() * end);
      int item = Math.min(place < 0 ? -place - 1 : place, itemCount - 1);
      if (Arrays.binarySearch(sorted, item) < 0) {
        items[filled] = item;
        offsets[filled++] = (float) -Math.log(sampleSize * probability[item]);
      }
    }
    return new Candidates(Arrays.copyOf(items, filled), Arrays.copyOf(offsets, filled));
  }

  /**
   * Candidate items of one step.
   *
   * @param items (K) item indices; one may occur more than once
   * @param offsets (K) added to each candidate's logit
   */
  record Candidates(int[] items, float[] offsets) {}
}
