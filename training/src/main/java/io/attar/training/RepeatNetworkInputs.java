package io.attar.training;

/**
 * What the {@link RepeatNetwork} looks at, in the order of {@code docs/format.md}: the kind of
 * item, the session, then either an own item or an unseen one. Logarithms are of one plus a number
 * where that may be zero.
 */
final class RepeatNetworkInputs {
  /** Unseen items that are ranked by the network. */
  static final int RANKS = 20;

  static final int OWN = 0;
  static final int UNSEEN = 1;
  static final int SESSION_START = 2;
  static final int OWN_START = 11;
  static final int UNSEEN_START = 27;
  static final int INPUTS = 32;

  /** Unseen items this far down measure how clearly the best one leads. */
  private static final int GAP_RANK = 9;

  private RepeatNetworkInputs() {}

  /**
   * Fills in what all items of a case share.
   *
   * @param clicks item indices, oldest first, of the window
   * @param best similarity scores of the best unseen items, best first
   * @param count how many of them there are
   * @param row (INPUTS) from {@code at} on
   */
  static void session(int[] clicks, float[] best, int count, float[] row, int at) {
    int length = clicks.length;
    int distinct = 0;
    int most = 0;
    for (int t = 0; t < length; t++) {
      int clicksOnIt = clicksOn(clicks, clicks[t], length);
      most = Math.max(most, clicksOnIt);
      distinct += clicksOn(clicks, clicks[t], t) == 0 ? 1 : 0;
    }
    int last = clicks[length - 1];
    float top = count == 0 ? 0 : best[0];
    int place = at + SESSION_START;
    row[place++] = log(length);
    row[place++] = log(distinct);
    row[place++] = (float) (length - distinct) / Math.max(1, length - 1);
    row[place++] = clicksOn(clicks, last, length - 1) > 0 ? 1 : 0;
    row[place++] = length > 1 && clicksOn(clicks, clicks[length - 2], length - 2) > 0 ? 1 : 0;
    row[place++] = log(most);
    row[place++] = log(clicksOn(clicks, last, length));
    row[place++] = top;
    row[place] = count == 0 ? 0 : top - best[Math.min(GAP_RANK, count - 1)];
  }

  /** Fills in an own item whose similarity score is given. */
  static void own(int[] clicks, int item, float similarity, float[] row, int at) {
    int length = clicks.length;
    int latest = -1;
    int previous = -1;
    int first = -1;
    boolean follows = false;
    for (int t = 0; t < length; t++) {
      if (clicks[t] == item) {
        previous = latest;
        latest = t;
        first = first < 0 ? t : first;
        follows |= t > 0 && clicks[t - 1] == clicks[length - 1];
      }
    }
    int count = clicksOn(clicks, item, length);
    int later = 0;
    int busier = 0;
    for (int t = 0; t < length; t++) {
      if (clicksOn(clicks, clicks[t], t) == 0) { // each item once, at its first click
        busier += clicksOn(clicks, clicks[t], length) > count ? 1 : 0;
        boolean clickedLater = false;
        for (int u = latest + 1; u < length; u++) {
          clickedLater |= clicks[u] == clicks[t];
        }
        later += clickedLater ? 1 : 0;
      }
    }
    int run = 1;
    while (latest - run >= 0 && clicks[latest - run] == item) {
      run++;
    }
    int age = length - 1 - latest;
    row[at + OWN] = 1;
    int place = at + OWN_START;
    row[place++] = log(count);
    row[place++] = log(1 + age);
    row[place++] = age == 0 ? 1 : 0;
    row[place++] = age == 1 ? 1 : 0;
    row[place++] = count == 1 ? 1 : 0;
    row[place++] = (float) count / length;
    row[place++] = (float) age / length;
    row[place++] = log(1 + later);
    row[place++] = log(1 + busier);
    row[place++] = log(1 + count - clicksOn(clicks, item, Math.max(0, length - 5)));
    row[place++] = log(1 + count - clicksOn(clicks, item, Math.max(0, length - 10)));
    row[place++] = previous < 0 ? 0 : log(1 + latest - previous);
    row[place++] = similarity;
    row[place++] = log(length - first);
    row[place++] = follows ? 1 : 0;
    row[place] = log(1 + run);
  }

  /** Fills in the unseen item of a rank, 0 for the best. */
  static void unseen(int rank, float similarity, float top, float[] row, int at) {
    row[at + UNSEEN] = 1;
    int place = at + UNSEEN_START;
    row[place++] = log(1 + rank);
    row[place++] = rank == 0 ? 1 : 0;
    row[place++] = rank == 1 ? 1 : 0;
    row[place++] = similarity;
    row[place] = similarity - top;
  }

  /** The logarithms that ship: of 1, 2, ... */
  static float[] logarithms(int window) {
    float[] logarithms = new float[Math.max(window, RANKS) + 1];
    for (int i = 0; i < logarithms.length; i++) {
      logarithms[i] = log(i + 1);
    }
    return logarithms;
  }

  private static float log(int number) {
    return (float) Math.log(number);
  }

  /** Clicks on an item among the first ones. */
  private static int clicksOn(int[] clicks, int item, int before) {
    int count = 0;
    for (int t = 0; t < before; t++) {
      count += clicks[t] == item ? 1 : 0;
    }
    return count;
  }
}
