package io.attar.runtime;

import org.jspecify.annotations.Nullable;

/**
 * Items in the order of their codes, as a tree: a node of level d holds the items that share their
 * first d codes. No item of a node can score more than
 *
 * <pre>T[0][c_0] + ... + T[d-1][c_{d-1}] + sum over m &gt;= d of max over k of T[m][k]</pre>
 *
 * (times one over the row's length, where rows are divided by it, plus the largest bias of the
 * node's items, where items have one), so a node whose bound lies below the worst score kept so far
 * need not be looked at. How much that saves depends on how fast the codewords of later codebooks
 * shrink: nearly everything when the first codes say most, nothing when all codebooks weigh the
 * same; then the surviving nodes form one run, which is the plain scan. Immutable; each session has
 * its own {@link Search}.
 *
 * <p>The result is exact: the bound is raised by more than all roundings together, and whatever is
 * scored is scored as the plain scan does it.
 */
final class CodeTree {
  /** Nodes whose bounds every query computes, at most. */
  private static final int MAXIMUM_FRONTIER = 4096;

  /** Items of a node on average below which another level costs more than it saves. */
  private static final int MINIMUM_NODE = 6;

  private final int codebooks;
  private final Level[] levels; // level d at d - 1
  private final int frontier; // the level that every query starts from, as index of levels

  private CodeTree(int codebooks, Level[] levels, int frontier) {
    this.codebooks = codebooks;
    this.levels = levels;
    this.frontier = frontier;
  }

  /** The nodes of one level, in item order. */
  private static final class Level {
    private final int[] starts; // (nodes + 1) first item
    private final char[] codes; // (nodes) the level's own code
    private final int[] children; // (nodes + 1) first node of the next level; empty at the last
    private final float[] longest; // (nodes) largest 1 / length; empty when rows are used as is
    private final float[] shortest; // (nodes) smallest
    private final float[] bias; // (nodes) no item's is larger; empty when there is none

    Level(
        int[] starts,
        char[] codes,
        int[] children,
        float[] longest,
        float[] shortest,
        float[] bias) {
      this.starts = starts;
      this.codes = codes;
      this.children = children;
      this.longest = longest;
      this.shortest = shortest;
      this.bias = bias;
    }

    int nodes() {
      return codes.length;
    }

    /** The most that an item of the node can score, from the most that its codes can sum to. */
    float bound(int node, float sum) {
      float most = longest.length == 0 ? sum : sum * (sum > 0 ? longest[node] : shortest[node]);
      return bias.length == 0 ? most : most + bias[node];
    }
  }

  /**
   * Finds the nodes; null when groups would be too small to save anything.
   *
   * @param codes (codebooks, items) in ascending order
   * @param inverseLengths (items), null when rows are used as they are
   * @param bias (items or more), null when there is none
   */
  static @Nullable CodeTree build(
      Codes codes,
      int codebooks,
      int items,
      float @Nullable [] inverseLengths,
      float @Nullable [] bias) {
    // The first codebook in which an item differs from the one before starts nodes from there on.
    int[] nodes = new int[codebooks + 1];
    byte[] differs = new byte[items];
    for (int item = 0; item < items; item++) {
      int m = item == 0 ? 0 : codes.firstDifference(item);
      differs[item] = (byte) m;
      nodes[m]++;
    }
    int depth = 0;
    int count = 0;
    int all = 0; // nodes of all levels
    int frontier = 0;
    int[] sizes = new int[codebooks];
    for (int m = 0; m < codebooks; m++) {
      count += nodes[m];
      sizes[m] = count;
      all += count;
      // The levels together never take more memory than the items.
      if ((long) count * MINIMUM_NODE > items || all > items) {
        break;
      }
      depth = m + 1;
      if (count <= MAXIMUM_FRONTIER) {
        frontier = m;
      }
    }
    if (depth == 0) {
      return null;
    }
    Level[] levels = new Level[depth];
    for (int m = 0; m < depth; m++) {
      levels[m] = level(codes, m, sizes, differs, m + 1 < depth, inverseLengths, bias);
    }
    return new CodeTree(codebooks, levels, frontier);
  }

