package io.attar.training;

import it.unimi.dsi.fastutil.longs.LongArrayList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Encoder, item table and the scores between them: logit of item v = scale cos(theta, row_v), plus,
 * where it is asked for, the item's bias, plus for the session's own items a learned bonus by click
 * count and age. Teacher and student are both this, with other parts; so is a rival, which may
 * score by plain dot products, or by the log probabilities of a {@link TreeSoftmax}, which the
 * table then has no part in.
 *
 * <p>A bias enters every product as one more column: the rows end in their bias, the session
 * vectors in one.
 */
final class SessionModel {
  private static final double INITIAL_SCALE = 14;

  /** Bonus of own items before training, near what training finds. */
  private static final float INITIAL_BONUS = 3f;

  /** All numbers of a row move its logit at once and times the scale, a bias moves it alone. */
  private static final double BIAS_LEARNING_RATE_FACTOR = 20;

  private static final double HIDDEN = -1e30;

  private final SessionEncoder encoder;
  private final ItemTable table;
  private final boolean unitRows;
  private final boolean unitSessions;
  private final Parameter scaleLog; // (1, 1)
  private final Parameter repeatBonus; // (BUCKETS, 1)
  private final @Nullable Parameter itemBias; // (V, 1)
  private final @Nullable TreeSoftmax tree;
  private final List<Parameter> parameters = new ArrayList<>();

  SessionModel(
      SessionEncoder encoder, ItemTable table, boolean unitRows, double scalarLearningRateFactor) {
    this(encoder, table, unitRows, scalarLearningRateFactor, false);
  }

  /**
   * A model of these parts.
   *
   * @param biased whether every item has a bias, 0 at the start
   */
  SessionModel(
      SessionEncoder encoder,
      ItemTable table,
      boolean unitRows,
      double scalarLearningRateFactor,
      boolean biased) {
    this(
        encoder,
        table,
        unitRows,
        true,
        scale(INITIAL_SCALE, scalarLearningRateFactor),
        bonus(scalarLearningRateFactor),
        biased
            ? Parameter.rowWise(
                "itemBias", Tensors.zeros(table.size(), 1), BIAS_LEARNING_RATE_FACTOR)
            : null,
        null);
  }

  /**
   * A model of these parts that scores by the dot product of session vector and row, both as they
   * are; it has no scale to learn.
   *
   * @param itemBias (V, 1) added to every item's logit, or null
   */
  static SessionModel ofDotProducts(
      SessionEncoder encoder,
      ItemTable table,
      double scalarLearningRateFactor,
      @Nullable Parameter itemBias) {
    Parameter one = scale(1, scalarLearningRateFactor);
    one.value().requires_grad_(false);
    SessionModel model =
        new SessionModel(
            encoder, table, false, false, one, bonus(scalarLearningRateFactor), itemBias, null);
    model.parameters.remove(one);
    return model;
  }

  /**
   * A model that reads clicks from a table and scores by the log probabilities of a tree; own items
   * score like any other. {@link TreeSoftmaxTraining} fits it, {@link #score} is not for it.
   */
  static SessionModel ofTree(SessionEncoder encoder, ItemTable table, TreeSoftmax tree) {
    Parameter one = scale(1, 1);
    one.value().requires_grad_(false);
    SessionModel model = new SessionModel(encoder, table, false, false, one, bonus(1), null, tree);
    model.parameters.remove(one);
    model.withoutRepeatBonus();
    return model;
  }

  private static Parameter scale(double value, double scalarLearningRateFactor) {
    return Parameter.whole(
        "scale",
        Tensors.of(new float[] {(float) Math.log(value)}, 1, 1),
        scalarLearningRateFactor / 10);
  }

  private static Parameter bonus(double scalarLearningRateFactor) {
    return Parameter.whole(
        "repeat", Tensors.of(initialBonus(), RepeatFeatures.BUCKETS, 1), scalarLearningRateFactor);
  }

  private static float[] initialBonus() {
    float[] bonus = new float[RepeatFeatures.BUCKETS];
    Arrays.fill(bonus, INITIAL_BONUS);
    return bonus;
  }

  private SessionModel(
      SessionEncoder encoder,
      ItemTable table,
      boolean unitRows,
      boolean unitSessions,
      Parameter scaleLog,
      Parameter repeatBonus,
      @Nullable Parameter itemBias,
      @Nullable TreeSoftmax tree) {
    this.encoder = encoder;
    this.table = table;
    this.unitRows = unitRows;
    this.unitSessions = unitSessions;
    this.scaleLog = scaleLog;
    this.repeatBonus = repeatBonus;
    parameters.addAll(table.parameters());
    parameters.addAll(encoder.parameters());
    parameters.add(scaleLog);
    parameters.add(repeatBonus);
    this.itemBias = itemBias;
    if (itemBias != null) {
      parameters.add(itemBias);
    }
    this.tree = tree;
    if (tree != null) {
      parameters.addAll(tree.parameters());
    }
  }

