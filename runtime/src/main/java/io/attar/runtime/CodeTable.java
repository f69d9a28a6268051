package io.attar.runtime;

import org.jspecify.annotations.Nullable;

/**
 * Compositional codes: a row is the sum of one codeword from each codebook (Chen, Min and Sun,
 * Learning K-way D-dimensional Discrete Codes for Compact Embedding Representations, ICML 2018,
 * with addition as the composition). A query meets each codeword once,
 *
 * <pre>T[m][k] = query . codeword[m][k],   score of v = sum over m of T[m][code_m(v)],</pre>
 *
 * so a query costs M K N multiplications and then M additions an item instead of N multiplications.
 * The sum runs over the codebooks in order, so items of equal codes tie exactly. Memory: M bytes an
 * item (2 M above 256 codewords), 4 more when rows are divided by their length, 4 M K N for the
 * codebooks.
 */
final class CodeTable implements ItemTable {
  private final int dimension;
  private final int codebooks;
  private final int codewords; // in each codebook
  private final Codes codes; // (codebooks, items)
  private final float[] books; // (codebooks, codewords, dimension)
  private final float @Nullable [] inverseLengths; // (items), null when rows are used as they are

  private CodeTable(
      int dimension,
      int codebooks,
      int codewords,
      Codes codes,
      float[] books,
      float @Nullable [] inverseLengths) {
    this.dimension = dimension;
    this.codebooks = codebooks;
    this.codewords = codewords;
    this.codes = codes;
    this.books = books;
    this.inverseLengths = inverseLengths;
  }

  static CodeTable read(ByteReader codeSection, ByteReader bookSection, ModelHeader header)
      throws ModelFileException {
    int codebooks = readCodebooks(codeSection);
    int codewords = readCodewords(codeSection);
    int bits = bits(codewords);
    int items = header.itemCount();
    long bytes = ((long) codebooks * items * bits + 7) / 8;
    if (bytes != codeSection.remaining()) {
      throw codeSection.problem(
          "the codes must take "
              + bytes
              + " bytes ("
              + codebooks
              + " codebooks, "
              + items
              + " items, "
              + bits
              + " bits a code) but "
              + codeSection.remaining()
              + " are left here");
    }
    Codes codes = Codes.read(codeSection, codebooks, codewords, items, bits);
    codeSection.finish();
    float[] books =
        Tensor.read(bookSection, "codebooks", (long) codebooks * codewords, header.dimension());
    bookSection.finish();
    CodeTable plain = new CodeTable(header.dimension(), codebooks, codewords, codes, books, null);
    if (!header.unitRows()) {
      return plain;
    }
    return new CodeTable(
        header.dimension(), codebooks, codewords, codes, books, plain.inverseLengths(items));
  }

  static int readCodebooks(ByteReader reader) throws ModelFileException {
    return reader.within(reader.u16("codebook count"), 1, 64, "codebook count");
  }

  static int readCodewords(ByteReader reader) throws ModelFileException {
    return reader.within(reader.u32("codeword count"), 1, 65_536, "codeword count");
  }

  /** Width of a code: max(1, ceil(log2 codewords)). */
  private static int bits(int codewords) {
    return Math.max(1, 32 - Integer.numberOfLeadingZeros(codewords - 1));
  }

  @Override
  public void row(int item, float[] target, int offset) {
    sumCodewords(item, target, offset);
    if (inverseLengths != null) {
      Vectors.normalise(target, offset, dimension);
    }
  }

  @Override
  public int lookupSize() {
    return codebooks * codewords;
  }

  @Override
  public void prepare(float[] query, float[] lookup) {
    for (int i = 0; i < codebooks * codewords; i++) {
      lookup[i] = Vectors.dot(query, 0, books, i * dimension, dimension);
    }
  }

  @Override
  public void score(float[] lookup, int from, int to, float[] target, int offset) {
    codes.sum(lookup, from, to, target, offset);
    float[] inverse = inverseLengths;
    if (inverse != null) {
      for (int item = from; item < to; item++) {
        target[offset + item - from] *= inverse[item];
      }
    }
  }

  private void sumCodewords(int item, float[] target, int offset) {
    System.arraycopy(books, codes.code(0, item) * dimension, target, offset, dimension);
    for (int m = 1; m < codebooks; m++) {
      int codeword = m * codewords + codes.code(m, item);
      Vectors.addScaled(1, books, codeword * dimension, target, offset, dimension);
    }
  }

  /** (items) one over the length of each row, 0 for a zero row. */
  private float[] inverseLengths(int items) {
    float[] inverse = new float[items];
    float[] row = new float[dimension];
    for (int item = 0; item < items; item++) {
      sumCodewords(item, row, 0);
      double length = Vectors.norm(row, 0, dimension);
      // The bound keeps a row of subnormal numbers from turning into infinity.
      inverse[item] = length == 0 ? 0 : (float) Math.min(1 / length, Float.MAX_VALUE);
    }
    return inverse;
  }
}
