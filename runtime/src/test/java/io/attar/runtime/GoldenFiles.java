package io.attar.runtime;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The model files that every later version must still open, and what they must score. Regenerating
 * them gives the same bytes; files of a version are never changed, only added to. Run {@link #main}
 * with the test class path and the folder {@code src/test/resources/golden}.
 */
final class GoldenFiles {
  private GoldenFiles() {}

  /** Item indices clicked, oldest first, of each expected line. */
  static final List<List<Integer>> SESSIONS =
      List.of(
          List.of(),
          List.of(0),
          List.of(3, 3),
          List.of(1, 2, 1, 4),
          List.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
          List.of(5, 5, 5, 9, 9, 5, 10, 2));

  /** Models by file name without its ending. */
  static Map<String, TestModel> models() {
    Map<String, TestModel> models = new LinkedHashMap<>();
    models.put(
        "version-1",
        TestModel.random(
            1_001,
            new TestModel.Shape(
                TestModel.WEIGHTED_MEAN,
                TestModel.DENSE,
                false,
                Matrix.Type.F16,
                24,
                8,
                6,
                1,
                1,
                1,
                TestModel.TEXT_IDS)));
    models.put(
        "version-1-self-attention-codes-int8",
        TestModel.random(
            1_002,
            new TestModel.Shape(
                TestModel.SELF_ATTENTION,
                TestModel.CODES,
                true,
                Matrix.Type.INT8,
                24,
                8,
                6,
                2,
                3,
                5,
                TestModel.DECIMAL_IDS)));
    models.put(
        "version-1-codes-int4",
        TestModel.random(
            1_003,
            new TestModel.Shape(
                TestModel.WEIGHTED_MEAN,
                TestModel.CODES,
                true,
                Matrix.Type.INT4,
                24,
                7,
                6,
                1,
                3,
                5,
                TestModel.TEXT_IDS)));
    models.put(
        "version-2-dense",
        TestModel.random(
                1_004,
                new TestModel.Shape(
                    TestModel.WEIGHTED_MEAN,
                    TestModel.DENSE,
                    false,
                    Matrix.Type.F16,
                    24,
                    8,
                    6,
                    1,
                    1,
                    1,
                    TestModel.TEXT_IDS))
            .version2());
    models.put(
        "version-2-self-attention-codes-int8",
        TestModel.random(
                1_005,
                new TestModel.Shape(
                    TestModel.SELF_ATTENTION,
                    TestModel.CODES,
                    true,
                    Matrix.Type.INT8,
                    24,
                    8,
                    6,
                    2,
                    3,
                    5,
                    TestModel.DECIMAL_IDS))
            .version2());
    models.put(
        "version-2-codes-int4",
        TestModel.random(
                1_006,
                new TestModel.Shape(
                    TestModel.WEIGHTED_MEAN,
                    TestModel.CODES,
                    true,
                    Matrix.Type.INT4,
                    24,
                    7,
                    6,
                    1,
                    3,
                    5,
                    TestModel.TEXT_IDS))
            .version2());
    models.put(
        "version-3-codes-int4",
        TestModel.random(1_007, small(TestModel.CODES, Matrix.Type.INT4))
            .version3(0, Matrix.Type.INT8, false));
    models.put(
        "version-3-product-codes-int4",
        TestModel.random(1_008, small(TestModel.PRODUCT_CODES, Matrix.Type.INT4))
            .version3(0, Matrix.Type.INT8, false));
    models.put(
        "version-3-product-codes-dense-rows-biases",
        TestModel.random(1_009, small(TestModel.PRODUCT_CODES, Matrix.Type.INT8))
            .version3(5, Matrix.Type.INT8, true));
    models.put(
        "version-3-dense-biases",
        TestModel.random(1_010, small(TestModel.DENSE, Matrix.Type.F16))
            .version3(0, Matrix.Type.INT8, true));
    models.put(
        "version-3-self-attention-codes-dense-rows-biases",
        TestModel.random(
                1_011,
                new TestModel.Shape(
                    TestModel.SELF_ATTENTION,
                    TestModel.CODES,
                    true,
                    Matrix.Type.INT8,
                    24,
                    8,
                    6,
                    2,
                    3,
                    5,
                    TestModel.DECIMAL_IDS))
            .version3(7, Matrix.Type.INT8, true));
    models.put(
        "version-3-codes-repeat-network",
        TestModel.random(1_012, small(TestModel.CODES, Matrix.Type.INT4))
            .version3(0, Matrix.Type.INT8, false)
            .network(8, 4, Matrix.Type.F32, true));
    models.put(
        "version-3-product-codes-dense-rows-biases-repeat-network",
        TestModel.random(1_013, small(TestModel.PRODUCT_CODES, Matrix.Type.INT8))
            .version3(5, Matrix.Type.INT8, true)
            .network(64, 8, Matrix.Type.INT8, false));
    models.put(
        "version-4-blocks-int8",
        TestModel.random(1_014, small(TestModel.BLOCKS, Matrix.Type.INT8)).version4(false));
    models.put(
        "version-4-blocks-biases-repeat-network",
        TestModel.random(1_015, small(TestModel.BLOCKS, Matrix.Type.INT4))
            .version4(true)
            .network(8, 4, Matrix.Type.F32, true));
    models.put(
        "version-4-tensor-train-int8",
        TestModel.random(1_016, train(TestModel.WEIGHTED_MEAN, 3, Matrix.Type.INT8))
            .version4(false));
    models.put(
        "version-4-self-attention-semi-tensor-train-int4-biases",
        TestModel.random(1_017, train(TestModel.SELF_ATTENTION, 2, Matrix.Type.INT4))
            .version4(true));
    models.put(
        "version-5-neighbours-int8",
        TestModel.random(1_018, neighbours(Matrix.Type.INT8)).version5(false));
    models.put(
        "version-5-neighbours-biases-repeat-network",
        TestModel.random(1_019, neighbours(Matrix.Type.F16))
            .version5(true)
            .network(8, 4, Matrix.Type.F32, true));
    return models;
  }

  /** 24 items of at most 5 neighbours. */
  private static TestModel.Shape neighbours(Matrix.Type type) {
    return new TestModel.Shape(
        TestModel.WEIGHTED_MEAN,
        TestModel.NEIGHBOURS,
        false,
        type,
        24,
        1,
        6,
        1,
        5,
        1,
        TestModel.DECIMAL_IDS);
  }

  /** 24 items of 8 numbers and as many cores as given, of ranks 3 and 4. */
  private static TestModel.Shape train(int encoder, int cores, Matrix.Type type) {
    int table = TestModel.TENSOR_TRAIN;
    return new TestModel.Shape(
        encoder, table, true, type, 24, 8, 6, 2, cores, 3, TestModel.TEXT_IDS);
  }

  /** 24 items of 9 numbers and a weighted mean; with codes, 3 codebooks of 5 codewords. */
  private static TestModel.Shape small(int table, Matrix.Type type) {
    return new TestModel.Shape(
        TestModel.WEIGHTED_MEAN, table, true, type, 24, 9, 6, 1, 3, 5, TestModel.TEXT_IDS);
  }

  /** One line a session: all scores by item index, from the definition in double precision. */
  static String expected(TestModel model) {
    ReferenceModel reference = new ReferenceModel(model);
    StringBuilder text = new StringBuilder();
    for (List<Integer> session : SESSIONS) {
      List<String> scores = new ArrayList<>();
      for (double score : reference.scores(session)) {
        scores.add(Float.toString((float) score));
      }
      text.append(String.join(" ", scores)).append('\n');
    }
    return text.toString();
  }

  /** Writes all files to the folder given. */
  public static void main(String[] arguments) throws IOException {
    Path folder = Path.of(arguments[0]);
    for (Map.Entry<String, TestModel> entry : models().entrySet()) {
      replace(folder.resolve(entry.getKey() + ".attar"), ModelFileFixture.write(entry.getValue()));
      byte[] expected = expected(entry.getValue()).getBytes(StandardCharsets.UTF_8);
      replace(folder.resolve(entry.getKey() + ".scores.txt"), expected);
    }
  }

  private static void replace(Path file, byte[] bytes) throws IOException {
    Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
    Files.write(temporary, bytes);
    Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING);
  }
}