  /** This very encoder, scale and bonus over another table of the same items. */
  SessionModel over(ItemTable other) {
    return new SessionModel(
        encoder, other, unitRows, unitSessions, scaleLog, repeatBonus, itemBias, tree);
  }

  SessionEncoder encoder() {
    return encoder;
  }

  ItemTable table() {
    return table;
  }

  /** Whether rows are divided by their length before every use. */
  boolean unitRows() {
    return unitRows;
  }

  List<Parameter> parameters() {
    return List.copyOf(parameters);
  }

  double scale() {
    return Math.exp(Tensors.floats(scaleLog.value())[0]);
  }

  /** (BUCKETS) the bonus as trained, by {@link RepeatFeatures#bucket}. */
  float[] repeatBonus() {
    return Tensors.floats(repeatBonus.value());
  }

  /** (V, 1) what is added to every item's logit; null without. */
  @Nullable Tensor itemBias() {
    return itemBias == null ? null : itemBias.value();
  }

  /** Takes over encoder, scale and bonus of a model with the same encoder; not the table. */
  void copyAllButTable(SessionModel source) {
    List<Parameter> from = new ArrayList<>(source.encoder.parameters());
    from.add(source.scaleLog);
    from.add(source.repeatBonus);
    List<Parameter> to = new ArrayList<>(encoder.parameters());
    to.add(scaleLog);
    to.add(repeatBonus);
    try (NoGradGuard guard = new NoGradGuard()) {
      for (int i = 0; i < from.size(); i++) {
        to.get(i).value().copy_(from.get(i).value());
      }
    }
  }

  /**
   * Scores own items like any other from now on: the bonus is nought and no parameter any more.
   * Before training begins.
   */
  void withoutRepeatBonus() {
    repeatBonus.value().requires_grad_(false).zero_();
    parameters.remove(repeatBonus);
  }

  /**
   * The items of one step, each once, and where batch, targets and candidates find theirs.
   *
   * @param active (n) distinct item indices
   * @param inputs (R P) place of each click's item in {@code active}; padding points at place 0
   * @param targets (B) likewise
   * @param candidates (K) likewise
   */
  record ActiveItems(Tensor active, Tensor inputs, Tensor targets, Tensor candidates) {}

  /**
   * Collects the distinct items of a step; {@code place} (V) is scratch, all -1 before and after.
   */
  static ActiveItems activeItems(SessionBatch batch, int[] candidates, int[] place) {
    LongArrayList active = new LongArrayList();
    long[] inputs = places(batch.items(), active, place);
    long[] targets = places(batch.targets(), active, place);
    long[] candidatePlaces = places(candidates, active, place);
    for (int i = 0; i < active.size(); i++) {
      place[(int) active.getLong(i)] = -1;
    }
    long[] items = active.toLongArray();
    return new ActiveItems(
        Tensors.of(items, items.length),
        Tensors.of(inputs, inputs.length),
        Tensors.of(targets, targets.length),
        Tensors.of(candidatePlaces, candidatePlaces.length));
  }

  /** The same of a step that scores none by its row: neither targets nor candidates. */
  static ActiveItems activeInputs(SessionBatch batch, int[] place) {
    int[] none = {};
    return activeItems(
        new SessionBatch(batch.rows(), batch.width(), batch.items(), none, none, none, none),
        none,
        place);
  }

  private static long[] places(int[] items, LongArrayList active, int[] place) {
    long[] places = new long[items.length];
    for (int i = 0; i < items.length; i++) {
      int item = items[i];
      if (item >= 0) {
        if (place[item] < 0) {
          place[item] = active.size();
          active.add(item);
        }
        places[i] = place[item];
      }
    }
    return places;
  }

  /**
   * Scores of one batch.
   *
   * @param theta (B, N) session vectors times the scale; with biases (B, N+1), ending in 1
   * @param candidates (K, N) candidate rows; with biases (K, N+1), ending in theirs
   * @param own (B, P) logits of the own items other than the target, with bonus; hugely negative
   *     elsewhere
   * @param target (B) logit of the target, with bonus where it is an own item
   * @param rows (active, N) rows of the active items as they are scored
   */
  record Scores(Tensor theta, Tensor candidates, Tensor own, Tensor target, Tensor rows) {}

  /**
   * One model's view of a batch.
   *
   * @param rows (active, N) rows as they are scored
   * @param inputs (R P) place of each click's item among them
   * @param theta (B, N) session vectors times the scale
   */
  record View(Tensor rows, Tensor inputs, Tensor theta) {}

