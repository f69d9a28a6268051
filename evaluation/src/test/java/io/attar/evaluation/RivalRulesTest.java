package io.attar.evaluation;

import static io.attar.evaluation.Toys.s;
import static io.attar.evaluation.Toys.scores;
import static io.attar.evaluation.Toys.sessions;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.attar.data.Dataset;
import io.attar.data.Sessions;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The published rivals by hand, and against their formulas written out plainly. */
class RivalRulesTest {
  private static final double NEVER = Double.NEGATIVE_INFINITY;
  private static final Sessions KNOWN = sessions(s(0, 1), s(0, 2, 0), s(1, 2, 3, 9), s(0, 1, 1));

  @Test
  void decays() {
    assertThat(Decay.CONSTANT.weight(7)).isEqualTo(1);
    assertThat(Decay.LINEAR.weight(3)).isCloseTo(0.8, within(1e-15));
    assertThat(Decay.LINEAR.weight(30)).isZero();
    assertThat(Decay.RECIPROCAL.weight(4)).isEqualTo(0.25);
    assertThat(Decay.LOGARITHMIC.weight(1)).isCloseTo(1 / Math.log(2.7), within(1e-15));
    assertThat(Decay.QUADRATIC.weight(3)).isCloseTo(1 / 9.0, within(1e-15));
  }

  @Test
  void itemNeighboursByHand() {
    // Sessions: item 0 in 3, 1 in 3, 2 in 2, 3 in 1; 0 and 1 together in 2, 0 and 2 in 1.
    ScoringMethod cosine = ItemNeighbours.of(KNOWN, 5, new ItemNeighbours.Settings(10, 0, 0.5));
    assertThat(scores(cosine, 5, 2, 0))
        .usingComparatorWithPrecision(1e-12)
        .containsExactly(NEVER, 2 / 3.0, 1 / Math.sqrt(6), NEVER, NEVER);
    ScoringMethod damped = ItemNeighbours.of(KNOWN, 5, new ItemNeighbours.Settings(1, 1, 0.25));
    assertThat(scores(damped, 5, 0))
        .usingComparatorWithPrecision(1e-12)
        .containsExactly(NEVER, 2 / 4.0, NEVER, NEVER, NEVER);
    assertThat(cosine.bytes()).hasValue(8 * (2 + 3 + 3 + 2));
    assertThat(scores(cosine, 5, 4)).containsOnly(NEVER);
  }

  @Test
  void sequentialRulesByHand() {
    ScoringMethod rules =
        SequentialRules.of(KNOWN, 5, new SequentialRules.Settings(2, Decay.RECIPROCAL, 10));
    // After 0: 1 at once twice, once again at two clicks; 2 at once; 0 at two clicks.
    assertThat(scores(rules, 5, 3, 0)).containsExactly(0.5, 2.5, 1, NEVER, NEVER);
    assertThat(scores(rules, 5, 1)).containsExactly(NEVER, 1, 1, 0.5, NEVER);
    ScoringMethod best =
        SequentialRules.of(KNOWN, 5, new SequentialRules.Settings(1, Decay.CONSTANT, 1));
    assertThat(scores(best, 5, 0)).containsExactly(NEVER, 2, NEVER, NEVER, NEVER);
  }

  @Test
  void vectorSessionNeighboursEqualTheFormulaWrittenOutPlainly() {
    for (long seed = 1; seed <= 20; seed++) {
      Random random = new Random(seed);
      Sessions known = Toys.random(random, 1 + random.nextInt(60), 20);
      VectorSessionNeighbours.Settings settings =
          new VectorSessionNeighbours.Settings(
              1 + random.nextInt(20),
              1 + random.nextInt(40),
              List.of(Decay.values()).get(random.nextInt(5)),
              List.of(Decay.values()).get(random.nextInt(5)),
              random.nextInt(3));
      int[] holders = OrderedNeighbours.holderCounts(known, 18);
      compare(
          known,
          VectorSessionNeighbours.of(known, 18, settings),
          settings.neighbours(),
          settings.sampled(),
          settings.clickDecay()::weight,
          session -> 1,
          (distance, gap) -> settings.voteDecay().weight(distance),
          item -> 1 + settings.rarity() * Math.log((double) known.count() / holders[item]),
          random);
    }
  }

  @Test
  void sequenceTimeNeighboursEqualTheFormulaWrittenOutPlainly() {
    for (long seed = 1; seed <= 20; seed++) {
      Random random = new Random(seed);
      Sessions known = Toys.random(random, 1 + random.nextInt(60), 20);
      SequenceTimeNeighbours.Settings settings =
          new SequenceTimeNeighbours.Settings(
              1 + random.nextInt(20),
              1 + 3 * random.nextDouble(),
              random.nextInt(3) == 0 ? Double.POSITIVE_INFINITY : 0.1 + random.nextDouble(),
              1 + 3 * random.nextDouble());
      compare(
          known,
          SequenceTimeNeighbours.of(known, 18, settings),
          settings.neighbours(),
          Integer.MAX_VALUE,
          distance -> Math.exp(-(distance - 1) / settings.clickScale()),
          session ->
              Math.exp(-(known.count() - 1.0 - session) / known.count() / settings.ageScale())
                  / Math.sqrt(known.length(session)),
          (distance, gap) -> Math.exp(-gap / settings.gapScale()),
          item -> 1,
          random);
    }
  }

