package io.attar.training;

import java.util.List;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Compositional codes: an item's vector is the sum of one codeword from each of M codebooks (Xia et
 * al., EODRec, TOIS 2022, eq. 10; Shu and Nakayama, ICLR 2018). The codes are fixed; the codebooks
 * are trained. Nothing here can reach another table.
 */
final class CompositionalItemTable implements ItemTable {
  private final Codes codes;
  private final Parameter codebooks; // (M K, N)

  /**
   * A table of fixed codes and codebooks to train.
   *
   * @param codes the code of every item
   * @param codebooks (M K, N) codeword k of codebook m is row m K + k
   */
  CompositionalItemTable(Codes codes, Tensor codebooks) {
    this.codes = codes;
    this.codebooks = Parameter.whole("codebooks", codebooks, 1);
  }

  Codes codes() {
    return codes;
  }

  /** The codewords (M K, N). */
  Tensor codebooks() {
    return codebooks.value();
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
    int[] items = Tensors.ints(indices);
    Tensor sum = torch.embedding(codebooks.value(), codes.codewordRows(items, 0));
    for (int m = 1; m < codes.codebookCount(); m++) {
      sum = sum.add(torch.embedding(codebooks.value(), codes.codewordRows(items, m)));
    }
    return sum;
  }

  @Override
  public Tensor allRows() {
    try (NoGradGuard guard = new NoGradGuard()) {
      int[] items = new int[size()];
      for (int v = 0; v < items.length; v++) {
        items[v] = v;
      }
      Tensor sum = codebooks.value().detach().index_select(0, codes.codewordRows(items, 0));
      for (int m = 1; m < codes.codebookCount(); m++) {
        sum.add_(codebooks.value().detach().index_select(0, codes.codewordRows(items, m)));
      }
      return sum;
    }
  }

  @Override
  public List<Parameter> parameters() {
    return List.of(codebooks);
  }

  @Override
  public long shippedBytes() {
    long codewords = (long) codes.codebookCount() * codes.codewordCount();
    return codes.packedBytes() + codewords * (dimension() + 4L);
  }
}
