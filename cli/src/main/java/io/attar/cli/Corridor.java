package io.attar.cli;

import io.attar.data.Dataset;
import io.attar.data.Prepared;
import io.attar.training.Training;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The whole way from clicks to a measured model file. Everything done is kept in the work folder;
 * the same call after a kill, however hard, goes on from there and ends in the same bytes.
 */
final class Corridor {
  private final Configuration configuration;
  private final Console console;

  Corridor(Configuration configuration, Console console) {
    this.configuration = configuration;
    this.console = console;
  }

  /**
   * What a build gives.
   *
   * @param prepared the data and how it came about
   * @param teacher the teacher
   * @param student the model file
   * @param measurement both, measured through the runtime
   * @param clock what each stage took in this run
   * @param resumed whether an earlier run had done some of the work, so that the times are not
   *     whole
   */
  record Built(
      Prepared prepared,
      Training.Result teacher,
      Training.Result student,
      Measurement measurement,
      StageClock clock,
      boolean resumed) {}

  /** Prepares, trains, distils and measures. */
  Built build(Path input, Path out, WorkFolder work) throws IOException {
    StageClock clock = new StageClock();
    try (Progress progress = new Progress(console)) {
      progress.line("prepare: from clicks to sessions");
      Prepared prepared =
          clock.time(
              "prepare", () -> DataSource.prepare(input, configuration.prepare(), work, progress));
      Dataset data = prepared.dataset();
      requireBuildable(data);
      DataSource.describe(prepared.report(), console);

      progress.line("train: the teacher");
      Training training = training(data, work.path(), progress);
      Training.Result teacher = clock.time("train", training::teacher);

      progress.line("distill: from teacher to model file");
      Training.Result student =
          clock.time(
              "distill",
              () ->
                  training.student(
                      configuration.student(),
                      configuration.table(),
                      configuration.distillation(),
                      out,
                      work.path()));

      progress.line("evaluate: the model file, through the runtime");
      Measurement measurement =
          clock.time(
              "evaluate",
              () ->
                  Measurement.of(
                      data,
                      Files.readAllBytes(out),
                      out,
                      Files.readAllBytes(teacher.file()),
                      configuration.evaluation().options(),
                      configuration.evaluation().opponents(),
                      progress));
      return new Built(prepared, teacher, student, measurement, clock, progress.isResumed());
    }
  }

  /** Training as this configuration has it. */
  Training training(Dataset data, Path work, Progress progress) {
    return new Training(
        data,
        configuration.teacher(),
        configuration.seed(),
        work,
        configuration.checkpointSeconds(),
        progress);
  }

  /** Refuses, before any training, what could not end well. */
  private void requireBuildable(Dataset data) {
    configuration.requireCodes(data.catalogueSize());
    Measurement.requireCases(data);
  }
}
