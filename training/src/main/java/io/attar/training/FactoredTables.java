package io.attar.training;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** Makes the rivals of codes from what options say. */
final class FactoredTables {
  private FactoredTables() {}

  /**
   * The table to start from, the one of its shape that is most like the teacher's rows.
   *
   * @param rows (V, N) the teacher's, as they are scored
   * @param clickCounts (V)
   * @throws IllegalArgumentException when no table of the kind fits the bytes, or the shape does
   *     not fit the dimension
   */
  static FactoredItemTable of(
      TableOptions options, float[] rows, int dimension, int[] clickCounts, long seed) {
    int items = clickCounts.length;
    int bits = options.bits();
    return switch (options.kind()) {
      case TableOptions.DENSE ->
          BlockwiseItemTable.of(
              rows, dimension, BlockwiseItemTable.whole(items, dimension), bits, seed);
      case TableOptions.LOW_RANK -> {
        int rank =
            options.rank() > 0
                ? options.rank()
                : BlockwiseItemTable.rank(items, dimension, bits, options.bytes());
        if (rank >= dimension) {
          throw new IllegalArgumentException(
              "table.rank of a low-rank table must be below teacher.dimension, "
                  + dimension
                  + ": "
                  + rank
                  + "; choose a lower one, or table.kind dense");
        }
        yield BlockwiseItemTable.of(
            rows, dimension, BlockwiseItemTable.whole(items, rank), bits, seed);
      }
      case TableOptions.BLOCK_WISE ->
          BlockwiseItemTable.of(
              rows, dimension, blocks(options, dimension, clickCounts), bits, seed);
      case TableOptions.TENSOR_TRAIN, TableOptions.SEMI_TENSOR_TRAIN -> {
        int interleave =
            options.kind().equals(TableOptions.SEMI_TENSOR_TRAIN) ? TrainShape.SEMI : 1;
        TrainShape shape =
            options.rank() > 0
                ? TrainShape.of(items, dimension, options.cores(), interleave, options.rank())
                : TrainShape.within(
                    items, dimension, options.cores(), interleave, bits, options.bytes());
        yield TensorTrainItemTable.of(rows, shape, bits, seed);
      }
      default -> throw new IllegalStateException("the options know no table " + options.kind());
    };
  }

  /** The blocks of a block-wise table, the most clicked items last. */
  static List<BlockwiseItemTable.Part> blocks(
      TableOptions options, int dimension, int[] clickCounts) {
    return BlockwiseItemTable.blocks(
        clickCounts,
        dimension,
        options.blocks(),
        options.rankDivisor(),
        options.bits(),
        options.bytes());
  }

  /** What a table ships and how far it is from the rows that it was made of. */
  static ObjectNode description(FactoredItemTable table, double errorAtStart, double error) {
    ObjectNode description = new ObjectMapper().createObjectNode();
    description.put("bytes", table.section().length);
    description.put("shape", table.toString());
    description.put("reconstructionErrorAtStart", errorAtStart);
    description.put("reconstructionError", error);
    return description;
  }
}
