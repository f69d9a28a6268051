package io.attar.training;

import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * One trainable tensor with its Adam moments and its own learning-rate factor.
 *
 * <p>A <em>row-wise</em> parameter (the dense item table) hands out only the rows a step needs;
 * {@link #activate} makes them the leaf of the step's graph and {@link Adam} updates just those.
 */
final class Parameter {
  private final String name;
  private final double learningRateFactor;
  private final boolean rowWise;
  private final Tensor value;
  private final Tensor firstMoment;
  private final Tensor secondMoment;
  private @Nullable Tensor activeRows; // indices of the rows in this step's graph
  private @Nullable Tensor activeLeaf; // (active, columns) the leaf holding them
  private @Nullable Tensor givenGradient; // computed by its owner instead of by the graph

  private Parameter(String name, Tensor value, double learningRateFactor, boolean rowWise) {
    this.name = name;
    this.value = value;
    this.learningRateFactor = learningRateFactor;
    this.rowWise = rowWise;
    this.firstMoment = Tensors.zeros(value.shape());
    this.secondMoment = Tensors.zeros(value.shape());
    if (!rowWise) {
      value.requires_grad_(true);
    }
  }

  /** A parameter that takes part in every step as a whole. */
  static Parameter whole(String name, Tensor value, double learningRateFactor) {
    return new Parameter(name, value, learningRateFactor, false);
  }

  /** A parameter of many rows of which a step touches few. */
  static Parameter rowWise(String name, Tensor value) {
    return rowWise(name, value, 1);
  }

  /** The same with a learning-rate factor of its own. */
  static Parameter rowWise(String name, Tensor value, double learningRateFactor) {
    return new Parameter(name, value, learningRateFactor, true);
  }

  String name() {
    return name;
  }

  double learningRateFactor() {
    return learningRateFactor;
  }

  boolean isRowWise() {
    return rowWise;
  }

  Tensor value() {
    return value;
  }

  Tensor firstMoment() {
    return firstMoment;
  }

  Tensor secondMoment() {
    return secondMoment;
  }

  /**
   * The given distinct rows as a leaf whose gradient the next {@link Adam#step} applies.
   *
   * @param rows (active) distinct row indices
   */
  Tensor activate(Tensor rows) {
    Tensor leaf = value.index_select(0, rows).detach().requires_grad_(true);
    activeRows = rows;
    activeLeaf = leaf;
    return leaf;
  }

  /** Hands in a gradient that the owner worked out itself. */
  void gradient(Tensor given) {
    givenGradient = given;
  }

  @Nullable Tensor activeRows() {
    return activeRows;
  }

  /** The gradient of the last backward pass, or null when none reached this parameter. */
  @Nullable Tensor gradient() {
    if (givenGradient != null) {
      return givenGradient;
    }
    Tensor leaf = rowWise ? activeLeaf : value;
    if (leaf == null) {
      return null;
    }
    Tensor gradient = leaf.grad();
    return gradient.defined() ? gradient : null;
  }

  /** Forgets the step's graph and gradient. */
  void clearGradient() {
    activeRows = null;
    activeLeaf = null;
    givenGradient = null;
    if (!rowWise) {
      // Not zeros: a step that does not reach this parameter must not move it on old momentum,
      // which it would not do either when resumed.
      value.mutable_grad().reset();
    }
  }
}