  /** Forward pass over the cases of a batch; {@code dropout} acts on the clicks' item vectors. */
  Scores score(SessionBatch batch, SessionBatch.OwnItems own, ActiveItems items, double dropout) {
    int rows = batch.rows();
    int width = batch.width();
    int cases = batch.caseCount();
    Tensor unit = withBias(use(table.rows(items.active())), items.active()); // (n, N or N+1)
    long columns = unit.size(1);
    Tensor clicked = torch.embedding(unit, items.inputs()).view(rows, width, columns);
    Tensor inputs = itemBias == null ? clicked : clicked.narrow(2, 0, table.dimension());
    Tensor seen = Tensors.drop(inputs, dropout);
    Tensor sessions = withOnes(scaled(encoder.encode(seen, batch))); // (R, P, N or N+1)
    Tensor positions = Tensors.indices(batch.positions());
    Tensor theta =
        torch.embedding(sessions.reshape((long) rows * width, columns), positions); // (B, N or N+1)

    float[] hiding = new float[cases * width];
    long[] buckets = new long[cases * width];
    float[] repeats = new float[cases];
    long[] targetBuckets = new long[cases];
    for (int b = 0; b < cases; b++) {
      for (int t = 0; t < width; t++) {
        int place = b * width + t;
        boolean isTarget = t == own.targetSlot()[b];
        if (own.own()[place]) {
          buckets[place] = RepeatFeatures.bucket(own.counts()[place], batch.age(b, t));
        }
        hiding[place] = own.own()[place] && !isTarget ? 0 : (float) HIDDEN;
        if (isTarget) {
          repeats[b] = 1;
          targetBuckets[b] = buckets[place];
        }
      }
    }
    Tensor similarities =
        torch.embedding(
            torch.bmm(sessions, clicked.transpose(1, 2)).reshape((long) rows * width, width),
            positions); // (B, P)
    Tensor ownLogits =
        similarities
            .add(
                Tensors.pick(repeatBonus.value(), Tensors.of(buckets, buckets.length))
                    .view(cases, width))
            .add(Tensors.of(hiding, cases, width));
    Tensor targetBonus =
        Tensors.pick(repeatBonus.value(), Tensors.of(targetBuckets, cases))
            .mul(Tensors.of(repeats, cases));
    Tensor target =
        Tensors.sumLast(theta.mul(torch.embedding(unit, items.targets()))).add(targetBonus);
    return new Scores(theta, torch.embedding(unit, items.candidates()), ownLogits, target, unit);
  }

  /** Session vectors of any length as they are scored. */
  private Tensor scaled(Tensor sessions) {
    return unitSessions ? Tensors.unitRows(sessions).mul(scaleLog.value().exp()) : sessions;
  }

  /** Rows, and as their last column the biases; the rows themselves without biases. */
  private Tensor withBias(Tensor rows, Tensor items) {
    return itemBias == null ? rows : torch.cat(new TensorVector(rows, itemBias.activate(items)), 1);
  }

  /** Session vectors (R, P, N), and a last column of ones; themselves without biases. */
  private Tensor withOnes(Tensor sessions) {
    return itemBias == null
        ? sessions
        : torch.cat(
            new TensorVector(sessions, torch.ones(sessions.size(0), sessions.size(1), 1)), 2);
  }

  /**
   * Logits of all items without the own items' bonus (B, V), no gradient; log probabilities where a
   * tree makes them.
   *
   * @param theta (B, N) of {@link #sessionVectors}
   * @param usedRows (V, N) of {@link #allUsedRows}
   */
  Tensor logits(Tensor theta, Tensor usedRows) {
    if (tree != null) {
      return tree.logProbabilities(theta);
    }
    try (NoGradGuard guard = new NoGradGuard()) {
      Tensor logits = torch.mm(theta, usedRows.t());
      return itemBias == null ? logits : logits.add_(itemBias.value().view(-1));
    }
  }

  /** Rows as they are scored. */
  Tensor use(Tensor rows) {
    return unitRows ? Tensors.unitRows(rows) : rows;
  }

  /** All rows as they are scored (V, N), without gradient. */
  Tensor allUsedRows() {
    try (NoGradGuard guard = new NoGradGuard()) {
      return use(table.allRows()).detach();
    }
  }

  /** Rows of some items as they are scored (n, N), without gradient. */
  Tensor usedRows(Tensor indices) {
    try (NoGradGuard guard = new NoGradGuard()) {
      return use(table.frozenRows(indices)).detach();
    }
  }

  /** Session vectors times the scale after every click of a batch's cases (B, N), no gradient. */
  Tensor sessionVectors(SessionBatch batch, Tensor usedRows) {
    int[] items = batch.items().clone();
    for (int i = 0; i < items.length; i++) {
      items[i] = Math.max(items[i], 0);
    }
    return sessionVectors(batch, usedRows, Tensors.indices(items));
  }

  /**
   * The same from the rows of some items.
   *
   * @param places (R P) place of each click's item among the rows; padding points anywhere
   */
  Tensor sessionVectors(SessionBatch batch, Tensor usedRows, Tensor places) {
    try (NoGradGuard guard = new NoGradGuard()) {
      Tensor inputs =
          usedRows.index_select(0, places).view(batch.rows(), batch.width(), table.dimension());
      encoder.training(false);
      return scaled(encoder.encode(inputs, batch))
          .reshape((long) batch.rows() * batch.width(), table.dimension())
          .index_select(0, Tensors.indices(batch.positions()));
    }
  }
}
