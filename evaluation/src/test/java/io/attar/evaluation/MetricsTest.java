package io.attar.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class MetricsTest {
  private static final double NEVER = Double.NEGATIVE_INFINITY;

  @Test
  void targetAtRankThreeOfTen() {
    double[] scores = {0.1, 0.9, 0.2, 0.8, 0.7, 0.3, 0.4, 0.5, 0.6, 0.0};
    int rank = Metrics.rank(scores, 4);
    assertThat(rank).isEqualTo(3);
    assertThat(Metrics.recall(rank, 5)).isEqualTo(1);
    assertThat(Metrics.ndcg(rank, 5)).isCloseTo(0.5, within(1e-15));
    assertThat(Metrics.reciprocalRank(rank, 5)).isEqualTo(1.0 / 3);
  }

  @Test
  void tiesCountAgainstTheTarget() {
    double[] scores = {1, 1, 1, 1, 1, 0, 0, 0, 0, 0};
    assertThat(Metrics.rank(scores, 2)).isEqualTo(5);
    assertThat(Metrics.rank(scores, 9)).isEqualTo(10);
  }

  @Test
  void aMethodThatTellsNothingApartRanksEveryTargetLast() {
    assertThat(Metrics.rank(new double[50], 0)).isEqualTo(50);
  }

  @Test
  void cutoffsIncludeTheirOwnRank() {
    assertThat(Metrics.recall(10, 10)).isEqualTo(1);
    assertThat(Metrics.recall(11, 10)).isZero();
    assertThat(Metrics.ndcg(11, 10)).isZero();
    assertThat(Metrics.reciprocalRank(11, 10)).isZero();
  }

  @Test
  void weightsAreThePublishedOnes() {
    double[] weights = {1, .6309, .5, .4307, .3869, .3562, .3333, .3155, .3010, .2891};
    for (int rank = 1; rank <= 10; rank++) {
      assertThat(Metrics.ndcg(rank, 10)).isCloseTo(weights[rank - 1], within(5e-5));
    }
  }

  @Test
  void neverRecommendedIsAMissEvenInATinyCatalogue() {
    double[] scores = {1, NEVER, NEVER};
    assertThat(Metrics.rank(scores, 1)).isEqualTo(Metrics.MISS);
    assertThat(Metrics.recall(Metrics.MISS, 20)).isZero();
    assertThat(Metrics.ndcg(Metrics.MISS, 20)).isZero();
    assertThat(Metrics.rank(scores, 0)).isEqualTo(1);
  }

  @Test
  void notANumberIsRefusedWhereverItStands() {
    for (int target = 0; target < 3; target++) {
      int asked = target;
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Metrics.rank(new double[] {2, Double.NaN, 1}, asked))
          .withMessageContaining("item index 1 is NaN");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Metrics.rank(new double[] {NEVER, Double.NaN}, 0));
  }

  @Test
  void rankWithoutLeavesOutWhatIsAheadOrTied() {
    double[] scores = {5, 4, 4, 3, 2};
    int rank = Metrics.rank(scores, 2);
    assertThat(rank).isEqualTo(3);
    assertThat(Metrics.rankWithout(rank, scores, 2, new int[] {0, 1, 4}, 3)).isEqualTo(1);
    assertThat(Metrics.rankWithout(rank, scores, 2, new int[] {0, 1, 4}, 1)).isEqualTo(2);
    assertThat(Metrics.rankWithout(Metrics.MISS, scores, 2, new int[] {0}, 1))
        .isEqualTo(Metrics.MISS);
  }

  @Test
  void valuesAreAddedInTheOrderOfTheNames() {
    double[] sums = new double[Metrics.COUNT + 1];
    Metrics.add(7, sums, 1);
    assertThat(sums[0]).isZero();
    double ndcg = Math.log(2) / Math.log(8);
    for (int m = 0; m < Metrics.COUNT; m++) {
      String name = Metrics.names().get(m);
      double expected =
          name.endsWith("@5")
              ? 0
              : name.startsWith("recall") ? 1 : name.startsWith("mrr") ? 1 / 7.0 : ndcg;
      assertThat(sums[m + 1]).as(name).isCloseTo(expected, within(1e-15));
    }
  }
}
