package io.attar.training;

/**
 * How a model is fitted, whatever it is.
 *
 * @param epochs most passes over the training sessions
 * @param learningRate Adam's rate in the first epoch
 * @param learningRateDecay factor on the rate after each epoch
 * @param dropout share of each clicked item's vector that is hidden
 * @param candidates items scored a step besides targets and own items; 0 = all
 * @param rows rows of 64 positions packed with sessions, a step
 * @param mixing see {@link SessionPacker#shuffled}
 * @param softTargetWeight weight of the divergence to the teacher
 * @param patience epochs without a better validation NDCG@10 before stopping
 * @param seed of everything random
 */
record FittingOptions(
    int epochs,
    double learningRate,
    double learningRateDecay,
    double dropout,
    int candidates,
    int rows,
    double mixing,
    double softTargetWeight,
    int patience,
    long seed) {}
