package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.attar.data.Sessions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/** Ranks, features and calibration against a brute-force look at all items. */
class HeldOutCasesTest {
  private static final long SEED = 20_261_121L;
  static final int ITEMS = 25;
  static final int UNCLICKED = 22; // items from here on have no click in training
  static final int HELD_OUT_WINDOW = 6;

  /** The session is its last click: scores are exact, so that ties are. */
  private static final class LastClick implements SessionEncoder {
    @Override
    public String name() {
      return "last click";
    }

    @Override
    public Tensor encode(Tensor inputs, SessionBatch batch) {
      return inputs.clone();
    }

    @Override
    public void training(boolean on) {
      // Nothing drops out.
    }

    @Override
    public List<Parameter> parameters() {
      return List.of();
    }
  }

  /** Every item stands on one of four axes: most scores tie. */
  private static SessionModel tied() {
    float[] rows = new float[ITEMS * Toys.DIMENSION];
    for (int v = 0; v < ITEMS; v++) {
      rows[v * Toys.DIMENSION + v % 4] = 1;
    }
    return Toys.model(new LastClick(), new DenseItemTable(Tensors.of(rows, ITEMS, Toys.DIMENSION)));
  }

  static SessionModel generic() {
    WeightedMeanEncoder encoder = Toys.weightedMean();
    Toys.shake(encoder.parameters(), new SplittableRandom(SEED), 0.3);
    return Toys.model(encoder, Toys.denseTable(new SplittableRandom(SEED), ITEMS));
  }

  static SessionModel biased() {
    SessionModel model =
        new SessionModel(
            Toys.weightedMean(),
            Toys.denseTable(new SplittableRandom(SEED), ITEMS),
            true,
            50,
            true);
    Tensor bias = Objects.requireNonNull(model.itemBias());
    Tensors.assign(bias, Toys.gaussians(new SplittableRandom(SEED), ITEMS, 5));
    return model;
  }

  static Sessions sessions(int count, int longest) {
    return Toys.random(new SplittableRandom(SEED), ITEMS, count, longest);
  }

  static int[] counts() {
    int[] counts = new int[ITEMS];
    Arrays.fill(counts, 0, UNCLICKED, 1);
    return counts;
  }

  static HeldOutCases score(SessionModel model, Sessions sessions) {
    return HeldOutCases.score(model, counts(), sessions, HELD_OUT_WINDOW, 16, 1);
  }

  /** One case looked at by itself. */
  record Case(int[] window, int target, float[] scores, Map<Integer, int[]> own) {
    boolean isNew() {
      return !own.containsKey(target);
    }
  }

  static List<Case> cases(SessionModel model, Sessions sessions) {
    List<Case> cases = new ArrayList<>();
    Tensor rows = model.allUsedRows();
    for (int s = 0; s < sessions.count(); s++) {
      int[] clicks = sessions.session(s);
      for (int t = 1; t < clicks.length; t++) {
        int[] window = Arrays.copyOfRange(clicks, Math.max(0, t - HELD_OUT_WINDOW), t);
        int[] withTarget = Arrays.copyOf(window, window.length + 1);
        withTarget[window.length] = clicks[t];
        SessionBatch batch = Toys.batch(Toys.sessions(withTarget), 1, 8);
        Tensor all = model.sessionVectors(batch, rows).matmul(rows.t());
        float[] flat = Tensors.floats(all);
        float[] scores =
            Arrays.copyOfRange(flat, (window.length - 1) * ITEMS, window.length * ITEMS);
        Tensor bias = model.itemBias();
        for (int v = 0; bias != null && v < ITEMS; v++) {
          scores[v] += Tensors.floats(bias)[v];
        }
        Map<Integer, int[]> own = new LinkedHashMap<>();
        for (int i = 0; i < window.length; i++) {
          int[] features = own.computeIfAbsent(window[i], v -> new int[2]);
          features[0]++;
          features[1] = window.length - 1 - i;
        }
        cases.add(new Case(window, clicks[t], scores, own));
      }
    }
    return cases;
  }

