package io.attar.runtime;

/** Turns the clicks of a session into one vector. Immutable; each session has its own encoding. */
interface SessionEncoder {

  /** Makes the buffers of one session. */
  Encoding newEncoding();

  /** The encoder's work for one session. Not thread-safe; allocates nothing after it is made. */
  interface Encoding {

    /** Forgets what was computed: the clicks of the next call do not continue those of the last. */
    void restart();

    /**
     * Writes the session vector, before it is divided by its length.
     *
     * @param clicks (length or more) item indices, oldest first; since the last {@link #restart}
     *     clicks were only added at the end
     * @param length number of clicks, at least 1
     * @param target (dimension), overwritten
     */
    void encode(int[] clicks, int length, float[] target);
  }
}
