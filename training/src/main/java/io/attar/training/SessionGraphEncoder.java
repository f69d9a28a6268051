package io.attar.training;

import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * A gated graph network over the prefix' items (Wu et al., SR-GNN, AAAI 2019, eq. 1-7). The nodes
 * are the distinct items; an edge u -> v stands for one or more clicks on u followed by v. With
 * A_in the incoming edges divided by a node's number of them, A_out the outgoing likewise, H the
 * nodes' vectors:
 *
 * <pre>
 * a = [A_in (H W_in + b_in) + c_in ; A_out (H W_out + b_out) + c_out]
 * H' = one step of a gated recurrent unit from H with input a
 * theta = W3 [sum_t q . sigmoid(W1 h_l + W2 h_t + c) h_t ; h_l] + b3
 * </pre>
 *
 * with t over the clicks of the prefix, h_l the last one's node.
 *
 * <p>Every prefix has a graph of its own, as an item's node knows of the clicks that followed it:
 * one batch makes as many graphs as it has clicks, all of as many nodes as the largest. Cost and
 * memory of a batch are therefore its clicks times the largest prefix' distinct items times 3N; a
 * short {@code teacher.maximumSessionLength} keeps them low.
 */
final class SessionGraphEncoder implements SessionEncoder {
  static final String NAME = "session-graph";

  private final Layers layers;
  private final int dimension;
  private final Layers.Linear in; // W_in, b_in
  private final Layers.Linear out; // W_out, b_out
  private final Parameter edgeBias; // (1, 2N) c_in and c_out
  private final GatedRecurrentCell cell;
  private final Parameter last; // (N, N) W1
  private final Layers.Linear node; // W2, c
  private final Parameter weight; // (1, N) q
  private final Layers.Linear output; // (N, 2N) W3, b3

