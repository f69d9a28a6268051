package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.attar.data.Sessions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SessionPackerTest {
  private static final long SEED = 20_261_121L;

  /** A case as a list: the clicks seen, then the target. */
  private static List<Integer> seen(SessionBatch batch, int b) {
    List<Integer> seen = new ArrayList<>();
    int last = batch.positions()[b];
    for (int t = last - batch.prefixLength(b) + 1; t <= last; t++) {
      seen.add(batch.items()[t]);
    }
    seen.add(batch.targets()[b]);
    return seen;
  }

  private static Map<List<Integer>, Integer> cases(List<SessionBatch> batches) {
    Map<List<Integer>, Integer> cases = new HashMap<>();
    for (SessionBatch batch : batches) {
      for (int b = 0; b < batch.caseCount(); b++) {
        cases.merge(seen(batch, b), 1, Integer::sum);
      }
    }
    return cases;
  }

  private static Sessions sessions() {
    // Some of no, one or two clicks, some as long as the window, some longer than three windows.
    Sessions sessions = Toys.random(new SplittableRandom(SEED), 50, 60, 30);
    return Toys.sessions(new int[] {}, new int[] {1}, new int[] {2, 3}).followedBy(sessions);
  }

  @ParameterizedTest
  @CsvSource({"1, 8, 8", "4, 16, 8", "3, 64, 9", "16, 64, 50"})
  void everyTrainingPairComesOnceAndSeesItsWindow(int rows, int width, int window) {
    Sessions sessions = sessions();
    Map<List<Integer>, Integer> expected = new HashMap<>();
    for (int s = 0; s < sessions.count(); s++) {
      int[] clicks = sessions.session(s);
      for (int t = 1; t < clicks.length; t++) {
        int from = (t - 1) / window * window;
        expected.merge(Arrays.stream(clicks, from, t + 1).boxed().toList(), 1, Integer::sum);
      }
    }
    SessionPacker packer = SessionPacker.forTraining(sessions, rows, width, window);
    assertThat(cases(packer.inOrder())).isEqualTo(expected);
    assertThat(cases(packer.shuffled(1, 1))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"1, 8, 8, 1", "4, 16, 8, 2", "3, 64, 9, 1", "16, 64, 50, 3"})
  void everyTestCaseComesOnceAndSeesItsLastClicks(int rows, int width, int window, int least) {
    Sessions sessions = sessions();
    Map<List<Integer>, Integer> expected = new HashMap<>();
    List<List<Integer>> inOrder = new ArrayList<>();
    for (int s = 0; s < sessions.count(); s++) {
      int[] clicks = sessions.session(s);
      for (int t = least; t < clicks.length; t++) {
        List<Integer> one = Arrays.stream(clicks, Math.max(0, t - window), t + 1).boxed().toList();
        expected.merge(one, 1, Integer::sum);
        inOrder.add(one);
      }
    }
    List<SessionBatch> batches =
        SessionPacker.forMeasuring(sessions, rows, width, window, least).inOrder();
    assertThat(cases(batches)).isEqualTo(expected);
    assertThat(inOrder).hasSize((int) sessions.caseCount(least));
    List<List<Integer>> actual = new ArrayList<>();
    for (SessionBatch batch : batches) {
      for (int b = 0; b < batch.caseCount(); b++) {
        actual.add(seen(batch, b));
      }
    }
    assertThat(actual).isEqualTo(inOrder);
  }

  @Test
  void aCaseKnowsItsPlaceInTheClickColumn() {
    Sessions sessions = sessions();
    for (SessionBatch batch : SessionPacker.forTraining(sessions, 4, 16, 8).shuffled(1, 2)) {
      for (int b = 0; b < batch.caseCount(); b++) {
        int click = batch.clicks()[b];
        assertThat(sessions.item(click)).isEqualTo(batch.items()[batch.positions()[b]]);
        assertThat(sessions.item(click + 1)).isEqualTo(batch.targets()[b]);
      }
    }
  }

  @Test
  void theSeedDecidesTheBatches() {
    SessionPacker packer = SessionPacker.forTraining(sessions(), 4, 64, 50);
    List<SessionBatch> one = packer.shuffled(1, 1);
    List<SessionBatch> same = packer.shuffled(1, 1);
    List<SessionBatch> other = packer.shuffled(1, 2);
    assertThat(same).hasSameSizeAs(one);
    for (int i = 0; i < one.size(); i++) {
      assertThat(same.get(i).items()).isEqualTo(one.get(i).items());
      assertThat(same.get(i).positions()).isEqualTo(one.get(i).positions());
      assertThat(same.get(i).targets()).isEqualTo(one.get(i).targets());
    }
    assertThat(other.get(0).items()).isNotEqualTo(one.get(0).items());
  }

  /** With little mixing a click moves little in time; with full mixing anywhere. */
  @Test
  void mixingSaysHowFarSessionsMove() {
    Sessions sessions = Toys.random(new SplittableRandom(SEED), 50, 1000, 6);
    int clicks = sessions.clickCount();
    double[] farthest = new double[2];
    for (int full = 0; full < 2; full++) {
      double mixing = full == 1 ? 1 : 0.1;
      SessionPacker packer = SessionPacker.forTraining(sessions, 1, 16, 16);
      int seen = 0;
      int cases = 0;
      List<SessionBatch> batches = packer.shuffled(mixing, 4);
      for (SessionBatch batch : batches) {
        cases += batch.caseCount();
      }
      for (SessionBatch batch : batches) {
        for (int click : batch.clicks()) {
          double moved = Math.abs((double) click / clicks - (double) seen++ / cases);
          farthest[full] = Math.max(farthest[full], moved);
        }
      }
      assertThat(cases(batches)).isEqualTo(cases(packer.inOrder()));
    }
    assertThat(farthest[0]).isBetween(0.02, 0.15);
    assertThat(farthest[1]).isGreaterThan(0.7);
  }

  @Test
  void rowsAreFilledWell() {
    Sessions sessions = Toys.random(new SplittableRandom(SEED), 50, 400, 12);
    int slots = 0;
    int used = 0;
    for (SessionBatch batch : SessionPacker.forTraining(sessions, 8, 64, 50).shuffled(1, 1)) {
      slots += batch.items().length;
      used += (int) Arrays.stream(batch.items()).filter(v -> v >= 0).count();
    }
    assertThat((double) used / slots).isGreaterThan(0.8);
  }

  @Test
  void ownItemsAgreeWithAPlainLoop() {
    for (SessionBatch batch : SessionPacker.forTraining(sessions(), 4, 32, 20).shuffled(1, 3)) {
      SessionBatch.OwnItems own = batch.ownItems();
      for (int b = 0; b < batch.caseCount(); b++) {
        List<Integer> clicks = seen(batch, b);
        int target = clicks.remove(clicks.size() - 1);
        int last = batch.positions()[b] % batch.width();
        int first = last - clicks.size() + 1;
        int expectedTarget = -1;
        for (int t = 0; t < batch.width(); t++) {
          boolean inside = t >= first && t <= last;
          int item = inside ? clicks.get(t - first) : -1;
          boolean latest = inside && clicks.lastIndexOf(item) == t - first;
          int place = b * batch.width() + t;
          assertThat(own.own()[place]).isEqualTo(latest);
          if (latest) {
            assertThat(batch.itemInRow(b, t)).isEqualTo(item);
            assertThat(own.counts()[place])
                .isEqualTo((int) clicks.stream().filter(other -> other == item).count());
            assertThat(batch.age(b, t)).isEqualTo(last - t);
            expectedTarget = item == target ? t : expectedTarget;
          }
        }
        assertThat(own.targetSlot()[b]).isEqualTo(expectedTarget);
      }
    }
  }

  @Test
  void clicksSeeTheirOwnSessionUpToThemselves() {
    SessionBatch batch =
        SessionPacker.forTraining(
                Toys.sessions(new int[] {1, 2, 1, 9}, new int[] {5, 5, 9}), 1, 7, 7)
            .inOrder()
            .get(0);
    assertThat(batch.items()).containsExactly(1, 2, 1, 5, 5, -1, -1);
    assertThat(batch.places()).containsExactly(0, 1, 2, 0, 1, 0, 0);
    assertThat(batch.occurrences(4)).containsExactly(0, 0, 1, 0, 1, 0, 0);
    float[] visible = Tensors.floats(batch.visible());
    String[] expected = {"1000000", "1100000", "1110000", "0001000", "0001100", "0", "0"};
    for (int i = 0; i < 7; i++) {
      for (int t = 0; t < 7; t++) {
        boolean sees = t < expected[i].length() && expected[i].charAt(t) == '1';
        assertThat(visible[i * 7 + t]).as("%s sees %s", i, t).isEqualTo(sees ? 1f : 0f);
      }
    }
  }

  @Test
  void repeatBucketsAreTotalAndGrow() {
    int countBefore = 0;
    int ageBefore = 0;
    for (int n = 0; n < 2000; n++) {
      int count = RepeatFeatures.countBucket(n + 1);
      int age = RepeatFeatures.ageBucket(n);
      assertThat(count).isBetween(countBefore, countBefore + 1);
      assertThat(age).isBetween(ageBefore, ageBefore + 1);
      countBefore = count;
      ageBefore = age;
    }
    assertThat(RepeatFeatures.countBucket(1)).isZero();
    assertThat(RepeatFeatures.ageBucket(0)).isZero();
    assertThat(countBefore).isEqualTo(RepeatFeatures.COUNT_BUCKETS - 1);
    assertThat(ageBefore).isEqualTo(RepeatFeatures.AGE_BUCKETS - 1);
    assertThat(RepeatFeatures.bucket(2000, 2000)).isEqualTo(RepeatFeatures.BUCKETS - 1);
    assertThat(RepeatFeatures.bucket(2, 3))
        .isEqualTo(RepeatFeatures.countBucket(2) * RepeatFeatures.AGE_BUCKETS + 3);
  }
}
