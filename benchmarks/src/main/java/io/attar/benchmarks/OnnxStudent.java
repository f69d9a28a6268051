package io.attar.benchmarks;

/**
 * A student as an ONNX graph, from the clicks to the best 20 items: encoder, scores, repeats and
 * ranking, as in {@code docs/format.md}. The whole session is encoded at each click, as an exported
 * graph does.
 *
 * <p>Inputs: {@link #CLICKS} (l); {@link #WEIGHTS} (1, l), the weighted mean's weights (that
 * encoder only); {@link #SEEN} (d), the distinct items; {@link #BONUSES} (d). Outputs: {@link
 * #SCORES} and {@link #ITEMS} (20), best first. The graphs that only rank have one input instead,
 * {@link #QUERY} (1, N), and leave repeats alone.
 */
final class OnnxStudent {
  static final String CLICKS = "clicks";
  static final String WEIGHTS = "weights";
  static final String SEEN = "seen";
  static final String BONUSES = "bonuses";
  static final String QUERY = "query";
  static final String SCORES = "scores";
  static final String ITEMS = "items";

  private static final float VARIANCE_FLOOR = 1e-12f;
  private static final float SMALLEST_LENGTH = 1e-30f;

  private final StudentWeights student;
  private final int dimension;
  private final OnnxGraph graph = new OnnxGraph();

  private OnnxStudent(StudentWeights student) {
    this.student = student;
    dimension = student.dimension();
  }

  /**
   * The graph over dense rows: one matrix product scores all items.
   *
   * @param count items ranked
   */
  static byte[] dense(StudentWeights student, int count) {
    OnnxStudent onnx = new OnnxStudent(student);
    OnnxGraph graph = onnx.graph;
    int items = student.itemCount();
    String table = graph.floats("rows", student.rows(), items, onnx.dimension);
    String clicks = graph.input(CLICKS, OnnxGraph.Type.INT64, -1);
    String query = onnx.query(clicks, graph.apply("Gather", table, clicks));
    return onnx.rank(onnx.product(query, table), count);
  }

  /** The part of {@link #dense} behind the encoder. */
  static byte[] denseRanking(StudentWeights student, int count) {
    OnnxStudent onnx = new OnnxStudent(student);
    OnnxGraph graph = onnx.graph;
    String table = graph.floats("rows", student.rows(), student.itemCount(), onnx.dimension);
    return onnx.top(onnx.product(onnx.queryInput(), table), count);
  }

  /**
   * The graph over codes: no row is composed but those of the clicks.
   *
   * @param count items ranked
   */
  static byte[] codes(StudentWeights student, int count) {
    OnnxStudent onnx = new OnnxStudent(student);
    OnnxGraph graph = onnx.graph;
    String codebooks = onnx.codebooks();
    String inverse = onnx.inverseLengths();
    String clicks = graph.input(CLICKS, OnnxGraph.Type.INT64, -1);
    String clickParts = graph.apply("Gather", onnx.parts(), clicks);
    String composed =
        graph
            .node("ReduceSum", graph.apply("Gather", codebooks, clickParts), graph.longs("one", 1))
            .with("keepdims", 0)
            .add();
    String clickInverse =
        graph.apply("Unsqueeze", graph.apply("Gather", inverse, clicks), graph.longs("last", 1));
    String query = onnx.query(clicks, graph.apply("Mul", composed, clickInverse));
    return onnx.rank(onnx.sumOfCodes(query, codebooks, inverse), count);
  }

  /** The part of {@link #codes} behind the encoder. */
  static byte[] codeRanking(StudentWeights student, int count) {
    OnnxStudent onnx = new OnnxStudent(student);
    String codebooks = onnx.codebooks();
    return onnx.top(onnx.sumOfCodes(onnx.queryInput(), codebooks, onnx.inverseLengths()), count);
  }

  /**
   * As {@link #codeRanking}, with one {@code Gather} for all codebooks and a sum over them: the
   * graph that comes to mind first. ONNX Runtime's {@code Gather} copies each number as a block.
   */
  static byte[] plainCodeRanking(StudentWeights student, int count) {
    OnnxStudent onnx = new OnnxStudent(student);
    OnnxGraph graph = onnx.graph;
    String lookup = onnx.product(onnx.queryInput(), onnx.codebooks());
    String numbers = graph.apply("Gather", lookup, onnx.parts()); // (V, M)
    String sum = graph.node("ReduceSum", numbers, graph.longs("one", 1)).with("keepdims", 0).add();
    return onnx.top(graph.apply("Mul", sum, onnx.inverseLengths()), count);
  }

