package io.attar.runtime;

/**
 * A small network that decides between the session's own items and the best unseen ones: one hidden
 * layer beside a linear part. It looks at how often, how long ago and in what rhythm an own item
 * was clicked, at the rank and score of an unseen one, and at the session as a whole. Unseen items
 * keep their order. Immutable; the inputs are numbered as {@code docs/format.md} lists them.
 */
final class RepeatNetwork {
  private static final int SESSION_INPUTS = 9;
  private static final int OWN_INPUTS = 16;
  private static final int UNSEEN_INPUTS = 5;
  private static final int SESSION_START = 2; // after the two kinds
  private static final int OWN_START = SESSION_START + SESSION_INPUTS;
  private static final int UNSEEN_START = OWN_START + OWN_INPUTS;
  private static final int INPUTS = UNSEEN_START + UNSEEN_INPUTS;
  private static final int OWN = 0;
  private static final int UNSEEN = 1;

  /** Unseen items this far down measure how clearly the best one leads. */
  private static final int GAP_RANK = 9;

  /** What is left of a difference in score where the network would turn two unseen items around. */
  private static final float LEAST_SLOPE = 1f / 64;

  private final int ranks; // R, unseen items ranked by the network
  private final int hidden; // H
  private final float[] weights; // (H + 1, INPUTS), the last row is the linear part
  private final float[] outputs; // (H)
  private final float[] logarithms; // log(1), log(2), ...

  /** Reads the section. */
  RepeatNetwork(ByteReader reader, ModelHeader header) throws ModelFileException {
    ranks = reader.within(reader.u8("ranked items"), 1, 64, "ranked items");
    hidden = reader.within(reader.u8("hidden units"), 1, 64, "hidden units");
    int inputs = reader.u8("inputs");
    reader.within(inputs, INPUTS, INPUTS, "inputs");
    weights = Tensor.read(reader, "weights", hidden + 1, INPUTS);
    outputs = Tensor.read(reader, "outputs", 1, hidden);
    int counted = Math.max(header.maximumSessionLength(), ranks) + 1;
    logarithms = Tensor.read(reader, "logarithms", 1, counted);
    reader.finish();
  }

  Decision newDecision() {
    return new Decision();
  }

  /** What the network says of one session. Not thread-safe; allocates nothing after it is made. */
  final class Decision {
    private final float[] inputs = new float[INPUTS];
    private final float[] sessionSums = new float[2 * (hidden + 1)]; // by kind
    private final float[] sums = new float[hidden];
    private final float[] best = new float[ranks]; // scores of the best unseen items
    private final float[] decided = new float[ranks]; // and what becomes of them
    private int bestCount;

    private Decision() {}

    /** R, how many of the best unseen items it takes. */
    int ranks() {
      return ranks;
    }

    /**
     * Takes in the session and its best unseen items.
     *
     * @param clicks item indices, oldest first; the first {@code length} count, at least one
     * @param distinct number of distinct items among them
     * @param mostClicks largest number of clicks on one item
     * @param lastClicks number of clicks on the last item
     * @param unseen at most R of them, best first
     */
    void start(
        int[] clicks, int length, int distinct, int mostClicks, int lastClicks, TopList unseen) {
      bestCount = Math.min(unseen.size(), ranks);
      for (int r = 0; r < bestCount; r++) {
        best[r] = unseen.score(r);
      }
      float top = bestCount == 0 ? 0 : best[0];
      float gap = bestCount == 0 ? 0 : top - best[Math.min(GAP_RANK, bestCount - 1)];
      boolean secondRepeated = false;
      for (int t = 0; t < length - 2; t++) {
        secondRepeated |= clicks[t] == clicks[length - 2];
      }
      int at = SESSION_START;
      inputs[at++] = logarithms[length - 1];
      inputs[at++] = logarithms[distinct - 1];
      inputs[at++] = (float) (length - distinct) / Math.max(1, length - 1);
      inputs[at++] = lastClicks > 1 ? 1 : 0;
      inputs[at++] = secondRepeated ? 1 : 0;
      inputs[at++] = logarithms[mostClicks - 1];
      inputs[at++] = logarithms[lastClicks - 1];
      inputs[at++] = top;
      inputs[at] = gap;
      for (int kind = 0; kind < 2; kind++) {
        for (int h = 0; h <= hidden; h++) {
          sessionSums[kind * (hidden + 1) + h] =
              weights[h * INPUTS + kind] + products(h, SESSION_START, OWN_START);
        }
      }
      for (int r = 0; r < bestCount; r++) {
        int place = UNSEEN_START;
        inputs[place++] = logarithms[r];
        inputs[place++] = r == 0 ? 1 : 0;
        inputs[place++] = r == 1 ? 1 : 0;
        inputs[place++] = best[r];
        inputs[place] = best[r] - top;
        float score = score(UNSEEN, UNSEEN_START, INPUTS);
        decided[r] =
            r == 0
                ? score
                : Math.min(score, decided[r - 1] - LEAST_SLOPE * (best[r - 1] - best[r]));
      }
    }

