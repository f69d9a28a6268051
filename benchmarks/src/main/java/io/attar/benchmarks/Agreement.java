package io.attar.benchmarks;

/**
 * Checks that a contestant ranks as the runtime does. At each place both must name the same item,
 * or items whose scores, by the runtime, are at most 0.0001 of the best score apart: orders of
 * summation differ, ties need not.
 */
final class Agreement {
  private static final double TOLERANCE = 1e-4;

  private final ScanContestant reference;
  private int lists;
  private int tiedPlaces;

  /** Starts a check against the runtime's scores of all items. */
  Agreement(ScanContestant reference) {
    this.reference = reference;
  }

  /**
   * Compares the lists after the last click of a session.
   *
   * @throws IllegalStateException when they differ by more than ties
   */
  void check(Contestant contestant, int[] session, int places) {
    int before = session.length - 1;
    reference.restore(session, before);
    reference.click(session[before]);
    contestant.restore(session, before);
    contestant.click(session[before]);
    lists++;
    float[] scores = reference.scores();
    double tolerance = TOLERANCE * Math.abs(scores[reference.item(0)]);
    for (int rank = 0; rank < places; rank++) {
      int expected = reference.item(rank);
      int found = contestant.item(rank);
      if (found == expected) {
        continue;
      }
      tiedPlaces++;
      double difference = Math.abs((double) scores[expected] - scores[found]);
      if (!(difference <= tolerance)) {
        throw new IllegalStateException(
            contestant.name()
                + " must rank as the runtime does, but after "
                + session.length
                + " clicks names item "
                + found
                + " (score "
                + scores[found]
                + ") at rank "
                + rank
                + " instead of item "
                + expected
                + " (score "
                + scores[expected]
                + ")");
      }
    }
  }

  /** Lists compared. */
  int lists() {
    return lists;
  }

  /** Places at which the items differ and the scores tie. */
  int tiedPlaces() {
    return tiedPlaces;
  }
}
