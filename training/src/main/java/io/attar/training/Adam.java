package io.attar.training;

import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * Adam (Kingma and Ba, ICLR 2015; 0.9, 0.999, 1e-8), with a learning-rate factor a parameter. Of a
 * row-wise parameter only the rows in the step's graph move; the bias correction counts all steps.
 * Weight decay is the L2 penalty's gradient and goes through the moments, as in the paper's time.
 */
final class Adam {
  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.999;
  private static final double EPSILON = 1e-8;

  /** Rows of a step from which on sharing them is worth its while. */
  private static final int LEAST_SHARED = 512;

  private final List<Parameter> parameters;
  private final double weightDecay;
  private long steps;

  Adam(List<Parameter> parameters) {
    this(parameters, 0);
  }

  /**
   * An optimiser of these parameters.
   *
   * @param weightDecay factor on a parameter that is added to its gradient
   */
  Adam(List<Parameter> parameters, double weightDecay) {
    this.parameters = List.copyOf(parameters);
    this.weightDecay = weightDecay;
  }

  /** Number of steps made; part of a checkpoint. */
  long steps() {
    return steps;
  }

  void restoreSteps(long made) {
    steps = made;
  }

  /** Moves every parameter that has a gradient, then clears the gradients. */
  void step(double learningRate) {
    steps++;
    double correction1 = 1 - Math.pow(BETA1, (double) steps);
    double correction2 = 1 - Math.pow(BETA2, (double) steps);
    try (NoGradGuard guard = new NoGradGuard()) {
      for (Parameter parameter : parameters) {
        Tensor gradient = parameter.gradient();
        if (gradient != null) {
          double rate = learningRate * parameter.learningRateFactor() / correction1;
          Tensor rows = parameter.activeRows();
          if (rows == null) {
            move(
                parameter.value(),
                parameter.firstMoment(),
                parameter.secondMoment(),
                gradient,
                rate,
                correction2);
          } else {
            moveRows(parameter, rows, gradient, rate, correction2);
          }
        }
        parameter.clearGradient();
      }
    }
  }

  /** The rows of a step, which are distinct: so none is moved by two workers. */
  private void moveRows(
      Parameter parameter, Tensor rows, Tensor slopes, double rate, double correction2) {
    Workers workers = TorchEnvironment.workers();
    long count = rows.numel();
    int pieces = count < LEAST_SHARED ? 1 : workers.count();
    workers.run(
        pieces,
        (piece, turn) -> {
          // Both belong to the thread.
          try (NoGradGuard guard = new NoGradGuard();
              PointerScope scope = new PointerScope()) {
            long from = count * piece / pieces;
            long size = count * (piece + 1) / pieces - from;
            Tensor part = rows.narrow(0, from, size);
            Tensor value = parameter.value().index_select(0, part);
            Tensor first = parameter.firstMoment().index_select(0, part);
            Tensor second = parameter.secondMoment().index_select(0, part);
            move(value, first, second, slopes.narrow(0, from, size), rate, correction2);
            parameter.value().index_copy_(0, part, value);
            parameter.firstMoment().index_copy_(0, part, first);
            parameter.secondMoment().index_copy_(0, part, second);
          }
        });
  }

  private void move(
      Tensor value, Tensor first, Tensor second, Tensor slope, double rate, double correction2) {
    Tensor gradient =
        weightDecay == 0 ? slope : slope.add(value.detach(), Tensors.scalar(weightDecay));
    first.mul_(Tensors.scalar(BETA1)).add_(gradient, Tensors.scalar(1 - BETA1));
    second.mul_(Tensors.scalar(BETA2)).addcmul_(gradient, gradient, Tensors.scalar(1 - BETA2));
    Tensor denominator =
        second.div(Tensors.scalar(correction2)).sqrt_().add_(Tensors.scalar(EPSILON));
    value.addcdiv_(first, denominator, Tensors.scalar(-rate));
  }
}
