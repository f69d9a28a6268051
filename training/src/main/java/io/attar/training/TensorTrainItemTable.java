package io.attar.training;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A tensor train: a row is the product of d small matrices, one from each core, chosen by the
 * item's digits (TT-Rec, Yin et al., MLSys 2021; LLRec, Wang et al., WWW 2020), or a semi-tensor
 * train (OD-Rec, Xia et al., SIGIR 2022, in its standard layout); see {@link TrainShape}.
 *
 * <p>It starts as the truncated decomposition of the rows it shall be like (TT-SVD, Oseledets, SIAM
 * J. Sci. Comput. 2011, algorithm 1), of items put in an order in which like ones share digits; the
 * papers start at random, in the order of the catalogue. The cores are trained as they ship, the
 * gradient passing straight through the rounding. A step costs a row's product an active item: N R
 * numbers of memory and R times as many multiplications.
 */
final class TensorTrainItemTable implements FactoredItemTable {
  private static final int FILE_KIND = 5;
  private static final int BLOCK = 4096; // items made at a time without gradient

  private final TrainShape shape;
  private final int bits;
  private final int[] order; // (V) item by place
  private final int[] places; // (V) place by item
  private final List<Parameter> cores = new ArrayList<>(); // (I_k, r_(k-1) J_k r_k)

  /**
   * A train of cores.
   *
   * @param order (V) item by place
   * @param cores core k is (I_k, r_(k-1) J_k r_k)
   */
  TensorTrainItemTable(TrainShape shape, int[] order, List<Tensor> cores, int bits) {
    this.shape = shape;
    this.bits = bits;
    this.order = order.clone();
    this.places = new int[order.length];
    for (int place = 0; place < order.length; place++) {
      places[order[place]] = place;
    }
    for (Tensor core : cores) {
      this.cores.add(Parameter.whole("core" + this.cores.size(), core, 1));
    }
  }

  /**
   * The train of a shape that is most like some rows, core by core.
   *
   * @param rows (V, N)
   */
  static TensorTrainItemTable of(float[] rows, TrainShape shape, int bits, long seed) {
    int[] order = ItemOrder.alike(rows, shape.dimension());
    List<float[]> cores = decompose(rows, shape, order, seed);
    balance(cores);
    List<Tensor> tensors = new ArrayList<>();
    for (int k = 0; k < cores.size(); k++) {
      tensors.add(Tensors.of(cores.get(k), shape.radices()[k], shape.columns(k)));
    }
    return new TensorTrainItemTable(shape, order, tensors, bits);
  }

  private static List<float[]> decompose(float[] rows, TrainShape shape, int[] order, long seed) {
    try (NoGradGuard guard = new NoGradGuard();
        PointerScope scope = new PointerScope()) {
      Tensor left = Tensors.of(unfolded(rows, shape, order), shape.capacity(), shape.dimension());
      List<float[]> cores = new ArrayList<>();
      for (int k = 0; k < shape.cores(); k++) {
        int before = shape.ranks()[k] * shape.radices()[k] * shape.widths()[k];
        Tensor matrix = left.reshape(before, -1); // (r_(k-1) I_k J_k, what is behind)
        Tensor core = matrix;
        if (k + 1 < shape.cores()) {
          int rank = shape.ranks()[k + 1];
          core = Subspace.leading(matrix.t(), rank, Randoms.seed(seed, "train", k));
          left = core.t().mm(matrix);
        }
        cores.add(
            Tensors.floats(core.view(shape.ranks()[k], shape.radices()[k], -1).transpose(0, 1)));
      }
      return cores;
    }
  }

  /** Rows as an array over (i_1, j_1, i_2, j_2, ...); zero where there is no item. */
  private static float[] unfolded(float[] rows, TrainShape shape, int[] order) {
    int count = shape.cores();
    int[] itemSteps = new int[count];
    int[] columnSteps = new int[count];
    int step = 1;
    for (int k = count - 1; k >= 0; k--) {
      columnSteps[k] = step;
      step *= shape.widths()[k];
      itemSteps[k] = step;
      step *= shape.radices()[k];
    }
    int dimension = shape.dimension();
    int[] columns = new int[dimension];
    for (int c = 0; c < dimension; c++) {
      int rest = shape.column(c);
      for (int k = count - 1; k >= 0; k--) {
        columns[c] += rest % shape.widths()[k] * columnSteps[k];
        rest /= shape.widths()[k];
      }
    }
    float[] unfolded = new float[Math.multiplyExact(shape.capacity(), dimension)];
    for (int place = 0; place < order.length; place++) {
      int at = 0;
      for (int k = 0; k < count; k++) {
        at += shape.digit(place, k) * itemSteps[k];
      }
      for (int c = 0; c < dimension; c++) {
        unfolded[at + columns[c]] = rows[order[place] * dimension + c];
      }
    }
    return unfolded;
  }

