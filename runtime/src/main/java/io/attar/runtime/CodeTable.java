package io.attar.runtime;

import java.util.Arrays;
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
 * rows are divided by their length and 4 more with a bias, the tree's, 4 M K N for the codebooks;
 * of a session 8 M K.
 *
 * <p>Of product codes (Jegou, Douze and Schmid, Product Quantization for Nearest Neighbor Search,
 * TPAMI 2011) a codeword is zero but in the N/M columns of its codebook: only those are kept, and a
 * query costs K N multiplications.
 */
final class CodeTable implements ItemTable {
  private final int dimension;
  private final int codebooks;
  private final int codewords; // in each codebook
  private final int items;
  private final Codes codes; // (codebooks, items)
  private final int span; // columns of a codeword: dimension, or dimension / codebooks of products
  private final float[][] books; // (span, codebooks x codewords)
  private final float @Nullable [] inverseLengths; // (items), null when rows are used as they are
  private final float @Nullable [] bias; // (items or more)
  private final @Nullable CodeTree tree; // null when the items are not in the order of their codes

  private CodeTable(
      int dimension,
      int codebooks,
      int codewords,
      int items,
      Codes codes,
      float[][] books,
      float @Nullable [] inverseLengths,
      float @Nullable [] bias,
      boolean sorted) {
    this.dimension = dimension;
    this.span = books.length;
    this.codebooks = codebooks;
    this.codewords = codewords;
    this.items = items;
    this.codes = codes;
    this.books = books;
    this.inverseLengths = inverseLengths;
    this.bias = bias;
    tree = sorted ? CodeTree.build(codes, codebooks, items, inverseLengths, bias) : null;
  }

  /**
   * Reads the sections.
   *
   * @param items those with a code
   * @param bias (items or more), null for none
   */
  static CodeTable read(
      ByteReader codeSection,
      ByteReader bookSection,
      ModelHeader header,
      int items,
      float @Nullable [] bias)
      throws ModelFileException {
    int codebooks = readCodebooks(codeSection);
    int codewords = readCodewords(codeSection);
    int dimension = header.dimension();
    CodeReader read = CodeReader.read(codeSection, header.version(), items, codebooks, codewords);
    int span = header.productCodes() ? dimension / codebooks : dimension;
    float[] rows = Tensor.read(bookSection, "codebooks", (long) codebooks * codewords, span);
    bookSection.finish();
    return of(
        read.codes(),
        dimension,
        codebooks,
        codewords,
        items,
        rows,
        header.unitRows(),
        bias,
        header.version() > 1);
  }

  /**
   * A table of codes and codewords.
   *
   * @param codes (codebooks, items)
   * @param rows (codebooks x codewords, dimension); codeword k of codebook m is row m K + k; of
   *     product codes (codebooks x codewords, dimension / codebooks)
   * @param unitRows whether rows are divided by their length before every use
   * @param bias (items or more) added to the items' scores, null for none
   * @param sorted whether the items are in ascending order of their codes
   */
  static CodeTable of(
      Codes codes,
      int dimension,
      int codebooks,
      int codewords,
      int items,
      float[] rows,
      boolean unitRows,
      float @Nullable [] bias,
      boolean sorted) {
    int all = codebooks * codewords;
    int span = rows.length / all;
    float[] inverseLengths =
        unitRows ? inverseLengths(codes, codebooks, codewords, rows, items, dimension) : null;
    float[][] books = Vectors.transposed(rows, all, span);
    return new CodeTable(
        dimension, codebooks, codewords, items, codes, books, inverseLengths, bias, sorted);
  }

  static int readCodebooks(ByteReader reader) throws ModelFileException {
    return reader.within(reader.u16("codebook count"), 1, 64, "codebook count");
  }

  static int readCodewords(ByteReader reader) throws ModelFileException {
    return reader.within(reader.u32("codeword count"), 1, 65_536, "codeword count");
  }

  @Override
  public void row(int item, float[] target, int offset) {
    if (span < dimension) {
      for (int i = 0; i < dimension; i++) {
        int m = i / span;
        target[offset + i] = books[i % span][m * codewords + codes.code(m, item)];
      }
    } else {
      sumRow(item, target, offset);
    }
    if (inverseLengths != null) {
      Vectors.normalise(target, offset, dimension);
    }
  }

  private void sumRow(int item, float[] target, int offset) {
    for (int i = 0; i < dimension; i++) {
      float[] column = books[i];
      float sum = column[codes.code(0, item)];
      for (int m = 1; m < codebooks; m++) {
        sum += column[m * codewords + codes.code(m, item)];
      }
      target[offset + i] = sum;
    }
  }

  @Override
  public float bias(int item) {
    return bias == null ? 0 : bias[item];
  }

  @Override
  public Scorer newScorer() {
    return new CodeScorer();
  }

  /** (items) one over the length of each row, 0 for a zero row. */
  private static float[] inverseLengths(
      Codes codes, int codebooks, int codewords, float[] rows, int items, int dimension) {
    float[] inverse = new float[items];
    int span = rows.length / (codebooks * codewords);
    // What the codewords of the first codebooks sum to: items in the order of their codes share it.
    // Product codewords do not overlap, so that one vector holds the sums of all levels.
    float[][] sums = new float[codebooks][];
    for (int m = 0; m < codebooks; m++) {
      sums[m] = m > 0 && span < dimension ? sums[0] : new float[dimension];
    }
    for (int item = 0; item < items; item++) {
      int first = item == 0 ? 0 : codes.firstDifference(item);
      if (first == codebooks) {
        inverse[item] = inverse[item - 1];
      } else {
        for (int m = first; m < codebooks; m++) {
          int codeword = m * codewords + codes.code(m, item);
          if (span < dimension) {
            System.arraycopy(rows, codeword * span, sums[m], m * span, span);
          } else {
            Vectors.sum(m == 0 ? null : sums[m - 1], rows, codeword * dimension, sums[m]);
          }
        }
        inverse[item] = inverse(Vectors.norm(sums[codebooks - 1], 0, dimension));
      }
    }
    return inverse;
  }

  /** One over a row's length, 0 of a zero row. */
  static float inverse(double length) {
    // The bound keeps a row of subnormal numbers from turning into infinity.
    return length == 0 ? 0 : (float) Math.min(1 / length, Float.MAX_VALUE);
  }

  private final class CodeScorer implements Scorer {
    // T, one after the other; of product codes not needed
    private final float[] products = new float[span < dimension ? 0 : codebooks * codewords];
    private final float[][] lookup = new float[codebooks][codewords]; // T, for the codes' sums
    private final BlockScan scan = new BlockScan(items, 1);
    private final CodeTree.@Nullable Search search =
        tree == null ? null : tree.newSearch(lookup, this, scan);

    @Override
    public void prepare(float[] query) {
      if (span < dimension) {
        prepareProducts(query);
        return;
      }
      Vectors.multiply(books, query, dimension, products);
      for (int m = 0; m < codebooks; m++) {
        System.arraycopy(products, m * codewords, lookup[m], 0, codewords);
      }
    }

    /** A codebook meets its own part of the query only. */
    private void prepareProducts(float[] query) {
      for (int m = 0; m < codebooks; m++) {
        Arrays.fill(lookup[m], 0);
        for (int i = 0; i < span; i++) {
          Vectors.addRow(query[m * span + i], books[i], m * codewords, lookup[m], 0, codewords);
        }
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
      if (bias != null) {
        Vectors.add(bias, from, target, offset, to - from);
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
