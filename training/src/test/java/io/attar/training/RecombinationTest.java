package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.attar.data.Sessions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecombinationTest {
  private static final int ITEMS = 12;
  private static final int N = Toys.DIMENSION;
  private static final double TEMPERATURE = 0.3;

  /** Items 0 to 2 are hot, 3 to 11 cold. */
  private static final int[] CLICKS = {9, 8, 7, 1, 1, 1, 1, 1, 1, 1, 1, 1};

  /** Student and teacher, each among its own rows, whatever candidates stand for. */
  @ParameterizedTest
  @ValueSource(longs = {3, 5})
  void thePredictiveLossIsTheDefinition(long seed) {
    SessionBatch batch =
        Toys.batch(
            Toys.sessions(new int[] {0, 4, 4, 1, 9, 3}, new int[] {5, 2, 6}, new int[] {7, 8, 10}),
            3,
            16);
    SplittableRandom random = new SplittableRandom(seed);
    Recombination recombination =
        new Recombination(
            Toys.tasks(Map.of("predictiveWeight", 0.1, "hotShare", 0.25)), N, CLICKS, 1);
    Toys.shake(recombination.parameters(), random, 0.3);
    SessionModel.View student = view(batch, seed);
    SessionModel.View teacher = view(batch, seed + 1);
    int[] candidates = {4, 9, 1, 1, 6};
    float[] offsets = {0.5f, -1, 0, 0.25f, 2};
    Tensor loss =
        recombination.predictive(
            batch,
            student,
            teacher,
            new SessionModel.ActiveItems(
                Tensors.indices(IntStream.range(0, ITEMS).toArray()),
                student.inputs(),
                Tensors.indices(batch.targets()),
                Tensors.indices(candidates)),
            Tensors.of(offsets, offsets.length));
    Vectors vectors =
        vectors(
            recombination.parameters(),
            recombination.parameters().subList(18, 20),
            batch,
            student,
            teacher);
    double expected = 0;
    List<Integer> cases =
        IntStream.range(0, batch.caseCount())
            .filter(b -> batch.prefixLength(b) >= 2)
            .boxed()
            // Sessions of both kinds come first, which a mean does not notice.
            .toList();
    for (int i = 0; i < cases.size(); i++) {
      int target = batch.targets()[cases.get(i)];
      expected +=
          crossEntropy(vectors.student().get(i), student, target, candidates, offsets)
              + crossEntropy(vectors.teacher().get(i), teacher, target, candidates, offsets);
    }
    assertThat(loss).isNotNull();
    if (loss != null) {
      assertThat(loss.item_double()).isCloseTo(expected / cases.size(), within(2e-5));
      loss.backward();
      assertThat(Tensors.floats(student.rows().grad())).doesNotContain(Float.NaN);
    }
    assertThat(recombination.parameters().subList(18, 20))
        .allSatisfy(parameter -> assertThat(parameter.gradient()).isNotNull());
  }

  private static double crossEntropy(
      double[] session, SessionModel.View side, int target, int[] candidates, float[] offsets) {
    float[] rows = Tensors.floats(side.rows());
    double sum = Math.exp(product(session, rows, target));
    for (int k = 0; k < candidates.length; k++) {
      if (candidates[k] != target) {
        sum += Math.exp(product(session, rows, candidates[k]) + offsets[k]);
      }
    }
    return Math.log(sum) - product(session, rows, target);
  }

  /** Of the session's unit vector and an item's row, over the temperature that is the default. */
  private static double product(double[] session, float[] rows, int item) {
    double length = 0;
    double product = 0;
    for (int d = 0; d < N; d++) {
      length += session[d] * session[d];
      product += session[d] * rows[item * N + d];
    }
    return product / Math.sqrt(length) / 0.2;
  }

  private static Recombination recombination(int mostCases) {
    Recombination made =
        new Recombination(
            Toys.tasks(
                Map.of(
                    "contrastiveCases",
                    mostCases,
                    "hotShare",
                    0.25,
                    "contrastiveTemperature",
                    TEMPERATURE)),
            N,
            CLICKS,
            1);
    Toys.shake(made.parameters(), new SplittableRandom(2), 0.3);
    return made;
  }

  /** Rows of all items, clicks at their own place, any session vectors. */
  private static SessionModel.View view(SessionBatch batch, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int[] places = Arrays.stream(batch.items()).map(item -> Math.max(item, 0)).toArray();
    return new SessionModel.View(
        Tensors.of(Toys.gaussians(random, ITEMS * N, 1), ITEMS, N).requires_grad_(true),
        Tensors.indices(places),
        Tensors.of(Toys.gaussians(random, batch.caseCount() * N, 1), batch.caseCount(), N)
            .requires_grad_(true));
  }

  @Test
  void hotAreTheMostClickedOfTheClickedItems() {
    boolean[] hot = Recombination.hotItems(new int[] {3, 0, 5, 3, 1, 1, 0}, 0.4);
    // Five items have a click; of two with three clicks the first one.
    assertThat(hot).containsExactly(true, false, true, false, false, false, false);
    assertThat(Recombination.hotItems(new int[] {0, 0}, 0.5)).containsOnly(false);
  }

  @ParameterizedTest
  @CsvSource({"100, 9", "9, 9", "4, 4", "2, 2"})
  void casesAreChosenEvenlyAmongThoseWithTwoClicks(int most, int count) {
    SessionBatch batch =
        Toys.batch(
            Toys.sessions(new int[] {0, 1, 2, 3, 4, 5}, new int[] {6, 7, 8, 9, 10, 11, 3}), 1, 64);
    int[] chosen = Recombination.chosen(batch, most);
    assertThat(chosen).hasSize(count).doesNotHaveDuplicates().isSorted();
    assertThat(Arrays.stream(chosen).map(batch::prefixLength)).allMatch(length -> length >= 2);
    int[] all = Recombination.chosen(batch, 100);
    for (int i = 0; i < count; i++) {
      assertThat(chosen[i]).isEqualTo(all[i * all.length / count]);
    }
  }

  /** The definition in plain loops. */
  private static double[] read(float[] rows, List<Integer> items, List<Parameter> readout) {
    float[] click = Tensors.floats(readout.get(0).value());
    float[] bias = Tensors.floats(readout.get(1).value());
    float[] mean = Tensors.floats(readout.get(2).value());
    float[] weight = Tensors.floats(readout.get(3).value());
    double[] vector = new double[N];
    for (int item : items) {
      double attention = 0;
      for (int o = 0; o < N; o++) {
        double sum = bias[o];
        for (int d = 0; d < N; d++) {
          sum += click[o * N + d] * rows[item * N + d];
          for (int other : items) {
            sum += mean[o * N + d] * rows[other * N + d] / items.size();
          }
        }
        attention += weight[o] / (1 + Math.exp(-sum));
      }
      for (int d = 0; d < N; d++) {
        vector[d] += attention * rows[item * N + d];
      }
    }
    return vector;
  }

  private static double[] joined(Parameter projection, double[] first, double[] second) {
    float[] matrix = Tensors.floats(projection.value());
    double[] vector = new double[N];
    for (int o = 0; o < N; o++) {
      for (int d = 0; d < N; d++) {
        vector[o] += matrix[o * 2 * N + d] * first[d] + matrix[o * 2 * N + N + d] * second[d];
      }
    }
    return vector;
  }

  private static double cosine(double[] a, double[] b) {
    double product = 0;
    double lengthA = 0;
    double lengthB = 0;
    for (int d = 0; d < a.length; d++) {
      product += a[d] * b[d];
      lengthA += a[d] * a[d];
      lengthB += b[d] * b[d];
    }
    return product / Math.sqrt(lengthA * lengthB);
  }

  /** Recombined vectors of the cases with at least two clicks, in the batch's order. */
  private record Vectors(
      List<double[]> student, List<double[]> teacher, List<List<Integer>> prefixes) {}

  private static Vectors vectors(
      List<Parameter> parameters,
      List<Parameter> projections,
      SessionBatch batch,
      SessionModel.View student,
      SessionModel.View teacher) {
    float[] studentRows = Tensors.floats(student.rows());
    float[] teacherRows = Tensors.floats(teacher.rows());
    List<double[]> studentSide = new ArrayList<>();
    List<double[]> teacherSide = new ArrayList<>();
    List<List<Integer>> prefixes = new ArrayList<>();
    for (int b = 0; b < batch.caseCount(); b++) {
      List<Integer> prefix = new ArrayList<>();
      int last = batch.positions()[b];
      for (int slot = last - batch.prefixLength(b) + 1; slot <= last; slot++) {
        prefix.add(batch.items()[slot]);
      }
      if (prefix.size() >= 2) {
        List<Integer> hot = prefix.stream().filter(item -> item < 3).toList();
        List<Integer> cold = prefix.stream().filter(item -> item >= 3).toList();
        prefixes.add(prefix);
        if (hot.isEmpty() || cold.isEmpty()) {
          float[] mine = Tensors.floats(student.theta().select(0, b));
          float[] theirs = Tensors.floats(teacher.theta().select(0, b));
          double[] swappedMine = new double[N];
          double[] swappedTheirs = new double[N];
          Arrays.setAll(swappedMine, d -> theirs[d]);
          Arrays.setAll(swappedTheirs, d -> mine[d]);
          studentSide.add(swappedMine);
          teacherSide.add(swappedTheirs);
        } else {
          studentSide.add(
              joined(
                  projections.get(0),
                  read(studentRows, hot, parameters.subList(0, 4)),
                  read(teacherRows, cold, parameters.subList(12, 16))));
          teacherSide.add(
              joined(
                  projections.get(1),
                  read(teacherRows, hot, parameters.subList(8, 12)),
                  read(studentRows, cold, parameters.subList(4, 8))));
        }
      }
    }
    return new Vectors(studentSide, teacherSide, prefixes);
  }

  private static double reference(
      Recombination recombination,
      SessionBatch batch,
      SessionModel.View student,
      SessionModel.View teacher) {
    List<Parameter> parameters = recombination.parameters();
    Vectors vectors = vectors(parameters, parameters.subList(16, 18), batch, student, teacher);
    List<double[]> studentSide = vectors.student();
    List<double[]> teacherSide = vectors.teacher();
    List<List<Integer>> prefixes = vectors.prefixes();
    double loss = 0;
    for (int i = 0; i < prefixes.size(); i++) {
      double sum = 0;
      for (int j = 0; j < prefixes.size(); j++) {
        if (i == j || !prefixes.get(i).equals(prefixes.get(j))) {
          sum += Math.exp(cosine(teacherSide.get(i), studentSide.get(j)) / TEMPERATURE);
        }
      }
      loss += Math.log(sum) - cosine(teacherSide.get(i), studentSide.get(i)) / TEMPERATURE;
    }
    return loss / prefixes.size();
  }

  @ParameterizedTest
  @ValueSource(strings = {"both kinds", "hot only", "cold only", "single kinds", "equal prefixes"})
  void theLossIsTheDefinition(String kind) {
    Sessions sessions =
        switch (kind) {
          case "hot only" -> Toys.sessions(new int[] {0, 1, 2, 0, 5}, new int[] {2, 2, 1});
          case "cold only" -> Toys.sessions(new int[] {3, 4, 5, 3, 5}, new int[] {6, 7, 8, 11});
          case "single kinds" -> Toys.sessions(new int[] {0, 1, 5}, new int[] {3, 4, 5, 8});
          case "equal prefixes" ->
              Toys.sessions(new int[] {0, 4, 2, 3}, new int[] {0, 4, 2}, new int[] {0, 4, 5, 6});
          default ->
              Toys.sessions(
                  new int[] {0, 4, 4, 1, 9, 3}, new int[] {5, 2, 6}, new int[] {7, 8, 0, 9, 10});
        };
    SessionBatch batch = Toys.batch(sessions, 3, 16);
    Recombination recombination = recombination(100);
    SessionModel.View student = view(batch, 3);
    SessionModel.View teacher = view(batch, 4);
    Tensor loss = recombination.loss(batch, student, teacher);
    assertThat(loss).isNotNull();
    if (loss != null) {
      assertThat(loss.item_double())
          .isCloseTo(reference(recombination, batch, student, teacher), within(2e-5))
          .isGreaterThan(0.01);
    }
  }

  /**
   * Where the gradient goes: rows of both sides, session vectors where a session is of one kind.
   */
  @Test
  void everyPartOfBothSidesGetsItsGradient() {
    SessionBatch batch =
        Toys.batch(Toys.sessions(new int[] {0, 4, 5, 6}, new int[] {7, 8, 9, 10}), 2, 16);
    Recombination recombination = recombination(100);
    SessionModel.View student = view(batch, 5);
    SessionModel.View teacher = view(batch, 6);
    Tensor loss = recombination.loss(batch, student, teacher);
    assertThat(loss).isNotNull();
    if (loss != null) {
      loss.backward();
    }
    for (SessionModel.View side : List.of(student, teacher)) {
      float[] rows = Tensors.floats(side.rows().grad());
      for (int item : new int[] {0, 4, 5}) {
        assertThat(Arrays.copyOfRange(rows, item * N, (item + 1) * N)).doesNotContain(0);
      }
      for (int item : new int[] {1, 7, 8, 9, 10}) {
        assertThat(Arrays.copyOfRange(rows, item * N, (item + 1) * N)).containsOnly(0);
      }
      float[] theta = Tensors.floats(side.theta().grad());
      for (int b = 0; b < batch.caseCount(); b++) {
        boolean single = batch.prefixLength(b) >= 2 && batch.items()[batch.positions()[b]] >= 7;
        float[] gradient = Arrays.copyOfRange(theta, b * N, (b + 1) * N);
        if (single) {
          assertThat(gradient).doesNotContain(0);
        } else {
          assertThat(gradient).containsOnly(0);
        }
      }
    }
    for (Parameter parameter : recombination.parameters()) {
      assertThat(parameter.gradient()).as(parameter.name()).isNotNull();
    }
    assertThat(recombination.parameters()).hasSize(18).doesNotHaveDuplicates();
  }

  @Test
  void oneSessionHasNothingToContrastWith() {
    SessionBatch batch = Toys.batch(Toys.sessions(new int[] {0, 4, 5}, new int[] {7, 8}), 1, 16);
    assertThat(recombination(100).loss(batch, view(batch, 1), view(batch, 2))).isNull();
  }

  /** Case by case the loss is the one of those cases alone. */
  @Test
  void noMoreCasesThanAskedForTakePart() {
    SplittableRandom random = new SplittableRandom(9);
    SessionBatch batch = Toys.batch(Toys.random(random, ITEMS, 8, 9), 4, 32);
    Recombination few = recombination(2);
    SessionModel.View student = view(batch, 3);
    Tensor loss = few.loss(batch, student, view(batch, 4));
    assertThat(loss).isNotNull();
    if (loss != null) {
      loss.backward();
    }
    float[] rows = Tensors.floats(student.rows().grad());
    List<Integer> clicked = new ArrayList<>();
    for (int b : Recombination.chosen(batch, 2)) {
      for (int t = 0; t < batch.prefixLength(b); t++) {
        clicked.add(batch.items()[batch.positions()[b] - t]);
      }
    }
    for (int item = 0; item < ITEMS; item++) {
      if (!clicked.contains(item)) {
        assertThat(Arrays.copyOfRange(rows, item * N, (item + 1) * N)).containsOnly(0);
      }
    }
    assertThat(clicked.stream().distinct().count()).isLessThan(ITEMS);
  }

  private static double contrast(double[] anchors, double[] others, double[] hiding, int count) {
    int width = anchors.length / count;
    double loss = 0;
    for (int i = 0; i < count; i++) {
      double[] anchor = Arrays.copyOfRange(anchors, i * width, (i + 1) * width);
      double sum = 0;
      double own = 0;
      for (int j = 0; j < count; j++) {
        double logit =
            cosine(anchor, Arrays.copyOfRange(others, j * width, (j + 1) * width)) / TEMPERATURE
                + hiding[i * count + j];
        sum += Math.exp(logit);
        own = i == j ? logit : own;
      }
      loss += Math.log(sum) - own;
    }
    return loss / count;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void contrastAndItsGradientsAgreeWithPlainLoops(long seed) {
    int count = 5;
    SplittableRandom random = new SplittableRandom(seed);
    double[] anchors = new double[count * 3];
    double[] others = new double[count * 3];
    double[] hiding = new double[count * count];
    Arrays.setAll(anchors, i -> Randoms.gaussian(random));
    Arrays.setAll(others, i -> Randoms.gaussian(random));
    hiding[3] = -1e30; // row 0 has no negative 3
    hiding[15] = -1e30;
    Tensor anchorRows = Toys.doubles(anchors, count, 3).requires_grad_(true);
    Tensor otherRows = Toys.doubles(others, count, 3).requires_grad_(true);
    Tensor loss =
        Recombination.contrast(
            anchorRows, otherRows, Toys.doubles(hiding, count, count), TEMPERATURE);
    assertThat(loss.item_double())
        .isCloseTo(contrast(anchors, others, hiding, count), within(1e-12));
    loss.backward();
    for (double[] at : new double[][] {anchors, others}) {
      Tensor gradient = (at == anchors ? anchorRows : otherRows).grad();
      double[] actual = new double[at.length];
      new DoublePointer(gradient.contiguous().data_ptr()).get(actual);
      for (int i = 0; i < at.length; i++) {
        double kept = at[i];
        at[i] = kept + 1e-5;
        double above = contrast(anchors, others, hiding, count);
        at[i] = kept - 1e-5;
        double below = contrast(anchors, others, hiding, count);
        at[i] = kept;
        assertThat(actual[i]).isCloseTo((above - below) / 2e-5, within(1e-8));
      }
    }
  }
}
