package io.attar.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The runtime's scores against the definition in double precision. */
final class ScoreParityTest {
  private static final long SEED = 20_261_121L;

  static Stream<TestModel> models() {
    return Stream.concat(
        shapes()
            .flatMap(
                shape ->
                    Stream.of(
                        TestModel.random(SEED, shape), TestModel.random(SEED, shape).version2())),
        Stream.concat(version3(), Stream.concat(version4(), version5())));
  }

  /** Blocks and tensor trains, of one, two and more, with and without biases and a network. */
  private static Stream<TestModel> version4() {
    List<TestModel> models = new ArrayList<>();
    for (Matrix.Type type : Matrix.Type.values()) {
      for (int parts = 1; parts <= 4; parts++) {
        int encoder = 1 + parts % 2;
        boolean unitRows = (parts + models.size() / 8) % 2 == 0;
        TestModel.Shape blocks =
            new TestModel.Shape(encoder, 4, unitRows, type, 61, 6, 7, 3, parts, 9, 1);
        models.add(TestModel.random(SEED, blocks).version4(parts > 2));
        TestModel.Shape cores =
            new TestModel.Shape(
                encoder, 5, unitRows, type, 61, 24, 7, 3, Math.max(2, parts), 1 + parts, 2);
        models.add(TestModel.random(SEED, cores).version4(parts > 2));
      }
    }
    Matrix.Type int8 = Matrix.Type.INT8;
    // More than one block of the scan; a single item; a repeat network.
    for (int table = 4; table <= 5; table++) {
      for (int items : new int[] {2500, 1}) {
        TestModel.Shape shape =
            new TestModel.Shape(
                1, table, true, int8, items, 24, 9, 1, table == 5 || items > 1 ? 3 : 1, 4, 1);
        models.add(TestModel.random(SEED, shape).version4(true));
      }
      TestModel.Shape decided = new TestModel.Shape(2, table, false, int8, 61, 24, 9, 2, 3, 4, 1);
      models.add(TestModel.random(SEED, decided).version4(false).network(8, 3, int8, true));
    }
    return models.stream();
  }

  /** Lists of neighbours, with and without biases and a network; empty ones and a single item. */
  private static Stream<TestModel> version5() {
    List<TestModel> models = new ArrayList<>();
    for (Matrix.Type type : Matrix.Type.values()) {
      for (int items : new int[] {1, 61, 2500}) {
        TestModel.Shape shape = lists(type, items, 9);
        models.add(TestModel.random(SEED, shape).version5(items == 61));
      }
      // Long lists: with equal scores a network's ranks would hang on how a sum was rounded.
      models.add(
          TestModel.random(SEED, lists(type, 61, 180)).version5(false).network(8, 3, type, true));
    }
    models.add(TestModel.random(SEED, lists(Matrix.Type.F32, 40, 40)).version5(true));
    return models.stream();
  }

  private static TestModel.Shape lists(Matrix.Type type, int items, int most) {
    return new TestModel.Shape(1, TestModel.NEIGHBOURS, false, type, items, 1, 7, 1, most, 1, 1);
  }

