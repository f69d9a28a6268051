package io.attar.training;

import io.attar.data.Sessions;
import java.util.Arrays;

/**
 * Vectors for items that only the held-out sessions hold, after everything else is decided: the
 * unit mean of their neighbours' vectors there, weighted by one over the distance. Nothing that was
 * fitted, chosen or calibrated changes.
 */
final class FoldIn {
  private static final int REACH = 10;

  private FoldIn() {}

  /**
   * Overwrites the rows of items without a click in training.
   *
   * @param rows (V, N) unit rows
   * @param clickCounts (V) clicks in training
   */
  static void fill(float[] rows, int dimension, int[] clickCounts, Sessions heldOut) {
    double[] sum = new double[dimension];
    boolean[] pending = new boolean[clickCounts.length];
    for (int i = 0; i < heldOut.clickCount(); i++) {
      pending[heldOut.item(i)] |= clickCounts[heldOut.item(i)] == 0;
    }
    for (int v = 0; v < pending.length; v++) {
      if (pending[v]) {
        Arrays.fill(sum, 0);
        for (int s = 0; s < heldOut.count(); s++) {
          addNeighbours(heldOut, s, v, rows, dimension, clickCounts, sum);
        }
        double squares = 0;
        for (double value : sum) {
          squares += value * value;
        }
        if (squares > 0) {
          for (int d = 0; d < dimension; d++) {
            rows[v * dimension + d] = (float) (sum[d] / Math.sqrt(squares));
          }
        }
      }
    }
  }

  private static void addNeighbours(
      Sessions heldOut,
      int session,
      int item,
      float[] rows,
      int dimension,
      int[] clickCounts,
      double[] sum) {
    for (int i = heldOut.start(session); i < heldOut.end(session); i++) {
      if (heldOut.item(i) == item) {
        int from = Math.max(heldOut.start(session), i - REACH);
        for (int j = from; j < Math.min(heldOut.end(session), i + REACH + 1); j++) {
          int other = heldOut.item(j);
          if (clickCounts[other] > 0) {
            for (int d = 0; d < dimension; d++) {
              sum[d] += rows[other * dimension + d] / (double) Math.abs(i - j);
            }
          }
        }
      }
    }
  }
}
