package io.attar.training;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Weighted k-means (Lloyd 1982, started by k-means++). Sums run over points in order, so the same
 * points and seed give the same clusters.
 */
final class KMeans {
  private static final int BLOCK = 4096;

  private final int size;
  private final int dimension;
  private final int clusterCount;
  private final double[] weights; // (V) what a point's error counts
  private final float[] centers; // (K, D)
  private final int[] nearest; // (V) each point's cluster

  /**
   * Clusters to find or to go on with.
   *
   * @param dimension D, length of a point
   * @param weights (V) what a point's error counts
   * @param centers (K, D) kept and overwritten
   * @param nearest (V) each point's cluster, kept and overwritten
   */
  KMeans(int dimension, double[] weights, float[] centers, int[] nearest) {
    this.size = nearest.length;
    this.dimension = dimension;
    this.clusterCount = centers.length / dimension;
    this.weights = weights;
    this.centers = centers;
    this.nearest = nearest;
  }

  /** Finds clusters of points (V, D) from nothing. */
  void cluster(float[] points, int iterations, long seed) {
    try (PointerScope scope = new PointerScope()) {
      seedCenters(points, new SplittableRandom(seed));
    }
    for (int i = 0; i < iterations; i++) {
      float[] distances = assign(points);
      refit(points, distances);
    }
    assign(points);
  }

  /** k-means++ (Arthur and Vassilvitskii, SODA 2007). */
  private void seedCenters(float[] values, SplittableRandom random) {
    Tensor points = Tensors.of(values, size, dimension);
    float[] lengths = Tensors.floats(Tensors.sumLast(points.mul(points)));
    float[] closest = new float[size];
    Arrays.fill(closest, Float.POSITIVE_INFINITY);
    int chosen = random.nextInt(size);
    for (int k = 0; k < clusterCount; k++) {
      System.arraycopy(values, chosen * dimension, centers, k * dimension, dimension);
      float[] products;
      try (PointerScope scope = new PointerScope()) {
        products = Tensors.floats(torch.mv(points, points.select(0, chosen)));
      }
      double sum = 0;
      for (int v = 0; v < size; v++) {
        float distance = lengths[v] + lengths[chosen] - 2 * products[v];
        closest[v] = Math.max(0, Math.min(closest[v], distance));
        sum += weights[v] * closest[v];
      }
      double place = random.nextDouble() * sum;
      chosen = 0;
      while (chosen < size - 1 && place >= weights[chosen] * closest[chosen]) {
        place -= weights[chosen] * closest[chosen];
        chosen++;
      }
    }
  }

  /** Nearest center of every point; returns the squared distances less the points' own lengths. */
  float[] assign(float[] points) {
    float[] distances = new float[size];
    try (PointerScope scope = new PointerScope()) {
      Tensor codewords = Tensors.of(centers, clusterCount, dimension);
      Tensor lengths = Tensors.sumLast(codewords.mul(codewords));
      for (int from = 0; from < size; from += BLOCK) {
        try (PointerScope inner = new PointerScope()) {
          int count = Math.min(BLOCK, size - from);
          Tensor block =
              Tensors.of(
                  Arrays.copyOfRange(points, from * dimension, (from + count) * dimension),
                  count,
                  dimension);
          var closest =
              torch.min(
                  torch.mm(block, codewords.t()).mul_(Tensors.scalar(-2)).add_(lengths), 1, false);
          System.arraycopy(Tensors.floats(closest.get0()), 0, distances, from, count);
          System.arraycopy(Tensors.ints(closest.get1()), 0, nearest, from, count);
        }
      }
    }
    return distances;
  }

  /**
   * Centers to the mean of their points; one without points to the point farthest from its own.
   *
   * @param distances what {@link #assign} gave, or null to leave centers without points alone
   */
  void refit(float[] points, float @Nullable [] distances) {
    double[] sums = new double[clusterCount * dimension];
    double[] counts = new double[clusterCount];
    for (int v = 0; v < size; v++) {
      int k = nearest[v];
      counts[k] += weights[v];
      for (int d = 0; d < dimension; d++) {
        sums[k * dimension + d] += weights[v] * points[v * dimension + d];
      }
    }
    boolean[] taken = new boolean[distances == null ? 0 : size];
    for (int k = 0; k < clusterCount; k++) {
      if (counts[k] > 0) {
        for (int d = 0; d < dimension; d++) {
          centers[k * dimension + d] = (float) (sums[k * dimension + d] / counts[k]);
        }
      } else if (distances != null) {
        int farthest = farthest(points, distances, taken);
        taken[farthest] = true;
        System.arraycopy(points, farthest * dimension, centers, k * dimension, dimension);
      }
    }
  }

  private int farthest(float[] points, float[] distances, boolean[] taken) {
    int farthest = 0;
    double most = Double.NEGATIVE_INFINITY;
    for (int v = 0; v < size; v++) {
      if (!taken[v]) {
        double distance = distances[v];
        for (int d = 0; d < dimension; d++) {
          distance += (double) points[v * dimension + d] * points[v * dimension + d];
        }
        if (weights[v] * distance > most) {
          most = weights[v] * distance;
          farthest = v;
        }
      }
    }
    return farthest;
  }
}
