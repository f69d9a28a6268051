package io.attar.evaluation;

import static io.attar.evaluation.Toys.s;
import static io.attar.evaluation.Toys.sessions;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import io.attar.data.Sessions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CaseRunnerTest {
  private static final EvaluationOptions ONE = new EvaluationOptions(1, 50, 7);

  private static MethodResult measure(Sessions sessions, int minimum, ScoringMethod method) {
    return Evaluation.measure(sessions, 5, minimum, method, ONE, ProgressListener.NONE);
  }

  @Test
  void splitsByHand() {
    // Scores 5 4 3 2 1. Cases: (0 -> 1) rank 2, among new 1; (0 1 -> 0) rank 1, repeat;
    // (0 1 0 -> 4) rank 5, among new 3 (items 2, 3 ahead).
    MethodResult result = measure(sessions(s(0, 1, 0, 4)), 1, Toys.fixed("fixed", 5, 4, 3, 2, 1));
    assertThat(result.split(Split.OVERALL).cases()).isEqualTo(3);
    assertThat(result.split(Split.REPEAT).cases()).isEqualTo(1);
    assertThat(result.split(Split.NEW).cases()).isEqualTo(2);
    assertThat(result.split(Split.NEW_AMONG_NEW).cases()).isEqualTo(2);
    assertThat(result.mean(Split.OVERALL, "mrr@5"))
        .isCloseTo((1 / 2.0 + 1 + 1 / 5.0) / 3, within(1e-15));
    assertThat(result.mean(Split.REPEAT, "mrr@5")).isEqualTo(1);
    assertThat(result.mean(Split.NEW, "mrr@5")).isCloseTo((1 / 2.0 + 1 / 5.0) / 2, within(1e-15));
    assertThat(result.mean(Split.NEW_AMONG_NEW, "mrr@5"))
        .isCloseTo((1 + 1 / 3.0) / 2, within(1e-15));
  }

  @Test
  void aSplitWithoutCasesHasNoMean() {
    MethodResult result = measure(sessions(s(0, 1)), 1, Toys.fixed("fixed", 5, 4, 3, 2, 1));
    assertThat(result.split(Split.REPEAT).cases()).isZero();
    assertThat(result.split(Split.REPEAT).measures())
        .allSatisfy(
            m -> {
              assertThat(m.mean()).isNaN();
              assertThat(m.low()).isNaN();
              assertThat(m.high()).isNaN();
            });
  }

  @Test
  void shortPrefixesAreNoCasesButAreClicked() {
    List<String> heard = new ArrayList<>();
    ScoringMethod listening = listening(heard);
    MethodResult result = measure(sessions(s(3, 1, 2), s(4, 0), s(2)), 2, listening);
    assertThat(result.split(Split.OVERALL).cases()).isEqualTo(1);
    assertThat(heard).containsExactly("start", "click 3", "click 1", "scores");
  }

  @Test
  void aTargetOutsideTheCatalogueIsAMissAndCounted() {
    // 7 and 8 are not in the catalogue of 5; (0 7 -> 7) is a repeat all the same.
    MethodResult result =
        measure(sessions(s(0, 7, 7), s(8, 0)), 1, Toys.fixed("fixed", 5, 4, 3, 2, 1));
    assertThat(result.unknownTargets()).isEqualTo(2);
    assertThat(result.split(Split.OVERALL).cases()).isEqualTo(3);
    assertThat(result.mean(Split.OVERALL, "recall@20")).isCloseTo(1 / 3.0, within(1e-15));
    assertThat(result.mean(Split.REPEAT, "recall@20")).isZero();
    assertThat(result.mean(Split.NEW_AMONG_NEW, "mrr@5")).isEqualTo(0.5); // (8 -> 0) is rank 1.
  }

  @Test
  void resultsAreTheSameForAnyNumberOfThreads() {
    Random random = new Random(11);
    Sessions known = Toys.random(random, 300, 40);
    Sessions test = Toys.random(random, 200, 40);
    for (ScoringMethod method : Rules.all(known, 40)) {
      MethodResult one = Evaluation.measure(test, 40, 1, method, ONE, ProgressListener.NONE);
      for (int threads : new int[] {2, 3, 8}) {
        assertThat(
                Evaluation.measure(
                    test, 40, 1, method, ONE.withThreads(threads), ProgressListener.NONE))
            .isEqualTo(one);
      }
    }
  }

  @Test
  void progressEndsAtTheTotal() {
    List<Long> done = new ArrayList<>();
    Sessions test = Toys.random(new Random(3), 100, 5);
    Evaluation.measure(
        test,
        5,
        1,
        Toys.fixed("fixed", 5, 4, 3, 2, 1),
        ONE.withThreads(2),
        (stage, now, total) -> {
          assertThat(stage).isEqualTo("fixed");
          assertThat(total).isEqualTo(100);
          done.add(now);
        });
    assertThat(done).isSorted().endsWith(100L);
  }

  @Test
  void aFailingMethodIsNamed() {
    assertThatIllegalStateException()
        .isThrownBy(() -> measure(sessions(s(0, 1)), 1, Toys.fixed("odd", 1, 1, Double.NaN, 1, 1)))
        .withMessageContaining("'odd'")
        .withMessageContaining("item index 2 is NaN")
        .withCauseInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void metricsOfOneRankingFitTogether() {
    // Whatever the ranking: a hit at ranks 6 to 10 adds 1/log2(11) to 1/log2(7), and so on.
    for (long seed = 1; seed <= 30; seed++) {
      Random random = new Random(seed);
      double[] scores = random.doubles(60).map(v -> Math.floor(v * 40)).toArray();
      MethodResult result =
          Evaluation.measure(
              Toys.random(random, 40, 60),
              60,
              1,
              Toys.fixed("random", scores),
              ONE,
              ProgressListener.NONE);
      for (Split split : Split.values()) {
        double recall5 = result.mean(split, "recall@5");
        double ndcg5 = result.mean(split, "ndcg@5");
        double recallGain = result.mean(split, "recall@10") - recall5;
        double ndcgGain = result.mean(split, "ndcg@10") - ndcg5;
        String about = "seed " + seed + ", " + split.label();
        assertThat(ndcgGain)
            .as(about)
            .isBetween(
                recallGain * Metrics.ndcg(10, 10) - 1e-12,
                recallGain * Metrics.ndcg(6, 10) + 1e-12);
        assertThat(ndcg5)
            .as(about)
            .isBetween(recall5 * Metrics.ndcg(5, 5) - 1e-12, recall5 + 1e-12);
        assertThat(result.mean(split, "mrr@5")).as(about).isLessThanOrEqualTo(ndcg5 + 1e-12);
      }
      assertThat(result.mean(Split.NEW_AMONG_NEW, "recall@10"))
          .as("seed " + seed)
          .isGreaterThanOrEqualTo(result.mean(Split.NEW, "recall@10"));
    }
  }

  private static ScoringMethod listening(List<String> heard) {
    return new ScoringMethod() {
      @Override
      public String name() {
        return "listening";
      }

      @Override
      public SessionScorer newScorer() {
        return new SessionScorer() {
          @Override
          public void start() {
            heard.add("start");
          }

          @Override
          public void click(int item) {
            heard.add("click " + item);
          }

          @Override
          public void scores(double[] scores) {
            heard.add("scores");
          }
        };
      }
    };
  }
}
