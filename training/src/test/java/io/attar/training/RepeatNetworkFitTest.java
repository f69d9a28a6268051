package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.attar.data.Items;
import io.attar.data.Sessions;
import io.attar.runtime.ModelFileException;
import io.attar.runtime.Recommender;
import io.attar.runtime.Session;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What fitting finds in worlds where it is known, and that it is measured without looking. */
class RepeatNetworkFitTest {
  private static final long SEED = 20_261_121L;
  private static final int INPUTS = RepeatNetworkInputs.INPUTS;
  private static final int ITEMS = HeldOutCasesTest.ITEMS;
  private static final int UNCLICKED = HeldOutCasesTest.UNCLICKED;
  private static final int WINDOW = HeldOutCasesTest.HELD_OUT_WINDOW;

  /** The last case of each session alone, of sessions of equal length. */
  private static HeldOutCases last(SessionModel model, Sessions sessions) {
    int before = sessions.end(0) - sessions.start(0) - 1;
    return HeldOutCases.score(model, HeldOutCasesTest.counts(), sessions, WINDOW, 16, before);
  }

  /** What a network makes of an own item that scores 1, where the unseen ones score 1 and less. */
  private static double own(RepeatNetwork network, int[] clicks, int item) {
    float[] best = new float[RepeatNetworkInputs.RANKS];
    for (int r = 0; r < best.length; r++) {
      best[r] = 1 - 0.1f * r;
    }
    float[] row = new float[INPUTS];
    RepeatNetworkInputs.session(clicks, best, best.length, row, 0);
    RepeatNetworkInputs.own(clicks, item, 1, row, 0);
    return network.score(row, 0);
  }

  @Test
  void findsWhatComesBack() {
    int[] clicks = {7, 7, 8, 9};
    for (boolean recent : new boolean[] {true, false}) {
      HeldOutCases cases = last(HeldOutCasesTest.generic(), HeldOutCasesTest.returns(recent));
      RepeatNetworkFit.Result result = RepeatNetworkFit.fit(cases, 1);
      double latest = own(result.network(), clicks, 9);
      double between = own(result.network(), clicks, 8);
      double frequent = own(result.network(), clicks, 7);
      if (recent) {
        assertThat(latest).isGreaterThan(between + 1).isGreaterThan(frequent + 1);
      } else {
        assertThat(frequent).isGreaterThan(latest + 1).isGreaterThan(between + 1);
      }
      assertThat(result.gain()).isGreaterThan(74);
      assertThat(result.recall()).isGreaterThan(74);
    }
  }

  /**
   * After A comes what came after A before. How often and how long ago says nothing: of three items
   * clicked once, each is the next after another place of A.
   */
  private static Sessions rhythm() {
    SplittableRandom random = new SplittableRandom(SEED + 2);
    int[][] sessions = new int[480][];
    for (int s = 0; s < sessions.length; s++) {
      int[] items = random.ints(0, UNCLICKED).distinct().limit(4).toArray();
      int place = random.nextInt(3);
      int[] clicks = new int[6];
      int next = 1;
      for (int t = 0; t < 4; t++) {
        clicks[t] = t == place ? items[0] : items[next++];
      }
      clicks[4] = items[0];
      clicks[5] = clicks[place + 1];
      sessions[s] = clicks;
    }
    return Toys.sessions(sessions);
  }

  @Test
  void findsARhythmThatTablesCannotTell() {
    SessionModel model = HeldOutCasesTest.generic();
    HeldOutCases cases = last(model, rhythm());
    RepeatCalibration.Result tables = RepeatCalibration.fit(cases, model.repeatBonus(), WINDOW);
    RepeatNetworkFit.Result network = RepeatNetworkFit.fit(cases, 1);
    assertThat(network.gain()).isGreaterThan(97);
    assertThat(tables.quality().gain()).isLessThan(90);
    RepeatCalibration.Result chosen =
        validation(rhythm(), 5).calibrate(model, 1, null, TrainingListener.SILENT);
    assertThat(chosen.network()).isNotNull();
    assertThat(chosen.temperature()).isEqualTo(1);
    assertThat(chosen.quality().gain()).isEqualTo(network.gain());
    assertThat(chosen.quality().recall()).isEqualTo(network.recall());
    assertThat(chosen.quality().newGain()).isEqualTo(tables.quality().newGain());
  }

