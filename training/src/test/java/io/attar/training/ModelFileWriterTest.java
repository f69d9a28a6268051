package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.attar.data.Items;
import io.attar.data.Sessions;
import io.attar.runtime.ModelFile;
import io.attar.runtime.ModelFileException;
import io.attar.runtime.Recommender;
import io.attar.runtime.Session;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written is what the runtime scores with, byte for byte and score for score. */
class ModelFileWriterTest {
  private static final long SEED = 20_261_121L;
  private static final int ITEMS = 40;
  private static final int DENSE_ITEMS = 11;
  private static final int WINDOW = 10;
  private static final double TEMPERATURE = 0.7;
  private static final String PROVENANCE = "{\"shop\":\"Ωmega\"}";
  private static final int[] POPULAR = {3, 0, 39};

  enum Table {
    DENSE,
    UNROUNDED,
    INT8,
    INT4,
    /** Codes in 4 bits, 11 items with dense rows, all items with biases. */
    HYBRID,
    /** The same with single floats. */
    HYBRID_UNROUNDED,
    /** Four codebooks of 2 columns each. */
    PRODUCT,
    /** Product codes with all that may be there. */
    PRODUCT_HYBRID;

    boolean unrounded() {
      return this == DENSE || this == UNROUNDED || this == HYBRID_UNROUNDED;
    }

    boolean product() {
      return this == PRODUCT || this == PRODUCT_HYBRID;
    }

    boolean hybrid() {
      return this == HYBRID || this == HYBRID_UNROUNDED || this == PRODUCT_HYBRID;
    }
  }

  private static SessionModel model(boolean attention, Table table) {
    SplittableRandom random = new SplittableRandom(SEED);
    SessionEncoder encoder =
        attention
            ? new SelfAttentionEncoder(Toys.DIMENSION, WINDOW, 2, 0.1, 1)
            : new WeightedMeanEncoder(WINDOW, 10);
    Toys.shake(encoder.parameters(), random, 0.3);
    if (!table.unrounded() && attention) {
      for (Parameter parameter : encoder.parameters()) {
        if (Quantised.isMatrix(parameter)) {
          Quantised.roundTrip(parameter.value(), ModelFileWriter.ENCODER_BITS);
        }
      }
    }
    if (table == Table.DENSE) {
      return Toys.model(encoder, Toys.denseTable(random, ITEMS));
    }
    int codebooks = table.product() ? 4 : 3;
    DenseRows dense = DenseRows.NONE;
    if (table.hybrid()) {
      int[] clicks = random.ints(ITEMS, 0, 9).toArray();
      dense =
          DenseRows.mostClicked(
              Toys.gaussians(random, ITEMS * Toys.DIMENSION, 1), clicks, DENSE_ITEMS);
    }
    Codes codes = Toys.codeTable(random, ITEMS - dense.items().length, codebooks, 5).codes();
    SessionModel model =
        new SessionModel(
            encoder,
            new CompositionalItemTable(
                codes,
                codewords(random, codebooks, table.product()),
                table.product(),
                table.unrounded() ? Quantised.UNROUNDED : table == Table.INT8 ? 8 : 4,
                dense),
            true,
            50,
            table.hybrid());
    Tensor bias = model.itemBias();
    if (bias != null) {
      Tensors.assign(bias, Toys.gaussians(random, ITEMS, 1));
      if (!table.unrounded()) {
        Quantised.roundTrip(bias.view(1, -1), ModelFileWriter.BIAS_BITS);
      }
    }
    return model;
  }

  /** Five codewords a codebook; of product codes, zeros outside their two columns. */
  private static Tensor codewords(SplittableRandom random, int codebooks, boolean product) {
    float[] codewords = Toys.gaussians(random, codebooks * 5 * Toys.DIMENSION, 1);
    for (int i = 0; product && i < codewords.length; i++) {
      int codebook = i / Toys.DIMENSION / 5;
      codewords[i] = i % Toys.DIMENSION / 2 == codebook ? codewords[i] : 0;
    }
    return Tensors.of(codewords, codebooks * 5L, Toys.DIMENSION);
  }