  private String queryInput() {
    return graph.input(QUERY, OnnxGraph.Type.FLOAT, 1, dimension);
  }

  private String codebooks() {
    long rows = (long) student.codebookCount() * student.codewordCount();
    return graph.floats("codebooks", student.codebooks(), rows, dimension);
  }

  private String inverseLengths() {
    return graph.floats("inverseLengths", student.inverseLengths(), student.itemCount());
  }

  /** (V, M) which rows of the codebooks make up an item. */
  private String parts() {
    int books = student.codebookCount();
    int[] parts = new int[student.itemCount() * books];
    for (int v = 0; v < student.itemCount(); v++) {
      for (int m = 0; m < books; m++) {
        parts[v * books + m] = m * student.codewordCount() + student.code(m, v);
      }
    }
    return graph.integers("parts", parts, student.itemCount(), books);
  }

  /** The products of a query with the rows of a matrix: (rows). */
  private String product(String query, String rows) {
    String products = graph.node("Gemm", query, rows).with("transB", 1).add();
    return graph.apply("Reshape", products, graph.longs("flat", -1));
  }

  /** The query meets each codeword once; then each item gathers one number a codebook: (V). */
  private String sumOfCodes(String query, String codebooks, String inverseLengths) {
    int books = student.codebookCount();
    String lookup = graph.node("Gemm", query, codebooks).with("transB", 1).add();
    String perBook =
        graph.apply("Reshape", lookup, graph.longs("books", books, student.codewordCount()));
    String sum = "";
    for (int m = 0; m < books; m++) {
      String numbers = graph.apply("Gather", perBook, graph.integers("book" + m, new int[] {m}));
      int[] codes = new int[student.itemCount()];
      for (int v = 0; v < codes.length; v++) {
        codes[v] = student.code(m, v);
      }
      String column = graph.integers("codes" + m, codes, codes.length);
      // Gives the same as Gather, many times faster.
      String part = graph.apply("GatherElements", numbers, column);
      sum = m == 0 ? part : graph.apply("Add", sum, part);
    }
    return graph.apply("Mul", sum, inverseLengths);
  }

  /**
   * The session vector, divided by its length, times the scale: (1, N).
   *
   * @param rows (l, N) of the clicked items
   */
  private String query(String clicks, String rows) {
    StudentWeights.SelfAttention attention = student.selfAttention();
    String theta =
        attention == null
            ? graph.apply("MatMul", graph.input(WEIGHTS, OnnxGraph.Type.FLOAT, 1, -1), rows)
            : attend(attention, clicks, rows);
    String length = graph.node("ReduceL2", theta).with("axes", new int[] {1}).add();
    String safe = graph.apply("Max", length, scalar("smallestLength", SMALLEST_LENGTH));
    return graph.apply("Mul", graph.apply("Div", theta, safe), scalar("scale", student.scale()));
  }

  private String attend(StudentWeights.SelfAttention attention, String clicks, String rows) {
    int maximum = student.maximumSessionLength();
    float[] future = new float[maximum * maximum];
    for (int t = 0; t < maximum; t++) {
      for (int s = t + 1; s < maximum; s++) {
        future[t * maximum + s] = -1e30f;
      }
    }
    // Slice's ends: as many positions as there are clicks.
    String length = graph.apply("Shape", clicks);
    String zero = graph.longs("zero", 0);
    String positions =
        graph.apply("Slice", tensor(attention, "position", maximum, dimension), zero, length, zero);
    String mask =
        graph.apply(
            "Slice",
            graph.floats("future", future, maximum, maximum),
            graph.longs("origin", 0, 0),
            graph.node("Concat", length, length).with("axis", 0).add(),
            graph.longs("bothAxes", 0, 1));

    String h = norm(attention, "norm0", graph.apply("Add", rows, positions));
    String mixed = heads(attention, h, mask);
    String projected = affine(attention, "Wo", "bo", mixed);
    String h1 = norm(attention, "norm1", graph.apply("Add", h, projected));
    String inner = gelu(affine(attention, "W1", "b1", h1));
    String outer = affine(attention, "W2", "b2", inner);
    String h2 = norm(attention, "norm2", graph.apply("Add", h1, outer));

    String mean = graph.node("ReduceMean", h2).with("axes", new int[] {0}).add();
    String gatedMean =
        graph
            .node("Gemm", mean, tensor(attention, "G2", dimension, dimension))
            .with("transB", 1)
            .add();
    String gates =
        graph.apply("Sigmoid", graph.apply("Add", affine(attention, "G1", "c", h2), gatedMean));
    String weights =
        graph
            .node("Gemm", tensor(attention, "w", 1, dimension), gates)
            .with("transB", 1)
            .add(); // (1, l)
    return graph.apply("MatMul", weights, h2);
  }

