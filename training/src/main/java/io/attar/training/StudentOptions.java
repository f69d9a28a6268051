package io.attar.training;

/**
 * How the student is distilled from the teacher.
 *
 * @param codebooks number of codebooks, M; 0 = as many as {@code timesSmaller} leaves room for, 24
 *     at most
 * @param timesSmaller how many times smaller than the teacher's parameters, as single floats, the
 *     file is to be, item ids apart; heeded where {@code codebooks} is 0; no file is made smaller
 *     than 100,000 bytes for it
 * @param codewords codewords a codebook, K; K^M must reach the number of items
 * @param codebookBits bits of a number of a codeword, 8 or 4; training sees what they leave; 32
 *     rounds nothing, neither codewords nor the encoder's weights, to measure what rounding costs
 * @param popularityExponent in clustering an item's error counts its clicks, plus one, to this
 *     power
 * @param clusteringIterations k-means steps a codebook
 * @param reassignmentRounds rounds of choosing every code anew with the others held; additive codes
 *     take some 16 of them
 * @param epochs most passes over the training sessions that tune the codebooks
 * @param patience epochs without a better validation NDCG@10 before stopping
 * @param learningRate Adam's rate in the first epoch
 * @param learningRateDecay factor on the rate after each epoch
 * @param scalarLearningRateFactor factor on the rate of the repeat bonus' scalars
 * @param dropout share of each clicked item's vector that is hidden in training
 * @param candidates items scored a step besides targets and own items; 0 = all items
 * @param rows rows of 64 positions, packed with sessions, a step
 * @param mixing how far sessions move in time within an epoch, as a share of the whole period; 1
 *     mixes fully, less lets the latest sessions come last
 * @param softTargetWeight weight of the divergence to the teacher beside the label loss
 * @param neighbourWeight weight of the cross-entropy to what session neighbours vote for; above 0
 *     their items are also scored for certain; 0 = without
 * @param denseItems the so many most clicked items get a row of their own, in 8 bits a number,
 *     instead of a code, H; below the number of items
 * @param itemBias whether every item gets a bias, a number of 8 bits that is added to its score
 * @param repeatHead whether what re-clicks get is calibrated and shipped; false = own items score
 *     like any other, in training, measurement and file, to see what the repeat head is worth
 * @param quantiser how codes are found: residual k-means, additive (residual, then searched on with
 *     all codebooks fitted at once), product (k-means of blocks of columns), gumbel (learned by
 *     gradient), quantile (bins of the co-occurrence's components), hashed (quotient and remainder)
 *     or random (controls)
 * @param codeMetric what residual and additive codes are fitted to: rows, or the scores that the
 *     teacher's session vectors give ({@code ScoreMetric})
 * @param uniqueCodes whether items that share a code are told apart
 * @param codeEpochs passes over the items that learn gumbel codes before any session is seen
 * @param codeLearningRate Adam's rate for the encoder of gumbel codes; falls to zero over {@code
 *     codeEpochs}, and in pretraining as the student's own rate does
 * @param codeTemperature of the soft choice whose gradient gumbel codes learn by
 * @param pretrainingEpochs passes over the training sessions in which the codebooks, and gumbel
 *     codes with them, learn from the label loss plus the distance to the teacher's rows, before
 *     the codes are fixed and the student is distilled
 */
