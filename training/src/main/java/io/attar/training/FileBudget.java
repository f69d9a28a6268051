package io.attar.training;

/**
 * The bytes that a student's file may take, item ids apart, and how many codebooks fill them.
 *
 * @param bytes of the whole file but its item ids
 */
record FileBudget(long bytes) {
  /** No catalogue is so small that its file should be smaller. */
  static final long LEAST = 100_000;

  /** Every codebook costs a click a lookup an item. */
  private static final int MOST_CODEBOOKS = 24;

  /** Provenance, repeat network, popular items and what frames the sections. */
  private static final long AROUND = 8_192;

  /** What packing leaves of log2 K bits a code: additive codes use their codewords unevenly. */
  private static final double PACKED = 0.95;

  /** Bits an item by which the order of V items falls short of saving log2 V each. */
  private static final double ORDER_COST = 5;

  /**
   * Of a student of this teacher.
   *
   * @param teacherBytes the teacher's parameters as single floats
   */
  static FileBudget of(StudentOptions options, long teacherBytes) {
    return new FileBudget(Math.max(LEAST, (long) (teacherBytes / options.timesSmaller())));
  }

  /**
   * About as many codebooks as fit, M; at least as many as tell the items apart.
   *
   * @param items with codes
   * @param dimension N
   * @param beside bytes of other parts of the file that hold numbers
   */
  int codebooks(StudentOptions options, int items, int dimension, long beside) {
    double codeBits = Math.log(options.codewords()) / Math.log(2);
    double itemBits = Math.log(items) / Math.log(2);
    double saved = items * (itemBits - ORDER_COST) / 8;
    double each =
        items * PACKED * codeBits / 8 + (double) options.codewords() * row(options, dimension);
    int fitting = (int) ((bytes - AROUND - beside + saved) / each);
    boolean additive = options.quantiser().equals(AdditiveCodes.NAME);
    int most =
        additive
            ? Math.min(MOST_CODEBOOKS, AdditiveCodes.MOST_CODEWORDS / options.codewords())
            : MOST_CODEBOOKS;
    int apart = (int) Math.ceil(itemBits / codeBits - 1e-9);
    return Math.max(Math.max(1, apart), Math.min(most, fitting));
  }

  /** The most bytes that a file of these codes takes. */
  long needed(Codes codes, StudentOptions options, int dimension, long beside) {
    long codewords = (long) codes.codebookCount() * codes.codewordCount();
    long packed = CodeWriter.write(codes, CodeWriter.order(codes)).length;
    return AROUND + beside + packed + codewords * row(options, dimension);
  }

  /** Bytes of a codeword. */
  private static long row(StudentOptions options, int dimension) {
    int bits = options.codebookBits();
    return bits == Quantised.UNROUNDED ? 4L * dimension : 4 + (long) dimension * bits / 8;
  }
}
