package io.attar.training;

import java.util.List;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * Adagrad with momentum, as GRU4Rec has it: s += g^2; m = momentum m - rate g / sqrt(s + 1e-6); x
 * += m. A parameter's first moment is m, its second s; of a row-wise parameter only the rows in the
 * step's graph move.
 */
final class Adagrad {
  private static final double EPSILON = 1e-6;

  private final List<Parameter> parameters;
  private final double learningRate;
  private final double momentum;

  Adagrad(List<Parameter> parameters, double learningRate, double momentum) {
    this.parameters = List.copyOf(parameters);
    this.learningRate = learningRate;
    this.momentum = momentum;
  }

  /** Moves every parameter that has a gradient, then clears the gradients. */
  void step() {
    try (NoGradGuard guard = new NoGradGuard()) {
      for (Parameter parameter : parameters) {
        Tensor gradient = parameter.gradient();
        if (gradient != null) {
          Tensor rows = parameter.activeRows();
          if (rows == null) {
            move(parameter.value(), parameter.firstMoment(), parameter.secondMoment(), gradient);
          } else {
            Tensor value = parameter.value().index_select(0, rows);
            Tensor move = parameter.firstMoment().index_select(0, rows);
            Tensor squares = parameter.secondMoment().index_select(0, rows);
            move(value, move, squares, gradient);
            parameter.value().index_copy_(0, rows, value);
            parameter.firstMoment().index_copy_(0, rows, move);
            parameter.secondMoment().index_copy_(0, rows, squares);
          }
        }
        parameter.clearGradient();
      }
    }
  }

  private void move(Tensor value, Tensor move, Tensor squares, Tensor gradient) {
    squares.addcmul_(gradient, gradient, Tensors.scalar(1));
    move.mul_(Tensors.scalar(momentum))
        .addcdiv_(
            gradient, squares.add(Tensors.scalar(EPSILON)).sqrt_(), Tensors.scalar(-learningRate));
    value.add_(move);
  }
}
