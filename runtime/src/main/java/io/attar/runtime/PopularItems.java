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

  /** Scores the items {@code from} to {@code to}; see {@link ItemTable#score}. */
  void score(int from, int to, float[] target, int offset) {
    Arrays.fill(target, offset, offset + to - from, 0);
    int first = Arrays.binarySearch(byIndex, from);
    for (int i = first < 0 ? -1 - first : first; i < byIndex.length && byIndex[i] < to; i++) {
      target[offset + byIndex[i] - from] = scores[i];
    }
  }
}
