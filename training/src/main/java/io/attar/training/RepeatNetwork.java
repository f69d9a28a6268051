package io.attar.training;

/**
 * The network that decides between a session's own items and the best unseen ones, as it ships: one
 * hidden layer of hyperbolic tangents beside a linear part, over {@link RepeatNetworkInputs}.
 *
 * @param hidden hidden units, H
 * @param weights (H + 1, INPUTS) flat; the last row is the linear part
 * @param outputs (H) weights of the hidden units
 */
record RepeatNetwork(int hidden, float[] weights, float[] outputs) {
  /** What is left of a difference in score where the network would turn two unseen items around. */
  private static final double LEAST_SLOPE = 1.0 / 64;

  /** Score of one row of inputs (INPUTS). */
  double score(float[] inputs, int at) {
    double score = 0;
    for (int h = 0; h <= hidden; h++) {
      double sum = 0;
      for (int i = 0; i < RepeatNetworkInputs.INPUTS; i++) {
        sum += (double) weights[h * RepeatNetworkInputs.INPUTS + i] * inputs[at + i];
      }
      score += h == hidden ? sum : outputs[h] * Math.tanh(sum);
    }
    return score;
  }

  /**
   * Makes scores of unseen items keep the items' order.
   *
   * @param best similarity scores of the best unseen items, best first
   * @param scores what the network says of each; replaced
   */
  static void keepOrder(float[] best, double[] scores, int count) {
    for (int r = 1; r < count; r++) {
      scores[r] =
          Math.min(scores[r], scores[r - 1] - LEAST_SLOPE * ((double) best[r - 1] - best[r]));
    }
  }
}