  /**
   * Half the time the best unseen item comes, else one of the last two clicked. The second best
   * scores nearly as much, which differs from session to session: no score tells the two apart.
   */
  private static Sessions bestUnseen(SessionModel model) {
    SplittableRandom random = new SplittableRandom(SEED + 3);
    int[][] sessions = new int[300][];
    Tensor rows = model.allUsedRows();
    for (int s = 0; s < sessions.length; ) {
      int[] clicks = random.ints(0, UNCLICKED).distinct().limit(5).toArray();
      SessionBatch batch = Toys.batch(Toys.sessions(clicks), 1, 8);
      float[] flat = Tensors.floats(model.sessionVectors(batch, rows).matmul(rows.t()));
      float[] scores = Arrays.copyOfRange(flat, 3 * ITEMS, 4 * ITEMS);
      int[] ranked =
          IntStream.range(0, ITEMS)
              .filter(v -> Arrays.stream(clicks, 0, 4).noneMatch(click -> click == v))
              .boxed()
              .sorted(Comparator.comparingDouble(v -> -scores[v]))
              .mapToInt(v -> v)
              .toArray();
      int best = ranked[0];
      if (best < UNCLICKED && scores[best] - scores[ranked[1]] < 0.5) {
        clicks[4] = random.nextInt(2) == 0 ? best : clicks[2 + random.nextInt(2)];
        sessions[s++] = clicks;
      }
    }
    return Toys.sessions(sessions);
  }

  @Test
  void findsThatTheBestUnseenItemComes() {
    SessionModel model = HeldOutCasesTest.generic();
    HeldOutCases cases = last(model, bestUnseen(model));
    RepeatCalibration.Result tables = RepeatCalibration.fit(cases, model.repeatBonus(), WINDOW);
    RepeatNetworkFit.Result network = RepeatNetworkFit.fit(cases, 1);
    // First place half the time, second and third a quarter each, give 78.3.
    assertThat(network.gain()).isGreaterThan(76);
    assertThat(network.gain()).isGreaterThan(tables.quality().gain() + 3);
  }

  /** A world for tables: what comes back depends on whether the number of clicks is even. */
  private static Sessions evenAndOdd() {
    SplittableRandom random = new SplittableRandom(SEED + 4);
    int[][] sessions = new int[240][];
    for (int s = 0; s < sessions.length; s++) {
      int length = 1 + s % WINDOW;
      int[] clicks = random.ints(0, UNCLICKED).distinct().limit(length + 1).toArray();
      clicks[length] = length % 2 == 0 ? clicks[length - 1] : clicks[length];
      sessions[s] = clicks;
    }
    return Toys.sessions(sessions);
  }

  private static Trainer.Validation validation(Sessions sessions, int minimumPrefixLength) {
    return new Trainer.Validation(
        sessions, HeldOutCasesTest.counts(), WINDOW, minimumPrefixLength, true);
  }

  @Test
  void theNetworkDecidesUnlessTheTablesLeadClearly() {
    SessionModel model = HeldOutCasesTest.generic();
    int networks = 0;
    for (Sessions sessions : List.of(evenAndOdd(), HeldOutCasesTest.sessions(80, 12))) {
      Trainer.Validation validation = validation(sessions, 1);
      RepeatCalibration.Result head = validation.measure(model);
      RepeatNetworkFit.Result network =
          RepeatNetworkFit.fit(HeldOutCasesTest.score(model, sessions), 5);
      RepeatCalibration.Result chosen =
          validation.calibrate(model, 5, null, TrainingListener.SILENT);
      assertThat(head.network()).isNull();
      if (head.quality().gain() > network.gain() + 0.2) {
        assertThat(chosen.network()).isNull();
        assertThat(chosen.quality()).isEqualTo(head.quality());
        assertThat(chosen.temperature()).isEqualTo(head.temperature());
      } else {
        networks++;
        assertThat(chosen.network()).isNotNull();
        assertThat(chosen.quality().gain()).isEqualTo(network.gain());
        assertThat(chosen.temperature()).isEqualTo(1);
      }
    }
    assertThat(networks).isEqualTo(1);
  }

