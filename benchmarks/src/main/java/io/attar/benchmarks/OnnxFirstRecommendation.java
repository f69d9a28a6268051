package io.attar.benchmarks;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.HashMap;
import java.util.Map;

/** Opens a graph of {@link OnnxStudent}, clicks and ranks, once. */
final class OnnxFirstRecommendation {
  private OnnxFirstRecommendation() {}

  /** Arguments: the graph's file and the item index to click. */
  public static void main(String[] arguments) throws OrtException {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    long[] click = {Long.parseLong(arguments[1])};
    try (OrtSession session = environment.createSession(arguments[0]);
        OnnxTensor clicks =
            OnnxTensor.createTensor(environment, LongBuffer.wrap(click), new long[] {1});
        OnnxTensor weights = floats(environment, 1, new long[] {1, 1});
        OnnxTensor bonuses = floats(environment, 0, new long[] {1})) {
      Map<String, OnnxTensor> inputs = new HashMap<>();
      inputs.put(OnnxStudent.CLICKS, clicks);
      inputs.put(OnnxStudent.SEEN, clicks);
      inputs.put(OnnxStudent.BONUSES, bonuses);
      if (session.getInputNames().contains(OnnxStudent.WEIGHTS)) {
        inputs.put(OnnxStudent.WEIGHTS, weights);
      }
      try (OrtSession.Result result = session.run(inputs)) {
        if (result.size() != 2) {
          throw new IllegalStateException("the graph must give scores and items");
        }
      }
    }
  }

  private static OnnxTensor floats(OrtEnvironment environment, float value, long[] shape)
      throws OrtException {
    return OnnxTensor.createTensor(environment, FloatBuffer.wrap(new float[] {value}), shape);
  }
}
