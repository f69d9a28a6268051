package io.attar.training;

/**
 * Adam (Kingma and Ba, ICLR 2015; 0.9, 0.999, 1e-8) for a few numbers, whose gradient is summed by
 * hand.
 */
final class ArrayAdam {
  private final double[] first; // moments
  private final double[] second;
  private int steps;

  ArrayAdam(int size) {
    first = new double[size];
    second = new double[size];
  }

  /** Moves the weights. */
  void step(double[] weights, double[] gradient, double rate) {
    steps++;
    for (int i = 0; i < first.length; i++) {
      first[i] = 0.9 * first[i] + 0.1 * gradient[i];
      second[i] = 0.999 * second[i] + 0.001 * gradient[i] * gradient[i];
      double mean = first[i] / (1 - Math.pow(0.9, steps));
      double deviation = Math.sqrt(second[i] / (1 - Math.pow(0.999, steps)));
      weights[i] -= rate * mean / (deviation + 1e-8);
    }
  }
}