  @Test
  void aStudentDoesAsItsTeacherDid() {
    SessionModel model = HeldOutCasesTest.generic();
    // Left to themselves, tables would decide the first and a network the second.
    assertThat(calibrated(evenAndOdd(), 1, RepeatCalibration.NETWORK).network()).isNotNull();
    RepeatCalibration.Result tables = calibrated(rhythm(), 5, RepeatCalibration.TABLES);
    assertThat(tables.network()).isNull();
    assertThat(tables.quality()).isEqualTo(validation(rhythm(), 5).measure(model).quality());
  }

  @Test
  void fewCasesLeaveItToTables() {
    Sessions all = rhythm();
    assertThat(calibrated(all.slice(0, 399), 5, null).network()).isNull();
    assertThat(calibrated(all.slice(0, 399), 5, RepeatCalibration.NETWORK).network()).isNull();
    assertThat(calibrated(all.slice(0, 400), 5, null).network()).isNotNull();
  }

  @Test
  void whereNothingIsToBeCalibratedNothingIs() {
    RepeatCalibration.Result without =
        validation(rhythm(), 5)
            .withRepeatHead(false)
            .calibrate(HeldOutCasesTest.generic(), 5, null, TrainingListener.SILENT);
    assertThat(without.network()).isNull();
    assertThat(without.head().similarity()).isEqualTo(1);
  }

  private static RepeatCalibration.Result calibrated(
      Sessions sessions, int minimumPrefixLength, @Nullable String sameAs) {
    return validation(sessions, minimumPrefixLength)
        .calibrate(HeldOutCasesTest.generic(), 5, sameAs, TrainingListener.SILENT);
  }

  /** Each fold with the other fold's network, by ranks that the runtime makes of the very files. */
  @Test
  void crossFittedQualityIsWhatTheRuntimeMakesOfIt() throws ModelFileException {
    Items ids = Toys.numberedIds(ITEMS);
    for (SessionModel model :
        List.of(HeldOutCasesTest.generic(), HeldOutCasesTest.biased(), twins())) {
      Sessions sessions = HeldOutCasesTest.sessions(60, 12);
      HeldOutCases scored = HeldOutCasesTest.score(model, sessions);
      RepeatNetworkFit fit = new RepeatNetworkFit(scored, 3);
      List<HeldOutCasesTest.Case> cases = HeldOutCasesTest.cases(model, sessions);
      double hits = 0;
      double gain = 0;
      float[] scores = new float[ITEMS];
      for (int fold = 0; fold < 2; fold++) {
        byte[] file =
            ModelFileWriter.write(
                model, Toys.calibrated(fit.network(fold)), Toys.WINDOW, ids, new int[] {0}, "{}");
        Recommender recommender = Recommender.open(file);
        Session visit = recommender.newSession();
        for (int c = 0; c < cases.size(); c++) {
          HeldOutCasesTest.Case one = cases.get(c);
          if (scored.fold(c, 2) != fold || (one.isNew() && one.target() >= UNCLICKED)) {
            continue;
          }
          visit.clear();
          for (int item : one.window()) {
            visit.click(ids.id(item));
          }
          visit.scores(scores);
          float target = scores[recommender.itemIndex(ids.id(one.target()))];
          int rank = 0;
          for (float score : scores) {
            rank += score >= target ? 1 : 0;
          }
          hits += rank <= 10 ? 1 : 0;
          gain += rank <= 10 ? Math.log(2) / Math.log(rank + 1.0) : 0;
        }
      }
      RepeatNetworkFit.Result result = RepeatNetworkFit.fit(scored, 3);
      assertThat(result.recall()).isCloseTo(100 * hits / cases.size(), within(1e-9));
      assertThat(result.gain()).isCloseTo(100 * gain / cases.size(), within(1e-9));
    }
  }

