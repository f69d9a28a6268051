package io.attar.evaluation;

import io.attar.data.Dataset;
import io.attar.data.Sessions;
import it.unimi.dsi.fastutil.ints.Int2DoubleOpenHashMap;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Sequential rules: what followed the last item within some clicks, each following weighing by its
 * distance (Ludewig and Jannach 2018, section 3.1, SR). An item may follow itself.
 */
public final class SequentialRules {
  private SequentialRules() {}

  /**
   * Settings.
   *
   * @param reach clicks onward that count, at least 1
   * @param decay weight by distance
   * @param rules followers kept of each item, at least 1
   */
  public record Settings(int reach, Decay decay, int rules) {
    /** The published defaults: 10 clicks at 1/distance, 100 rules an item. */
    public static final Settings DEFAULT = new Settings(10, Decay.RECIPROCAL, 100);

    /** Checks the numbers. */
    public Settings {
      if (reach < 1) {
        throw new IllegalArgumentException(
            "reach must be at least 1: " + reach + "; 10 is usual, 1 counts transitions");
      }
      if (rules < 1) {
        throw new IllegalArgumentException(
            "rules must be at least 1: " + rules + "; 20 to 100 are usual");
      }
    }
  }

  /** The method with given settings. */
  public static ScoringMethod of(Sessions known, int catalogueSize, Settings settings) {
    Int2DoubleOpenHashMap[] pairs = LastItemRule.noPairs(catalogueSize);
    for (int s = 0; s < known.count(); s++) {
      for (int p = known.start(s); p < known.end(s); p++) {
        int first = known.item(p);
        for (int q = p + 1; q < known.end(s) && q <= p + settings.reach(); q++) {
          int second = known.item(q);
          if (first < catalogueSize && second < catalogueSize) {
            pairs[first].addTo(second, settings.decay().weight(q - p));
          }
        }
      }
    }
    return new LastItemRule(
        "sequential rules",
        String.format(
            Locale.ROOT,
            "%d clicks onward, decay %s, %d rules an item",
            settings.reach(),
            settings.decay(),
            settings.rules()),
        pairs,
        settings.rules());
  }

  /** The method with settings chosen on validation, of all known before the test part. */
  public static ScoringMethod choose(
      Dataset dataset, EvaluationOptions options, ProgressListener listener) {
    int size = dataset.catalogueSize();
    Settings chosen =
        new SettingsSearch<Settings>(
                "sequential rules",
                (known, settings) -> of(known, size, settings),
                List.of(
                    s ->
                        Arrays.stream(Decay.values())
                            .map(v -> new Settings(s.reach(), v, s.rules())),
                    s ->
                        IntStream.of(3, 10, 30)
                            .mapToObj(v -> new Settings(v, s.decay(), s.rules())),
                    s ->
                        IntStream.of(20, 100, 300)
                            .mapToObj(v -> new Settings(s.reach(), s.decay(), v))))
            .choose(dataset, Settings.DEFAULT, options, listener);
    return of(dataset.known(), size, chosen);
  }
}
