package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rivals' session vectors against their papers' formulas, written out plainly in double. */
class RivalEncoderTest {
  private static final int N = Toys.DIMENSION;
  private static final int ITEMS = 6;

  /** With repeats, and with the same step twice. */
  private static final int[] CLICKS = {2, 4, 2, 4, 1, 2, 2, 5};

  private final double[][] rows = rows();
  private final Map<String, double[][]> parameters = new HashMap<>();

  private static double[][] rows() {
    return matrix(Toys.gaussians(new SplittableRandom(5), ITEMS * N, 1), N);
  }

  private static double[][] matrix(float[] values, int columns) {
    double[][] matrix = new double[values.length / columns][columns];
    for (int i = 0; i < values.length; i++) {
      matrix[i / columns][i % columns] = values[i];
    }
    return matrix;
  }

  /** The last prefix' vector beside another session, parameters shaken and noted down. */
  private double[] encoded(SessionEncoder encoder) {
    Toys.shake(encoder.parameters(), new SplittableRandom(6), 0.3);
    for (Parameter parameter : encoder.parameters()) {
      int columns = (int) parameter.value().size(1);
      parameters.put(parameter.name(), matrix(Tensors.floats(parameter.value()), columns));
    }
    int[] clicks = Arrays.copyOf(CLICKS, CLICKS.length + 1);
    SessionBatch batch = Toys.batch(Toys.sessions(new int[] {3, 3, 1, 0}, clicks), 1, 16);
    float[] inputs = new float[16 * N];
    for (int slot = 0; slot < 16; slot++) {
      for (int d = 0; d < N && batch.items()[slot] >= 0; d++) {
        inputs[slot * N + d] = (float) rows[batch.items()[slot]][d];
      }
    }
    try (NoGradGuard guard = new NoGradGuard()) {
      Tensor all = encoder.encode(Tensors.of(inputs, 1, 16, N), batch);
      int last = batch.positions()[batch.caseCount() - 1];
      return matrix(Tensors.floats(all), N)[last];
    }
  }

  private double[][] parameter(String name) {
    double[][] found = parameters.get(name);
    assertThat(found).as(name).isNotNull();
    return found == null ? new double[0][] : found;
  }

