package io.attar.training;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Scaled dot-product attention in heads, of every click to those that it sees (Vaswani et al., NIPS
 * 2017).
 *
 * @param dimension length of a click's vector, N
 * @param heads H, must divide it
 */
record Attention(int dimension, int heads) {
  /** Taken from the score of what a click must not see: nothing is left of its share. */
  private static final double HIDDEN = 10_000;

  Attention {
    if (heads < 1 || dimension % heads != 0) {
      throw new IllegalArgumentException(
          "heads must divide the dimension " + dimension + ": " + heads);
    }
  }

  /**
   * Mixes values by how alike queries and keys are.
   *
   * @param queries (R, P, N)
   * @param keys (R, P, N)
   * @param values (R, P, N)
   * @param batch says which click sees which
   * @param dropout share of the attention that is hidden
   * @return (R, P, N)
   */
  Tensor mix(Tensor queries, Tensor keys, Tensor values, SessionBatch batch, double dropout) {
    // Padding slots see nothing: a zero mask everywhere gives them a uniform, finite attention.
    Tensor hiding = batch.visible().sub(Tensors.scalar(1)).mul(Tensors.scalar(HIDDEN)).unsqueeze(1);
    Tensor scores =
        torch
            .matmul(split(queries), split(keys).transpose(2, 3))
            .mul(Tensors.scalar(1 / Math.sqrt((double) dimension / heads)))
            .add(hiding);
    return torch
        .matmul(Tensors.drop(torch.softmax(scores, -1), dropout), split(values))
        .transpose(1, 2)
        .reshape(queries.size(0), queries.size(1), dimension);
  }

  /** (R, P, N) to (R, H, P, N/H). */
  private Tensor split(Tensor tensor) {
    return tensor.view(tensor.size(0), tensor.size(1), heads, dimension / heads).transpose(1, 2);
  }
}
