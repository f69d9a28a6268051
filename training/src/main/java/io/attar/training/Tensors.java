package io.attar.training;

import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** The few conversions and operations on tensors that every part of the training engine needs. */
final class Tensors {
  private static final double SMALLEST_SQUARE = 1e-24;

  private Tensors() {}

  /** A copy of an array as a tensor of the given shape. */
  static Tensor of(float[] values, long... shape) {
    return Tensor.create(values, shape);
  }

  /** A copy of an array as an index tensor of the given shape. */
  static Tensor of(long[] values, long... shape) {
    return Tensor.create(values, shape);
  }

  /** A copy of an array as an index tensor (values.length). */
  static Tensor indices(int[] values) {
    long[] wide = new long[values.length];
    for (int i = 0; i < values.length; i++) {
      wide[i] = values[i];
    }
    return Tensor.create(wide, values.length);
  }

  static Tensor zeros(long... shape) {
    return torch.zeros(shape);
  }

  /** A share of the numbers hidden, the others enlarged to make up for it; 0 leaves all alone. */
  static Tensor drop(Tensor tensor, double share) {
    return share > 0 ? torch.dropout(tensor, share, true) : tensor;
  }

  /** All numbers of a float tensor, row by row. */
  static float[] floats(Tensor tensor) {
    try (Tensor flat = tensor.detach().contiguous()) {
      float[] values = new float[Math.toIntExact(flat.numel())];
      flat.<FloatBuffer>createBuffer().get(values);
      return values;
    }
  }

  /** All numbers of an index tensor, row by row. */
  static int[] ints(Tensor tensor) {
    try (Tensor flat = tensor.contiguous()) {
      LongBuffer buffer = flat.createBuffer();
      int[] values = new int[Math.toIntExact(flat.numel())];
      for (int i = 0; i < values.length; i++) {
        values[i] = Math.toIntExact(buffer.get(i));
      }
      return values;
    }
  }

  /** Overwrites a tensor with an array of as many numbers. */
  static void assign(Tensor target, float[] values) {
    if (target.numel() != values.length) {
      throw new IllegalArgumentException(
          "a tensor of " + target.numel() + " numbers cannot hold " + values.length);
    }
    try (Tensor flat = target.detach().contiguous()) {
      flat.<FloatBuffer>createBuffer().put(values);
    }
  }

  /**
   * Single numbers of a parameter by place, with a gradient that adds up in one pass; torch's own
   * embedding adds row by row, which costs a hundred times as much for rows of one number.
   *
   * @param places (n)
   * @return (n)
   */
  static Tensor pick(Tensor numbers, Tensor places) {
    return numbers.view(-1).gather(0, places);
  }

  /** Rows divided by their length; a zero row stays zero (rows, N). */
  static Tensor unitRows(Tensor rows) {
    Tensor lengths =
        rows.mul(rows)
            .sum(new long[] {-1}, true, noType())
            .clamp_min(scalar(SMALLEST_SQUARE))
            .sqrt();
    return rows.div(lengths);
  }

  static org.bytedeco.pytorch.ScalarTypeOptional noType() {
    return new org.bytedeco.pytorch.ScalarTypeOptional();
  }

  static Scalar scalar(double value) {
    return new Scalar(value);
  }

  /** Sum over the last dimension. */
  static Tensor sumLast(Tensor tensor) {
    return tensor.sum(new long[] {-1}, false, noType());
  }
}
