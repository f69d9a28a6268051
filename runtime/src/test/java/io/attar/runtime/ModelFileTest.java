package io.attar.runtime;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.attar.runtime.ModelFileFixture.Payload;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Every rule of the format, broken one at a time. */
final class ModelFileTest {
  private static final Matrix.Type F32 = Matrix.Type.F32;

  /** The item indices 0, 1, 2 as bits, the lowest first. */
  private static final String ORDER = "00" + "10" + "01";

  @Test
  void codesAreReadByThemselves() throws ModelFileException {
    TestModel model = TestModel.random(4, TestModel.Shape.weightedMean(TestModel.CODES, 50));
    assertThat(ModelFile.read(ModelFileFixture.write(model)).codes()).isEqualTo(model.codes);
    model.table = TestModel.DENSE;
    model.dense = Matrix.of(50, model.dimension, new double[50 * model.dimension]);
    assertThat(ModelFile.read(ModelFileFixture.write(model)).codes()).isEmpty();
  }

  @Test
  void theFrameIsListed() throws ModelFileException {
    TestModel model = codesModel();
    ModelFile file = ModelFile.read(ModelFileFixture.write(model));
    assertThat(file.version()).isEqualTo(1);
    assertThat(ModelFile.read(ModelFileFixture.write(codesModel().version2())).version())
        .isEqualTo(2);
    assertThat(file.sections())
        .extracting(ModelFile.Section::tag)
        .containsExactly("PROV", "MODL", "ITEM", "POPL", "CODE", "BOOK", "ENCO", "RPTH");
    Map<String, byte[]> sections = ModelFileFixture.sections(model);
    int offset = 16 + 12 * 8 + 4;
    for (ModelFile.Section section : file.sections()) {
      assertThat(section.offset()).isEqualTo(offset);
      assertThat(section.length()).isEqualTo(payload(sections, section.tag()).length);
      offset += section.length();
    }
    assertThat(file.itemCount()).isEqualTo(30);
    assertThat(file.dimension()).isEqualTo(12);
    assertThat(file.maximumSessionLength()).isEqualTo(7);
    assertThat(file.encoderKind()).isEqualTo("self-attention");
    assertThat(file.tableKind()).isEqualTo("compositional codes");
    assertThat(file.codebookCount()).isEqualTo(4);
    assertThat(file.codewordCount()).isEqualTo(16);

    ModelFile dense = ModelFile.read(ModelFileFixture.write(denseModel()));
    assertThat(dense.encoderKind()).isEqualTo("weighted mean");
    assertThat(dense.tableKind()).isEqualTo("dense");
    assertThat(dense.codebookCount()).isZero();
    assertThat(dense.codewordCount()).isZero();
  }

  @Test
  void theNewPartsOfVersion3AreListed() throws ModelFileException {
    ModelFile plain = ModelFile.read(ModelFileFixture.write(codesModel().version2()));
    assertThat(plain.denseItemCount()).isZero();
    assertThat(plain.hasBias()).isFalse();
    assertThat(ModelFile.read(ModelFileFixture.write(denseModel())).denseItemCount()).isEqualTo(30);

    TestModel model = codesModel().version3(8, Matrix.Type.INT8, true);
    ModelFile file = ModelFile.read(ModelFileFixture.write(model));
    assertThat(file.version()).isEqualTo(3);
    assertThat(file.tableKind()).isEqualTo("compositional codes");
    assertThat(file.denseItemCount()).isEqualTo(8);
    assertThat(file.hasBias()).isTrue();
    assertThat(file.codes()).isEqualTo(model.codes).hasDimensions(4, 22);

    ModelFile products = ModelFile.read(ModelFileFixture.write(productModel()));
    assertThat(products.tableKind()).isEqualTo("product codes");
    assertThat(products.codebookCount()).isEqualTo(6);
    assertThat(products.codewordCount()).isEqualTo(9);
    assertThat(products.denseItemCount()).isZero();
  }

  @Test
  void earlierVersionsRefuseWhatTheyLack() {
    TestModel hybrid = codesModel().version3(8, Matrix.Type.INT8, false);
    TestModel biased = codesModel().version3(0, Matrix.Type.INT8, true);
    TestModel biasedDense = denseModel().version3(0, Matrix.Type.INT8, true);
    for (int version = 1; version <= 2; version++) {
      hybrid.version = version;
      biased.version = version;
      biasedDense.version = version;
      refused(ModelFileFixture.write(hybrid), "frame", "call for 8 sections but there are 9");
      refused(ModelFileFixture.write(biased), "frame", "call for 8 sections but there are 9");
      refused(ModelFileFixture.write(biasedDense), "frame", "call for 7 sections but there are 8");
      TestModel products = productModel();
      products.version = version;
      refused(ModelFileFixture.write(products), "MODL", "item table kind");
    }
  }

  @Test
  void brokenPartsOfVersion3AreRefused() {
    // All items with dense rows leave none for the codes.
    for (int rows : new int[] {0, 30, 31}) {
      refusedIn(
          3, codesModel(), "DENS", tensorHead(1, rows, 12).raw(new byte[99_999]), "item rows");
    }
    TestModel hybrid = codesModel().version3(8, Matrix.Type.INT8, false);
    byte[] rows = new byte[8 * 12 * 4];
    refusedIn(3, hybrid, "DENS", tensorHead(1, 8, 11).raw(rows), "columns");
    refusedIn(3, hybrid, "DENS", tensorHead(5, 8, 12).raw(rows), "type");
    refusedIn(3, hybrid, "DENS", tensorHead(1, 8, 12).raw(rows).u8(0), "left over");
    // One dense row less: the codes must be of one item more than they are.
    refusedIn(
        3,
        hybrid,
        "CODE",
        new Payload().raw(ModelFileFixture.sortedCodes(codesModel().version2())),
        "");
    refusedIn(3, codesModel(), "BIAS", tensorHead(1, 1, 29).raw(new byte[29 * 4]), "columns");
    refusedIn(3, codesModel(), "BIAS", tensorHead(1, 2, 30).raw(new byte[60 * 4]), "rows");
    refusedIn(3, codesModel(), "BIAS", tensorHead(3, 1, 30).f32(Float.NaN).raw(rows), "finite");
    refusedIn(3, codesModel(), "BIAS", tensorHead(1, 1, 30).raw(new byte[121]), "left over");

    Map<String, byte[]> with =
        ModelFileFixture.sections(denseModel().version3(0, Matrix.Type.INT8, false));
    with.put("BOOK", new byte[10]);
    refused(ModelFileFixture.seal(3, with), "frame", "call for 7");

    TestModel products = productModel();
    refusedIn(3, products, "BOOK", tensorHead(1, 54, 12).raw(new byte[54 * 48]), "columns");
    Map<String, byte[]> odd = ModelFileFixture.sections(products);
    payload(odd, "CODE")[0] = 5;
    refused(ModelFileFixture.seal(3, odd), "CODE", "must divide the dimension, 12, but are 5");
    refused(
        withModelField(3, denseModel().version3(0, Matrix.Type.INT8, false), 7, 4, 1),
        "MODL",
        "kind");
  }

  private static TestModel tableModel(int table) {
    TestModel.Shape shape = new TestModel.Shape(1, table, true, F32, 30, 12, 7, 1, 3, 4, 1);
    return TestModel.random(29, shape).version4(false);
  }