  /** Dense rows beside codes, biases, product codes, one by one and together. */
  private static Stream<TestModel> version3() {
    List<TestModel> models = new ArrayList<>();
    for (int encoder = 1; encoder <= 2; encoder++) {
      for (int table = 1; table <= 3; table++) {
        for (Matrix.Type type : Matrix.Type.values()) {
          for (int kind = 0; kind < 4; kind++) {
            boolean unitRows = models.size() % 2 == (kind < 2 ? 0 : 1);
            int dense = table == 1 ? 0 : kind == 0 ? 0 : kind == 1 ? 1 : 20 * kind;
            TestModel.Shape shape =
                new TestModel.Shape(encoder, table, unitRows, type, 61, 12, 7, 3, 6, 9, 1);
            models.add(TestModel.random(SEED, shape).version3(dense, type, kind > 0));
          }
        }
      }
    }
    // A repeat network over each: ranks, hidden units and stored types in turn, and windows that
    // hold ten clicks and more.
    for (int encoder = 1; encoder <= 2; encoder++) {
      for (int table = 1; table <= 3; table++) {
        for (int kind = 0; kind < 4; kind++) {
          int items = kind == 3 ? 7 : 61;
          int dense = table == 1 ? 0 : kind % 2 == 0 ? 0 : 3;
          Matrix.Type type = List.of(Matrix.Type.values()).get(kind);
          TestModel.Shape shape =
              new TestModel.Shape(
                  encoder, table, kind < 2, type, items, 12, 4 + 5 * kind, 3, 6, 9, 1);
          for (boolean falling : new boolean[] {true, false}) {
            models.add(
                TestModel.random(SEED + 1, shape)
                    .version3(dense, type, kind > 0)
                    .network(
                        new int[] {20, 1, 64, 8}[kind],
                        new int[] {8, 1, 64, 3}[kind],
                        type,
                        falling));
          }
        }
      }
    }
    Matrix.Type int8 = Matrix.Type.INT8;
    // Nothing but dense rows and one code; more than one block of each; one codebook for all.
    TestModel.Shape most = new TestModel.Shape(1, 2, true, int8, 2500, 6, 9, 1, 3, 257, 1);
    models.add(TestModel.random(SEED, most).version3(2499, int8, true));
    models.add(TestModel.random(SEED, most).version3(1100, int8, true));
    TestModel.Shape one = new TestModel.Shape(1, 3, true, int8, 50, 6, 9, 1, 1, 16, 1);
    models.add(TestModel.random(SEED, one).version3(0, int8, false));
    TestModel.Shape all = new TestModel.Shape(1, 3, true, int8, 50, 6, 9, 1, 6, 300, 1);
    models.add(TestModel.random(SEED, all).version3(3, int8, false));
    return models.stream();
  }

  private static Stream<TestModel.Shape> shapes() {
    List<TestModel.Shape> shapes = new ArrayList<>();
    for (int encoder = 1; encoder <= 2; encoder++) {
      for (int table = 1; table <= 2; table++) {
        for (boolean unitRows : new boolean[] {false, true}) {
          for (Matrix.Type type : Matrix.Type.values()) {
            int ids = type == Matrix.Type.F16 ? 2 : 1;
            shapes.add(
                new TestModel.Shape(encoder, table, unitRows, type, 61, 12, 7, 3, 5, 9, ids));
          }
        }
      }
    }
    Matrix.Type f32 = Matrix.Type.F32;
    // The least of everything; two-byte codes; codewords 1, 2, 256 and 257; more than one block.
    shapes.add(new TestModel.Shape(2, 2, true, f32, 1, 1, 1, 1, 1, 1, 1));
    shapes.add(new TestModel.Shape(1, 1, false, f32, 1, 1, 1, 1, 1, 1, 2));
    shapes.add(new TestModel.Shape(1, 2, true, f32, 2500, 5, 9, 1, 3, 257, 1));
    shapes.add(new TestModel.Shape(1, 2, false, f32, 2048, 6, 9, 1, 8, 256, 2));
    shapes.add(new TestModel.Shape(2, 2, false, f32, 1025, 8, 5, 8, 9, 2, 2));
    shapes.add(new TestModel.Shape(2, 1, true, f32, 40, 64, 30, 2, 1, 1, 1));
    return shapes.stream();
  }

  @ParameterizedTest
  @MethodSource("models")
  void scoresFollowTheDefinition(TestModel model) throws ModelFileException {
    ReferenceModel reference = new ReferenceModel(model);
    Recommender recommender = Recommender.open(ModelFileFixture.write(model));
    Session session = recommender.newSession();
    Random random = new Random(SEED);
    List<Integer> clicks = new ArrayList<>();
    float[] scores = new float[model.itemCount];
    for (int click = 0; click <= model.maximumSessionLength + 4; click++) {
      session.scores(scores);
      assertClose(scores, reference.scores(clicks), "clicks " + clicks);
      // Few different items, so that they repeat.
      int item = random.nextInt(Math.min(model.itemCount, 4));
      clicks.add(item);
      assertThat(session.clickIndex(item)).isTrue();
    }
  }

