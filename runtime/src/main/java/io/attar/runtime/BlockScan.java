package io.attar.runtime;

/** The plain scan: scores a range of items block by block and offers them all. */
final class BlockScan {
  /** Items scored at a time: their scores stay in the fastest cache. */
  private static final int BLOCK = 1024;

  private final float[] block;

  BlockScan(int items) {
    block = new float[Math.min(BLOCK, items)];
  }

  void offer(ItemTable.Scorer scorer, int from, int to, TopList list) {
    for (int start = from; start < to; start += BLOCK) {
      int end = Math.min(start + BLOCK, to);
      scorer.scores(start, end, block, 0);
      list.offer(block, end - start, start);
    }
  }
}