  @Test
  void theTablesOfVersion4AreListedAndUnknownBefore() throws ModelFileException {
    for (int table = TestModel.BLOCKS; table <= TestModel.TENSOR_TRAIN; table++) {
      TestModel model = tableModel(table);
      ModelFile file = ModelFile.read(ModelFileFixture.write(model));
      assertThat(file.version()).isEqualTo(4);
      assertThat(file.tableKind()).isEqualTo(table == 4 ? "blocks" : "tensor train");
      assertThat(file.codebookCount()).isZero();
      assertThat(file.denseItemCount()).isZero();
      assertThat(file.codes()).isEmpty();
      for (int version = 1; version <= 3; version++) {
        model.version = version;
        refused(ModelFileFixture.write(model), "MODL", "item table kind");
      }
    }
    refused(withModelField(4, tableModel(TestModel.BLOCKS), 7, 6, 1), "MODL", "item table kind");
    Map<String, byte[]> with = ModelFileFixture.sections(tableModel(TestModel.BLOCKS));
    with.put("BOOK", new byte[10]);
    refused(ModelFileFixture.seal(4, with), "frame", "call for 7");
    Map<String, byte[]> old = ModelFileFixture.sections(codesModel().version3(0, F32, false));
    assertThat(ModelFile.read(ModelFileFixture.seal(4, old)).version()).isEqualTo(4);
  }

  private static TestModel neighbourModel() {
    TestModel.Shape shape = new TestModel.Shape(1, 6, false, F32, 30, 1, 7, 1, 3, 1, 1);
    return TestModel.random(29, shape).version5(false);
  }

  @Test
  void theTableOfVersion5IsListedAndUnknownBefore() throws ModelFileException {
    TestModel model = neighbourModel();
    ModelFile file = ModelFile.read(ModelFileFixture.write(model));
    assertThat(file.version()).isEqualTo(5);
    assertThat(file.tableKind()).isEqualTo("neighbours");
    assertThat(file.denseItemCount()).isZero();
    assertThat(file.codes()).isEmpty();
    for (int version = 1; version <= 4; version++) {
      model.version = version;
      refused(ModelFileFixture.write(model), "MODL", "item table kind");
    }
    String alone = "neighbours must come with a weighted mean of dimension 1";
    refused(withModelField(5, neighbourModel(), 4, 2, 2), "MODL", alone);
    refused(withModelField(5, neighbourModel(), 6, 2, 1), "MODL", alone);
    refused(withModelField(5, neighbourModel(), 7, 7, 1), "MODL", "item table kind");
  }

  @Test
  void brokenNeighboursAreRefused() {
    neighboursRefused(new Payload().raw(new byte[29]), "neighbours needs 30 bytes");
    neighboursRefused(lists(31).raw(new byte[50]), "neighbours must lie between 0 and 30");
    neighboursRefused(lists(30), "neighbours needs 30 bytes but only");
    // Item 0 has one neighbour; the last item, the one behind it, and one that wraps around.
    neighboursRefused(lists(1).varint(30).raw(head(1, 1, 1)).f32(1), "neighbour must lie between");
    neighboursRefused(
        lists(2).varint(29).varint(0).raw(head(1, 1, 2)).f32(1).f32(1),
        "neighbour must lie between");
    neighboursRefused(
        lists(2).varint(3).varint(0xFFFF_FFFEL).raw(head(1, 1, 2)).f32(1).f32(1),
        "neighbour must lie between");
    neighboursRefused(lists(1).varint(29).raw(head(1, 1, 2)).f32(1).f32(1), "columns");
    neighboursRefused(lists(1).varint(29).raw(head(1, 1, 1)).f32(1).u8(0), "left over");
    neighboursRefused(lists(1).varint(29).raw(head(1, 1, 1)).f32(Float.NaN), "finite");
  }

  /** 30 items, of which the first alone has neighbours, to be followed by what says which. */
  private static Payload lists(int first) {
    return new Payload().varint(first).raw(new byte[29]);
  }

  private static void neighboursRefused(Payload payload, String what) {
    Map<String, byte[]> sections = ModelFileFixture.sections(neighbourModel());
    sections.put("DENS", payload.bytes());
    refused(ModelFileFixture.seal(5, sections), "DENS", what);
  }

  @Test
  void brokenBlocksAreRefused() {
    TestModel model = tableModel(TestModel.BLOCKS);
    Payload whole = ModelFileFixture.blocks(model);
    blocksRefused(whole.raw(new byte[1]), "left over");
    model.blocks.remove(2);
    model.projections.remove(2);
    blocksRefused(ModelFileFixture.blocks(model), "block items needs 4 bytes");
    blocksRefused(new Payload().u32(0), "block items must lie between 1 and 30");
    blocksRefused(new Payload().u32(31), "block items must lie between 1 and 30");
    blocksRefused(block(30, 2, 30), "rows must lie between 1 and 1");
    blocksRefused(block(30, 1, 361), "columns must lie between 30 and 360");
    blocksRefused(block(30, 1, 29), "columns must lie between 30 and 360");
    blocksRefused(block(30, 1, 59).raw(new byte[236]), "as long for each of the block's 30 items");
    byte[] numbers = new byte[4 * 30];
    blocksRefused(block(30, 1, 30).raw(numbers).raw(head(1, 2, 12)), "projection rows");
    blocksRefused(block(30, 1, 30).raw(numbers).raw(head(1, 1, 11)), "projection columns");
    blocksRefused(block(30, 1, 30).raw(numbers).raw(head(1, 1, 12)), "needs 48 bytes");
    // One item a block, 65 of 100.
    TestModel many =
        TestModel.random(30, new TestModel.Shape(1, 4, true, F32, 100, 1, 1, 1, 1, 1, 1));
    Payload blocks = new Payload();
    for (int i = 0; i < 65; i++) {
      blocks.u32(1).raw(head(1, 1, 1)).f32(1);
    }
    Map<String, byte[]> sections = ModelFileFixture.sections(many.version4(false));
    sections.put("DENS", blocks.bytes());
    refused(
        ModelFileFixture.seal(4, sections), "DENS", "block must lie between 0 and 63 but is 64");
  }

  private static Payload block(int items, int rows, int columns) {
    return new Payload().u32(items).raw(head(1, rows, columns));
  }

  private static byte[] head(int type, int rows, int columns) {
    return tensorHead(type, rows, columns).bytes();
  }

  private static void blocksRefused(Payload payload, String what) {
    Map<String, byte[]> sections = ModelFileFixture.sections(tableModel(TestModel.BLOCKS));
    sections.put("DENS", payload.bytes());
    refused(ModelFileFixture.seal(4, sections), "DENS", what);
  }