  @Test
  void lookupTablesScoreAsTheDenseRowsDo() throws ModelFileException {
    TestModel codes = TestModel.random(5, TestModel.Shape.weightedMean(TestModel.CODES, 1500));
    TestModel dense = TestModel.random(5, TestModel.Shape.weightedMean(TestModel.CODES, 1500));
    dense.table = TestModel.DENSE;
    double[] rows = new double[1500 * codes.dimension];
    float[] row = new float[codes.dimension];
    Recommender fromCodes = Recommender.open(ModelFileFixture.write(codes));
    for (int v = 0; v < 1500; v++) {
      fromCodes.table().row(v, row, 0);
      for (int i = 0; i < row.length; i++) {
        rows[v * row.length + i] = row[i];
      }
    }
    dense.dense = Matrix.of(1500, codes.dimension, rows);
    Recommender fromRows = Recommender.open(ModelFileFixture.write(dense));
    Session a = fromCodes.newSession();
    Session b = fromRows.newSession();
    float[] scoresA = new float[1500];
    float[] scoresB = new float[1500];
    for (int click = 0; click < 10; click++) {
      a.clickIndex(137 * click % 1500);
      b.clickIndex(137 * click % 1500);
      a.scores(scoresA);
      b.scores(scoresB);
      double[] expected = new double[1500];
      for (int v = 0; v < 1500; v++) {
        expected[v] = scoresB[v];
      }
      assertClose(scoresA, expected, "click " + click);
    }
  }

  /** Whatever range is asked for, and in whatever order, an item's score has the same bits. */
  @ParameterizedTest
  @ValueSource(ints = {TestModel.BLOCKS, TestModel.TENSOR_TRAIN})
  void everyWayToAskGivesTheSameBits(int table) throws ModelFileException {
    TestModel.Shape shape =
        new TestModel.Shape(1, table, true, Matrix.Type.F32, 211, 24, 9, 1, 3, 4, 1);
    ItemTable rows =
        Recommender.open(ModelFileFixture.write(TestModel.random(9, shape).version4(true))).table();
    ItemTable.Scorer scorer = rows.newScorer();
    Random random = new Random(SEED);
    float[] query = new float[24];
    for (int i = 0; i < query.length; i++) {
      query[i] = (float) random.nextGaussian();
    }
    scorer.prepare(query);
    float[] all = new float[211];
    scorer.scores(0, 211, all, 0);
    float[] some = new float[220];
    float[] row = new float[30];
    for (int round = 0; round < 300; round++) {
      int from = random.nextInt(211);
      int to = from + 1 + random.nextInt(211 - from);
      scorer.scores(from, to, some, 7);
      assertThat(Arrays.copyOfRange(some, 7, 7 + to - from))
          .isEqualTo(Arrays.copyOfRange(all, from, to));
      rows.row(from, row, 3);
      double sum = rows.bias(from);
      double length = 0;
      for (int i = 0; i < 24; i++) {
        sum += (double) query[i] * row[3 + i];
        length += (double) row[3 + i] * row[3 + i];
      }
      assertThat(sum).isCloseTo(all[from], org.assertj.core.data.Offset.offset(1e-5));
      assertThat(length).isCloseTo(1, org.assertj.core.data.Offset.offset(1e-5));
    }
  }

  @Test
  void equalCodesTieToTheLastBit() throws ModelFileException {
    TestModel model = TestModel.random(6, TestModel.Shape.weightedMean(TestModel.CODES, 1200));
    model.unitRows = true;
    for (int[] column : model.codes) {
      // In another block than its twin.
      column[1100] = column[3];
    }
    Session session = Recommender.open(ModelFileFixture.write(model)).newSession();
    session.clickIndex(17);
    session.clickIndex(40);
    float[] scores = new float[1200];
    session.scores(scores);
    assertThat(scores[1100]).isEqualTo(scores[3]).isNotEqualTo(scores[4]);
  }

  @Test
  void productCodesScoreAsTheirCodewordsWrittenOutDo() throws ModelFileException {
    TestModel model =
        TestModel.random(7, TestModel.Shape.weightedMean(TestModel.PRODUCT_CODES, 1500));
    TestModel whole =
        TestModel.random(7, TestModel.Shape.weightedMean(TestModel.PRODUCT_CODES, 1500));
    whole.table = TestModel.CODES;
    int span = 2; // 12 columns, 6 codebooks
    double[] codewords = new double[6 * 9 * 12];
    for (int row = 0; row < 6 * 9; row++) {
      for (int i = 0; i < span; i++) {
        codewords[row * 12 + row / 9 * span + i] = model.books.value(row, i);
      }
    }
    whole.books = Matrix.of(6 * 9, 12, codewords);
    Matrix.Type int8 = Matrix.Type.INT8;
    Recommender products = Recommender.open(ModelFileFixture.write(model.version3(9, int8, true)));
    Recommender sums = Recommender.open(ModelFileFixture.write(whole.version3(9, int8, true)));
    float[] productRow = new float[12];
    float[] sumRow = new float[12];
    Session a = products.newSession();
    Session b = sums.newSession();
    for (int click = 0; click < 10; click++) {
      int item = 1499 - 137 * click % 1500;
      products.table().row(item, productRow, 0);
      sums.table().row(item, sumRow, 0);
      assertThat(productRow).isEqualTo(sumRow);
      a.clickIndex(item);
      b.clickIndex(item);
      assertThat(a.top(50).itemIds()).isEqualTo(b.top(50).itemIds());
    }
  }

