package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.attar.data.Sessions;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Steps with tasks: what moves, what does not, and what reaches whom. */
class DistillationTest {
  private static final int ITEMS = 60;
  private static final long SEED = 20_261_121L;
  private static final double RATE = 1e-3;

  /** A toy student and teacher and the steps they make, as {@link Training} puts them together. */
  static final class World {
    final SessionModel teacher;
    final SessionModel student;
    final Distillation steps;

    World(String encoder, DistillationOptions tasks, double softTargetWeight) {
      SplittableRandom random = new SplittableRandom(SEED);
      teacher = Toys.model(encoder(encoder), Toys.denseTable(random, ITEMS));
      Toys.shake(teacher.encoder().parameters(), random, 0.2);
      student = Toys.model(encoder(encoder), Toys.codeTable(random, ITEMS, 3, 4));
      student.copyAllButTable(teacher);
      int[] counts = new int[ITEMS];
      Arrays.setAll(counts, v -> 1 + ITEMS - v);
      MixedItemTable mixed =
          tasks.mixes() ? new MixedItemTable(student.table(), teacher, tasks.mixupShare()) : null;
      steps =
          new Distillation(
              tasks,
              student,
              fitting(
                  mixed == null ? student : student.over(mixed), teacher, softTargetWeight, counts),
              mixed,
              tasks.teacherLearns()
                  ? fitting(teacher, student, tasks.teacherSoftTargetWeight(), counts)
                  : null,
              tasks.teacherLearningRate() / RATE,
              tasks.recombines() ? new Recombination(tasks, Toys.DIMENSION, counts, 1) : null);
    }

    private static SessionEncoder encoder(String name) {
      return name.equals(WeightedMeanEncoder.NAME)
          ? Toys.weightedMean()
          : Toys.selfAttention(2, 0.1, SEED);
    }

    private static Fitting fitting(
        SessionModel model, SessionModel teacher, double weight, int[] counts) {
      return new Fitting(
          model, teacher, null, 0, new CandidateSampler(counts, 20), 0.1, weight, SEED);
    }

    Map<String, float[]> values() {
      Map<String, float[]> values = new LinkedHashMap<>();
      steps.state().forEach((name, each) -> values.put(name, Tensors.floats(each.value())));
      return values;
    }
  }

  static SessionBatch batch() {
    Sessions sessions = Toys.random(new SplittableRandom(SEED + 1), ITEMS / 2, 12, 12);
    return Toys.batch(sessions, 4, 64);
  }

  private static Map<String, float[]> afterOneStep(DistillationOptions tasks, double softTargets) {
    World world = new World(SelfAttentionEncoder.NAME, tasks, softTargets);
    world.steps.step(batch(), RATE, 0);
    return world.values();
  }