  private static int newRank(Case one) {
    if (one.target() >= UNCLICKED) {
      return Integer.MAX_VALUE;
    }
    int rank = 1;
    for (int v = 0; v < ITEMS; v++) {
      boolean other = v != one.target() && !one.own().containsKey(v);
      rank += other && one.scores()[v] >= one.scores()[one.target()] ? 1 : 0;
    }
    return rank;
  }

  @Test
  void featuresAndRanksAreThoseOfALookAtAllItems() {
    for (SessionModel model : List.of(tied(), generic(), biased())) {
      Sessions sessions = sessions(40, 14);
      HeldOutCases actual = score(model, sessions);
      List<Case> expected = cases(model, sessions);
      assertThat(actual.caseCount()).isEqualTo(expected.size());
      int ties = 0;
      int absent = 0;
      for (int c = 0; c < expected.size(); c++) {
        Case one = expected.get(c);
        assertThat(actual.clicks(c)).isEqualTo(one.window());
        assertThat(actual.length(c)).isEqualTo(one.window().length);
        assertThat(actual.distinct(c)).isEqualTo(one.own().size());
        Map<Integer, Integer> remaining = new LinkedHashMap<>();
        one.own().forEach((item, features) -> remaining.put(features[1], item));
        for (int own = actual.ownStart(c); own < actual.ownEnd(c); own++) {
          Integer item = remaining.remove(actual.age(own)); // ages differ between own items
          assertThat(item).isNotNull();
          int known = item == null ? -1 : item;
          assertThat(actual.item(own)).isEqualTo(known);
          assertThat(actual.similarity(own)).isCloseTo(one.scores()[known], within(1e-4f));
          assertThat(actual.count(own)).isEqualTo(one.own().getOrDefault(known, new int[1])[0]);
          assertThat(own == actual.targetOwn(c)).isEqualTo(known == one.target());
        }
        assertThat(remaining).isEmpty();
        assertThat(actual.targetOwn(c) < 0).isEqualTo(one.isNew());
        double[] news = new double[ITEMS - one.own().size()];
        int filled = 0;
        for (int v = 0; v < ITEMS; v++) {
          if (!one.own().containsKey(v)) {
            news[filled++] = one.scores()[v];
          }
        }
        Arrays.sort(news);
        for (int k = 0; k < Math.min(HeldOutCases.BEST, news.length); k++) {
          assertThat((double) actual.best(c, k)).isCloseTo(news[news.length - 1 - k], within(1e-4));
        }
        for (int k = news.length; k < HeldOutCases.BEST; k++) {
          absent++;
          assertThat(actual.best(c, k)).isEqualTo(-1e30f);
        }
        for (int t = 0; t < HeldOutCases.TEMPERATURES.length; t++) {
          double sum = 0;
          for (double value : news) {
            sum += Math.exp(HeldOutCases.TEMPERATURES[t] * value);
          }
          assertThat(actual.logSum(c, t)).isCloseTo(Math.log(sum), within(1e-4));
        }
        if (one.isNew()) {
          assertThat(actual.newTargetRank(c)).as("case %s", c).isEqualTo(newRank(one));
          ties += newRank(one) > 1 && newRank(one) < 100 ? 1 : 0;
        }
      }
      assertThat(ties).isGreaterThan(20);
      // Six different items clicked leave 19 of 25.
      assertThat(absent).isGreaterThan(5);
    }
  }

  @Test
  void newItemQualityIsThatOfALookAtAllItems() {
    for (SessionModel model : List.of(tied(), generic())) {
      double hits = 0;
      double gain = 0;
      int count = 0;
      int misses = 0;
      for (Case one : cases(model, sessions(60, 12))) {
        if (one.isNew()) {
          count++;
          misses += one.target() >= UNCLICKED ? 1 : 0;
          if (newRank(one) <= 10) {
            hits++;
            gain += Math.log(2) / Math.log(newRank(one) + 1.0);
          }
        }
      }
      assertThat(misses).isGreaterThan(5);
      assertThat(score(model, sessions(60, 12)).newItemQuality())
          .containsExactly(new double[] {100 * hits / count, 100 * gain / count}, within(1e-9));
    }
  }

