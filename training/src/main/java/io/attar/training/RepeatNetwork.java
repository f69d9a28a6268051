package io.attar.training;

import java.util.List;

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

  /** The network whose score is the mean of the members' scores, all of them with H units. */
  static RepeatNetwork mean(List<RepeatNetwork> members) {
    int inputs = RepeatNetworkInputs.INPUTS;
    int each = members.get(0).hidden;
    int all = members.size() * each;
    float[] weights = new float[(all + 1) * inputs];
    float[] outputs = new float[all];
    for (int member = 0; member < members.size(); member++) {
      RepeatNetwork one = members.get(member);
      System.arraycopy(one.weights, 0, weights, member * each * inputs, each * inputs);
      for (int i = 0; i < inputs; i++) {
        weights[all * inputs + i] += one.weights[each * inputs + i] / members.size();
      }
      for (int h = 0; h < each; h++) {
        outputs[member * each + h] = one.outputs[h] / members.size();
      }
    }
    return new RepeatNetwork(all, weights, outputs);
  }

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
