package io.attar.evaluation;

import io.attar.data.Sessions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What it costs to recommend in many sessions: all their clicks but the last are taken, every item
 * is scored and the best 20 are found, on one thread of this machine, warmed up (EODRec, Table 5).
 *
 * @param milliseconds for all sessions together, the median of several rounds
 * @param sessions how many there were
 */
public record SessionTiming(double milliseconds, int sessions) {
  private static final int ROUNDS = 5;
  private static final int TOP = 20;

  /**
   * Times methods, which take turns: what else the machine does falls on all alike.
   *
   * @param sessions the first of these that have a click to leave out are played
   * @param most sessions at most
   * @param catalogueSize number of items ranked
   * @return one for each method, in order
   */
  public static List<SessionTiming> measure(
      List<ScoringMethod> methods, Sessions sessions, int most, int catalogueSize) {
    List<SessionScorer> scorers = methods.stream().map(ScoringMethod::newScorer).toList();
    double[] scores = new double[catalogueSize];
    double[][] rounds = new double[methods.size()][ROUNDS];
    int played = 0;
    for (int round = -1; round < ROUNDS; round++) { // the first warms up
      for (int m = 0; m < scorers.size(); m++) {
        long start = System.nanoTime();
        played = play(scorers.get(m), sessions, most, scores);
        if (round >= 0) {
          rounds[m][round] = (System.nanoTime() - start) / 1e6;
        }
      }
    }
    List<SessionTiming> timings = new ArrayList<>();
    for (double[] own : rounds) {
      Arrays.sort(own);
      timings.add(new SessionTiming(own[ROUNDS / 2], played));
    }
    return timings;
  }

  /** Plays the sessions; returns how many. */
  private static int play(SessionScorer scorer, Sessions sessions, int most, double[] scores) {
    int played = 0;
    for (int s = 0; s < sessions.count() && played < most; s++) {
      if (sessions.length(s) < 2) {
        continue;
      }
      scorer.start();
      for (int p = sessions.start(s); p < sessions.end(s) - 1; p++) {
        scorer.click(sessions.item(p));
      }
      scorer.scores(scores);
      best(scores);
      played++;
    }
    return played;
  }

  /** The best scores, best first: what finding the items to show costs, without their ids. */
  static double[] best(double[] scores) {
    double[] best = new double[Math.min(TOP, scores.length)];
    int count = 0;
    for (double score : scores) {
      if (count == best.length && score <= best[count - 1]) {
        continue;
      }
      int place = count < best.length ? count++ : count - 1;
      while (place > 0 && best[place - 1] < score) {
        best[place] = best[place - 1];
        place--;
      }
      best[place] = score;
    }
    return best;
  }
}
