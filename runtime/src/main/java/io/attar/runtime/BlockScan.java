package io.attar.runtime;

/** The plain scan: scores a range of items block by block and offers them all. */
final class BlockScan {
  /** Items scored at a time: their scores stay in the fastest cache. */
  private static final int BLOCK = 1024;

  private final float[] block;

  /** For so many items, of which {@code unit} are best scored together. */
  BlockScan(int items, int unit) {
    block = new float[Math.min(items, unit * Math.max(1, BLOCK / unit))];
  }

  void offer(ItemTable.Scorer scorer, int from, int to, TopList list) {
    for (int start = from; start < to; start += block.length) {
      int end = Math.min(start + block.length, to);
      scorer.scores(start, end, block, 0);
      list.offer(block, end - start, start);
    }
  }
}
