package io.attar.evaluation;

import io.attar.data.Dataset;
import io.attar.data.Sessions;
import it.unimi.dsi.fastutil.ints.Int2DoubleMap;
import it.unimi.dsi.fastutil.ints.Int2DoubleOpenHashMap;
import it.unimi.dsi.fastutil.ints.IntOpenHashSet;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * Item nearest neighbours: what is found in the same sessions as the last item. With S_i known
 * sessions that hold item i, S_ij that hold both,
 *
 * <pre>
 * sim(i, j) = S_ij / ((S_i + regularisation)^balance (S_j + regularisation)^(1 - balance))
 * </pre>
 *
 * the item itself left out. Source: the baseline of Hidasi et al. (GRU4Rec, ICLR 2016), with their
 * code's regularisation; Ludewig and Jannach 2018.
 */
public final class ItemNeighbours {
  private ItemNeighbours() {}

  /**
   * Settings of the formula.
   *
   * @param neighbours most similar items kept of each item, at least 1
   * @param regularisation sessions added to every item's, at least 0: pairs seen together by chance
   *     once get less
   * @param balance share of the last item's own count in the divisor, 0 to 1; 0.5 makes it a cosine
   */
  public record Settings(int neighbours, double regularisation, double balance) {
    /** The published defaults: 100 neighbours, 20, 0.5. */
    public static final Settings DEFAULT = new Settings(100, 20, 0.5);

    /** Checks the numbers. */
    public Settings {
      if (neighbours < 1) {
        throw new IllegalArgumentException(
            "neighbours must be at least 1: " + neighbours + "; 100 is usual");
      }
      if (!(regularisation >= 0) || Double.isInfinite(regularisation)) {
        throw new IllegalArgumentException(
            "regularisation must not be negative: " + regularisation + "; 20 is usual");
      }
      if (!(balance >= 0 && balance <= 1)) {
        throw new IllegalArgumentException(
            "balance must lie between 0 and 1: " + balance + "; 0.5 is usual");
      }
    }
  }

  /** The method with given settings. */
  public static ScoringMethod of(Sessions known, int catalogueSize, Settings settings) {
    Int2DoubleOpenHashMap[] pairs = LastItemRule.noPairs(catalogueSize);
    double[] counts = new double[catalogueSize];
    for (int s = 0; s < known.count(); s++) {
      IntOpenHashSet distinct = new IntOpenHashSet();
      for (int p = known.start(s); p < known.end(s); p++) {
        if (known.item(p) < catalogueSize) {
          distinct.add(known.item(p));
        }
      }
      int[] items = distinct.toIntArray();
      for (int first : items) {
        counts[first]++;
        for (int second : items) {
          if (second != first) {
            pairs[first].addTo(second, 1);
          }
        }
      }
    }
    for (int item = 0; item < catalogueSize; item++) {
      double own = Math.pow(counts[item] + settings.regularisation(), settings.balance());
      for (Int2DoubleMap.Entry pair : pairs[item].int2DoubleEntrySet()) {
        double other =
            Math.pow(counts[pair.getIntKey()] + settings.regularisation(), 1 - settings.balance());
        pair.setValue(pair.getDoubleValue() / (own * other));
      }
    }
    return new LastItemRule(
        "item kNN",
        String.format(
            Locale.ROOT,
            "%d neighbours, regularisation %s, balance %s",
            settings.neighbours(),
            settings.regularisation(),
            settings.balance()),
        pairs,
        settings.neighbours());
  }

  /** The method with settings chosen on validation, of all known before the test part. */
  public static ScoringMethod choose(
      Dataset dataset, EvaluationOptions options, ProgressListener listener) {
    int size = dataset.catalogueSize();
    Settings chosen =
        new SettingsSearch<Settings>(
                "item kNN",
                (known, settings) -> of(known, size, settings),
                List.of(
                    s ->
                        DoubleStream.of(0, 5, 20, 80)
                            .mapToObj(v -> new Settings(s.neighbours(), v, s.balance())),
                    s ->
                        DoubleStream.of(0.25, 0.5, 0.75)
                            .mapToObj(v -> new Settings(s.neighbours(), s.regularisation(), v)),
                    s ->
                        IntStream.of(50, 100, 300)
                            .mapToObj(v -> new Settings(v, s.regularisation(), s.balance()))))
            .choose(dataset, Settings.DEFAULT, options, listener);
    return of(dataset.known(), size, chosen);
  }
}
