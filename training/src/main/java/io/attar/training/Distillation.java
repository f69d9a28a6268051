package io.attar.training;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Steps of a student with the tasks of {@link DistillationOptions}: all losses enter one graph,
 * then each side moves by its own Adam. A teacher that learns is a {@link Fitting} whose teacher is
 * the student (bidirectional distillation, Kweon et al., WWW 2021): each has its own losses and the
 * other's soft targets, detached; only what is recombined reaches both.
 */
final class Distillation implements Steps {
  private final DistillationOptions options;
  private final SessionModel model;
  private final Fitting student;
  private final @Nullable MixedItemTable mixed;
  private final @Nullable Fitting teacher;
  private final double teacherRate;
  private final @Nullable Recombination recombination;
  private final Adam recombinationAdam;

  /**
   * Distillation about to begin.
   *
   * @param model the student as it is measured
   * @param student fits the student, over {@code mixed} where there is mixup
   * @param mixed the table whose share is to be kept up to date, or null
   * @param teacher fits the teacher, or null when it is frozen
   * @param teacherRate the teacher's learning rate over the student's
   * @param recombination the contrastive and the predictive task, or null
   */
  Distillation(
      DistillationOptions options,
      SessionModel model,
      Fitting student,
      @Nullable MixedItemTable mixed,
      @Nullable Fitting teacher,
      double teacherRate,
      @Nullable Recombination recombination) {
    this.options = options;
    this.model = model;
    this.student = student;
    this.mixed = mixed;
    this.teacher = teacher;
    this.teacherRate = teacherRate;
    this.recombination = recombination;
    this.recombinationAdam =
        new Adam(recombination == null ? List.of() : recombination.parameters());
  }

  @Override
  public SessionModel model() {
    return model;
  }

  @Override
  public Losses step(SessionBatch batch, double learningRate, double progress) {
    Map<String, Double> tasks = new LinkedHashMap<>();
    if (mixed != null) {
      mixed.share(options.mixupShare(progress));
      tasks.put("mixupShare", options.mixupShare(progress));
    }
    try (PointerScope scope = new PointerScope()) {
      Fitting.Pass pass = student.pass(batch, learningRate);
      Tensor objective = pass.objective();
      Fitting.Pass teacherPass = null;
      if (teacher != null) {
        teacherPass = teacher.pass(batch, learningRate * teacherRate);
        objective = objective.add(teacherPass.objective());
        tasks.put("teacherLabelLoss", teacherPass.losses().crossEntropy());
        tasks.put("teacherSoftTargetLoss", teacherPass.losses().divergence());
      }
      if (recombination != null) {
        SessionModel.View teaching = teacherPass == null ? pass.teaching() : teacherPass.view();
        if (options.contrasts()) {
          Tensor loss = teaching == null ? null : recombination.loss(batch, pass.view(), teaching);
          tasks.put("contrastiveLoss", value("contrastive", loss, learningRate));
          objective = plus(objective, loss, options.contrastiveWeight());
        }
        if (options.predicts()) {
          Tensor loss =
              teaching == null
                  ? null
                  : recombination.predictive(
                      batch, pass.view(), teaching, pass.items(), pass.offsets());
          tasks.put("predictiveLoss", value("predictive", loss, learningRate));
          objective = plus(objective, loss, options.predictiveWeight());
        }
      }
      objective.backward();
      student.move(learningRate);
      if (teacher != null) {
        teacher.move(learningRate * teacherRate);
      }
      recombinationAdam.step(learningRate);
      Losses own = pass.losses();
      return new Losses(own.crossEntropy(), own.divergence(), own.neighbours(), own.cases(), tasks);
    }
  }

  private double value(String task, @Nullable Tensor loss, double learningRate) {
    double value = loss == null ? 0 : loss.item_double();
    if (!Double.isFinite(value)) {
      throw new TrainingException(
          "the "
              + task
              + " loss is not a number at step "
              + made()
              + ": lower the learning rate, now "
              + learningRate);
    }
    return value;
  }

  private static Tensor plus(Tensor objective, @Nullable Tensor loss, double weight) {
    return loss == null ? objective : objective.add(loss, Tensors.scalar(weight));
  }

  @Override
  public Map<String, Parameter> state() {
    Map<String, Parameter> state = new LinkedHashMap<>(student.state());
    if (teacher != null) {
      teacher.state().forEach((name, parameter) -> state.put("teacher." + name, parameter));
    }
    if (recombination != null) {
      recombination.parameters().forEach(parameter -> state.put(parameter.name(), parameter));
    }
    return state;
  }

  @Override
  public long made() {
    return student.made();
  }

  @Override
  public void restore(long made) {
    student.restore(made);
    if (teacher != null) {
      teacher.restore(made);
    }
    recombinationAdam.restoreSteps(made);
  }
}
