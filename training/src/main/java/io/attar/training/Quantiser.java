package io.attar.training;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;

/**
 * A way to find codes: item vectors become one codeword number from each of M codebooks of K
 * codewords, and the codebooks. Same rows, clicks, options and seed: same codes.
 */
interface Quantiser {
  /**
   * Finds codes and codebooks.
   *
   * @param rows (V, N) item vectors
   * @param clickCounts (V) what an item's error counts goes by its clicks; of two items with one
   *     code the less clicked one moves
   * @param options M, K and what the quantiser goes by
   * @throws IllegalArgumentException when there are fewer codes than items, or the quantiser cannot
   *     make so many codebooks of rows of this length
   */
  Result learn(float[] rows, int[] clickCounts, StudentOptions options, long seed);

  /**
   * What was found.
   *
   * @param codes every item's code; all distinct unless that was switched off
   * @param codebooks (M K, N)
   * @param product whether codeword k of codebook m is zero outside the columns m N/M to (m+1) N/M
   *     - 1
   * @param error squared error over squared length of the rows
   * @param repaired items moved so that no two share a code
   * @param epochs what each epoch did, an array; empty where nothing is learned in epochs
   * @param encoder parameters of the encoder that codes come from, by name; empty without one
   */
  record Result(
      Codes codes,
      float[] codebooks,
      boolean product,
      double error,
      int repaired,
      JsonNode epochs,
      Map<String, float[]> encoder) {

    /** This result with what is only known of the one it was made from. */
    Result after(Result before) {
      return new Result(
          codes,
          codebooks,
          product,
          error,
          before.encoder.isEmpty() ? before.repaired : repaired,
          before.epochs,
          before.encoder);
    }

    /** A result without epochs or encoder. */
    Result(Codes codes, float[] codebooks, boolean product, double error, int repaired) {
      this(
          codes,
          codebooks,
          product,
          error,
          repaired,
          new ObjectMapper().createArrayNode(),
          Map.of());
    }
  }

  /** Whether a quantiser gives every codebook as many columns. */
  static boolean ofBlocks(String quantiser) {
    return quantiser.equals(ProductCodes.NAME) || quantiser.equals(QuantileCodes.NAME);
  }

  /** Whether K^M reaches the number of items; in logarithms, as K^M is beyond any integer. */
  static boolean tellsApart(int codebookCount, int codewordCount, int itemCount) {
    return codebookCount * Math.log(codewordCount) >= Math.log(itemCount) - 1e-9;
  }

  /** Refuses settings in which two items must share a code. */
  static void requireEnoughCodes(int codebookCount, int codewordCount, int itemCount) {
    if (!tellsApart(codebookCount, codewordCount, itemCount)) {
      throw new IllegalArgumentException(
          codebookCount
              + " codebooks of "
              + codewordCount
              + " codewords make "
              + Math.round(Math.pow(codewordCount, codebookCount))
              + " codes, fewer than the "
              + itemCount
              + " items: raise student.codebooks or student.codewords");
    }
  }

  /**
   * Refuses a quantiser that cannot make codes of this shape, before anything is computed.
   *
   * @param dimension N, length of an item vector
   */
  static void requireShape(StudentOptions options, int dimension) {
    int codebooks = options.codebooks();
    String quantiser = options.quantiser();
    if (ofBlocks(quantiser) && dimension % codebooks != 0) {
      throw new IllegalArgumentException(
          "student.codebooks must divide teacher.dimension "
              + dimension
              + " when student.quantiser is "
              + quantiser
              + ", which gives every codebook as many columns: "
              + codebooks
              + "; choose a divisor of the dimension, or another quantiser");
    }
    long all = (long) codebooks * options.codewords();
    if (quantiser.equals(GumbelCodes.NAME) && all > GumbelCodes.MOST_LOGITS) {
      throw new IllegalArgumentException(
          "student.codebooks times student.codewords must be at most "
              + GumbelCodes.MOST_LOGITS
              + " when student.quantiser is gumbel, whose encoder has half its square of weights: "
              + all
              + "; choose fewer or smaller codebooks, or another quantiser");
    }
    if (quantiser.equals(AdditiveCodes.NAME) && all > AdditiveCodes.MOST_CODEWORDS) {
      throw new IllegalArgumentException(
          "student.codebooks times student.codewords must be at most "
              + AdditiveCodes.MOST_CODEWORDS
              + " when student.quantiser is additive, which solves for all codewords at once: "
              + all
              + "; choose fewer or smaller codebooks, or another quantiser");
    }
  }
}
