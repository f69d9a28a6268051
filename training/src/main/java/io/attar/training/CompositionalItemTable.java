package io.attar.training;

import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Compositional codes: an item's vector is the sum of one codeword from each of M codebooks (Xia et
 * al., EODRec, TOIS 2022, eq. 10; Shu and Nakayama, ICLR 2018). The codes are fixed; the codebooks
 * are trained, and every row is composed of codewords as they ship: rounded to few bits, the
 * gradient passing straight through the rounding. Nothing here can reach another table.
 *
 * <p>Of <em>product codes</em> (Jegou, Douze and Schmid, TPAMI 2011) codebook m fills the columns m
 * N/M to (m+1) N/M - 1 alone, so the codewords of a row do not overlap; only these columns are
 * kept, rounded, trained and shipped.
 *
 * <p>Some items may have a row of their own instead of a code, in 8 bits a number and trained
 * likewise; their gradients reach no codebook.
 */
final class CompositionalItemTable implements ComposedItemTable {
  /** Bits of a number of a dense row, unless nothing is rounded. */
  static final int DENSE_BITS = 8;

  private final Codes codes; // of the items with codes, in their order
  private final int dimension;
  private final boolean product;
  private final int bits;
  private final Parameter codebooks; // (M K, N), of product codes (M K, N/M)
  private final int[] denseItems; // (H) ascending
  private final int[] codedItems; // (V - H) ascending
  private final int[] places; // (V) place among the coded items, or -1 less the dense one
  private final @Nullable Parameter denseRows; // (H, N), null when every item has a code
  private int[] activeItems = new int[0];
  private @Nullable Tensor activeRows; // (active, N) leaf of the step's graph

  /**
   * A table of fixed codes and codebooks to train.
   *
   * @param codes the code of every item
   * @param codebooks (M K, N) codeword k of codebook m is row m K + k
   * @param bits of a number of a codeword as shipped, 8 or 4, or 32 for single floats
   */
  CompositionalItemTable(Codes codes, Tensor codebooks, int bits) {
    this(codes, codebooks, false, bits, DenseRows.NONE);
  }

  /**
   * A table of fixed codes, codebooks to train, and dense rows to train.
   *
   * @param codes the codes of the items without a dense row, in the order of their indices
   * @param codebooks (M K, N) codeword k of codebook m is row m K + k
   * @param product whether they are product codes, M dividing N: codewords are zero outside their
   *     columns and stay so
   * @param bits of a number of a codeword as shipped, 8 or 4, or 32 for single floats
   * @param dense the other items and where their rows start
   * @throws IllegalArgumentException when a codeword of product codes is not zero outside its
   *     columns
   */
  CompositionalItemTable(
      Codes codes, Tensor codebooks, boolean product, int bits, DenseRows dense) {
    this.codes = codes;
    this.dimension = (int) codebooks.size(1);
    this.product = product;
    this.bits = bits;
    this.codebooks =
        Parameter.whole("codebooks", product ? ownColumns(codebooks, codes) : codebooks, 1);
    denseItems = dense.items();
    denseRows =
        denseItems.length == 0
            ? null
            : Parameter.rowWise(
                "denseRows", Tensors.of(dense.rows(), denseItems.length, dimension));
    places = new int[codes.itemCount() + denseItems.length];
    codedItems = dense.others(places.length);
    for (int i = 0; i < codedItems.length; i++) {
      places[codedItems[i]] = i;
    }
    for (int i = 0; i < denseItems.length; i++) {
      places[denseItems[i]] = -1 - i;
    }
  }

  /** The codes of the {@link #codedItems}, in their order. */
  @Override
  public Codes codes() {
    return codes;
  }

  /** (V - H) the items with codes, ascending. */
  int[] codedItems() {
    return codedItems.clone();
  }

  /** (H) the items with a row of their own, ascending. */
  int[] denseItems() {
    return denseItems.clone();
  }

  /** Whether each codebook has a block of the columns to itself. */
  boolean product() {
    return product;
  }

  /** Whether codewords ship as single floats, nothing rounded. */
  boolean unrounded() {
    return bits == Quantised.UNROUNDED;
  }

  @Override
  public float[] codewords() {
    float[] own = Tensors.floats(codebooks.value());
    if (!product) {
      return own;
    }
    int columns = dimension / codes.codebookCount();
    float[] whole = new float[own.length * codes.codebookCount()];
    for (int row = 0; row < own.length / columns; row++) {
      int from = row * dimension + row / codes.codewordCount() * columns;
      System.arraycopy(own, row * columns, whole, from, columns);
    }
    return whole;
  }

  /** The codewords (M K, N) as trained; of product codes their own columns (M K, N/M). */
  Tensor codebooks() {
    return codebooks.value();
  }

  /** The same as they ship, unless they are unrounded. */
  Quantised quantised() {
    return Quantised.of(codebooks.value(), bits);
  }

  /** The dense rows (H, N) as trained; null when every item has a code. */
  @Nullable Tensor denseRows() {
    return denseRows == null ? null : denseRows.value();
  }

  @Override
  public int size() {
    return places.length;
  }

  @Override
  public int dimension() {
    return dimension;
  }

  @Override
  public Tensor rows(Tensor indices) {
    activeItems = Tensors.ints(indices);
    activeRows = compose(activeItems).requires_grad_(true);
    return activeRows;
  }

