package io.attar.training;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Embedding recombination, its contrastive loss (Xia et al., EODRec, TOIS 2022, eq. 18-20) and the
 * predictive task that OD-Rec (SIGIR 2022) has beside it. A session's hot and cold clicks are read
 * out apart, by student and by teacher; then the halves change sides, z_student = W_s [hot_student
 * ; cold_teacher] and z_teacher = W_t [hot_teacher ; cold_student], and InfoNCE tells each
 * z_teacher its z_student from those of the step's other sessions. Sessions of one kind swap their
 * whole session vectors instead.
 *
 * <p>As in the paper z_teacher is the anchor. Other than in its code the loss is a mean over
 * sessions, a session's padding counts nowhere, equal prefixes are no negatives of each other, and
 * everything here is trained. Nothing of it ships.
 *
 * <p>The predictive task asks for the next item: z_student, by projections of its own, among the
 * student's rows, z_teacher among the teacher's. In OD-Rec's code the labels of sessions of one
 * kind are mixed up; here they are not.
 */
final class Recombination {
  private static final double HIDDEN = -1e30;

  private final boolean[] hot; // (V)
  private final int mostCases;
  private final double temperature;
  private final SoftAttentionReadout studentHot;
  private final SoftAttentionReadout studentCold;
  private final SoftAttentionReadout teacherHot;
  private final SoftAttentionReadout teacherCold;
  private final Parameter studentProjection; // (N, 2N) W_s
  private final Parameter teacherProjection; // (N, 2N) W_t
  private final Parameter studentPrediction; // (N, 2N) likewise, of the predictive task
  private final Parameter teacherPrediction; // (N, 2N)
  private final boolean predicts;

  /**
   * The auxiliary network at its start: the projections add the halves up.
   *
   * @param clickCounts (V) clicks of each item in the training sessions
   * @param seed of the readouts
   */
  Recombination(DistillationOptions options, int dimension, int[] clickCounts, long seed) {
    this.hot = hotItems(clickCounts, options.hotShare());
    this.mostCases = options.contrastiveCases();
    this.temperature = options.contrastiveTemperature();
    SplittableRandom random = new SplittableRandom(seed);
    this.studentHot = new SoftAttentionReadout("contrast.student.hot", dimension, random);
    this.studentCold = new SoftAttentionReadout("contrast.student.cold", dimension, random);
    this.teacherHot = new SoftAttentionReadout("contrast.teacher.hot", dimension, random);
    this.teacherCold = new SoftAttentionReadout("contrast.teacher.cold", dimension, random);
    this.studentProjection = projection("contrast.student.projection", dimension);
    this.teacherProjection = projection("contrast.teacher.projection", dimension);
    this.predicts = options.predicts();
    this.studentPrediction = projection("predict.student.projection", dimension);
    this.teacherPrediction = projection("predict.teacher.projection", dimension);
  }

  private static Parameter projection(String name, int dimension) {
    float[] values = new float[2 * dimension * dimension];
    for (int d = 0; d < dimension; d++) {
      values[2 * dimension * d + d] = 1;
      values[2 * dimension * d + dimension + d] = 1;
    }
    return Parameter.whole(name, Tensors.of(values, dimension, 2L * dimension), 1);
  }

  /** The most clicked share of the items that have a click (V); of equals the first ones. */
  static boolean[] hotItems(int[] clickCounts, double share) {
    int[] clicked =
        IntStream.range(0, clickCounts.length)
            .filter(v -> clickCounts[v] > 0)
            .boxed()
            .sorted(
                (a, b) ->
                    clickCounts[a] != clickCounts[b] ? clickCounts[b] - clickCounts[a] : a - b)
            .mapToInt(v -> v)
            .toArray();
    boolean[] hot = new boolean[clickCounts.length];
    for (int i = 0; i < (int) (share * clicked.length); i++) {
      hot[clicked[i]] = true;
    }
    return hot;
  }

  List<Parameter> parameters() {
    List<Parameter> parameters = new ArrayList<>();
    for (SoftAttentionReadout readout : List.of(studentHot, studentCold, teacherHot, teacherCold)) {
      parameters.addAll(readout.parameters());
    }
    parameters.add(studentProjection);
    parameters.add(teacherProjection);
    if (predicts) {
      parameters.add(studentPrediction);
      parameters.add(teacherPrediction);
    }
    return parameters;
  }

