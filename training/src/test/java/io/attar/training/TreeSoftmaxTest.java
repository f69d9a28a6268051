package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/** Probabilities and derivatives of the tree against plain loops in double. */
class TreeSoftmaxTest {
  private static final int N = 4;

  /** Items of the head, of the first and of the second branch, out of order on purpose. */
  private static final int[][] ITEMS = {{1, 4, 6}, {0, 7}, {2, 3, 5}};

  private static TreeSoftmax tree(int dimension, int first, int second) {
    return new TreeSoftmax(
        List.of(
            new BlockwiseItemTable.Part(ITEMS[2], second),
            new BlockwiseItemTable.Part(ITEMS[1], first),
            new BlockwiseItemTable.Part(ITEMS[0], dimension)),
        dimension,
        1);
  }

  private static void set(TreeSoftmax tree, String name, float... values) {
    for (Parameter parameter : tree.parameters()) {
      if (parameter.name().equals(name)) {
        Tensors.assign(parameter.value(), values);
        return;
      }
    }
    throw new AssertionError("no parameter " + name);
  }

  /** Head logits 1, 0.5, -0.2 and 0.3, -0.1 of the tokens; branches 0.2, -0.4 and 1, 0, -1. */
  @Test
  void probabilitiesByHand() {
    TreeSoftmax tree = tree(2, 1, 1);
    set(tree, "tree.head", 1, 0, 0.5f, 0, -0.2f, 0, 0.3f, 0, -0.1f, 0);
    set(tree, "tree.branch0.projection", 1, 0);
    set(tree, "tree.branch0.rows", 0.2f, -0.4f);
    set(tree, "tree.branch1.projection", 1, 0);
    set(tree, "tree.branch1.rows", 1, 0, -1);
    double[] expected = {
      0.365339, 0.221590, 0.110038, 0.117136, 0.064286, 0.080901, 0.029762, 0.010949
    };
    Tensor theta = Tensors.of(new float[] {1, 0.7f}, 1, 2);
    float[] logs = Tensors.floats(tree.logProbabilities(theta));
    int[] places = Arrays.stream(ITEMS).flatMapToInt(Arrays::stream).toArray();
    double sum = 0;
    for (int place = 0; place < places.length; place++) {
      double probability = Math.exp(logs[places[place]]);
      assertThat(probability).isCloseTo(expected[place], within(1e-6));
      sum += probability;
    }
    assertThat(sum).isCloseTo(1, within(1e-6));
    TreeSearch.Found best = tree.best(theta, 5, TreeSearch.Rule.EXACT);
    assertThat(best.places()).containsExactly(1, 4, 0, 6, 2);
    Tensor three = threeTimes(theta);
    assertThat(tree.loss(three, new int[] {4, 0, 5}).item_double())
        .isCloseTo(
            -(Math.log(0.221590) + Math.log(0.117136) + Math.log(0.010949)) / 3, within(1e-5));
  }

  private static Tensor threeTimes(Tensor row) {
    float[] values = Tensors.floats(row);
    float[] all = new float[3 * values.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = values[i % values.length];
    }
    return Tensors.of(all, 3, values.length);
  }

  @Test
  void derivativesAgreeWithFiniteDifferences() {
    SplittableRandom random = new SplittableRandom(4);
    TreeSoftmax tree = tree(N, 2, 1);
    Toys.shake(tree.parameters(), random, 0.7);
    int[] labels = {1, 6, 0, 3, 5, 7, 0, 4, 2};
    float[] thetas = Toys.gaussians(random, labels.length * N, 1);
    Tensor theta = Tensors.of(thetas, labels.length, N).requires_grad_(true);
    Tensor loss = tree.loss(theta, labels);
    loss.backward();

    Map<String, double[]> numbers = new LinkedHashMap<>();
    Map<String, float[]> gradients = new LinkedHashMap<>();
    numbers.put("theta", wide(thetas));
    gradients.put("theta", Tensors.floats(theta.grad()));
    for (Parameter parameter : tree.parameters()) {
      numbers.put(parameter.name(), wide(Tensors.floats(parameter.value())));
      Tensor gradient = parameter.gradient();
      assertThat(gradient).as(parameter.name()).isNotNull();
      gradients.put(parameter.name(), gradient == null ? new float[0] : Tensors.floats(gradient));
    }
    assertThat(loss.item_double()).isCloseTo(plainLoss(numbers, labels), within(1e-5));
    for (Map.Entry<String, double[]> entry : numbers.entrySet()) {
      double[] at = entry.getValue();
      float[] slopes = gradients.getOrDefault(entry.getKey(), new float[0]);
      for (int i = 0; i < at.length; i++) {
        double kept = at[i];
        at[i] = kept + 1e-5;
        double above = plainLoss(numbers, labels);
        at[i] = kept - 1e-5;
        double below = plainLoss(numbers, labels);
        at[i] = kept;
        assertThat((double) slopes[i])
            .as("slope %s of %s", i, entry.getKey())
            .isCloseTo((above - below) / 2e-5, within(1e-5));
      }
    }
    // The log probabilities of all items are those that the loss takes.
    float[] logs = Tensors.floats(tree.logProbabilities(theta));
    double sum = 0;
    for (int c = 0; c < labels.length; c++) {
      sum -= logs[c * 8 + labels[c]];
    }
    assertThat(sum / labels.length).isCloseTo(loss.item_double(), within(1e-5));
  }

