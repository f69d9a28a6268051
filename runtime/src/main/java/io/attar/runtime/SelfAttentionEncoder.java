package io.attar.runtime;

import java.util.Arrays;

/**
 * One layer of causal self-attention over the clicks (Kang and McAuley, Self-Attentive Sequential
 * Recommendation, ICDM 2018), read out by soft attention (Wu et al., Session-based Recommendation
 * with Graph Neural Networks, AAAI 2019, equations 6 and 7, the mean in place of the last click).
 * The formulas are in {@code docs/format.md}.
 *
 * <p>Because attention is causal, a click changes nothing before it: keys, values, outputs and gate
 * terms of earlier clicks are kept, so a click costs 8 N^2 + 2 l N multiplications and a readout l
 * N sigmoids and l N multiplications. With one head 6 N^2 do: (Wq h + bq) . (Wk g + bk) is (Wk^T Wq
 * h + Wk^T bq) . g plus what is the same for all clicks g and so drops out of the shares, and Wo
 * may act on the values before their mean is taken. Once the window slides every position moves,
 * and all clicks are encoded again. Memory of a session: 16 L N bytes.
 */
final class SelfAttentionEncoder implements SessionEncoder {
  private static final double VARIANCE_FLOOR = 1e-12;

  /** Folding takes N^3 multiplications when a file is opened, which must stay cheap. */
  private static final int MOST_FOLDED = 512;

  private final ItemTable table;
  private final int dimension; // N
  private final int heads; // H, divides N
  private final int maximumSessionLength; // L

  private final float[] position; // (L, N)
  private final float[] norm0; // (2, N): gain, bias; so are the other norms
  private final boolean folded; // one head: Wk is folded into the query, Wo into the value
  private final Affine query;
  private final Affine key; // not used when folded
  private final Affine value;
  private final Affine output; // Wo, bo; not used when folded
  private final float[] norm1;
  private final Affine inner; // W1, b1
  private final Affine outer; // W2, b2
  private final float[] norm2;
  private final Affine clickGate; // G1, c
  private final float[][] meanGate; // G2, by column
  private final float[] gateReadout; // w (N)

  /** Reads the section's tensors in the order of the fields. */
  SelfAttentionEncoder(ByteReader reader, ModelHeader header, ItemTable table)
      throws ModelFileException {
    this.table = table;
    dimension = header.dimension();
    maximumSessionLength = header.maximumSessionLength();
    heads = reader.within(reader.u16("head count"), 1, dimension, "head count");
    if (dimension % heads != 0) {
      throw reader.problem(
          "the head count must divide the dimension " + dimension + " but is " + heads);
    }
    position = Tensor.read(reader, "position", maximumSessionLength, dimension);
    norm0 = Tensor.read(reader, "norm0", 2, dimension);
    Affine readQuery = new Affine(reader, "Wq", "bq", dimension);
    key = new Affine(reader, "Wk", "bk", dimension);
    Affine readValue = new Affine(reader, "Wv", "bv", dimension);
    output = new Affine(reader, "Wo", "bo", dimension);
    folded = heads == 1 && dimension <= MOST_FOLDED;
    query = folded ? key.transposed().after(readQuery) : readQuery;
    value = folded ? output.after(readValue) : readValue;
    norm1 = Tensor.read(reader, "norm1", 2, dimension);
    inner = new Affine(reader, "W1", "b1", dimension);
    outer = new Affine(reader, "W2", "b2", dimension);
    norm2 = Tensor.read(reader, "norm2", 2, dimension);
    clickGate = new Affine(reader, "G1", "c", dimension);
    float[] gate = Tensor.read(reader, "G2", dimension, dimension);
    meanGate = Vectors.transposed(gate, dimension, dimension);
    gateReadout = Tensor.read(reader, "w", 1, dimension);
    reader.finish();
  }

  @Override
  public Encoding newEncoding() {
    return new SelfAttention();
  }

  /** y = W x + b, W by column. */
  private static final class Affine {
    private final float[][] columns; // (N, N)
    private final float[] bias; // (N)

    Affine(ByteReader reader, String weightName, String biasName, int dimension)
        throws ModelFileException {
      columns =
          Vectors.transposed(
              Tensor.read(reader, weightName, dimension, dimension), dimension, dimension);
      bias = Tensor.read(reader, biasName, 1, dimension);
    }

    private Affine(float[][] columns, float[] bias) {
      this.columns = columns;
      this.bias = bias;
    }

