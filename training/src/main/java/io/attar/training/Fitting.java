package io.attar.training;

import it.unimi.dsi.fastutil.floats.FloatArrayList;
import it.unimi.dsi.fastutil.longs.LongArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * One model being fitted: makes steps, with or without a teacher. A step's randomness depends on
 * its number alone, so a resumed run draws what an undisturbed one does.
 */
final class Fitting implements Steps {
  private static final int LOSS_BLOCK = 256;

  private final SessionModel model;
  private final @Nullable SessionModel teacher;
  private Adam adam;
  private final CandidateSampler sampler;
  private final double dropout;
  private final double softTargetWeight;
  private final long seed;
  private SoftmaxLoss loss = new SoftmaxLoss(LOSS_BLOCK);
  private final int[] place; // (V) scratch for ActiveItems and candidate columns
  private final @Nullable Votes neighbours;
  private @Nullable StepClock clock;
  private int lastCandidates;
  private final double neighbourWeight;

  /**
   * A model about to be fitted.
   *
   * @param teacher of the same catalogue, without biases, or null; nothing here moves it
   * @param neighbours soft targets for the sessions that steps will be made on, or null
   */
  Fitting(
      SessionModel model,
      @Nullable SessionModel teacher,
      @Nullable Votes neighbours,
      double neighbourWeight,
      CandidateSampler sampler,
      double dropout,
      double softTargetWeight,
      long seed) {
    this.model = model;
    this.teacher = teacher;
    this.neighbours = neighbours;
    this.neighbourWeight = neighbourWeight;
    this.adam = new Adam(model.parameters());
    this.sampler = sampler;
    this.dropout = dropout;
    this.softTargetWeight = softTargetWeight;
    this.seed = seed;
    this.place = new int[model.table().size()];
    Arrays.fill(place, -1);
  }

  @Override
  public SessionModel model() {
    return model;
  }

  @Override
  public long made() {
    return adam.steps();
  }

  @Override
  public void restore(long made) {
    adam.restoreSteps(made);
  }

  /**
   * A forward pass with its losses.
   *
   * @param losses of the model
   * @param objective whose derivative is the gradient of the weighted losses; its value says
   *     nothing
   * @param view what the model made of the batch, in the graph
   * @param teaching what the teacher made of it, in no graph; null without a teacher
   * @param items where the view's rows hold targets and candidates
   * @param offsets (K) added to every candidate's logit
   */
  record Pass(
      Losses losses,
      Tensor objective,
      SessionModel.View view,
      SessionModel.@Nullable View teaching,
      SessionModel.ActiveItems items,
      Tensor offsets) {}

  /** A step, whatever the progress. */
  @Override
  public Losses step(SessionBatch batch, double learningRate, double progress) {
    return step(batch, learningRate);
  }

  /**
   * Fits with smoothed labels and weight decay; before the first step.
   *
   * @return this
   */
  Fitting regularised(double labelSmoothing, double weightDecay) {
    loss = new SoftmaxLoss(LOSS_BLOCK, labelSmoothing);
    adam = new Adam(model.parameters(), weightDecay);
    return this;
  }

  /** From now on every step says where its time goes. */
  void timeBy(StepClock stepClock) {
    clock = stepClock;
  }

  /** Candidates of the last step. */
  int lastCandidates() {
    return lastCandidates;
  }

  private void mark(String part) {
    if (clock != null) {
      clock.mark(part);
    }
  }

  /**
   * One step on one batch.
   *
   * @throws TrainingException when the loss is not a number
   */
  Losses step(SessionBatch batch, double learningRate) {
    try (PointerScope scope = new PointerScope()) {
      Pass pass = pass(batch, learningRate);
      pass.objective().backward();
      mark("backward");
      move(learningRate);
      mark("Adam");
      return pass.losses();
    }
  }

  /**
   * The first half of a step; its tensors belong to the caller's scope.
   *
   * @param learningRate to be named where the loss is not a number
   * @throws TrainingException when the loss is not a number
   */
  Pass pass(SessionBatch batch, double learningRate) {
    long number = adam.steps();
    torch.manual_seed(Randoms.seed(seed, "dropout", number));
    CandidateSampler.Candidates candidates =
        sampler.draw(
            Randoms.seed(seed, "candidates", number),
            neighbours == null ? new int[0] : neighbours.itemsOf(batch, place));
    SessionBatch.OwnItems own = batch.ownItems();
    SessionModel.ActiveItems items = SessionModel.activeItems(batch, candidates.items(), place);
    mark("candidates and own items");
    model.encoder().training(true);
    SessionModel.Scores scores = model.score(batch, own, items, dropout);
    mark("forward");
    SessionModel.View teaching = teacher == null ? null : teaching(teacher, batch, items);
    SoftmaxLoss.Cases cases =
        new SoftmaxLoss.Cases(
            Tensors.of(candidates.offsets(), candidates.offsets().length),
            hidden(batch, own, candidates.items()),
            isNew(own));
    SoftmaxLoss.Neighbours votes =
        neighbours == null ? null : votes(neighbours, batch, candidates.items());
    lastCandidates = candidates.items().length;
    mark("teacher and votes");
    SoftmaxLoss.Gradients gradients =
        loss.compute(
            new SoftmaxLoss.Side(scores.theta(), scores.candidates(), scores.target()),
            scores.own(),
            cases,
            teaching == null ? null : side(teaching, items),
            softTargetWeight,
            votes);
    mark(TrainingSpeed.SOFTMAX_LOSS);
    if (!Double.isFinite(
        gradients.crossEntropy() + gradients.divergence() + gradients.neighbours())) {
      throw new TrainingException(
          "the loss is not a number at step "
              + number
              + " (label loss "
              + gradients.crossEntropy()
              + ", soft-target loss "
              + gradients.divergence()
              + ", neighbour loss "
              + gradients.neighbours()
              + "): lower the learning rate, now "
              + learningRate);
    }
    // The loss' own gradients enter the graph as the derivative of this inner product.
    Tensor objective =
        scores
            .theta()
            .mul(gradients.theta())
            .sum()
            .add(scores.candidates().mul(gradients.rows()).sum())
            .add(scores.own().mul(gradients.own()).sum())
            .add(scores.target().mul(gradients.target()).sum());
    return new Pass(
        new Losses(
            gradients.crossEntropy(),
            gradients.divergence(),
            gradients.neighbours(),
            batch.caseCount(),
            Map.of()),
        objective,
        new SessionModel.View(scores.rows(), items.inputs(), scores.theta()),
        teaching,
        items,
        cases.offsets());
  }

