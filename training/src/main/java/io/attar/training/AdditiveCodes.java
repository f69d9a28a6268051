package io.attar.training;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Additive codes (Babenko and Lempitsky, CVPR 2014) found by local search (LSQ: Martinez, Clement,
 * Hoos and Little, ECCV 2016). They begin as residual ones. Each round fits all codebooks at once
 * by least squares to the codes as they are, then looks for better codes of every item: one
 * codebook at a time with the others held, from the item's own code and from that code with some
 * places drawn anew, which gets out of what the first is stuck in. An item keeps the best it has
 * seen under these codebooks.
 *
 * <p>What ships is rounded, and least squares alone pays for a small error with long codewords that
 * cancel out. So the objective is the error expected after rounding: each codeword used adds its
 * squared length times the share of it that rounding loses, which is measured, not assumed.
 */
final class AdditiveCodes implements Quantiser {
  static final String NAME = "additive";

  /** All codewords together; least squares solves for as many unknowns at once. */
  static final int MOST_CODEWORDS = 6144;

  /**
   * Least squares has many solutions, as what one codebook adds another may take; this share of a
   * codeword's own weight picks one.
   */
  private static final double SMALLEST_RIDGE = 1e-6;

  private static final int SEARCHES = 3; // from codes with places drawn anew, each round
  private static final int PASSES = 4; // through the codebooks, at most, in one search
  private static final int BLOCK = 1024; // items whose products with all codewords are held

  private static final String STAGE = "codes";

  private final TrainingListener listener;

  /** Codes whose rounds are told to a listener. */
  AdditiveCodes(TrainingListener listener) {
    this.listener = listener;
  }

  @Override
  public Result learn(float[] rows, int[] clickCounts, StudentOptions options, long seed) {
    Composition composition = new Composition(rows, clickCounts, options);
    ResidualCodes.cluster(composition, options, seed);
    for (int m = 0; m < composition.codebookCount(); m++) {
      composition.putBack(m);
    }
    int rounds = options.reassignmentRounds();
    for (int round = 0; round < rounds; round++) {
      listener.progressed(STAGE, 1, round, rounds);
      fit(composition, rows, options);
      search(composition, rows, options, Randoms.seed(seed, "search", round));
    }
    fit(composition, rows, options);
    for (int m = 0; m < composition.codebookCount(); m++) {
      composition.takeOut(m);
    }
    return composition.result(false, options.uniqueCodes());
  }

  /** Share of the codewords' squared length that rounding to the options' bits loses. */
  static double rounding(float[] codewords, int dimension, int bits) {
    if (bits == Quantised.UNROUNDED) {
      return 0;
    }
    float[] rounded =
        Quantised.of(codewords, codewords.length / dimension, dimension, bits).values();
    double lost = 0;
    double all = Float.MIN_NORMAL;
    for (int i = 0; i < codewords.length; i++) {
      lost += (codewords[i] - rounded[i]) * (double) (codewords[i] - rounded[i]);
      all += codewords[i] * (double) codewords[i];
    }
    return lost / all;
  }

  /** Fits all codewords to the codes: the normal equations of the weighted least squares. */
  static void fit(Composition composition, float[] rows, StudentOptions options) {
    int dimension = composition.dimension();
    int codewords = options.codewords();
    int codebooks = composition.codebookCount();
    int unknowns = codebooks * codewords;
    double[] weights = composition.weights();
    double[] together = new double[unknowns * unknowns]; // weight of the items that use both
    double[] sums = new double[unknowns * dimension]; // weighted, of the items that use it
    int[] used = new int[codebooks];
    for (int v = 0; v < weights.length; v++) {
      for (int m = 0; m < codebooks; m++) {
        used[m] = m * codewords + composition.codes(m)[v];
      }
      for (int one : used) {
        for (int other : used) {
          together[one * unknowns + other] += weights[v];
        }
        for (int d = 0; d < dimension; d++) {
          sums[one * dimension + d] += weights[v] * rows[v * dimension + d];
        }
      }
    }
    double lost = rounding(composition.flatCodebooks(), dimension, options.codebookBits());
    for (int i = 0; i < unknowns; i++) {
      int diagonal = i * unknowns + i;
      double weight = together[diagonal];
      // A codeword that nobody uses becomes zero.
      together[diagonal] = weight > 0 ? weight * (1 + lost + SMALLEST_RIDGE) : 1;
    }
    float[] solved;
    try (PointerScope scope = new PointerScope()) {
      Tensor factor = torch.linalg_cholesky(Tensor.create(together, unknowns, unknowns));
      solved =
          Tensors.floats(
              torch
                  .cholesky_solve(Tensor.create(sums, unknowns, dimension), factor, false)
                  .to(torch.ScalarType.Float));
    }
    for (int m = 0; m < codebooks; m++) {
      float[] codebook = composition.codebook(m);
      System.arraycopy(solved, m * codebook.length, codebook, 0, codebook.length);
    }
  }

