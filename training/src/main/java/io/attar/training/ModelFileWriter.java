package io.attar.training;

import io.attar.data.Items;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.bytedeco.pytorch.Tensor;

/**
 * Writes a model as a file of version 3, or of a later one where the item table is new in it; the
 * format is specified in {@code docs/format.md}. The file's item indices need not be the trainer's:
 * items go by their ids. What it writes is what the model computes with: an encoder's matrices must
 * have gone through {@link Quantised#roundTrip} before, and so must biases.
 */
final class ModelFileWriter {
  private static final byte[] MAGIC = {(byte) 0x89, 'A', 'T', 'T', 'A', 'R', '\r', '\n'};
  private static final int VERSION = 3;
  private static final int FACTORED_VERSION = 4;

  /** The last kind of item table that version 3 knows. */
  private static final int LAST_KIND_OF_3 = 3;

  /** Bits of the matrices of a student's encoder. */
  static final int ENCODER_BITS = 8;

  /** Bits of a student's biases. */
  static final int BIAS_BITS = 8;

  private final Map<String, byte[]> sections = new LinkedHashMap<>();

  /** A file without sections yet. */
  ModelFileWriter() {}

  /** Adds a section. */
  void put(String tag, byte[] payload) {
    sections.put(tag, payload);
  }

  /**
   * Adds the item ids and the popular items.
   *
   * @param order (V) the trainer's item index by the file's
   * @param popular the trainer's item indices, most popular first
   */
  void putItems(int[] order, Items ids, int[] popular) {
    int[] places = new int[order.length]; // (V) the file's item index by the trainer's
    List<String> ordered = new ArrayList<>();
    for (int v : order) {
      places[v] = ordered.size();
      ordered.add(ids.id(v));
    }
    sections.put("ITEM", ItemIdWriter.write(ordered));
    Payload popularity = new Payload().u16(popular.length);
    for (int item : popular) {
      popularity.varint(places[item]);
    }
    sections.put("POPL", popularity.bytes());
  }

  /**
   * The bytes of the model file.
   *
   * @param ids the catalogue's ids are the first V of these
   * @param popular the trainer's item indices, most popular first
   * @param provenance JSON
   */
  static byte[] write(
      SessionModel model,
      RepeatCalibration.Result calibrated,
      int window,
      Items ids,
      int[] popular,
      String provenance) {
    ModelFileWriter writer = new ModelFileWriter();
    ItemTable table = model.table();
    boolean compositional = table instanceof CompositionalItemTable;
    boolean attention = model.encoder() instanceof SelfAttentionEncoder;
    if (table instanceof FactoredItemTable && !model.unitRows()) {
      throw new IllegalArgumentException(
          "a table of blocks or cores ships for a model that divides rows by their length only");
    }
    writer.sections.put("PROV", provenance.getBytes(StandardCharsets.UTF_8));
    writer.sections.put(
        "MODL",
        new Payload()
            .u32(table.size())
            .u16(table.dimension())
            .u8(attention ? 2 : 1)
            .u8(kind(table))
            // The dense table ships its rows divided already.
            .u8((compositional || table instanceof FactoredItemTable) && model.unitRows() ? 1 : 0)
            .u16(window)
            .f32((float) (model.scale() * calibrated.temperature()))
            .bytes());
    int[] order = order(table);
    writer.putItems(order, ids, popular);
    if (table instanceof CompositionalItemTable codeTable) {
      Codes codes = codeTable.codes();
      boolean small = !codeTable.unrounded();
      writer.sections.put("CODE", CodeWriter.write(codes, CodeWriter.order(codes)));
      Payload codebooks = new Payload();
      writer.sections.put(
          "BOOK",
          (small
                  ? codebooks.smallTensor(codeTable.quantised())
                  : codebooks.floatTensor(codeTable.codebooks()))
              .bytes());
      Tensor denseRows = codeTable.denseRows();
      if (denseRows != null) {
        Payload rows = new Payload();
        writer.sections.put(
            "DENS",
            (small
                    ? rows.smallTensor(Quantised.of(denseRows, CompositionalItemTable.DENSE_BITS))
                    : rows.floatTensor(denseRows))
                .bytes());
      }
    } else if (table instanceof FactoredItemTable factored) {
      writer.sections.put("DENS", factored.section());
    } else {
      writer.sections.put("DENS", new Payload().floatTensor(model.allUsedRows()).bytes());
    }
    Tensor itemBias = model.itemBias();
    if (itemBias != null) {
      writer.sections.put(
          "BIAS",
          biases(Tensors.floats(itemBias), order, calibrated.temperature(), roundsEncoder(model)));
    }
    writer.sections.put("ENCO", encoder(model.encoder(), roundsEncoder(model)));
    RepeatNetwork network = calibrated.network();
    if (network == null) {
      writer.sections.put("RPTH", repeatHead(calibrated.head(), window));
    } else {
      writer.sections.put("RNET", repeatNetwork(network, window));
    }
    return writer.assemble(kind(table) > LAST_KIND_OF_3 ? FACTORED_VERSION : VERSION);
  }

