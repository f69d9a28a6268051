package io.attar.training;

import java.util.SplittableRandom;

/**
 * Codes drawn at random, the control: what learning codes is worth shows against these. The
 * codebooks are additive and fitted to the rows.
 */
final class RandomCodes implements Quantiser {
  static final String NAME = "random";

  @Override
  public Result learn(float[] rows, int[] clickCounts, StudentOptions options, long seed) {
    Composition composition = new Composition(rows, clickCounts, options);
    for (int m = 0; m < composition.codebookCount(); m++) {
      SplittableRandom random = new SplittableRandom(Randoms.seed(seed, "codebook", m));
      int[] codes = composition.codes(m);
      for (int v = 0; v < codes.length; v++) {
        codes[v] = random.nextInt(options.codewords());
      }
    }
    composition.fit(1 + options.reassignmentRounds());
    return composition.result(false, options.uniqueCodes());
  }
}
