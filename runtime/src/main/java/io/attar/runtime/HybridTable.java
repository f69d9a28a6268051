package io.attar.runtime;

/**
 * Items in parts, each a table of its own: codes for most and rows for the others, or blocks of
 * rows of several ranks. The most clicked items come last by item index. Cost: the sum of the
 * parts'.
 */
final class HybridTable implements ItemTable {
  private final ItemTable[] parts;
  private final int[] ends; // (parts or more) first item behind each part

  HybridTable(ItemTable[] parts, int[] ends) {
    this.parts = parts;
    this.ends = ends;
  }

  private int start(int part) {
    return part == 0 ? 0 : ends[part - 1];
  }

  private int part(int item) {
    int part = 0;
    while (item >= ends[part]) {
      part++;
    }
    return part;
  }

  @Override
  public void row(int item, float[] target, int offset) {
    int part = part(item);
    parts[part].row(item - start(part), target, offset);
  }

  @Override
  public float bias(int item) {
    int part = part(item);
    return parts[part].bias(item - start(part));
  }

  @Override
  public Scorer newScorer() {
    return new HybridScorer();
  }

  private final class HybridScorer implements Scorer {
    private final Scorer[] scorers = new Scorer[parts.length];
    private final BlockScan scan = new BlockScan(ends[parts.length - 1] - ends[0], 1);

    HybridScorer() {
      for (int part = 0; part < parts.length; part++) {
        scorers[part] = parts[part].newScorer();
      }
    }

    @Override
    public void prepare(float[] query) {
      for (Scorer scorer : scorers) {
        scorer.prepare(query);
      }
    }

    @Override
    public void scores(int from, int to, float[] target, int offset) {
      for (int part = 0; part < scorers.length; part++) {
        int start = start(part);
        int first = Math.max(from, start);
        int end = Math.min(to, ends[part]);
        if (first < end) {
          scorers[part].scores(first - start, end - start, target, offset + first - from);
        }
      }
    }

    /** The last part first: it is the most clicked items', so the bar is high for the others. */
    @Override
    public void search(TopList list) {
      for (int part = scorers.length - 1; part > 0; part--) {
        scan.offer(this, ends[part - 1], ends[part], list);
      }
      scorers[0].search(list);
    }
  }
}
