package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CandidateSamplerTest {
  private static final int[] COUNTS = {0, 1, 4, 9, 100, 0, 25, 16, 1, 64};
  private static final int[] NONE = {};

  private static double probability(int item) {
    double roots = Arrays.stream(COUNTS).mapToDouble(Math::sqrt).sum();
    return 0.5 * Math.sqrt(COUNTS[item]) / roots + 0.5 / COUNTS.length;
  }

  @Test
  void itemsComeAsOftenAsTheDistributionSays() {
    CandidateSampler sampler = new CandidateSampler(COUNTS, 8);
    int draws = 20_000;
    int[] seen = new int[COUNTS.length];
    for (int seed = 0; seed < draws; seed++) {
      CandidateSampler.Candidates drawn = sampler.draw(seed, NONE);
      assertThat(drawn.items()).hasSize(8);
      for (int k = 0; k < 8; k++) {
        int item = drawn.items()[k];
        seen[item]++;
        assertThat((double) drawn.offsets()[k])
            .isCloseTo(-Math.log(8 * probability(item)), within(1e-5));
      }
    }
    for (int v = 0; v < COUNTS.length; v++) {
      double p = probability(v);
      double deviation = Math.sqrt(p * (1 - p) / (8.0 * draws));
      assertThat(seen[v] / (8.0 * draws)).as("item %s", v).isCloseTo(p, within(4.5 * deviation));
    }
  }

  /** With some items certain: each counts once as it is, the sample stands for the others. */
  @ParameterizedTest
  @ValueSource(ints = {0, 3})
  void theSampledPartitionFunctionIsUnbiased(int certainCount) {
    CandidateSampler sampler = new CandidateSampler(COUNTS, 6);
    int[] certain = Arrays.copyOf(new int[] {4, 0, 7}, certainCount);
    SplittableRandom random = new SplittableRandom(5);
    double[] logits = random.doubles(COUNTS.length, -2, 2).toArray();
    double expected = Arrays.stream(logits).map(Math::exp).sum();
    int draws = 40_000;
    double sum = 0;
    double squares = 0;
    for (int seed = 0; seed < draws; seed++) {
      CandidateSampler.Candidates drawn = sampler.draw(seed, certain);
      double estimate = 0;
      for (int k = 0; k < drawn.items().length; k++) {
        estimate += Math.exp(logits[drawn.items()[k]] + drawn.offsets()[k]);
      }
      sum += estimate;
      squares += estimate * estimate;
    }
    double mean = sum / draws;
    double deviation = Math.sqrt((squares / draws - mean * mean) / draws);
    assertThat(mean).isCloseTo(expected, within(4.5 * deviation));
    assertThat(deviation).isLessThan(0.02 * expected); // so that a bias of a tenth would show
  }

  @Test
  void certainItemsStandFirstOnceAndUncorrected() {
    CandidateSampler sampler = new CandidateSampler(COUNTS, 9);
    int[] certain = {9, 4, 2};
    for (int seed = 0; seed < 200; seed++) {
      CandidateSampler.Candidates drawn = sampler.draw(seed, certain);
      assertThat(Arrays.copyOf(drawn.items(), 3)).containsExactly(certain);
      assertThat(Arrays.copyOf(drawn.offsets(), 3)).containsOnly(0f);
      assertThat(Arrays.copyOfRange(drawn.items(), 3, drawn.items().length))
          .doesNotContain(certain);
      assertThat(drawn.offsets()).hasSameSizeAs(drawn.items());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 10, 11, 1000})
  void allItemsWhenAskedOrWhenTheSampleWouldBeNoSmaller(int size) {
    CandidateSampler.Candidates drawn = new CandidateSampler(COUNTS, size).draw(1, NONE);
    assertThat(drawn.items()).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    assertThat(drawn.offsets()).containsOnly(0f).hasSize(10);
  }

  @Test
  void theSeedDecides() {
    CandidateSampler sampler = new CandidateSampler(COUNTS, 9);
    assertThat(sampler.draw(3, NONE).items()).isEqualTo(sampler.draw(3, NONE).items());
    assertThat(sampler.draw(4, NONE).items()).isNotEqualTo(sampler.draw(3, NONE).items());
  }
}
