package io.attar.training;

import java.util.Arrays;

/**
 * The shape of a tensor train (Oseledets, SIAM J. Sci. Comput. 2011): item v has the digits i_1 ..
 * i_d to the radices I_1 .. I_d, most significant first, and a column of its row the digits j_1 ..
 * j_d to the widths J_1 .. J_d. Core k is (I_k, r_(k-1), J_k, r_k).
 *
 * <p>The semi-tensor product of OD-Rec (Xia et al., SIGIR 2022, eq. 4 to 6) with t = 2 is the same
 * with two trains of rank R/t that differ in their first core alone and take turns in the columns:
 * one train of rank R/t, J_1 t in place of J_1 and J_d/t in place of J_d, whose columns are
 * interleaved. Its numbers are those of OD-Rec's cores: I_1 J_1 R + sum over the middle ones of I_k
 * J_k R^2 / t^2 + I_d J_d R / t^2.
 *
 * @param dimension N, the product of the widths
 * @param interleave t; column c is number (c mod t) N/t + floor(c / t) of the product
 * @param radices (d) I_k
 * @param widths (d) J_k
 * @param ranks (d + 1) r_0 = 1 to r_d = 1
 */
record TrainShape(int dimension, int interleave, int[] radices, int[] widths, int[] ranks) {
  /** t of a semi-tensor train, the only one that OD-Rec's code computes rightly. */
  static final int SEMI = 2;

  /**
   * Radices and widths as even as they get, the paper's for Tmall and RetailRocket: (16, 8) and
   * (16, 16) of two cores, (8, 4, 4) and (8, 8, 4) of three.
   *
   * @param rank the paper's R, which t divides; ranks beyond what the cores on either side span are
   *     cut
   * @throws IllegalArgumentException when t divides neither R nor the last width
   */
  static TrainShape of(int items, int dimension, int cores, int interleave, int rank) {
    int[] radices = new int[cores];
    int[] widths = new int[cores];
    int itemsLeft = items;
    int columnsLeft = dimension;
    for (int k = 0; k < cores; k++) {
      double share = 1.0 / (cores - k);
      radices[k] = (int) Math.ceil(Math.pow(itemsLeft, share) - 1e-9);
      itemsLeft = (itemsLeft + radices[k] - 1) / radices[k];
      widths[k] = divisor(columnsLeft, Math.pow(columnsLeft, share) - 1e-9);
      columnsLeft /= widths[k];
    }
    if (widths[cores - 1] % interleave != 0 || rank % interleave != 0) {
      throw new IllegalArgumentException(
          "table.rank and the last of "
              + cores
              + " factors of teacher.dimension must be even in a semi-tensor train, but are "
              + rank
              + " and "
              + widths[cores - 1]
              + " of "
              + dimension);
    }
    widths[0] *= interleave;
    widths[cores - 1] /= interleave;
    int[] ranks = new int[cores + 1];
    ranks[0] = 1;
    ranks[cores] = 1;
    for (int k = 1; k < cores; k++) {
      long before = (long) ranks[k - 1] * radices[k - 1] * widths[k - 1];
      long behind = 1;
      for (int l = k; l < cores; l++) {
        behind *= (long) radices[l] * widths[l];
      }
      ranks[k] = (int) Math.min(rank / interleave, Math.min(before, behind));
    }
    TrainShape shape = new TrainShape(dimension, interleave, radices, widths, ranks);
    // What the model file asks for, so that its cores pay for what products of them take in memory.
    long numbers = 0;
    for (int k = 0; k < cores; k++) {
      numbers += (long) radices[k] * shape.columns(k);
    }
    if ((long) Arrays.stream(ranks).max().orElse(1) * dimension > numbers) {
      throw new IllegalArgumentException(
          "a tensor train must have at least N numbers for each rank, but so few items leave it "
              + numbers
              + ": "
              + shape
              + "; choose fewer cores, or another table.kind");
    }
    return shape;
  }

  /**
   * The shape of the largest rank that stays within so many bytes.
   *
   * @throws IllegalArgumentException when not even the least does
   */
  static TrainShape within(
      int items, int dimension, int cores, int interleave, int bits, long bytes) {
    TrainShape best = of(items, dimension, cores, interleave, interleave);
    BlockwiseItemTable.atLeastOne(best.bytes(bits) <= bytes ? 1 : 0, bytes, best.bytes(bits));
    for (int rank = 2 * interleave; ; rank += interleave) {
      TrainShape next = of(items, dimension, cores, interleave, rank);
      if (next.bytes(bits) > bytes || Arrays.equals(next.ranks, best.ranks)) {
        return best;
      }
      best = next;
    }
  }

  /** The smallest divisor that is at least so large. */
  private static int divisor(int number, double least) {
    int divisor = Math.max(1, (int) Math.ceil(least));
    while (number % divisor != 0) {
      divisor++;
    }
    return divisor;
  }

  /** d, number of cores. */
  int cores() {
    return radices.length;
  }

  /** Numbers of core k that belong to one digit, r_(k-1) J_k r_k. */
  int columns(int k) {
    return ranks[k] * widths[k] * ranks[k + 1];
  }

  /** Items that there are digits for, V or more. */
  int capacity() {
    return Arrays.stream(radices).reduce(1, Math::multiplyExact);
  }

  /** Bytes of the section in the file. */
  long bytes(int bits) {
    long bytes = 3 + 2L * (cores() - 1);
    for (int k = 0; k < cores(); k++) {
      bytes += FactoredItemTable.bytes(radices[k], columns(k), bits);
    }
    return bytes;
  }

  /** Which number of the product column c of a row is. */
  int column(int c) {
    return c % interleave * (dimension / interleave) + c / interleave;
  }

  /** The digit of a place at core k. */
  int digit(int place, int k) {
    int rest = place;
    for (int l = cores() - 1; l > k; l--) {
      rest /= radices[l];
    }
    return rest % radices[k];
  }

  @Override
  public String toString() {
    return "items "
        + Arrays.toString(radices)
        + ", columns "
        + Arrays.toString(widths)
        + ", ranks "
        + Arrays.toString(ranks)
        + ", interleave "
        + interleave;
  }
}