  private static RepeatHead head() {
    SplittableRandom random = new SplittableRandom(SEED + 1);
    return new RepeatHead(
        0.3f,
        Toys.gaussians(random, RepeatFeatures.BUCKETS, 1),
        Toys.gaussians(random, WINDOW, 1),
        Toys.gaussians(random, WINDOW, 1),
        Toys.gaussians(random, WINDOW, 1),
        Toys.gaussians(random, WINDOW, 1));
  }

  private static RepeatCalibration.Result calibrated() {
    return Toys.calibrated(TEMPERATURE, head());
  }

  private static Items ids(String kind) {
    List<String> ids = new ArrayList<>();
    for (int v = 0; v < ITEMS; v++) {
      ids.add(Integer.toString(1000 + 7 * v * (v % 2 == 0 ? 1 : -1)));
    }
    switch (kind) {
      case "numbers" -> {
        ids.set(4, Long.toString(Long.MAX_VALUE));
        ids.set(5, Long.toString(Long.MIN_VALUE));
        ids.set(6, Long.toString(Long.MAX_VALUE - 1));
        ids.set(7, "0");
        ids.set(8, "-1");
      }
      case "leading zero" -> ids.set(9, "007");
      case "plus" -> ids.set(9, "+7");
      case "minus zero" -> ids.set(9, "-0");
      case "too large" -> ids.set(9, "9223372036854775808");
      case "text" -> {
        ids.set(0, "ünïcode 東京 😀");
        ids.set(1, " ");
        ids.set(2, "a\nb");
        ids.set(3, "٣"); // a digit, yet not one of ours
      }
      case "long" -> {
        // Written whole they fill 40 x 400 bytes; with nothing but their ends the runtime refuses.
        for (int v = 0; v < ITEMS; v++) {
          ids.set(v, "x".repeat(400) + (char) ('0' + v));
        }
      }
      default -> throw new IllegalArgumentException(kind);
    }
    // Items of a data set that the model does not know come after its own.
    ids.add("unknown to the model");
    return new Items(ids);
  }

  private static byte[] write(SessionModel model, Items ids) {
    return ModelFileWriter.write(model, calibrated(), WINDOW, ids, POPULAR, PROVENANCE);
  }

  private static Sessions sessions() {
    return Toys.random(new SplittableRandom(SEED + 2), ITEMS, 30, 25);
  }

