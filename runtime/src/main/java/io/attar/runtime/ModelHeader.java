package io.attar.runtime;

/** The MODL section: kinds and sizes, every one within its bounds. */
final class ModelHeader {
  private static final int WEIGHTED_MEAN = 1;
  private static final int SELF_ATTENTION = 2;
  private static final int DENSE = 1;
  private static final int CODES = 2;
  private static final int PRODUCT_CODES = 3; // since version 3
  private static final int BLOCKS = 4; // since version 4
  private static final int TENSOR_TRAIN = 5; // since version 4
  private static final int NEIGHBOURS = 6; // since version 5

  private final int version;
  private final int itemCount; // V
  private final int dimension; // N
  private final int encoder;
  private final int table;
  private final boolean unitRows;
  private final int maximumSessionLength; // L
  private final float scale;

  ModelHeader(ByteReader reader, int version) throws ModelFileException {
    this.version = version;
    itemCount = reader.within(reader.u32("item count"), 1, 1 << 24, "item count");
    dimension = reader.within(reader.u16("dimension"), 1, 4096, "dimension");
    encoder =
        reader.within(reader.u8("encoder kind"), WEIGHTED_MEAN, SELF_ATTENTION, "encoder kind");
    table =
        reader.within(
            reader.u8("item table kind"),
            DENSE,
            version > 4
                ? NEIGHBOURS
                : version > 3 ? TENSOR_TRAIN : version < 3 ? CODES : PRODUCT_CODES,
            "item table kind");
    unitRows = reader.within(reader.u8("rows kind"), 0, 1, "rows kind") == 1;
    maximumSessionLength =
        reader.within(reader.u16("maximum session length"), 1, 1024, "maximum session length");
    scale = reader.f32("scale");
    if (neighbours() && (selfAttention() || dimension > 1)) {
      throw reader.problem("neighbours must come with a weighted mean of dimension 1");
    }
    reader.finish();
  }

  /** Version of the file's format. */
  int version() {
    return version;
  }

  int itemCount() {
    return itemCount;
  }

  int dimension() {
    return dimension;
  }

  boolean selfAttention() {
    return encoder == SELF_ATTENTION;
  }

  boolean codes() {
    return table == CODES || table == PRODUCT_CODES;
  }

  /** Whether every item has a row that is stored as it is. */
  boolean dense() {
    return table == DENSE;
  }

  /** Whether rows are products, of one matrix or of one a block of items. */
  boolean blocks() {
    return table == BLOCKS;
  }

  boolean tensorTrain() {
    return table == TENSOR_TRAIN;
  }

  /** Whether items have neighbours instead of rows. */
  boolean neighbours() {
    return table == NEIGHBOURS;
  }

  /** Whether each codebook has a block of the columns to itself. */
  boolean productCodes() {
    return table == PRODUCT_CODES;
  }

  /** Whether rows are divided by their length before every use. */
  boolean unitRows() {
    return unitRows;
  }

  int maximumSessionLength() {
    return maximumSessionLength;
  }

  float scale() {
    return scale;
  }
}
