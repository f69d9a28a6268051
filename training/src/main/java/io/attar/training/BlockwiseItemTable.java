package io.attar.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Items in blocks, the rows of each stored in a rank of its own: a row is R numbers times the
 * block's projection (R, N) (Sun et al., CpRec, SIGIR 2020, section 3.2, the input side; here it is
 * the output side too). One block is a low-rank table, and of full rank, without projection, a
 * dense one whose numbers are rounded.
 *
 * <p>The table starts as the best of its shape: block by block the truncated singular value
 * decomposition of the rows it is made of. Everything is trained as it ships, the gradient passing
 * straight through the rounding.
 */
final class BlockwiseItemTable implements FactoredItemTable {
  /** Bits of a number of a projection at least: it acts on every row, and it is small. */
  private static final int PROJECTION_BITS = 8;

  private static final int DENSE_KIND = 1;
  private static final int BLOCKS_KIND = 4;

  private final int dimension;
  private final int bits;
  private final List<Block> blocks;
  private final int[] blockOf; // (V)
  private final int[] places; // (V) within the block

  /**
   * Some items.
   *
   * @param items (k)
   * @param stored (k, R)
   * @param projection (R, N), null when R is N
   */
  private record Block(int[] items, Parameter stored, @Nullable Parameter projection) {}

  /**
   * Items that share a rank.
   *
   * @param items (k)
   * @param rank at most N
   */
  record Part(int[] items, int rank) {}

  private BlockwiseItemTable(int size, int dimension, int bits, List<Block> blocks) {
    this.dimension = dimension;
    this.bits = bits;
    this.blocks = blocks;
    this.blockOf = new int[size];
    this.places = new int[size];
    for (int b = 0; b < blocks.size(); b++) {
      int[] items = blocks.get(b).items();
      for (int i = 0; i < items.length; i++) {
        blockOf[items[i]] = b;
        places[items[i]] = i;
      }
    }
  }

  /**
   * The best table of a shape.
   *
   * @param rows (V, N) what it shall be like
   * @param parts every item once, in the order they ship
   * @param bits of a number as shipped, 8, 4 or 32
   */
  static BlockwiseItemTable of(float[] rows, int dimension, List<Part> parts, int bits, long seed) {
    try (NoGradGuard guard = new NoGradGuard()) {
      List<Block> blocks = new ArrayList<>();
      for (Part part : parts) {
        Tensor own =
            Tensors.of(
                DenseRows.select(rows, part.items(), dimension), part.items().length, dimension);
        String name = String.valueOf(blocks.size());
        if (part.rank() == dimension) {
          blocks.add(new Block(part.items(), Parameter.rowWise("rows" + name, own), null));
        } else {
          Tensor basis =
              Subspace.leading(own, part.rank(), Randoms.seed(seed, "blocks", blocks.size()));
          blocks.add(
              new Block(
                  part.items(),
                  Parameter.rowWise("rows" + name, own.mm(basis)),
                  Parameter.whole("projection" + name, basis.t().contiguous(), 1)));
        }
      }
      return new BlockwiseItemTable(rows.length / dimension, dimension, bits, blocks);
    }
  }

  /** One block of all items in their order. */
  static List<Part> whole(int items, int rank) {
    return List.of(new Part(IntStream.range(0, items).toArray(), rank));
  }

  /**
   * The largest rank below N of one block that stays within so many bytes.
   *
   * @throws IllegalArgumentException when not even rank 1 does
   */
  static int rank(int items, int dimension, int bits, long bytes) {
    int rank = 0;
    while (rank + 1 < dimension && bytes(items, rank + 1, dimension, bits) <= bytes) {
      rank++;
    }
    return atLeastOne(rank, bytes, bytes(items, 1, dimension, bits));
  }

  /** The rank found; refuses one of 0, which is that not even the least fits. */
  static int atLeastOne(int rank, long bytes, long least) {
    if (rank == 0) {
      throw new IllegalArgumentException(
          "table.bytes must be at least " + least + " for these items and this shape: " + bytes);
    }
    return rank;
  }

  /**
   * Blocks by clicks: the most clicked items have rows of full rank N, those of every further block
   * rows {@code divisor} times shorter, and every block holds the same multiple of the items of the
   * block before, the least that stays within so many bytes. The most clicked come last.
   *
   * @throws IllegalArgumentException when no such blocks do
   */
  static List<Part> blocks(
      int[] clickCounts, int dimension, int count, int divisor, int bits, long bytes) {
    int[] ranks = new int[count];
    for (int b = 0; b < count; b++) {
      ranks[b] = b == 0 ? dimension : Math.max(1, ranks[b - 1] / divisor);
    }
    int items = clickCounts.length;
    if (items < count) {
      throw new IllegalArgumentException(
          "table.blocks must be at most the number of items, " + items + ": " + count);
    }
    double low = 0; // logarithm of the multiple
    double high = Math.log(items);
    long least = bytes(sizes(items, count, high), ranks, dimension, bits);
    if (least > bytes) {
      atLeastOne(0, bytes, least);
    }
    if (bytes(sizes(items, count, low), ranks, dimension, bits) > bytes) {
      for (int i = 0; i < 50; i++) {
        double middle = (low + high) / 2;
        if (bytes(sizes(items, count, middle), ranks, dimension, bits) <= bytes) {
          high = middle;
        } else {
          low = middle;
        }
      }
    } else {
      high = low;
    }
    int[] sizes = sizes(items, count, high);
    int[] byClicks =
        IntStream.range(0, items)
            .boxed()
            .sorted(
                Comparator.<Integer>comparingInt(v -> -clickCounts[v])
                    .thenComparing(Comparator.naturalOrder()))
            .mapToInt(v -> v)
            .toArray();
    List<Part> parts = new ArrayList<>();
    int from = 0;
    for (int b = 0; b < count; b++) {
      int[] own = Arrays.copyOfRange(byClicks, from, from + sizes[b]);
      Arrays.sort(own);
      parts.add(0, new Part(own, ranks[b]));
      from += sizes[b];
    }
    return parts;
  }

