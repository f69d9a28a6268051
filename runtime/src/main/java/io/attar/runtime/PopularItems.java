package io.attar.runtime;

import java.util.Arrays;

/** The most popular items, for a session without a known click. Immutable. */
final class PopularItems {
  private final int[] byRank; // (P) item indices, most popular first
  private final int[] byIndex; // (P) the same, ascending
  private final float[] scores; // (P) of byIndex: (P - rank) / P

  private PopularItems(int[] byRank, long[] indexAndRank) {
    int popular = byRank.length;
    this.byRank = byRank;
    byIndex = new int[popular];
    scores = new float[popular];
    for (int i = 0; i < popular; i++) {
      byIndex[i] = (int) (indexAndRank[i] >>> 16);
      scores[i] = (float) (popular - (indexAndRank[i] & 0xFFFF)) / popular;
    }
  }

  static PopularItems read(ByteReader reader, ModelHeader header) throws ModelFileException {
    int popular =
        reader.within(
            reader.u16("popular item count"), 0, header.itemCount(), "popular item count");
    reader.require(popular, "popular items");
    int[] byRank = new int[popular];
    // Item index above, 16 bits of rank below: one sort orders both.
    long[] indexAndRank = new long[popular];
    for (int rank = 0; rank < popular; rank++) {
      byRank[rank] =
          reader.within(
              reader.varint32("popular item"), 0, header.itemCount() - 1L, "popular item");
      indexAndRank[rank] = (long) byRank[rank] << 16 | rank;
    }
    reader.finish();
    Arrays.sort(indexAndRank);
    for (int i = 1; i < popular; i++) {
      if (indexAndRank[i] >>> 16 == indexAndRank[i - 1] >>> 16) {
        throw reader.problem(
            "popular items must be distinct but item index "
                + (indexAndRank[i] >>> 16)
                + " occurs twice");
      }
    }
    return new PopularItems(byRank, indexAndRank);
  }

  int count() {
    return byRank.length;
  }

  int item(int rank) {
    return byRank[rank];
  }

  /** Writes the score of every item; all but the popular ones score 0. */
  void scores(float[] target) {
    Arrays.fill(target, 0);
    for (int i = 0; i < byIndex.length; i++) {
      target[byIndex[i]] = scores[i];
    }
  }

  /** The score of an item. */
  float score(int item) {
    int place = Arrays.binarySearch(byIndex, item);
    return place < 0 ? 0 : scores[place];
  }

  /** Offers every item that can enter the list. */
  void search(int itemCount, TopList list) {
    for (int i = 0; i < byIndex.length; i++) {
      list.offer(byIndex[i], scores[i]);
    }
    int next = 0;
    // Of items that score 0 the lowest indices win, so the first that fill the list end it.
    for (int item = 0; item < itemCount && !list.isFull() && list.threshold() <= 0; item++) {
      if (next < byIndex.length && byIndex[next] == item) {
        next++;
      } else {
        list.offer(item, 0);
      }
    }
  }
}
