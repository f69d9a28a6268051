package io.attar.training;

import org.bytedeco.pytorch.Tensor;

/**
 * A table whose rows are products of a few matrices, all of which ship in one section. What a
 * compressor must answer for: its bytes and, as every {@link ItemTable}, its error.
 */
interface FactoredItemTable extends ItemTable {
  /** What the model file calls it. */
  int fileKind();

  /** Bits of a number as shipped, {@link Quantised#UNROUNDED} when nothing is rounded. */
  int bits();

  /** (V) the trainer's item index by the file's. */
  int[] order();

  /** The section DENS. */
  byte[] section();

  /** A matrix as it ships: what rounding leaves, with the gradient of what was trained. */
  static Tensor shipped(Tensor trained, int bits) {
    if (bits == Quantised.UNROUNDED) {
      return trained;
    }
    Tensor rounded = Tensors.of(Quantised.of(trained, bits).values(), trained.shape());
    return rounded.add(trained.sub(trained.detach()));
  }

  /** Appends a matrix as it ships. */
  static void append(ModelFileWriter.Payload payload, Tensor trained, int bits) {
    if (bits == Quantised.UNROUNDED) {
      payload.floatTensor(trained);
    } else {
      payload.smallTensor(Quantised.of(trained, bits));
    }
  }

  /** Bytes of a matrix in the file. */
  static long bytes(long rows, long columns, int bits) {
    long scales = bits == Quantised.UNROUNDED ? 0 : 4 * rows;
    return 9 + scales + (rows * columns * bits + 7) / 8;
  }
}
