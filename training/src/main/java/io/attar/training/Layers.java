package io.attar.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/**
 * The parameters of an encoder in the order they are made, and the usual layers over them. Every
 * parameter made here is one of {@link #parameters}: none can be forgotten by the optimiser.
 */
final class Layers {
  private final SplittableRandom random;
  private final List<Parameter> parameters = new ArrayList<>();

  Layers(long seed) {
    this.random = new SplittableRandom(seed);
  }

  /** All parameters so far. */
  List<Parameter> parameters() {
    return List.copyOf(parameters);
  }

  /** (rows, columns) from the uniform distribution between {@code -bound} and {@code bound}. */
  Parameter uniform(String name, int rows, int columns, double bound) {
    return add(name, Tensors.of(uniform(random, rows * columns, bound), rows, columns));
  }

  /** So many numbers between {@code -bound} and {@code bound}. */
  static float[] uniform(SplittableRandom random, int count, double bound) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (bound * (2 * random.nextDouble() - 1));
    }
    return values;
  }

  /** (rows, columns) from a normal distribution around zero. */
  Parameter gaussian(String name, int rows, int columns, double deviation) {
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (deviation * Randoms.gaussian(random));
    }
    return add(name, Tensors.of(values, rows, columns));
  }

  /** (1, size) of zeros. */
  Parameter zeros(String name, int size) {
    return add(name, Tensors.zeros(1, size));
  }

  /** (1, size) of one number. */
  Parameter constant(String name, int size, float value) {
    float[] values = new float[size];
    Arrays.fill(values, value);
    return add(name, Tensors.of(values, 1, size));
  }

  private Parameter add(String name, Tensor value) {
    Parameter parameter = Parameter.whole(name, value, 1);
    parameters.add(parameter);
    return parameter;
  }

  /** The bound of Glorot and Bengio's uniform start (AISTATS 2010). */
  static double glorot(int outputs, int inputs) {
    return Math.sqrt(6.0 / (outputs + inputs));
  }

  /** A layer whose weights start normal around zero and whose biases start at zero. */
  Linear gaussianLinear(String name, int outputs, int inputs, double deviation) {
    return new Linear(
        gaussian(name + ".weight", outputs, inputs, deviation), zeros(name + ".bias", outputs));
  }

  /** A layer whose weights start between the bounds and whose biases start at zero. */
  Linear linear(String name, int outputs, int inputs, double bound) {
    return new Linear(
        uniform(name + ".weight", outputs, inputs, bound), zeros(name + ".bias", outputs));
  }

  /**
   * y = W x + b.
   *
   * @param weight (outputs, inputs) W
   * @param bias (1, outputs) b
   */
  record Linear(Parameter weight, Parameter bias) {
    /** (..., inputs) to (..., outputs). */
    Tensor apply(Tensor x) {
      return x.matmul(weight.value().t()).add(bias.value());
    }
  }

  /** Layer normalisation, gains 1 and biases 0 at the start. */
  Norm norm(String name, int size, double epsilon) {
    float[] values = new float[2 * size];
    Arrays.fill(values, 0, size, 1f);
    return new Norm(add(name, Tensors.of(values, 2, size)), epsilon);
  }

  /**
   * Layer normalisation (Ba, Kiros and Hinton 2016).
   *
   * @param gainAndBias (2, size)
   * @param epsilon added to the variance
   */
  record Norm(Parameter gainAndBias, double epsilon) {
    /** (..., size) likewise. */
    Tensor apply(Tensor x) {
      Tensor both = gainAndBias.value();
      return torch.layer_norm(
          x,
          new long[] {both.size(1)},
          new TensorOptional(both.select(0, 0)),
          new TensorOptional(both.select(0, 1)),
          epsilon,
          false);
    }
  }

  /** A gated recurrent unit, all its numbers between the bounds at the start. */
  GatedRecurrentCell gatedRecurrentCell(
      String name, int hidden, int inputs, double inputBound, double hiddenBound) {
    return new GatedRecurrentCell(
        new Linear(
            uniform(name + ".input.weight", 3 * hidden, inputs, inputBound),
            zeros(name + ".input.bias", 3 * hidden)),
        new Linear(
            uniform(name + ".hidden.weight", 3 * hidden, hidden, hiddenBound),
            zeros(name + ".hidden.bias", 3 * hidden)));
  }
}