  /** The quality reported is that of ranking all items, each fold with the other fold's fit. */
  @Test
  void crossFittedQualityIsThatOfALookAtAllItems() {
    for (SessionModel model : List.of(tied(), generic())) {
      Sessions sessions = sessions(60, 12);
      HeldOutCases scored = score(model, sessions);
      float[] bonus = model.repeatBonus();
      RepeatCalibration.Result result = RepeatCalibration.fit(scored, bonus, HELD_OUT_WINDOW);
      int temperature = Arrays.binarySearch(HeldOutCases.TEMPERATURES, result.temperature());
      assertThat(temperature).isNotNegative();
      RepeatCalibration calibration = new RepeatCalibration(scored, bonus, HELD_OUT_WINDOW);
      List<Case> cases = cases(model, sessions);
      double hits = 0;
      double gain = 0;
      for (int fold = 0; fold < 2; fold++) {
        RepeatHead head =
            calibration.head(calibration.fit(temperature, fold), result.temperature());
        for (int c = 0; c < cases.size(); c++) {
          Case one = cases.get(c);
          if (scored.fold(c, 2) == fold && (!one.isNew() || one.target() < UNCLICKED)) {
            int rank = rank(one, head, result.temperature());
            if (rank <= 10) {
              hits++;
              gain += Math.log(2) / Math.log(rank + 1.0);
            }
          }
        }
      }
      assertThat(result.quality().recall()).isCloseTo(100 * hits / cases.size(), within(1e-9));
      assertThat(result.quality().gain()).isCloseTo(100 * gain / cases.size(), within(1e-9));
    }
  }

  private static int rank(Case one, RepeatHead head, double temperature) {
    double[] scores = new double[ITEMS];
    for (int v = 0; v < ITEMS; v++) {
      int[] own = one.own().get(v);
      scores[v] = temperature * one.scores()[v];
      if (own != null) {
        scores[v] =
            head.score((float) scores[v], own[0], own[1], one.own().size(), one.window().length);
      }
    }
    int rank = 1;
    for (int v = 0; v < ITEMS; v++) {
      rank += v != one.target() && scores[v] >= scores[one.target()] ? 1 : 0;
    }
    return rank;
  }

  /** A fold's fit must not see the fold: its labels may be anything. */
  @Test
  void aFoldsLabelsDoNotReachItsOwnWeights() {
    SessionModel model = generic();
    Sessions sessions = sessions(40, 10);
    HeldOutCases before = score(model, sessions);
    for (int fold = 0; fold < 2; fold++) {
      // Another last click: another label of that session's last case, nothing else.
      int[][] others = new int[sessions.count()][];
      int c = 0;
      for (int s = 0; s < others.length; s++) {
        others[s] = sessions.session(s);
        if (before.fold(c, 2) == fold) {
          int last = others[s].length - 1;
          others[s][last] = others[s][last] == others[s][0] ? 7 : others[s][0];
        }
        c += others[s].length - 1;
      }
      HeldOutCases after = score(model, Toys.sessions(others));
      float[] bonus = model.repeatBonus();
      double[] own = new RepeatCalibration(before, bonus, HELD_OUT_WINDOW).fit(3, fold);
      double[] other = new RepeatCalibration(before, bonus, HELD_OUT_WINDOW).fit(3, 1 - fold);
      assertThat(new RepeatCalibration(after, bonus, HELD_OUT_WINDOW).fit(3, fold)).isEqualTo(own);
      assertThat(new RepeatCalibration(after, bonus, HELD_OUT_WINDOW).fit(3, 1 - fold))
          .isNotEqualTo(other);
    }
  }

