package io.attar.runtime;

import org.jspecify.annotations.Nullable;

/**
 * What a ranking may hold. Immutable but for the sets it names: make it once, use it for every
 * session.
 *
 * <pre>
 * Ranking ranking = Ranking.of(20).unseen().only(inStock).without(blocked).atLeast(0.5f);
 * Recommendations top = visit.top(ranking);
 * </pre>
 */
public final class Ranking {
  private final int count;
  private final boolean unseen;
  private final @Nullable ItemSet allowed;
  private final @Nullable ItemSet denied;
  private final float minimumScore;

  private Ranking(
      int count,
      boolean unseen,
      @Nullable ItemSet allowed,
      @Nullable ItemSet denied,
      float minimumScore) {
    this.count = count;
    this.unseen = unseen;
    this.allowed = allowed;
    this.denied = denied;
    this.minimumScore = minimumScore;
  }

  /**
   * The best of all items, those already clicked included.
   *
   * @param count how many, at least 1; fewer come back when fewer may be ranked
   * @throws IllegalArgumentException when count is below 1
   */
  public static Ranking of(int count) {
    if (count < 1) {
      throw new IllegalArgumentException(
          "the number of recommendations must be at least 1: " + count);
    }
    return new Ranking(count, false, null, null, Float.NEGATIVE_INFINITY);
  }

  /** Without the items clicked in the clicks held. */
  public Ranking unseen() {
    return new Ranking(count, true, allowed, denied, minimumScore);
  }

  /**
   * Only items of a set, as it is whenever a session ranks.
   *
   * @throws IllegalStateException when the ranking has such a set already
   */
  public Ranking only(ItemSet items) {
    checkOne(allowed, "only");
    return new Ranking(count, unseen, items, denied, minimumScore);
  }

  /**
   * No item of a set, as it is whenever a session ranks.
   *
   * @throws IllegalStateException when the ranking has such a set already
   */
  public Ranking without(ItemSet items) {
    checkOne(denied, "without");
    return new Ranking(count, unseen, allowed, items, minimumScore);
  }

  /**
   * Only items that score at least so much.
   *
   * @param score in the model's own unit, as {@link Recommendations#score} gives it; of use to cut
   *     the tail that fits the session badly
   * @throws IllegalArgumentException when the score is not a number
   */
  public Ranking atLeast(float score) {
    if (Float.isNaN(score)) {
      throw new IllegalArgumentException("the least score must be a number: " + score);
    }
    return new Ranking(count, unseen, allowed, denied, score);
  }

  private static void checkOne(@Nullable ItemSet before, String name) {
    if (before != null) {
      throw new IllegalStateException(
          "a ranking takes one set for '" + name + "': put all items into one set");
    }
  }

  int count() {
    return count;
  }

  boolean isUnseen() {
    return unseen;
  }

  @Nullable ItemSet allowed() {
    return allowed;
  }

  float minimumScore() {
    return minimumScore;
  }

  /** Whether sets say which items get through. */
  boolean hasSets() {
    return allowed != null || denied != null;
  }

  /** Whether the sets let an item through. */
  boolean admits(int item) {
    return (allowed == null || allowed.containsIndex(item))
        && (denied == null || !denied.containsIndex(item));
  }

  /** Refuses sets of another model, whose indices mean other items. */
  void checkModel(Recommender recommender) {
    if ((allowed != null && !allowed.isOf(recommender))
        || (denied != null && !denied.isOf(recommender))) {
      throw new IllegalArgumentException(
          "an item set must be of the session's own model: make it with newItemSet of the"
              + " recommender that made the session");
    }
  }
}
