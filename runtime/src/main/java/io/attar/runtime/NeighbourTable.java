package io.attar.runtime;

import org.jspecify.annotations.Nullable;

/**
 * For each item the items that go with it: no vectors, a rule. A click adds its age weight times
 * the neighbours' weights to their scores,
 *
 * <pre>s_v = scale x sum over t of age[l-1-t] occurrence[o_t] weight(x_t, v) + bias_v</pre>
 *
 * and all other items score their bias. A query costs a number an item and one an entry of the
 * clicked items' lists. Memory: 8 bytes an entry; of a session 4 an item.
 */
final class NeighbourTable implements ItemTable, SessionEncoder {
  private final int[] starts; // (V + 1) where an item's list starts
  private final int[] neighbours; // (entries) item indices, ascending in each list
  private final float[] weights; // (entries)
  private final float @Nullable [] bias; // (V)
  private final SessionEncoder clickWeights; // a weighted mean of rows that are not there

  /** Reads the lists and the encoder's section. */
  NeighbourTable(ByteReader reader, ByteReader encoder, ModelHeader header, float @Nullable [] bias)
      throws ModelFileException {
    this.bias = bias;
    int items = header.itemCount();
    reader.require(items, "neighbours");
    starts = new int[items + 1];
    for (int item = 0; item < items; item++) {
      int count = reader.within(reader.varint32("neighbours"), 0, items, "neighbours");
      // An entry takes a byte or more, which keeps the sum within the section.
      reader.require((long) starts[item] + count, "neighbours");
      starts[item + 1] = starts[item] + count;
    }
    neighbours = new int[starts[items]];
    for (int item = 0; item < items; item++) {
      long next = 0;
      for (int i = starts[item]; i < starts[item + 1]; i++) {
        next += reader.varint32("neighbour");
        neighbours[i] = reader.within(next++, 0, items - 1, "neighbour");
      }
    }
    weights = Tensor.read(reader, "neighbour weights", 1, neighbours.length);
    reader.finish();
    clickWeights = WeightedMeanEncoder.read(encoder, header, this);
  }

  /** There is none: one zero, so that the weighted mean has something to weigh. */
  @Override
  public void row(int item, float[] target, int offset) {
    target[offset] = 0;
  }

  @Override
  public float bias(int item) {
    return bias == null ? 0 : bias[item];
  }

  /** Scores biases alone: it is not told of clicks. {@link Encoding#scorer} is. */
  @Override
  public Scorer newScorer() {
    return new Lists();
  }

  @Override
  public Encoding newEncoding() {
    return new Lists();
  }

  /** Weighs the clicks and scores by them. */
  private final class Lists implements Encoding, Scorer {
    private final Encoding clickWeight = clickWeights.newEncoding();
    private final float[] scores = new float[starts.length - 1];
    private int[] clicks = {};
    private int length;

    @Override
    public void restart() {
      clickWeight.restart();
    }

    @Override
    public void slide(int[] held) {
      clickWeight.slide(held);
    }

    /** The vector is (1): the clicks themselves say the rest. */
    @Override
    public void encode(int[] held, int count, float[] target) {
      clickWeight.encode(held, count, target);
      clicks = held;
      length = count;
      target[0] = 1;
    }

    @Override
    public float weight(int t) {
      return clickWeight.weight(t);
    }

    @Override
    public double part(int t, int item, float[] row) {
      for (int i = starts[clicks[t]]; i < starts[clicks[t] + 1]; i++) {
        if (neighbours[i] == item) {
          return weights[i];
        }
      }
      return 0;
    }

    @Override
    public Scorer scorer(ItemTable table) {
      return this;
    }

    @Override
    public void prepare(float[] query) {
      for (int item = 0; item < scores.length; item++) {
        scores[item] = bias(item);
      }
      for (int t = 0; t < length; t++) {
        float factor = query[0] * weight(t);
        for (int i = starts[clicks[t]]; i < starts[clicks[t] + 1]; i++) {
          scores[neighbours[i]] += factor * weights[i];
        }
      }
    }

    @Override
    public void scores(int from, int to, float[] target, int offset) {
      System.arraycopy(scores, from, target, offset, to - from);
    }

    @Override
    public void search(TopList list) {
      list.offer(scores, scores.length, 0);
    }
  }
}