  /** (blocks) each at least 1, together all items; each about e^growth times the one before. */
  private static int[] sizes(int items, int count, double growth) {
    double sum = 0;
    for (int b = 0; b < count; b++) {
      sum += Math.exp(b * growth);
    }
    int[] sizes = new int[count];
    int left = items;
    for (int b = 0; b < count; b++) {
      int share = (int) Math.round(items * Math.exp(b * growth) / sum);
      int most = left - (count - 1 - b); // every further block has an item too
      sizes[b] = b == count - 1 ? left : Math.max(1, Math.min(most, share));
      left -= sizes[b];
    }
    return sizes;
  }

  private static long bytes(int[] sizes, int[] ranks, int dimension, int bits) {
    long sum = 0;
    for (int b = 0; b < sizes.length; b++) {
      sum += bytes(sizes[b], ranks[b], dimension, bits);
    }
    return sum;
  }

  private static long bytes(int items, int rank, int dimension, int bits) {
    long stored = Integer.BYTES + FactoredItemTable.bytes(1, (long) items * rank, bits);
    return rank == dimension
        ? stored
        : stored + FactoredItemTable.bytes(rank, dimension, Math.max(bits, PROJECTION_BITS));
  }

  @Override
  public int size() {
    return places.length;
  }

  @Override
  public int dimension() {
    return dimension;
  }

  @Override
  public Tensor rows(Tensor indices) {
    return compose(Tensors.ints(indices), true);
  }

  @Override
  public Tensor frozenRows(Tensor indices) {
    try (NoGradGuard guard = new NoGradGuard()) {
      return compose(Tensors.ints(indices), false);
    }
  }

  @Override
  public Tensor allRows() {
    try (NoGradGuard guard = new NoGradGuard()) {
      return compose(IntStream.range(0, size()).toArray(), false);
    }
  }

  private Tensor compose(int[] items, boolean training) {
    TensorVector parts = new TensorVector();
    long[] from = new long[items.length]; // where each item's row stands, block after block
    int filled = 0;
    for (int b = 0; b < blocks.size(); b++) {
      Block block = blocks.get(b);
      int[] own = new int[items.length];
      int count = 0;
      for (int i = 0; i < items.length; i++) {
        if (blockOf[items[i]] == b) {
          from[i] = filled++;
          own[count++] = places[items[i]];
        }
      }
      if (count > 0) {
        Tensor chosen = Tensors.indices(Arrays.copyOf(own, count));
        Tensor stored =
            training
                ? block.stored().activate(chosen)
                : block.stored().value().index_select(0, chosen);
        Tensor rows = FactoredItemTable.shipped(stored, bits);
        Parameter projection = block.projection();
        parts.push_back(
            projection == null
                ? rows
                : rows.mm(FactoredItemTable.shipped(projection.value(), projectionBits())));
      }
    }
    // Rows of one block stand in the order asked for already.
    return parts.size() == 1
        ? parts.get(0)
        : torch.embedding(torch.cat(parts, 0), Tensors.of(from, from.length));
  }

  private int projectionBits() {
    return Math.max(bits, PROJECTION_BITS);
  }

  @Override
  public List<Parameter> parameters() {
    List<Parameter> parameters = new ArrayList<>();
    for (Block block : blocks) {
      parameters.add(block.stored());
      Parameter projection = block.projection();
      if (projection != null) {
        parameters.add(projection);
      }
    }
    return parameters;
  }

  @Override
  public int fileKind() {
    return blocks.size() == 1 && blocks.get(0).projection() == null ? DENSE_KIND : BLOCKS_KIND;
  }

  @Override
  public int bits() {
    return bits;
  }

  @Override
  public int[] order() {
    return blocks.stream().flatMapToInt(block -> Arrays.stream(block.items())).toArray();
  }

  @Override
  public byte[] section() {
    ModelFileWriter.Payload payload = new ModelFileWriter.Payload();
    for (Block block : blocks) {
      Tensor stored = block.stored().value();
      if (fileKind() == DENSE_KIND) {
        FactoredItemTable.append(payload, stored, bits);
      } else if (bits == Quantised.UNROUNDED) {
        payload.u32(block.items().length).floatRow(Tensors.floats(stored));
      } else {
        // Rows are divided by their length before every use, so that their own scales say nothing.
        Quantised own = Quantised.of(stored, bits);
        float[] scale = {1f / (1 << (bits - 1))};
        payload.u32(block.items().length);
        payload.smallTensor(new Quantised(bits, scale, own.integers()));
      }
      Parameter projection = block.projection();
      if (projection != null) {
        FactoredItemTable.append(payload, projection.value(), projectionBits());
      }
    }
    return payload.bytes();
  }

  /** Items x rank of every block. */
  @Override
  public String toString() {
    return blocks.stream()
        .map(block -> block.stored().value().size(0) + " x " + block.stored().value().size(1))
        .collect(Collectors.joining(", "));
  }
}
