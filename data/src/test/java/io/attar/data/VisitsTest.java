package io.attar.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class VisitsTest {
  private static final long SEED = 17;

  private static Visits of(List<List<Integer>> sessions, int itemLimit) {
    Visits visits = new Visits(sessions.stream().mapToInt(List::size).sum(), itemLimit);
    for (int s = 0; s < sessions.size(); s++) {
      for (int c = 0; c < sessions.get(s).size(); c++) {
        visits.add(c, sessions.get(s).get(c));
      }
      visits.end(sessions.get(s).size(), Integer.MAX_VALUE, s, 1000L - s);
    }
    return visits;
  }

  private static List<List<Integer>> lists(Visits visits) {
    List<List<Integer>> sessions = new ArrayList<>();
    for (int s = 0; s < visits.count(); s++) {
      List<Integer> session = new ArrayList<>();
      for (int c = 0; c < visits.length(s); c++) {
        session.add(visits.item(s, c));
      }
      sessions.add(session);
    }
    return sessions;
  }

  /** The same rules on lists: one click or one session at a time, until nothing changes. */
  private static List<List<Integer>> slowly(
      List<List<Integer>> sessions, int itemCount, int sessionLength) {
    List<List<Integer>> left = new ArrayList<>(sessions.stream().map(ArrayList::new).toList());
    while (true) {
      Map<Integer, Integer> counts = new HashMap<>();
      left.forEach(session -> session.forEach(item -> counts.merge(item, 1, Integer::sum)));
      boolean changed = left.removeIf(session -> session.size() < sessionLength);
      for (List<Integer> session : left) {
        changed |= session.removeIf(item -> counts.getOrDefault(item, 0) < itemCount);
      }
      if (!changed) {
        return left;
      }
    }
  }

  @Test
  void filtersReachTheFixedPointOfTheSlowRules() {
    SplittableRandom random = new SplittableRandom(SEED);
    int emptied = 0;
    int changed = 0;
    for (int trial = 0; trial < 500; trial++) {
      List<List<Integer>> sessions = new ArrayList<>();
      for (int s = random.nextInt(1, 30); s > 0; s--) {
        List<Integer> session = new ArrayList<>();
        for (int c = random.nextInt(1, 6); c > 0; c--) {
          session.add(random.nextInt(12));
        }
        sessions.add(session);
      }
      int itemCount = random.nextInt(1, 7);
      int sessionLength = random.nextInt(2, 4);
      Visits visits = of(sessions, 12);
      Visits.Losses losses = new Visits.Losses();
      visits.filter(itemCount, sessionLength, losses);
      assertThat(lists(visits))
          .as("seed %d, trial %d", SEED, trial)
          .isEqualTo(slowly(sessions, itemCount, sessionLength));
      assertThat(visits.clickCount() + losses.rareClicks + losses.shortClicks)
          .isEqualTo(sessions.stream().mapToInt(List::size).sum());
      assertThat(visits.count() + losses.shortSessions).isEqualTo(sessions.size());
      emptied += visits.count() == 0 ? 1 : 0;
      changed += visits.count() > 0 && visits.count() < sessions.size() ? 1 : 0;
    }
    // The trials must have met both kinds of outcome.
    assertThat(emptied).isGreaterThan(20);
    assertThat(changed).isGreaterThan(100);
  }

  @Test
  void timesStayWithTheirSessions() {
    Visits visits = of(List.of(List.of(1, 1), List.of(2), List.of(3, 3), List.of(1, 3)), 4);
    visits.filter(2, 2, new Visits.Losses());
    assertThat(lists(visits)).containsExactly(List.of(1, 1), List.of(3, 3), List.of(1, 3));
    assertThat(visits.firstTime(1)).isEqualTo(2);
    assertThat(visits.lastTime(1)).isEqualTo(998);
    assertThat(visits.inTimeOrder()).containsExactly(2, 1, 0);
  }
}
