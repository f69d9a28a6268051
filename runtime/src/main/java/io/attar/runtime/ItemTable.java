package io.attar.runtime;

/** The vectors of all items. Immutable; what a session needs to score lies in its own lookup. */
interface ItemTable {

  /** Writes the row of an item, (dimension), to {@code target} from {@code offset} on. */
  void row(int item, float[] target, int offset);

  /** Numbers {@link #prepare} writes. */
  int lookupSize();

  /**
   * Readies the scoring of one query vector.
   *
   * @param query (dimension)
   * @param lookup (lookupSize), overwritten
   */
  void prepare(float[] query, float[] lookup);

  /**
   * Scores the items {@code from} (inclusive) to {@code to} (exclusive): the inner product of the
   * prepared query and each row. Equal rows score equal to the last bit.
   *
   * @param lookup as {@link #prepare} left it
   * @param target gets the score of {@code from} at {@code offset}, and so on
   */
  void score(float[] lookup, int from, int to, float[] target, int offset);
}
