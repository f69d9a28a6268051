package io.attar.training;

import java.util.Arrays;

/** Range checks of options: name, rule, value. */
final class Require {
  private Require() {}

  static void between(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          name + " must lie between " + least + " and " + most + ": " + value);
    }
  }

  static void positive(String name, double value) {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw new IllegalArgumentException(name + " must be positive: " + value);
    }
  }

  static void atMost(String name, double value, double most) {
    if (value > most) {
      throw new IllegalArgumentException(name + " must be at most " + most + ": " + value);
    }
  }

  static void notNegative(String name, double value) {
    if (!(value >= 0) || Double.isInfinite(value)) {
      throw new IllegalArgumentException(name + " must not be negative: " + value);
    }
  }

  /** From 0 inclusive to 1 exclusive. */
  static void share(String name, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(name + " must be at least 0 and below 1: " + value);
    }
  }

  static void oneOf(String name, String value, String... allowed) {
    if (!Arrays.asList(allowed).contains(value)) {
      throw new IllegalArgumentException(
          name + " must be one of " + String.join(", ", allowed) + ": '" + value + "'");
    }
  }
}