  static Stream<Arguments> kinds() {
    return Stream.of(true, false)
        .flatMap(attention -> Arrays.stream(Table.values()).map(t -> Arguments.of(attention, t)));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void theRuntimeGivesTheTrainersScores(boolean attention, Table table) throws ModelFileException {
    SessionModel model = model(attention, table);
    Items ids = ids("numbers");
    byte[] bytes = write(model, ids);
    assertThat(ParityGate.pass(bytes, model, calibrated(), WINDOW, ids, sessions()))
        .isBetween(0.0, 1e-4);
    // And by hand for one session that is longer than the window.
    Recommender recommender = Recommender.open(bytes);
    Session visit = recommender.newSession();
    int[] clicks = {1, 2, 30, 3, 4, 3, 5, 6, 7, 3, 8, 9};
    for (int click : clicks) {
      assertThat(visit.click(ids.id(click))).isTrue();
    }
    float[] actual = new float[ITEMS];
    visit.scores(actual);
    int[] window = Arrays.copyOfRange(clicks, 2, 13); // one more: the target of the last case
    SessionBatch batch = Toys.batch(Toys.sessions(window), 1, WINDOW);
    Tensor rows = model.allUsedRows();
    float[] all = Tensors.floats(model.sessionVectors(batch, rows).matmul(rows.t()));
    Tensor bias = model.itemBias();
    float[] biases = bias == null ? new float[ITEMS] : Tensors.floats(bias);
    for (int v = 0; v < ITEMS; v++) {
      float expected = (float) (TEMPERATURE * (all[9 * ITEMS + v] + biases[v]));
      int item = v;
      int count = (int) Arrays.stream(window, 0, 10).filter(click -> click == item).count();
      if (count > 0) {
        int latest = 9;
        while (window[latest] != v) {
          latest--;
        }
        expected = head().score(expected, count, 9 - latest, 8, 10);
      }
      assertThat(actual[recommender.itemIndex(ids.id(v))])
          .as("item %s", v)
          .isCloseTo(expected, within(1e-3f));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"numbers", "leading zero", "plus", "minus zero", "too large", "text", "long"})
  void idsComeBackAsTheyWere(String kind) throws ModelFileException {
    Items ids = ids(kind);
    byte[] bytes = write(model(false, Table.INT8), ids);
    Recommender recommender = Recommender.open(bytes);
    assertThat(recommender.itemCount()).isEqualTo(ITEMS);
    Set<Integer> places = new HashSet<>();
    for (int v = 0; v < ITEMS; v++) {
      int place = recommender.itemIndex(ids.id(v));
      assertThat(places.add(place)).isTrue();
      assertThat(recommender.itemId(place)).isEqualTo(ids.id(v));
    }
    assertThat(recommender.itemIndex("unknown to the model")).isEqualTo(-1);
    assertThat(recommender.itemIndex("7")).isEqualTo(-1);
    assertThat(recommender.provenance()).isEqualTo(PROVENANCE);
    assertThat(recommender.popularCount()).isEqualTo(3);
    for (int i = 0; i < 3; i++) {
      assertThat(recommender.itemId(recommender.popularItem(i))).isEqualTo(ids.id(POPULAR[i]));
    }
    assertThat(encoding(bytes)).isEqualTo(kind.equals("numbers") ? 1 : 2);
  }

  /** First byte of the ITEM section: 1 for numbers, 2 for text. */
  private static int encoding(byte[] bytes) {
    int at = payloadStart(bytes, "ITEM");
    return bytes[at];
  }

  private static int payloadStart(byte[] bytes, String tag) {
    java.nio.ByteBuffer file =
        java.nio.ByteBuffer.wrap(bytes).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    int sections = file.getShort(10);
    int start = 16 + 12 * sections + 4;
    for (int s = 0; s < sections; s++) {
      String name = new String(bytes, 16 + 12 * s, 4, StandardCharsets.US_ASCII);
      if (name.equals(tag)) {
        return start;
      }
      start += file.getInt(16 + 12 * s + 4);
    }
    throw new IllegalArgumentException(tag);
  }

  /** docs/format.md added up by hand. */
  @ParameterizedTest
  @MethodSource("kinds")
  void theFileIsAsLongAsTheFormatSays(boolean attention, Table table) {
    Items ids = ids("text");
    int n = Toys.DIMENSION;
    int idBytes = ItemIdWriter.write(ids.ids().subList(0, ITEMS)).length;
    int tensor = 1 + 4 + 4;
    int sections = table == Table.DENSE ? 7 : table.hybrid() ? 10 : 8;
    SessionModel model = model(attention, table);
    int codes =
        model.table() instanceof CompositionalItemTable codeTable
            ? CodeWriter.write(codeTable.codes(), CodeWriter.order(codeTable.codes())).length
            : 0;
    int items =
        switch (table) {
          case DENSE -> tensor + 4 * ITEMS * n;
          // 3 codebooks of 5 codewords.
          case UNROUNDED -> codes + tensor + 15 * 4 * n;
          case INT8 -> codes + tensor + 15 * (4 + n);
          case INT4 -> codes + tensor + 15 * (4 + n / 2);
          case HYBRID ->
              codes + tensor + 15 * (4 + n / 2) + tensor + 11 * (4 + n) + tensor + 4 + 40;
          case HYBRID_UNROUNDED ->
              codes + tensor + 15 * 4 * n + tensor + 11 * 4 * n + tensor + 4 * 40;
          // 4 codebooks of 5 codewords of n / 4 numbers in half a byte each.
          case PRODUCT -> codes + tensor + 20 * (4 + n / 8);
          case PRODUCT_HYBRID ->
              codes + tensor + 20 * (4 + n / 8) + tensor + 11 * (4 + n) + tensor + 4 + 40;
        };
    boolean rounded = !table.unrounded();
    int matrix = !rounded ? tensor + 4 * n * n : tensor + 4 * n + n * n;
    int position = !rounded ? tensor + 4 * WINDOW * n : tensor + 4 * WINDOW + WINDOW * n;
    int vector = tensor + 4 * n;
    int encoder =
        attention
            ? 2 + position + 3 * (tensor + 8 * n) + 8 * matrix + 8 * vector
            : tensor + 4 * WINDOW + tensor + 4 * 5;
    int repeat = 4 + 1 + 1 + 2 * WINDOW + tensor + 4 * 8 * 16 + 4 * (tensor + 4 * WINDOW);
    int expected =
        8
            + 2
            + 2
            + 4
            + 12 * sections
            + 4
            + PROVENANCE.getBytes(StandardCharsets.UTF_8).length
            + 15
            + idBytes
            + 2
            + 3
            + items
            + encoder
            + repeat;
    assertThat(write(model, ids)).hasSize(expected);
  }

  /** Items of the file come in the order of their codes, whatever the trainer's order. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void itemsAreSortedByTheirCodes(boolean attention) throws ModelFileException {
    Items ids = ids("numbers");
    SessionModel model = model(attention, Table.INT4);
    Recommender recommender = Recommender.open(write(model, ids));
    Codes codes = ((CompositionalItemTable) model.table()).codes();
    int moved = 0;
    int[] before = new int[3];
    for (int place = 0; place < ITEMS; place++) {
      int v = ids.index(recommender.itemId(place));
      int[] code = {codes.code(0, v), codes.code(1, v), codes.code(2, v)};
      assertThat(Arrays.compare(before, code)).isNotPositive();
      before = code;
      moved += v == place ? 0 : 1;
    }
    assertThat(moved).isGreaterThan(ITEMS / 2);
    // A dense table has no codes to save: its order stays.
    Recommender dense = Recommender.open(write(model(attention, Table.DENSE), ids));
    for (int v = 0; v < ITEMS; v++) {
      assertThat(dense.itemId(v)).isEqualTo(ids.id(v));
    }
  }

  @Test
  void theGateRefusesAFileThatLacksAnItem() {
    SessionModel model = model(false, Table.DENSE);
    byte[] bytes = write(model, ids("numbers"));
    assertThatThrownBy(
            () ->
                ParityGate.pass(
                    bytes, model, calibrated(), WINDOW, ids("leading zero"), sessions()))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("must know the item '1028' but does not");
  }

  @Test
  void writingTwiceGivesTheSameBytes() {
    SessionModel model = model(true, Table.INT4);
    assertThat(write(model, ids("text"))).isEqualTo(write(model, ids("text")));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void theGateRefusesAModelThatChangedAfterWriting(boolean attention, Table table) {
    Items ids = ids("text");
    List<Consumer<SessionModel>> changes =
        List.of(
            model -> bump(model.table().parameters().get(0), 0.5f),
            model -> bump(model.encoder().parameters().get(0), 0.5f),
            model -> bump(parameter(model, "scale"), 0.01f));
    for (Consumer<SessionModel> change : changes) {
      SessionModel model = model(attention, table);
      byte[] bytes = write(model, ids);
      change.accept(model);
      assertThatThrownBy(() -> ParityGate.pass(bytes, model, calibrated(), WINDOW, ids, sessions()))
          .isInstanceOf(TrainingException.class)
          .hasMessageContaining("parity gate")
          .hasMessageContaining("the model file is not written");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"denseRows", "itemBias"})
  void theGateRefusesDenseRowsAndBiasesThatChangedAfterWriting(String name) {
    Items ids = ids("text");
    for (Table table : Table.values()) {
      if (table.hybrid()) {
        SessionModel model = model(false, table);
        byte[] bytes = write(model, ids);
        bump(parameter(model, name), 0.5f);
        assertThatThrownBy(
                () -> ParityGate.pass(bytes, model, calibrated(), WINDOW, ids, sessions()))
            .isInstanceOf(TrainingException.class)
            .hasMessageContaining("parity gate");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void theRuntimeGivesTheTrainersScoresWithARepeatNetwork(boolean attention, Table table)
      throws ModelFileException {
    SessionModel model = model(attention, table);
    Items ids = ids("text");
    RepeatNetwork network = Toys.network(new SplittableRandom(SEED + 4), 3);
    RepeatCalibration.Result decided = Toys.calibrated(network);
    byte[] bytes = ModelFileWriter.write(model, decided, WINDOW, ids, POPULAR, PROVENANCE);
    assertThat(ModelFile.read(bytes).sections())
        .extracting(ModelFile.Section::tag)
        .contains("RNET")
        .doesNotContain("RPTH");
    assertThat(ParityGate.pass(bytes, model, decided, WINDOW, ids, sessions()))
        .isBetween(0.0, 1e-4);
    assertThatThrownBy(() -> ParityGate.pass(bytes, model, calibrated(), WINDOW, ids, sessions()))
        .isInstanceOf(TrainingException.class);
    byte[] tables = write(model, ids);
    assertThatThrownBy(() -> ParityGate.pass(tables, model, decided, WINDOW, ids, sessions()))
        .isInstanceOf(TrainingException.class);
    bump(model.table().parameters().get(0), 0.5f);
    assertThatThrownBy(() -> ParityGate.pass(bytes, model, decided, WINDOW, ids, sessions()))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("parity gate");
  }

  /** Behind the items with codes come those with dense rows; the public frame says which. */
  @Test
  void denseItemsComeLast() throws ModelFileException {
    Items ids = ids("numbers");
    SessionModel model = model(false, Table.PRODUCT_HYBRID);
    byte[] bytes = write(model, ids);
    ModelFile file = ModelFile.read(bytes);
    assertThat(file.version()).isEqualTo(3);
    assertThat(file.tableKind()).isEqualTo("product codes");
    assertThat(file.denseItemCount()).isEqualTo(DENSE_ITEMS);
    assertThat(file.hasBias()).isTrue();
    CompositionalItemTable table = (CompositionalItemTable) model.table();
    Recommender recommender = Recommender.open(bytes);
    for (int i = 0; i < DENSE_ITEMS; i++) {
      assertThat(recommender.itemId(ITEMS - DENSE_ITEMS + i))
          .isEqualTo(ids.id(table.denseItems()[i]));
    }
    int[][] codes = file.codes();
    for (int place = 0; place < ITEMS - DENSE_ITEMS; place++) {
      int v = ids.index(recommender.itemId(place));
      int coded = Arrays.binarySearch(table.codedItems(), v);
      for (int m = 0; m < codes.length; m++) {
        assertThat(codes[m][place]).isEqualTo(table.codes().code(m, coded));
      }
    }
  }

  private static Parameter parameter(SessionModel model, String name) {
    return model.parameters().stream()
        .filter(parameter -> parameter.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /** Changes the latest place's weight or the first numbers of a matrix. */
  private static void bump(Parameter parameter, float by) {
    float[] values = Tensors.floats(parameter.value());
    for (int i = 0; i < Math.min(values.length, 8); i++) {
      values[i] += i % 2 == 0 ? by : -by;
    }
    Tensors.assign(parameter.value(), values);
  }

  @Test
  void theGateRefusesAnotherHeadTemperatureOrBytes() {
    SessionModel model = model(false, Table.DENSE);
    Items ids = ids("text");
    byte[] bytes = write(model, ids);
    RepeatHead other =
        new RepeatHead(
            0.31f,
            head().countAge(),
            head().age(),
            head().count(),
            head().distinct(),
            head().length());
    assertThatThrownBy(
            () ->
                ParityGate.pass(
                    bytes, model, Toys.calibrated(TEMPERATURE, other), WINDOW, ids, sessions()))
        .isInstanceOf(TrainingException.class);
    assertThatThrownBy(
            () ->
                ParityGate.pass(
                    bytes, model, Toys.calibrated(0.71, head()), WINDOW, ids, sessions()))
        .isInstanceOf(TrainingException.class);
    byte[] broken = bytes.clone();
    broken[broken.length - 1] ^= 1;
    assertThatThrownBy(() -> ParityGate.pass(broken, model, calibrated(), WINDOW, ids, sessions()))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("refuses the model file")
        .hasCauseInstanceOf(ModelFileException.class);
  }
}
