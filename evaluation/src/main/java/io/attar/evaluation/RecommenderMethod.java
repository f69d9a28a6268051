package io.attar.evaluation;

import io.attar.data.Items;
import io.attar.data.Sessions;
import io.attar.runtime.ModelFile;
import io.attar.runtime.ModelFileException;
import io.attar.runtime.Recommendations;
import io.attar.runtime.Recommender;
import io.attar.runtime.Session;
import java.util.Arrays;
import java.util.OptionalLong;

/**
 * A model file, opened and asked through the runtime like any user would: by the caller's item ids,
 * click after click. Items of the data that the file does not know are never clicked and score
 * negative infinity; items of the file that the data does not know are left out.
 *
 * <p>Immutable and safe to share. Cost: 4 bytes an item, and 4 bytes an item per scorer.
 */
public final class RecommenderMethod implements ScoringMethod {
  private static final int TOP = 20;
  private static final int WARM_UP_CLICKS = 5_000;
  private static final int TIMED_CLICKS = 20_000;

  private final String name;
  private final byte[] file;
  private final Recommender recommender;
  private final int[] modelIndices; // (catalogue) the file's item index, -1 where it knows none

  private RecommenderMethod(String name, byte[] file, Recommender recommender, int[] indices) {
    this.name = name;
    this.file = file;
    this.recommender = recommender;
    this.modelIndices = indices;
  }

  /**
   * Opens a model file for a data set.
   *
   * @param name what to call it in reports
   * @param file the whole file
   * @param items the data set's items
   * @param catalogueSize number of items ranked, the first of {@code items}
   * @throws ModelFileException when the bytes are not a model file
   */
  public static RecommenderMethod open(String name, byte[] file, Items items, int catalogueSize)
      throws ModelFileException {
    byte[] own = file.clone();
    Recommender recommender = Recommender.open(own);
    int[] indices = new int[catalogueSize];
    Arrays.setAll(indices, item -> recommender.itemIndex(items.id(item)));
    return new RecommenderMethod(name, own, recommender, indices);
  }

  @Override
  public String name() {
    return name;
  }

  /** Length of the whole file. */
  @Override
  public OptionalLong bytes() {
    return OptionalLong.of(file.length);
  }

  /** Bytes of the file that hold the caller's item ids. */
  public long itemIdBytes() {
    try {
      return ModelFile.read(file).sections().stream()
          .filter(section -> section.tag().equals("ITEM"))
          .mapToLong(ModelFile.Section::length)
          .sum();
    } catch (ModelFileException e) {
      throw new IllegalStateException("the model file was read before and must still be one", e);
    }
  }

  /** Where the file says it comes from, JSON. */
  public String provenance() {
    return recommender.provenance();
  }

  @Override
  public SessionScorer newScorer() {
    return new Scorer();
  }

  /**
   * Times clicks on this machine, one thread: taking a click and ranking the best 20. The first
   * clicks warm the virtual machine up and do not count.
   *
   * @param sessions whose clicks to play, from the first on, over again when they are few
   * @return zero clicks, and NaN for the times, when the file knows none of the items clicked
   */
  public ClickTiming time(Sessions sessions) {
    Session visit = recommender.newSession();
    double[] microseconds = new double[TIMED_CLICKS];
    int timed = -WARM_UP_CLICKS;
    boolean some = true;
    while (some && timed < TIMED_CLICKS) {
      some = false;
      for (int s = 0; s < sessions.count() && timed < TIMED_CLICKS; s++) {
        visit.clear();
        for (int p = sessions.start(s); p < sessions.end(s) && timed < TIMED_CLICKS; p++) {
          int item = sessions.item(p);
          if (item >= modelIndices.length || modelIndices[item] < 0) {
            continue;
          }
          some = true;
          String id = recommender.itemId(modelIndices[item]);
          long start = System.nanoTime();
          visit.click(id);
          Recommendations top = visit.top(TOP);
          long end = System.nanoTime();
          if (top.size() == 0) {
            throw new IllegalStateException("a model of at least one item must recommend one");
          }
          if (timed >= 0) {
            microseconds[timed] = (end - start) / 1e3;
          }
          timed++;
        }
      }
    }
    double[] sorted = Arrays.copyOf(microseconds, Math.max(0, timed));
    Arrays.sort(sorted);
    return new ClickTiming(
        Bootstrap.quantile(sorted, 0.5), Bootstrap.quantile(sorted, 0.99), sorted.length);
  }

  private final class Scorer implements SessionScorer {
    private final Session visit = recommender.newSession();
    private final float[] modelScores = new float[recommender.itemCount()];

    @Override
    public void start() {
      visit.clear();
    }

    @Override
    public void click(int item) {
      if (item < modelIndices.length && modelIndices[item] >= 0) {
        visit.click(recommender.itemId(modelIndices[item]));
      }
    }

    @Override
    public void scores(double[] scores) {
      visit.scores(modelScores);
      for (int item = 0; item < modelIndices.length; item++) {
        int index = modelIndices[item];
        scores[item] = index < 0 ? Double.NEGATIVE_INFINITY : modelScores[index];
      }
    }
  }
}