  private static Level level(
      Codes codes,
      int m,
      int[] sizes,
      byte[] differs,
      boolean inner,
      float @Nullable [] inverseLengths,
      float @Nullable [] bias) {
    int items = differs.length;
    int[] starts = new int[sizes[m] + 1];
    char[] own = new char[sizes[m]];
    int[] children = new int[inner ? sizes[m] + 1 : 0];
    float[] longest = new float[inverseLengths == null ? 0 : sizes[m]];
    float[] shortest = new float[longest.length];
    float[] largest = new float[bias == null ? 0 : sizes[m]];
    int node = -1;
    int child = 0;
    for (int item = 0; item < items; item++) {
      if (differs[item] <= m) {
        node++;
        starts[node] = item;
        own[node] = (char) codes.code(m, item);
        if (inner) {
          children[node] = child;
        }
        if (inverseLengths != null) {
          longest[node] = inverseLengths[item];
          shortest[node] = inverseLengths[item];
        }
        if (bias != null) {
          largest[node] = bias[item];
        }
      }
      if (differs[item] <= m + 1) {
        child++;
      }
      if (inverseLengths != null) {
        longest[node] = Math.max(longest[node], inverseLengths[item]);
        shortest[node] = Math.min(shortest[node], inverseLengths[item]);
      }
      if (bias != null) {
        largest[node] = Math.max(largest[node], bias[item]);
      }
    }
    for (node = 0; node < largest.length; node++) {
      // More than the rounding of the last addition on the way to a score; finite, so that every
      // bound stays a number.
      double raised = largest[node] + Math.abs(largest[node]) * Search.SLACK;
      largest[node] = (float) Math.min(raised, Float.MAX_VALUE);
    }
    starts[sizes[m]] = items;
    if (inner) {
      children[sizes[m]] = child;
    }
    return new Level(starts, own, children, longest, shortest, largest);
  }

  /** Makes the buffers of one session; the lookup numbers are those of its scorer. */
  Search newSearch(float[][] lookup, ItemTable.Scorer scorer, BlockScan scan) {
    return new Search(lookup, scorer, scan);
  }

  /** One session's search. Not thread-safe; allocates nothing after it is made. */
  final class Search {
    /** Nodes taken best first, before the rest is walked in item order. */
    private static final int BEST_FIRST = 12;

    /** Items of a node that are scored without asking for the bounds of its children. */
    private static final int SMALL_NODE = 64;

    /** Items that wait at most: what is scored raises the bar for what comes. */
    private static final int LONG_RUN = 1024;

    /** A multiple of the largest sum that exceeds all roundings on the way to a score. */
    private static final double SLACK = 1.0 / (1 << 16);

    private final float[][] lookup; // (codebooks, codewords)
    private final ItemTable.Scorer scorer;
    private final BlockScan scan;
    private final float[] largest = new float[codebooks]; // lookup number of each codebook
    private final float[] rest = new float[levels.length]; // most that the codes after it can add
    private final float[][] sums = new float[frontier + 1][]; // (nodes) sum of the codes so far
    private final float[] bounds = new float[levels[frontier].nodes()]; // NaN: looked at
    private final TopList best = new TopList(BEST_FIRST); // nodes by their bounds
    private int runStart; // items that wait to be scored
    private int runEnd;

    Search(float[][] lookup, ItemTable.Scorer scorer, BlockScan scan) {
      this.lookup = lookup;
      this.scorer = scorer;
      this.scan = scan;
      for (int level = 0; level <= frontier; level++) {
        sums[level] = new float[levels[level].nodes()];
      }
    }