  private String heads(StudentWeights.SelfAttention attention, String h, String mask) {
    int count = attention.heads();
    int width = dimension / count;
    String split = graph.longs("split", 0, count, width);
    String query = graph.apply("Reshape", affine(attention, "Wq", "bq", h), split);
    String key = graph.apply("Reshape", affine(attention, "Wk", "bk", h), split);
    String value = graph.apply("Reshape", affine(attention, "Wv", "bv", h), split);
    String products =
        graph.apply("MatMul", transpose(query, 1, 0, 2), transpose(key, 1, 2, 0)); // (H, l, l)
    String inverseRoot = scalar("inverseRoot", (float) (1 / Math.sqrt(width)));
    String scaled = graph.apply("Mul", products, inverseRoot);
    String shares = graph.node("Softmax", graph.apply("Add", scaled, mask)).with("axis", 2).add();
    String mixed = transpose(graph.apply("MatMul", shares, transpose(value, 1, 0, 2)), 1, 0, 2);
    return graph.apply("Reshape", mixed, graph.longs("joined", 0, dimension));
  }

  private String transpose(String value, int... permutation) {
    return graph.node("Transpose", value).with("perm", permutation).add();
  }

  private String affine(
      StudentWeights.SelfAttention attention, String weight, String bias, String x) {
    String matrix = tensor(attention, weight, dimension, dimension);
    String offset = graph.floats(bias, attention.tensor(bias), dimension);
    return graph.node("Gemm", x, matrix, offset).with("transB", 1).add();
  }

  private String norm(StudentWeights.SelfAttention attention, String name, String x) {
    float[] both = attention.tensor(name);
    float[] gain = java.util.Arrays.copyOf(both, dimension);
    float[] bias = java.util.Arrays.copyOfRange(both, dimension, 2 * dimension);
    return graph
        .node(
            "LayerNormalization",
            x,
            graph.floats(name + "Gain", gain, dimension),
            graph.floats(name + "Bias", bias, dimension))
        .with("epsilon", VARIANCE_FLOOR)
        .add();
  }

  private String gelu(String x) {
    String erf =
        graph.apply("Erf", graph.apply("Mul", x, scalar("halfRoot", (float) Math.sqrt(0.5))));
    String twice = graph.apply("Mul", x, graph.apply("Add", erf, scalar("unit", 1)));
    return graph.apply("Mul", twice, scalar("half", 0.5f));
  }

  private String tensor(
      StudentWeights.SelfAttention attention, String name, int rows, int columns) {
    return graph.floats(name, attention.tensor(name), rows, columns);
  }

  private String scalar(String name, float value) {
    return graph.floats(name, new float[] {value});
  }

  /**
   * Gives the items already clicked their due and ranks.
   *
   * @param scores (V)
   */
  private byte[] rank(String scores, int count) {
    String seen = graph.input(SEEN, OnnxGraph.Type.INT64, -1);
    String bonuses = graph.input(BONUSES, OnnxGraph.Type.FLOAT, -1);
    String own = graph.apply("Gather", scores, seen);
    String similarity = scalar("similarity", student.repeatHead().similarity());
    String repeated = graph.apply("Add", graph.apply("Mul", own, similarity), bonuses);
    return top(graph.apply("ScatterElements", scores, seen, repeated), count);
  }

  /**
   * Ranks.
   *
   * @param scores (V)
   */
  private byte[] top(String scores, int count) {
    graph.node("TopK", scores, graph.longs("count", count)).addAs(SCORES, ITEMS);
    graph.output(SCORES, OnnxGraph.Type.FLOAT, count);
    graph.output(ITEMS, OnnxGraph.Type.INT64, count);
    return graph.bytes();
  }
}
