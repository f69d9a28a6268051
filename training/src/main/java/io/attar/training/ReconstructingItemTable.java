package io.attar.training;

import java.util.List;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A table that is held to another's rows while it is fitted (Xia et al., EODRec, TOIS 2022, eq. 12
 * and 24): to whatever loss a step has comes the squared distance to those rows, summed over their
 * columns, mean over the step's items. The paper's mean is over all items; here a clicked one takes
 * part more often.
 */
final class ReconstructingItemTable implements ItemTable {
  private final ItemTable table;
  private final Tensor target; // (V, N)
  private @Nullable Tensor active; // (n) items of the step
  private @Nullable Tensor activeRows; // (n, N) leaf of the step's graph

  /**
   * Holds a table to rows.
   *
   * @param target (V, N)
   */
  ReconstructingItemTable(ItemTable table, Tensor target) {
    this.table = table;
    this.target = target;
  }

  @Override
  public int size() {
    return table.size();
  }

  @Override
  public int dimension() {
    return table.dimension();
  }

  @Override
  public Tensor rows(Tensor indices) {
    active = indices;
    activeRows = table.rows(indices);
    return activeRows;
  }

  /** The distance's own gradient, 2 / n times the difference, joins that of the step's loss. */
  @Override
  public void collectGradient() {
    if (active != null && activeRows != null && activeRows.grad().defined()) {
      try (NoGradGuard guard = new NoGradGuard()) {
        Tensor difference = activeRows.sub(target.index_select(0, active));
        activeRows.mutable_grad().add_(difference, Tensors.scalar(2.0 / difference.size(0)));
      }
    }
    table.collectGradient();
    active = null;
    activeRows = null;
  }

  @Override
  public Tensor allRows() {
    return table.allRows();
  }

  @Override
  public List<Parameter> parameters() {
    return table.parameters();
  }
}
