package io.attar.training;

import it.unimi.dsi.fastutil.longs.LongArrayList;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Item probabilities by a tree of two levels (Sun et al., CpRec, SIGIR 2020, the softmax side of
 * the block-wise decomposition; Grave et al., ICML 2017). The head is a softmax over the most
 * clicked items and one token for each branch, a branch one over its own items, whose vectors are
 * as short as the block-wise table's:
 *
 * <pre>
 * p(v) = softmax(W h)[v]                                       v in the head
 * p(v) = softmax(W h)[token of j] softmax(W_j Q_j h)[v]        v in branch j
 * </pre>
 *
 * W is (items of the head + branches, N), Q_j (R_j, N), W_j (items, R_j); no biases. Nothing is
 * shared with the table that clicks are read from. In training a branch costs only the cases whose
 * label is in it.
 */
final class TreeSoftmax {
  /** Of the output weights of the authors' code. */
  private static final double INITIAL_DEVIATION = 0.01;

  private final Layers layers;
  private final Parameter head; // (items of the head + branches, N)
  private final List<Branch> branches = new ArrayList<>();
  private final int headItems;
  private final int[] starts; // (branches + 1) first place of each branch, then V
  private final int[] order; // (V) item by place
  private final int[] places; // (V) place by item
  private final Tensor columns; // the same as an index
  private final TreeSearch search;

  /**
   * Items that share a softmax.
   *
   * @param projection (R, N) Q
   * @param rows (k, R) W
   */
  private record Branch(Parameter projection, Parameter rows) {
    /** (B, N) to the logits of its items (B, k). */
    Tensor logits(Tensor theta) {
      return theta.mm(projection.value().t()).mm(rows.value().t());
    }
  }

  /**
   * A tree at its start.
   *
   * @param parts every item once, as {@link BlockwiseItemTable#blocks} gives them: the last becomes
   *     the head, the one before it the first branch
   */
  TreeSoftmax(List<BlockwiseItemTable.Part> parts, int dimension, long seed) {
    this.layers = new Layers(seed);
    int last = parts.size() - 1;
    this.headItems = parts.get(last).items().length;
    this.head = layers.gaussian("tree.head", headItems + last, dimension, INITIAL_DEVIATION);
    this.starts = new int[last + 1];
    int filled = headItems;
    for (int b = 0; b < last; b++) {
      BlockwiseItemTable.Part part = parts.get(last - 1 - b);
      String name = "tree.branch" + b;
      branches.add(
          new Branch(
              layers.uniform(
                  name + ".projection",
                  part.rank(),
                  dimension,
                  Layers.glorot(part.rank(), dimension)),
              layers.gaussian(
                  name + ".rows", part.items().length, part.rank(), INITIAL_DEVIATION)));
      starts[b] = filled;
      filled += part.items().length;
    }
    starts[last] = filled;
    this.order = new int[filled];
    this.places = new int[filled];
    for (int b = -1; b < last; b++) {
      int[] items = parts.get(last - 1 - b).items();
      System.arraycopy(items, 0, order, b < 0 ? 0 : starts[b], items.length);
    }
    for (int place = 0; place < filled; place++) {
      places[order[place]] = place;
    }
    this.columns = Tensors.indices(places);
    this.search = new TreeSearch(starts);
  }

  List<Parameter> parameters() {
    return layers.parameters();
  }

  /**
   * Mean of -log p(label), in the step's graph.
   *
   * @param theta (B, N) session vectors, h
   * @param labels (B) item indices
   */
  Tensor loss(Tensor theta, int[] labels) {
    long[] entries = new long[labels.length]; // of the head: the label, or its branch's token
    List<LongArrayList> cases = new ArrayList<>(); // of each branch
    List<LongArrayList> within = new ArrayList<>(); // their labels' places in the branch
    for (int b = 0; b < branches.size(); b++) {
      cases.add(new LongArrayList());
      within.add(new LongArrayList());
    }
    for (int c = 0; c < labels.length; c++) {
      int place = places[labels[c]];
      int b = branch(place);
      entries[c] = b < 0 ? place : headItems + b;
      if (b >= 0) {
        cases.get(b).add(c);
        within.get(b).add(place - starts[b]);
      }
    }
    Tensor sum = picked(theta.mm(head.value().t()), entries);
    for (int b = 0; b < branches.size(); b++) {
      long[] own = cases.get(b).toLongArray();
      if (own.length > 0) {
        Tensor theirs = theta.index_select(0, Tensors.of(own, own.length));
        sum = sum.add(picked(branches.get(b).logits(theirs), within.get(b).toLongArray()));
      }
    }
    return sum.mul(Tensors.scalar(-1.0 / labels.length));
  }

  /** Sum over the rows of the log probability of one entry each. */
  private static Tensor picked(Tensor logits, long[] entries) {
    return torch.log_softmax(logits, 1).gather(1, Tensors.of(entries, entries.length, 1)).sum();
  }

  /** The branch of a place, -1 in the head. */
  private int branch(int place) {
    int b = branches.size() - 1;
    while (b >= 0 && place < starts[b]) {
      b--;
    }
    return b;
  }

  /**
   * Log probabilities of all items by item index (B, V), no gradient.
   *
   * @param theta (B, N) session vectors
   */
  Tensor logProbabilities(Tensor theta) {
    try (NoGradGuard guard = new NoGradGuard()) {
      Tensor entries = torch.log_softmax(theta.mm(head.value().t()), 1);
      TensorVector parts = new TensorVector(entries.narrow(1, 0, headItems));
      for (int b = 0; b < branches.size(); b++) {
        parts.push_back(
            torch
                .log_softmax(branches.get(b).logits(theta), 1)
                .add_(entries.narrow(1, (long) headItems + b, 1)));
      }
      return torch.cat(parts, 1).index_select(1, columns);
    }
  }

  /**
   * The best items of one session, without the log probabilities of all.
   *
   * @param theta (1, N) its vector
   * @param count how many
   * @return as found, items by their index instead of their place
   */
  TreeSearch.Found best(Tensor theta, int count, TreeSearch.Rule rule) {
    try (NoGradGuard guard = new NoGradGuard();
        PointerScope scope = new PointerScope()) {
      TreeSearch.Found found =
          search.best(
              count,
              rule,
              doubles(torch.log_softmax(theta.mm(head.value().t()), 1)),
              b -> doubles(torch.log_softmax(branches.get(b).logits(theta), 1)));
      return new TreeSearch.Found(
          Arrays.stream(found.places()).map(place -> order[place]).toArray(),
          found.logProbabilities(),
          found.branches());
    }
  }

  private static double[] doubles(Tensor row) {
    FloatBuffer values = row.contiguous().createBuffer();
    double[] wide = new double[values.remaining()];
    Arrays.setAll(wide, values::get);
    return wide;
  }

  /** Items of the head, then of every branch. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("head of " + headItems + " items, branches of ");
    for (int b = 0; b < branches.size(); b++) {
      text.append(b == 0 ? "" : ", ").append(starts[b + 1] - starts[b]);
    }
    return text.toString();
  }
}
