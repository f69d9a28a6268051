package io.attar.data;

import java.util.Collection;
import java.util.Locale;

/** Finds the known name that a misspelt one was probably meant to be. */
public final class NearestName {
  private NearestName() {}

  /**
   * The nearest of the names as "; did you mean 'x'?", or nothing when none is near. Of a name in
   * parts, such as teacher.epochs, the last part alone may have been meant.
   */
  public static String suggestion(String name, Collection<String> names) {
    String best = "";
    int least = Integer.MAX_VALUE;
    for (String candidate : names) {
      int distance = Math.min(distance(name, candidate), 1 + distance(last(name), last(candidate)));
      if (distance < least) {
        least = distance;
        best = candidate;
      }
    }
    // Farther than half the longer name is no likeness, and a wrong hint is worse than none.
    boolean near =
        !best.isEmpty() && 2 * least <= Math.max(last(name).length(), last(best).length());
    boolean contained =
        !best.isEmpty() && !name.isEmpty() && (contains(best, name) || contains(name, best));
    return near || contained ? "; did you mean '" + best + "'?" : "";
  }

  private static boolean contains(String whole, String part) {
    return whole.toLowerCase(Locale.ROOT).contains(part.toLowerCase(Locale.ROOT));
  }

  private static String last(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  /**
   * Levenshtein distance: insertions, deletions and replacements of one character, upper and lower
   * case alike.
   */
  static int distance(String left, String right) {
    String a = left.toLowerCase(Locale.ROOT);
    String b = right.toLowerCase(Locale.ROOT);
    int[] previous = new int[b.length() + 1];
    for (int r = 0; r <= b.length(); r++) {
      previous[r] = r;
    }
    for (int l = 1; l <= a.length(); l++) {
      int[] current = new int[b.length() + 1];
      current[0] = l;
      for (int r = 1; r <= b.length(); r++) {
        int replaced = previous[r - 1] + (a.charAt(l - 1) == b.charAt(r - 1) ? 0 : 1);
        current[r] = Math.min(replaced, 1 + Math.min(previous[r], current[r - 1]));
      }
      previous = current;
    }
    return previous[b.length()];
  }
}
