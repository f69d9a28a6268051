package io.attar.data;

import java.util.Collection;
import java.util.Locale;

/** Finds the known name that a misspelt one was probably meant to be. */
final class NearestName {
  private NearestName() {}

  /** The nearest of the names as "; did you mean 'x'?", or nothing when none is near. */
  static String suggestion(String name, Collection<String> names) {
    String best = "";
    int bestDistance = Integer.MAX_VALUE;
    for (String candidate : names) {
      int distance = distance(name.toLowerCase(Locale.ROOT), candidate.toLowerCase(Locale.ROOT));
      if (distance < bestDistance) {
        best = candidate;
        bestDistance = distance;
      }
    }
    // Farther than half the longer name is no likeness, and a wrong hint is worse than none.
    boolean near = 2 * bestDistance <= Math.max(name.length(), best.length());
    boolean contained =
        !best.isEmpty()
            && !name.isEmpty()
            && (best.toLowerCase(Locale.ROOT).contains(name.toLowerCase(Locale.ROOT))
                || name.toLowerCase(Locale.ROOT).contains(best.toLowerCase(Locale.ROOT)));
    return near || contained ? "; did you mean '" + best + "'?" : "";
  }

  /** Levenshtein distance: insertions, deletions and replacements of one character. */
  static int distance(String left, String right) {
    int[] previous = new int[right.length() + 1];
    for (int r = 0; r <= right.length(); r++) {
      previous[r] = r;
    }
    for (int l = 1; l <= left.length(); l++) {
      int[] current = new int[right.length() + 1];
      current[0] = l;
      for (int r = 1; r <= right.length(); r++) {
        int replaced = previous[r - 1] + (left.charAt(l - 1) == right.charAt(r - 1) ? 0 : 1);
        current[r] = Math.min(replaced, 1 + Math.min(previous[r], current[r - 1]));
      }
      previous = current;
    }
    return previous[right.length()];
  }
}