    /** y = W^T x. */
    Affine transposed() {
      int n = bias.length;
      float[][] rows = new float[n][n];
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
          rows[j][i] = columns[i][j];
        }
      }
      return new Affine(rows, new float[n]);
    }

    /** This applied to what {@code first} gives, as one. */
    Affine after(Affine first) {
      float[][] product = new float[bias.length][bias.length];
      for (int i = 0; i < product.length; i++) {
        Vectors.addMultiplied(columns, first.columns[i], product.length, product[i]);
      }
      float[] shift = new float[bias.length];
      apply(first.bias, shift);
      return new Affine(product, shift);
    }

    void apply(float[] x, float[] y) {
      System.arraycopy(bias, 0, y, 0, y.length);
      Vectors.addMultiplied(columns, x, x.length, y);
    }

    /** Adds W x + b to y. */
    void add(float[] x, float[] y) {
      Vectors.add(bias, 0, y, y.length);
      Vectors.addMultiplied(columns, x, x.length, y);
    }
  }

  /** Gain x (x - mean) / sqrt(variance + floor) + bias, in place. */
  private static void normalise(float[] gainAndBias, float[] x) {
    int n = x.length;
    double mean = Vectors.sum(x) / n;
    double inverse = 1 / Math.sqrt(Vectors.squares(x, mean) / n + VARIANCE_FLOOR);
    for (int i = 0; i < n; i++) {
      x[i] = (float) ((x[i] - mean) * inverse * gainAndBias[i] + gainAndBias[n + i]);
    }
  }

  private final class SelfAttention implements Encoding {
    private final float[][] keys = new float[maximumSessionLength][dimension];
    private final float[][] values = new float[maximumSessionLength][dimension];
    private final float[][] outputs = new float[maximumSessionLength][dimension]; // h''
    private final float[][] gates = new float[maximumSessionLength][dimension]; // G1 h'' + c
    private final float[] weights = new float[maximumSessionLength]; // of the outputs in theta
    private final double[] attention = new double[maximumSessionLength];
    private final float[] sum = new float[dimension]; // of the outputs
    private final float[] hidden = new float[dimension];
    private final float[] queries = new float[dimension];
    private final float[] mixed = new float[dimension];
    private final float[] gatedMean = new float[dimension];
    private int encoded; // clicks whose keys, values, outputs and gates are known

    @Override
    public void restart() {
      encoded = 0;
      Arrays.fill(sum, 0);
    }

    @Override
    public void slide(int[] clicks) {
      restart();
    }

    @Override
    public void encode(int[] clicks, int length, float[] target) {
      for (; encoded < length; encoded++) {
        encodeClick(clicks[encoded], encoded);
      }
      readOut(length, target);
    }

    @Override
    public float weight(int t) {
      return weights[t];
    }

    @Override
    public double part(int t, int item, float[] row) {
      return Vectors.product(outputs[t], row);
    }

    private void encodeClick(int item, int t) {
      table.row(item, hidden, 0);
      Vectors.add(position, t * dimension, hidden, dimension);
      normalise(norm0, hidden);
      query.apply(hidden, queries);
      value.apply(hidden, values[t]);
      if (folded) {
        System.arraycopy(hidden, 0, keys[t], 0, dimension);
        attend(t);
        Vectors.add(mixed, 0, hidden, dimension);
      } else {
        key.apply(hidden, keys[t]);
        attend(t);
        output.add(mixed, hidden);
      }
      // h' = norm1(h + Wo o + bo)
      normalise(norm1, hidden);
      // h'' = norm2(h' + W2 gelu(W1 h' + b1) + b2)
      inner.apply(hidden, mixed);
      Functions.gelu(mixed, dimension);
      float[] result = outputs[t];
      System.arraycopy(hidden, 0, result, 0, dimension);
      outer.add(mixed, result);
      normalise(norm2, result);
      clickGate.apply(result, gates[t]);
      Vectors.add(result, 0, sum, dimension);
    }

    /** Writes the heads' means of the values of the clicks 0 to {@code t} to {@code mixed}. */
    private void attend(int t) {
      int width = dimension / heads;
      double inverseRoot = 1 / Math.sqrt(width);
      Arrays.fill(mixed, 0);
      for (int from = 0; from < dimension; from += width) {
        double largest = Double.NEGATIVE_INFINITY;
        for (int s = 0; s <= t; s++) {
          attention[s] = inverseRoot * Vectors.dot(queries, from, keys[s], from, width);
          largest = Math.max(largest, attention[s]);
        }
        double total = 0;
        for (int s = 0; s <= t; s++) {
          // Less the largest: e^x cannot overflow.
          attention[s] = Functions.exp(attention[s] - largest);
          total += attention[s];
        }
        for (int s = 0; s <= t; s++) {
          float share = (float) (attention[s] / total);
          float[] own = values[s];
          for (int i = from; i < from + width; i++) {
            mixed[i] += share * own[i];
          }
        }
      }
    }

    /** theta = sum over t of (w . sigmoid(G1 h''_t + c + G2 mean of h'')) h''_t. */
    private void readOut(int length, float[] target) {
      for (int i = 0; i < dimension; i++) {
        mixed[i] = sum[i] / length;
      }
      Vectors.multiply(meanGate, mixed, dimension, gatedMean);
      for (int t = 0; t < length; t++) {
        float[] own = gates[t];
        for (int i = 0; i < dimension; i++) {
          mixed[i] = own[i] + gatedMean[i];
        }
        Functions.sigmoid(mixed, dimension);
        weights[t] = Vectors.dot(gateReadout, 0, mixed, 0, dimension);
      }
      Vectors.multiply(outputs, weights, length, target);
    }
  }
}