  /** W x, and b where the layer has one. */
  private double[] linear(String name, double[] x) {
    double[][] weight =
        parameters.containsKey(name) ? parameter(name) : parameter(name + ".weight");
    double[][] bias = parameters.get(name + ".bias");
    double[] y = new double[weight.length];
    for (int i = 0; i < y.length; i++) {
      y[i] = bias == null || parameters.containsKey(name) ? 0 : bias[0][i];
      for (int d = 0; d < x.length; d++) {
        y[i] += weight[i][d] * x[d];
      }
    }
    return y;
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  private static double[] joined(double[] first, double[] second) {
    double[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  private double[] recurrent(double[] input, double[] state) {
    double[] i = linear("recurrent.input", input);
    double[] h = linear("recurrent.hidden", state);
    int size = state.length;
    double[] next = new double[size];
    for (int d = 0; d < size; d++) {
      double reset = sigmoid(i[d] + h[d]);
      double update = sigmoid(i[size + d] + h[size + d]);
      double candidate = Math.tanh(i[2 * size + d] + reset * h[2 * size + d]);
      next[d] = (1 - update) * candidate + update * state[d];
    }
    return next;
  }

  private double[][] states(int size) {
    double[][] states = new double[CLICKS.length][];
    double[] state = new double[size];
    for (int t = 0; t < CLICKS.length; t++) {
      state = recurrent(rows[CLICKS[t]], state);
      states[t] = state;
    }
    return states;
  }

  private static void assertClose(double[] actual, double[] expected) {
    assertThat(actual).containsExactly(expected, within(1e-4));
  }

  @Test
  void gatedRecurrent() {
    double[] actual = encoded(new GatedRecurrentEncoder(N, 0, 1));
    assertClose(actual, states(N)[CLICKS.length - 1]);
  }

  @Test
  void narm() {
    double[] actual = encoded(new NarmEncoder(N, 0, 1));
    double[][] states = states(2 * N);
    double[] last = states[states.length - 1];
    double[] ofLast = linear("attention.last", last);
    double[] energy = new double[states.length];
    double sum = 0;
    for (int t = 0; t < states.length; t++) {
      double[] ofState = linear("attention.state", states[t]);
      for (int d = 0; d < 2 * N; d++) {
        energy[t] += parameter("attention.weight")[0][d] * sigmoid(ofLast[d] + ofState[d]);
      }
      sum += Math.exp(energy[t]);
    }
    double[] local = new double[2 * N];
    for (int t = 0; t < states.length; t++) {
      for (int d = 0; d < 2 * N; d++) {
        local[d] += Math.exp(energy[t]) / sum * states[t][d];
      }
    }
    assertClose(actual, linear("bilinear", joined(local, last)));
  }

  @Test
  void stamp() {
    double[] actual = encoded(new StampEncoder(N, 1));
    double[] last = rows[CLICKS[CLICKS.length - 1]];
    double[] mean = new double[N];
    for (int item : CLICKS) {
      for (int d = 0; d < N; d++) {
        mean[d] += rows[item][d] / CLICKS.length;
      }
    }
    double[] ofLast = linear("attention.last", last);
    double[] ofMean = linear("attention.mean", mean);
    double[] attended = mean.clone();
    for (int item : CLICKS) {
      double[] ofClick = linear("attention.click", rows[item]);
      double weight = 0;
      for (int d = 0; d < N; d++) {
        weight +=
            parameter("attention.weight")[0][d]
                * sigmoid(ofClick[d] + ofLast[d] + ofMean[d] + parameter("attention.bias")[0][d]);
      }
      for (int d = 0; d < N; d++) {
        attended[d] += weight * rows[item][d];
      }
    }
    double[] session = linear("session", attended);
    double[] latest = linear("latest", last);
    double[] expected = new double[N];
    for (int d = 0; d < N; d++) {
      expected[d] = Math.tanh(session[d]) * Math.tanh(latest[d]);
    }
    assertClose(actual, expected);
  }

  @Test
  void sessionGraph() {
    double[] actual = encoded(new SessionGraphEncoder(N, 1));
    boolean[][] edge = new boolean[ITEMS][ITEMS];
    for (int t = 1; t < CLICKS.length; t++) {
      edge[CLICKS[t - 1]][CLICKS[t]] = true;
    }
    double[][] hidden = new double[ITEMS][];
    for (int v = 0; v < ITEMS; v++) {
      double[] incoming = new double[N];
      double[] outgoing = new double[N];
      int in = 0;
      int out = 0;
      for (int u = 0; u < ITEMS; u++) {
        in += edge[u][v] ? 1 : 0;
        out += edge[v][u] ? 1 : 0;
      }
      for (int u = 0; u < ITEMS; u++) {
        double[] from = linear("in", rows[u]);
        double[] to = linear("out", rows[u]);
        for (int d = 0; d < N; d++) {
          incoming[d] += edge[u][v] ? from[d] / in : 0;
          outgoing[d] += edge[v][u] ? to[d] / out : 0;
        }
      }
      double[] edges = joined(incoming, outgoing);
      for (int d = 0; d < 2 * N; d++) {
        edges[d] += parameter("edgeBias")[0][d];
      }
      hidden[v] = recurrent(edges, rows[v]);
    }
    double[] last = hidden[CLICKS[CLICKS.length - 1]];
    double[] ofLast = linear("attention.last", last);
    double[] global = new double[N];
    for (int item : CLICKS) {
      double[] ofNode = linear("attention.node", hidden[item]);
      double weight = 0;
      for (int d = 0; d < N; d++) {
        weight += parameter("attention.weight")[0][d] * sigmoid(ofLast[d] + ofNode[d]);
      }
      for (int d = 0; d < N; d++) {
        global[d] += weight * hidden[item][d];
      }
    }
    assertClose(actual, linear("output", joined(global, last)));
  }

  private double[] norm(String name, double epsilon, double[] x) {
    double mean = Arrays.stream(x).average().orElse(0);
    double variance = Arrays.stream(x).map(v -> (v - mean) * (v - mean)).average().orElse(0);
    double[] y = new double[x.length];
    for (int d = 0; d < x.length; d++) {
      y[d] =
          parameter(name)[0][d] * (x[d] - mean) / Math.sqrt(variance + epsilon)
              + parameter(name)[1][d];
    }
    return y;
  }

  private static double[] sum(double[] first, double[] second) {
    double[] sum = first.clone();
    for (int d = 0; d < sum.length; d++) {
      sum[d] += second[d];
    }
    return sum;
  }

  private static double[] positivePart(double[] x) {
    return Arrays.stream(x).map(v -> Math.max(v, 0)).toArray();
  }

  @Test
  void sasRec() {
    int heads = 2;
    double[] actual = encoded(new SasRecEncoder(N, Toys.WINDOW, 2, heads, 0, 1));
    double[][] hidden = new double[CLICKS.length][N];
    for (int t = 0; t < CLICKS.length; t++) {
      for (int d = 0; d < N; d++) {
        hidden[t][d] = Math.sqrt(N) * rows[CLICKS[t]][d] + parameter("position")[t][d];
      }
    }
    for (int b = 0; b < 2; b++) {
      String block = "block" + b + ".";
      double[][] next = new double[CLICKS.length][];
      for (int i = 0; i < CLICKS.length; i++) {
        double[] query = norm(block + "queryNorm", 1e-8, hidden[i]);
        double[] q = linear(block + "query", query);
        double[] attended = query.clone();
        int size = N / heads;
        for (int head = 0; head < heads; head++) {
          double[] shares = new double[i + 1];
          double total = 0;
          for (int t = 0; t <= i; t++) {
            double[] k = linear(block + "key", hidden[t]);
            double product = 0;
            for (int d = head * size; d < (head + 1) * size; d++) {
              product += q[d] * k[d];
            }
            shares[t] = Math.exp(product / Math.sqrt(size));
            total += shares[t];
          }
          for (int t = 0; t <= i; t++) {
            double[] value = linear(block + "value", hidden[t]);
            for (int d = head * size; d < (head + 1) * size; d++) {
              attended[d] += shares[t] / total * value[d];
            }
          }
        }
        double[] normed = norm(block + "innerNorm", 1e-8, attended);
        next[i] =
            sum(linear(block + "outer", positivePart(linear(block + "inner", normed))), normed);
      }
      hidden = next;
    }
    assertClose(actual, norm("outputNorm", 1e-8, hidden[CLICKS.length - 1]));
  }

  private double[][] convolved(String kernel, String norm, int dilation, double[][] x) {
    double[][] y = new double[x.length][];
    for (int t = 0; t < x.length; t++) {
      double[] sum = parameter(kernel + ".bias")[0].clone();
      for (int tap = 0; tap < 3 && t - tap * dilation >= 0; tap++) {
        sum = sum(sum, linear(kernel + ".tap" + tap, x[t - tap * dilation]));
      }
      y[t] = positivePart(norm(norm, 1e-8, sum));
    }
    return y;
  }

  /** Whose kernel each of six convolutions has, by the paper's words for the schemes. */
  @ParameterizedTest
  @CsvSource({
    "none,           0.1 0.2 1.1 1.2 2.1 2.2",
    "cross-layer,    0.1 0.1 0.1 0.1 0.1 0.1",
    "cross-block,    0.1 0.2 0.1 0.2 0.1 0.2",
    "adjacent-layer, 0.1 0.1 1.1 1.1 2.1 2.1",
    "adjacent-block, 0.1 0.2 0.1 0.2 2.1 2.2"
  })
  void nextItNet(String sharing, String kernels) {
    double[] actual = encoded(new NextItNetEncoder(N, 3, LayerSharing.titled(sharing), 1));
    List<String> names =
        Arrays.stream(kernels.split(" ", -1))
            .map(place -> "block" + place.replace(".", ".convolution"))
            .toList();
    double[][] hidden = new double[CLICKS.length][];
    for (int t = 0; t < CLICKS.length; t++) {
      hidden[t] = rows[CLICKS[t]];
    }
    for (int b = 0; b < 3; b++) {
      int dilation = List.of(1, 4, 1).get(b);
      String block = "block" + b;
      double[][] inner =
          convolved(names.get(2 * b), block + ".convolution1.norm", dilation, hidden);
      double[][] outer =
          convolved(names.get(2 * b + 1), block + ".convolution2.norm", 2 * dilation, inner);
      for (int t = 0; t < CLICKS.length; t++) {
        hidden[t] = sum(hidden[t], outer[t]);
      }
    }
    assertClose(actual, hidden[CLICKS.length - 1]);
  }
}