  /**
   * Recombined session vectors.
   *
   * @param cases (n) of the batch
   * @param student (n, N) z_student of each
   * @param teacher (n, N) z_teacher of each
   */
  private record Sides(IntArrayList cases, Tensor student, Tensor teacher) {}

  /**
   * The contrastive loss, as part of the views' graphs; null when fewer than two cases have a
   * prefix of at least two clicks.
   */
  @Nullable Tensor loss(SessionBatch batch, SessionModel.View student, SessionModel.View teacher) {
    Sides sides = sides(batch, student, teacher, studentProjection, teacherProjection);
    return sides == null
        ? null
        : contrast(
            sides.teacher(), sides.student(), equalPrefixes(batch, sides.cases()), temperature);
  }

  /**
   * The predictive loss, as part of the views' graphs: the sum of both sides' cross-entropies of
   * the target among the candidates, by cosines over the temperature; null as above.
   *
   * @param items where either view's rows hold targets and candidates
   * @param offsets (K) added to every candidate's logit
   */
  @Nullable Tensor predictive(
      SessionBatch batch,
      SessionModel.View student,
      SessionModel.View teacher,
      SessionModel.ActiveItems items,
      Tensor offsets) {
    Sides sides = sides(batch, student, teacher, studentPrediction, teacherPrediction);
    if (sides == null) {
      return null;
    }
    Tensor targets = items.targets().index_select(0, Tensors.indices(sides.cases().toIntArray()));
    // (n, K) 1 where a candidate is the target, which has a logit of its own
    Tensor hidden = items.candidates().unsqueeze(0).eq(targets.unsqueeze(1));
    Tensor added = torch.masked_fill(offsets.unsqueeze(0), hidden, Tensors.scalar(HIDDEN));
    return prediction(sides.student(), student.rows(), items.candidates(), targets, added)
        .add(prediction(sides.teacher(), teacher.rows(), items.candidates(), targets, added));
  }

  private Tensor prediction(
      Tensor sessions, Tensor rows, Tensor candidates, Tensor targets, Tensor added) {
    Tensor unit = Tensors.unitRows(sessions);
    Tensor logits =
        unit.mm(torch.embedding(rows, candidates).t()).div(Tensors.scalar(temperature)).add(added);
    Tensor target =
        unit.mul(torch.embedding(rows, targets)).sum(1).div(Tensors.scalar(temperature));
    return torch
        .cat(new TensorVector(target.unsqueeze(1), logits), 1)
        .logsumexp(1)
        .sub(target)
        .mean();
  }

  /** What both tasks start from; null when fewer than two cases can take part. */
  private @Nullable Sides sides(
      SessionBatch batch,
      SessionModel.View student,
      SessionModel.View teacher,
      Parameter ofStudent,
      Parameter ofTeacher) {
    IntArrayList mixed = new IntArrayList();
    IntArrayList single = new IntArrayList();
    for (int b : chosen(batch, mostCases)) {
      (isMixed(batch, b) ? mixed : single).add(b);
    }
    IntArrayList cases = new IntArrayList(mixed);
    cases.addAll(single);
    if (cases.size() < 2) {
      return null;
    }
    List<Tensor> studentSide = new ArrayList<>();
    List<Tensor> teacherSide = new ArrayList<>();
    if (!mixed.isEmpty()) {
      Parts parts = parts(batch, mixed.toIntArray());
      Tensor studentClicks = parts.clicks(student);
      Tensor teacherClicks = parts.clicks(teacher);
      studentSide.add(
          joined(
              ofStudent,
              studentHot.read(studentClicks, parts.hot()),
              teacherCold.read(teacherClicks, parts.cold())));
      teacherSide.add(
          joined(
              ofTeacher,
              teacherHot.read(teacherClicks, parts.hot()),
              studentCold.read(studentClicks, parts.cold())));
    }
    if (!single.isEmpty()) {
      Tensor places = Tensors.indices(single.toIntArray());
      studentSide.add(teacher.theta().index_select(0, places));
      teacherSide.add(student.theta().index_select(0, places));
    }
    return new Sides(cases, below(studentSide), below(teacherSide));
  }