  /**
   * Every codeword gets the sum of its items' row gradients, in item order, a dense row its own.
   */
  @Override
  public void collectGradient() {
    if (activeRows == null || !activeRows.grad().defined()) {
      return;
    }
    float[] rowGradients = Tensors.floats(activeRows.grad());
    int columns = (int) codebooks.value().size(1);
    float[] gradient = new float[codes.codebookCount() * codes.codewordCount() * columns];
    IntStream.range(0, codes.codebookCount())
        .parallel()
        .forEach(m -> addUp(rowGradients, gradient, m, columns));
    codebooks.gradient(Tensors.of(gradient, codebooks.value().shape()));
    int[] dense = positions(activeItems, true);
    if (denseRows != null && dense.length > 0) {
      denseRows.activate(Tensors.indices(placesAt(activeItems, dense)));
      denseRows.gradient(
          Tensors.of(DenseRows.select(rowGradients, dense, dimension), dense.length, dimension));
    }
    activeRows = null;
  }

  /** Sums up the gradients of one codebook's codewords. */
  private void addUp(float[] rowGradients, float[] gradient, int m, int columns) {
    for (int i = 0; i < activeItems.length; i++) {
      int place = places[activeItems[i]];
      if (place >= 0) {
        int base = (m * codes.codewordCount() + codes.code(m, place)) * columns;
        int from = i * dimension + (product ? m * columns : 0);
        for (int d = 0; d < columns; d++) {
          gradient[base + d] += rowGradients[from + d];
        }
      }
    }
  }

  private Tensor compose(int[] items) {
    try (NoGradGuard guard = new NoGradGuard()) {
      int[] coded = positions(items, false);
      int[] dense = positions(items, true);
      Tensor sum = composeCoded(placesAt(items, coded));
      if (denseRows == null || dense.length == 0) {
        return sum;
      }
      Tensor trained = denseRows.value();
      Tensor shipped =
          unrounded()
              ? trained
              : Tensors.of(Quantised.of(trained, DENSE_BITS).values(), trained.shape());
      Tensor rows = Tensors.zeros(items.length, dimension);
      rows.index_copy_(0, Tensors.indices(coded), sum);
      rows.index_copy_(
          0,
          Tensors.indices(dense),
          shipped.index_select(0, Tensors.indices(placesAt(items, dense))));
      return rows;
    }
  }

  private Tensor composeCoded(int[] items) {
    Tensor codewords =
        unrounded()
            ? codebooks.value()
            : Tensors.of(quantised().values(), codebooks.value().shape());
    if (product) {
      codewords = allColumns(Tensors.floats(codewords), codes, dimension);
    }
    Tensor sum = codewords.index_select(0, codes.codewordRows(items, 0));
    for (int m = 1; m < codes.codebookCount(); m++) {
      sum.add_(codewords.index_select(0, codes.codewordRows(items, m)));
    }
    return sum;
  }

  /** Where in a list of items those with codes stand, or those with dense rows. */
  private int[] positions(int[] items, boolean dense) {
    return IntStream.range(0, items.length).filter(i -> places[items[i]] < 0 == dense).toArray();
  }

  /** The places of some of a list of items, among those with codes or among the dense ones. */
  private int[] placesAt(int[] items, int[] positions) {
    int[] found = new int[positions.length];
    for (int i = 0; i < found.length; i++) {
      int place = places[items[positions[i]]];
      found[i] = place < 0 ? -1 - place : place;
    }
    return found;
  }

  /** (M K, N/M) of codewords (M K, N) the columns that are their codebook's own. */
  private static Tensor ownColumns(Tensor codewords, Codes codes) {
    int dimension = (int) codewords.size(1);
    if (dimension % codes.codebookCount() != 0) {
      throw new IllegalArgumentException(
          "the codebooks of product codes must divide the dimension, "
              + dimension
              + ": "
              + codes.codebookCount());
    }
    int columns = dimension / codes.codebookCount();
    float[] all = Tensors.floats(codewords);
    float[] own = new float[codes.codebookCount() * codes.codewordCount() * columns];
    for (int i = 0; i < all.length; i++) {
      int row = i / dimension;
      int column = i % dimension - row / codes.codewordCount() * columns;
      if (column >= 0 && column < columns) {
        own[row * columns + column] = all[i];
      } else if (all[i] != 0) {
        throw new IllegalArgumentException(
            "a codeword of product codes must be zero outside its columns, but row "
                + row
                + ", column "
                + i % dimension
                + " is "
                + all[i]);
      }
    }
    return Tensors.of(own, all.length / dimension, columns);
  }

  /** (M K, N) the reverse of {@link #ownColumns}. */
  private static Tensor allColumns(float[] own, Codes codes, int dimension) {
    int columns = dimension / codes.codebookCount();
    float[] all = new float[own.length * codes.codebookCount()];
    for (int i = 0; i < own.length; i++) {
      int row = i / columns;
      all[row * dimension + row / codes.codewordCount() * columns + i % columns] = own[i];
    }
    return Tensors.of(all, own.length / columns, dimension);
  }

  @Override
  public Tensor allRows() {
    return compose(IntStream.range(0, size()).toArray());
  }

  @Override
  public Tensor frozenRows(Tensor indices) {
    return compose(Tensors.ints(indices));
  }

  @Override
  public List<Parameter> parameters() {
    return denseRows == null ? List.of(codebooks) : List.of(codebooks, denseRows);
  }
}
