package io.attar.runtime;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** A whole model in plain arrays: what {@link ModelFileFixture} writes. Fields may be replaced. */
final class TestModel {
  static final int WEIGHTED_MEAN = 1;
  static final int SELF_ATTENTION = 2;
  static final int DENSE = 1;
  static final int CODES = 2;
  static final int PRODUCT_CODES = 3;
  static final int BLOCKS = 4;
  static final int TENSOR_TRAIN = 5;
  static final int NEIGHBOURS = 6;
  static final int DECIMAL_IDS = 1;
  static final int TEXT_IDS = 2;

  int version = 1;
  String provenance = "{\"data\":\"test\",\"shop\":\"Ätti\"}";
  int itemCount;
  int dimension;
  int encoder;
  int table;
  boolean unitRows;
  int maximumSessionLength;
  float scale = 1;

  int idEncoding = DECIMAL_IDS;
  List<String> ids = new ArrayList<>();
  int[] popular = {};

  Matrix dense = Matrix.of(0, 0); // of all items, or of the last ones behind those with codes
  List<Integer> blockItems = new ArrayList<>();
  List<Matrix> blocks = new ArrayList<>(); // (1, items x rank) of each block of items
  List<Matrix> projections = new ArrayList<>(); // of each block, without rows where there is none
  int interleave;
  int[] coreRanks = {}; // of all but the last
  List<Matrix> cores = new ArrayList<>();
  int[][] neighbours = {}; // (items) ascending, of each item
  Matrix neighbourWeights = Matrix.of(0, 0); // (1, all of them)
  int codebooks;
  int codewords;
  int[][] codes = {}; // (codebooks, items with codes)
  Matrix books = Matrix.of(0, 0);
  Matrix bias = Matrix.of(0, 0); // (1, items), or none

  int heads;
  List<Matrix> encoderTensors = new ArrayList<>(); // in file order

  float similarityWeight;
  int[] countBucket = {}; // (L)
  int[] ageBucket = {}; // (L)
  Matrix countAge = Matrix.of(0, 0);
  Matrix age = Matrix.of(0, 0);
  Matrix count = Matrix.of(0, 0);
  Matrix distinct = Matrix.of(0, 0);
  Matrix length = Matrix.of(0, 0);

  int ranks; // unseen items that the repeat network ranks; 0: the model has a repeat head
  Matrix networkWeights = Matrix.of(0, 0); // (hidden units + 1, 32)
  Matrix networkOutputs = Matrix.of(0, 0); // (1, hidden units)
  Matrix logarithms = Matrix.of(0, 0); // (1, max(maximumSessionLength, ranks) + 1)

  /** Sizes and kinds of a random model. */
  record Shape(
      int encoder,
      int table,
      boolean unitRows,
      Matrix.Type type,
      int itemCount,
      int dimension,
      int maximumSessionLength,
      int heads,
      int codebooks,
      int codewords,
      int idEncoding) {

    static Shape weightedMean(int table, int itemCount) {
      return new Shape(
          WEIGHTED_MEAN,
          table,
          false,
          Matrix.Type.F32,
          itemCount,
          12,
          7,
          1,
          table == PRODUCT_CODES ? 6 : 5,
          9,
          DECIMAL_IDS);
    }

    static Shape selfAttention(int table, int itemCount) {
      return new Shape(
          SELF_ATTENTION, table, true, Matrix.Type.F32, itemCount, 12, 7, 3, 4, 16, TEXT_IDS);
    }
  }

  static TestModel random(long seed, Shape shape) {
    Random random = new Random(seed);
    TestModel model = new TestModel();
    model.itemCount = shape.itemCount;
    model.dimension = shape.dimension;
    model.encoder = shape.encoder;
    model.table = shape.table;
    model.unitRows = shape.unitRows;
    model.maximumSessionLength = shape.maximumSessionLength;
    model.scale = 1 + 3 * random.nextFloat();
    model.idEncoding = shape.idEncoding;
    model.ids =
        shape.idEncoding == DECIMAL_IDS
            ? decimalIds(random, shape.itemCount)
            : textIds(random, shape.itemCount);
    model.popular = permutation(random, shape.itemCount, Math.min(shape.itemCount, 20));
    if (shape.table == BLOCKS) {
      model.randomBlocks(random, shape);
    } else if (shape.table == TENSOR_TRAIN) {
      model.randomCores(random, shape);
    } else if (shape.table == NEIGHBOURS) {
      model.randomNeighbours(random, shape);
    } else if (shape.table == DENSE) {
      model.dense = Matrix.random(random, shape.type, shape.itemCount, shape.dimension, 1);
    } else {
      model.randomCodes(random, shape);
    }
    model.randomEncoder(random, shape);
    model.randomRepeatHead(random, shape.type);
    return model;
  }

  /** The same as a file of version 2, whose items come in the order of their codes. */
  TestModel version2() {
    version = 2;
    return sortByCodes();
  }