  @Test
  void brokenTensorTrainsAreRefused() {
    String fit = "the cores must make a row of 12 numbers for each of 30 items";
    // Two cores of radices 5 and 6, widths 3 and 4, rank 2.
    trainRefused(train(2, 1, 2, 5, 6, 6, 8).u8(0), "left over");
    trainRefused(train(1, 1, 2, 5, 6, 6, 8), "core count must lie between 2 and 4");
    trainRefused(train(5, 1, 2, 5, 6, 6, 8), "core count must lie between 2 and 4");
    trainRefused(train(2, 0, 2, 5, 6, 6, 8), "interleave must lie between 1 and 12");
    trainRefused(train(2, 13, 2, 5, 6, 6, 8), "interleave must lie between 1 and 12");
    trainRefused(train(2, 5, 2, 5, 6, 6, 8), fit);
    trainRefused(train(2, 1, 0, 5, 6, 6, 8), "rank must lie between");
    trainRefused(train(2, 1, 4, 5, 6, 6, 8), fit);
    trainRefused(train(2, 1, 2, 5, 6, 6, 7), fit);
    trainRefused(train(2, 1, 2, 5, 7, 6, 8), fit);
    trainRefused(train(2, 1, 2, 4, 6, 7, 8), fit);
    trainRefused(train(2, 1, 2, 5, 6, 5, 8), fit);
    trainRefused(train(2, 1, 2, 5, 6, 6, 10), fit);
    trainRefused(train(3, 1, 2, 5, 6, 6, 8), "core type");
    // The cores pay for what products of them take: here rank 6 times 12 for 66 numbers.
    TestModel two =
        TestModel.random(31, new TestModel.Shape(1, 5, true, F32, 2, 12, 1, 1, 2, 1, 1));
    Map<String, byte[]> sections = ModelFileFixture.sections(two.version4(false));
    sections.put("DENS", train(2, 1, 6, 1, 18, 2, 24).bytes());
    refused(ModelFileFixture.seal(4, sections), "DENS", "for each of 2 items");
  }

  /** Two cores of zeros with the rows and columns given. */
  private static Payload train(
      int count, int interleave, int rank, int rows1, int columns1, int rows2, int columns2) {
    return new Payload()
        .u8(count)
        .u16(interleave)
        .u16(rank)
        .raw(head(1, rows1, columns1))
        .raw(new byte[4 * rows1 * columns1])
        .raw(head(1, rows2, columns2))
        .raw(new byte[4 * rows2 * columns2]);
  }

  private static void trainRefused(Payload payload, String what) {
    Map<String, byte[]> sections = ModelFileFixture.sections(tableModel(TestModel.TENSOR_TRAIN));
    sections.put("DENS", payload.bytes());
    refused(ModelFileFixture.seal(4, sections), "DENS", what);
  }

  @Test
  void aRepeatHeadOrANetworkMustBeThere() throws ModelFileException {
    for (TestModel model : List.of(denseModel(), codesModel())) {
      TestModel decided = model.version3(0, Matrix.Type.INT8, false).network(20, 3, F32, true);
      assertThat(ModelFile.read(ModelFileFixture.write(decided)).sections())
          .extracting(ModelFile.Section::tag)
          .contains("RNET")
          .doesNotContain("RPTH");
      Map<String, byte[]> sections = ModelFileFixture.sections(decided);
      sections.put("RPTH", ModelFileFixture.repeatHead(decided));
      String rule = "one of the sections RPTH and RNET must be there, not both";
      refused(ModelFileFixture.seal(3, sections), "frame", rule);
      sections.remove("RPTH");
      sections.remove("RNET");
      refused(ModelFileFixture.seal(3, sections), "frame", rule);
      // Nor may one stand for another section that is missing.
      sections = ModelFileFixture.sections(decided);
      sections.put("RPTH", ModelFileFixture.repeatHead(decided));
      sections.remove("ENCO");
      refused(ModelFileFixture.seal(3, sections), "frame", "ENCO must be there");
      for (int version = 1; version <= 2; version++) {
        decided.version = version;
        sections = ModelFileFixture.sections(decided);
        refused(ModelFileFixture.seal(version, sections), "frame", "RPTH must be there");
        sections.put("RPTH", ModelFileFixture.repeatHead(decided));
        refused(ModelFileFixture.seal(version, sections), "frame", "call for");
      }
    }
  }

  @Test
  void brokenRepeatNetworksAreRefused() {
    networkRefused(model -> model.ranks = 65, "ranked items must lie between 1 and 64 but is 65");
    networkRefused(
        model -> model.networkOutputs = Matrix.of(1, 65, new double[65]),
        "hidden units must lie between 1 and 64 but is 65");
    networkRefused(model -> model.networkOutputs = Matrix.of(1, 0), "hidden units");
    networkRefused(model -> model.networkOutputs = Matrix.of(2, 3, new double[6]), "outputs");
    networkRefused(model -> model.networkWeights = Matrix.of(3, 32, new double[96]), "weights");
    networkRefused(model -> model.networkWeights = Matrix.of(4, 31, new double[124]), "weights");
    // Up to the larger of window, 7, and ranks, 20, and one more.
    networkRefused(model -> model.logarithms = Matrix.of(1, 20, new double[20]), "logarithms");
    networkRefused(model -> model.logarithms = Matrix.of(1, 22, new double[22]), "logarithms");
    networkRefused(model -> model.ranks = 21, "logarithms");
    networkRefused(model -> model.networkWeights.singles()[40] = Float.NaN, "finite");
    networkRefused(model -> model.networkOutputs.singles()[2] = Float.NEGATIVE_INFINITY, "finite");
    networkRefused(model -> model.logarithms.singles()[20] = Float.POSITIVE_INFINITY, "finite");
    for (int inputs : new int[] {0, 31, 33, 255}) {
      Map<String, byte[]> sections = ModelFileFixture.sections(networkModel());
      payload(sections, "RNET")[2] = (byte) inputs;
      refused(
          ModelFileFixture.seal(3, sections),
          "RNET",
          "inputs must lie between 32 and 32 but is " + inputs);
    }
    Map<String, byte[]> sections = ModelFileFixture.sections(networkModel());
    payload(sections, "RNET")[0] = 0;
    refused(ModelFileFixture.seal(3, sections), "RNET", "ranked items");
    byte[] sound = ModelFileFixture.repeatNetwork(networkModel());
    sections.put("RNET", Arrays.copyOf(sound, sound.length + 1));
    refused(ModelFileFixture.seal(3, sections), "RNET", "left over");
    for (int length = 0; length < sound.length; length++) {
      sections.put("RNET", Arrays.copyOf(sound, length));
      refused(ModelFileFixture.seal(3, sections), "RNET", "");
    }
  }

  private static TestModel networkModel() {
    return denseModel().version3(0, F32, false).network(20, 3, F32, true);
  }

  private static void networkRefused(Consumer<TestModel> damage, String what) {
    TestModel model = networkModel();
    damage.accept(model);
    refused(ModelFileFixture.write(model), "RNET", what);
  }

  private static TestModel productModel() {
    return TestModel.random(28, TestModel.Shape.weightedMean(TestModel.PRODUCT_CODES, 30))
        .version3(0, Matrix.Type.INT8, false);
  }

  private static void refusedIn(
      int version, TestModel model, String tag, Payload payload, String what) {
    Map<String, byte[]> sections = ModelFileFixture.sections(model.version2());
    sections.put(tag, payload.bytes());
    refused(ModelFileFixture.seal(version, sections), tag, what);
  }

  @Test
  void whatTheFileSaysComesOut() throws ModelFileException {
    TestModel model = codesModel();
    Recommender recommender = Recommender.open(ModelFileFixture.write(model));
    assertThat(recommender.provenance()).isEqualTo(model.provenance);
    assertThat(recommender.itemCount()).isEqualTo(30);
    assertThat(recommender.dimension()).isEqualTo(12);
    assertThat(recommender.maximumSessionLength()).isEqualTo(7);
  }

