package io.attar.benchmarks;

import io.attar.evaluation.chart.BarChart;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/** What was aimed at on the first data set's files and on synthetic shops, beside what came out. */
final class Targets {
  private static final int MILLION = 1_000_000;

  private final Report report;
  private final List<Row> rows = new ArrayList<>();

  private Targets(Report report) {
    this.report = report;
  }

  /**
   * One line.
   *
   * @param aim what was aimed at; empty where nothing was
   * @param reached whether it was reached; empty where nothing was aimed at
   */
  record Row(String what, String aim, String measured, String reached) {}

  /** The lines whose measurements the report holds. */
  static List<Row> of(Report report) {
    Targets targets = new Targets(report);
    if (!report.models().isEmpty()) {
      String dataSet = report.models().get(0).dataSet();
      for (Report.Model model : report.models()) {
        if (model.dataSet().equals(dataSet)) {
          boolean small = model.role().equals(Main.SMALL);
          targets.clicks(model, small);
          targets.ranking(model, small);
        }
      }
    }
    targets.million(4, 32, 100);
    targets.million(8, 256, 20);
    targets.starts();
    return targets.rows;
  }

  private void clicks(Report.Model model, boolean small) {
    int[] lengths = {5, 20, 50};
    int[] factors = small ? new int[] {80, 60, 25} : new int[] {20, 20, 20};
    for (int i = 0; i < lengths.length; i++) {
      int clicks = lengths[i];
      List<Report.Timing> timings =
          model.timings().stream().filter(timing -> timing.clicks() == clicks).toList();
      atLeast(
          title(model) + ", click to the best 20, " + clicks + " clicks",
          factors[i],
          fastestOnnx(timings),
          named(timings, ModelMeasurement.RUNTIME));
    }
  }

  private void ranking(Report.Model model, boolean small) {
    List<Report.Timing> timings = model.ranking();
    String what = title(model) + ", ranking alone";
    Optional<Report.Timing> runtime = named(timings, ModelMeasurement.RUNTIME);
    atLeast(what, small ? 100 : 20, fastestOnnx(timings), runtime);
    atLeast(what, 0, named(timings, ModelMeasurement.PLAIN_GATHER), runtime);
    atLeast(what, 1_000, named(timings, TensorTrainContestant.REBUILT), runtime);
    atLeast(what, 0, named(timings, TensorTrainContestant.CONTRACTED), runtime);
    int most = small ? 4 : 3;
    named(timings, Floor.WHOLE)
        .ifPresent(
            floor ->
                runtime.ifPresent(
                    own -> {
                      double factor = own.median() / floor.median();
                      rows.add(
                          new Row(
                              what
                                  + ": runtime ("
                                  + BarChart.time(own.median())
                                  + ") / "
                                  + times(floor),
                              "at most " + most,
                              ResultPage.ratio(factor),
                              yes(factor <= most)));
                    }));
  }

  private void million(int codebooks, int codewords, int factor) {
    report.synthetic().stream()
        .filter(
            shop ->
                shop.codes().equals(SyntheticMeasurement.CLUSTERED)
                    && shop.items() == MILLION
                    && shop.codebooks() == codebooks
                    && shop.codewords() == codewords)
        .findFirst()
        .ifPresent(
            shop ->
                atLeast(
                    String.format(
                        Locale.ROOT,
                        "%,d clustered items, M=%d, K=%d, click to the best 20",
                        MILLION,
                        codebooks,
                        codewords),
                    factor,
                    named(shop.timings(), ScanContestant.NAME),
                    named(shop.timings(), ModelMeasurement.RUNTIME)));
  }

  private void starts() {
    for (Report.Start own : report.starts()) {
      if (own.program().equals(ProcessStart.RUNTIME)) {
        for (Report.Start empty : report.starts()) {
          if (empty.program().equals(ProcessStart.NOTHING)
              && empty.options().equals(own.options())) {
            double more = own.milliseconds() - empty.milliseconds();
            rows.add(
                new Row(
                    "process start"
                        + (own.options().isEmpty() ? "" : " with " + own.options())
                        + ", over an empty one",
                    "at most 60 ms",
                    BarChart.time(1e3 * more),
                    yes(more <= 60)));
          }
        }
      }
    }
  }

  /** How many times longer the other takes; a factor of 0 is no target. */
  private void atLeast(
      String what, int factor, Optional<Report.Timing> other, Optional<Report.Timing> runtime) {
    if (other.isEmpty() || runtime.isEmpty()) {
      return;
    }
    double measured = other.get().median() / runtime.get().median();
    rows.add(
        new Row(
            what
                + ": "
                + times(other.get())
                + " / runtime ("
                + BarChart.time(runtime.get().median())
                + ")",
            factor == 0 ? "" : String.format(Locale.ROOT, "at least %,d", factor),
            ResultPage.ratio(measured),
            factor == 0 ? "" : yes(measured >= factor)));
  }

  private static String title(Report.Model model) {
    return model.dataSet() + " " + model.role() + " file";
  }

  private static String times(Report.Timing timing) {
    return timing.contestant() + " (" + BarChart.time(timing.median()) + ")";
  }

  private static String yes(boolean reached) {
    return reached ? "yes" : "no";
  }

  private static Optional<Report.Timing> fastestOnnx(List<Report.Timing> timings) {
    return fastest(timings, timing -> timing.contestant().startsWith(ModelMeasurement.ONNX));
  }

  private static Optional<Report.Timing> named(List<Report.Timing> timings, String contestant) {
    return fastest(timings, timing -> timing.contestant().equals(contestant));
  }

  private static Optional<Report.Timing> fastest(
      List<Report.Timing> timings, Predicate<Report.Timing> which) {
    return timings.stream().filter(which).min(Comparator.comparingDouble(Report.Timing::median));
  }
}