  /** Items on eight axes: those on the same score alike, exactly. */
  private static SessionModel twins() {
    float[] rows = new float[ITEMS * Toys.DIMENSION];
    for (int v = 0; v < ITEMS; v++) {
      rows[v * Toys.DIMENSION + v % Toys.DIMENSION] = 1;
    }
    return Toys.model(
        Toys.weightedMean(), new DenseItemTable(Tensors.of(rows, ITEMS, Toys.DIMENSION)));
  }

  /** A fold's fit must not see the fold: its labels may be anything. */
  @Test
  void aFoldsLabelsDoNotReachItsOwnNetwork() {
    SessionModel model = HeldOutCasesTest.generic();
    Sessions sessions = HeldOutCasesTest.sessions(40, 10);
    HeldOutCases before = HeldOutCasesTest.score(model, sessions);
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
      HeldOutCases after = HeldOutCasesTest.score(model, Toys.sessions(others));
      RepeatNetworkFit one = new RepeatNetworkFit(before, 1);
      RepeatNetworkFit other = new RepeatNetworkFit(after, 1);
      assertThat(other.network(fold).weights()).isEqualTo(one.network(fold).weights());
      assertThat(other.network(fold).outputs()).isEqualTo(one.network(fold).outputs());
      assertThat(other.network(1 - fold).weights()).isNotEqualTo(one.network(1 - fold).weights());
      assertThat(other.network(-1).weights()).isNotEqualTo(one.network(-1).weights());
    }
  }

  @Test
  void theGradientIsThatOfTheLoss() {
    HeldOutCases cases =
        HeldOutCasesTest.score(HeldOutCasesTest.biased(), HeldOutCasesTest.sessions(25, 10));
    RepeatNetworkFit fit = new RepeatNetworkFit(cases, 1);
    int[] chosen = fit.chosen(0);
    assertThat(chosen.length).isBetween(40, cases.caseCount() - 40);
    double[] point = fit.start(0, 0);
    for (int i = 0; i < point.length; i++) {
      point[i] += Math.sin(i) / 4; // away from zeros
    }
    double[] gradient = fit.gradient(chosen, point);
    double step = 1e-5;
    double largest = 0;
    for (int i = 0; i < point.length; i++) {
      double[] moved = point.clone();
      moved[i] += step;
      double above = fit.gradient(chosen, moved)[RepeatNetworkFit.LOSS];
      moved[i] -= 2 * step;
      double below = fit.gradient(chosen, moved)[RepeatNetworkFit.LOSS];
      assertThat(gradient[i])
          .as("number %s", i)
          .isCloseTo((above - below) / (2 * step), within(1e-7));
      largest = Math.max(largest, Math.abs(gradient[i]));
    }
    assertThat(largest).isGreaterThan(0.1);
  }

  @Test
  void theSeedDecidesAllThatIsRandom() {
    HeldOutCases cases =
        HeldOutCasesTest.score(HeldOutCasesTest.generic(), HeldOutCasesTest.sessions(40, 10));
    RepeatNetworkFit.Result first = RepeatNetworkFit.fit(cases, 11);
    RepeatNetworkFit.Result second = RepeatNetworkFit.fit(cases, 11);
    RepeatNetworkFit.Result other = RepeatNetworkFit.fit(cases, 12);
    assertThat(second.network().weights()).isEqualTo(first.network().weights());
    assertThat(second.network().outputs()).isEqualTo(first.network().outputs());
    assertThat(second.gain()).isEqualTo(first.gain());
    assertThat(other.network().weights()).isNotEqualTo(first.network().weights());
  }
}
