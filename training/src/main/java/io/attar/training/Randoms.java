package io.attar.training;

import java.util.SplittableRandom;

/**
 * Seeds that depend on what they are for, so that a resumed run draws what an undisturbed one does.
 */
final class Randoms {
  private Randoms() {}

  /** A seed for one purpose and count, such as an epoch or a step. */
  static long seed(long seed, String purpose, long count) {
    long mixed = seed * 0x9E3779B97F4A7C15L + purpose.hashCode() * 0xBF58476D1CE4E5B9L + count;
    mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
    return mixed ^ (mixed >>> 31);
  }

  /** A standard normal number (Box and Muller 1958). */
  static double gaussian(SplittableRandom random) {
    double radius = Math.sqrt(-2 * Math.log(1 - random.nextDouble()));
    return radius * Math.cos(2 * Math.PI * random.nextDouble());
  }
}
