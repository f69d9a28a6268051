package io.attar.runtime;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * The clicks of one visitor and what they call for. Holds the last {@link
 * Recommender#maximumSessionLength} clicks on known items.
 *
 * <pre>
 * Session visit = shop.newSession();
 * visit.click("sku-4711");
 * for (String id : visit.top(20).itemIds()) {
 *   show(id);
 * }
 * byte[] state = visit.save(); // a few bytes; shop.newSession().restore(state) goes on from there
 * </pre>
 *
 * <p>Not thread-safe. Memory is allocated when the session is made and not later, except that the
 * list of recommendations grows the first time more than 128 are asked for, except in {@link #save}
 * and {@link #explain}, and except that a {@link TensorTrainTable} makes each click's row anew. A
 * click costs one click, whatever was clicked before, as long as the window does not slide; see
 * {@link SelfAttentionEncoder}, {@link WeightedMeanEncoder}, {@link CodeTable}, {@link DenseTable},
 * {@link HybridTable} and {@link NeighbourTable}.
 */
public final class Session {
  private static final int FIRST_LIST = 128;

  /** An allow-list of less than one item in so many is scored item by item. */
  private static final int SHORT_LIST = 8;

  /** Bits of a position in a window: L is at most 1024. */
  private static final int POSITION_BITS = 10;

  private static final int POSITION_MASK = (1 << POSITION_BITS) - 1;

  private static final int SAVED_VERSION = 1;
  private static final int SAVED_HEADER = 5;

  private final Recommender recommender;
  private final SessionEncoder.Encoding encoding;
  private final ItemTable.Scorer scorer;
  private final int[] clicks; // (L) item indices, oldest first
  private int length; // l, clicks held
  private boolean prepared; // the scorer holds this session's query

  private final long[] clickKeys; // (L) item index, then position: sorted, clicks group by item
  private final int[] seenItems; // (L) distinct items of the window, ascending
  private final int[] seenClicks; // (L) clicks on each
  private final int[] seenAges; // (L) clicks after the latest of them
  private final float[] seenScores; // (L) scratch
  private int seenCount; // d

  private final float[] query; // (N) scale x theta
  private double queryLength; // |theta| before it was divided by it
  private final float[] single = new float[1];
  private final TopList list;
  private final Recommendations recommendations;

  private final RepeatNetwork.@Nullable Decision decision; // null: a repeat head instead
  private final TopList best; // the best unseen items of the catalogue, as many as a decision takes
  private final TopList unseen; // of the ranking in progress, before the decision

  /** What the ranking in progress may hold, when the sets or the clicks leave something out. */
  private final class Admission implements TopList.Admission {
    private @Nullable Ranking ranking;
    private boolean seenToo;

    @Override
    public boolean admits(int item) {
      return (seenToo || seen(item) < 0) && (ranking == null || ranking.admits(item));
    }
  }

  private final Admission admission = new Admission();

  Session(Recommender recommender) {
    this.recommender = recommender;
    encoding = recommender.encoder().newEncoding();
    scorer = encoding.scorer(recommender.table());
    int maximum = recommender.maximumSessionLength();
    clicks = new int[maximum];
    clickKeys = new long[maximum];
    seenItems = new int[maximum];
    seenClicks = new int[maximum];
    seenAges = new int[maximum];
    seenScores = new float[maximum];
    query = new float[recommender.dimension()];
    list = new TopList(Math.min(FIRST_LIST, recommender.itemCount()));
    recommendations = new Recommendations(recommender.ids(), list);
    RepeatNetwork network = recommender.network();
    decision = network == null ? null : network.newDecision();
    best = new TopList(decision == null ? 0 : decision.ranks());
    unseen = new TopList(decision == null ? 0 : Math.min(FIRST_LIST, recommender.itemCount()));
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
      encoding.slide(clicks);
      System.arraycopy(clicks, 1, clicks, 0, length - 1);
      length--;
    }
    clicks[length++] = itemIndex;
    prepared = false;
    return true;
  }

  /** Forgets all clicks. */
  public void clear() {
    length = 0;
    prepared = false;
    encoding.restart();
  }

  /** Clicks held, at most the model's maximum session length. */
  public int length() {
    return length;
  }

  /**
   * The best items, exactly, those already clicked included: best score first, equal scores by item
   * index; where a repeat network decides, equal scores of own items first, unseen ones in the
   * order they have without it.
   *
   * @param count how many, at least 1; fewer come back when the model has fewer items
   * @return this session's buffer: its next ranking overwrites it
   * @throws IllegalArgumentException when count is below 1
   */
  public Recommendations top(int count) {
    checkCount(count);
    return rank(count, false, Float.NEGATIVE_INFINITY, null);
  }

  /** As {@link #top(int)}, without the items clicked in the clicks held. */
  public Recommendations topUnseen(int count) {
    checkCount(count);
    return rank(count, true, Float.NEGATIVE_INFINITY, null);
  }

  /**
   * The best of the items that a ranking lets through, exactly, in the order of {@link #top(int)}.
   *
   * @return this session's buffer: its next ranking overwrites it; empty when nothing gets through
   * @throws IllegalArgumentException when an item set of the ranking is of another model
   */
  public Recommendations top(Ranking ranking) {
    ranking.checkModel(recommender);
    return rank(ranking.count(), ranking.isUnseen(), ranking.minimumScore(), ranking);
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
    if (length == 0) {
      recommender.popular().scores(target);
      return;
    }
    prepare();
    scorer.scores(0, items, target, 0);
    for (int i = 0; i < seenCount; i++) {
      seenScores[i] = seenScore(i, target[seenItems[i]]);
    }
    if (decision != null) {
      for (int item = 0; item < items; item++) {
        target[item] = decision.unseen(target[item]);
      }
    }
    for (int i = 0; i < seenCount; i++) {
      target[seenItems[i]] = seenScores[i];
    }
  }

  /**
   * Why an item scores what it scores now.
   *
   * @throws IndexOutOfBoundsException when there is no such item
   */
  public Explanation explain(int itemIndex) {
    String id = recommender.itemId(itemIndex);
    List<Explanation.Term> terms = new ArrayList<>();
    if (length == 0) {
      float popularity = recommender.popular().score(itemIndex);
      terms.add(new Explanation.Term("popularity", -1, popularity));
      return new Explanation(id, popularity, terms);
    }
    prepare();
    int seen = seen(itemIndex);
    float similarity = score(itemIndex);
    float score = seen < 0 ? unseenScore(similarity) : seenScore(seen, similarity);
    float[] row = new float[recommender.dimension()];
    recommender.table().row(itemIndex, row, 0);
    double factor = queryLength == 0 ? 0 : recommender.scale() / queryLength;
    RepeatHead repeat = recommender.repeat();
    if (seen >= 0 && repeat != null) {
      factor *= repeat.similarityWeight();
    }
    for (int t = 0; t < length; t++) {
      double value = factor * encoding.weight(t) * encoding.part(t, itemIndex, row);
      terms.add(new Explanation.Term("similarity to " + recommender.itemId(clicks[t]), t, value));
    }
    float bias = recommender.table().bias(itemIndex);
    if (bias != 0) {
      double weight = seen < 0 || repeat == null ? 1 : repeat.similarityWeight();
      terms.add(new Explanation.Term("item bias", -1, weight * bias));
    }
    if (repeat == null) {
      terms.add(new Explanation.Term("repeat network", -1, (double) score - similarity));
    } else if (seen >= 0) {
      float[] values = repeat.terms(seenClicks[seen], seenAges[seen], seenCount, length);
      for (int i = 0; i < values.length; i++) {
        terms.add(new Explanation.Term(RepeatHead.TERMS[i], -1, values[i]));
      }
    }
    double sum = 0;
    for (Explanation.Term term : terms) {
      sum += term.value();
    }
    terms.add(new Explanation.Term("rounding", -1, score - sum));
    return new Explanation(id, score, terms);
  }

  /**
   * Why an item scores what it scores now.
   *
   * @param itemId the caller's id
   * @return null when the id is unknown or null
   */
  public @Nullable Explanation explain(@Nullable String itemId) {
    int item = recommender.itemIndex(itemId);
    return item < 0 ? null : explain(item);
  }

  /**
   * The clicks held, in a few bytes: five, and one to four a click. For {@link #restore} by a
   * session of the same model file.
   */
  public byte[] save() {
    byte[] bytes = new byte[SAVED_HEADER + 4 * length];
    int end = SAVED_HEADER;
    for (int t = 0; t < length; t++) {
      int rest = clicks[t];
      while (rest >= 0x80) {
        bytes[end++] = (byte) (rest | 0x80);
        rest >>>= 7;
      }
      bytes[end++] = (byte) rest;
    }
    bytes[0] = SAVED_VERSION;
    int sum = savedSum(bytes, end);
    for (int i = 0; i < 4; i++) {
      bytes[1 + i] = (byte) (sum >>> (8 * i));
    }
    return Arrays.copyOf(bytes, end);
  }

  /**
   * Takes up the clicks that {@link #save} wrote, in place of those held.
   *
   * @return false, and nothing changes, when the bytes are damaged or were not saved with this very
   *     model file, whose item indices alone they fit
   */
  public boolean restore(byte[] saved) {
    if (saved.length < SAVED_HEADER || saved[0] != SAVED_VERSION) {
      return false;
    }
    int sum = savedSum(saved, saved.length);
    for (int i = 0; i < 4; i++) {
      if (saved[1 + i] != (byte) (sum >>> (8 * i))) {
        return false;
      }
    }
    clear();
    int item = 0;
    int shift = 0;
    // The sum vouches for bytes and model; what is read is checked all the same.
    for (int i = SAVED_HEADER; i < saved.length; i++) {
      item |= (saved[i] & 0x7F) << shift;
      shift += 7;
      if (saved[i] >= 0) {
        clickIndex(item);
        item = 0;
        shift = 0;
      }
    }
    return true;
  }

  /** A checksum of the saved clicks and of the model they belong to. */
  private int savedSum(byte[] saved, int end) {
    CRC32 sum = new CRC32();
    for (int i = 0; i < 4; i++) {
      sum.update((recommender.fingerprint() >>> (8 * i)) & 0xFF);
    }
    sum.update(saved, SAVED_HEADER, end - SAVED_HEADER);
    return (int) sum.getValue();
  }

  private static void checkCount(int count) {
    if (count < 1) {
      throw new IllegalArgumentException(
          "the number of recommendations must be at least 1: " + count);
    }
  }

  private Recommendations rank(
      int count, boolean onlyUnseen, float minimumScore, @Nullable Ranking ranking) {
    int items = recommender.itemCount();
    if (length > 0) {
      prepare();
    }
    admission.ranking = ranking;
    admission.seenToo = true;
    if (length > 0 && decision != null) {
      decide(Math.min(count, items), onlyUnseen, minimumScore, ranking);
    } else {
      list.start(Math.min(count, items), minimumScore, admission);
      if (length == 0) {
        recommender.popular().search(items, list);
      } else {
        for (int i = 0; i < seenCount && !onlyUnseen; i++) {
          list.offer(seenItems[i], seenScore(i, score(seenItems[i])));
        }
        admission.seenToo = false;
        offerUnseen(list, ranking);
      }
      list.finish();
    }
    admission.ranking = null;
    return recommendations;
  }

  /** Offers the unseen items that a ranking lets through, with their own scores. */
  private void offerUnseen(TopList target, @Nullable Ranking ranking) {
    ItemSet allowed = ranking == null ? null : ranking.allowed();
    if (allowed != null && allowed.size() < recommender.itemCount() / SHORT_LIST) {
      for (int item = allowed.next(0); item >= 0; item = allowed.next(item + 1)) {
        target.offer(item, score(item));
      }
    } else {
      scorer.search(target);
    }
  }

  /** Fills the list with what was decided for own items and the best unseen ones. */
  private void decide(
      int count, boolean onlyUnseen, float minimumScore, @Nullable Ranking ranking) {
    TopList candidates = best;
    if ((ranking != null && ranking.hasSets()) || (count > best.size() && best.isFull())) {
      candidates = unseen;
      admission.seenToo = false;
      unseen.start(count, Float.NEGATIVE_INFINITY, admission);
      offerUnseen(unseen, ranking);
      unseen.finish();
    }
    // By place: rounding may make the scores of unseen items equal, but it must not reorder them.
    list.start(count, minimumScore, null);
    for (int i = 0; i < seenCount && !onlyUnseen; i++) {
      if (ranking == null || ranking.admits(seenItems[i])) {
        list.offer(i, seenScore(i, score(seenItems[i])));
      }
    }
    for (int r = 0; r < candidates.size(); r++) {
      list.offer(seenCount + r, unseenScore(candidates.score(r)));
    }
    list.finish();
    for (int rank = 0; rank < list.size(); rank++) {
      int place = list.item(rank);
      list.rename(rank, place < seenCount ? seenItems[place] : candidates.item(place - seenCount));
    }
  }

  /** Computes all that the items' scores share; the session has a click. */
  private void prepare() {
    if (prepared) {
      return;
    }
    encoding.encode(clicks, length, query);
    queryLength = Vectors.norm(query, 0, query.length);
    Vectors.normalise(query, 0, query.length);
    for (int i = 0; i < query.length; i++) {
      query[i] *= recommender.scale();
    }
    scorer.prepare(query);
    groupClicks();
    prepared = true;
    if (decision != null) {
      startDecision(decision);
    }
  }

  private void startDecision(RepeatNetwork.Decision network) {
    admission.ranking = null;
    admission.seenToo = false;
    best.start(network.ranks(), Float.NEGATIVE_INFINITY, admission);
    scorer.search(best);
    best.finish();
    int most = 0;
    int last = 0;
    for (int i = 0; i < seenCount; i++) {
      most = Math.max(most, seenClicks[i]);
      last = seenAges[i] == 0 ? seenClicks[i] : last;
    }
    network.start(clicks, length, seenCount, most, last, best);
  }

  /** Fills the distinct items, ascending, with their clicks and ages. */
  private void groupClicks() {
    for (int t = 0; t < length; t++) {
      clickKeys[t] = (long) clicks[t] << POSITION_BITS | t;
    }
    for (int t = 1; t < length; t++) {
      // By insertion: java.util sorts windows of some lengths in memory of its own.
      long key = clickKeys[t];
      int place = t;
      for (; place > 0 && clickKeys[place - 1] > key; place--) {
        clickKeys[place] = clickKeys[place - 1];
      }
      clickKeys[place] = key;
    }
    seenCount = 0;
    for (int i = 0; i < length; i++) {
      int item = (int) (clickKeys[i] >>> POSITION_BITS);
      if (seenCount == 0 || seenItems[seenCount - 1] != item) {
        seenItems[seenCount] = item;
        seenClicks[seenCount++] = 0;
      }
      seenClicks[seenCount - 1]++;
      seenAges[seenCount - 1] = length - 1 - ((int) clickKeys[i] & POSITION_MASK);
    }
  }

  /** The score of an item that was not clicked, through memory: so every platform rounds it. */
  private float score(int item) {
    scorer.scores(item, item + 1, single, 0);
    return single[0];
  }

  /** Place of an item among the distinct ones of the window, negative when it is not. */
  private int seen(int item) {
    return Arrays.binarySearch(seenItems, 0, length == 0 ? 0 : seenCount, item);
  }

  private float unseenScore(float similarity) {
    single[0] = decision == null ? similarity : decision.unseen(similarity);
    return single[0];
  }

  private float seenScore(int place, float similarity) {
    RepeatHead repeat = recommender.repeat();
    if (repeat != null) {
      single[0] = repeat.score(similarity, seenClicks[place], seenAges[place], seenCount, length);
    } else if (decision != null) {
      int later = 0;
      int busier = 0;
      for (int i = 0; i < seenCount; i++) {
        later += seenAges[i] < seenAges[place] ? 1 : 0;
        busier += seenClicks[i] > seenClicks[place] ? 1 : 0;
      }
      single[0] =
          decision.own(
              seenItems[place],
              similarity,
              seenClicks[place],
              seenAges[place],
              later,
              busier,
              clicks,
              length);
    }
    return single[0];
  }
}
