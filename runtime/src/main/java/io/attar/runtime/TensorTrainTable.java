package io.attar.runtime;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A tensor train: item v has the digits i_1 .. i_d to the radices I_1 .. I_d, and its row is the
 * product of d small matrices, one from each core (Oseledets, SIAM J. Sci. Comput. 2011; TT-Rec,
 * Yin et al., MLSys 2021). A semi-tensor train (Xia et al., OD-Rec, SIGIR 2022, eq. 4 to 6) is one
 * with its columns interleaved.
 *
 * <p>No row is made to score: the query is multiplied with the first core's matrix of a first
 * digit, what comes out with the second core's of a second digit, and so on, so that items with
 * equal first digits share that work. Of three cores of rank R an item costs R J_3 multiplications,
 * and R J_2 R J_3 over I_3; the innermost loops go through a core's row of R numbers, and through
 * the I_3 items of all last digits at once, so that they become vector instructions. Memory: the
 * cores and the last one again, 4 bytes an item when rows are divided by their length, and of a
 * session at most 4 R N a core and 8 I_d. A click allocates what its row is made in.
 */
final class TensorTrainTable implements ItemTable {
  private static final int MOST_CORES = 4;
  private static final int FEW_DIGITS = 8;

  private final int dimension;
  private final int items;
  private final int interleave; // t: column c is number (c % t) (N / t) + c / t of the product
  private final int count; // of cores, d
  private final int[] radices = new int[MOST_CORES]; // I_k
  private final int[] spans = new int[MOST_CORES]; // items that share their digits up to k
  private final int[] widths = new int[MOST_CORES]; // J_k, whose product is the dimension
  private final int[] ranks = new int[MOST_CORES + 1]; // r_0 = 1 to r_d = 1
  private final float[][] cores = new float[MOST_CORES][]; // (I_k, r_(k-1), J_k, r_k)
  private final float[][] last; // (J_d r_(d-1), I_d), the last core by columns, or none
  private final float @Nullable [] inverseLengths; // (items), null when rows are used as they are
  private final float @Nullable [] bias; // (items)

  /** Reads the section. */
  TensorTrainTable(ByteReader reader, ModelHeader header, float @Nullable [] bias)
      throws ModelFileException {
    dimension = header.dimension();
    items = header.itemCount();
    this.bias = bias;
    count = reader.within(reader.u8("core count"), 2, MOST_CORES, "core count");
    interleave = reader.within(reader.u16("interleave"), 1, dimension, "interleave");
    int left = dimension % interleave == 0 ? dimension : -1;
    long numbers = 0;
    int mostRank = 1;
    ranks[0] = 1;
    for (int k = 0; k < count; k++) {
      int rank = k + 1 < count ? reader.within(reader.u16("rank"), 1, 65_535, "rank") : 1;
      int rows = Tensor.rows(reader.ahead(reader.remaining()), "core", Integer.MAX_VALUE);
      Tensor core = Tensor.readColumns(reader, "core", rows, 1, 1 << 24);
      cores[k] = core.values();
      numbers += cores[k].length;
      long square = (long) ranks[k] * rank;
      radices[k] = rows;
      widths[k] = (int) (core.columns() / square);
      ranks[k + 1] = rank;
      mostRank = Math.max(mostRank, rank);
      // A rest in any division leaves -1 for good.
      boolean fits = core.columns() % square == 0 && left % widths[k] == 0;
      left = fits && left > 0 ? left / widths[k] : -1;
    }
    long span = 1;
    for (int k = count - 1; k >= 0; k--) {
      spans[k] = (int) span;
      span = Math.min(items, span * radices[k]);
    }
    // The last condition lets the cores pay for the memory that the products of some of them take.
    if (left != 1 || span < items || (long) mostRank * dimension > numbers) {
      throw reader.problem(
          "the cores must make a row of " + dimension + " numbers for each of " + items + " items");
    }
    reader.finish();
    int end = count - 1;
    int inner = ranks[end] * widths[end];
    // A few digits a column would neither fill a vector instruction nor pay for their array.
    last = new float[radices[end] < FEW_DIGITS ? 0 : inner][];
    if (last.length > 0) {
      float[][] columns = Vectors.transposed(cores[end], radices[end], inner);
      for (int i = 0; i < inner; i++) {
        last[i] = columns[i % ranks[end] * widths[end] + i / ranks[end]];
      }
    }
    inverseLengths = header.unitRows() ? new float[items] : null;
    if (inverseLengths != null) {
      new Walk(true).run(0, items, inverseLengths, 0);
    }
  }

