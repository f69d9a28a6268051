package io.attar.training;

/**
 * Codes by hashing, a control that needs to look at nothing: the quotient-remainder trick (Shi et
 * al., Compositional Embeddings Using Complementary Partitions, KDD 2020) in any number of digits.
 * The code in codebook m is the item's m-th digit to the radix K plus a hash of the digits before,
 * modulo K; so no two items share all, and every codeword is used. The codebooks are additive and
 * fitted to the rows.
 */
final class HashedCodes implements Quantiser {
  static final String NAME = "hashed";

  @Override
  public Result learn(float[] rows, int[] clickCounts, StudentOptions options, long seed) {
    Composition composition = new Composition(rows, clickCounts, options);
    int radix = options.codewords();
    long before = 1; // numbers that the digits before can make
    for (int m = 0; m < composition.codebookCount(); m++) {
      int[] codes = composition.codes(m);
      for (int v = 0; v < codes.length; v++) {
        long hash = m == 0 ? 0 : Randoms.seed(seed, "digit " + m, v % before);
        codes[v] = (int) ((v / before + Math.floorMod(hash, radix)) % radix);
      }
      before = Math.min(before * radix, Integer.MAX_VALUE); // beyond any item's number
    }
    composition.fit(1 + options.reassignmentRounds());
    return composition.result(false, options.uniqueCodes());
  }
}
