package io.attar.benchmarks;

import io.attar.runtime.ModelFile;
import io.attar.runtime.ModelFileException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The numbers of a student's model file, decoded for the contestants: an item table of codes, the
 * encoder and the repeat head, as {@code docs/format.md} lays them down. All but the codes, which
 * the runtime hands out, is decoded here; that both give the same lists is checked before anything
 * is timed.
 */
final class StudentWeights {
  private static final int SELF_ATTENTION = 2;
  private static final int CODES = 2;

  /** The tensors of a self-attention encoder, in file order. */
  private static final List<String> ATTENTION_TENSORS =
      List.of(
          "position",
          "norm0",
          "Wq",
          "bq",
          "Wk",
          "bk",
          "Wv",
          "bv",
          "Wo",
          "bo",
          "norm1",
          "W1",
          "b1",
          "W2",
          "b2",
          "norm2",
          "G1",
          "c",
          "G2",
          "w");

  private final int version;
  private final Map<String, byte[]> sections;
  private final int itemCount; // V
  private final int dimension; // N
  private final int maximumSessionLength; // L
  private final boolean unitRows;
  private final float scale;
  private final int codebookCount; // M
  private final int codewordCount; // K
  private final int[][] codes; // (M, V)
  private final float[] codebooks; // (M K, N)
  private final float[] inverseLengths; // (V), all 1 when rows are used as they are
  private final @Nullable WeightedMean weightedMean;
  private final @Nullable SelfAttention selfAttention;
  private final RepeatHead repeatHead;

  /**
   * Decodes a student's file.
   *
   * @throws ModelFileException when the bytes are not a model file
   * @throws IllegalArgumentException when its items have anything but compositional codes, or a
   *     repeat network decides
   */
  StudentWeights(byte[] file) throws ModelFileException {
    sections = new LinkedHashMap<>();
    ModelFile frame = ModelFile.read(file);
    version = frame.version();
    for (ModelFile.Section section : frame.sections()) {
      byte[] payload = new byte[section.length()];
      System.arraycopy(file, section.offset(), payload, 0, payload.length);
      sections.put(section.tag(), payload);
    }
    ByteBuffer model = section("MODL");
    itemCount = model.getInt();
    dimension = model.getShort() & 0xFFFF;
    boolean attention = model.get() == SELF_ATTENTION;
    if (model.get() != CODES || frame.denseItemCount() > 0 || frame.hasBias()) {
      throw new IllegalArgumentException(
          "the contestants know items of compositional codes alone, but this file's item table is: "
              + frame.tableKind()
              + ", "
              + frame.denseItemCount()
              + " dense rows, "
              + (frame.hasBias() ? "biases" : "no biases")
              + "; name a student.attar made without student.denseItems, student.itemBias and"
              + " product codes");
    }
    if (sections.containsKey("RNET")) {
      throw new IllegalArgumentException(
          "the contestants know the repeat head alone, but in this file a repeat network decides;"
              + " name a student.attar whose provenance says \"repeats\": \"head\", such as one"
              + " made with student.repeatHead: false");
    }
    unitRows = model.get() == 1;
    maximumSessionLength = model.getShort() & 0xFFFF;
    scale = model.getFloat();

    codebookCount = frame.codebookCount();
    codewordCount = frame.codewordCount();
    codes = frame.codes();
    codebooks = tensor(section("BOOK"));
    inverseLengths = readInverseLengths();

    ByteBuffer encoder = section("ENCO");
    if (attention) {
      weightedMean = null;
      int heads = encoder.getShort() & 0xFFFF;
      Map<String, float[]> tensors = new LinkedHashMap<>();
      for (String name : ATTENTION_TENSORS) {
        tensors.put(name, tensor(encoder));
      }
      selfAttention = new SelfAttention(heads, tensors);
    } else {
      weightedMean = new WeightedMean(tensor(encoder), tensor(encoder));
      selfAttention = null;
    }
    repeatHead = RepeatHead.read(section("RPTH"), maximumSessionLength);
  }

  /** The file's version. */
  int version() {
    return version;
  }

  int itemCount() {
    return itemCount;
  }

  int dimension() {
    return dimension;
  }

  int maximumSessionLength() {
    return maximumSessionLength;
  }

  boolean unitRows() {
    return unitRows;
  }

  float scale() {
    return scale;
  }

  int codebookCount() {
    return codebookCount;
  }

  int codewordCount() {
    return codewordCount;
  }

  /** The code of an item in a codebook. */
  int code(int codebook, int item) {
    return codes[codebook][item];
  }

  /** (codebooks x codewords, dimension). */
  float[] codebooks() {
    return codebooks;
  }

  /** (items) what a composed row is multiplied by before use. */
  float[] inverseLengths() {
    return inverseLengths;
  }

  /** The encoder when it is a weighted mean, else null. */
  @Nullable WeightedMean weightedMean() {
    return weightedMean;
  }

  /** The encoder when it is self-attention, else null. */
  @Nullable SelfAttention selfAttention() {
    return selfAttention;
  }

  RepeatHead repeatHead() {
    return repeatHead;
  }

  /** The payload of a section; not to be changed. */
  byte[] payload(String tag) {
    byte[] payload = sections.get(tag);
    if (payload == null) {
      throw new IllegalArgumentException("the model file has no section " + tag);
    }
    return payload;
  }