  /** Sessions longer than the window are cut, and still are one session. */
  @Test
  void allCasesOfASessionLieInOneFold() {
    int[] lengths = {3, 15, 2, 9, 30, 4, 8, 5};
    int[][] clicks = new int[lengths.length][];
    SplittableRandom random = new SplittableRandom(SEED);
    for (int s = 0; s < lengths.length; s++) {
      clicks[s] = random.ints(lengths[s], 0, ITEMS).toArray();
    }
    for (int least = 1; least <= 2; least++) {
      HeldOutCases cases =
          HeldOutCases.score(
              generic(), counts(), Toys.sessions(clicks), HELD_OUT_WINDOW, 16, least);
      int c = 0;
      int before = -1;
      for (int length : lengths) {
        if (length > least) {
          int fold = cases.fold(c, 2);
          assertThat(fold).isNotEqualTo(before);
          for (int i = 0; i < length - least; i++) {
            assertThat(cases.fold(c++, 2)).as("case %s", c).isEqualTo(fold);
          }
          before = fold;
        }
      }
      assertThat(c).isEqualTo(cases.caseCount());
    }
  }

  /** No comparison holds for NaN: without a check every rank would be perfect. */
  @Test
  void aDivergedModelIsRefusedInsteadOfPraised() {
    SessionModel model = generic();
    float[] rows = Tensors.floats(model.table().allRows());
    Arrays.fill(rows, Float.NaN);
    Tensors.assign(model.table().allRows(), rows);
    assertThatThrownBy(() -> score(model, sessions(10, 8)))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("NaN")
        .hasMessageContaining("learning rate");
  }

  /**
   * Worlds in which what comes back is known; {@code recent}: the latest, else the most clicked.
   */
  static Sessions returns(boolean recent) {
    SplittableRandom random = new SplittableRandom(SEED + 1);
    int[][] sessions = new int[250][];
    for (int s = 0; s < sessions.length; s++) {
      int[] clicks = new int[6];
      // One item twice at the start, then two others, then what comes back, then anything.
      int[] items = random.ints(0, UNCLICKED).distinct().limit(4).toArray();
      clicks[0] = items[0];
      clicks[1] = items[0];
      clicks[2] = items[1];
      clicks[3] = items[2];
      boolean back = random.nextInt(4) > 0;
      clicks[4] = back ? (recent ? items[2] : items[0]) : items[3];
      clicks[5] = items[3];
      sessions[s] = Arrays.copyOf(clicks, 5);
    }
    return Toys.sessions(sessions);
  }

  @Test
  void calibrationFindsWhatComesBack() {
    for (boolean recent : new boolean[] {true, false}) {
      Sessions sessions = returns(recent);
      SessionModel model = generic();
      // Only the last case of each session asks what comes back.
      HeldOutCases scored = HeldOutCases.score(model, counts(), sessions, HELD_OUT_WINDOW, 16, 4);
      RepeatCalibration.Result result =
          RepeatCalibration.fit(scored, model.repeatBonus(), HELD_OUT_WINDOW);
      RepeatHead head = result.head();
      float latest = head.score(1, 1, 0, 3, 4);
      float between = head.score(1, 1, 1, 3, 4);
      float frequent = head.score(1, 2, 2, 3, 4);
      if (recent) {
        assertThat(latest).isGreaterThan(between + 1).isGreaterThan(frequent + 1);
      } else {
        assertThat(frequent).isGreaterThan(latest + 1).isGreaterThan(between + 1);
      }
      // What comes back stands first: three quarters of the cases at once, and far above the start.
      assertThat(result.quality().gain()).isGreaterThan(74);
      assertThat(result.quality().gain()).isGreaterThan(uncalibrated(model, sessions) + 10);
    }
  }

  /** NDCG@10 with the trained bonus alone. */
  private static double uncalibrated(SessionModel model, Sessions sessions) {
    float[] bonus = model.repeatBonus();
    double gain = 0;
    int count = 0;
    for (Case one : cases(model, sessions)) {
      if (one.window().length == 4) {
        RepeatHead head =
            new RepeatHead(1, bonus, new float[6], new float[6], new float[6], new float[6]);
        int rank = rank(one, head, 1);
        gain += rank <= 10 ? Math.log(2) / Math.log(rank + 1.0) : 0;
        count++;
      }
    }
    return 100 * gain / count;
  }
}