  /** The second half of a step, after the backward pass. */
  void move(double learningRate) {
    model.table().collectGradient();
    adam.step(learningRate);
  }

  /** The teacher as it stands: its rows are read anew, as it may be learning as well. */
  private static SessionModel.View teaching(
      SessionModel teacher, SessionBatch batch, SessionModel.ActiveItems items) {
    Tensor rows = teacher.usedRows(items.active());
    return new SessionModel.View(
        rows, items.inputs(), teacher.sessionVectors(batch, rows, items.inputs()));
  }

  private static SoftmaxLoss.Side side(SessionModel.View teaching, SessionModel.ActiveItems items) {
    Tensor targets = teaching.rows().index_select(0, items.targets()); // own targets do not count
    return new SoftmaxLoss.Side(
        teaching.theta(),
        teaching.rows().index_select(0, items.candidates()),
        Tensors.sumLast(teaching.theta().mul(targets)));
  }

  private SoftmaxLoss.Neighbours votes(Votes targets, SessionBatch batch, int[] candidates) {
    for (int k = candidates.length - 1; k >= 0; k--) {
      place[candidates[k]] = k; // An item voted for stands once, before the sample.
    }
    LongArrayList places = new LongArrayList();
    FloatArrayList shares = new FloatArrayList();
    float[] targetShare = new float[batch.caseCount()];
    float[] mass = new float[batch.caseCount()];
    for (int b = 0; b < batch.caseCount(); b++) {
      int click = batch.clicks()[b];
      for (int n = 0; n < Votes.KEPT && targets.item(click, n) >= 0; n++) {
        float share = targets.share(click, n);
        int item = targets.item(click, n);
        if (item == batch.targets()[b]) {
          targetShare[b] = share;
        } else {
          places.add((long) b * candidates.length + place[item]);
          shares.add(share);
        }
        mass[b] += share;
      }
    }
    for (int candidate : candidates) {
      place[candidate] = -1;
    }
    return new SoftmaxLoss.Neighbours(
        places.toLongArray(),
        shares.toFloatArray(),
        Tensors.of(targetShare, targetShare.length),
        Tensors.of(mass, mass.length),
        neighbourWeight);
  }

  private static Tensor isNew(SessionBatch.OwnItems own) {
    float[] values = new float[own.targetSlot().length];
    for (int b = 0; b < values.length; b++) {
      values[b] = own.targetSlot()[b] < 0 ? 1 : 0;
    }
    return Tensors.of(values, values.length);
  }

  /** Flat places of the candidates that are an own item or the target of a case, ascending. */
  private long[] hidden(SessionBatch batch, SessionBatch.OwnItems own, int[] candidates) {
    // Columns of each candidate item as a chain: place -> first column, next -> the one after.
    int[] next = new int[candidates.length];
    for (int k = candidates.length - 1; k >= 0; k--) {
      next[k] = place[candidates[k]];
      place[candidates[k]] = k;
    }
    LongArrayList hidden = new LongArrayList();
    for (int b = 0; b < batch.caseCount(); b++) {
      int from = hidden.size();
      if (own.targetSlot()[b] < 0) {
        addColumns(hidden, b, candidates.length, batch.targets()[b], next);
      }
      for (int t = 0; t < batch.width(); t++) {
        if (own.own()[b * batch.width() + t]) {
          addColumns(hidden, b, candidates.length, batch.itemInRow(b, t), next);
        }
      }
      Arrays.sort(hidden.elements(), from, hidden.size());
    }
    for (int candidate : candidates) {
      place[candidate] = -1;
    }
    return hidden.toLongArray();
  }

  private void addColumns(LongArrayList hidden, int b, int count, int item, int[] next) {
    for (int k = place[item]; k >= 0; k = next[k]) {
      hidden.add((long) b * count + k);
    }
  }

  /** The parameters in a fixed order. */
  List<Parameter> parameters() {
    return model.parameters();
  }

  @Override
  public Map<String, Parameter> state() {
    Map<String, Parameter> state = new LinkedHashMap<>();
    parameters().forEach(parameter -> state.put(parameter.name(), parameter));
    return state;
  }
}
