package io.attar.runtime;

/** The vectors of all items. Immutable; what a query needs lies in its own {@link Scorer}. */
interface ItemTable {

  /** Writes the row of an item, (dimension), to {@code target} from {@code offset} on. */
  void row(int item, float[] target, int offset);

  /** What is added to the inner product of an item's row, whatever the query; 0 for nothing. */
  float bias(int item);

  /** Makes the buffers of one session. */
  Scorer newScorer();

  /**
   * Scores items against one query vector at a time. Every way to ask gives the same bits for the
   * same item and query, and equal codes or equal dense rows score equal, given equal biases. Not
   * thread-safe; allocates nothing after it is made.
   */
  interface Scorer {

    /**
     * Readies the scoring of one query vector.
     *
     * @param query (dimension); the score of an item is its inner product with the item's row, plus
     *     the item's bias
     */
    void prepare(float[] query);

    /**
     * Scores the items {@code from} (inclusive) to {@code to} (exclusive).
     *
     * @param target gets the score of {@code from} at {@code offset}, and so on
     */
    void scores(int from, int to, float[] target, int offset);

    /** Offers every item that can enter the list, by whatever way is fastest. */
    void search(TopList list);
  }
}