  private static void search(
      Composition composition, float[] rows, StudentOptions options, long seed) {
    int dimension = composition.dimension();
    float[] codewords = composition.flatCodebooks();
    int all = codewords.length / dimension;
    double lost = rounding(codewords, dimension, options.codebookBits());
    int codebooks = composition.codebookCount();
    int size = composition.weights().length;
    try (PointerScope scope = new PointerScope()) {
      Tensor matrix = Tensors.of(codewords, all, dimension);
      float[] pairs = Tensors.floats(torch.mm(matrix, matrix.t()).mul_(Tensors.scalar(2)));
      Tensor lengths = Tensors.sumLast(matrix.mul(matrix)).mul_(Tensors.scalar(1 + lost));
      for (int from = 0; from < size; from += BLOCK) {
        try (PointerScope inner = new PointerScope()) {
          int first = from;
          int count = Math.min(BLOCK, size - from);
          Tensor block =
              Tensors.of(
                  Arrays.copyOfRange(rows, from * dimension, (from + count) * dimension),
                  count,
                  dimension);
          float[] costs =
              Tensors.floats(torch.mm(block, matrix.t()).mul_(Tensors.scalar(-2)).add_(lengths));
          // Every item has its own random numbers: how threads share the items changes nothing.
          IntStream.range(0, count)
              .parallel()
              .forEach(
                  place -> {
                    int v = first + place;
                    int[] code = new int[codebooks];
                    Arrays.setAll(code, m -> composition.codes(m)[v]);
                    int[] found =
                        new Search(costs, place * all, pairs, codebooks, options.codewords())
                            .best(code, new SplittableRandom(Randoms.seed(seed, "item", v)));
                    for (int m = 0; m < codebooks; m++) {
                      composition.codes(m)[v] = found[m];
                    }
                  });
        }
      }
    }
  }

  /** The search for one item's code. */
  static final class Search {
    private final float[] costs; // of each codeword alone: its length less twice its product
    private final int offset; // where this item's costs begin
    private final float[] pairs; // (M K, M K) twice the products of codewords
    private final int codebooks;
    private final int codewords;
    private final int all;
    private final float[] sums; // (M K) cost of each codeword beside those of other codebooks

    /**
     * A search.
     *
     * @param costs (M K) from an offset: each codeword's squared length, with what rounding adds,
     *     less twice its product with the item's row
     * @param pairs (M K, M K) twice the products of codewords with one another
     * @param codebooks M
     * @param codewords K
     */
    Search(float[] costs, int offset, float[] pairs, int codebooks, int codewords) {
      this.costs = costs;
      this.offset = offset;
      this.pairs = pairs;
      this.codebooks = codebooks;
      this.codewords = codewords;
      this.all = codebooks * codewords;
      this.sums = new float[all];
    }

    /** The best code found from this one and from it with places drawn anew; this one is kept. */
    int[] best(int[] code, SplittableRandom random) {
      int[] best = code.clone();
      System.arraycopy(costs, offset, sums, 0, all);
      for (int m = 0; m < codebooks; m++) {
        add(m, best[m], 1);
      }
      descend(best, 0);
      float[] sumsOfBest = sums.clone();
      double least = cost(best);
      for (int search = 0; search < SEARCHES; search++) {
        int[] tried = best.clone();
        int last = 0;
        for (int i = 0; i < Math.max(1, codebooks / 3); i++) {
          last = random.nextInt(codebooks);
          change(tried, last, random.nextInt(codewords));
        }
        descend(tried, last + 1); // the place drawn last would else be the first to be undone
        double cost = cost(tried);
        if (cost < least) {
          least = cost;
          best = tried;
          System.arraycopy(sums, 0, sumsOfBest, 0, all);
        } else {
          System.arraycopy(sumsOfBest, 0, sums, 0, all);
        }
      }
      return best;
    }

    /** The error expected of a code once it is rounded, less the row's own squared length. */
    double cost(int[] code) {
      double cost = 0;
      for (int m = 0; m < codebooks; m++) {
        int one = m * codewords + code[m];
        cost += costs[offset + one];
        for (int other = 0; other < m; other++) {
          cost += pairs[one * all + other * codewords + code[other]];
        }
      }
      return cost;
    }

    /** Chooses the best codeword of one codebook after the other until no choice changes. */
    private void descend(int[] code, int first) {
      int unchanged = 0;
      for (int step = 0; step < PASSES * codebooks && unchanged < codebooks; step++) {
        int m = (first + step) % codebooks;
        int chosen = choose(m, code[m]);
        unchanged = chosen == code[m] ? unchanged + 1 : 1;
        change(code, m, chosen);
      }
    }

    private int choose(int m, int current) {
      int from = m * codewords;
      int chosen = current; // of equals the one that is there, or a search might go in circles
      for (int k = 0; k < codewords; k++) {
        if (sums[from + k] < sums[from + chosen]) {
          chosen = k;
        }
      }
      return chosen;
    }

    /** Most visits change nothing, so what a change means for all codebooks is kept up to date. */
    private void change(int[] code, int m, int chosen) {
      if (chosen != code[m]) {
        add(m, code[m], -1);
        add(m, chosen, 1);
        code[m] = chosen;
      }
    }

    /** Adds a codeword's products to the costs of the codewords of all other codebooks. */
    private void add(int m, int codeword, int sign) {
      int row = (m * codewords + codeword) * all;
      for (int i = 0; i < m * codewords; i++) {
        sums[i] += sign * pairs[row + i];
      }
      for (int i = (m + 1) * codewords; i < all; i++) {
        sums[i] += sign * pairs[row + i];
      }
    }
  }
}