  /** Puts the items with codes in the order of their codes, as every version but the first asks. */
  TestModel sortByCodes() {
    List<int[]> items = new ArrayList<>();
    for (int v = 0; v < codedItems(); v++) {
      int[] item = new int[codebooks];
      for (int m = 0; m < codebooks; m++) {
        item[m] = codes[m][v];
      }
      items.add(item);
    }
    items.sort(Arrays::compare);
    for (int v = 0; v < items.size(); v++) {
      for (int m = 0; m < codebooks; m++) {
        codes[m][v] = items.get(v)[m];
      }
    }
    return this;
  }

  /**
   * The same as a file of version 3.
   *
   * @param denseItems the last items get dense rows in place of their codes; 0 for none, and where
   *     the table is dense
   * @param type of the dense rows and the biases
   * @param biased whether items have biases
   */
  TestModel version3(int denseItems, Matrix.Type type, boolean biased) {
    Random random = new Random(itemCount + 31L * denseItems);
    if (denseItems > 0) {
      for (int m = 0; m < codebooks; m++) {
        codes[m] = Arrays.copyOf(codes[m], itemCount - denseItems);
      }
      dense = Matrix.random(random, type, denseItems, dimension, 1);
    }
    if (biased) {
      bias = Matrix.random(random, type, 1, itemCount, 1);
    }
    version = 3;
    return sortByCodes();
  }

  /**
   * The same with a repeat network in the repeat head's place.
   *
   * @param rankedItems unseen items that it ranks
   * @param type of all its tensors: rounded logarithms must be used as they are
   * @param falling whether unseen items score less the further down they are, as most do when they
   *     are trained; else the network wants to reorder them, and may not
   */
  TestModel network(int rankedItems, int hiddenUnits, Matrix.Type type, boolean falling) {
    Random random = new Random(itemCount + 31L * rankedItems + hiddenUnits);
    ranks = rankedItems;
    networkWeights = Matrix.random(random, type, hiddenUnits + 1, 32, 1);
    networkOutputs = Matrix.random(random, type, 1, hiddenUnits, 1);
    logarithms = Matrix.random(random, type, 1, Math.max(maximumSessionLength, rankedItems) + 1, 2);
    if (falling) {
      double[] weights = new double[(hiddenUnits + 1) * 32];
      for (int i = 0; i < weights.length; i++) {
        weights[i] = networkWeights.value(i / 32, i % 32);
        if (i % 32 >= 27) {
          // The place among the unseen, its score, and whether it is the first or second.
          boolean place = i % 32 == 27;
          boolean linear = i / 32 == hiddenUnits;
          weights[i] = linear ? (place ? -2 : 0.5) * Math.abs(weights[i]) : 0;
        }
      }
      networkWeights = Matrix.of(hiddenUnits + 1, 32, weights);
      double[] values = new double[logarithms.columns()];
      Arrays.setAll(values, i -> Math.log(i + 1));
      logarithms = Matrix.of(1, values.length, values);
    }
    return this;
  }

  /** The same as a file of version 4. */
  TestModel version4(boolean biased) {
    version3(0, Matrix.Type.INT8, biased);
    version = 4;
    return this;
  }

  /** The same as a file of version 5. */
  TestModel version5(boolean biased) {
    version3(0, Matrix.Type.INT8, biased);
    version = 5;
    return this;
  }

  /** Each item may have as many neighbours as the shape has codebooks, itself among them. */
  private void randomNeighbours(Random random, Shape shape) {
    neighbours = new int[itemCount][];
    int entries = 0;
    for (int v = 0; v < itemCount; v++) {
      int count = Math.min(itemCount, random.nextInt(shape.codebooks + 1));
      neighbours[v] = permutation(random, itemCount, count);
      Arrays.sort(neighbours[v]);
      entries += count;
    }
    neighbourWeights = Matrix.random(random, shape.type, 1, entries, 1);
  }

  /** As many blocks as the shape has codebooks; the last ones are stored whole. */
  private void randomBlocks(Random random, Shape shape) {
    for (int b = 0; b < shape.codebooks; b++) {
      int items = (b + 1) * itemCount / shape.codebooks - b * itemCount / shape.codebooks;
      int rank = Math.min(dimension, 2 + 3 * b);
      blockItems.add(items);
      blocks.add(Matrix.random(random, shape.type, 1, items * rank, 1));
      projections.add(
          rank == dimension
              ? Matrix.of(0, 0)
              : Matrix.random(random, shape.type, rank, dimension, 1));
    }
  }