public record StudentOptions(
    int codebooks,
    double timesSmaller,
    int codewords,
    int codebookBits,
    double popularityExponent,
    int clusteringIterations,
    int reassignmentRounds,
    int epochs,
    int patience,
    double learningRate,
    double learningRateDecay,
    double scalarLearningRateFactor,
    double dropout,
    int candidates,
    int rows,
    double mixing,
    double softTargetWeight,
    double neighbourWeight,
    int denseItems,
    boolean itemBias,
    boolean repeatHead,
    String quantiser,
    String codeMetric,
    boolean uniqueCodes,
    int codeEpochs,
    double codeLearningRate,
    double codeTemperature,
    int pretrainingEpochs) {

  static final String ROWS = "rows";
  static final String SCORES = "scores";

  /** Checks each value against its range. */
  public StudentOptions {
    Require.between("student.codebooks", codebooks, 0, 64);
    if (!(timesSmaller >= 1)) {
      throw new IllegalArgumentException(
          "student.timesSmaller must be at least 1: " + timesSmaller);
    }
    Require.atMost("student.timesSmaller", timesSmaller, 10_000);
    Require.between("student.codewords", codewords, 2, 65536);
    if (codebookBits != 4 && codebookBits != 8 && codebookBits != Quantised.UNROUNDED) {
      throw new IllegalArgumentException(
          "student.codebookBits must be 4, 8 or 32: " + codebookBits);
    }
    Require.notNegative("student.popularityExponent", popularityExponent);
    Require.atMost("student.popularityExponent", popularityExponent, 10);
    Require.between("student.clusteringIterations", clusteringIterations, 1, 1000);
    Require.between("student.reassignmentRounds", reassignmentRounds, 0, 1000);
    Require.between("student.epochs", epochs, 0, 1000);
    Require.between("student.patience", patience, 1, 1000);
    Require.positive("student.learningRate", learningRate);
    Require.positive("student.learningRateDecay", learningRateDecay);
    Require.positive("student.scalarLearningRateFactor", scalarLearningRateFactor);
    Require.share("student.dropout", dropout);
    Require.between("student.candidates", candidates, 0, 1 << 24);
    Require.positive("student.mixing", mixing);
    Require.atMost("student.mixing", mixing, 1);
    Require.between("student.rows", rows, 1, 4096);
    Require.notNegative("student.softTargetWeight", softTargetWeight);
    Require.notNegative("student.neighbourWeight", neighbourWeight);
    Require.between("student.denseItems", denseItems, 0, 1 << 24);
    Require.oneOf(
        "student.quantiser",
        quantiser,
        ResidualCodes.NAME,
        AdditiveCodes.NAME,
        ProductCodes.NAME,
        GumbelCodes.NAME,
        QuantileCodes.NAME,
        HashedCodes.NAME,
        RandomCodes.NAME);
    Require.oneOf("student.codeMetric", codeMetric, ROWS, SCORES);
    if (codeMetric.equals(SCORES)
        && !quantiser.equals(ResidualCodes.NAME)
        && !quantiser.equals(AdditiveCodes.NAME)) {
      throw new IllegalArgumentException(
          "student.codeMetric must be rows unless student.quantiser is residual or additive, whose"
              + " codewords may point anywhere: "
              + codeMetric
              + " with "
              + quantiser
              + "; set one of the two");
    }
    if (codebooks == 0 && Quantiser.ofBlocks(quantiser)) {
      throw new IllegalArgumentException(
          "student.codebooks must be a number above 0 when student.quantiser is "
              + quantiser
              + ", whose codebooks must divide the dimension: 0; choose a divisor of"
              + " teacher.dimension");
    }
    Require.between("student.codeEpochs", codeEpochs, 1, 1000);
    Require.positive("student.codeLearningRate", codeLearningRate);
    Require.positive("student.codeTemperature", codeTemperature);
    Require.between("student.pretrainingEpochs", pretrainingEpochs, 0, 1000);
    if (codeMetric.equals(SCORES) && pretrainingEpochs > 0) {
      throw new IllegalArgumentException(
          "student.codeMetric must be rows with student.pretrainingEpochs above 0, which fits"
              + " codebooks to rows: "
              + codeMetric
              + " with "
              + pretrainingEpochs
              + "; set one of the two");
    }
  }

  /** The one place of the student's defaults. */
  public static StudentOptions defaults() {
    return new StudentOptions(
        11,
        36,
        256,
        4,
        0.5,
        12,
        2,
        4,
        2,
        2e-3,
        0.6,
        50,
        0.1,
        4096,
        16,
        0.3,
        1,
        0.5,
        0,
        false,
        true,
        ResidualCodes.NAME,
        ROWS,
        true,
        10,
        1e-3,
        0.3,
        0);
  }

  /** What they are, in one line; what came later and does nothing reads as before it came. */
  String identity() {
    String all = toString().replace(", codeMetric=" + ROWS + ",", ",");
    return codebooks == 0 ? all : all.replace(", timesSmaller=" + timesSmaller + ",", ",");
  }

  /**
   * The same with a number of codebooks where they leave it open: about as many as make the file
   * {@code timesSmaller} smaller than a teacher of weighted means. Distillation counts exactly, and
   * makes do with fewer where that is what it takes.
   *
   * @param itemCount V
   * @param dimension N, length of an item vector
   */
  public StudentOptions sized(int itemCount, int dimension) {
    return codebooks > 0
        ? this
        : withCodebooks(
            FileBudget.of(this, 4L * itemCount * dimension)
                .codebooks(
                    this,
                    Math.max(1, itemCount - denseItems),
                    dimension,
                    besideCodes(itemCount, dimension)));
  }

  /** Whether there are at least as many codes as items; an open number of codebooks is made so. */
  public boolean tellsApart(int itemCount) {
    return codebooks == 0 || Quantiser.tellsApart(codebooks, codewords, itemCount);
  }

  /** Bytes of the file that hold numbers of items but are no codes. */
  long besideCodes(int itemCount, int dimension) {
    boolean rounded = codebookBits != Quantised.UNROUNDED;
    long row = rounded ? dimension + 4L : 4L * dimension;
    return denseItems * row + (itemBias ? itemCount * (rounded ? 1L : 4L) : 0);
  }

  /** The same with another number of codebooks. */
  StudentOptions withCodebooks(int count) {
    return new StudentOptions(
        count,
        timesSmaller,
        codewords,
        codebookBits,
        popularityExponent,
        clusteringIterations,
        reassignmentRounds,
        epochs,
        patience,
        learningRate,
        learningRateDecay,
        scalarLearningRateFactor,
        dropout,
        candidates,
        rows,
        mixing,
        softTargetWeight,
        neighbourWeight,
        denseItems,
        itemBias,
        repeatHead,
        quantiser,
        codeMetric,
        uniqueCodes,
        codeEpochs,
        codeLearningRate,
        codeTemperature,
        pretrainingEpochs);
  }

  /**
   * Refuses a way to find codes that cannot make codes of this shape.
   *
   * @param dimension N, length of an item vector
   * @throws IllegalArgumentException with the rule and the way out
   */
  public void requireShape(int dimension) {
    Quantiser.requireShape(this, dimension);
  }

  /** How the pretraining is fitted: on labels alone, to the last epoch. */
  FittingOptions pretraining(long seed) {
    return new FittingOptions(
        pretrainingEpochs,
        learningRate,
        learningRateDecay,
        dropout,
        candidates,
        rows,
        mixing,
        0,
        pretrainingEpochs,
        seed);
  }

  FittingOptions fitting(long seed) {
    return new FittingOptions(
        epochs,
        learningRate,
        learningRateDecay,
        dropout,
        candidates,
        rows,
        mixing,
        softTargetWeight,
        patience,
        seed);
  }
}
