package io.attar.evaluation;

import static io.attar.evaluation.Toys.s;
import static io.attar.evaluation.Toys.scores;
import static org.assertj.core.api.Assertions.assertThat;

import io.attar.data.Dataset;
import io.attar.data.Sessions;
import io.attar.runtime.ModelFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every method owes the evaluator, whatever it ranks by. */
class ScoringMethodContractTest {
  private static final int ITEMS = 12;

  /** Nearly everybody clicks item 0, and nothing but item 0, again and again. */
  private static Sessions world() {
    int[][] sessions = new int[60][];
    for (int i = 0; i < sessions.length; i++) {
      int other = 1 + i % (ITEMS - 1);
      sessions[i] = i % 4 == 0 ? s(other, other) : s(0, 0, 0);
    }
    return Toys.sessions(sessions);
  }

  static Stream<ScoringMethod> methods() throws ModelFileException {
    Dataset dataset = Toys.dataset(ITEMS + 2, ITEMS, world(), Toys.sessions(s(0, 0)), 1);
    List<ScoringMethod> methods =
        new ArrayList<>(
            Evaluation.opponents(dataset, new EvaluationOptions(1, 10, 1), ProgressListener.NONE));
    methods.addAll(
        Evaluation.rivals(dataset, new EvaluationOptions(1, 10, 1), ProgressListener.NONE));
    float[][] rows = new float[ITEMS][ITEMS];
    for (int item = 0; item < ITEMS; item++) {
      rows[item][item] = 1;
    }
    byte[] file = ModelFiles.write("{}", dataset.items().ids().subList(0, ITEMS), rows);
    methods.add(RecommenderMethod.open("model", file, dataset.items(), ITEMS));
    return methods.stream();
  }

  /** All but item kNN, which never recommends the last item. */
  static Stream<ScoringMethod> methodsThatRepeat() throws ModelFileException {
    return methods().filter(method -> !method.name().equals("item kNN"));
  }

  @ParameterizedTest
  @MethodSource("methodsThatRepeat")
  void theObviousAnswerIsFirst(ScoringMethod method) {
    double[] scores = scores(method, ITEMS, 0, 0);
    assertThat(Metrics.rank(scores, 0)).as(method.name()).isEqualTo(1);
  }

  @ParameterizedTest
  @MethodSource("methods")
  void everyScoreIsWrittenAndIsANumber(ScoringMethod method) {
    for (int[] clicks : new int[][] {s(), s(3), s(1, 2, 1, 0), s(ITEMS, ITEMS + 1)}) {
      for (double score : scores(method, ITEMS, clicks)) {
        assertThat(score).as(method.name()).isNotNaN().isLessThan(Double.POSITIVE_INFINITY);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void itemsOutsideTheCatalogueAreIgnored(ScoringMethod method) {
    assertThat(scores(method, ITEMS, ITEMS, 2, ITEMS + 1, 0, ITEMS))
        .as(method.name())
        .isEqualTo(scores(method, ITEMS, 2, 0));
  }

  @ParameterizedTest
  @MethodSource("methods")
  void aNewSessionRemembersNothing(ScoringMethod method) {
    SessionScorer used = method.newScorer();
    Random random = new Random(8);
    double[] scores = new double[ITEMS];
    for (int round = 0; round < 50; round++) {
      used.start();
      int[] clicks = random.ints(random.nextInt(30), 0, ITEMS).toArray();
      for (int item : clicks) {
        used.click(item);
        if (random.nextBoolean()) {
          used.scores(scores); // Asking must change nothing either.
        }
      }
      Arrays.fill(scores, Double.NaN);
      used.scores(scores);
      assertThat(scores).as(method.name()).isEqualTo(scores(method, ITEMS, clicks));
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void scorersDoNotDisturbEachOther(ScoringMethod method) {
    SessionScorer one = method.newScorer();
    SessionScorer two = method.newScorer();
    one.start();
    two.start();
    one.click(3);
    two.click(5);
    one.click(0);
    two.click(7);
    double[] scores = new double[ITEMS];
    two.scores(scores);
    one.scores(scores);
    assertThat(scores).as(method.name()).isEqualTo(scores(method, ITEMS, 3, 0));
  }
}
