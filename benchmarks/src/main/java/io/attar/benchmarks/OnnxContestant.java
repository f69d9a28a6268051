package io.attar.benchmarks;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * A student's graph in ONNX Runtime, all optimisations on. Inputs and outputs lie in direct buffers
 * that are made once: nothing is copied but the clicks themselves.
 */
final class OnnxContestant implements Contestant {
  private final String name;
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;
  private final ClickWindow window;
  private final boolean weighted;
  private final Map<Integer, Map<String, OnnxTensor>> inputs = new HashMap<>();
  private final LongBuffer clicks;
  private final FloatBuffer weights;
  private final LongBuffer seen;
  private final FloatBuffer bonuses;
  private final LongBuffer items;
  private final Map<String, OnnxValue> outputs;
  private final int maximum;

  /**
   * Opens a graph of {@link OnnxStudent}.
   *
   * @param threads threads within an operator
   * @param count items ranked, as the graph was made for
   */
  OnnxContestant(String name, byte[] graph, StudentWeights student, int threads, int count)
      throws OrtException {
    this.name = name;
    session = open(environment, graph, threads);
    window = new ClickWindow(student);
    weighted = student.weightedMean() != null;
    maximum = student.maximumSessionLength();
    clicks = direct(8 * maximum).asLongBuffer();
    weights = direct(4 * maximum).asFloatBuffer();
    seen = direct(8 * maximum).asLongBuffer();
    bonuses = direct(4 * maximum).asFloatBuffer();
    items = direct(8 * count).asLongBuffer();
    FloatBuffer scores = direct(4 * count).asFloatBuffer();
    outputs =
        Map.of(
            OnnxStudent.SCORES,
            OnnxTensor.createTensor(environment, scores, new long[] {count}),
            OnnxStudent.ITEMS,
            OnnxTensor.createTensor(environment, items, new long[] {count}));
  }

  /** Opens a graph, all optimisations on. */
  static OrtSession open(OrtEnvironment environment, byte[] graph, int threads)
      throws OrtException {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
      options.setIntraOpNumThreads(threads);
      options.setInterOpNumThreads(1);
      return environment.createSession(graph, options);
    }
  }

  /** Runs a graph into its two outputs. */
  static void run(
      OrtSession session, Map<String, OnnxTensor> inputs, Map<String, ? extends OnnxValue> outputs)
      throws OrtException {
    try (OrtSession.Result result = session.run(inputs, outputs)) {
      if (result.size() != outputs.size()) {
        throw new IllegalStateException("the graph must have two outputs: " + result.size());
      }
    }
  }

  /** A direct buffer of zeros. */
  static ByteBuffer direct(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void restore(int[] source, int count) {
    window.restore(source, count);
  }

  @Override
  public void click(int item) {
    window.add(item);
    for (int t = 0; t < window.length(); t++) {
      clicks.put(t, window.click(t));
      weights.put(t, window.weight(t));
    }
    for (int i = 0; i < window.seenCount(); i++) {
      seen.put(i, window.seenItem(i));
      bonuses.put(i, window.bonus(i));
    }
    try {
      run(session, tensors(), outputs);
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime refused a graph of ours", e);
    }
  }

  @Override
  public int item(int rank) {
    return (int) items.get(rank);
  }

  /** The input tensors of this many clicks and distinct items, over the buffers. */
  private Map<String, OnnxTensor> tensors() throws OrtException {
    int length = window.length();
    int distinct = window.seenCount();
    int key = length * (maximum + 1) + distinct;
    Map<String, OnnxTensor> found = inputs.get(key);
    if (found == null) {
      found = new HashMap<>();
      found.put(
          OnnxStudent.CLICKS,
          OnnxTensor.createTensor(environment, clicks.slice(0, length), new long[] {length}));
      if (weighted) {
        found.put(
            OnnxStudent.WEIGHTS,
            OnnxTensor.createTensor(environment, weights.slice(0, length), new long[] {1, length}));
      }
      found.put(
          OnnxStudent.SEEN,
          OnnxTensor.createTensor(environment, seen.slice(0, distinct), new long[] {distinct}));
      found.put(
          OnnxStudent.BONUSES,
          OnnxTensor.createTensor(environment, bonuses.slice(0, distinct), new long[] {distinct}));
      inputs.put(key, found);
    }
    return found;
  }

  @Override
  public void close() {
    inputs.values().forEach(tensors -> tensors.values().forEach(OnnxTensor::close));
    outputs.values().forEach(OnnxValue::close);
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime could not close a session", e);
    }
  }
}