    /**
     * What an unseen item scores: by its place among the best, below them as far as it is worse.
     */
    float unseen(float similarity) {
      int last = bestCount - 1;
      if (last < 0) {
        return similarity;
      }
      // Turned around so that what is no number stays none.
      if (!(similarity >= best[last])) {
        return decided[last] + (similarity - best[last]);
      }
      int r = 0;
      while (r < last && similarity < best[r]) {
        r++;
      }
      return decided[r];
    }

    /**
     * What an own item scores.
     *
     * @param item its index
     * @param similarity what it would score had it not been clicked
     * @param count clicks on it
     * @param age clicks after the latest of them
     * @param laterItems distinct items clicked after it
     * @param busierItems distinct items clicked more often
     * @param clicks as for {@link #start}
     */
    float own(
        int item,
        float similarity,
        int count,
        int age,
        int laterItems,
        int busierItems,
        int[] clicks,
        int length) {
      int latest = length - 1 - age;
      int first = latest;
      int previous = -1;
      int amongFive = 0;
      int amongTen = 0;
      boolean follows = false;
      for (int t = length - 1; t >= 0; t--) {
        if (clicks[t] == item) {
          first = t;
          previous = t < latest && previous < 0 ? t : previous;
          amongFive += length - t <= 5 ? 1 : 0;
          amongTen += length - t <= 10 ? 1 : 0;
          follows |= t > 0 && clicks[t - 1] == clicks[length - 1];
        }
      }
      int run = 1;
      while (latest - run >= 0 && clicks[latest - run] == item) {
        run++;
      }
      int at = OWN_START;
      inputs[at++] = logarithms[count - 1];
      inputs[at++] = logarithms[age];
      inputs[at++] = age == 0 ? 1 : 0;
      inputs[at++] = age == 1 ? 1 : 0;
      inputs[at++] = count == 1 ? 1 : 0;
      inputs[at++] = (float) count / length;
      inputs[at++] = (float) age / length;
      inputs[at++] = logarithms[laterItems];
      inputs[at++] = logarithms[busierItems];
      inputs[at++] = logarithms[amongFive];
      inputs[at++] = logarithms[amongTen];
      inputs[at++] = previous < 0 ? 0 : logarithms[latest - previous];
      inputs[at++] = similarity;
      inputs[at++] = logarithms[length - 1 - first];
      inputs[at++] = follows ? 1 : 0;
      inputs[at] = logarithms[run];
      return score(OWN, OWN_START, UNSEEN_START);
    }

    private float score(int kind, int from, int to) {
      int base = kind * (hidden + 1);
      for (int h = 0; h < hidden; h++) {
        sums[h] = 2 * (sessionSums[base + h] + products(h, from, to));
      }
      Functions.sigmoid(sums, hidden);
      float score = sessionSums[base + hidden] + products(hidden, from, to);
      for (int h = 0; h < hidden; h++) {
        score += outputs[h] * (2 * sums[h] - 1); // the hyperbolic tangent
      }
      return score;
    }

    private float products(int row, int from, int to) {
      float sum = 0;
      for (int i = from; i < to; i++) {
        sum += weights[row * INPUTS + i] * inputs[i];
      }
      return sum;
    }
  }
}
