package io.attar.data;

/** Where the training sessions end and the validation sessions start. */
final class Split {
  private Split() {}

  /**
   * How many of the latest sessions are held back for validation: as many as hold {@code
   * validationCases} test cases together, but at most {@code validationShare} of all.
   *
   * @param known all sessions before the test part, oldest first
   */
  static int validationSessions(
      Sessions known, int minimumPrefixLength, int validationCases, double validationShare) {
    int limit = (int) (known.count() * validationShare);
    long cases = 0;
    int sessions = 0;
    while (cases < validationCases && sessions < limit) {
      sessions++;
      cases += Math.max(0, known.length(known.count() - sessions) - minimumPrefixLength);
    }
    return sessions;
  }

  /** How many of the latest sessions are the test part: their share, at least one, never all. */
  static int testSessions(int sessions, double testShare) {
    if (testShare == 0 || sessions < 2) {
      return 0;
    }
    return Math.max(1, (int) (sessions * testShare));
  }
}
