package io.attar.training;

import java.util.List;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * Embedding mixup (Xia et al., EODRec, TOIS 2022, eq. 16): every row is eta X + (1 - eta) E, X the
 * teacher's row as it is scored, E the row of the table that learns. The gradient reaches E alone.
 * A student that is to be measured or shipped by itself is another {@link SessionModel} over E,
 * which cannot reach this table.
 */
final class MixedItemTable implements ItemTable {
  private final ItemTable learning; // E
  private final SessionModel teacher; // X
  private double share; // eta

  MixedItemTable(ItemTable learning, SessionModel teacher, double share) {
    this.learning = learning;
    this.teacher = teacher;
    this.share = share;
  }

  /** Sets eta, from 0 to 1. */
  void share(double eta) {
    share = eta;
  }

  @Override
  public int size() {
    return learning.size();
  }

  @Override
  public int dimension() {
    return learning.dimension();
  }

  /** Not the leaf itself, but made of it. */
  @Override
  public Tensor rows(Tensor indices) {
    Tensor rows = learning.rows(indices);
    return share == 0 ? rows : mixed(rows, teacher.usedRows(indices));
  }

  @Override
  public void collectGradient() {
    learning.collectGradient();
  }

  @Override
  public Tensor frozenRows(Tensor indices) {
    try (NoGradGuard guard = new NoGradGuard()) {
      return mixed(learning.frozenRows(indices), teacher.usedRows(indices));
    }
  }

  @Override
  public Tensor allRows() {
    try (NoGradGuard guard = new NoGradGuard()) {
      return mixed(learning.allRows(), teacher.allUsedRows());
    }
  }

  private Tensor mixed(Tensor rows, Tensor teacherRows) {
    return rows.mul(Tensors.scalar(1 - share)).add(teacherRows, Tensors.scalar(share));
  }

  @Override
  public List<Parameter> parameters() {
    return learning.parameters();
  }
}