  private static double[] wide(float[] values) {
    return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
  }

  /** Mean of -log p(label), item by item. */
  private static double plainLoss(Map<String, double[]> numbers, int[] labels) {
    double sum = 0;
    for (int c = 0; c < labels.length; c++) {
      double[] h = Arrays.copyOfRange(of(numbers, "theta"), c * N, (c + 1) * N);
      double[] head = product(of(numbers, "tree.head"), h);
      for (int block = 0; block < ITEMS.length; block++) {
        for (int i = 0; i < ITEMS[block].length; i++) {
          if (ITEMS[block][i] == labels[c] && block == 0) {
            sum -= logSoftmax(head, i);
          } else if (ITEMS[block][i] == labels[c]) {
            String name = "tree.branch" + (block - 1);
            double[] projected = product(of(numbers, name + ".projection"), h);
            double[] logits = product(of(numbers, name + ".rows"), projected);
            sum -= logSoftmax(head, ITEMS[0].length + block - 1) + logSoftmax(logits, i);
          }
        }
      }
    }
    return sum / labels.length;
  }

  private static double[] of(Map<String, double[]> numbers, String name) {
    double[] found = numbers.get(name);
    if (found == null) {
      throw new AssertionError("no numbers of " + name);
    }
    return found;
  }

  private static double[] product(double[] matrix, double[] x) {
    double[] y = new double[matrix.length / x.length];
    for (int i = 0; i < matrix.length; i++) {
      y[i / x.length] += matrix[i] * x[i % x.length];
    }
    return y;
  }

  private static double logSoftmax(double[] logits, int i) {
    return logits[i] - Math.log(Arrays.stream(logits).map(Math::exp).sum());
  }

  @Test
  void aBranchWithoutLabelsIsNotTouched() {
    TreeSoftmax tree = tree(N, 2, 1);
    Tensor theta = Tensors.of(Toys.gaussians(new SplittableRandom(5), 2 * N, 1), 2, N);
    tree.loss(theta, new int[] {6, 7}).backward();
    for (Parameter parameter : tree.parameters()) {
      assertThat(parameter.gradient() == null)
          .as(parameter.name())
          .isEqualTo(parameter.name().startsWith("tree.branch1"));
    }
  }

  /** Cuts 7,000, 15,000 and 30,000, rows of 512, 128 and 32 numbers: 5,170,944. */
  @Test
  void asManyNumbersAsTheFormulaSays() {
    TreeSoftmax tree =
        new TreeSoftmax(
            List.of(part(15_000, 30_000, 32), part(7_000, 15_000, 128), part(0, 7_000, 512)),
            512,
            1);
    assertThat(tree.parameters().stream().mapToLong(each -> each.value().numel()).sum())
        .isEqualTo(5_170_944);
    assertThat(tree).hasToString("head of 7000 items, branches of 8000, 15000");
  }

  private static BlockwiseItemTable.Part part(int from, int to, int rank) {
    return new BlockwiseItemTable.Part(IntStream.range(from, to).toArray(), rank);
  }

  @Test
  void theSearchFindsWhatAllLogProbabilitiesSay() {
    SplittableRandom random = new SplittableRandom(6);
    TreeSoftmax tree = tree(N, 2, 1);
    Toys.shake(tree.parameters(), random, 1);
    for (int round = 0; round < 20; round++) {
      Tensor theta = Tensors.of(Toys.gaussians(random, N, 1), 1, N);
      float[] all = Tensors.floats(tree.logProbabilities(theta));
      TreeSearch.Found found = tree.best(theta, 3, TreeSearch.Rule.EXACT);
      float[] sorted = all.clone();
      Arrays.sort(sorted);
      for (int i = 0; i < 3; i++) {
        assertThat(found.logProbabilities()[i])
            .isCloseTo(sorted[sorted.length - 1 - i], within(1e-5))
            .isCloseTo(all[found.places()[i]], within(1e-5));
      }
    }
  }
}
