package io.attar.training;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** Item index to vector. What a compressor must answer for: its error. */
interface ItemTable {
  /** Number of items, V. */
  int size();

  /** Length of a vector, N. */
  int dimension();

  /**
   * Rows of distinct items in the step's graph, as a leaf or made of one.
   *
   * @param indices (n) distinct item indices
   * @return (n, N)
   */
  Tensor rows(Tensor indices);

  /** After the backward pass: turns the gradient of the rows into one of the parameters. */
  default void collectGradient() {}

  /** All rows (V, N), without gradient; may share memory with the parameters: do not write. */
  Tensor allRows();

  /** Rows of some items (n, N), without gradient and apart from any step's graph. */
  default Tensor frozenRows(Tensor indices) {
    return allRows().index_select(0, indices);
  }

  List<Parameter> parameters();

  /** Mean over all items of the squared distance to a dense table over its mean squared length. */
  default double reconstructionError(Tensor dense) {
    Tensor difference = allRows().sub(dense);
    double error = difference.mul(difference).sum().item_double();
    return error / dense.mul(dense).sum().item_double();
  }
}
