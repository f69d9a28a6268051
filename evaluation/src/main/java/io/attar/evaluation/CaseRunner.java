package io.attar.evaluation;

import io.attar.data.Sessions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Walks sessions through a method and ranks every case's target. Sessions are dealt to threads. */
final class CaseRunner {
  private static final int SESSIONS_PER_DEAL = 16;

  private CaseRunner() {}

  /**
   * Ranks every case.
   *
   * @param sessions the sessions whose prefixes are the cases
   * @param catalogueSize number of items ranked; targets from there on are misses
   * @param minimumPrefixLength shortest prefix that makes a case
   * @param groups what tells cases apart further, or null
   * @throws IllegalStateException when the method fails; its exception is the cause
   */
  static CaseTally run(
      Sessions sessions,
      int catalogueSize,
      int minimumPrefixLength,
      ScoringMethod method,
      int threads,
      @Nullable CaseGroups groups,
      ProgressListener listener) {
    CaseTally tally = new CaseTally(sessions.count());
    AtomicInteger next = new AtomicInteger();
    Object reporting = new Object();
    int[] done = {0};
    Runnable walk =
        () -> {
          SessionWalk one =
              new SessionWalk(sessions, catalogueSize, minimumPrefixLength, tally, groups);
          SessionScorer scorer = method.newScorer();
          int from;
          while ((from = next.getAndAdd(SESSIONS_PER_DEAL)) < sessions.count()) {
            int to = Math.min(from + SESSIONS_PER_DEAL, sessions.count());
            for (int s = from; s < to; s++) {
              one.walk(s, scorer);
            }
            synchronized (reporting) {
              done[0] += to - from;
              listener.progress(method.name(), done[0], sessions.count());
            }
          }
        };
    inThreads(threads, walk, method.name());
    return tally;
  }

  private static void inThreads(int threads, Runnable walk, String name) {
    ExecutorService pool = Executors.newFixedThreadPool(threads, CaseRunner::daemon);
    try {
      List<Future<?>> parts = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        parts.add(pool.submit(walk));
      }
      for (Future<?> part : parts) {
        part.get();
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException(
          "the method '" + name + "' failed while it was measured: " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("the measurement of '" + name + "' was interrupted", e);
    } finally {
      pool.shutdownNow();
    }
  }

  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "attar-evaluation");
    thread.setDaemon(true);
    return thread;
  }

  /** The working memory of one thread. */
  private static final class SessionWalk {
    private final Sessions sessions;
    private final int catalogueSize;
    private final int minimumPrefixLength;
    private final CaseTally tally;
    private final @Nullable CaseGroups groups;
    private final double[] scores; // (catalogue size)
    private int[] seen = new int[64]; // distinct catalogue items of the prefix, the first seenCount
    private int[] knownSeen = new int[64]; // those of seen that are in the catalogue

    SessionWalk(
        Sessions sessions,
        int catalogueSize,
        int minimumPrefixLength,
        CaseTally tally,
        @Nullable CaseGroups groups) {
      this.groups = groups;
      this.sessions = sessions;
      this.catalogueSize = catalogueSize;
      this.minimumPrefixLength = minimumPrefixLength;
      this.tally = tally;
      this.scores = new double[catalogueSize];
    }

    void walk(int session, SessionScorer scorer) {
      int start = sessions.start(session);
      int end = sessions.end(session);
      if (end - start <= minimumPrefixLength) {
        return; // No case: the scorer need not see it.
      }
      if (seen.length < end - start) {
        seen = new int[end - start];
      }
      int seenCount = 0;
      scorer.start();
      for (int p = start; p < end - 1; p++) {
        int item = sessions.item(p);
        scorer.click(item);
        if (!contains(seen, seenCount, item)) {
          seen[seenCount++] = item;
        }
        if (p - start + 1 >= minimumPrefixLength) {
          int rank = rank(session, scorer, sessions.item(p + 1), seenCount);
          if (groups != null) {
            tally.add(session, groups.ofLength(p - start + 1), rank);
            tally.add(session, groups.ofTarget(sessions.item(p + 1)), rank);
          }
        }
      }
    }

    /** Notes a case in its splits; its rank among all items. */
    private int rank(int session, SessionScorer scorer, int target, int seenCount) {
      boolean repeat = contains(seen, seenCount, target);
      int rank = Metrics.MISS;
      int rankAmongNew = Metrics.MISS;
      if (target < catalogueSize) {
        scorer.scores(scores);
        rank = Metrics.rank(scores, target);
        if (!repeat) {
          int count = keepKnown(seenCount);
          rankAmongNew = Metrics.rankWithout(rank, scores, target, knownSeen, count);
        }
      } else {
        tally.addUnknownTarget(session);
      }
      tally.add(session, Split.OVERALL, rank);
      if (repeat) {
        tally.add(session, Split.REPEAT, rank);
      } else {
        tally.add(session, Split.NEW, rank);
        tally.add(session, Split.NEW_AMONG_NEW, rankAmongNew);
      }
      return rank;
    }

    private int keepKnown(int seenCount) {
      if (knownSeen.length < seenCount) {
        knownSeen = new int[seen.length];
      }
      int count = 0;
      for (int i = 0; i < seenCount; i++) {
        if (seen[i] < catalogueSize) {
          knownSeen[count++] = seen[i];
        }
      }
      return count;
    }

    private static boolean contains(int[] items, int count, int item) {
      for (int i = 0; i < count; i++) {
        if (items[i] == item) {
          return true;
        }
      }
      return false;
    }
  }
}
