package io.attar.evaluation;

import io.attar.data.Dataset;
import io.attar.data.Sessions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The front door of honest measurement.
 *
 * <pre>
 * RecommenderMethod model =
 *     RecommenderMethod.open("model", bytes, dataset.items(), dataset.catalogueSize());
 * List&lt;ScoringMethod&gt; rules = Evaluation.opponents(dataset, options, listener);
 * EvaluationReport report = Evaluation.run(dataset, model, null, rules, options, listener);
 * </pre>
 *
 * <p>Protocol: every prefix of a test session of at least the data set's minimum length, with the
 * click that follows it as target, is one case; all items of the catalogue are ranked ({@link
 * Metrics} has the formulas); a target outside the catalogue is a miss; items already clicked stay
 * in the ranking. Nothing here looks at the test part to choose anything.
 */
public final class Evaluation {
  private Evaluation() {}

  /**
   * What every report compares with: all {@link Rules} and session kNN with settings chosen on
   * validation, all of them counting from everything known before the test part.
   */
  public static List<ScoringMethod> opponents(
      Dataset dataset, EvaluationOptions options, ProgressListener listener) {
    List<ScoringMethod> methods =
        new ArrayList<>(Rules.all(dataset.known(), dataset.catalogueSize()));
    methods.add(SessionNeighbours.choose(dataset, options, listener));
    return methods;
  }

  /**
   * The further non-neural rivals of published comparisons, their settings chosen on validation:
   * item kNN, sequential rules, vector session kNN, sequence and time kNN. Choosing takes longer
   * than all of {@link #opponents}.
   */
  public static List<ScoringMethod> rivals(
      Dataset dataset, EvaluationOptions options, ProgressListener listener) {
    return List.of(
        ItemNeighbours.choose(dataset, options, listener),
        SequentialRules.choose(dataset, options, listener),
        VectorSessionNeighbours.choose(dataset, options, listener),
        SequenceTimeNeighbours.choose(dataset, options, listener));
  }

  /**
   * Measures methods on a data set's test part.
   *
   * @param model the shipped file, or null
   * @param teacher what it was distilled from, or null
   * @param rules what to compare with
   * @throws IllegalArgumentException when two methods have the same name, or the test part has no
   *     case
   * @throws IllegalStateException when a method fails; its exception is the cause
   */
  public static EvaluationReport run(
      Dataset dataset,
      @Nullable RecommenderMethod model,
      @Nullable ScoringMethod teacher,
      List<ScoringMethod> rules,
      EvaluationOptions options,
      ProgressListener listener) {
    long cases = dataset.test().caseCount(dataset.minimumPrefixLength());
    if (cases == 0) {
      throw new IllegalArgumentException(
          "the test part of '"
              + dataset.name()
              + "' must have at least one case, but has none in "
              + dataset.test().count()
              + " sessions; hold back more sessions for test");
    }
    requireDistinctNames(model, teacher, rules);
    CaseGroups groups = CaseGroups.of(dataset.known(), dataset.catalogueSize());
    ModelResult modelResult = null;
    if (model != null) {
      modelResult =
          new ModelResult(
              measure(dataset, model, options, groups, listener),
              model.bytes().orElseThrow(),
              model.itemIdBytes(),
              model.provenance(),
              model.time(dataset.test()));
    }
    MethodResult teacherResult =
        teacher == null ? null : measure(dataset, teacher, options, groups, listener);
    List<MethodResult> ruleResults = new ArrayList<>();
    for (ScoringMethod rule : rules) {
      ruleResults.add(measure(dataset, rule, options, groups, listener));
    }
    return new EvaluationReport(
        dataset.name(),
        dataset.identity(),
        dataset.catalogueSize(),
        dataset.minimumPrefixLength(),
        dataset.test().count(),
        cases,
        options.resamples(),
        options.seed(),
        modelResult,
        teacherResult,
        ruleResults);
  }

  /**
   * Measures one method on any sessions, such as a validation part.
   *
   * @param sessions the sessions whose prefixes are the cases
   * @param catalogueSize number of items ranked; a target from there on is a miss
   * @param minimumPrefixLength shortest prefix that makes a case
   * @throws IllegalStateException when the method fails; its exception is the cause
   */
  public static MethodResult measure(
      Sessions sessions,
      int catalogueSize,
      int minimumPrefixLength,
      ScoringMethod method,
      EvaluationOptions options,
      ProgressListener listener) {
    return measure(sessions, catalogueSize, minimumPrefixLength, method, options, null, listener);
  }

  private static MethodResult measure(
      Sessions sessions,
      int catalogueSize,
      int minimumPrefixLength,
      ScoringMethod method,
      EvaluationOptions options,
      @Nullable CaseGroups groups,
      ProgressListener listener) {
    CaseTally tally =
        CaseRunner.run(
            sessions,
            catalogueSize,
            minimumPrefixLength,
            method,
            options.threads(),
            groups,
            listener);
    double[] means = tally.means();
    Bootstrap.Intervals intervals = Bootstrap.intervals(tally, options.resamples(), options.seed());
    List<SplitResult> splits = new ArrayList<>();
    for (Split split : Split.values()) {
      List<Measure> measures = new ArrayList<>();
      for (int m = 0; m < Metrics.COUNT; m++) {
        int at = split.position() * Metrics.COUNT + m;
        measures.add(
            new Measure(
                Metrics.names().get(m), means[at], intervals.low()[at], intervals.high()[at]));
      }
      splits.add(new SplitResult(split, tally.cases(split), measures));
    }
    return new MethodResult(
        method.name(),
        method.description(),
        splits,
        tally.unknownTargets(),
        groups == null ? List.of() : tally.groups(),
        method.bytes());
  }

  private static MethodResult measure(
      Dataset dataset,
      ScoringMethod method,
      EvaluationOptions options,
      CaseGroups groups,
      ProgressListener listener) {
    return measure(
        dataset.test(),
        dataset.catalogueSize(),
        dataset.minimumPrefixLength(),
        method,
        options,
        groups,
        listener);
  }

  private static void requireDistinctNames(
      @Nullable ScoringMethod model, @Nullable ScoringMethod teacher, List<ScoringMethod> rules) {
    List<ScoringMethod> all = new ArrayList<>(rules);
    if (model != null) {
      all.add(model);
    }
    if (teacher != null) {
      all.add(teacher);
    }
    Set<String> names = new HashSet<>();
    for (ScoringMethod method : all) {
      if (!names.add(method.name())) {
        throw new IllegalArgumentException(
            "methods of a report must have different names, two are called '"
                + method.name()
                + "'; rename one");
      }
    }
  }
}
