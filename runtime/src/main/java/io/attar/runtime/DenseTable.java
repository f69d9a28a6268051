package io.attar.runtime;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One stored row an item. Cost: 4 N bytes an item, N multiplications an item and query. With a
 * projection, what is stored of an item is shorter, and its row is the product of the two (R
 * numbers and a matrix (R, N); Sun et al., CpRec, SIGIR 2020, section 3.2): the query meets the
 * projection once, and an item costs R in place of N.
 */
final class DenseTable implements ItemTable {
  private static final int MOST_BLOCKS = 64;

  private final int dimension;
  private final int rank; // R: numbers stored an item
  private final int items;
  private final float[] rows; // (items, rank)
  private final float @Nullable [] projection; // (rank, dimension), null: rank is the dimension
  private final float @Nullable [] bias; // (items)

  private DenseTable(
      int dimension,
      int rank,
      int items,
      float[] rows,
      float @Nullable [] projection,
      float @Nullable [] bias) {
    this.dimension = dimension;
    this.rank = rank;
    this.items = items;
    this.rows = rows;
    this.projection = projection;
    this.bias = bias;
  }

  /** Reads the section of a model that has no codes: all items, in blocks where it has such. */
  static ItemTable readAll(ByteReader reader, ModelHeader header, float @Nullable [] bias)
      throws ModelFileException {
    List<ItemTable> parts = new ArrayList<>();
    int[] ends = new int[MOST_BLOCKS];
    int items = header.itemCount();
    for (int end = 0; end < items; ) {
      int block = reader.within(parts.size(), 0, MOST_BLOCKS - 1, "block");
      int start = end;
      end = items;
      if (header.blocks()) {
        long count = reader.u32("block items");
        end = start + reader.within(count, 1, items - start, "block items");
      }
      parts.add(read(reader, header, start, end, bias));
      ends[block] = end;
    }
    reader.finish();
    return parts.size() == 1
        ? parts.get(0)
        : new HybridTable(parts.toArray(new ItemTable[0]), ends);
  }

  /**
   * Reads the rows of the items {@code start} (inclusive) to {@code end} (exclusive).
   *
   * @param bias of all items, null for none
   */
  static DenseTable read(
      ByteReader reader, ModelHeader header, int start, int end, float @Nullable [] bias)
      throws ModelFileException {
    int dimension = header.dimension();
    int items = end - start;
    // A block's numbers are one row of a tensor: items whose rows are divided by their length need
    // no scale each.
    boolean block = header.blocks();
    int least = block ? items : dimension;
    int most =
        block ? (int) Math.min((long) items * dimension, ModelFile.MAXIMUM_LENGTH) : dimension;
    Tensor stored = Tensor.readColumns(reader, "item rows", block ? 1 : items, least, most);
    int rank = block ? stored.columns() / items : dimension;
    if (block && stored.columns() % items != 0) {
      throw reader.problem("item rows must be as long for each of the block's " + items + " items");
    }
    float[] projection =
        rank < dimension ? Tensor.read(reader, "projection", rank, dimension) : null;
    DenseTable table =
        new DenseTable(
            dimension,
            rank,
            items,
            stored.values(),
            projection,
            bias == null ? null : Arrays.copyOfRange(bias, start, end));
    if (header.unitRows()) {
      table.normalise();
    }
    return table;
  }

  /** Divides every row by its length once instead of before every use. */
  private void normalise() {
    float[] row = new float[dimension];
    for (int item = 0; item < items; item++) {
      if (projection == null) {
        Vectors.normalise(rows, item * rank, rank);
      } else {
        row(item, row, 0);
        float inverse = CodeTable.inverse(Vectors.norm(row, 0, dimension));
        for (int i = item * rank; i < (item + 1) * rank; i++) {
          rows[i] *= inverse;
        }
      }
    }
  }

  @Override
  public void row(int item, float[] target, int offset) {
    if (projection == null) {
      System.arraycopy(rows, item * dimension, target, offset, dimension);
    } else {
      Vectors.product(rows, item * rank, projection, 0, target, offset, 1, rank, dimension);
    }
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
    private final float[] query = new float[rank]; // projected
    private final BlockScan scan = new BlockScan(items, 1);

    @Override
    public void prepare(float[] newQuery) {
      if (projection == null) {
        System.arraycopy(newQuery, 0, query, 0, dimension);
      } else {
        for (int r = 0; r < rank; r++) {
          query[r] = Vectors.dot(newQuery, 0, projection, r * dimension, dimension);
        }
      }
    }

    @Override
    public void scores(int from, int to, float[] target, int offset) {
      for (int item = from; item < to; item++) {
        target[offset + item - from] = Vectors.dot(query, 0, rows, item * rank, rank);
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
