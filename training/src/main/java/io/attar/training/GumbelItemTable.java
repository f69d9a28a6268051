package io.attar.training;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Compositional codes that are still being learned (Xia et al., EODRec, TOIS 2022, eq. 10, 14-15):
 * a step's rows are composed of codewords drawn with Gumbel noise, which torch's generator gives,
 * and their gradient reaches the codebooks and, straight through the draw, the encoder of codes.
 * All rows as a whole are composed without noise.
 *
 * <p>The encoder reads the vectors that it is to make codes of, so this table is for training
 * alone. A step's active items cost M K floats each, a few times over.
 */
final class GumbelItemTable implements ComposedItemTable {
  private final CodeEncoder encoder;
  private final Tensor items; // (V, N) the vectors that codes are made of
  private final Parameter codebooks; // (M K, N)
  private final int codewordCount;
  private final int bits;
  private @Nullable Tensor composed; // (active, N) the step's rows with their graph
  private @Nullable Tensor activeRows; // (active, N) leaf of the step's graph

  /**
   * A table of codes and codebooks to train.
   *
   * @param items (V, N) the vectors that codes are made of
   * @param codebooks (M K, N)
   * @param bits of a number of a codeword as shipped, 8 or 4, or 32 for single floats
   */
  GumbelItemTable(
      CodeEncoder encoder, Tensor items, Tensor codebooks, int codewordCount, int bits) {
    this.encoder = encoder;
    this.items = items;
    this.codebooks = Parameter.whole("codebooks", codebooks, 1);
    this.codewordCount = codewordCount;
    this.bits = bits;
  }

  /** Drawn without noise. */
  @Override
  public Codes codes() {
    return new Codes(codewordCount, encoder.codes(items));
  }

  @Override
  public float[] codewords() {
    return Tensors.floats(codebooks.value());
  }

  /** The codewords (M K, N) themselves. */
  Tensor codebooks() {
    return codebooks.value();
  }

  @Override
  public int size() {
    return (int) items.size(0);
  }

  @Override
  public int dimension() {
    return (int) items.size(1);
  }

  @Override
  public Tensor rows(Tensor indices) {
    Tensor choices = encoder.choose(items.index_select(0, indices), encoder.noise(indices.numel()));
    composed = choices.mm(shipped());
    activeRows = composed.detach().requires_grad_(true);
    return activeRows;
  }

  /** Codewords as they ship, with the gradient of those as trained. */
  private Tensor shipped() {
    Tensor trained = codebooks.value();
    if (bits == Quantised.UNROUNDED) {
      return trained;
    }
    Tensor rounded = Tensors.of(Quantised.of(trained, bits).values(), trained.shape());
    return rounded.add(trained.sub(trained.detach()));
  }

  @Override
  public void collectGradient() {
    if (composed == null || activeRows == null || !activeRows.grad().defined()) {
      return;
    }
    composed.mul(activeRows.grad()).sum().backward();
    composed = null;
    activeRows = null;
  }

  @Override
  public Tensor allRows() {
    try (NoGradGuard guard = new NoGradGuard()) {
      return new CompositionalItemTable(codes(), codebooks.value().detach().clone(), bits)
          .allRows();
    }
  }

  @Override
  public List<Parameter> parameters() {
    List<Parameter> parameters = new ArrayList<>(encoder.parameters());
    parameters.add(codebooks);
    return parameters;
  }
}
