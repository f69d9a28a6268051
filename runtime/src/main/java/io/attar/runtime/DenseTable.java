package io.attar.runtime;

/** One stored row an item. Cost: 4 N bytes an item, N multiplications an item and query. */
final class DenseTable implements ItemTable {
  private final int dimension;
  private final float[] rows; // (items, dimension)

  private DenseTable(int dimension, float[] rows) {
    this.dimension = dimension;
    this.rows = rows;
  }

  static DenseTable read(ByteReader reader, ModelHeader header) throws ModelFileException {
    int dimension = header.dimension();
    float[] rows = Tensor.read(reader, "item rows", header.itemCount(), dimension);
    reader.finish();
    if (header.unitRows()) {
      // Divided once here instead of before every use.
      for (int item = 0; item < header.itemCount(); item++) {
        Vectors.normalise(rows, item * dimension, dimension);
      }
    }
    return new DenseTable(dimension, rows);
  }

  @Override
  public void row(int item, float[] target, int offset) {
    System.arraycopy(rows, item * dimension, target, offset, dimension);
  }

  @Override
  public int lookupSize() {
    return dimension;
  }

  @Override
  public void prepare(float[] query, float[] lookup) {
    System.arraycopy(query, 0, lookup, 0, dimension);
  }

  @Override
  public void score(float[] lookup, int from, int to, float[] target, int offset) {
    for (int item = from; item < to; item++) {
      target[offset + item - from] = Vectors.dot(lookup, 0, rows, item * dimension, dimension);
    }
  }
}
