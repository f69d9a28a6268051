package io.attar.training;

import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Leading singular vectors by randomised subspace iteration (Halko, Martinsson and Tropp, SIAM
 * Review 2011, algorithm 4.4).
 */
final class Subspace {
  private static final int OVERSAMPLING = 16;
  private static final int ITERATIONS = 6;

  private Subspace() {}

  /**
   * The leading right singular vectors, the first first. Where the matrix has fewer, any orthogonal
   * ones take their place.
   *
   * @param matrix (m, n)
   * @param rank at most n
   * @return (n, rank) orthonormal columns
   */
  static Tensor leading(Tensor matrix, int rank, long seed) {
    int columns = (int) matrix.size(1);
    int width = Math.min(columns, rank + OVERSAMPLING);
    SplittableRandom random = new SplittableRandom(seed);
    float[] start = new float[columns * width];
    for (int i = 0; i < start.length; i++) {
      start[i] = (float) Randoms.gaussian(random);
    }
    Tensor basis = torch.linalg_qr(Tensors.of(start, columns, width)).get0();
    for (int iteration = 0; iteration < ITERATIONS; iteration++) {
      basis = torch.linalg_qr(matrix.t().mm(matrix.mm(basis))).get0();
    }
    Tensor image = matrix.mm(basis);
    Tensor turn = torch.linalg_eigh(image.t().mm(image)).get1(); // ascending eigenvalues
    return basis.mm(turn.narrow(1, width - rank, rank)).flip(1).contiguous();
  }
}
