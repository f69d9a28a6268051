package io.attar.cli;

import io.attar.evaluation.ClickTiming;
import io.attar.evaluation.EvaluationReport;
import io.attar.evaluation.MethodResult;
import io.attar.evaluation.ModelResult;
import io.attar.evaluation.Split;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The few numbers that a build is judged by, one line a method. */
final class ResultTable {
  private ResultTable() {}

  static void print(Measurement measurement, Console console) {
    EvaluationReport report = measurement.report();
    console.result(
        "%s: %,d test cases of %,d sessions, %,d items ranked",
        report.dataName(), report.cases(), report.sessions(), report.catalogueSize());
    console.result("");
    console.result(
        "%-" + nameWidth(report) + "s %9s %9s %15s %13s %11s",
        "",
        "Recall@10",
        "NDCG@10",
        "xnew Recall@10",
        "bytes",
        "µs a click");
    if (report.teacher() != null) {
      row(nameWidth(report), report.teacher(), measurement.teacherTiming(), console);
    }
    ModelResult model = report.model();
    if (model != null) {
      row(nameWidth(report), model.result(), model.timing(), console);
    }
    for (MethodResult rule : report.rules()) {
      row(nameWidth(report), rule, null, console);
    }
    console.result("");
    console.result(
        "xnew: the next item was not clicked before, ranked among items not clicked before."
            + " In percent.");
  }

  private static void row(
      int nameWidth, MethodResult method, @Nullable ClickTiming timing, Console console) {
    console.result(
        "%-" + nameWidth + "s %9s %9s %15s %13s %11s",
        method.name(),
        percent(method.mean(Split.OVERALL, "recall@10")),
        percent(method.mean(Split.OVERALL, "ndcg@10")),
        percent(method.mean(Split.NEW_AMONG_NEW, "recall@10")),
        method.bytes().isPresent()
            ? String.format(Locale.ROOT, "%,d", method.bytes().getAsLong())
            : "-",
        timing == null || !Double.isFinite(timing.medianMicroseconds())
            ? "-"
            : String.format(Locale.ROOT, "%.1f", timing.medianMicroseconds()));
  }

  private static int nameWidth(EvaluationReport report) {
    return report.rules().stream().mapToInt(rule -> rule.name().length()).max().orElse(0) + 2;
  }

  private static String percent(double share) {
    return Double.isFinite(share) ? String.format(Locale.ROOT, "%.2f", 100 * share) : "-";
  }
}
