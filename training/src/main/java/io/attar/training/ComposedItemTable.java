package io.attar.training;

import org.bytedeco.pytorch.Tensor;

/** A table whose rows are sums of codewords, one from each codebook. */
interface ComposedItemTable extends ItemTable {
  /** The codes of all items as they stand. */
  Codes codes();

  /** The codewords (M K, N) as trained. */
  Tensor codebooks();
}