  @Test
  void handWorkedDenseRowsAndBiases() throws ModelFileException {
    // Item 0 has the codes (0, 1), so the row (1, 0) + (3, -1); item 1 a row of its own.
    TestModel model = handWorkedModel();
    model.version = 3;
    model.scale = 2;
    model.codes = new int[][] {{0}, {1}};
    model.dense = Matrix.of(1, 2, 0, 5);
    model.bias = Matrix.of(1, 2, 0.25, -7);
    Recommender recommender = Recommender.open(ModelFileFixture.write(model));
    Session session = recommender.newSession();
    float[] scores = new float[2];
    // theta = (0, 1). Item 0: 2 (-1) + 0.25. Item 1, clicked: 0.5 (2 x 5 - 7) + 11111.
    session.clickIndex(1);
    session.scores(scores);
    assertThat(scores).containsExactly(-1.75f, 11_112.5f);
    List<Explanation.Term> terms = session.explain(1).terms();
    assertThat(terms.get(0).value()).isEqualTo(5);
    assertThat(terms.get(1).name()).isEqualTo("item bias");
    assertThat(terms.get(1).value()).isEqualTo(-3.5);
    assertThat(session.explain(0).terms().get(1).value()).isEqualTo(0.25);
  }

  @Test
  void handWorkedLookupTable() throws ModelFileException {
    TestModel model = handWorkedModel();
    Recommender recommender = Recommender.open(ModelFileFixture.write(model));
    ItemTable table = recommender.table();
    float[] row = new float[2];
    table.row(1, row, 0);
    assertThat(row).containsExactly(2, 3);
    ItemTable.Scorer scorer = table.newScorer();
    scorer.prepare(new float[] {1, -1});
    float[] scores = new float[2];
    // T = {{1, -1}, {0, 4}}.
    scorer.scores(1, 2, scores, 1);
    assertThat(scores[1]).isEqualTo(-1);
  }

  @Test
  void handWorkedSession() throws ModelFileException {
    // Rows (3, 4) and (0, 2), divided by their lengths: (0.6, 0.8) and (0, 1).
    TestModel model = new TestModel();
    model.itemCount = 2;
    model.dimension = 2;
    model.encoder = TestModel.WEIGHTED_MEAN;
    model.table = TestModel.DENSE;
    model.unitRows = true;
    model.maximumSessionLength = 3;
    model.scale = 10;
    model.ids = List.of("7", "-8");
    model.dense = Matrix.of(2, 2, 3, 4, 0, 2);
    model.encoderTensors = List.of(Matrix.of(1, 3, 1, 0.5, 0.25), Matrix.of(1, 2, 1, 3));
    repeatHead(model, 3);
    Recommender recommender = Recommender.open(ModelFileFixture.write(model));
    Session session = recommender.newSession();
    float[] scores = new float[2];

    // theta = (0.6, 0.8). Item 0: 0.5 x 10 + countAge[0][0] 1 + age 10 + count 100 + 1000 + 10000.
    session.click("7");
    session.scores(scores);
    assertThat(scores[0]).isEqualTo(11_116f);
    assertThat(scores[1]).isEqualTo(8f);

    // Clicks 0, 0: theta = 0.5 (0.6, 0.8) + 3 (0.6, 0.8), the same direction; count 2 is in count
    // bucket 1: countAge[1][0] 3, age[0] 10, count[1] 200, distinct[0] 1000, length[1] 20000.
    session.click("7");
    session.scores(scores);
    assertThat(scores[0]).isEqualTo(21_218f);
    assertThat(scores[1]).isEqualTo(8f);

    // Clicks 0, 0, 1: theta = 0.25 (0.6, 0.8) + 1.5 (0.6, 0.8) + (0, 1) = (1.05, 2.4), length
    // 2.6196373. Item 0: s = 10 (0.63 + 1.92) / 2.6196373 = 9.734171; 0.5 s + countAge[1][1] 4 +
    // age[1] 20 + count[1] 200 + distinct[1] 2000 + length[2] 30000. Item 1: s = 9.161574; 0.5 s +
    // 1 + 10 + 100 + 2000 + 30000.
    session.click("-8");
    session.scores(scores);
    assertThat((double) scores[0]).isCloseTo(32_228.867, org.assertj.core.data.Offset.offset(4e-3));
    assertThat((double) scores[1]).isCloseTo(32_115.581, org.assertj.core.data.Offset.offset(4e-3));
  }

