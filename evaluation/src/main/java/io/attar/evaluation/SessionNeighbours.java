package io.attar.evaluation;

import io.attar.data.Dataset;
import io.attar.data.Sessions;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Session-based nearest neighbours: the known sessions most similar to the visitor's vote for their
 * items. A strong opponent that needs the whole log at hand, so it is a yardstick, not something to
 * ship.
 *
 * <p>With x ranging over distinct items, a(x) the steps from the end of the visitor's session back
 * to x's latest click, S known sessions of which S_x hold x,
 *
 * <pre>
 * idf(x)   = ln((S + 1) / S_x), or 1 when switched off
 * sim(n)   = sum of decay^a(x) idf(x)^2 over the items x that session n shares with the visitor's
 *            / (sum of idf(x)^2 over n's items)^lengthPenalty
 * score(i) = idf(i) x sum of sim(n)^sharpness age(n) over the k most similar sessions n holding i
 * </pre>
 *
 * where age(n) falls in proportion from 1 for the latest known session to {@code recency} for the
 * oldest. Among equally similar sessions the later one is the neighbour. An item without a vote
 * scores negative infinity.
 *
 * <p>Sources: Jannach and Ludewig, When recurrent neural networks meet the neighborhood for
 * session-based recommendation, RecSys 2017 (SKNN, cosine); Ludewig and Jannach, Evaluation of
 * session-based recommendation algorithms, User Modeling and User-Adapted Interaction 28, 2018
 * (VSKNN: recent clicks weigh more, votes by idf). Unlike theirs, all sessions that share an item
 * are compared; none is sampled away.
 *
 * <p>Cost: 8 bytes a known click and 8 a session to hold; a scoring visits every known session that
 * shares an item. Immutable and safe to share.
 */
public final class SessionNeighbours implements ScoringMethod {
  private final NeighbourSettings settings;
  private final int catalogueSize;
  private final int[] items; // (entries) distinct items of every session, ascending
  private final int[] itemStarts; // (sessions + 1) into items
  private final int[] holders; // (entries) sessions that hold an item, item by item, oldest first
  private final int[] holderStarts; // (items + 1) into holders
  private final double[] rarities; // (items) idf, or 1
  private final double[] lengthWeights; // (sessions) what a similarity is multiplied by
  private final double[] ageWeights; // (sessions)

  /**
   * Indexes the known sessions.
   *
   * @param known sessions to find neighbours among, oldest first
   * @param catalogueSize number of items ranked; clicks on others are ignored
   * @param settings how to compare and to vote
   */
  public SessionNeighbours(Sessions known, int catalogueSize, NeighbourSettings settings) {
    this.settings = settings;
    this.catalogueSize = catalogueSize;
    this.itemStarts = new int[known.count() + 1];
    int[] distinct = new int[known.clickCount()];
    int[] seenIn = new int[catalogueSize];
    int[] counts = new int[catalogueSize];
    Arrays.fill(seenIn, -1);
    int entries = 0;
    for (int s = 0; s < known.count(); s++) {
      for (int p = known.start(s); p < known.end(s); p++) {
        int item = known.item(p);
        if (item < catalogueSize && seenIn[item] != s) {
          seenIn[item] = s;
          counts[item]++;
          distinct[entries++] = item;
        }
      }
      // In one order, so that sessions of the same items are equally similar to the last bit.
      Arrays.sort(distinct, itemStarts[s], entries);
      itemStarts[s + 1] = entries;
    }
    this.items = Arrays.copyOf(distinct, entries);
    this.holders = new int[entries];
    this.holderStarts = new int[catalogueSize + 1];
    for (int item = 0; item < catalogueSize; item++) {
      holderStarts[item + 1] = holderStarts[item] + counts[item];
    }
    int[] next = Arrays.copyOf(holderStarts, catalogueSize);
    for (int s = 0; s < known.count(); s++) {
      for (int e = itemStarts[s]; e < itemStarts[s + 1]; e++) {
        holders[next[items[e]]++] = s;
      }
    }
    this.rarities = new double[catalogueSize];
    for (int item = 0; item < catalogueSize; item++) {
      rarities[item] =
          settings.inverseFrequency() && counts[item] > 0
              ? Math.log((known.count() + 1.0) / counts[item])
              : 1;
    }
    this.lengthWeights = new double[known.count()];
    this.ageWeights = new double[known.count()];
    for (int s = 0; s < known.count(); s++) {
      double total = 0;
      for (int e = itemStarts[s]; e < itemStarts[s + 1]; e++) {
        total += rarities[items[e]] * rarities[items[e]];
      }
      lengthWeights[s] = total == 0 ? 1 : Math.pow(total, -settings.lengthPenalty());
      ageWeights[s] =
          settings.recency() + (1 - settings.recency()) * (s + 1) / (double) known.count();
    }
  }

  /**
   * Chooses the settings on held-out sessions by NDCG@10 and builds the method on all that was
   * known before the test part. Starting from {@link NeighbourSettings#DEFAULT}, one setting after
   * the other takes the best of a few values, twice around.
   *
   * <p>A data set without validation gives its latest known sessions for it: as many as hold 5,000
   * cases, at most a tenth of all. Where not even one case is left, the defaults stay.
   */
  public static SessionNeighbours choose(
      Dataset dataset, EvaluationOptions options, ProgressListener listener) {
    int size = dataset.catalogueSize();
    NeighbourSettings chosen =
        new SettingsSearch<NeighbourSettings>(
                "session kNN",
                (known, settings) -> new SessionNeighbours(known, size, settings),
                List.of(
                    s -> DoubleStream.of(0.7, 0.8, 0.9, 1).mapToObj(s::withDecay),
                    s -> Stream.of(true, false).map(s::withInverseFrequency),
                    s -> DoubleStream.of(0, 0.25, 0.5).mapToObj(s::withLengthPenalty),
                    s -> DoubleStream.of(1, 2).mapToObj(s::withSharpness),
                    s -> DoubleStream.of(0, 0.5, 1).mapToObj(s::withRecency),
                    s -> IntStream.of(100, 500).mapToObj(s::withNeighbours)))
            .choose(dataset, NeighbourSettings.DEFAULT, options, listener);
    return new SessionNeighbours(dataset.known(), size, chosen);
  }

  /** How sessions are compared and vote. */
  public NeighbourSettings settings() {
    return settings;
  }

  @Override
  public String name() {
    return "session kNN";
  }

  @Override
  public String description() {
    return String.format(
        Locale.ROOT,
        "%d neighbours, decay %s, rarity %s, length penalty %s, sharpness %s, recency %s",
        settings.neighbours(),
        settings.decay(),
        settings.inverseFrequency() ? "counted" : "not counted",
        settings.lengthPenalty(),
        settings.sharpness(),
        settings.recency());
  }

  /** The sessions' items and the index over them, 4 bytes a number. */
  @Override
  public OptionalLong bytes() {
    return OptionalLong.of(
        4L * (items.length + itemStarts.length + holders.length + holderStarts.length));
  }

  @Override
  public SessionScorer newScorer() {
    return new Scorer();
  }

  /** A voter of its own for one thread. */
  public Voter newVoter() {
    return new Voter();
  }

  /**
   * Votes for the items that a prefix of a known session has not clicked, the session itself left
   * out: what its neighbours would tell, had it not been recorded. Not thread-safe.
   */
  public final class Voter {
    private final Scorer scorer = new Scorer();
    private final double[] votes = new double[catalogueSize]; // 0 between calls
    private final int[] touched = new int[catalogueSize];

    private Voter() {}

    /** Forgets all clicks. */
    public void start() {
      scorer.start();
    }

    /** Adds a click to the prefix. */
    public void click(int item) {
      scorer.click(item);
    }

    /**
     * The most voted items that are not in the prefix, best first.
     *
     * @param leftOut number of the known session that has no vote, -1 for none
     * @param best (n) receives item indices
     * @param shares (n) receives their votes as shares of all n items' votes
     * @return how many were found, at most n
     */
    public int vote(int leftOut, int[] best, float[] shares) {
      int count = scorer.compare();
      int touchedCount = 0;
      if (leftOut >= 0) {
        scorer.similarity[leftOut] = 0; // Weakest of all, and its vote weighs nothing.
      }
      int neighbours = scorer.select(count);
      for (int b = 0; b < neighbours; b++) {
        int session = scorer.best[b];
        double vote = scorer.sharpened(scorer.similarity[session]) * ageWeights[session];
        if (session != leftOut) {
          for (int e = itemStarts[session]; e < itemStarts[session + 1]; e++) {
            if (votes[items[e]] == 0) {
              touched[touchedCount++] = items[e];
            }
            votes[items[e]] += vote;
          }
        }
      }
      for (int c = 0; c < count; c++) {
        scorer.similarity[scorer.candidates[c]] = 0;
      }
      for (int c = 0; c < scorer.clicks; c++) {
        votes[scorer.clicked[c]] = 0;
      }
      int found = 0;
      for (int t = 0; t < touchedCount; t++) {
        int item = touched[t];
        double vote = votes[item] * rarities[item];
        votes[item] = 0;
        if (vote > 0 && (found < best.length || vote > shares[found - 1])) {
          int at = found < best.length ? found++ : found - 1;
          while (at > 0 && shares[at - 1] < vote) {
            best[at] = best[at - 1];
            shares[at] = shares[at - 1];
            at--;
          }
          best[at] = item;
          shares[at] = (float) vote;
        }
      }
      double sum = 0;
      for (int i = 0; i < found; i++) {
        sum += shares[i];
      }
      for (int i = 0; i < found; i++) {
        shares[i] /= (float) sum;
      }
      return found;
    }
  }

  private final class Scorer implements SessionScorer {
    private final double[] similarity = new double[ageWeights.length]; // (sessions) 0 between calls
    private final int[] candidates = new int[ageWeights.length]; // sessions that share an item
    private final int[] best; // (k) the neighbours so far; a heap, the weakest on top
    private final int[] seenAt = new int[catalogueSize]; // (items) call that counted the item last
    private int call;
    private int[] clicked = new int[64]; // the session's clicks on catalogue items
    private int clicks;

    Scorer() {
      best = new int[Math.min(settings.neighbours(), Math.max(1, ageWeights.length))];
    }

    @Override
    public void start() {
      clicks = 0;
    }

    @Override
    public void click(int item) {
      if (item >= catalogueSize) {
        return;
      }
      if (clicks == clicked.length) {
        clicked = Arrays.copyOf(clicked, 2 * clicks);
      }
      clicked[clicks++] = item;
    }

    @Override
    public void scores(double[] scores) {
      Arrays.fill(scores, 0, catalogueSize, 0);
      int candidateCount = compare();
      int neighbours = select(candidateCount);
      for (int b = 0; b < neighbours; b++) {
        int session = best[b];
        double vote = sharpened(similarity[session]) * ageWeights[session];
        for (int e = itemStarts[session]; e < itemStarts[session + 1]; e++) {
          scores[items[e]] += vote;
        }
      }
      for (int c = 0; c < candidateCount; c++) {
        similarity[candidates[c]] = 0;
      }
      for (int item = 0; item < catalogueSize; item++) {
        scores[item] = scores[item] == 0 ? Double.NEGATIVE_INFINITY : scores[item] * rarities[item];
      }
    }

    /** Fills in the similarity of every session that shares an item; returns how many do. */
    private int compare() {
      call++;
      int count = 0;
      double stepWeight = 1;
      for (int c = clicks - 1; c >= 0; c--) {
        int item = clicked[c];
        double weight = stepWeight * rarities[item] * rarities[item];
        stepWeight *= settings.decay();
        if (seenAt[item] == call) {
          continue; // A later click on it counted already.
        }
        seenAt[item] = call;
        for (int h = holderStarts[item]; h < holderStarts[item + 1]; h++) {
          int session = holders[h];
          if (similarity[session] == 0) {
            candidates[count++] = session;
          }
          similarity[session] += weight;
        }
      }
      for (int c = 0; c < count; c++) {
        similarity[candidates[c]] *= lengthWeights[candidates[c]];
      }
      return count;
    }

    private double sharpened(double value) {
      if (settings.sharpness() == 1) {
        return value;
      }
      return settings.sharpness() == 2 ? value * value : Math.pow(value, settings.sharpness());
    }

    /** Puts the most similar of the candidates into {@code best}; returns how many. */
    private int select(int candidateCount) {
      int size = 0;
      for (int c = 0; c < candidateCount; c++) {
        int session = candidates[c];
        if (size < best.length) {
          best[size++] = session;
          if (size == best.length) {
            for (int at = size / 2 - 1; at >= 0; at--) {
              siftDown(at, size);
            }
          }
        } else if (weaker(best[0], session)) {
          best[0] = session;
          siftDown(0, size);
        }
      }
      return size;
    }

    private void siftDown(int from, int size) {
      int at = from;
      int moved = best[at];
      while (2 * at + 1 < size) {
        int child = 2 * at + 1;
        if (child + 1 < size && weaker(best[child + 1], best[child])) {
          child++;
        }
        if (!weaker(best[child], moved)) {
          break;
        }
        best[at] = best[child];
        at = child;
      }
      best[at] = moved;
    }

    private boolean weaker(int session, int other) {
      return similarity[session] < similarity[other]
          || (similarity[session] == similarity[other] && session < other);
    }
  }
}
