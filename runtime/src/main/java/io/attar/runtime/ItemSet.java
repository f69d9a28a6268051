package io.attar.runtime;

import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * A set of a model's items, to rank only them or all but them: what is in stock, what a shopper has
 * blocked. One bit an item.
 *
 * <pre>
 * ItemSet soldOut = shop.newItemSet();
 * soldOut.add("sku-4711");
 * Recommendations top = visit.top(Ranking.of(20).without(soldOut));
 * </pre>
 *
 * <p>May be shared by sessions and changed between rankings. Not thread-safe while it is changed.
 */
public final class ItemSet {
  private final Recommender recommender;
  private final long[] words; // item v is bit v % 64 of word v / 64
  private int size;

  ItemSet(Recommender recommender) {
    this.recommender = recommender;
    words = new long[(recommender.itemCount() + 63) / 64];
  }

  /**
   * Adds an item.
   *
   * @param itemId the caller's id
   * @return false, and nothing changes, when the id is unknown or null, or in the set
   */
  public boolean add(@Nullable String itemId) {
    return addIndex(recommender.itemIndex(itemId));
  }

  /**
   * Adds an item.
   *
   * @param itemIndex the item's index in the model
   * @return false, and nothing changes, when there is no such item or it is in the set
   */
  public boolean addIndex(int itemIndex) {
    if (!isItem(itemIndex) || containsIndex(itemIndex)) {
      return false;
    }
    words[itemIndex >>> 6] |= 1L << itemIndex;
    size++;
    return true;
  }

  /**
   * Adds the items whose bits are set.
   *
   * @param itemIndices by item index; bits beyond the model's items are ignored
   */
  public void addAll(BitSet itemIndices) {
    for (int item = itemIndices.nextSetBit(0);
        isItem(item);
        item = itemIndices.nextSetBit(item + 1)) {
      addIndex(item);
    }
  }

  /**
   * Takes an item out.
   *
   * @return false, and nothing changes, when the id is unknown or null, or not in the set
   */
  public boolean remove(@Nullable String itemId) {
    return removeIndex(recommender.itemIndex(itemId));
  }

  /**
   * Takes an item out.
   *
   * @return false, and nothing changes, when there is no such item or it is not in the set
   */
  public boolean removeIndex(int itemIndex) {
    if (!containsIndex(itemIndex)) {
      return false;
    }
    words[itemIndex >>> 6] &= ~(1L << itemIndex);
    size--;
    return true;
  }

  /** Takes all items out. */
  public void clear() {
    Arrays.fill(words, 0);
    size = 0;
  }

  /** Whether the item of an id is in the set; false for an unknown id. */
  public boolean contains(@Nullable String itemId) {
    return containsIndex(recommender.itemIndex(itemId));
  }

  /** Whether the item of an index is in the set; false for an index that is none. */
  public boolean containsIndex(int itemIndex) {
    return isItem(itemIndex) && (words[itemIndex >>> 6] & 1L << itemIndex) != 0;
  }

  /** Number of items in the set. */
  public int size() {
    return size;
  }

  /** The lowest item index in the set that is at least {@code from}, or -1. */
  int next(int from) {
    int place = from >>> 6;
    if (place >= words.length) {
      return -1;
    }
    long word = words[place] & -1L << from;
    while (word == 0) {
      if (++place == words.length) {
        return -1;
      }
      word = words[place];
    }
    return (place << 6) + Long.numberOfTrailingZeros(word);
  }

  boolean isOf(Recommender other) {
    return recommender == other;
  }

  private boolean isItem(int itemIndex) {
    return itemIndex >= 0 && itemIndex < recommender.itemCount();
  }
}
