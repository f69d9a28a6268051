package io.attar.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.attar.data.Dataset;
import io.attar.evaluation.ClickTiming;
import io.attar.evaluation.Evaluation;
import io.attar.evaluation.EvaluationOptions;
import io.attar.evaluation.EvaluationReport;
import io.attar.evaluation.RecommenderMethod;
import io.attar.evaluation.ScoringMethod;
import io.attar.runtime.ModelFileException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Measures model files, through the runtime, beside every rule.
 *
 * @param report what was measured
 * @param teacherTiming what a click costs with the teacher's file; null without one
 */
record Measurement(EvaluationReport report, @Nullable ClickTiming teacherTiming) {

  /**
   * Measures.
   *
   * @param model the file's bytes
   * @param modelPlace the file, to name it in messages
   * @param teacher the teacher's bytes, or null
   * @param withOpponents whether rules and session kNN are measured beside them
   */
  static Measurement of(
      Dataset data,
      byte[] model,
      Path modelPlace,
      byte @Nullable [] teacher,
      EvaluationOptions options,
      boolean withOpponents,
      Progress progress) {
    requireCases(data);
    RecommenderMethod opened = open(role(model, modelPlace, teacher != null), model, data);
    RecommenderMethod openedTeacher = teacher == null ? null : open("teacher", teacher, data);
    List<ScoringMethod> opponents =
        withOpponents ? Evaluation.opponents(data, options, progress) : List.of();
    EvaluationReport report =
        Evaluation.run(data, opened, openedTeacher, opponents, options, progress);
    return new Measurement(report, openedTeacher == null ? null : openedTeacher.time(data.test()));
  }

  /** Refuses data on which nothing can be measured. */
  static void requireCases(Dataset data) {
    if (data.test().caseCount(data.minimumPrefixLength()) == 0) {
      throw new UsageException(
          "the data '"
              + data.name()
              + "' must have test cases, but its test part of "
              + data.test().count()
              + " sessions has none: raise prepare.testShare or bring a longer log");
    }
  }

  static RecommenderMethod open(String name, byte[] bytes, Dataset data) {
    try {
      return RecommenderMethod.open(name, bytes, data.items(), data.catalogueSize());
    } catch (ModelFileException e) {
      throw new WorkException("the " + name + ": " + e.getMessage(), e);
    }
  }

  /** What the file says it is: student or teacher; model when it does not say. */
  private static String role(byte[] bytes, Path place, boolean besideTeacher) {
    JsonNode role = provenance(bytes, place).path("role");
    String name = role.isTextual() && !role.asText().isBlank() ? role.asText() : "model";
    return besideTeacher && name.equals("teacher") ? "model" : name;
  }

  /** Where a model file says it comes from. */
  static JsonNode provenance(byte[] bytes, Path place) {
    try {
      return new ObjectMapper().readTree(io.attar.runtime.Recommender.open(bytes).provenance());
    } catch (ModelFileException | JsonProcessingException e) {
      throw new WorkException(
          place + ": the provenance of a model file must be JSON, but is not: " + e.getMessage(),
          e);
    }
  }
}
