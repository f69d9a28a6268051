package io.attar.training;

import java.util.Arrays;

/**
 * Which convolutions of a {@link NextItNetEncoder} of m blocks, two convolutions each, have one and
 * the same kernel and bias (Sun et al., CpRec, SIGIR 2020, layer-wise parameter sharing). Every
 * place keeps its own dilation and its own norm.
 */
enum LayerSharing {
  /** 2 m kernels. */
  NONE("none"),
  /** One kernel for all, the scheme that the paper's own are compared with. */
  CROSS_LAYER("cross-layer"),
  /** 2 kernels: all blocks have the same first one, and the same second one. */
  CROSS_BLOCK("cross-block"),
  /** m kernels: one a block. */
  ADJACENT_LAYER("adjacent-layer"),
  /** 2 ceil(m / 2) kernels: blocks 2 q and 2 q + 1 are alike. */
  ADJACENT_BLOCK("adjacent-block");

  private final String title;

  LayerSharing(String title) {
    this.title = title;
  }

  /** What options call it. */
  String title() {
    return title;
  }

  static String[] titles() {
    return Arrays.stream(values()).map(LayerSharing::title).toArray(String[]::new);
  }

  static LayerSharing titled(String title) {
    return Arrays.stream(values())
        .filter(each -> each.title.equals(title))
        .findFirst()
        .orElseThrow(
            () -> new IllegalStateException("the options know no sharing of layers " + title));
  }

  /**
   * Number of the kernel at a place; places of the same number share it.
   *
   * @param block from 0
   * @param half 0 for a block's first convolution, 1 for its second
   */
  int kernel(int block, int half) {
    return switch (this) {
      case NONE -> 2 * block + half;
      case CROSS_LAYER -> 0;
      case CROSS_BLOCK -> half;
      case ADJACENT_LAYER -> block;
      case ADJACENT_BLOCK -> block / 2 * 2 + half;
    };
  }
}
