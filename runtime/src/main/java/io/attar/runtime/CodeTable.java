package io.attar.runtime;

import org.jspecify.annotations.Nullable;

/**
 * Compositional codes: a row is the sum of one codeword from each codebook (Chen, Min and Sun,
 * Learning K-way D-dimensional Discrete Codes for Compact Embedding Representations, ICML 2018,
 * with addition as the composition). A query meets each codeword once,
 *
 * <pre>T[m][k] = query . codeword[m][k],   score of v = sum over m of T[m][code_m(v)],</pre>
 *
 * so a query costs M K N multiplications and then at most M additions an item instead of N
 * multiplications: of items in the order of their codes, most are ruled out in groups ({@link
 * CodeTree}). Memory: M bytes an item rounded up to four (2 M above 256 codewords), 4 more when
 * rows are divided by their length, the tree's, 4 M K N for the codebooks; of a session 8 M K.
 */
final class CodeTable implements ItemTable {
  private final int dimension;
  private final int codebooks;
  private final int codewords; // in each codebook
  private final int items;
  private final Codes codes; // (codebooks, items)
  private final float[][] books; // (dimension, codebooks x codewords)
  private final float @Nullable [] inverseLengths; // (items), null when rows are used as they are
  private final @Nullable CodeTree tree; // null when the items are not in the order of their codes

  private CodeTable(
      int codebooks,
      int codewords,
      int items,
      Codes codes,
      float[][] books,
      float @Nullable [] inverseLengths,
      boolean sorted) {
    dimension = books.length;
    this.codebooks = codebooks;
    this.codewords = codewords;
    this.items = items;
    this.codes = codes;
    this.books = books;
    this.inverseLengths = inverseLengths;
    tree = sorted ? CodeTree.build(codes, codebooks, items, inverseLengths) : null;
  }

  static CodeTable read(ByteReader codeSection, ByteReader bookSection, ModelHeader header)
      throws ModelFileException {
    int codebooks = readCodebooks(codeSection);
    int codewords = readCodewords(codeSection);
    int items = header.itemCount();
    int dimension = header.dimension();
    CodeReader read = CodeReader.read(codeSection, header, codebooks, codewords);
    float[] rows = Tensor.read(bookSection, "codebooks", (long) codebooks * codewords, dimension);
    bookSection.finish();
    return of(
        read.codes(), codebooks, codewords, items, rows, header.unitRows(), header.version() > 1);
  }

  /**
   * A table of codes and codewords.
   *
   * @param codes (codebooks, items)
   * @param rows (codebooks x codewords, dimension); codeword k of codebook m is row m K + k
   * @param unitRows whether rows are divided by their length before every use
   * @param sorted whether the items are in ascending order of their codes
   */
  static CodeTable of(
      Codes codes,
      int codebooks,
      int codewords,
      int items,
      float[] rows,
      boolean unitRows,
      boolean sorted) {
    int all = codebooks * codewords;
    int dimension = rows.length / all;
    float[] inverseLengths =
        unitRows ? inverseLengths(codes, codebooks, codewords, rows, items, dimension) : null;
    float[][] books = Vectors.transposed(rows, all, dimension);
    return new CodeTable(codebooks, codewords, items, codes, books, inverseLengths, sorted);
  }

  static int readCodebooks(ByteReader reader) throws ModelFileException {
    return reader.within(reader.u16("codebook count"), 1, 64, "codebook count");
  }

  static int readCodewords(ByteReader reader) throws ModelFileException {
    return reader.within(reader.u32("codeword count"), 1, 65_536, "codeword count");
  }

  @Override
  public void row(int item, float[] target, int offset) {
    for (int i = 0; i < dimension; i++) {
      float[] column = books[i];
      float sum = column[codes.code(0, item)];
      for (int m = 1; m < codebooks; m++) {
        sum += column[m * codewords + codes.code(m, item)];
      }
      target[offset + i] = sum;
    }
    if (inverseLengths != null) {
      Vectors.normalise(target, offset, dimension);
    }
  }

  @Override
  public Scorer newScorer() {
    return new CodeScorer();
  }

  /** (items) one over the length of each row, 0 for a zero row. */
  private static float[] inverseLengths(
      Codes codes, int codebooks, int codewords, float[] rows, int items, int dimension) {
    float[] inverse = new float[items];
    // What the codewords of the first codebooks sum to: items in the order of their codes share it.
    float[][] sums = new float[codebooks][dimension];
    for (int item = 0; item < items; item++) {
      int first = item == 0 ? 0 : codes.firstDifference(item);
      if (first == codebooks) {
        inverse[item] = inverse[item - 1];
      } else {
        for (int m = first; m < codebooks; m++) {
          int codeword = m * codewords + codes.code(m, item);
          Vectors.sum(m == 0 ? null : sums[m - 1], rows, codeword * dimension, sums[m]);
        }
        inverse[item] = inverse(Vectors.norm(sums[codebooks - 1], 0, dimension));
      }
    }
    return inverse;
  }

  private static float inverse(double length) {
    // The bound keeps a row of subnormal numbers from turning into infinity.
    return length == 0 ? 0 : (float) Math.min(1 / length, Float.MAX_VALUE);
  }

  private final class CodeScorer implements Scorer {
    private final float[] products = new float[codebooks * codewords]; // T, one after the other
    private final float[][] lookup = new float[codebooks][codewords]; // T, for the codes' sums
    private final BlockScan scan = new BlockScan(items);
    private final CodeTree.@Nullable Search search =
        tree == null ? null : tree.newSearch(lookup, this, scan);

    @Override
    public void prepare(float[] query) {
      Vectors.multiply(books, query, dimension, products);
      for (int m = 0; m < codebooks; m++) {
        System.arraycopy(products, m * codewords, lookup[m], 0, codewords);
      }
    }

    @Override
    public void scores(int from, int to, float[] target, int offset) {
      codes.sums(lookup, from, to, target, offset);
      float[] inverse = inverseLengths;
      if (inverse != null) {
        for (int i = 0; i < to - from; i++) {
          target[offset + i] *= inverse[from + i];
        }
      }
    }

    @Override
    public void search(TopList list) {
      if (search == null || !search.run(list)) {
        scan.offer(this, 0, items, list);
      }
    }
  }
}
