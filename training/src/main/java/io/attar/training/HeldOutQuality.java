package io.attar.training;

/**
 * Quality on held-out sessions in percent.
 *
 * @param recall Recall@10, all cases
 * @param gain NDCG@10, all cases: what epochs and encoders are chosen by
 * @param newRecall Recall@10 of new-item cases among unseen items
 * @param newGain NDCG@10 of new-item cases among unseen items
 */
public record HeldOutQuality(double recall, double gain, double newRecall, double newGain) {}