  @Test
  void sectionsMayComeInAnyOrder() throws ModelFileException {
    Map<String, byte[]> sections = ModelFileFixture.sections(codesModel());
    Map<String, byte[]> reversed = new LinkedHashMap<>();
    List<String> tags = List.copyOf(sections.keySet());
    for (int i = tags.size() - 1; i >= 0; i--) {
      reversed.put(tags.get(i), payload(sections, tags.get(i)));
    }
    Session expected = Recommender.open(ModelFileFixture.seal(sections)).newSession();
    Session actual = Recommender.open(ModelFileFixture.seal(reversed)).newSession();
    expected.clickIndex(2);
    actual.clickIndex(2);
    assertThat(actual.top(9).itemIds()).isEqualTo(expected.top(9).itemIds());
  }

  @Test
  void brokenFramesAreRefused() {
    byte[] sound = ModelFileFixture.write(denseModel());
    refused(new byte[0], "frame", "magic");
    refused(Arrays.copyOf(sound, 7), "frame", "magic");
    refused(Arrays.copyOf(sound, 15), "frame", "file length");
    refused(Arrays.copyOf(sound, sound.length - 1), "frame", "as it says");
    refused(Arrays.copyOf(sound, sound.length + 1), "frame", "as it says");
    refused(changed(sound, file -> file.put(0, (byte) 'x')), "frame", "89 41");
    refused(changed(sound, file -> file.putShort(8, (short) 6)), "frame", "but is 6");
    refused(changed(sound, file -> file.putShort(8, (short) 0)), "frame", "but is 0");
    refused(changed(sound, file -> file.putShort(10, (short) 0)), "frame", "section count");
    refused(changed(sound, file -> file.putShort(10, (short) 65)), "frame", "section count");
    refused(changed(sound, file -> file.putInt(12, -1)), "frame", "4294967295");
    refused(changed(sound, file -> file.putInt(12, 20)), "frame", "20 bytes long");
    // A bit of the table, one of each payload.
    refused(changed(sound, file -> file.put(21, (byte) (file.get(21) ^ 4))), "frame", "checksum");
    for (int at = 16 + 12 * 7 + 4; at < sound.length; at++) {
      int position = at;
      refused(
          changed(sound, file -> file.put(position, (byte) (file.get(position) ^ 1))),
          "frame",
          "checksum");
    }
  }

  @Test
  void brokenSectionTablesAreRefused() {
    byte[] sound = ModelFileFixture.write(denseModel());
    int last = 16 + 12 * 6;
    refused(resealed(sound, file -> file.putInt(last + 4, file.getInt(last + 4) - 1)), "fill");
    refused(resealed(sound, file -> file.putInt(last + 4, file.getInt(last + 4) + 1)), "within");
    refused(resealed(sound, file -> file.putInt(last + 4, -1)), "within");
    refused(resealed(sound, file -> file.put(last, (byte) 'r')), "'rPTH'");
    refused(resealed(sound, file -> file.put(last, (byte) 0xE9)), "'?PTH'");
    refused(resealed(sound, file -> file.putInt(last, file.getInt(16))), "PROV occurs twice");

    for (String tag : ModelFileFixture.sections(denseModel()).keySet()) {
      Map<String, byte[]> without = ModelFileFixture.sections(denseModel());
      without.remove(tag);
      refused(ModelFileFixture.seal(without), "frame", tag + " must be there");
    }
    for (String tag : List.of("CODE", "BOOK")) {
      Map<String, byte[]> without = ModelFileFixture.sections(codesModel());
      without.remove(tag);
      refused(ModelFileFixture.seal(without), "frame", tag + " must be there");
      Map<String, byte[]> with = ModelFileFixture.sections(denseModel());
      with.put(tag, new byte[10]);
      refused(ModelFileFixture.seal(with), "frame", "call for 7");
    }
    Map<String, byte[]> with = ModelFileFixture.sections(codesModel());
    with.put("DENS", new byte[10]);
    refused(ModelFileFixture.seal(with), "frame", "call for 8");
  }

  @Test
  void everySectionMustEndWhereItsContentDoes() {
    for (TestModel model : List.of(denseModel(), codesModel())) {
      for (String tag : ModelFileFixture.sections(model).keySet()) {
        if (tag.equals("PROV")) {
          continue; // Text of any length.
        }
        Map<String, byte[]> sections = ModelFileFixture.sections(model);
        byte[] sound = payload(sections, tag);
        sections.put(tag, Arrays.copyOf(sound, sound.length + 1));
        refused(ModelFileFixture.seal(sections), tag, "left");
        for (int length = 0; length < sound.length; length++) {
          sections.put(tag, Arrays.copyOf(sound, length));
          refused(ModelFileFixture.seal(sections), tag, "");
        }
      }
    }
  }

  @Test
  void modelBoundsAreChecked() {
    modelRefused(0, 0, 4, "item count");
    modelRefused(0, (1 << 24) + 1, 4, "item count");
    modelRefused(0, -1, 4, "item count");
    modelRefused(4, 0, 2, "dimension");
    modelRefused(4, 4097, 2, "dimension");
    modelRefused(6, 0, 1, "encoder kind");
    modelRefused(6, 3, 1, "encoder kind");
    modelRefused(7, 0, 1, "item table kind");
    modelRefused(7, 3, 1, "item table kind");
    modelRefused(8, 2, 1, "rows kind");
    modelRefused(9, 0, 2, "maximum session length");
    modelRefused(9, 1025, 2, "maximum session length");
    modelRefused(11, Float.floatToRawIntBits(Float.NaN), 4, "scale");
    modelRefused(11, Float.floatToRawIntBits(Float.NEGATIVE_INFINITY), 4, "scale");
  }

  @Test
  void largestCountsAreRefusedBeforeMemoryIsTaken() {
    refused(withModelField(0, 1 << 24, 4), "ITEM", "needs 16777216 bytes");
    refused(withModelField(4, 4096, 2), "DENS", "columns");
    refused(withModelField(9, 1024, 2), "ENCO", "columns");
    byte[] wide = new Payload().u8(3).u32(30).u32(4096).bytes();
    Map<String, byte[]> sections = ModelFileFixture.sections(denseModel());
    payload(sections, "MODL")[5] = 16;
    payload(sections, "MODL")[4] = 0;
    sections.put("DENS", wide);
    refused(ModelFileFixture.seal(sections), "DENS", "needs 123000 bytes");

    byte[] codes = new Payload().u16(64).u32(65_536).raw(new byte[64 * 30 * 2]).bytes();
    refused(sealWith(codesModel(), "CODE", codes), "BOOK", "rows");
    Map<String, byte[]> huge = ModelFileFixture.sections(codesModel());
    huge.put("CODE", codes);
    huge.put("BOOK", new Payload().u8(3).u32(64 * 65_536).u32(12).bytes());
    refused(ModelFileFixture.seal(huge), "BOOK", "needs 67108864 bytes");
  }

  @Test
  void provenanceMustBeUtf8() {
    byte[] broken = {'{', (byte) 0xC0, (byte) 0x80, '}'};
    refused(sealWith(denseModel(), "PROV", broken), "PROV", "UTF-8");
  }

