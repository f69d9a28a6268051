package io.attar.runtime;

/** Turns the clicks of a session into one vector. Immutable; each session has its own encoding. */
interface SessionEncoder {

  /** Makes the buffers of one session. */
  Encoding newEncoding();

  /**
   * The encoder's work for one session, kept from click to click. Whatever was kept, the result is
   * that of the clicks alone, to the last bit. Not thread-safe; allocates nothing after it is made.
   */
  interface Encoding {

    /** Forgets all clicks. */
    void restart();

    /**
     * The oldest click is about to leave the window.
     *
     * @param clicks item indices, oldest first, that click still among them
     */
    void slide(int[] clicks);

    /**
     * Writes the session vector, before it is divided by its length.
     *
     * @param clicks (length or more) item indices, oldest first; since the last {@link #restart}
     *     clicks were only added at the end, and left only by {@link #slide}
     * @param length number of clicks, at least 1
     * @param target (dimension), overwritten
     */
    void encode(int[] clicks, int length, float[] target);

    /**
     * How much a click counts: the inner product of the session vector that {@link #encode} wrote
     * last and an item's row is the sum over the clicks t of weight(t) times part(t, item, row).
     */
    float weight(int t);

    /**
     * See {@link #weight}.
     *
     * @param row (dimension) that of the item
     */
    double part(int t, int item, float[] row);

    /** Makes what scores items by the vectors that this writes. */
    default ItemTable.Scorer scorer(ItemTable table) {
      return table.newScorer();
    }
  }
}
