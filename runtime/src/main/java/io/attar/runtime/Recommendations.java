package io.attar.runtime;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Ranked items, best first: a view of its session's buffer, overwritten by the session's next
 * ranking. Copy what must outlive it. Not thread-safe.
 */
public final class Recommendations {
  private final ItemIds ids;
  private final TopList list;

  Recommendations(ItemIds ids, TopList list) {
    this.ids = ids;
    this.list = list;
  }

  /** Number of items ranked. */
  public int size() {
    return list.size();
  }

  /**
   * Item index at a rank.
   *
   * @param rank 0 for the best
   * @throws IndexOutOfBoundsException when there is no such rank
   */
  public int itemIndex(int rank) {
    return list.item(checked(rank));
  }

  /**
   * The caller's id at a rank; a new string.
   *
   * @throws IndexOutOfBoundsException when there is no such rank
   */
  public String itemId(int rank) {
    return ids.id(list.item(checked(rank)));
  }

  /**
   * Score at a rank.
   *
   * @throws IndexOutOfBoundsException when there is no such rank
   */
  public float score(int rank) {
    return list.score(checked(rank));
  }

  /** The caller's ids, best first: a copy that stays as it is. */
  public List<String> itemIds() {
    List<String> copy = new ArrayList<>(size());
    for (int rank = 0; rank < size(); rank++) {
      copy.add(itemId(rank));
    }
    return Collections.unmodifiableList(copy);
  }

  private int checked(int rank) {
    if (rank < 0 || rank >= size()) {
      throw new IndexOutOfBoundsException(
          "rank must lie between 0 and " + (size() - 1) + ": " + rank);
    }
    return rank;
  }
}
