package io.attar.training;

/**
 * How the teacher is made, or a rival model that is only measured. The defaults are the recipe that
 * validation data of Tmall and RetailRocket chose.
 *
 * @param encoder {@code weighted-mean}, {@code self-attention}, or {@code auto}: both for one
 *     epoch, the better on validation goes on; for rivals also {@code gated-recurrent}, {@code
 *     narm}, {@code stamp}, {@code session-graph}, {@code sasrec} and {@code nextitnet}
 * @param dimension length of an item vector, N
 * @param heads attention heads; must divide the dimension
 * @param maximumSessionLength clicks of a session that count, the latest ones, L
 * @param epochs most passes over the training sessions
 * @param patience epochs without a better validation NDCG@10 before stopping
 * @param learningRate Adam's rate in the first epoch
 * @param learningRateDecay factor on the rate after each epoch
 * @param scalarLearningRateFactor factor on the rate of the repeat bonus' scalars
 * @param dropout share of each clicked item's vector that is hidden in training
 * @param candidates items scored a step besides targets and own items; 0 = all items
 * @param rows rows of 64 positions, packed with sessions, a step
 * @param mixing how far sessions move in time within an epoch, as a share of the whole period; 1
 *     mixes fully, less lets the latest sessions come last
 * @param neighbourWeight weight of the cross-entropy to what session neighbours vote for, each
 *     session left out of its own vote, or a recurrent model beside them; 0 = without
 * @param startExponent power of the eigenvalues that scales the co-occurrence start
 * @param layers blocks of {@code sasrec} and {@code nextitnet}; 1 with the other encoders
 * @param scores {@code cosine} with a learned scale, or {@code dot}: plain dot products, for rivals
 * @param start where item vectors begin: {@code co-occurrence}, or {@code random}, between
 *     -1/sqrt(N) and 1/sqrt(N)
 * @param repeatHead whether a session's own items get a learned bonus and a calibrated head; false
 *     scores them like any other
 * @param labelSmoothing share of the label that is spread evenly over all items
 * @param weightDecay factor on every parameter that is added to its gradient (L2)
 * @param sharing which convolutions of {@code nextitnet} share their kernel (CpRec): {@code none},
 *     {@code cross-layer} (all), {@code cross-block} (all blocks are alike), {@code adjacent-layer}
 *     (the two of a block) or {@code adjacent-block} (each two blocks are alike); none with the
 *     other encoders
 * @param recurrentShare share of the votes that a recurrent model has, GRU4Rec trained
 *     session-parallel as its authors do, before the teacher and on the same sessions; session
 *     neighbours have the others. 0 = neighbours alone, and no such model is trained
 */
public record TeacherOptions(
    String encoder,
    int dimension,
    int heads,
    int maximumSessionLength,
    int epochs,
    int patience,
    double learningRate,
    double learningRateDecay,
    double scalarLearningRateFactor,
    double dropout,
    int candidates,
    int rows,
    double mixing,
    double neighbourWeight,
    double startExponent,
    int layers,
    String scores,
    String start,
    boolean repeatHead,
    double labelSmoothing,
    double weightDecay,
    String sharing,
    double recurrentShare) {

  /** Lets the validation data choose the encoder. */
  public static final String AUTO = "auto";

  static final String COSINE = "cosine";
  static final String DOT = "dot";
  static final String CO_OCCURRENCE = "co-occurrence";
  static final String RANDOM = "random";

  /** Checks each value against its range. */
  public TeacherOptions {
    Require.oneOf(
        "teacher.encoder",
        encoder,
        AUTO,
        WeightedMeanEncoder.NAME,
        SelfAttentionEncoder.NAME,
        GatedRecurrentEncoder.NAME,
        NarmEncoder.NAME,
        StampEncoder.NAME,
        SessionGraphEncoder.NAME,
        SasRecEncoder.NAME,
        NextItNetEncoder.NAME);
    Require.between("teacher.dimension", dimension, 2, 4096);
    Require.between("teacher.heads", heads, 1, dimension);
    if (dimension % heads != 0) {
      throw new IllegalArgumentException(
          "teacher.heads must divide teacher.dimension " + dimension + ": " + heads);
    }
    Require.between("teacher.maximumSessionLength", maximumSessionLength, 1, 64);
    Require.between("teacher.epochs", epochs, 0, 1000);
    Require.between("teacher.patience", patience, 1, 1000);
    Require.positive("teacher.learningRate", learningRate);
    Require.positive("teacher.learningRateDecay", learningRateDecay);
    Require.positive("teacher.scalarLearningRateFactor", scalarLearningRateFactor);
    Require.share("teacher.dropout", dropout);
    Require.between("teacher.candidates", candidates, 0, 1 << 24);
    Require.positive("teacher.mixing", mixing);
    Require.atMost("teacher.mixing", mixing, 1);
    Require.between("teacher.rows", rows, 1, 4096);
    Require.notNegative("teacher.neighbourWeight", neighbourWeight);
    Require.share("teacher.startExponent", startExponent);
    Require.between("teacher.layers", layers, 1, 64);
    if (layers > 1
        && !encoder.equals(SasRecEncoder.NAME)
        && !encoder.equals(NextItNetEncoder.NAME)) {
      throw new IllegalArgumentException(
          "teacher.layers must be 1 with the encoder " + encoder + ": " + layers);
    }
    Require.oneOf("teacher.scores", scores, COSINE, DOT);
    Require.oneOf("teacher.start", start, CO_OCCURRENCE, RANDOM);
    Require.share("teacher.labelSmoothing", labelSmoothing);
    Require.notNegative("teacher.weightDecay", weightDecay);
    Require.oneOf("teacher.sharing", sharing, LayerSharing.titles());
    if (!sharing.equals(LayerSharing.NONE.title()) && !encoder.equals(NextItNetEncoder.NAME)) {
      throw new IllegalArgumentException(
          "teacher.sharing must be none with the encoder "
              + encoder
              + ", as only nextitnet has convolutions to share: '"
              + sharing
              + "'");
    }
    Require.share("teacher.recurrentShare", recurrentShare);
  }

  /** The one place of the teacher's defaults. */
  public static TeacherOptions defaults() {
    return new TeacherOptions(
        AUTO,
        128,
        1,
        50,
        3,
        1,
        2e-3,
        0.6,
        50,
        0.1,
        4096,
        16,
        0.3,
        1,
        0.5,
        1,
        COSINE,
        CO_OCCURRENCE,
        true,
        0,
        0,
        LayerSharing.NONE.title(),
        0);
  }

  /** What they are, in one line; what came later and is off reads as before it came. */
  String identity() {
    return toString()
        .replace(", recurrentShare=0.0]", "]")
        .replace(", sharing=" + LayerSharing.NONE.title() + "]", "]");
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
        0,
        patience,
        seed);
  }
}
