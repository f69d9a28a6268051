package io.attar.runtime;

/**
 * Codes for most items, a row of its own for each of the others, which come last by item index: the
 * most clicked items, where a code's error costs most. Cost: the sum of the two parts'.
 */
final class HybridTable implements ItemTable {
  private final CodeTable codes;
  private final int coded; // items with codes
  private final DenseTable rows; // of the items from coded on
  private final int items;

  HybridTable(CodeTable codes, int coded, DenseTable rows, int items) {
    this.codes = codes;
    this.coded = coded;
    this.rows = rows;
    this.items = items;
  }

  @Override
  public void row(int item, float[] target, int offset) {
    if (item < coded) {
      codes.row(item, target, offset);
    } else {
      rows.row(item - coded, target, offset);
    }
  }

  @Override
  public float bias(int item) {
    return item < coded ? codes.bias(item) : rows.bias(item - coded);
  }

  @Override
  public Scorer newScorer() {
    return new HybridScorer();
  }

  private final class HybridScorer implements Scorer {
    private final Scorer codeScorer = codes.newScorer();
    private final Scorer rowScorer = rows.newScorer();
    private final BlockScan scan = new BlockScan(items - coded);

    @Override
    public void prepare(float[] query) {
      codeScorer.prepare(query);
      rowScorer.prepare(query);
    }

    @Override
    public void scores(int from, int to, float[] target, int offset) {
      int border = Math.max(from, Math.min(to, coded));
      if (from < border) {
        codeScorer.scores(from, border, target, offset);
      }
      if (border < to) {
        rowScorer.scores(border - coded, to - coded, target, offset + border - from);
      }
    }

    /** The rows first: they are the most clicked items', so the bar is high when codes are met. */
    @Override
    public void search(TopList list) {
      scan.offer(this, coded, items, list);
      codeScorer.search(list);
    }
  }
}
