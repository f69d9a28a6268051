package io.attar.training;

/**
 * How {@link SessionParallelTraining} goes. The defaults are what the authors publish for
 * RetailRocket with BPR-max and constrained embeddings (configuration in the repository of their
 * PyTorch version, Hidasi and Czapp, RecSys 2023).
 *
 * @param dimension length of item vectors and states
 * @param lanes sessions side by side in a step
 * @param epochs passes over the training sessions
 * @param learningRate Adagrad's
 * @param momentum share of the last move that is made again
 * @param sampledItems negatives a step beside the other lanes' targets
 * @param sampleExponent a negative is drawn with probability clicks^exponent
 * @param regularisation weight of the squared scores of the negatives
 * @param elu bound of the negative scores' exponential linear unit; 0 leaves scores as they are
 * @param itemDropout share of a clicked item's vector that is hidden
 * @param stateDropout share of the state that is hidden before it is scored
 */
public record SessionParallelOptions(
    int dimension,
    int lanes,
    int epochs,
    double learningRate,
    double momentum,
    int sampledItems,
    double sampleExponent,
    double regularisation,
    double elu,
    double itemDropout,
    double stateDropout) {

  /** Checks each value against its range. */
  public SessionParallelOptions {
    Require.between("dimension", dimension, 2, 4096);
    Require.between("lanes", lanes, 2, 65_536);
    Require.between("epochs", epochs, 1, 1000);
    Require.positive("learningRate", learningRate);
    Require.share("momentum", momentum);
    Require.between("sampledItems", sampledItems, 0, 1 << 24);
    Require.notNegative("sampleExponent", sampleExponent);
    Require.notNegative("regularisation", regularisation);
    Require.notNegative("elu", elu);
    Require.share("itemDropout", itemDropout);
    Require.share("stateDropout", stateDropout);
  }

  /** The one place of the defaults. */
  public static SessionParallelOptions defaults() {
    return new SessionParallelOptions(224, 80, 10, 0.05, 0.4, 2048, 0.4, 1.95, 0.5, 0.5, 0.05);
  }
}