  private static void assertEqual(
      Map<String, float[]> some, Map<String, float[]> others, boolean ofTeacher) {
    int compared = 0;
    for (Map.Entry<String, float[]> entry : some.entrySet()) {
      if (entry.getKey().startsWith("teacher.") == ofTeacher) {
        assertThat(others.get(entry.getKey())).as(entry.getKey()).isEqualTo(entry.getValue());
        compared++;
      }
    }
    assertThat(compared).isGreaterThan(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {WeightedMeanEncoder.NAME, SelfAttentionEncoder.NAME})
  void everyParameterOfAllTasksMoves(String encoder) {
    World world = new World(encoder, Toys.allTasks("annealed"), 1);
    Map<String, float[]> before = world.values();
    assertThat(before)
        .containsKeys("codebooks", "teacher.table", "teacher.scale", "teacher.repeat")
        .hasSize(world.student.parameters().size() + world.teacher.parameters().size() + 18);
    world.steps.step(batch(), RATE, 0);
    world
        .values()
        .forEach(
            (name, values) ->
                assertThat(values)
                    .as(name)
                    .isNotEqualTo(before.get(name))
                    .doesNotContain(Float.NaN));
  }

  @Test
  void aFrozenTeacherStaysAsItIs() {
    DistillationOptions frozen =
        Toys.tasks(Map.of("mixupShare", 0.6, "contrastiveWeight", 0.4, "contrastiveCases", 40));
    World world = new World(SelfAttentionEncoder.NAME, frozen, 1);
    assertThat(world.steps.state().keySet()).noneMatch(name -> name.startsWith("teacher."));
    Map<String, float[]> before = new LinkedHashMap<>();
    world.teacher.parameters().forEach(p -> before.put(p.name(), Tensors.floats(p.value())));
    world.steps.step(batch(), RATE, 0);
    world.steps.step(batch(), RATE, 0.1);
    for (Parameter parameter : world.teacher.parameters()) {
      assertThat(Tensors.floats(parameter.value()))
          .as(parameter.name())
          .isEqualTo(before.get(parameter.name()));
      assertThat(parameter.gradient()).as(parameter.name()).isNull();
    }
  }

  /** Each side learns from the other's soft targets without pulling at them. */
  @Test
  void softTargetsReachTheSideThatLearnsOnly() {
    DistillationOptions tasks = Toys.tasks(Map.of("teacherLearningRate", 1e-3));
    Map<String, float[]> usual = afterOneStep(tasks, 1);
    Map<String, float[]> otherStudent = afterOneStep(tasks, 5);
    assertEqual(usual, otherStudent, true);
    assertThat(otherStudent.get("codebooks")).isNotEqualTo(usual.get("codebooks"));
    Map<String, float[]> otherTeacher =
        afterOneStep(
            Toys.tasks(Map.of("teacherLearningRate", 1e-3, "teacherSoftTargetWeight", 5)), 1);
    assertEqual(usual, otherTeacher, false);
    assertThat(otherTeacher.get("teacher.table")).isNotEqualTo(usual.get("teacher.table"));
    // The student's step is the one beside a frozen teacher.
    assertEqual(usual, afterOneStep(DistillationOptions.defaults(), 1), false);
  }

  /** The contrastive loss alone reaches both. */
  @Test
  void theContrastiveLossReachesBothSides() {
    Map<String, float[]> without = afterOneStep(Toys.tasks(Map.of("teacherLearningRate", 1e-3)), 1);
    Map<String, float[]> with =
        afterOneStep(Toys.tasks(Map.of("teacherLearningRate", 1e-3, "contrastiveWeight", 0.5)), 1);
    assertThat(with.get("codebooks")).isNotEqualTo(without.get("codebooks"));
    assertThat(with.get("teacher.table")).isNotEqualTo(without.get("teacher.table"));
    // Sessions of one kind go in by their session vectors, so encoders learn too.
    assertThat(with.get("query.weight")).isNotEqualTo(without.get("query.weight"));
    assertThat(with.get("teacher.query.weight")).isNotEqualTo(without.get("teacher.query.weight"));
  }

  /** So does the predictive one, and what it asks for is learned. */
  @Test
  void thePredictiveLossReachesBothSidesAndFalls() {
    Map<String, float[]> without = afterOneStep(Toys.tasks(Map.of("teacherLearningRate", 1e-3)), 1);
    DistillationOptions tasks =
        Toys.tasks(Map.of("teacherLearningRate", 1e-3, "predictiveWeight", 0.5));
    Map<String, float[]> with = afterOneStep(tasks, 1);
    assertThat(with.get("codebooks")).isNotEqualTo(without.get("codebooks"));
    assertThat(with.get("teacher.table")).isNotEqualTo(without.get("teacher.table"));
    World world = new World(WeightedMeanEncoder.NAME, tasks, 1);
    Map<String, Double> first = world.steps.step(batch(), RATE, 0).tasks();
    for (int i = 0; i < 40; i++) {
      world.steps.step(batch(), 5 * RATE, 0.3);
    }
    Map<String, Double> last = world.steps.step(batch(), RATE, 0).tasks();
    assertThat(last)
        .containsOnlyKeys("teacherLabelLoss", "teacherSoftTargetLoss", "predictiveLoss");
    assertThat(last.get("predictiveLoss")).isPositive().isLessThan(first.get("predictiveLoss"));
  }

  @Test
  void theTeacherLearnsFromItsOwnLabelsAndTheStudent() {
    World world = new World(WeightedMeanEncoder.NAME, Toys.allTasks("annealed"), 1);
    Map<String, Double> first = world.steps.step(batch(), RATE, 0).tasks();
    assertThat(first.keySet())
        .containsExactlyInAnyOrder(
            "mixupShare", "teacherLabelLoss", "teacherSoftTargetLoss", "contrastiveLoss");
    Steps.Losses latest = world.steps.step(batch(), RATE, 0);
    for (int i = 0; i < 60; i++) {
      latest = world.steps.step(batch(), 5 * RATE, 0.3);
    }
    for (String name :
        new String[] {"teacherLabelLoss", "teacherSoftTargetLoss", "contrastiveLoss"}) {
      assertThat(latest.tasks().get(name)).as(name).isPositive().isLessThan(first.get(name));
    }
    assertThat(latest.tasks().get("mixupShare")).isCloseTo(0.6 * (1 - 0.3 / 0.5), within(1e-12));
  }

  /** From its end on mixup leaves no trace in a step; before it does. */
  @Test
  void anAnnealedMixtureEndsWithNothing() {
    DistillationOptions mixing = Toys.tasks(Map.of("mixupShare", 0.6, "mixupEnd", 0.5));
    World plain = new World(SelfAttentionEncoder.NAME, DistillationOptions.defaults(), 1);
    World late = new World(SelfAttentionEncoder.NAME, mixing, 1);
    World early = new World(SelfAttentionEncoder.NAME, mixing, 1);
    Steps.Losses expected = plain.steps.step(batch(), RATE, 0.5);
    Steps.Losses lateLosses = late.steps.step(batch(), RATE, 0.5);
    assertThat(lateLosses.tasks().get("mixupShare")).isZero();
    assertThat(lateLosses.crossEntropy()).isEqualTo(expected.crossEntropy());
    assertEqual(plain.values(), late.values(), false);
    assertThat(early.steps.step(batch(), RATE, 0.4).crossEntropy())
        .isNotEqualTo(expected.crossEntropy());
    assertThat(early.values().get("codebooks")).isNotEqualTo(plain.values().get("codebooks"));
  }

  /** Whatever mixes in a step, measuring sees the composed rows alone. */
  @ParameterizedTest
  @ValueSource(strings = {"annealed", "constant"})
  void measuredQualityDoesNotDependOnTheTeacher(String mixture) {
    World world = new World(WeightedMeanEncoder.NAME, Toys.allTasks(mixture), 1);
    world.steps.step(batch(), RATE, 0);
    int[] counts = new int[ITEMS];
    Arrays.fill(counts, 1);
    Trainer.Validation validation =
        new Trainer.Validation(
            Toys.random(new SplittableRandom(3), ITEMS, 20, 9), counts, Toys.WINDOW, 1, true);
    RepeatCalibration.Result before = validation.measure(world.steps.model());
    for (Parameter parameter : world.teacher.parameters()) {
      float[] values = new float[(int) parameter.value().numel()];
      Arrays.fill(values, Float.NaN);
      Tensors.assign(parameter.value(), values);
    }
    RepeatCalibration.Result after = validation.measure(world.steps.model());
    assertThat(after.quality()).isEqualTo(before.quality());
    assertThat(after.temperature()).isEqualTo(before.temperature());
    assertThat(after.head().countAge()).isEqualTo(before.head().countAge());
  }

  /** Old momentum must not move what a step does not reach; a resumed run has none of it. */
  @Test
  void aStepWithoutContrastLeavesItsParameters() {
    World world = new World(WeightedMeanEncoder.NAME, Toys.allTasks("annealed"), 1);
    world.steps.step(batch(), RATE, 0);
    Map<String, float[]> before = world.values();
    SessionBatch pairs =
        Toys.batch(Toys.sessions(new int[] {1, 2}, new int[] {3, 4}, new int[] {5, 6}), 2, 16);
    Steps.Losses losses = world.steps.step(pairs, RATE, 0.1);
    assertThat(losses.tasks().get("contrastiveLoss")).isZero();
    int compared = 0;
    for (Map.Entry<String, float[]> entry : world.values().entrySet()) {
      boolean same = Arrays.equals(entry.getValue(), before.get(entry.getKey()));
      assertThat(same).as(entry.getKey()).isEqualTo(entry.getKey().startsWith("contrast."));
      compared++;
    }
    assertThat(compared).isGreaterThan(20);
  }

  @Test
  void aContrastiveLossThatIsNotANumberNamesStepAndWayOut() {
    World world = new World(WeightedMeanEncoder.NAME, Toys.allTasks("annealed"), 1);
    world.steps.step(batch(), RATE, 0);
    Parameter projection = world.steps.state().get("contrast.student.projection");
    assertThat(projection).isNotNull();
    if (projection != null) {
      float[] broken = new float[(int) projection.value().numel()];
      Arrays.fill(broken, Float.NaN);
      Tensors.assign(projection.value(), broken);
    }
    assertThatThrownBy(() -> world.steps.step(batch(), 0.25, 0))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("contrastive loss is not a number at step 1")
        .hasMessageContaining("lower the learning rate, now 0.25");
  }
}
