package io.attar.training;

import java.util.List;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Compositional codes: an item's vector is the sum of one codeword from each of M codebooks (Xia et
 * al., EODRec, TOIS 2022, eq. 10; Shu and Nakayama, ICLR 2018). The codes are fixed; the codebooks
 * are trained, and every row is composed of codewords as they ship: rounded to few bits, the
 * gradient passing straight through the rounding. Nothing here can reach another table.
 */
final class CompositionalItemTable implements ComposedItemTable {
  private final Codes codes;
  private final int bits;
  private final boolean product;
  private final Parameter codebooks; // (M K, N)
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
    this(codes, codebooks, bits, false);
  }

  /**
   * A table of fixed codes and codebooks to train.
   *
   * @param product whether codewords of codebook m are zero outside the columns m N/M to (m+1) N/M
   *     - 1, and stay so
   */
  CompositionalItemTable(Codes codes, Tensor codebooks, int bits, boolean product) {
    this.codes = codes;
    this.bits = bits;
    this.product = product;
    this.codebooks = Parameter.whole("codebooks", codebooks, 1);
  }

  @Override
  public Codes codes() {
    return codes;
  }

  /** Whether codewords ship as single floats, nothing rounded. */
  boolean unrounded() {
    return bits == Quantised.UNROUNDED;
  }

  @Override
  public Tensor codebooks() {
    return codebooks.value();
  }

  /** The codewords (M K, N) as they ship, unless they are unrounded. */
  Quantised quantised() {
    return Quantised.of(codebooks.value(), bits);
  }

  @Override
  public int size() {
    return codes.itemCount();
  }

  @Override
  public int dimension() {
    return (int) codebooks.value().size(1);
  }

  @Override
  public Tensor rows(Tensor indices) {
    activeItems = Tensors.ints(indices);
    activeRows = compose(activeItems).requires_grad_(true);
    return activeRows;
  }

  /** Every codeword gets the sum of its items' row gradients, in item order. */
  @Override
  public void collectGradient() {
    if (activeRows == null || !activeRows.grad().defined()) {
      return;
    }
    int dimension = dimension();
    float[] rowGradients = Tensors.floats(activeRows.grad());
    float[] gradient = new float[codes.codebookCount() * codes.codewordCount() * dimension];
    for (int i = 0; i < activeItems.length; i++) {
      for (int m = 0; m < codes.codebookCount(); m++) {
        int base = (m * codes.codewordCount() + codes.code(m, activeItems[i])) * dimension;
        int from = product ? m * dimension / codes.codebookCount() : 0;
        int to = product ? (m + 1) * dimension / codes.codebookCount() : dimension;
        for (int d = from; d < to; d++) {
          gradient[base + d] += rowGradients[i * dimension + d];
        }
      }
    }
    codebooks.gradient(Tensors.of(gradient, codebooks.value().shape()));
    activeRows = null;
  }

  private Tensor compose(int[] items) {
    try (NoGradGuard guard = new NoGradGuard()) {
      Tensor codewords =
          unrounded()
              ? codebooks.value()
              : Tensors.of(quantised().values(), codebooks.value().shape());
      Tensor sum = codewords.index_select(0, codes.codewordRows(items, 0));
      for (int m = 1; m < codes.codebookCount(); m++) {
        sum.add_(codewords.index_select(0, codes.codewordRows(items, m)));
      }
      return sum;
    }
  }

  @Override
  public Tensor allRows() {
    int[] items = new int[size()];
    for (int v = 0; v < items.length; v++) {
      items[v] = v;
    }
    return compose(items);
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(codebooks);
  }
}