  @Test
  void brokenItemIdsAreRefused() {
    refused(sealWith(denseModel(), "ITEM", ids(0).bytes()), "ITEM", "encoding");
    refused(sealWith(denseModel(), "ITEM", ids(3).raw(new byte[99]).bytes()), "ITEM", "encoding");
    // Differences 1, 0: the same number twice; and a longer way back to the first.
    refused(threeItems(ids(1).u8(2).u8(0).u8(2)), "ITEM", "'1' occurs twice");
    refused(threeItems(ids(1).u8(2).u8(2).u8(1)), "ITEM", "'1' occurs twice");
    byte[] tenContinued = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 0};
    refused(threeItems(ids(1).raw(tenContinued).u8(2).u8(2)), "ITEM", "64 bits");
    byte[] tooLarge = {-1, -1, -1, -1, -1, -1, -1, -1, -1, 2};
    refused(threeItems(ids(1).raw(tooLarge).u8(2).u8(2)), "ITEM", "64 bits");

    refused(threeItems(text("a", "b", "a")), "ITEM", "'a' occurs twice");
    refused(threeItems(text("a", "", "bb")), "ITEM", "length");
    refused(threeItems(ids(2).u8(1).u8(0xFF).u8(1).u8('b').u8(1).u8('c')), "ITEM", "UTF-8");
    // A character cut in two by the ends of ids.
    refused(threeItems(ids(2).u8(1).u8(0xC3).u8(1).u8(0xA4).u8(1).u8('c')), "ITEM", "UTF-8");
    byte[] sixBytes = {-128, -128, -128, -128, -128, 0};
    refused(threeItems(ids(2).raw(sixBytes).u8('b').u8(1).u8('c')), "ITEM", "5 bytes");
    byte[] above32Bits = {-1, -1, -1, -1, 0x1F};
    refused(threeItems(ids(2).raw(above32Bits).u8('b').u8(1).u8('c')), "ITEM", "32 bits");
    byte[] huge = {-1, -1, -1, -1, 7};
    refused(threeItems(ids(2).raw(huge).u8('b').u8(1).u8('c')), "ITEM", "bytes");
  }

  @Test
  void brokenPopularItemsAreRefused() {
    refused(sealWith(denseModel(), "POPL", new Payload().u16(31).bytes()), "POPL", "30");
    refused(sealWith(denseModel(), "POPL", popular(3, 30)), "POPL", "popular item");
    refused(sealWith(denseModel(), "POPL", popular(3, 4, 3)), "POPL", "index 3 occurs twice");
  }

  @Test
  void brokenCodesAreRefused() {
    refused(sealWith(codesModel(), "CODE", codes(0, 16, 60)), "CODE", "codebook count");
    refused(sealWith(codesModel(), "CODE", codes(65, 16, 60)), "CODE", "codebook count");
    refused(sealWith(codesModel(), "CODE", codes(4, 0, 60)), "CODE", "codeword count");
    refused(sealWith(codesModel(), "CODE", codes(4, 65_537, 60)), "CODE", "codeword count");
    refused(sealWith(codesModel(), "CODE", codes(4, 16, 59)), "CODE", "must take 60 bytes");
    refused(sealWith(codesModel(), "CODE", codes(4, 16, 61)), "CODE", "must take 60 bytes");

    TestModel model = codesModel();
    model.codewords = 9; // 4 bits a code
    model.books = Matrix.of(36, 12, new double[36 * 12]);
    for (int[] column : model.codes) {
      Arrays.fill(column, 8);
    }
    assertThat(catchThrowableOfType(ModelFileException.class, () -> open(model))).isNull();
    model.codes[3][29] = 9;
    refused(ModelFileFixture.write(model), "CODE", "below 9 but is 9");

    TestModel odd = codesModel();
    odd.codebooks = 1;
    odd.codewords = 8; // 90 bits: 6 bits of the last byte are filled
    odd.books = Matrix.of(8, 12, new double[8 * 12]);
    odd.codes = new int[][] {new int[30]};
    Map<String, byte[]> sections = ModelFileFixture.sections(odd);
    byte[] codes = payload(sections, "CODE");
    assertThat(catchThrowableOfType(ModelFileException.class, () -> open(odd))).isNull();
    codes[codes.length - 1] |= 4;
    refused(ModelFileFixture.seal(sections), "CODE", "must be 0");
  }

  @Test
  void everySectionOfVersion2MustEndWhereItsContentDoes() {
    for (TestModel model : List.of(denseModel().version2(), codesModel().version2())) {
      for (String tag : List.of("ITEM", "CODE")) {
        Map<String, byte[]> sections = ModelFileFixture.sections(model);
        if (!sections.containsKey(tag)) {
          continue;
        }
        byte[] sound = payload(sections, tag);
        sections.put(tag, Arrays.copyOf(sound, sound.length + 1));
        refused(ModelFileFixture.seal(2, sections), tag, "");
        for (int length = 0; length < sound.length; length++) {
          sections.put(tag, Arrays.copyOf(sound, length));
          refused(ModelFileFixture.seal(2, sections), tag, "");
        }
      }
    }
  }

  @Test
  void brokenAscendingDecimalIdsAreRefused() throws ModelFileException {
    refusedIds(3, ids(0).raw(new byte[99]), "encoding");
    refusedIds(3, ids(3).raw(new byte[99]), "encoding");
    // First id 5, parameter 0, then the gaps: a value of 0 is a 1 and of 2 a 001.
    opened(3, decimals(5, 0, "1001", "01" + "00" + "10"));
    refusedIds(3, decimals(5, 64, "1001", ORDER), "Rice parameter");
    refusedIds(3, decimals(5, 0, "1000", ORDER), "must go on");
    refusedIds(3, decimals(5, 0, "100100000", ORDER), "left over");
    refusedIds(3, decimals(5, 0, "10011", ORDER), "must be 0");
    refusedIds(3, decimals(5, 0, "1001", "00" + "10" + "00"), "0 occurs twice");
    refusedIds(3, decimals(5, 0, "1001", "00" + "10" + "11"), "below 3 but is 3");
    refusedIds(3, decimals(5, 0, "1001", "00" + "10" + "01" + "1"), "must be 0");
    // The last id is the largest number there is, and one more.
    opened(3, decimals(Long.MAX_VALUE - 4, 0, "1001", ORDER));
    refusedIds(3, decimals(Long.MAX_VALUE - 3, 0, "1001", ORDER), "must fit 64 bits");
    // The largest gap, all of 2^64, and a quotient with no place in 64 bits.
    String largest = "01" + "0" + "1".repeat(62);
    opened(2, decimals(Long.MIN_VALUE, 63, largest, "01"));
    String whole = "01" + "1".repeat(63);
    refusedIds(2, decimals(Long.MIN_VALUE, 63, whole, "01"), "must fit 64 bits");
    String high = "001" + "0".repeat(63);
    refusedIds(2, decimals(Long.MIN_VALUE, 63, high, "01"), "must fit 64 bits");
    refusedIds(2, decimals(-5, 62, "00001" + "0".repeat(62), "01"), "must fit 64 bits");
  }

  @Test
  void brokenAscendingTextIdsAreRefused() throws ModelFileException {
    opened(3, texts(0, "a", 1, "b", 0, "c"));
    opened(3, texts(0, "a", 1, "\u00c3\u00a4", 2, "\u00b6"));
    refusedIds(3, texts(1, "a", 1, "b", 0, "c"), "shared bytes");
    refusedIds(3, texts(0, "a", 2, "b", 0, "c"), "shared bytes");
    refusedIds(3, texts(0, "", 0, "bb", 0, "c"), "further bytes");
    refusedIds(3, texts(0, "ab", 1, "", 0, "c"), "further bytes");
    refusedIds(3, texts(0, "a", 0, "a", 0, "c"), "'a' follows 'a'");
    refusedIds(3, texts(0, "a", 0, "c", 0, "b"), "'b' follows 'c'");
    refusedIds(3, texts(0, "ab", 1, "a", 0, "c"), "'aa' follows 'ab'");
    // 0xC3 0xA4 and then 0xC3 alone or with a letter behind it.
    refusedIds(3, texts(0, "\u00c3\u00a4", 1, "z", 0, "\u00c3\u00b6"), "UTF-8");
    byte[] order = new ModelFileFixture.BitStream().word(ORDER).bytes();
    byte[] cut = {0, 1, 'a', 0, 2, (byte) 0xC3, (byte) 0xA4, 0, 1, (byte) 0xC4};
    refusedIds(3, ids(2).raw(cut).raw(order), "UTF-8");
    refusedIds(3, ids(2).raw(new byte[] {0, 1, 'a', 0, 9, 'b', 0, 1, 'c'}).raw(order), "item id");
    refusedIds(
        3, ids(2).raw(new byte[] {0, 1, 'a', 0, 1, 'b', 0, 1, 'c', 7}).raw(order), "left over");
    byte[] huge = {0, 1, 'a', 0, -1, -1, -1, -1, 0xF, 0, 1, 'c'};
    refusedIds(3, ids(2).raw(huge).raw(order), "further bytes");
  }

  @Test
  void sharedBytesTakeAtMostSixteenSections() {
    // One id of 100 bytes and then ids that share it whole: section 1 + 103 + 3 n + 12 or so.
    for (int more : new int[] {10, 40}) {
      Payload payload = ids(2).varint(0).varint(100).raw(new byte[100]);
      ModelFileFixture.BitStream order = new ModelFileFixture.BitStream();
      for (int i = 0; i < more; i++) {
        payload.varint(100 + i).u8(1).u8('a');
      }
      int width = more == 10 ? 4 : 6;
      for (int v = 0; v <= more; v++) {
        order.number(v, width);
      }
      payload.raw(order.bytes());
      TestModel model =
          TestModel.random(24, TestModel.Shape.weightedMean(TestModel.DENSE, more + 1));
      Map<String, byte[]> sections = ModelFileFixture.sections(model);
      sections.put("ITEM", payload.bytes());
      byte[] file = ModelFileFixture.seal(2, sections);
      if (more == 10) {
        assertThat(catchThrowableOfType(ModelFileException.class, () -> Recommender.open(file)))
            .isNull();
      } else {
        refused(file, "ITEM", "at most " + 16 * payload.bytes().length + " bytes");
      }
    }
  }

  @Test
  void brokenSortedCodesAreRefused() throws ModelFileException {
    // M = 2, K = 3, items (0, 2), (0, 2), (1, 0): tables D, G0, G1, C1, then the first item in
    // 2 + 2 bits, then 2 = equal, then 0 = differs in the first, gap 0, code 0.
    String fixed = "0000";
    String first = "00" + "01";
    openedCodes(fixed + first + "01" + "00" + "0" + "00");
    // A change in the second codebook: difference 1, no gap is large enough.
    refusedCodes(fixed + first + "10" + "0" + "01", "below 3 but is 3");
    refusedCodes(fixed + "11" + "01" + "01" + "00" + "0" + "00", "below 3 but is 3");
    refusedCodes(fixed + first + "11" + "00" + "0" + "00", "symbol must be below 3 but is 3");
    refusedCodes(fixed + first + "01" + "00" + "0" + "11", "symbol must be below 3 but is 3");
    refusedCodes(fixed + first + "01" + "00" + "0" + "00" + "1", "must be 0");
    refusedCodes(fixed + first + "01" + "00" + "0" + "00" + "00000000", "left over");
    refusedCodes(fixed + first, "must go on");

    // The same with a prefix code for D: equal 1 bit, first 1 bit (11), second never.
    openedCodes("1" + "1000" + "0000" + "1000" + "000" + first + "1" + "0" + "0" + "00");
    // One symbol alone has the one bit 0.
    openedCodes("1" + "0000" + "0000" + "1000" + "000" + first + "0" + "0");
    refusedCodes("1" + "0000" + "0000" + "1000" + "000" + first + "0" + "1", "has none");
    refusedCodes("1" + "0000" + "0000" + "0100" + "000" + first + "00" + "00", "complete");
    refusedCodes("1" + "0000" + "0000" + "0000" + "000" + first + "0" + "0", "complete");
    refusedCodes("1" + "1000" + "1000" + "1000" + "000" + first + "0" + "0", "complete");
    refusedCodes("1" + "1000" + "0100" + "0000" + "000" + first + "0" + "0", "complete");
    refusedCodes("1" + "1000" + "00", "must go on");

    // One codeword: all codes are 0, and nothing can differ.
    TestModel one = TestModel.random(25, TestModel.Shape.weightedMean(TestModel.CODES, 3));
    one.codebooks = 2;
    one.codewords = 1;
    one.books = Matrix.of(2, 12, new double[24]);
    one.codes = new int[2][3];
    assertThat(open(one.version2()).itemCount()).isEqualTo(3);
    Map<String, byte[]> sections = ModelFileFixture.sections(one);
    sections.put("CODE", codeBits(2, 1, "00" + "01" + "00"));
    refused(ModelFileFixture.seal(2, sections), "CODE", "one codeword");

    TestModel many = TestModel.random(26, TestModel.Shape.weightedMean(TestModel.CODES, 3));
    many.codebooks = 1;
    many.codewords = 5000;
    many.books = Matrix.of(5000, 12, new double[60_000]);
    many.codes = new int[][] {{0, 17, 4999}};
    assertThat(open(many.version2()).itemCount()).isEqualTo(3);
    sections = ModelFileFixture.sections(many);
    sections.put("CODE", codeBits(1, 5000, "0" + "1" + "0".repeat(30_000)));
    refused(ModelFileFixture.seal(2, sections), "CODE", "at most 4096 symbols");
  }

  @Test
  void sortedCodesComeBackWhateverTheirShape() throws ModelFileException {
    long seed = 27;
    Random random = new Random(seed);
    for (int round = 0; round < 300; round++) {
      int items = 1 + random.nextInt(round % 3 == 0 ? 3000 : 40);
      TestModel model = TestModel.random(27, TestModel.Shape.weightedMean(TestModel.CODES, items));
      model.codebooks = 1 + random.nextInt(round % 5 == 0 ? 64 : 6);
      int[] widest = {1, 2, 3, 4, 5, 31, 200, 256, 257, 1500, 4096, 4097, 9000};
      model.codewords = widest[random.nextInt(round % 5 == 0 ? 6 : widest.length)];
      int used = 1 + random.nextInt(model.codewords);
      model.codes = new int[model.codebooks][items];
      for (int[] column : model.codes) {
        for (int v = 0; v < items; v++) {
          // Few large codes, many small ones.
          column[v] = (int) (used * Math.pow(random.nextDouble(), 1 + round % 4));
        }
      }
      CodeReader codes = read(model.version2());
      for (int m = 0; m < model.codebooks; m++) {
        for (int v = 0; v < items; v++) {
          assertThat(codes.codes().code(m, v))
              .as("seed %d, round %d", seed, round)
              .isEqualTo(model.codes[m][v]);
        }
      }
    }
  }

  @Test
  void brokenTensorsAreRefused() {
    TestModel model = denseModel();
    for (int type : new int[] {0, 5, 255}) {
      byte[] payload = tensorHead(type, 30, 12).raw(new byte[30 * 12 * 4]).bytes();
      refused(sealWith(model, "DENS", payload), "DENS", "type");
    }
    byte[] numbers = new byte[30 * 12 * 4];
    refused(sealWith(model, "DENS", tensorHead(1, 29, 12).raw(numbers).bytes()), "DENS", "rows");
    refused(sealWith(model, "DENS", tensorHead(1, 12, 30).raw(numbers).bytes()), "DENS", "rows");
    refused(sealWith(model, "DENS", tensorHead(1, 30, -1).raw(numbers).bytes()), "DENS", "columns");
    for (float value : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      byte[] broken =
          ByteBuffer.wrap(numbers.clone())
              .order(ByteOrder.LITTLE_ENDIAN)
              .putFloat(4 * 359, value)
              .array();
      refused(sealWith(model, "DENS", tensorHead(1, 30, 12).raw(broken).bytes()), "DENS", "finite");
    }
    for (int half : new int[] {0x7C00, 0xFC00, 0x7E00}) {
      byte[] payload = tensorHead(2, 30, 12).raw(new byte[359 * 2]).u16(half).bytes();
      refused(sealWith(model, "DENS", payload), "DENS", "finite");
    }
    Payload scales = tensorHead(3, 30, 12).raw(new byte[29 * 4]).f32(Float.NaN);
    refused(sealWith(model, "DENS", scales.raw(new byte[360]).bytes()), "DENS", "finite");
    // Finite scale, infinite product.
    Payload large = tensorHead(3, 30, 12).raw(new byte[29 * 4]).f32(Float.MAX_VALUE);
    byte[] bytes = new byte[360];
    bytes[359] = -2;
    refused(sealWith(model, "DENS", large.raw(bytes).bytes()), "DENS", "finite");
  }

  @Test
  void brokenHalfBytesAreRefused() {
    TestModel even = denseModel();
    Payload scales = tensorHead(4, 30, 12).raw(new byte[29 * 4]).f32(Float.NaN);
    refused(sealWith(even, "DENS", scales.raw(new byte[180]).bytes()), "DENS", "finite");
    Payload cut = tensorHead(4, 30, 12).raw(new byte[30 * 4]).raw(new byte[179]);
    refused(sealWith(even, "DENS", cut.bytes()), "DENS", "");
    TestModel odd =
        TestModel.random(
            5,
            new TestModel.Shape(
                TestModel.WEIGHTED_MEAN,
                TestModel.DENSE,
                false,
                Matrix.Type.INT4,
                3,
                3,
                4,
                1,
                1,
                1,
                TestModel.TEXT_IDS));
    Payload trailing = tensorHead(4, 3, 3).raw(new byte[12]).raw(new byte[] {0, 0, 0, 0, 0x10});
    refused(sealWith(odd, "DENS", trailing.bytes()), "DENS", "zero half byte");
  }

  @Test
  void brokenEncodersAreRefused() {
    for (int heads : new int[] {0, 5, 13, 24}) {
      TestModel model = codesModel();
      model.heads = heads;
      refused(ModelFileFixture.write(model), "ENCO", "head count");
    }
    for (int occurrences : new int[] {0, 65}) {
      TestModel model = denseModel();
      double[] weights = new double[occurrences];
      model.encoderTensors.set(1, Matrix.of(1, occurrences, weights));
      refused(ModelFileFixture.write(model), "ENCO", "occurrence weights columns");
    }
    int tensors = codesModel().encoderTensors.size();
    for (int i = 0; i < tensors; i++) {
      TestModel model = codesModel();
      Matrix tensor = model.encoderTensors.get(i);
      int rows = tensor.rows() + 1;
      model.encoderTensors.set(i, Matrix.of(rows, 12, new double[rows * 12]));
      refused(ModelFileFixture.write(model), "ENCO", "rows");
      model.encoderTensors.set(i, Matrix.of(tensor.rows(), 11, new double[tensor.rows() * 11]));
      refused(ModelFileFixture.write(model), "ENCO", "columns");
    }
  }

  @Test
  void brokenRepeatHeadsAreRefused() {
    repeatRefused(model -> model.similarityWeight = Float.NaN, "similarity weight");
    repeatRefused(model -> model.countBucket[6] = 3, "count bucket");
    repeatRefused(model -> model.ageBucket[0] = 4, "age bucket");
    repeatRefused(model -> model.countAge = Matrix.of(0, 4), "count buckets");
    repeatRefused(model -> model.countAge = Matrix.of(65, 1, new double[65]), "count buckets");
    repeatRefused(model -> model.countAge = Matrix.of(1, 65, new double[65]), "age buckets");
    repeatRefused(model -> model.age = Matrix.of(1, 6, new double[6]), "age columns");
    repeatRefused(model -> model.count = Matrix.of(2, 7, new double[14]), "count rows");
    repeatRefused(model -> model.distinct = Matrix.of(1, 8, new double[8]), "distinct columns");
    repeatRefused(model -> model.length = Matrix.of(7, 1, new double[7]), "length rows");
  }

  @Test
  void streamsAreReadToTheirEnd() throws IOException {
    byte[] sound = ModelFileFixture.write(codesModel());
    assertThat(Recommender.open(new ByteArrayInputStream(sound)).itemCount()).isEqualTo(30);
    assertThat(Recommender.open(new Drop(sound)).itemCount()).isEqualTo(30);
    for (int length : new int[] {0, 5, 16, 17, 200, sound.length - 1, sound.length + 1}) {
      assertThatThrownBy(() -> Recommender.open(new Drop(Arrays.copyOf(sound, length))))
          .as("length %d", length)
          .isInstanceOf(ModelFileException.class);
    }
    // A short stream that claims two gigabytes costs next to nothing.
    byte[] liar = changed(sound, file -> file.putInt(12, Integer.MAX_VALUE - 8));
    assertThatThrownBy(() -> Recommender.open(new ByteArrayInputStream(liar)))
        .isInstanceOf(ModelFileException.class)
        .hasMessageContaining("ends here");
    for (int claim = 0; claim < 16; claim++) {
      int claimed = claim;
      byte[] tiny = changed(sound, file -> file.putInt(12, claimed));
      assertThatThrownBy(() -> Recommender.open(new ByteArrayInputStream(tiny)))
          .isInstanceOf(ModelFileException.class);
      assertThatThrownBy(() -> Recommender.open(Arrays.copyOf(tiny, 16)))
          .isInstanceOf(ModelFileException.class);
    }
    IOException broken = new IOException("cable");
    assertThatThrownBy(
            () ->
                Recommender.open(
                    new InputStream() {
                      @Override
                      public int read() throws IOException {
                        throw broken;
                      }

                      @Override
                      public int read(byte[] target, int offset, int length) throws IOException {
                        throw broken;
                      }
                    }))
        .isSameAs(broken);
  }

  @Test
  void aComplaintNamesSectionPlaceRuleValueAndWayOut() {
    TestModel model = denseModel();
    byte[] file = ModelFileFixture.write(model);
    int offset = 16 + 12 * 7 + 4 + payload(ModelFileFixture.sections(model), "PROV").length;
    byte[] broken = resealed(file, bytes -> bytes.put(offset + 8, (byte) 2));
    ModelFileException complaint =
        catchThrowableOfType(ModelFileException.class, () -> Recommender.open(broken));
    assertThat(complaint.section()).isEqualTo("MODL");
    assertThat(complaint.offset()).isEqualTo(offset + 9);
    assertThat(complaint)
        .hasMessage(
            "model file, MODL, byte "
                + (offset + 9)
                + ": rows kind must lie between 0 and 1 but is 2. The file is damaged or was"
                + " written by another version: copy or export it again");
  }

  private static TestModel denseModel() {
    return TestModel.random(21, TestModel.Shape.weightedMean(TestModel.DENSE, 30));
  }

  private static TestModel codesModel() {
    return TestModel.random(22, TestModel.Shape.selfAttention(TestModel.CODES, 30));
  }

  private static Recommender open(TestModel model) throws ModelFileException {
    return Recommender.open(ModelFileFixture.write(model));
  }

  private static byte[] payload(Map<String, byte[]> sections, String tag) {
    return requireNonNull(sections.get(tag), tag);
  }

  private static byte[] sealWith(TestModel model, String tag, byte[] payload) {
    Map<String, byte[]> sections = ModelFileFixture.sections(model);
    sections.put(tag, payload);
    return ModelFileFixture.seal(sections);
  }

  private static Payload ids(int encoding) {
    return new Payload().u8(encoding);
  }

  private static Payload text(String... ids) {
    Payload payload = ids(2);
    for (String id : ids) {
      payload.u8(id.length());
      payload.raw(id.getBytes(StandardCharsets.UTF_8));
    }
    return payload;
  }

  private static byte[] threeItems(Payload ids) {
    TestModel model = TestModel.random(23, TestModel.Shape.weightedMean(TestModel.DENSE, 3));
    return sealWith(model, "ITEM", ids.bytes());
  }

  private static byte[] codeBits(int codebooks, int codewords, String bits) {
    byte[] stream = new ModelFileFixture.BitStream().word(bits).bytes();
    return new Payload().u16(codebooks).u32(codewords).raw(stream).bytes();
  }

  /** Reads the codes alone. */
  private static CodeReader read(TestModel model) throws ModelFileException {
    byte[] section = ModelFileFixture.sortedCodes(model);
    return CodeReader.read(
        new ByteReader(section, 6, section.length, "CODE"),
        2,
        model.itemCount,
        model.codebooks,
        model.codewords);
  }

  /** Three items of 2 codebooks of 3 codewords, with the bits behind the counts given. */
  private static byte[] sortedCodes(String bits) {
    TestModel model = TestModel.random(25, TestModel.Shape.weightedMean(TestModel.CODES, 3));
    Map<String, byte[]> sections = ModelFileFixture.sections(model);
    sections.put("ITEM", decimals(5, 0, "1001", ORDER).bytes());
    sections.put("CODE", codeBits(2, 3, bits));
    sections.put("BOOK", tensorHead(1, 6, 12).raw(new byte[6 * 12 * 4]).bytes());
    return ModelFileFixture.seal(2, sections);
  }

  private static void openedCodes(String bits) throws ModelFileException {
    assertThat(Recommender.open(sortedCodes(bits)).itemCount()).isEqualTo(3);
  }

  private static void refusedCodes(String bits, String what) {
    refused(sortedCodes(bits), "CODE", what);
  }

  /** Decimal ids of version 2; gaps and item indices as the bits of the streams. */
  private static Payload decimals(long first, int parameter, String gaps, String order) {
    return ids(1)
        .u32(first)
        .u32(first >> 32)
        .u8(parameter)
        .raw(new ModelFileFixture.BitStream().word(gaps).bytes())
        .raw(new ModelFileFixture.BitStream().word(order).bytes());
  }

  /** Three pairs: bytes shared, further bytes as letters of one byte each. */
  private static Payload texts(Object... sharedAndFurther) {
    Payload payload = ids(2);
    for (int i = 0; i < 6; i += 2) {
      byte[] further = ((String) sharedAndFurther[i + 1]).getBytes(StandardCharsets.ISO_8859_1);
      payload.varint((Integer) sharedAndFurther[i]).varint(further.length).raw(further);
    }
    return payload.raw(new ModelFileFixture.BitStream().word(ORDER).bytes());
  }

  private static byte[] withIds(int items, Payload ids) {
    TestModel model = TestModel.random(23, TestModel.Shape.weightedMean(TestModel.DENSE, items));
    Map<String, byte[]> sections = ModelFileFixture.sections(model);
    sections.put("ITEM", ids.bytes());
    return ModelFileFixture.seal(2, sections);
  }

  private static void opened(int items, Payload ids) throws ModelFileException {
    assertThat(Recommender.open(withIds(items, ids)).itemCount()).isEqualTo(items);
  }

  private static void refusedIds(int items, Payload ids, String what) {
    refused(withIds(items, ids), "ITEM", what);
  }

  private static byte[] popular(int... items) {
    Payload payload = new Payload().u16(items.length);
    for (int item : items) {
      payload.varint(item);
    }
    return payload.bytes();
  }

  private static byte[] codes(int codebooks, int codewords, int bytes) {
    return new Payload().u16(codebooks).u32(codewords).raw(new byte[bytes]).bytes();
  }

  private static Payload tensorHead(int type, int rows, int columns) {
    return new Payload().u8(type).u32(rows).u32(columns);
  }

  private static void modelRefused(int offset, int value, int width, String what) {
    refused(withModelField(offset, value, width), "MODL", what);
  }

  /** The dense model with some bytes of its MODL section replaced. */
  private static byte[] withModelField(int offset, int value, int width) {
    return withModelField(1, denseModel(), offset, value, width);
  }

  private static byte[] withModelField(
      int version, TestModel model, int offset, int value, int width) {
    Map<String, byte[]> sections = ModelFileFixture.sections(model);
    byte[] payload = payload(sections, "MODL");
    for (int i = 0; i < width; i++) {
      payload[offset + i] = (byte) (value >> (8 * i));
    }
    return ModelFileFixture.seal(version, sections);
  }

  private static void repeatRefused(Consumer<TestModel> damage, String what) {
    TestModel model = denseModel();
    damage.accept(model);
    refused(ModelFileFixture.write(model), "RPTH", what);
  }

  private static byte[] changed(byte[] file, Consumer<ByteBuffer> change) {
    byte[] copy = file.clone();
    change.accept(ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN));
    return copy;
  }

  private static byte[] resealed(byte[] file, Consumer<ByteBuffer> change) {
    return ModelFileFixture.reseal(changed(file, change));
  }

  private static void refused(byte[] file, String what) {
    refused(file, "frame", what);
  }

  private static void refused(byte[] file, String section, String what) {
    ModelFileException complaint =
        catchThrowableOfType(ModelFileException.class, () -> Recommender.open(file));
    assertThat(complaint).as("%s: %s", section, what).isNotNull();
    assertThat(complaint.section()).as(complaint.getMessage()).isEqualTo(section);
    assertThat(complaint).hasMessageContaining(what);
    assertThat(complaint.offset()).isBetween(0L, (long) file.length);
  }

  /** A stream that hands out one byte at a time. */
  private static final class Drop extends InputStream {
    private final byte[] bytes;
    private int next;

    Drop(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public int read() {
      return next < bytes.length ? bytes[next++] & 0xFF : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) {
      int value = read();
      if (value < 0) {
        return -1;
      }
      target[offset] = (byte) value;
      return 1;
    }
  }
}
