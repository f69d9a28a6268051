package io.attar.evaluation;

import io.attar.data.Dataset;
import io.attar.data.Sessions;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * Sequence and time aware neighbourhood (Garg et al., STAN, SIGIR 2019, eq. 1-4): three
 * exponentials, of the visitor's clicks by their place from the end, of the neighbours by their
 * age, of a neighbour's items by their distance there from the latest shared item x*.
 *
 * <pre>
 * sim(n)   = exp(-age(n) / ageScale) / sqrt(|visitor| |n|) sum of exp(-(d(x) - 1) / clickScale)
 * score(i) = sum of sim(n) exp(-|place of i - place of x*| / gapScale)
 * </pre>
 *
 * Otherwise than there, the age is the share of the known sessions that came later, from 0 to 1, as
 * sessions carry no time here; an item clicked more than once stands at its latest place.
 */
public final class SequenceTimeNeighbours {
  private SequenceTimeNeighbours() {}

  /**
   * Settings; a scale of infinity switches its exponential off.
   *
   * @param neighbours k, most similar sessions that vote, at least 1
   * @param clickScale clicks, above 0
   * @param ageScale share of the known sessions, above 0
   * @param gapScale clicks, above 0
   */
  public record Settings(int neighbours, double clickScale, double ageScale, double gapScale) {
    /** Where the choice on validation starts. */
    public static final Settings DEFAULT = new Settings(500, 2, 0.5, 2);

    /** Checks the numbers. */
    public Settings {
      if (neighbours < 1) {
        throw new IllegalArgumentException(
            "neighbours must be at least 1: " + neighbours + "; 100 to 500 are usual");
      }
      requirePositive("click scale", clickScale);
      requirePositive("age scale", ageScale);
      requirePositive("gap scale", gapScale);
    }

    private static void requirePositive(String name, double value) {
      if (!(value > 0)) {
        throw new IllegalArgumentException(
            name + " must be above 0: " + value + "; infinity switches it off");
      }
    }
  }

  /** The method with given settings. */
  public static ScoringMethod of(Sessions known, int catalogueSize, Settings settings) {
    return new OrderedNeighbours(
        "sequence and time kNN",
        String.format(
            Locale.ROOT,
            "%d neighbours, scales %s clicks, %s of the known sessions, %s clicks between",
            settings.neighbours(),
            settings.clickScale(),
            settings.ageScale(),
            settings.gapScale()),
        known,
        catalogueSize,
        settings.neighbours(),
        Integer.MAX_VALUE,
        new OrderedNeighbours.Formula() {
          @Override
          public double click(int distance) {
            return Math.exp(-(distance - 1) / settings.clickScale());
          }

          @Override
          public double session(int session, int visitorClicks) {
            double age = (known.count() - 1 - session) / (double) known.count();
            return Math.exp(-age / settings.ageScale())
                / Math.sqrt((double) visitorClicks * known.length(session));
          }

          @Override
          public double vote(int distance, int gap) {
            return Math.exp(-gap / settings.gapScale());
          }

          @Override
          public double item(int item) {
            return 1;
          }
        });
  }

  /** The method with settings chosen on validation, of all known before the test part. */
  public static ScoringMethod choose(
      Dataset dataset, EvaluationOptions options, ProgressListener listener) {
    int size = dataset.catalogueSize();
    double off = Double.POSITIVE_INFINITY;
    Settings chosen =
        new SettingsSearch<Settings>(
                "sequence and time kNN",
                (known, settings) -> of(known, size, settings),
                List.of(
                    s ->
                        DoubleStream.of(1, 2, 4, off)
                            .mapToObj(
                                v -> new Settings(s.neighbours(), v, s.ageScale(), s.gapScale())),
                    s ->
                        DoubleStream.of(0.2, 0.5, 1, off)
                            .mapToObj(
                                v -> new Settings(s.neighbours(), s.clickScale(), v, s.gapScale())),
                    s ->
                        DoubleStream.of(1, 2, 5, off)
                            .mapToObj(
                                v -> new Settings(s.neighbours(), s.clickScale(), s.ageScale(), v)),
                    s ->
                        IntStream.of(100, 500, 1_500)
                            .mapToObj(
                                v -> new Settings(v, s.clickScale(), s.ageScale(), s.gapScale()))))
            .choose(dataset, Settings.DEFAULT, options, listener);
    return of(dataset.known(), size, chosen);
  }
}
