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
     * How much a click adds to the session vector that {@link #encode} wrote last: the vector is
     * the sum over the clicks t of weight(t) times part(t).
     */
    float weight(int t);

    /** See {@link #weight}. (dimension) numbers; not to be changed. */
    float[] part(int t);
  }
}
