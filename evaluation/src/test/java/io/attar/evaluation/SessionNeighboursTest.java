package io.attar.evaluation;

import static io.attar.evaluation.Toys.s;
import static io.attar.evaluation.Toys.scores;
import static io.attar.evaluation.Toys.sessions;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.attar.data.Dataset;
import io.attar.data.Sessions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class SessionNeighboursTest {
  private static final double NEVER = Double.NEGATIVE_INFINITY;
  private static final Sessions KNOWN = sessions(s(0, 1), s(0, 2, 0), s(1, 2, 3));
  private static final NeighbourSettings PLAIN = new NeighbourSettings(10, 0.5, false, 0, 1, 1);

  private static double[] after(NeighbourSettings settings, int... clicks) {
    return scores(new SessionNeighbours(KNOWN, 5, settings), 5, clicks);
  }

  @Test
  void plainVotesByHand() {
    // Visitor 0, 1: weights 0.5 and 1. Similarities 1.5, 0.5, 1.
    assertThat(after(PLAIN, 0, 1)).containsExactly(2, 2.5, 1.5, 1, NEVER);
    // Visitor 0, 1, 0: the latest click on 0 counts, once.
    assertThat(after(PLAIN, 0, 1, 0)).containsExactly(2.5, 2, 1.5, 0.5, NEVER);
  }

  @Test
  void onlyTheMostSimilarVote() {
    assertThat(after(PLAIN.withNeighbours(2), 0, 1)).containsExactly(1.5, 2.5, 1, 1, NEVER);
    // Visitor 2: sessions 1 and 2 are equally similar; the later one is the neighbour.
    assertThat(after(PLAIN.withNeighbours(1), 2)).containsExactly(NEVER, 1, 1, 1, NEVER);
  }

  @Test
  void lengthSharpnessAndRecencyByHand() {
    double root2 = Math.sqrt(2);
    double root3 = Math.sqrt(3);
    assertThat(after(PLAIN.withLengthPenalty(0.5), 0, 1))
        .usingComparatorWithPrecision(1e-12)
        .containsExactly(
            2 / root2, 1.5 / root2 + 1 / root3, 0.5 / root2 + 1 / root3, 1 / root3, NEVER);
    assertThat(after(PLAIN.withSharpness(2), 0, 1)).containsExactly(2.5, 3.25, 1.25, 1, NEVER);
    assertThat(after(PLAIN.withRecency(0), 0, 1))
        .usingComparatorWithPrecision(1e-12)
        .containsExactly(2.5 / 3, 1.5, 4 / 3.0, 1, NEVER);
  }

  @Test
  void rareItemsWeighMore() {
    // 0, 1 and 2 are in two of three sessions, 3 in one: idf ln(4/2) and ln(4/1) = 2 ln 2.
    double[] scores = after(PLAIN.withInverseFrequency(true), 3);
    double common = Math.log(2);
    double similarity = 4 * common * common;
    assertThat(scores)
        .usingComparatorWithPrecision(1e-12)
        .containsExactly(
            NEVER, similarity * common, similarity * common, similarity * 2 * common, NEVER);
  }

  @Test
  void withoutAKnownClickNobodyVotes() {
    assertThat(after(PLAIN)).containsOnly(NEVER);
    assertThat(after(PLAIN, 4)).containsOnly(NEVER);
  }

  @Test
  void equalsTheFormulaWrittenOutPlainly() {
    for (long seed = 1; seed <= 40; seed++) {
      Random random = new Random(seed);
      int items = 5 + random.nextInt(40);
      Sessions known = Toys.random(random, 1 + random.nextInt(120), items);
      NeighbourSettings settings =
          new NeighbourSettings(
              1 + random.nextInt(30),
              0.5 + random.nextDouble() / 2,
              random.nextBoolean(),
              random.nextInt(3) / 2.0,
              random.nextInt(4),
              random.nextInt(3) / 2.0);
      SessionNeighbours method = new SessionNeighbours(known, items, settings);
      Sessions visitors = Toys.random(random, 10, items);
      for (int v = 0; v < visitors.count(); v++) {
        int[] clicks = visitors.session(v);
        double[] actual = scores(method, items, clicks);
        double[] expected = plainly(known, items, settings, clicks);
        for (int item = 0; item < items; item++) {
          String about = "seed " + seed + ", visitor " + v + ", item " + item;
          if (expected[item] == NEVER) {
            assertThat(actual[item]).as(about).isEqualTo(NEVER);
          } else {
            assertThat(actual[item])
                .as(about)
                .isCloseTo(expected[item], within(1e-9 * expected[item]));
          }
        }
      }
    }
  }

  @Test
  void choosingUsesTheLatestKnownSessionsOnlyAndFindsWhatHelps() {
    // Decay matters: what follows depends on the last click alone, the first is noise.
    Random random = new Random(4);
    int[][] training = new int[400][];
    for (int i = 0; i < training.length; i++) {
      int kind = random.nextInt(10);
      training[i] = s(20 + random.nextInt(5), 20 + random.nextInt(5), kind, 10 + kind);
    }
    Dataset dataset = Toys.dataset(25, 25, sessions(training), sessions(s(3, 13)), 1);
    EvaluationOptions options = new EvaluationOptions(2, 10, 1);
    List<String> stages = new ArrayList<>();
    SessionNeighbours chosen =
        SessionNeighbours.choose(dataset, options, (stage, done, total) -> stages.add(stage));
    assertThat(stages).isNotEmpty();
    double chosenQuality = heldOutQuality(dataset, chosen.settings(), options);
    assertThat(chosenQuality)
        .isGreaterThanOrEqualTo(heldOutQuality(dataset, NeighbourSettings.DEFAULT, options))
        .isGreaterThan(heldOutQuality(dataset, PLAIN.withDecay(1).withNeighbours(100), options));
    Dataset otherTest = Toys.dataset(25, 25, sessions(training), sessions(s(13, 3, 3)), 1);
    assertThat(SessionNeighbours.choose(otherTest, options, ProgressListener.NONE).settings())
        .isEqualTo(chosen.settings());
  }

  private static double heldOutQuality(
      Dataset dataset, NeighbourSettings settings, EvaluationOptions options) {
    Sessions training = dataset.training();
    SessionNeighbours method =
        new SessionNeighbours(training.slice(0, 360), dataset.catalogueSize(), settings);
    return Evaluation.measure(
            training.slice(360, 400),
            dataset.catalogueSize(),
            1,
            method,
            options,
            ProgressListener.NONE)
        .mean(Split.OVERALL, "ndcg@10");
  }

  @Test
  void tooLittleToChooseFromKeepsTheDefaults() {
    Dataset dataset = Toys.dataset(4, 4, KNOWN, sessions(s(0, 1)), 1);
    SessionNeighbours method =
        SessionNeighbours.choose(dataset, EvaluationOptions.DEFAULT, ProgressListener.NONE);
    assertThat(method.settings()).isEqualTo(NeighbourSettings.DEFAULT);
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PLAIN.withNeighbours(0))
        .withMessageContaining("neighbours must be at least 1: 0");
    assertThatIllegalArgumentException().isThrownBy(() -> PLAIN.withDecay(0));
    assertThatIllegalArgumentException().isThrownBy(() -> PLAIN.withDecay(Double.NaN));
    assertThatIllegalArgumentException().isThrownBy(() -> PLAIN.withLengthPenalty(1.1));
    assertThatIllegalArgumentException().isThrownBy(() -> PLAIN.withSharpness(-1));
    assertThatIllegalArgumentException().isThrownBy(() -> PLAIN.withRecency(-0.1));
  }

  /** The class comment's formula over maps and full sorts, sharing nothing with the index. */
  private static double[] plainly(
      Sessions known, int items, NeighbourSettings settings, int[] clicks) {
    List<Set<Integer>> sessions = new ArrayList<>();
    double[] holders = new double[items];
    for (int s = 0; s < known.count(); s++) {
      Set<Integer> distinct = new TreeSet<>();
      Arrays.stream(known.session(s)).forEach(distinct::add);
      distinct.forEach(item -> holders[item]++);
      sessions.add(distinct);
    }
    double[] rarity = new double[items];
    for (int item = 0; item < items; item++) {
      rarity[item] =
          settings.inverseFrequency() ? Math.log((known.count() + 1.0) / holders[item]) : 1;
    }
    Map<Integer, Double> weight = new LinkedHashMap<>(); // Latest click first.
    double step = 1;
    for (int p = clicks.length - 1; p >= 0; p--) {
      weight.putIfAbsent(clicks[p], step);
      step *= settings.decay();
    }
    double[] similarity = new double[known.count()];
    List<Integer> neighbours = new ArrayList<>();
    for (int s = 0; s < known.count(); s++) {
      double total = 0;
      for (int item : sessions.get(s)) {
        total += rarity[item] * rarity[item];
      }
      for (Map.Entry<Integer, Double> click : weight.entrySet()) {
        int item = click.getKey();
        if (sessions.get(s).contains(item)) {
          similarity[s] += click.getValue() * rarity[item] * rarity[item];
        }
      }
      similarity[s] *= Math.pow(total, -settings.lengthPenalty());
      if (similarity[s] > 0) {
        neighbours.add(s);
      }
    }
    neighbours.sort(
        Comparator.comparingDouble((Integer s) -> similarity[s])
            .thenComparing(Comparator.naturalOrder())
            .reversed());
    double[] scores = new double[items];
    Arrays.fill(scores, NEVER);
    for (int s : neighbours.subList(0, Math.min(settings.neighbours(), neighbours.size()))) {
      double share = settings.recency() + (1 - settings.recency()) * (s + 1) / known.count();
      for (int item : sessions.get(s)) {
        double vote = Math.pow(similarity[s], settings.sharpness()) * share * rarity[item];
        scores[item] = (scores[item] == NEVER ? 0 : scores[item]) + vote;
      }
    }
    return scores;
  }
}
