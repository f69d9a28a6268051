package io.attar.evaluation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What one method reached, kept per session so that sessions can be drawn again: sums over the
 * session's cases of every metric in every split. Filled by several threads, each session by one;
 * read afterwards, always in the order of the sessions, so the totals do not depend on the threads.
 */
final class CaseTally {
  static final int SPLITS = Split.values().length;
  static final int WIDTH = SPLITS * Metrics.COUNT;

  private final double[] sums; // (sessions, splits, metrics)
  private final int[] cases; // (sessions, splits)
  private final int[] unknownTargets; // (sessions) cases whose target is not in the catalogue
  private final int sessions;
  private final double[] groupSums; // (sessions, groups, 2) Recall@10 and NDCG@10
  private final int[] groupCases; // (sessions, groups)

  CaseTally(int sessions) {
    this.sessions = sessions;
    this.groupSums = new double[Math.multiplyExact(sessions, 2 * CaseGroups.all().size())];
    this.groupCases = new int[sessions * CaseGroups.all().size()];
    this.sums = new double[Math.multiplyExact(sessions, WIDTH)];
    this.cases = new int[sessions * SPLITS];
    this.unknownTargets = new int[sessions];
  }

  /** Notes one case of a session in one split. */
  void add(int session, Split split, int rank) {
    Metrics.add(rank, sums, session * WIDTH + split.position() * Metrics.COUNT);
    cases[session * SPLITS + split.position()]++;
  }

  /** Notes one case of a session in one of {@link CaseGroups}. */
  void add(int session, int group, int rank) {
    int at = session * CaseGroups.all().size() + group;
    groupCases[at]++;
    if (rank <= 10) {
      groupSums[2 * at]++;
      groupSums[2 * at + 1] += Math.log(2) / Math.log(rank + 1.0);
    }
  }

  /** Means over the cases of each group. */
  List<GroupResult> groups() {
    List<GroupResult> results = new ArrayList<>();
    int count = CaseGroups.all().size();
    for (int g = 0; g < count; g++) {
      long total = 0;
      double recall = 0;
      double gain = 0;
      for (int s = 0; s < sessions; s++) {
        total += groupCases[s * count + g];
        recall += groupSums[2 * (s * count + g)];
        gain += groupSums[2 * (s * count + g) + 1];
      }
      CaseGroups.Group group = CaseGroups.all().get(g);
      // 0 / 0 is NaN: the mean over no case.
      results.add(new GroupResult(group.kind(), group.name(), total, recall / total, gain / total));
    }
    return results;
  }

  /** Notes that a case of the session has a target outside the catalogue. */
  void addUnknownTarget(int session) {
    unknownTargets[session]++;
  }

  int sessions() {
    return sessions;
  }

  long unknownTargets() {
    return Arrays.stream(unknownTargets).asLongStream().sum();
  }

  /** Cases of a split. */
  long cases(Split split) {
    long total = 0;
    for (int s = 0; s < sessions; s++) {
      total += cases[s * SPLITS + split.position()];
    }
    return total;
  }

  /**
   * Means over the cases when session s counts {@code weights[s]} times.
   *
   * @param weights (sessions)
   * @param means (splits, metrics) written; NaN where a split has no case
   */
  void means(int[] weights, double[] means) {
    long[] counts = new long[SPLITS];
    Arrays.fill(means, 0);
    for (int s = 0; s < sessions; s++) {
      int weight = weights[s];
      if (weight == 0) {
        continue;
      }
      for (int i = 0, at = s * WIDTH; i < WIDTH; i++, at++) {
        means[i] += weight * sums[at];
      }
      for (int i = 0; i < SPLITS; i++) {
        counts[i] += (long) weight * cases[s * SPLITS + i];
      }
    }
    for (int i = 0; i < WIDTH; i++) {
      means[i] /= counts[i / Metrics.COUNT]; // 0 / 0 is NaN: the mean over no case.
    }
  }

  /** Means over the cases as they are. */
  double[] means() {
    int[] once = new int[sessions];
    Arrays.fill(once, 1);
    double[] means = new double[WIDTH];
    means(once, means);
    return means;
  }
}
