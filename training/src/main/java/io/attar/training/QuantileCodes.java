package io.attar.training;

import java.util.Arrays;
import java.util.Comparator;
import java.util.SplittableRandom;

/**
 * Codes from the sessions alone (RecJPQ; Petrov and Macdonald, WSDM 2024): each of the M leading
 * components of the items' co-occurrence is cut into K bins of equally many items. The codes do not
 * see the teacher's table; only the codebooks are fitted to it, as product codes: a codeword is the
 * mean of its items' columns in its block. An item's error counts there as in clustering.
 *
 * <p>The paper decomposes the matrix of users and items; this takes the leading columns of {@link
 * CooccurrenceStart}, which come from the co-occurrence within sessions and have unit rows.
 */
final class QuantileCodes implements Quantiser {
  static final String NAME = "quantile";

  /** Deviation of the noise that breaks ties, as a share of the largest component. */
  private static final double JITTER = 1e-5;

  private final float[] components; // (V, C), leading columns first

  /**
   * Codes of items with these components.
   *
   * @param components (V, C) with at least M columns, the leading ones first
   */
  QuantileCodes(float[] components) {
    this.components = components;
  }

  @Override
  public Result learn(float[] rows, int[] clickCounts, StudentOptions options, long seed) {
    Composition composition = new Composition(rows, clickCounts, options);
    int width = composition.dimension() / composition.codebookCount();
    for (int m = 0; m < composition.codebookCount(); m++) {
      cut(m, composition.codes(m), options.codewords(), Randoms.seed(seed, "jitter", m));
      float[] centers = new float[options.codewords() * width];
      new KMeans(width, composition.weights(), centers, composition.codes(m))
          .refit(composition.block(m), null);
      composition.setBlock(m, centers);
      composition.takeOut(m);
    }
    return composition.result(true, options.uniqueCodes());
  }

  /** Bins 0 to K-1 of equally many items by one component, the smallest values first. */
  private void cut(int m, int[] bins, int binCount, long seed) {
    int size = bins.length;
    int columns = components.length / size;
    SplittableRandom random = new SplittableRandom(seed);
    double[] values = new double[size];
    double most = 0;
    for (int v = 0; v < size; v++) {
      values[v] = components[v * columns + m];
      most = Math.max(most, Math.abs(values[v]));
    }
    Integer[] order = new Integer[size];
    for (int v = 0; v < size; v++) {
      values[v] += JITTER * most * Randoms.gaussian(random);
      order[v] = v;
    }
    Arrays.sort(order, Comparator.comparingDouble(v -> values[v]));
    for (int i = 0; i < size; i++) {
      bins[order[i]] = (int) ((long) i * binCount / size);
    }
  }
}
