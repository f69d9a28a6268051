package io.attar.evaluation;

import java.util.Locale;

/**
 * How fast a click's weight falls with its distance, in the forms of Ludewig and Jannach (User
 * Modeling and User-Adapted Interaction 28, 2018). A distance of 1 weighs 1, except in {@link
 * #LOGARITHMIC}.
 */
public enum Decay {
  /** 1 at any distance. */
  CONSTANT,
  /** 1 - 0.1 (d - 1), not below 0. */
  LINEAR,
  /** 1 / d. */
  RECIPROCAL,
  /** 1 / ln(d + 1.7). */
  LOGARITHMIC,
  /** 1 / d^2. */
  QUADRATIC;

  /** The weight of a distance of at least 1. */
  double weight(int distance) {
    return switch (this) {
      case CONSTANT -> 1;
      case LINEAR -> Math.max(0, 1 - 0.1 * (distance - 1));
      case RECIPROCAL -> 1.0 / distance;
      case LOGARITHMIC -> 1 / Math.log(distance + 1.7);
      case QUADRATIC -> 1.0 / ((double) distance * distance);
    };
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
