package io.attar.training;

import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** One free vector an item: the teacher's table. */
final class DenseItemTable implements ItemTable {
  private final Parameter table; // (V, N)

  DenseItemTable(Tensor rows) {
    this.table = Parameter.rowWise("table", rows);
  }

  @Override
  public int size() {
    return (int) table.value().size(0);
  }

  @Override
  public int dimension() {
    return (int) table.value().size(1);
  }

  @Override
  public Tensor rows(Tensor indices) {
    return table.activate(indices);
  }

  @Override
  public Tensor allRows() {
    return table.value();
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(table);
  }
}
