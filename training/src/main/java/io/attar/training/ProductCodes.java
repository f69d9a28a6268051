package io.attar.training;

/**
 * Product codes (Jegou, Douze and Schmid, PAMI 2011): codebook m clusters columns m N/M to (m+1)
 * N/M - 1 of the rows by k-means, and its codewords are zero elsewhere. At the same M and K the
 * codebooks hold an M-th of the numbers of additive ones; what crosses a block's border is not
 * seen, so the error is larger.
 */
final class ProductCodes implements Quantiser {
  static final String NAME = "product";

  @Override
  public Result learn(float[] rows, int[] clickCounts, StudentOptions options, long seed) {
    Composition composition = new Composition(rows, clickCounts, options);
    int width = composition.dimension() / composition.codebookCount();
    for (int m = 0; m < composition.codebookCount(); m++) {
      float[] centers = new float[options.codewords() * width];
      new KMeans(width, composition.weights(), centers, composition.codes(m))
          .cluster(
              composition.block(m),
              options.clusteringIterations(),
              Randoms.seed(seed, "codebook", m));
      composition.setBlock(m, centers);
      composition.takeOut(m);
    }
    return composition.result(true, options.uniqueCodes());
  }
}
