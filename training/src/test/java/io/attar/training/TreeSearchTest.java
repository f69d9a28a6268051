package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The best items of a tree, found without looking at all of them. */
class TreeSearchTest {
  /** A tree's log probabilities. */
  private record Tree(int[] starts, double[] head, double[][] branches) {
    TreeSearch.Found best(int count, TreeSearch.Rule rule) {
      return new TreeSearch(starts).best(count, rule, head, b -> branches[b]);
    }

    double[] all() {
      double[] all = new double[starts[starts.length - 1]];
      System.arraycopy(head, 0, all, 0, starts[0]);
      for (int b = 0; b < branches.length; b++) {
        for (int i = 0; i < branches[b].length; i++) {
          all[starts[b] + i] = head[starts[0] + b] + branches[b][i];
        }
      }
      return all;
    }
  }

  private static double[] logs(double... probabilities) {
    return Arrays.stream(probabilities).map(Math::log).toArray();
  }

  /** Branches of 0.35, 0.34 and 0.31; the third has 0.30 on one item, the others are flat. */
  private static Tree counterExample() {
    double[] flat = new double[10];
    Arrays.fill(flat, 0.1);
    double[] steep = new double[10];
    Arrays.fill(steep, 0.01 / 0.31 / 9);
    steep[4] = 0.30 / 0.31;
    return new Tree(
        new int[] {1, 11, 21, 31},
        logs(0, 0.35, 0.34, 0.31),
        new double[][] {logs(flat), logs(flat), logs(steep)});
  }

  @Test
  void thePublishedRuleMissesAWinnerThatTheExactOneFinds() {
    TreeSearch.Found exact = counterExample().best(1, TreeSearch.Rule.EXACT);
    assertThat(exact.places()).containsExactly(25);
    assertThat(Math.exp(exact.logProbabilities()[0])).isBetween(0.2999, 0.3001);
    assertThat(exact.branches()).isEqualTo(3);
    TreeSearch.Found published = counterExample().best(1, TreeSearch.Rule.PUBLISHED);
    assertThat(published.places()).containsExactly(1);
    assertThat(Math.exp(published.logProbabilities()[0])).isBetween(0.0349, 0.0351);
    assertThat(published.branches()).isEqualTo(1);
    // With three asked for, all three tokens are among the head's best.
    assertThat(counterExample().best(3, TreeSearch.Rule.PUBLISHED).places()[0]).isEqualTo(25);
  }

  @Test
  void branchesThatCannotWinAreNotLookedAt() {
    Tree tree =
        new Tree(
            new int[] {2, 4, 6},
            logs(0.4, 0.25, 0.15, 0.2),
            new double[][] {logs(0.5, 0.5), logs(0.9, 0.1)});
    assertThat(tree.best(1, TreeSearch.Rule.EXACT).branches()).isZero();
    assertThat(tree.best(2, TreeSearch.Rule.EXACT).branches()).isZero();
    TreeSearch.Found three = tree.best(3, TreeSearch.Rule.EXACT);
    assertThat(three.places()).containsExactly(0, 1, 4);
    assertThat(three.branches()).as("0.15 is below the 0.18 found").isEqualTo(1);
    assertThat(tree.best(9, TreeSearch.Rule.EXACT).places()).containsExactly(0, 1, 4, 2, 3, 5);
  }

  @Test
  void theExactRuleIsSortingEverything() {
    long seed = 20_261_121L;
    SplittableRandom random = new SplittableRandom(seed);
    int missed = 0;
    for (int round = 0; round < 2000; round++) {
      Tree tree = random(random);
      double[] all = tree.all();
      int count = 1 + random.nextInt(all.length);
      int[] sorted =
          IntStream.range(0, all.length)
              .boxed()
              .sorted(
                  (a, b) ->
                      all[a] == all[b] ? Integer.compare(a, b) : Double.compare(all[b], all[a]))
              .limit(count)
              .mapToInt(place -> place)
              .toArray();
      TreeSearch.Found exact = tree.best(count, TreeSearch.Rule.EXACT);
      assertThat(exact.places()).as("seed %s, round %s", seed, round).isEqualTo(sorted);
      for (int i = 0; i < count; i++) {
        assertThat(exact.logProbabilities()[i]).isEqualTo(all[sorted[i]]);
      }
      TreeSearch.Found published = tree.best(count, TreeSearch.Rule.PUBLISHED);
      for (int i = 0; i < published.places().length; i++) {
        assertThat(published.logProbabilities()[i])
            .as("seed %s, round %s", seed, round)
            .isEqualTo(all[published.places()[i]])
            .isLessThanOrEqualTo(exact.logProbabilities()[i]);
      }
      missed += Arrays.equals(published.places(), sorted) ? 0 : 1;
    }
    assertThat(missed).as("rounds in which the published rule missed an item").isPositive();
  }

  private static Tree random(SplittableRandom random) {
    int branches = 1 + random.nextInt(4);
    double[][] within = new double[branches][];
    int[] starts = new int[branches + 1];
    starts[0] = 1 + random.nextInt(6);
    for (int b = 0; b < branches; b++) {
      within[b] = softmax(random, 1 + random.nextInt(6));
      starts[b + 1] = starts[b] + within[b].length;
    }
    return new Tree(starts, softmax(random, starts[0] + branches), within);
  }

  private static double[] softmax(SplittableRandom random, int size) {
    double[] logits = new double[size];
    Arrays.setAll(logits, i -> 3 * Randoms.gaussian(random));
    double sum = Arrays.stream(logits).map(Math::exp).sum();
    return Arrays.stream(logits).map(x -> x - Math.log(sum)).toArray();
  }
}