  /** InfoNCE: mean over rows i of - log softmax_j (cos(anchor_i, other_j) / temperature) at i. */
  static Tensor contrast(Tensor anchors, Tensor others, Tensor hiding, double temperature) {
    Tensor logits =
        Tensors.unitRows(anchors)
            .mm(Tensors.unitRows(others).t())
            .div(Tensors.scalar(temperature))
            .add(hiding.type_as(anchors));
    return torch.log_softmax(logits, 1).diagonal().mean().neg();
  }

  /** Of the cases with at least two clicks so many, evenly over the batch. */
  static int[] chosen(SessionBatch batch, int most) {
    int[] eligible =
        IntStream.range(0, batch.caseCount()).filter(b -> batch.prefixLength(b) >= 2).toArray();
    int count = Math.min(eligible.length, most);
    return IntStream.range(0, count)
        .map(i -> eligible[(int) ((long) i * eligible.length / count)])
        .toArray();
  }

  /** The items of a prefix, oldest first. */
  private static int[] prefix(SessionBatch batch, int b) {
    int end = batch.positions()[b] + 1;
    return Arrays.copyOfRange(batch.items(), end - batch.prefixLength(b), end);
  }

  private boolean isMixed(SessionBatch batch, int b) {
    int[] prefix = prefix(batch, b);
    long hotClicks = Arrays.stream(prefix).filter(item -> hot[item]).count();
    return hotClicks > 0 && hotClicks < prefix.length;
  }

  /**
   * Clicks of some cases side by side.
   *
   * @param slots (C T) flat slot of each click; padding points at the first one
   * @param hot (C, T) 1 where a click is on a hot item, else 0
   * @param cold (C, T) likewise; both 0 for padding
   */
  private record Parts(Tensor slots, Tensor hot, Tensor cold) {
    /** (C, T, N) a model's rows of the clicks. */
    Tensor clicks(SessionModel.View view) {
      return torch
          .embedding(view.rows(), view.inputs().index_select(0, slots))
          .view(hot.size(0), hot.size(1), view.rows().size(1));
    }
  }

  private Parts parts(SessionBatch batch, int[] cases) {
    int width = Arrays.stream(cases).map(batch::prefixLength).max().orElse(0);
    int[] slots = new int[cases.length * width];
    float[] hotClicks = new float[slots.length];
    float[] coldClicks = new float[slots.length];
    for (int c = 0; c < cases.length; c++) {
      int length = batch.prefixLength(cases[c]);
      int first = batch.positions()[cases[c]] + 1 - length;
      Arrays.fill(slots, c * width, (c + 1) * width, first);
      for (int t = 0; t < length; t++) {
        slots[c * width + t] = first + t;
        (hot[batch.items()[first + t]] ? hotClicks : coldClicks)[c * width + t] = 1;
      }
    }
    return new Parts(
        Tensors.indices(slots),
        Tensors.of(hotClicks, cases.length, width),
        Tensors.of(coldClicks, cases.length, width));
  }

  private static Tensor joined(Parameter projection, Tensor hotPart, Tensor coldPart) {
    return torch.cat(new TensorVector(hotPart, coldPart), 1).mm(projection.value().t());
  }

  private static Tensor below(List<Tensor> blocks) {
    return torch.cat(new TensorVector(blocks.toArray(new Tensor[0])), 0);
  }

  /** (n, n) hugely negative where two different cases have the same prefix, else 0. */
  private static Tensor equalPrefixes(SessionBatch batch, IntArrayList cases) {
    int count = cases.size();
    float[] hiding = new float[count * count];
    Map<IntArrayList, IntArrayList> rows = new HashMap<>();
    for (int i = 0; i < count; i++) {
      IntArrayList equals =
          rows.computeIfAbsent(
              IntArrayList.wrap(prefix(batch, cases.getInt(i))), key -> new IntArrayList());
      for (int j : equals) {
        hiding[i * count + j] = (float) HIDDEN;
        hiding[j * count + i] = (float) HIDDEN;
      }
      equals.add(i);
    }
    return Tensors.of(hiding, count, count);
  }
}
