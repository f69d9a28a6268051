package io.attar.runtime;

import java.util.Arrays;

/**
 * One layer of causal self-attention over the clicks (Kang and McAuley, Self-Attentive Sequential
 * Recommendation, ICDM 2018), read out by soft attention (Wu et al., Session-based Recommendation
 * with Graph Neural Networks, AAAI 2019, equations 6 and 7, the mean in place of the last click).
 * The formulas are in {@link ModelFileReader}.
 *
 * <p>Because attention is causal, a click changes nothing before it: keys, values and outputs of
 * earlier clicks are kept, so a click costs 6 N^2 + 2 l N multiplications and a readout N^2 + 2 l
 * N. Once the window slides every position moves, and all clicks are encoded again. Memory of a
 * session: 16 L N bytes.
 */
final class SelfAttentionEncoder implements SessionEncoder {
  private static final double VARIANCE_FLOOR = 1e-12;

  private final ItemTable table;
  private final int dimension; // N
  private final int heads; // H, divides N
  private final int maximumSessionLength; // L

  private final float[] position; // (L, N)
  private final float[] norm0; // (2, N): gain, bias; so are the other norms
  private final float[] queryWeight; // (N, N), a row is an output; so are the other weights
  private final float[] queryBias; // (N); so are the other biases
  private final float[] keyWeight;
  private final float[] keyBias;
  private final float[] valueWeight;
  private final float[] valueBias;
  private final float[] outputWeight;
  private final float[] outputBias;
  private final float[] norm1;
  private final float[] innerWeight; // W1
  private final float[] innerBias; // b1
  private final float[] outerWeight; // W2
  private final float[] outerBias; // b2
  private final float[] norm2;
  private final float[] clickGate; // G1 (N, N)
  private final float[] gateBias; // c (N)
  private final float[] meanGate; // G2 (N, N)
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
    queryWeight = Tensor.read(reader, "Wq", dimension, dimension);
    queryBias = Tensor.read(reader, "bq", 1, dimension);
    keyWeight = Tensor.read(reader, "Wk", dimension, dimension);
    keyBias = Tensor.read(reader, "bk", 1, dimension);
    valueWeight = Tensor.read(reader, "Wv", dimension, dimension);
    valueBias = Tensor.read(reader, "bv", 1, dimension);
    outputWeight = Tensor.read(reader, "Wo", dimension, dimension);
    outputBias = Tensor.read(reader, "bo", 1, dimension);
    norm1 = Tensor.read(reader, "norm1", 2, dimension);
    innerWeight = Tensor.read(reader, "W1", dimension, dimension);
    innerBias = Tensor.read(reader, "b1", 1, dimension);
    outerWeight = Tensor.read(reader, "W2", dimension, dimension);
    outerBias = Tensor.read(reader, "b2", 1, dimension);
    norm2 = Tensor.read(reader, "norm2", 2, dimension);
    clickGate = Tensor.read(reader, "G1", dimension, dimension);
    gateBias = Tensor.read(reader, "c", 1, dimension);
    meanGate = Tensor.read(reader, "G2", dimension, dimension);
    gateReadout = Tensor.read(reader, "w", 1, dimension);
    reader.finish();
  }

  @Override
  public Encoding newEncoding() {
    return new SelfAttention();
  }

  /**
   * Gain x (x - mean) / sqrt(variance + floor) + bias, in place, over {@code dimension} numbers.
   */
  private void normalise(float[] gainAndBias, float[] x, int offset) {
    double mean = 0;
    for (int i = 0; i < dimension; i++) {
      mean += x[offset + i];
    }
    mean /= dimension;
    double variance = 0;
    for (int i = 0; i < dimension; i++) {
      double difference = x[offset + i] - mean;
      variance += difference * difference;
    }
    double inverse = 1 / Math.sqrt(variance / dimension + VARIANCE_FLOOR);
    for (int i = 0; i < dimension; i++) {
      x[offset + i] =
          (float) ((x[offset + i] - mean) * inverse * gainAndBias[i] + gainAndBias[dimension + i]);
    }
  }

  private final class SelfAttention implements Encoding {
    private final float[] keys = new float[maximumSessionLength * dimension]; // (L, N)
    private final float[] values = new float[maximumSessionLength * dimension]; // (L, N)
    private final float[] outputs = new float[maximumSessionLength * dimension]; // h'' (L, N)
    private final float[] gates = new float[maximumSessionLength * dimension]; // G1 h'' + c (L, N)
    private final double[] attention = new double[maximumSessionLength];
    private final float[] input = new float[dimension];
    private final float[] query = new float[dimension];
    private final float[] mixed = new float[dimension];
    private final float[] inner = new float[dimension];
    private final float[] mean = new float[dimension];
    private final float[] gatedMean = new float[dimension];
    private int encoded; // clicks whose keys, values, outputs and gates are known

    @Override
    public void restart() {
      encoded = 0;
    }

    @Override
    public void encode(int[] clicks, int length, float[] target) {
      for (; encoded < length; encoded++) {
        encodeClick(clicks[encoded], encoded);
      }
      readOut(length, target);
    }

    private void encodeClick(int item, int t) {
      int n = dimension;
      int at = t * n;
      table.row(item, input, 0);
      Vectors.addScaled(1, position, at, input, 0, n);
      normalise(norm0, input, 0);
      Vectors.affine(queryWeight, queryBias, input, 0, query, 0, n);
      Vectors.affine(keyWeight, keyBias, input, 0, keys, at, n);
      Vectors.affine(valueWeight, valueBias, input, 0, values, at, n);
      attend(t);
      // h' = norm1(h + Wo o + bo), kept in outputs.
      Vectors.affine(outputWeight, outputBias, mixed, 0, outputs, at, n);
      Vectors.addScaled(1, input, 0, outputs, at, n);
      normalise(norm1, outputs, at);
      // h'' = norm2(h' + W2 gelu(W1 h' + b1) + b2).
      Vectors.affine(innerWeight, innerBias, outputs, at, inner, 0, n);
      for (int i = 0; i < n; i++) {
        inner[i] = (float) Functions.gelu(inner[i]);
      }
      Vectors.affine(outerWeight, outerBias, inner, 0, mixed, 0, n);
      Vectors.addScaled(1, mixed, 0, outputs, at, n);
      normalise(norm2, outputs, at);
      Vectors.affine(clickGate, gateBias, outputs, at, gates, at, n);
    }

    /** Writes the heads' means of the values of the clicks 0 to {@code t} to {@code mixed}. */
    private void attend(int t) {
      int width = dimension / heads;
      double inverseRoot = 1 / Math.sqrt(width);
      Arrays.fill(mixed, 0);
      for (int from = 0; from < dimension; from += width) {
        double largest = Double.NEGATIVE_INFINITY;
        for (int s = 0; s <= t; s++) {
          attention[s] = inverseRoot * Vectors.dot(query, from, keys, s * dimension + from, width);
          largest = Math.max(largest, attention[s]);
        }
        double total = 0;
        for (int s = 0; s <= t; s++) {
          // Less the largest: e^x cannot overflow.
          attention[s] = Math.exp(attention[s] - largest);
          total += attention[s];
        }
        for (int s = 0; s <= t; s++) {
          float share = (float) (attention[s] / total);
          Vectors.addScaled(share, values, s * dimension + from, mixed, from, width);
        }
      }
    }

    /** theta = sum over t of (w . sigmoid(G1 h''_t + c + G2 mean of h'')) h''_t. */
    private void readOut(int length, float[] target) {
      int n = dimension;
      Arrays.fill(mean, 0);
      for (int t = 0; t < length; t++) {
        Vectors.addScaled(1f / length, outputs, t * n, mean, 0, n);
      }
      for (int i = 0; i < n; i++) {
        gatedMean[i] = Vectors.dot(meanGate, i * n, mean, 0, n);
      }
      Arrays.fill(target, 0);
      for (int t = 0; t < length; t++) {
        double weight = 0;
        for (int i = 0; i < n; i++) {
          weight += gateReadout[i] * Functions.sigmoid(gates[t * n + i] + gatedMean[i]);
        }
        Vectors.addScaled((float) weight, outputs, t * n, target, 0, n);
      }
    }
  }
}
