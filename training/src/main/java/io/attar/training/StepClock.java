package io.attar.training;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Where the time of training steps goes: every mark gives the time since the last to a part. */
final class StepClock {
  private final Map<String, Long> parts = new LinkedHashMap<>();
  private long last = System.nanoTime();

  /** Starts a step; what went before belongs to no part. */
  void start() {
    last = System.nanoTime();
  }

  /** Ends a part. */
  void mark(String part) {
    long now = System.nanoTime();
    parts.merge(part, now - last, Long::sum);
    last = now;
  }

  /** Forgets all times. */
  void clear() {
    parts.clear();
  }

  /** Seconds by part, in the order in which they came first. */
  Map<String, Double> seconds() {
    Map<String, Double> seconds = new LinkedHashMap<>();
    parts.forEach((part, nanos) -> seconds.put(part, (double) nanos / TimeUnit.SECONDS.toNanos(1)));
    return seconds;
  }
}
