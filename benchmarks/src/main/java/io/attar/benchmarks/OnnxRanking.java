package io.attar.benchmarks;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.Map;

/**
 * A graph that only ranks, in ONNX Runtime with one thread: the query is there before the timed
 * click, in the buffer that the graph reads. For students whose encoder is a weighted mean.
 */
final class OnnxRanking implements Contestant {
  private final String name;
  private final OrtSession session;
  private final ClickWindow window;
  private final float[] rows; // (V, N)
  private final float scale;
  private final float[] query; // (N)
  private final FloatBuffer queryBuffer; // (N)
  private final LongBuffer items;
  private final Map<String, OnnxTensor> inputs;
  private final Map<String, OnnxValue> outputs;

  /**
   * Opens a graph of {@link OnnxStudent}.
   *
   * @param rows (items, dimension) the student's
   * @param count items ranked, as the graph was made for
   */
  OnnxRanking(String name, byte[] graph, StudentWeights student, float[] rows, int count)
      throws OrtException {
    this.name = name;
    this.rows = rows;
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    session = OnnxContestant.open(environment, graph, 1);
    window = new ClickWindow(student);
    scale = student.scale();
    query = new float[student.dimension()];
    queryBuffer = OnnxContestant.direct(4 * query.length).asFloatBuffer();
    items = OnnxContestant.direct(8 * count).asLongBuffer();
    FloatBuffer scores = OnnxContestant.direct(4 * count).asFloatBuffer();
    inputs =
        Map.of(
            OnnxStudent.QUERY,
            OnnxTensor.createTensor(environment, queryBuffer, new long[] {1, query.length}));
    outputs =
        Map.of(
            OnnxStudent.SCORES,
            OnnxTensor.createTensor(environment, scores, new long[] {count}),
            OnnxStudent.ITEMS,
            OnnxTensor.createTensor(environment, items, new long[] {count}));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void restore(int[] clicks, int count) {
    window.restore(clicks, count);
    window.add(clicks[count]);
    window.query(rows, scale, query);
    queryBuffer.put(0, query);
  }

  /** Ranks by the query at hand, which holds this click. */
  @Override
  public void click(int item) {
    try {
      OnnxContestant.run(session, inputs, outputs);
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime refused a graph of ours", e);
    }
  }

  @Override
  public int item(int rank) {
    return (int) items.get(rank);
  }

  @Override
  public void close() {
    inputs.values().forEach(OnnxTensor::close);
    outputs.values().forEach(OnnxValue::close);
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime could not close a session", e);
    }
  }
}
