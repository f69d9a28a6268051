package io.attar.training;

/**
 * Codes by residual k-means: each codebook clusters what the ones before it leave over; then each
 * item's codes are chosen anew, one codebook at a time with the others held, and the codebook
 * refitted.
 */
final class ResidualCodes implements Quantiser {
  static final String NAME = "residual";

  @Override
  public Result learn(float[] rows, int[] clickCounts, StudentOptions options, long seed) {
    Composition composition = new Composition(rows, clickCounts, options);
    cluster(composition, options, seed);
    float[] residual = composition.residual();
    for (int round = 0; round < options.reassignmentRounds(); round++) {
      for (int m = 0; m < composition.codebookCount(); m++) {
        KMeans clusters = composition.clusters(m);
        composition.putBack(m);
        clusters.assign(residual);
        clusters.refit(residual, null);
        composition.takeOut(m);
      }
    }
    return composition.result(false, options.uniqueCodes());
  }

  /** Finds one codebook after the other, each from what the ones before it leave over. */
  static void cluster(Composition composition, StudentOptions options, long seed) {
    for (int m = 0; m < composition.codebookCount(); m++) {
      composition
          .clusters(m)
          .cluster(
              composition.residual(),
              options.clusteringIterations(),
              Randoms.seed(seed, "codebook", m));
      composition.takeOut(m);
    }
  }
}