    /**
     * Offers every item that can enter the list.
     *
     * @return false, and nothing was offered, when the lookup numbers are too large to bound
     */
    boolean run(TopList list) {
      if (!bound()) {
        return false;
      }
      best.start(BEST_FIRST, Float.NEGATIVE_INFINITY, null);
      best.offer(bounds, bounds.length, 0);
      best.finish();
      for (int rank = 0; rank < best.size(); rank++) {
        int node = best.item(rank);
        if (bounds[node] >= list.threshold()) {
          bounds[node] = Float.NaN;
          visit(frontier, node, sums[frontier][node], list);
          flush(list);
        }
      }
      for (int node = 0; node < bounds.length; node++) {
        if (bounds[node] >= list.threshold()) {
          visit(frontier, node, sums[frontier][node], list);
        }
      }
      flush(list);
      return true;
    }

    /** Computes the bounds of the frontier's nodes; false when they mean nothing. */
    private boolean bound() {
      double magnitude = 0;
      for (int m = 0; m < codebooks; m++) {
        magnitude += measure(m);
      }
      // Also false for what is not a number.
      if (!(magnitude < Float.MAX_VALUE / 2)) {
        return false;
      }
      double later = magnitude * SLACK;
      for (int m = codebooks - 1; m >= 0; m--) {
        if (m < rest.length) {
          // Rounding to the nearest single is covered by the slack too.
          rest[m] = (float) later;
        }
        later += largest[m];
      }
      for (int level = 0; level <= frontier; level++) {
        sum(level);
      }
      Level last = levels[frontier];
      for (int node = 0; node < bounds.length; node++) {
        bounds[node] = last.bound(node, sums[frontier][node] + rest[frontier]);
      }
      return true;
    }

    /** Finds a codebook's largest number; returns its largest magnitude, or what is no number. */
    private double measure(int m) {
      float most = Float.NEGATIVE_INFINITY;
      float least = Float.POSITIVE_INFINITY;
      float sum = 0;
      // Comparisons, not Math.max: a branch that is nearly never taken is faster.
      for (float number : lookup[m]) {
        if (number > most) {
          most = number;
        }
        if (number < least) {
          least = number;
        }
        sum += number;
      }
      largest[m] = most;
      // The sum of numbers is a number, of others it is not.
      return Float.isNaN(sum) ? Double.NaN : Math.max(most, -(double) least);
    }

    private void sum(int index) {
      Level level = levels[index];
      float[] own = lookup[index];
      float[] target = sums[index];
      if (index == 0) {
        for (int node = 0; node < target.length; node++) {
          target[node] = own[level.codes[node]];
        }
        return;
      }
      Level above = levels[index - 1];
      for (int parent = 0; parent < above.nodes(); parent++) {
        float sum = sums[index - 1][parent];
        for (int node = above.children[parent]; node < above.children[parent + 1]; node++) {
          target[node] = sum + own[level.codes[node]];
        }
      }
    }

    /** Scores what of a node can enter the list. */
    private void visit(int index, int node, float sum, TopList list) {
      Level level = levels[index];
      int start = level.starts[node];
      int end = level.starts[node + 1];
      if (index + 1 == levels.length || end - start <= SMALL_NODE) {
        if (start != runEnd) {
          flush(list);
          runStart = start;
        }
        runEnd = end;
        if (runEnd - runStart >= LONG_RUN) {
          flush(list);
        }
        return;
      }
      Level below = levels[index + 1];
      float[] own = lookup[index + 1];
      for (int child = level.children[node]; child < level.children[node + 1]; child++) {
        float childSum = sum + own[below.codes[child]];
        if (below.bound(child, childSum + rest[index + 1]) >= list.threshold()) {
          visit(index + 1, child, childSum, list);
        }
      }
    }

    private void flush(TopList list) {
      scan.offer(scorer, runStart, runEnd, list);
      runStart = runEnd;
    }
  }
}
