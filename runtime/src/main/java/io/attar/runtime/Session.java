package io.attar.runtime;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The clicks of one visitor and what they call for. Holds the last {@link
 * Recommender#maximumSessionLength} clicks on known items.
 *
 * <p>Not thread-safe. Memory is allocated when the session is made and not later, except that the
 * list of recommendations grows the first time more than 128 are asked for. A ranking costs the
 * encoder's work plus one pass over all items; see {@link CodeTable}, {@link DenseTable}, {@link
 * SelfAttentionEncoder} and {@link WeightedMeanEncoder}.
 */
public final class Session {
  /** Items scored at a time: their scores stay in the fastest cache. */
  private static final int BLOCK = 1024;

  private static final int FIRST_LIST = 128;

  /** Bits of a position in a window: L is at most 1024. */
  private static final int POSITION_BITS = 10;

  private static final int POSITION_MASK = (1 << POSITION_BITS) - 1;

  private final Recommender recommender;
  private final SessionEncoder.Encoding encoding;
  private final int[] clicks; // (L) item indices, oldest first
  private int length; // l, clicks held

  private final long[] clickKeys; // (L) item index, then position: sorted, clicks group by item
  private final int[] seenItems; // (L) distinct items of the window, ascending
  private final float[] seenBonus; // (L) what the repeat head adds for each
  private int seenCount; // d

  private final float[] query; // (N) scale x theta
  private final float[] lookup; // what the item table needs to score
  private final float[] block; // (BLOCK) scores
  private final TopList list;
  private final Recommendations recommendations;

  Session(Recommender recommender) {
    this.recommender = recommender;
    encoding = recommender.encoder().newEncoding();
    int maximum = recommender.maximumSessionLength();
    clicks = new int[maximum];
    clickKeys = new long[maximum];
    seenItems = new int[maximum];
    seenBonus = new float[maximum];
    query = new float[recommender.dimension()];
    lookup = new float[recommender.table().lookupSize()];
    block = new float[Math.min(BLOCK, recommender.itemCount())];
    list = new TopList(Math.min(FIRST_LIST, recommender.itemCount()));
    recommendations = new Recommendations(recommender.ids(), list);
  }

  /**
   * Adds a click on an item.
   *
   * @param itemId the caller's id
   * @return false, and nothing changes, when the id is unknown or null
   */
  public boolean click(@Nullable String itemId) {
    return clickIndex(recommender.itemIndex(itemId));
  }

  /**
   * Adds a click on an item.
   *
   * @param itemIndex the item's index in the model
   * @return false, and nothing changes, when there is no such item
   */
  public boolean clickIndex(int itemIndex) {
    if (itemIndex < 0 || itemIndex >= recommender.itemCount()) {
      return false;
    }
    if (length == clicks.length) {
      System.arraycopy(clicks, 1, clicks, 0, length - 1);
      length--;
      encoding.restart();
    }
    clicks[length++] = itemIndex;
    return true;
  }

  /** Forgets all clicks. */
  public void clear() {
    length = 0;
    encoding.restart();
  }

  /** Clicks held, at most the model's maximum session length. */
  public int length() {
    return length;
  }

  /**
   * The best items, exactly, those already clicked included: best score first, equal scores by item
   * index.
   *
   * @param count how many, at least 1; fewer come back when the model has fewer items
   * @return this session's buffer: the next call of {@code top} or {@code topUnseen} overwrites it
   * @throws IllegalArgumentException when count is below 1
   */
  public Recommendations top(int count) {
    return rank(count, false);
  }

  /** As {@link #top}, without the items clicked in the clicks held. */
  public Recommendations topUnseen(int count) {
    return rank(count, true);
  }

  /**
   * Writes the score of every item, those already clicked included.
   *
   * @param target (itemCount) by item index
   * @throws IllegalArgumentException when the target has another length
   */
  public void scores(float[] target) {
    int items = recommender.itemCount();
    if (target.length != items) {
      throw new IllegalArgumentException(
          "the target must have one place an item, " + items + ": " + target.length);
    }
    prepare();
    int seen = 0;
    for (int from = 0; from < items; from += BLOCK) {
      seen = score(from, Math.min(from + BLOCK, items), seen, target, from);
    }
  }

  private Recommendations rank(int count, boolean unseenOnly) {
    if (count < 1) {
      throw new IllegalArgumentException(
          "the number of recommendations must be at least 1: " + count);
    }
    prepare();
    int items = recommender.itemCount();
    list.start(Math.min(count, items));
    int seen = 0;
    for (int from = 0; from < items; from += BLOCK) {
      int to = Math.min(from + BLOCK, items);
      int nextSeen = score(from, to, seen, block, 0);
      int run = from;
      if (unseenOnly) {
        for (int i = seen; i < nextSeen; i++) {
          list.offer(block, run - from, seenItems[i] - run, run);
          run = seenItems[i] + 1;
        }
      }
      list.offer(block, run - from, to - run, run);
      seen = nextSeen;
    }
    list.finish();
    return recommendations;
  }

  /** Computes all that the items' scores share. */
  private void prepare() {
    seenCount = 0;
    if (length == 0) {
      return;
    }
    encoding.encode(clicks, length, query);
    Vectors.normalise(query, 0, query.length);
    for (int i = 0; i < query.length; i++) {
      query[i] *= recommender.scale();
    }
    recommender.table().prepare(query, lookup);
    groupClicks();
  }

  /** Fills the distinct items, ascending, and their bonuses. */
  private void groupClicks() {
    for (int t = 0; t < length; t++) {
      clickKeys[t] = (long) clicks[t] << POSITION_BITS | t;
    }
    Arrays.sort(clickKeys, 0, length);
    for (int i = 0; i < length; i++) {
      int item = (int) (clickKeys[i] >>> POSITION_BITS);
      if (seenCount == 0 || seenItems[seenCount - 1] != item) {
        seenItems[seenCount++] = item;
      }
    }
    int group = 0;
    for (int i = 0; i < seenCount; i++) {
      int start = group;
      while (group < length && (int) (clickKeys[group] >>> POSITION_BITS) == seenItems[i]) {
        group++;
      }
      int latest = (int) clickKeys[group - 1] & POSITION_MASK;
      seenBonus[i] =
          recommender.repeat().bonus(group - start, length - 1 - latest, seenCount, length);
    }
  }

  /**
   * Scores the items {@code from} to {@code to} into {@code target} from {@code offset} on.
   *
   * @param seen the first seen item that is not below {@code from}
   * @return the first seen item that is not below {@code to}
   */
  private int score(int from, int to, int seen, float[] target, int offset) {
    if (length == 0) {
      recommender.popular().score(from, to, target, offset);
      return 0;
    }
    recommender.table().score(lookup, from, to, target, offset);
    float similarityWeight = recommender.repeat().similarityWeight();
    int next = seen;
    for (; next < seenCount && seenItems[next] < to; next++) {
      int at = offset + seenItems[next] - from;
      target[at] = similarityWeight * target[at] + seenBonus[next];
    }
    return next;
  }
}
