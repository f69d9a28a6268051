package io.attar.training;

import com.fasterxml.jackson.databind.JsonNode;
import io.attar.data.Dataset;
import io.attar.evaluation.ScoringMethod;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;

/**
 * The front door of training: a data set becomes a teacher, a teacher becomes the model file.
 *
 * <p>All state lives in a work folder: checkpoints while a stage runs, its result when it is done.
 * A call that finds them goes on where they end; results of other data or settings are made anew.
 * Same data, options, seed and machine: same bytes.
 */
public final class Training {
  private final Workshop workshop;

  /**
   * Training of one data set in one work folder.
   *
   * @param data with a validation part
   * @param seed of everything random
   * @param work folder for checkpoints and results; made when missing
   * @param checkpointSeconds least time between two checkpoints within an epoch
   * @throws IllegalArgumentException when the data has no validation case
   */
  public Training(
      Dataset data,
      TeacherOptions teacherOptions,
      long seed,
      Path work,
      double checkpointSeconds,
      TrainingListener listener) {
    workshop = new Workshop(data, teacherOptions, seed, work, checkpointSeconds, listener);
    TorchEnvironment.prepare();
  }

  /**
   * A finished model.
   *
   * @param file the model file
   * @param encoder the encoder it uses
   * @param quality cross-fitted quality on the validation sessions
   * @param parameterBytes bytes of its trained parameters as fp32
   * @param details how it came about: epochs, code statistics
   */
  public record Result(
      Path file, String encoder, HeldOutQuality quality, long parameterBytes, JsonNode details) {}

  /**
   * A finished model that no file holds.
   *
   * @param method ranks by it, through the training engine
   * @param encoder the encoder it uses
   * @param quality on the validation sessions
   * @param parameterBytes bytes of its trained parameters as fp32
   * @param details how it came about: epochs
   */
  public record Rival(
      ScoringMethod method,
      String encoder,
      HeldOutQuality quality,
      long parameterBytes,
      JsonNode details) {}

  /**
   * A finished model with a tree softmax.
   *
   * @param rival scores every item
   * @param exact the same model, which only searches for the best items, and finds them
   * @param published searches by the rule of the paper's code, which can miss some
   */
  public record TreeRival(Rival rival, ScoringMethod exact, ScoringMethod published) {}

  /**
   * Trains the teacher, or finds it trained; writes {@code teacher.attar} into the work folder.
   *
   * @throws IllegalArgumentException when the options ask for a model that the file has no place
   *     for
   */
  public Result teacher() throws IOException {
    return new TeacherTraining(workshop).train();
  }

  /**
   * Trains the model of the options as it is, or finds it trained: nothing is folded in, no file
   * ships. Any encoder and any scores will do. It needs a work folder of its own.
   *
   * @param name what reports call it
   */
  public Rival rival(String name) throws IOException {
    return new RivalTraining(workshop).rival(name);
  }

  /**
   * The same with a compressed item table, trained from the start of the options instead of being
   * distilled: it begins as the table of its shape that is most like those rows.
   *
   * @param table its kind and shape, of unrounded numbers
   * @throws IllegalArgumentException when the table is one of codes, which are made of a trained
   *     teacher, when its numbers are to be rounded, or when none of its shape fits the bytes
   */
  public Rival rival(String name, TableOptions table) throws IOException {
    return new RivalTraining(workshop).rival(name, table);
  }

  /**
   * Trains CpRec whole (Sun et al., SIGIR 2020), or finds it trained: clicks are read from a
   * block-wise table, items are scored by a tree softmax with blocks of the same items and ranks.
   * The two are not tied. It needs a work folder of its own.
   *
   * @param name what reports call it
   * @param table of kind block-wise and unrounded numbers; its bytes are those of the clicks' side,
   *     the tree takes about as many again
   * @throws IllegalArgumentException when the table is another, or the options ask for what this
   *     loss has not: scores other than dot products, a repeat head, sampled candidates, votes of
   *     neighbours or smoothed labels
   */
  public TreeRival treeSoftmax(String name, TableOptions table) throws IOException {
    return new RivalTraining(workshop).treeSoftmax(name, table);
  }

  /**
   * Trains GRU4Rec as its authors do, or finds it trained. Of the teacher's options only the most
   * clicks of a session count, for measuring. It needs a work folder of its own.
   *
   * @param name what reports call it
   */
  public Rival sessionParallel(String name, SessionParallelOptions options) throws IOException {
    return new RivalTraining(workshop).sessionParallel(name, options);
  }

  /**
   * Distils the trained teacher into a student and writes the model file.
   *
   * @param distillation tasks beside the student's own losses; a teacher that learns with the
   *     student is a copy, the one in the work folder stays as it is
   * @param out where the model file goes
   * @throws TrainingException when no teacher of these data and options lies in the work folder
   */
  public Result student(StudentOptions options, DistillationOptions distillation, Path out)
      throws IOException {
    return student(options, distillation, out, workshop.folder());
  }

  /**
   * The same, for one of several students of the work folder's teacher.
   *
   * @param own existing folder for this student's codes and checkpoint
   */
  public Result student(
      StudentOptions options, DistillationOptions distillation, Path out, Path own)
      throws IOException {
    return student(options, TableOptions.defaults(), distillation, out, own);
  }

  /**
   * The same, for a student of any item table.
   *
   * @param table what its item table is
   */
  public Result student(
      StudentOptions options,
      TableOptions table,
      DistillationOptions distillation,
      Path out,
      Path own)
      throws IOException {
    // One after another, students must not wait for the collector to give their memory back.
    try (PointerScope scope = new PointerScope()) {
      return new StudentTraining(workshop).distil(options, table, distillation, out, own);
    }
  }

  /**
   * Times the steps of teachers and of a student, from a start that no training has touched.
   *
   * @param steps how many of each are timed
   */
  public List<TrainingSpeed> speed(StudentOptions options, int steps) throws IOException {
    return TrainingSpeed.measure(workshop, options, steps);
  }
}