  /** As many cores as the shape has codebooks, of as many ranks as it has codewords. */
  private void randomCores(Random random, Shape shape) {
    int count = shape.codebooks;
    interleave = dimension % 2 == 0 && count % 2 == 0 ? 2 : 1;
    coreRanks = new int[count - 1];
    Arrays.setAll(coreRanks, k -> shape.codewords + k % 2);
    int columns = dimension;
    int items = 1;
    for (int k = 0; k < count; k++) {
      boolean last = k + 1 == count;
      // Each core takes the smallest divisor that is left, the last one all the rest.
      int width = columns;
      for (int d = 2; !last && d < width; d++) {
        width = columns % d == 0 ? d : width;
      }
      columns /= width;
      int radix = last ? (itemCount + items - 1) / items : 3 + k;
      items *= radix;
      int numbers = width * (k == 0 ? 1 : coreRanks[k - 1]) * (last ? 1 : coreRanks[k]);
      cores.add(Matrix.random(random, shape.type, radix, numbers, 1));
    }
  }

  /** Number of items with codes, the first ones. */
  int codedItems() {
    return codebooks == 0 ? 0 : codes[0].length;
  }

  private void randomCodes(Random random, Shape shape) {
    codebooks = shape.codebooks;
    codewords = shape.codewords;
    codes = new int[codebooks][itemCount];
    for (int[] column : codes) {
      for (int v = 0; v < itemCount; v++) {
        column[v] = random.nextInt(codewords);
      }
    }
    int columns = table == PRODUCT_CODES ? dimension / codebooks : dimension;
    books = Matrix.random(random, shape.type, codebooks * codewords, columns, 1);
  }

  private void randomEncoder(Random random, Shape shape) {
    int n = dimension;
    encoderTensors = new ArrayList<>();
    heads = shape.heads;
    if (encoder == WEIGHTED_MEAN) {
      encoderTensors.add(Matrix.random(random, shape.type, 1, maximumSessionLength, 1));
      encoderTensors.add(Matrix.random(random, shape.type, 1, 3, 1));
      return;
    }
    encoderTensors.add(Matrix.random(random, shape.type, maximumSessionLength, n, 0.3)); // position
    encoderTensors.add(norm(random)); // norm0
    for (int i = 0; i < 4; i++) { // Wq bq Wk bk Wv bv Wo bo
      encoderTensors.add(Matrix.random(random, shape.type, n, n, 1));
      encoderTensors.add(Matrix.random(random, shape.type, 1, n, 1));
    }
    encoderTensors.add(norm(random)); // norm1
    for (int i = 0; i < 2; i++) { // W1 b1 W2 b2
      encoderTensors.add(Matrix.random(random, shape.type, n, n, 1));
      encoderTensors.add(Matrix.random(random, shape.type, 1, n, 1));
    }
    encoderTensors.add(norm(random)); // norm2
    encoderTensors.add(Matrix.random(random, shape.type, n, n, 1)); // G1
    encoderTensors.add(Matrix.random(random, shape.type, 1, n, 1)); // c
    encoderTensors.add(Matrix.random(random, shape.type, n, n, 1)); // G2
    encoderTensors.add(Matrix.random(random, shape.type, 1, n, 1)); // w
  }

  private Matrix norm(Random random) {
    double[] gainAndBias = new double[2 * dimension];
    for (int i = 0; i < dimension; i++) {
      gainAndBias[i] = 0.5 + random.nextDouble();
      gainAndBias[dimension + i] = random.nextDouble() - 0.5;
    }
    return Matrix.of(2, dimension, gainAndBias);
  }

  private void randomRepeatHead(Random random, Matrix.Type type) {
    int countBuckets = 3;
    int ageBuckets = 4;
    similarityWeight = random.nextFloat();
    countBucket = random.ints(maximumSessionLength, 0, countBuckets).toArray();
    ageBucket = random.ints(maximumSessionLength, 0, ageBuckets).toArray();
    countAge = Matrix.random(random, type, countBuckets, ageBuckets, 1);
    age = Matrix.random(random, type, 1, maximumSessionLength, 1);
    count = Matrix.random(random, type, 1, maximumSessionLength, 1);
    distinct = Matrix.random(random, type, 1, maximumSessionLength, 1);
    length = Matrix.random(random, type, 1, maximumSessionLength, 1);
  }

  private static int[] permutation(Random random, int count, int length) {
    List<Integer> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(i);
    }
    Collections.shuffle(all, random);
    return all.stream().limit(length).mapToInt(Integer::intValue).toArray();
  }

  private static List<String> decimalIds(Random random, int count) {
    List<String> ids = new ArrayList<>(List.of("0", Long.toString(Long.MAX_VALUE)));
    ids.add(Long.toString(Long.MIN_VALUE));
    for (long next = -5; ids.size() < count; next += 1 + random.nextInt(1000)) {
      if (next != 0) {
        ids.add(Long.toString(next));
      }
    }
    List<String> shuffled = new ArrayList<>(ids.subList(0, count));
    Collections.shuffle(shuffled, random);
    return shuffled;
  }

  private static List<String> textIds(Random random, int count) {
    // One to four bytes a character; some ids start with others.
    String[] letters = {"a", "Z", "-", "é", "ß", "商", "品", "🛍", "𝄞"};
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ids.add(letters[random.nextInt(letters.length)] + (i % 2 == 0 ? "" : letters[i % 9]) + i);
    }
    return ids;
  }
}
