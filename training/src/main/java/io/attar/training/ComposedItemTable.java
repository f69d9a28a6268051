package io.attar.training;

/** A table whose rows are sums of codewords, one from each codebook. */
interface ComposedItemTable extends ItemTable {
  /** The codes of all items as they stand. */
  Codes codes();

  /** (M K, N) the codewords as trained. */
  float[] codewords();
}