  private static int kind(ItemTable table) {
    if (table instanceof FactoredItemTable factored) {
      return factored.fileKind();
    }
    if (!(table instanceof CompositionalItemTable codeTable)) {
      return 1;
    }
    return codeTable.product() ? 3 : 2;
  }

  /** (V) the trainer's item index by the file's. */
  private static int[] order(ItemTable table) {
    if (table instanceof FactoredItemTable factored) {
      return factored.order();
    }
    if (!(table instanceof CompositionalItemTable codeTable)) {
      return IntStream.range(0, table.size()).toArray();
    }
    int[] coded = codeTable.codedItems();
    IntStream sorted = Arrays.stream(CodeWriter.order(codeTable.codes())).map(i -> coded[i]);
    return IntStream.concat(sorted, Arrays.stream(codeTable.denseItems())).toArray();
  }

  /** The biases in the file's order; the temperature acts on them as on the rest of a score. */
  private static byte[] biases(float[] values, int[] order, double temperature, boolean small) {
    float[] ordered = new float[order.length];
    for (int i = 0; i < order.length; i++) {
      ordered[i] = (float) (values[order[i]] * temperature);
    }
    Payload payload = new Payload();
    return (small
            ? payload.smallTensor(Quantised.of(ordered, 1, ordered.length, BIAS_BITS))
            : payload.floatRow(ordered))
        .bytes();
  }

  /**
   * Whether the encoder's matrices and the biases ship as small integers: a student's, unless told
   * otherwise.
   */
  static boolean roundsEncoder(SessionModel model) {
    return model.table() instanceof FactoredItemTable factored
        ? factored.bits() != Quantised.UNROUNDED
        : model.table() instanceof CompositionalItemTable codeTable && !codeTable.unrounded();
  }

  /**
   * The ENCO section.
   *
   * @param small whether matrices are rounded to {@link #ENCODER_BITS}
   */
  static byte[] encoder(SessionEncoder encoder, boolean small) {
    Payload payload = new Payload();
    if (encoder instanceof WeightedMeanEncoder mean) {
      payload.floatRow(mean.ageWeights()).floatRow(mean.occurrenceWeights());
    } else if (encoder instanceof SelfAttentionEncoder attention) {
      payload.u16(attention.heads());
      for (Parameter parameter : attention.parameters()) {
        if (small && Quantised.isMatrix(parameter)) {
          payload.smallTensor(Quantised.of(parameter.value(), ENCODER_BITS));
        } else {
          payload.floatTensor(parameter.value());
        }
      }
    } else {
      throw new IllegalArgumentException(
          "the encoder " + encoder.name() + " has no place in the model file yet");
    }
    return payload.bytes();
  }