  @Override
  public void row(int item, float[] target, int offset) {
    Walk walk = new Walk(true);
    walk.run(item, item + 1, new float[1], 0);
    float factor = inverseLengths == null ? 1 : inverseLengths[item];
    int part = dimension / interleave;
    for (int c = 0; c < dimension; c++) {
      target[offset + c] = factor * walk.products[count][c % interleave * part + c / interleave];
    }
  }

  @Override
  public float bias(int item) {
    return bias == null ? 0 : bias[item];
  }

  @Override
  public Scorer newScorer() {
    return new Walk(false);
  }

  /** Goes through items in their order and multiplies once for all that share digits. */
  private final class Walk implements Scorer {
    private final boolean rows; // whether rows are made, or a query is scored
    private final float[][] products = new float[count + 1][]; // with the cores before each
    private final float[] sums; // of all last digits
    private final BlockScan scan;
    private int from;
    private int to;
    private float[] target = {};
    private int offset;

    Walk(boolean rows) {
      this.rows = rows;
      sums = new float[rows ? 0 : radices[count - 1]];
      scan = new BlockScan(rows ? 0 : items, radices[count - 1]);
      int size = rows ? 1 : dimension;
      products[0] = new float[size];
      products[0][0] = 1;
      for (int k = 0; k < count; k++) {
        size = (rows ? size * widths[k] : size / widths[k]) / ranks[k] * ranks[k + 1];
        products[k + 1] = new float[size];
      }
    }

    @Override
    public void prepare(float[] query) {
      int part = dimension / interleave;
      for (int c = 0; c < dimension; c++) {
        products[0][c % interleave * part + c / interleave] = query[c];
      }
    }

    @Override
    public void scores(int first, int end, float[] scores, int place) {
      run(first, end, scores, place);
      for (int i = 0; inverseLengths != null && i < end - first; i++) {
        scores[place + i] *= inverseLengths[first + i];
      }
      if (bias != null) {
        Vectors.add(bias, first, scores, place, end - first);
      }
    }

    @Override
    public void search(TopList list) {
      scan.offer(this, 0, items, list);
    }

    /** The score of every item before the division by its length; of rows, one over the length. */
    void run(int first, int end, float[] results, int place) {
      from = first;
      to = end;
      target = results;
      offset = place;
      visit(0, 0);
    }

    private void visit(int k, int base) {
      if (!rows && k + 1 == count && last.length > 0) {
        Vectors.multiply(last, products[k], last.length, sums);
        int digit = Math.max(0, from - base);
        int start = base + digit;
        int end = Math.min(to, base + sums.length);
        System.arraycopy(sums, digit, target, offset + start - from, end - start);
        return;
      }
      int digit = Math.max(0, (from - base) / spans[k]);
      for (; digit < radices[k] && base + digit * spans[k] < to; digit++) {
        int item = base + digit * spans[k];
        if (rows) {
          extend(k, digit);
        } else {
          contract(k, digit);
        }
        if (k + 1 < count) {
          visit(k + 1, item);
        } else {
          target[offset + item - from] =
              rows
                  ? CodeTable.inverse(Vectors.norm(products[count], 0, dimension))
                  : products[count][0];
        }
      }
    }

    /** (J_1 .. J_k, r_k) of (J_1 .. J_(k-1), r_(k-1)). */
    private void extend(int k, int digit) {
      float[] before = products[k];
      int rank = ranks[k];
      int wide = widths[k] * ranks[k + 1];
      Vectors.product(
          before,
          0,
          cores[k],
          digit * rank * wide,
          products[k + 1],
          0,
          before.length / rank,
          rank,
          wide);
    }

    /** (J_(k+1) .. J_d, r_k) of (J_k .. J_d, r_(k-1)). */
    private void contract(int k, int digit) {
      float[] before = products[k];
      float[] after = products[k + 1];
      int rank = ranks[k + 1];
      int at = digit * ranks[k] * widths[k] * rank;
      Arrays.fill(after, 0);
      for (int target = 0; target < after.length; target += rank) {
        for (int i = 0; i < ranks[k] * widths[k]; i++) {
          // Row i of the core belongs to column i % J_k of number i / J_k of the rank before.
          int column = i % widths[k] * (after.length / rank) + target / rank;
          float factor = before[column * ranks[k] + i / widths[k]];
          Vectors.addRow(factor, cores[k], at + i * rank, after, target, rank);
        }
      }
    }
  }
}