  @Test
  void aZeroRowStaysZero() throws ModelFileException {
    for (int table = TestModel.DENSE; table <= TestModel.CODES; table++) {
      TestModel model = handWorkedModel();
      model.table = table;
      model.unitRows = true;
      model.books = Matrix.of(4, 2, 1, 2, 0, 1, -1, -2, 3, -1);
      model.codes = new int[][] {{0, 1}, {0, 1}};
      model.dense = table == TestModel.DENSE ? Matrix.of(2, 2, 0, 0, 3, 0) : model.dense;
      Session session = Recommender.open(ModelFileFixture.write(model)).newSession();
      session.clickIndex(0);
      float[] scores = new float[2];
      session.scores(scores);
      assertThat(scores).as("table %d", table).containsExactly(11_111f, 0f);
    }
  }

  @Test
  void subnormalRowsScoreFiniteNumbers() throws ModelFileException {
    TestModel model = handWorkedModel();
    model.unitRows = true;
    float tiny = Float.MIN_VALUE;
    model.books = Matrix.of(4, 2, tiny, 0, 0, tiny, 0, 0, 0, 0);
    Session session = Recommender.open(ModelFileFixture.write(model)).newSession();
    session.clickIndex(1);
    float[] scores = new float[2];
    session.scores(scores);
    assertThat(Arrays.asList(scores[0], scores[1])).allMatch(Float::isFinite);
  }

  /** M = 2, A[0] = {(1,0), (0,1)}, A[1] = {(2,2), (3,-1)}; item 1 has the code (1, 0). */
  private static TestModel handWorkedModel() {
    TestModel model = new TestModel();
    model.itemCount = 2;
    model.dimension = 2;
    model.encoder = TestModel.WEIGHTED_MEAN;
    model.table = TestModel.CODES;
    model.maximumSessionLength = 1;
    model.ids = List.of("1", "2");
    model.codebooks = 2;
    model.codewords = 2;
    model.codes = new int[][] {{0, 1}, {1, 0}};
    model.books = Matrix.of(4, 2, 1, 0, 0, 1, 2, 2, 3, -1);
    model.encoderTensors = List.of(Matrix.of(1, 1, 1), Matrix.of(1, 1, 1));
    repeatHead(model, 1);
    return model;
  }

  private static void repeatHead(TestModel model, int maximumSessionLength) {
    model.similarityWeight = 0.5f;
    model.countBucket = Arrays.copyOf(new int[] {0, 1, 1}, maximumSessionLength);
    model.ageBucket = Arrays.copyOf(new int[] {0, 1, 1}, maximumSessionLength);
    model.countAge = Matrix.of(2, 2, 1, 2, 3, 4);
    model.age = Matrix.of(1, maximumSessionLength, 10, 20, 30);
    model.count = Matrix.of(1, maximumSessionLength, 100, 200, 300);
    model.distinct = Matrix.of(1, maximumSessionLength, 1000, 2000, 3000);
    model.length = Matrix.of(1, maximumSessionLength, 10_000, 20_000, 30_000);
  }

  private static void assertClose(float[] scores, double[] expected, String what) {
    double largest = 1e-3;
    for (double score : expected) {
      largest = Math.max(largest, Math.abs(score));
    }
    for (int v = 0; v < scores.length; v++) {
      assertThat(Math.abs(scores[v] - expected[v]) / largest)
          .as("item %d: %s instead of %s; %s", v, scores[v], expected[v], what)
          .isLessThan(2e-5);
    }
  }
}