  private static byte[] repeatHead(RepeatHead head, int window) {
    Payload payload =
        new Payload()
            .f32(head.similarity())
            .u8(RepeatFeatures.COUNT_BUCKETS)
            .u8(RepeatFeatures.AGE_BUCKETS);
    for (int count = 1; count <= window; count++) {
      payload.u8(RepeatFeatures.countBucket(count));
    }
    for (int age = 0; age < window; age++) {
      payload.u8(RepeatFeatures.ageBucket(age));
    }
    return payload
        .floats(head.countAge(), RepeatFeatures.COUNT_BUCKETS, RepeatFeatures.AGE_BUCKETS)
        .floatRow(head.age())
        .floatRow(head.count())
        .floatRow(head.distinct())
        .floatRow(head.length())
        .bytes();
  }

  private static byte[] repeatNetwork(RepeatNetwork network, int window) {
    return new Payload()
        .u8(RepeatNetworkInputs.RANKS)
        .u8(network.hidden())
        .u8(RepeatNetworkInputs.INPUTS)
        .floats(network.weights(), network.hidden() + 1, RepeatNetworkInputs.INPUTS)
        .floatRow(network.outputs())
        .floatRow(RepeatNetworkInputs.logarithms(window))
        .bytes();
  }

  /** The whole file. */
  byte[] assemble(int version) {
    int start = MAGIC.length + 8 + 12 * sections.size() + 4;
    long length = start;
    for (byte[] payload : sections.values()) {
      length += payload.length;
    }
    byte[] bytes = new byte[Math.toIntExact(length)];
    ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).put(MAGIC);
    file.putShort((short) version).putShort((short) sections.size()).putInt((int) length);
    for (Map.Entry<String, byte[]> section : sections.entrySet()) {
      CRC32 checksum = new CRC32();
      checksum.update(section.getValue());
      file.put(section.getKey().getBytes(StandardCharsets.US_ASCII));
      file.putInt(section.getValue().length).putInt((int) checksum.getValue());
    }
    CRC32 checksum = new CRC32();
    checksum.update(bytes, 0, file.position());
    file.putInt((int) checksum.getValue());
    sections.values().forEach(file::put);
    return bytes;
  }

  /** Little-endian numbers one after another. */
  static final class Payload {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    byte[] bytes() {
      return out.toByteArray();
    }

    Payload u8(int value) {
      out.write(value);
      return this;
    }

    Payload u16(int value) {
      return u8(value & 0xff).u8((value >>> 8) & 0xff);
    }

    Payload u32(int value) {
      return u16(value & 0xffff).u16(value >>> 16);
    }

    Payload u64(long value) {
      return u32((int) value).u32((int) (value >>> 32));
    }

    Payload f32(float value) {
      return u32(Float.floatToIntBits(value));
    }

    Payload varint(long value) {
      long rest = value;
      while ((rest & ~0x7fL) != 0) {
        out.write((int) ((rest & 0x7f) | 0x80));
        rest >>>= 7;
      }
      out.write((int) rest);
      return this;
    }

    Payload raw(byte[] bytes) {
      out.write(bytes, 0, bytes.length);
      return this;
    }

    Payload floatRow(float[] values) {
      return floats(values, 1, values.length);
    }

    Payload floats(float[] values, int rows, int columns) {
      u8(1).u32(rows).u32(columns);
      for (float value : values) {
        f32(value);
      }
      return this;
    }

    Payload floatTensor(Tensor tensor) {
      return floats(Tensors.floats(tensor), (int) tensor.size(0), (int) tensor.size(1));
    }

    Payload smallTensor(Quantised quantised) {
      int rows = quantised.scales().length;
      int columns = quantised.integers().length / rows;
      u8(quantised.bits() == 8 ? 3 : 4).u32(rows).u32(columns);
      for (float scale : quantised.scales()) {
        f32(scale);
      }
      byte[] integers = quantised.integers();
      if (quantised.bits() == 8) {
        return raw(integers);
      }
      byte[] pairs = new byte[(integers.length + 1) / 2];
      for (int i = 0; i < integers.length; i++) {
        pairs[i / 2] |= (byte) ((integers[i] & 0xf) << (4 * (i % 2)));
      }
      return raw(pairs);
    }
  }
}