  /** Scales the cores so that their numbers are alike in size: Adam moves all by like steps. */
  private static void balance(List<float[]> cores) {
    double[] sizes = new double[cores.size()];
    double mean = 0; // of the logarithms
    for (int k = 0; k < sizes.length; k++) {
      double squares = 0;
      for (float value : cores.get(k)) {
        squares += (double) value * value;
      }
      sizes[k] = Math.log(Math.max(Math.sqrt(squares / cores.get(k).length), 1e-12));
      mean += sizes[k] / sizes.length;
    }
    for (int k = 0; k < sizes.length; k++) {
      float factor = (float) Math.exp(mean - sizes[k]);
      float[] core = cores.get(k);
      for (int i = 0; i < core.length; i++) {
        core[i] *= factor;
      }
    }
  }

  @Override
  public int size() {
    return places.length;
  }

  @Override
  public int dimension() {
    return shape.dimension();
  }

  @Override
  public Tensor rows(Tensor indices) {
    return compose(Tensors.ints(indices), shipped());
  }

  @Override
  public Tensor frozenRows(Tensor indices) {
    try (NoGradGuard guard = new NoGradGuard()) {
      return compose(Tensors.ints(indices), shipped());
    }
  }

  @Override
  public Tensor allRows() {
    float[] all = new float[size() * dimension()];
    try (NoGradGuard guard = new NoGradGuard();
        PointerScope scope = new PointerScope()) {
      List<Tensor> shipped = shipped();
      for (int from = 0; from < size(); from += BLOCK) {
        int to = Math.min(from + BLOCK, size());
        try (PointerScope block = new PointerScope()) {
          float[] rows = Tensors.floats(compose(IntStream.range(from, to).toArray(), shipped));
          System.arraycopy(rows, 0, all, from * dimension(), rows.length);
        }
      }
    }
    return Tensors.of(all, size(), dimension());
  }

  private List<Tensor> shipped() {
    return cores.stream().map(core -> FactoredItemTable.shipped(core.value(), bits)).toList();
  }

  private Tensor compose(int[] items, List<Tensor> shipped) {
    int count = items.length;
    Tensor product = torch.ones(count, 1, 1); // (n, J_1 .. J_(k-1), r_(k-1))
    for (int k = 0; k < shape.cores(); k++) {
      long[] digits = new long[count];
      for (int i = 0; i < count; i++) {
        digits[i] = shape.digit(places[items[i]], k);
      }
      Tensor chosen =
          torch
              .embedding(shipped.get(k), Tensors.of(digits, count))
              .view(count, shape.ranks()[k], -1);
      product = torch.bmm(product, chosen).view(count, -1, shape.ranks()[k + 1]);
    }
    int part = dimension() / shape.interleave();
    return product
        .view(count, shape.interleave(), part)
        .transpose(1, 2)
        .reshape(count, dimension());
  }

  @Override
  public List<Parameter> parameters() {
    return List.copyOf(cores);
  }

  @Override
  public int fileKind() {
    return FILE_KIND;
  }

  @Override
  public int bits() {
    return bits;
  }

  @Override
  public int[] order() {
    return order.clone();
  }

  @Override
  public byte[] section() {
    ModelFileWriter.Payload payload =
        new ModelFileWriter.Payload().u8(shape.cores()).u16(shape.interleave());
    for (int k = 0; k < shape.cores(); k++) {
      if (k + 1 < shape.cores()) {
        payload.u16(shape.ranks()[k + 1]);
      }
      FactoredItemTable.append(payload, cores.get(k).value(), bits);
    }
    return payload.bytes();
  }

  @Override
  public String toString() {
    return shape.toString();
  }
}
