package io.attar.training;

/**
 * What the student's item table is: codes and codebooks, or one of their rivals, which are trained,
 * distilled, shipped and measured like them.
 *
 * @param kind what {@link StudentOptions} say (their codes and codebooks), {@code dense} (a row an
 *     item), {@code low-rank} (a short row an item and one projection), {@code block-wise} (CpRec:
 *     the more an item is clicked, the longer its row), {@code tensor-train} (TT-Rec, LLRec) or
 *     {@code semi-tensor-train} (OD-Rec)
 * @param rank of a low-rank table or a tensor train; 0 = the largest within {@code bytes}
 * @param bytes what the table may take in the file, from which ranks or the sizes of blocks follow;
 *     0 = what {@code rank} says
 * @param bits of a number as shipped, 8 or 4; training sees what they leave; 32 rounds nothing,
 *     neither the table nor the encoder's weights
 * @param blocks of a block-wise table
 * @param rankDivisor how many times shorter the rows of each block are than those of the block
 *     before it, which holds more clicked items
 * @param cores of a tensor train
 */
public record TableOptions(
    String kind, int rank, int bytes, int bits, int blocks, int rankDivisor, int cores) {
  /** Codes and codebooks. */
  public static final String CODES = "codes";

  /** A row an item. */
  public static final String DENSE = "dense";

  /** A short row an item, and one projection for all. */
  public static final String LOW_RANK = "low-rank";

  /** Blocks of items by clicks, each of a rank of its own. */
  public static final String BLOCK_WISE = "block-wise";

  /** A product of one small matrix from each core. */
  public static final String TENSOR_TRAIN = "tensor-train";

  /** The same with the semi-tensor product, two columns sharing the later cores. */
  public static final String SEMI_TENSOR_TRAIN = "semi-tensor-train";

  /** Checks each value against its range, and that the table's size is said once. */
  public TableOptions {
    Require.oneOf(
        "table.kind", kind, CODES, DENSE, LOW_RANK, BLOCK_WISE, TENSOR_TRAIN, SEMI_TENSOR_TRAIN);
    Require.between("table.rank", rank, 0, 4096);
    Require.between("table.bytes", bytes, 0, Integer.MAX_VALUE);
    if (bits != 4 && bits != 8 && bits != Quantised.UNROUNDED) {
      throw new IllegalArgumentException("table.bits must be 4, 8 or 32: " + bits);
    }
    Require.between("table.blocks", blocks, 2, 64);
    Require.between("table.rankDivisor", rankDivisor, 2, 4096);
    Require.between("table.cores", cores, 2, 4);
    boolean sized = !kind.equals(CODES) && !kind.equals(DENSE);
    if (sized && !kind.equals(BLOCK_WISE) && (rank == 0) == (bytes == 0)) {
      throw new IllegalArgumentException(
          "table.rank or table.bytes must be above 0 when table.kind is "
              + kind
              + ", and the other 0: "
              + rank
              + " and "
              + bytes);
    }
    if (kind.equals(BLOCK_WISE) && bytes == 0) {
      throw new IllegalArgumentException(
          "table.bytes must be above 0 when table.kind is block-wise: the sizes of its blocks"
              + " follow from it");
    }
  }

  /** The one place of the table's defaults: codes. */
  public static TableOptions defaults() {
    return new TableOptions(CODES, 0, 0, 8, 3, 4, 2);
  }

  /** Whether the table is what {@link StudentOptions} say. */
  public boolean codes() {
    return kind.equals(CODES);
  }
}