  /** An encoder at its start: all weights between -1/sqrt(N) and 1/sqrt(N), biases 0. */
  SessionGraphEncoder(int dimension, long seed) {
    this.layers = new Layers(seed);
    this.dimension = dimension;
    double bound = 1 / Math.sqrt(dimension);
    this.in = layers.linear("in", dimension, dimension, bound);
    this.out = layers.linear("out", dimension, dimension, bound);
    this.edgeBias = layers.zeros("edgeBias", 2 * dimension);
    this.cell = layers.gatedRecurrentCell("recurrent", dimension, 2 * dimension, bound, bound);
    this.last = layers.uniform("attention.last", dimension, dimension, bound);
    this.node = layers.linear("attention.node", dimension, dimension, bound);
    this.weight = layers.uniform("attention.weight", 1, dimension, bound);
    this.output = layers.linear("output", dimension, 2 * dimension, bound);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Tensor encode(Tensor inputs, SessionBatch batch) {
    Graphs graphs = Graphs.of(batch);
    int count = graphs.count;
    int nodes = graphs.nodes;
    Tensor start =
        torch
            .embedding(
                inputs.reshape((long) batch.rows() * batch.width(), dimension),
                Tensors.of(graphs.slots, graphs.slots.length))
            .view(count, nodes, dimension); // (G, n, N)
    Tensor incoming = torch.bmm(Tensors.of(graphs.incoming, count, nodes, nodes), in.apply(start));
    Tensor outgoing = torch.bmm(Tensors.of(graphs.outgoing, count, nodes, nodes), out.apply(start));
    Tensor edges =
        torch.cat(new TensorVector(incoming, outgoing), 2).add(edgeBias.value()); // (G, n, 2N)
    Tensor hidden = cell.step(cell.input().apply(edges), start); // (G, n, N)
    Tensor latest =
        torch.embedding(
            hidden.reshape((long) count * nodes, dimension),
            Tensors.of(graphs.latest, count)); // (G, N)
    Tensor attention =
        torch
            .sigmoid(latest.matmul(last.value().t()).unsqueeze(1).add(node.apply(hidden)))
            .matmul(weight.value().t())
            .mul(Tensors.of(graphs.clicks, count, nodes, 1)); // (G, n, 1)
    Tensor global = torch.bmm(attention.transpose(1, 2), hidden).squeeze(1); // (G, N)
    Tensor theta = output.apply(torch.cat(new TensorVector(global, latest), 1));
    return torch
        .embedding(theta, Tensors.of(graphs.graphOfSlot, graphs.graphOfSlot.length))
        .view(batch.rows(), batch.width(), dimension);
  }

  @Override
  public void training(boolean on) {
    // Nothing inside drops out.
  }

  @Override
  public List<Parameter> parameters() {
    return layers.parameters();
  }

  /** The graphs of a batch's prefixes, G of n nodes each; nodes in order of their first click. */
  private static final class Graphs {
    private final int count;
    private final int nodes;
    private final long[] slots; // (G n) slot of each node's first click; any where there is no node
    private final float[] clicks; // (G n) clicks on each node, 0 where there is none
    private final float[] incoming; // (G n n)
    private final float[] outgoing; // (G n n)
    private final long[] latest; // (G) place of the last click's node among all G n
    private final long[] graphOfSlot; // (R P) 0 for padding

    private Graphs(int count, int nodes, int slotCount) {
      this.count = count;
      this.nodes = nodes;
      this.slots = new long[count * nodes];
      this.clicks = new float[count * nodes];
      this.incoming = new float[count * nodes * nodes];
      this.outgoing = new float[count * nodes * nodes];
      this.latest = new long[count];
      this.graphOfSlot = new long[slotCount];
    }

    static Graphs of(SessionBatch batch) {
      int[] items = batch.items();
      long[] places = batch.places();
      int[] nodeOfSlot = new int[items.length];
      int[] firstSlot = new int[batch.width()]; // by node of the session under way
      int known = 0;
      int most = 1;
      int count = 0;
      for (int slot = 0; slot < items.length; slot++) {
        if (items[slot] >= 0) {
          known = places[slot] == 0 ? 0 : known;
          int node = 0;
          while (node < known && items[firstSlot[node]] != items[slot]) {
            node++;
          }
          if (node == known) {
            firstSlot[known++] = slot;
          }
          nodeOfSlot[slot] = node;
          most = Math.max(most, known);
          count++;
        }
      }
      // A batch of padding alone gets one graph without an edge.
      Graphs graphs = new Graphs(Math.max(count, 1), most, items.length);
      int graph = 0;
      for (int slot = 0; slot < items.length; slot++) {
        if (items[slot] >= 0) {
          graphs.fill(graph, slot - (int) places[slot], slot, nodeOfSlot);
          graphs.graphOfSlot[slot] = graph++;
        }
      }
      return graphs;
    }

    /** Fills in the graph of the prefix between two slots, both included. */
    private void fill(int graph, int first, int last, int[] nodeOfSlot) {
      int from = graph * nodes;
      Arrays.fill(slots, from, from + nodes, first);
      boolean[] edge = new boolean[nodes * nodes];
      int[] incomingCount = new int[nodes];
      int[] outgoingCount = new int[nodes];
      for (int slot = last; slot >= first; slot--) {
        int node = nodeOfSlot[slot];
        slots[from + node] = slot; // the first click's in the end
        clicks[from + node]++;
        if (slot > first) {
          int before = nodeOfSlot[slot - 1];
          if (!edge[before * nodes + node]) {
            edge[before * nodes + node] = true;
            outgoingCount[before]++;
            incomingCount[node]++;
          }
        }
      }
      latest[graph] = (long) from + nodeOfSlot[last];
      for (int u = 0; u < nodes; u++) {
        for (int v = 0; v < nodes; v++) {
          if (edge[u * nodes + v]) {
            incoming[(from + v) * nodes + u] = 1f / incomingCount[v];
            outgoing[(from + u) * nodes + v] = 1f / outgoingCount[u];
          }
        }
      }
    }
  }
}