  private interface ByDistance {
    double weight(int distance);
  }

  private interface ByNumber {
    double weight(int number);
  }

  private interface ByDistanceAndGap {
    double weight(int distance, int gap);
  }

  /** Up to a factor that is the visitor's alone. */
  private static void compare(
      Sessions known,
      ScoringMethod method,
      int neighbours,
      int sampled,
      ByDistance click,
      ByNumber session,
      ByDistanceAndGap vote,
      ByNumber item,
      Random random) {
    Sessions visitors = Toys.random(random, 10, 18);
    for (int v = 0; v < visitors.count(); v++) {
      int[] clicks = visitors.session(v);
      double[] expected = new double[18];
      double[] similarity = new double[known.count()];
      List<Integer> sharing =
          IntStream.range(0, known.count())
              .filter(n -> Arrays.stream(clicks).anyMatch(x -> holds(known, n, x)))
              .boxed()
              .toList();
      sharing = sharing.subList(Math.max(0, sharing.size() - sampled), sharing.size());
      for (int n : sharing) {
        for (int c = 0; c < clicks.length; c++) {
          if (holds(known, n, clicks[c]) && last(clicks, clicks[c]) == c) {
            similarity[n] += click.weight(clicks.length - c);
          }
        }
        similarity[n] *= session.weight(n);
      }
      List<Integer> best =
          sharing.stream()
              .sorted(
                  (a, b) ->
                      similarity[a] != similarity[b]
                          ? Double.compare(similarity[b], similarity[a])
                          : b - a)
              .limit(neighbours)
              .toList();
      for (int n : best) {
        int[] others = known.session(n);
        int c = clicks.length - 1;
        while (!holds(known, n, clicks[c])) {
          c--;
        }
        for (int p = 0; p < others.length; p++) {
          if (others[p] < 18 && last(others, others[p]) == p) {
            int gap = Math.abs(p - last(others, clicks[c]));
            expected[others[p]] += similarity[n] * vote.weight(clicks.length - c, gap);
          }
        }
      }
      double[] actual = scores(method, 18, clicks);
      double factor = 0;
      for (int i = 0; i < 18; i++) {
        expected[i] *= expected[i] == 0 ? 1 : item.weight(i);
        if (expected[i] > 1e-9 && factor == 0) {
          factor = actual[i] / expected[i];
        }
      }
      for (int i = 0; i < 18; i++) {
        if (expected[i] > 1e-9) {
          assertThat(actual[i] / expected[i]).isCloseTo(factor, within(1e-9 * factor));
        } else {
          assertThat(actual[i]).isLessThan(1e-9);
        }
      }
    }
  }

  private static boolean holds(Sessions known, int session, int item) {
    return last(known.session(session), item) >= 0;
  }

  private static int last(int[] items, int item) {
    int at = items.length - 1;
    while (at >= 0 && items[at] != item) {
      at--;
    }
    return at;
  }

  @Test
  void theSearchFindsWhatHelpsAndDoesNotLookAtTheTest() {
    // Ten kinds follow the noise in the middle: fewer rules miss some of them.
    Random random = new Random(4);
    int[][] training = new int[300][];
    for (int i = 0; i < training.length; i++) {
      int kind = random.nextInt(10);
      training[i] = s(kind, 20 + random.nextInt(5), 10 + kind);
    }
    Dataset dataset = Toys.dataset(25, 25, sessions(training), sessions(s(3, 13)), 1);
    EvaluationOptions options = new EvaluationOptions(2, 10, 1);
    SettingsSearch<Integer> search =
        new SettingsSearch<>(
            "rules",
            (known, rules) ->
                SequentialRules.of(
                    known, 25, new SequentialRules.Settings(1, Decay.CONSTANT, rules)),
            List.of(rules -> List.of(1, 3, 10, 30).stream()));
    assertThat(search.choose(dataset, 1, options, ProgressListener.NONE)).isEqualTo(10);
    Dataset otherTest = Toys.dataset(25, 25, sessions(training), sessions(s(13, 3, 3)), 1);
    assertThat(search.choose(otherTest, 1, options, ProgressListener.NONE)).isEqualTo(10);
    Dataset tooLittle = Toys.dataset(25, 25, KNOWN, sessions(s(0, 1)), 1);
    assertThat(search.choose(tooLittle, 3, options, ProgressListener.NONE)).isEqualTo(3);
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ItemNeighbours.Settings(0, 1, 0.5))
        .withMessageContaining("neighbours must be at least 1: 0");
    assertThatIllegalArgumentException().isThrownBy(() -> new ItemNeighbours.Settings(1, -1, 0.5));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ItemNeighbours.Settings(1, 1, Double.NaN));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SequentialRules.Settings(0, Decay.LINEAR, 1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SequentialRules.Settings(1, Decay.LINEAR, 0));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new VectorSessionNeighbours.Settings(0, 1, Decay.LINEAR, Decay.LINEAR, 0));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new VectorSessionNeighbours.Settings(1, 0, Decay.LINEAR, Decay.LINEAR, 0));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new VectorSessionNeighbours.Settings(1, 1, Decay.LINEAR, Decay.LINEAR, -1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SequenceTimeNeighbours.Settings(0, 1, 1, 1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SequenceTimeNeighbours.Settings(1, 0, 1, 1))
        .withMessageContaining("click scale must be above 0: 0.0");
  }
}
