package io.attar.runtime;

/** One stored row an item. Cost: 4 N bytes an item, N multiplications an item and query. */
final class DenseTable implements ItemTable {
  private final int dimension;
  private final int items;
  private final float[] rows; // (items, dimension)

  private DenseTable(int dimension, int items, float[] rows) {
    this.dimension = dimension;
    this.items = items;
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
    return new DenseTable(dimension, header.itemCount(), rows);
  }

  @Override
  public void row(int item, float[] target, int offset) {
    System.arraycopy(rows, item * dimension, target, offset, dimension);
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
    }

    @Override
    public void search(TopList list) {
      scan.offer(this, 0, items, list);
    }
  }
}
