package io.attar.cli;

import java.util.Collection;
import java.util.Locale;

/** Finds the key that a misspelt one was probably meant to be. */
final class NearestKey {
  private NearestKey() {}

  /** "; did you mean 'x'?", or nothing when no name is near. */
  static String suggestion(String name, Collection<String> names) {
    String best = "";
    int least = Integer.MAX_VALUE;
    for (String candidate : names) {
      int distance = Math.min(distance(name, candidate), distance(last(name), last(candidate)) + 1);
      if (distance < least) {
        least = distance;
        best = candidate;
      }
    }
    // Farther than half the name is no likeness, and a wrong hint is worse than none.
    return 2 * least <= Math.max(last(name).length(), last(best).length())
        ? "; did you mean '" + best + "'?"
        : "";
  }

  private static String last(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  /** Levenshtein distance, upper and lower case alike. */
  private static int distance(String left, String right) {
    String a = left.toLowerCase(Locale.ROOT);
    String b = right.toLowerCase(Locale.ROOT);
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int above = row[j];
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(replaced, 1 + Math.min(above, row[j - 1]));
        diagonal = above;
      }
    }
    return row[b.length()];
  }
}
