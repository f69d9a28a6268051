package io.attar.benchmarks;

import io.attar.runtime.Recommender;
import io.attar.runtime.Session;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/** Measures what open sessions hold on the heap; run in a process of its own. */
final class SessionMemory {
  private static final int SESSIONS = 1_000;
  private static final int CLICKS = 5;

  private SessionMemory() {}

  /** Arguments: the model file, the queries, the file to write the bytes of one session to. */
  public static void main(String[] arguments) throws IOException {
    Recommender recommender = Recommender.open(Files.readAllBytes(Path.of(arguments[0])));
    int[][] clicks = Queries.read(Path.of(arguments[1])).ofLength(CLICKS);
    Files.writeString(Path.of(arguments[2]), Long.toString(measure(recommender, clicks)));
  }

  static long measure(Recommender recommender, int[][] clicks) {
    Session[] sessions = new Session[SESSIONS];
    answer(recommender.newSession(), clicks[0]);
    long before = usedHeap();
    for (int s = 0; s < SESSIONS; s++) {
      sessions[s] = recommender.newSession();
      answer(sessions[s], clicks[s % clicks.length]);
    }
    long bytes = (usedHeap() - before) / SESSIONS;
    // Keeps the sessions alive until here.
    if (sessions[SESSIONS - 1].length() == 0) {
      throw new IllegalStateException("the sessions must hold their clicks");
    }
    return bytes;
  }

  private static void answer(Session session, int[] clicks) {
    for (int item : clicks) {
      session.clickIndex(item);
    }
    session.top(Contestant.TOP);
  }

  private static long usedHeap() {
    // Twice: what the first collection finalises the second one takes away.
    ManagementFactory.getMemoryMXBean().gc();
    ManagementFactory.getMemoryMXBean().gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
