package io.attar.training;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Fits a model whose output side is a {@link TreeSoftmax} (CpRec whole): cross-entropy at every
 * position by automatic differentiation, Adam. A step's randomness depends on its number alone.
 */
final class TreeSoftmaxTraining implements Steps {
  private final SessionModel model;
  private final TreeSoftmax tree;
  private final Adam adam;
  private final double dropout;
  private final long seed;
  private final int[] place; // (V) scratch of activeItems

  /**
   * A training about to start.
   *
   * @param model that scores by the tree
   * @param dropout share of each clicked item's vector that is hidden
   * @param weightDecay factor on every parameter that is added to its gradient
   */
  TreeSoftmaxTraining(
      SessionModel model, TreeSoftmax tree, double dropout, double weightDecay, long seed) {
    this.model = model;
    this.tree = tree;
    this.adam = new Adam(model.parameters(), weightDecay);
    this.dropout = dropout;
    this.seed = seed;
    this.place = new int[model.table().size()];
    Arrays.fill(place, -1);
  }

  @Override
  public SessionModel model() {
    return model;
  }

  @Override
  public Losses step(SessionBatch batch, double learningRate, double progress) {
    try (PointerScope scope = new PointerScope()) {
      torch.manual_seed(Randoms.seed(seed, "dropout", adam.steps()));
      Tensor loss = loss(batch);
      double value = loss.item_double();
      if (!Double.isFinite(value)) {
        throw new TrainingException(
            "the loss is not a number at step "
                + adam.steps()
                + " (label loss "
                + value
                + "): lower the learning rate, now "
                + learningRate);
      }
      loss.backward();
      model.table().collectGradient();
      adam.step(learningRate);
      return new Losses(value, 0, 0, batch.caseCount(), Map.of());
    }
  }

  /** The step's loss in its graph. */
  Tensor loss(SessionBatch batch) {
    SessionModel.ActiveItems items = SessionModel.activeInputs(batch, place);
    Tensor clicked =
        torch
            .embedding(model.table().rows(items.active()), items.inputs())
            .view(batch.rows(), batch.width(), model.table().dimension());
    Tensor seen = Tensors.drop(clicked, dropout);
    model.encoder().training(true);
    Tensor sessions =
        model
            .encoder()
            .encode(seen, batch)
            .reshape((long) batch.rows() * batch.width(), model.table().dimension());
    return tree.loss(
        torch.embedding(sessions, Tensors.indices(batch.positions())), batch.targets());
  }

  @Override
  public Map<String, Parameter> state() {
    Map<String, Parameter> state = new LinkedHashMap<>();
    model.parameters().forEach(parameter -> state.put(parameter.name(), parameter));
    return state;
  }

  @Override
  public long made() {
    return adam.steps();
  }

  @Override
  public void restore(long made) {
    adam.restoreSteps(made);
  }
}
