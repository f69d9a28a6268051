package io.attar.cli;

import io.attar.data.PreparationOptions;
import io.attar.training.DistillationOptions;
import io.attar.training.StudentOptions;
import io.attar.training.TableOptions;
import io.attar.training.TeacherOptions;
import java.util.Map;

/**
 * Everything that can be set, under the names it has in files and on the command line.
 *
 * @param seed of everything random in training
 * @param prepare how clicks become a data set
 * @param teacher how the teacher is made
 * @param student how the student is distilled
 * @param table what the student's item table is, codes by default
 * @param distillation tasks beside the student's own losses, all off by default
 * @param evaluation how results are measured
 * @param checkpointSeconds least time, in seconds, between two checkpoints within an epoch
 */
record Configuration(
    long seed,
    PreparationOptions prepare,
    TeacherOptions teacher,
    StudentOptions student,
    TableOptions table,
    DistillationOptions distillation,
    EvaluationSettings evaluation,
    double checkpointSeconds) {

  Configuration {
    if (!(checkpointSeconds >= 0) || Double.isInfinite(checkpointSeconds)) {
      throw new IllegalArgumentException(
          "checkpointSeconds must not be negative: " + checkpointSeconds);
    }
  }

  static Configuration defaults() {
    return new Configuration(
        1,
        PreparationOptions.defaults(),
        TeacherOptions.defaults(),
        StudentOptions.defaults(),
        TableOptions.defaults(),
        DistillationOptions.defaults(),
        EvaluationSettings.defaults(),
        30);
  }

  /**
   * Refuses a student that cannot tell all items apart, as M codebooks of K codewords make K^M
   * codes, and one whose way to find codes cannot make codes of this shape. Looked at before hours
   * go into a teacher.
   */
  void requireCodes(int items) {
    if (table.codes()) {
      student.sized(items, teacher.dimension()).requireShape(teacher.dimension());
    }
    if (!hasEnoughCodes(items)) {
      throw new UsageException(
          "student.codebooks and student.codewords must make at least one code for each of the "
              + items
              + " items: "
              + student.codewords()
              + "^"
              + student.codebooks()
              + " = "
              + Math.round(Math.pow(student.codewords(), student.codebooks()))
              + " codes are too few; raise one of them");
    }
  }

  /** Whether K^M codes reach so many items, where the table is one of codes. */
  boolean hasEnoughCodes(int items) {
    return !table.codes() || student.tellsApart(items);
  }

  /**
   * What the quickstart takes: a teacher of half the dimension and fewer epochs, so that a
   * simulated shop is through in minutes. All else as in {@link #defaults}.
   */
  static Configuration quickstart() {
    Map<String, String> smaller =
        Map.of("teacher.dimension", "64", "teacher.epochs", "2", "student.epochs", "2");
    return ConfigurationReader.read(defaults(), null, smaller);
  }
}