  /** Bytes of the file that hold the item table: codes and codebooks. */
  int tableBytes() {
    return payload("CODE").length + payload("BOOK").length;
  }

  /** (items, dimension) the rows as they are used: composed, and divided by their length. */
  float[] rows() {
    float[] rows = new float[Math.multiplyExact(itemCount, dimension)];
    for (int v = 0; v < itemCount; v++) {
      int at = v * dimension;
      compose(v, rows, at);
      for (int i = 0; i < dimension; i++) {
        rows[at + i] *= inverseLengths[v];
      }
    }
    return rows;
  }

  private void compose(int item, float[] target, int offset) {
    for (int m = 0; m < codebookCount; m++) {
      int codeword = (m * codewordCount + codes[m][item]) * dimension;
      for (int i = 0; i < dimension; i++) {
        target[offset + i] += codebooks[codeword + i];
      }
    }
  }

  private float[] readInverseLengths() {
    float[] inverse = new float[itemCount];
    for (int v = 0; v < itemCount; v++) {
      inverse[v] = 1;
      if (unitRows) {
        float[] row = new float[dimension];
        compose(v, row, 0);
        double squares = 0;
        for (float value : row) {
          squares += (double) value * value;
        }
        inverse[v] = squares == 0 ? 0 : (float) (1 / Math.sqrt(squares));
      }
    }
    return inverse;
  }

  private ByteBuffer section(String tag) {
    return ByteBuffer.wrap(payload(tag)).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The numbers of the tensor that comes next, row by row. */
  static float[] tensor(ByteBuffer in) {
    int type = in.get();
    int rows = in.getInt();
    int columns = in.getInt();
    float[] values = new float[Math.multiplyExact(rows, columns)];
    float[] scales = new float[type >= 3 ? rows : 0];
    for (int r = 0; r < scales.length; r++) {
      scales[r] = in.getFloat();
    }
    int pair = 0;
    for (int i = 0; i < values.length; i++) {
      switch (type) {
        case 1 -> values[i] = in.getFloat();
        case 2 -> values[i] = half(in.getShort());
        case 3 -> values[i] = scales[i / columns] * in.get();
        case 4 -> {
          pair = i % 2 == 0 ? in.get() : pair >> 4;
          values[i] = scales[i / columns] * ((pair << 28) >> 28);
        }
        default ->
            throw new IllegalArgumentException("a tensor's type must be 1, 2, 3 or 4: " + type);
      }
    }
    return values;
  }

  /** A half float; the model file holds finite ones only. */
  private static float half(short bits) {
    int exponent = (bits >> 10) & 0x1F;
    int fraction = bits & 0x3FF;
    double magnitude =
        exponent == 0 ? fraction * 0x1p-24 : Math.scalb(1 + fraction / 1024.0, exponent - 15);
    return (float) (bits < 0 ? -magnitude : magnitude);
  }

  /**
   * A weighted-mean encoder.
   *
   * @param age (L) weight by age, 0 = the latest click
   * @param occurrence (cap) weight by number of earlier clicks on the same item
   */
  record WeightedMean(float[] age, float[] occurrence) {}

  /**
   * A self-attention encoder.
   *
   * @param heads H
   * @param tensors by their name in {@code docs/format.md}
   */
  record SelfAttention(int heads, Map<String, float[]> tensors) {

    /** A tensor's numbers, row by row. */
    float[] tensor(String name) {
      float[] values = tensors.get(name);
      if (values == null) {
        throw new IllegalArgumentException("the encoder has no tensor " + name);
      }
      return values;
    }
  }

  /**
   * What items already clicked score: similarity x score + bonus.
   *
   * @param similarity alpha
   * @param ageBuckets A
   * @param countBucket (L) by count - 1
   * @param ageBucket (L) by age
   * @param countAge (C, A)
   * @param age (L) by age
   * @param count (L) by count - 1
   * @param distinct (L) by distinct items - 1
   * @param length (L) by session length - 1
   */
  record RepeatHead(
      float similarity,
      int ageBuckets,
      byte[] countBucket,
      byte[] ageBucket,
      float[] countAge,
      float[] age,
      float[] count,
      float[] distinct,
      float[] length) {

    static RepeatHead read(ByteBuffer in, int maximumSessionLength) {
      float similarity = in.getFloat();
      in.get();
      int ageBuckets = in.get();
      byte[] countBucket = new byte[maximumSessionLength];
      byte[] ageBucket = new byte[maximumSessionLength];
      in.get(countBucket).get(ageBucket);
      return new RepeatHead(
          similarity,
          ageBuckets,
          countBucket,
          ageBucket,
          tensor(in),
          tensor(in),
          tensor(in),
          tensor(in),
          tensor(in));
    }

    /** What an item clicked {@code clicks} times, lastly {@code since} clicks ago, gets. */
    float bonus(int clicks, int since, int items, int clicksInSession) {
      return countAge[countBucket[clicks - 1] * ageBuckets + ageBucket[since]]
          + age[since]
          + count[clicks - 1]
          + distinct[items - 1]
          + length[clicksInSession - 1];
    }
  }
}
