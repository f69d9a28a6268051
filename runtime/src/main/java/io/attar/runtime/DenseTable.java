package io.attar.runtime;

import org.jspecify.annotations.Nullable;

/** One stored row an item. Cost: 4 N bytes an item, N multiplications an item and query. */
final class DenseTable implements ItemTable {
  private final int dimension;
  private final int items;
  private final float[] rows; // (items, dimension)
  private final float @Nullable [] bias; // (items)

  private DenseTable(int dimension, int items, float[] rows, float @Nullable [] bias) {
    this.dimension = dimension;
    this.items = items;
    this.rows = rows;
    this.bias = bias;
  }

  /**
   * Reads the section.
   *
   * @param bias (items), null for none
   */
  static DenseTable read(ByteReader reader, ModelHeader header, int items, float @Nullable [] bias)
      throws ModelFileException {
    int dimension = header.dimension();
    float[] rows = Tensor.read(reader, "item rows", items, dimension);
    reader.finish();
    if (header.unitRows()) {
      // Divided once here instead of before every use.
      for (int item = 0; item < items; item++) {
        Vectors.normalise(rows, item * dimension, dimension);
      }
    }
    return new DenseTable(dimension, items, rows, bias);
  }

  @Override
  public void row(int item, float[] target, int offset) {
    System.arraycopy(rows, item * dimension, target, offset, dimension);
  }

  @Override
  public float bias(int item) {
    return bias == null ? 0 : bias[item];
  }

  @Override
  public Scorer newScorer() {
    return new DenseScorer();
  }

  private final class DenseScorer implements Scorer {
    private final float[] query = new float[dimension];
    private final BlockScan scan = new BlockScan(items);

    @Override
    public void prepare(float[] newQuery) {
      System.arraycopy(newQuery, 0, query, 0, dimension);
    }

    @Override
    public void scores(int from, int to, float[] target, int offset) {
      for (int item = from; item < to; item++) {
        target[offset + item - from] = Vectors.dot(query, 0, rows, item * dimension, dimension);
      }
      if (bias != null) {
        Vectors.add(bias, from, target, offset, to - from);
      }
    }

    @Override
    public void search(TopList list) {
      scan.offer(this, 0, items, list);
    }
  }
}
