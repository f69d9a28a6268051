package io.attar.evaluation;

import io.attar.data.Dataset;
import io.attar.data.Sessions;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * Vector session kNN as published (Ludewig and Jannach, User Modeling and User-Adapted Interaction
 * 28, 2018, V-SKNN; the variant with idf of their RecSys 2019 comparison): the visitor's clicks
 * weigh by their place from the end, a neighbour's votes by the place of the latest shared click,
 * items by their rarity; neighbours come from the latest sessions that share an item.
 *
 * <pre>
 * sim(n)   = sum of click(d(x)) over the shared items x
 * score(i) = (1 + rarity ln(S / S_i)) sum of sim(n) vote(smallest d(x) shared with n)
 * </pre>
 *
 * {@link SessionNeighbours} compares all sessions and has further settings.
 */
public final class VectorSessionNeighbours {
  private VectorSessionNeighbours() {}

  /**
   * Settings.
   *
   * @param neighbours k, most similar sessions that vote, at least 1
   * @param sampled sessions compared, the latest that share an item, at least 1
   * @param clickDecay weight of the visitor's clicks by their place from the end
   * @param voteDecay weight of a neighbour's votes by the place of the latest shared click
   * @param rarity weight of an item's logarithmic rarity, at least 0
   */
  public record Settings(
      int neighbours, int sampled, Decay clickDecay, Decay voteDecay, double rarity) {
    /** The published defaults with 1,000 sessions sampled. */
    public static final Settings DEFAULT =
        new Settings(100, 1_000, Decay.RECIPROCAL, Decay.LINEAR, 0);

    /** Checks the numbers. */
    public Settings {
      if (neighbours < 1) {
        throw new IllegalArgumentException(
            "neighbours must be at least 1: " + neighbours + "; 100 to 500 are usual");
      }
      if (sampled < 1) {
        throw new IllegalArgumentException(
            "sampled must be at least 1: " + sampled + "; 1,000 is usual");
      }
      if (!(rarity >= 0) || Double.isInfinite(rarity)) {
        throw new IllegalArgumentException(
            "rarity must not be negative: " + rarity + "; 0 switches it off, 1 to 10 are usual");
      }
    }
  }

  /** The method with given settings. */
  public static ScoringMethod of(Sessions known, int catalogueSize, Settings settings) {
    int[] holders = OrderedNeighbours.holderCounts(known, catalogueSize);
    return new OrderedNeighbours(
        "vector session kNN",
        String.format(
            Locale.ROOT,
            "%d neighbours of the latest %d sessions, clicks %s, votes %s, rarity %s",
            settings.neighbours(),
            settings.sampled(),
            settings.clickDecay(),
            settings.voteDecay(),
            settings.rarity()),
        known,
        catalogueSize,
        settings.neighbours(),
        settings.sampled(),
        new OrderedNeighbours.Formula() {
          @Override
          public double click(int distance) {
            return settings.clickDecay().weight(distance);
          }

          @Override
          public double session(int session, int visitorClicks) {
            return 1;
          }

          @Override
          public double vote(int distance, int gap) {
            return settings.voteDecay().weight(distance);
          }

          @Override
          public double item(int item) {
            return 1 + settings.rarity() * Math.log((double) known.count() / holders[item]);
          }
        });
  }

  /** The method with settings chosen on validation, of all known before the test part. */
  public static ScoringMethod choose(
      Dataset dataset, EvaluationOptions options, ProgressListener listener) {
    int size = dataset.catalogueSize();
    Settings chosen =
        new SettingsSearch<Settings>(
                "vector session kNN",
                (known, settings) -> of(known, size, settings),
                List.of(
                    s ->
                        Arrays.stream(Decay.values())
                            .map(
                                v ->
                                    new Settings(
                                        s.neighbours(), s.sampled(), v, s.voteDecay(), s.rarity())),
                    s ->
                        Arrays.stream(Decay.values())
                            .map(
                                v ->
                                    new Settings(
                                        s.neighbours(),
                                        s.sampled(),
                                        s.clickDecay(),
                                        v,
                                        s.rarity())),
                    s ->
                        DoubleStream.of(0, 1, 5)
                            .mapToObj(
                                v ->
                                    new Settings(
                                        s.neighbours(),
                                        s.sampled(),
                                        s.clickDecay(),
                                        s.voteDecay(),
                                        v)),
                    s ->
                        IntStream.of(1_000, 5_000)
                            .mapToObj(
                                v ->
                                    new Settings(
                                        s.neighbours(),
                                        v,
                                        s.clickDecay(),
                                        s.voteDecay(),
                                        s.rarity())),
                    s ->
                        IntStream.of(50, 100, 500)
                            .mapToObj(
                                v ->
                                    new Settings(
                                        v,
                                        s.sampled(),
                                        s.clickDecay(),
                                        s.voteDecay(),
                                        s.rarity()))))
            .choose(dataset, Settings.DEFAULT, options, listener);
    return of(dataset.known(), size, chosen);
  }
}
