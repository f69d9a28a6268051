package io.attar.runtime;

import static java.util.Objects.requireNonNull;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * Writes model files straight from {@code docs/format.md}, sharing nothing with the reader. Little
 * is checked: broken files are wanted too.
 */
final class ModelFileFixture {
  static final byte[] MAGIC = {(byte) 0x89, 0x41, 0x54, 0x54, 0x41, 0x52, 0x0D, 0x0A};

  private ModelFileFixture() {}

  /** The file of a model. */
  static byte[] write(TestModel model) {
    return seal(model.version, sections(model));
  }

  /** The payloads of a model, by tag, in file order. */
  static Map<String, byte[]> sections(TestModel model) {
    Map<String, byte[]> sections = new LinkedHashMap<>();
    sections.put("PROV", model.provenance.getBytes(StandardCharsets.UTF_8));
    sections.put("MODL", model(model));
    sections.put("ITEM", model.version == 1 ? ids(model) : ascendingIds(model));
    Payload popular = new Payload().u16(model.popular.length);
    for (int item : model.popular) {
      popular.varint(item);
    }
    sections.put("POPL", popular.bytes());
    if (model.table == TestModel.DENSE) {
      sections.put("DENS", new Payload().tensor(model.dense).bytes());
    } else if (model.table == TestModel.BLOCKS) {
      sections.put("DENS", blocks(model).bytes());
    } else if (model.table == TestModel.NEIGHBOURS) {
      sections.put("DENS", neighbours(model).bytes());
    } else if (model.table == TestModel.TENSOR_TRAIN) {
      sections.put("DENS", cores(model).bytes());
    } else {
      sections.put("CODE", model.version == 1 ? codes(model) : sortedCodes(model));
      sections.put("BOOK", new Payload().tensor(model.books).bytes());
      if (model.dense.rows() > 0) {
        sections.put("DENS", new Payload().tensor(model.dense).bytes());
      }
    }
    if (model.bias.rows() > 0) {
      sections.put("BIAS", new Payload().tensor(model.bias).bytes());
    }
    Payload encoder = new Payload();
    if (model.encoder == TestModel.SELF_ATTENTION) {
      encoder.u16(model.heads);
    }
    for (Matrix tensor : model.encoderTensors) {
      encoder.tensor(tensor);
    }
    sections.put("ENCO", encoder.bytes());
    if (model.ranks > 0) {
      sections.put("RNET", repeatNetwork(model));
    } else {
      sections.put("RPTH", repeatHead(model));
    }
    return sections;
  }

  /** Frames the payloads of a file of version 1. */
  static byte[] seal(Map<String, byte[]> sections) {
    return seal(1, sections);
  }

  /** Frames payloads: header, section table, checksums. */
  static byte[] seal(int version, Map<String, byte[]> sections) {
    int start = 16 + 12 * sections.size() + 4;
    int total = start;
    for (byte[] payload : sections.values()) {
      total += payload.length;
    }
    ByteBuffer file = ByteBuffer.allocate(total).order(ByteOrder.LITTLE_ENDIAN);
    file.put(MAGIC).putShort((short) version).putShort((short) sections.size()).putInt(total);
    for (Map.Entry<String, byte[]> section : sections.entrySet()) {
      byte[] payload = section.getValue();
      file.put(section.getKey().getBytes(StandardCharsets.US_ASCII)).putInt(payload.length);
      file.putInt(crc(payload, 0, payload.length));
    }
    file.putInt(crc(file.array(), 0, start - 4));
    for (byte[] payload : sections.values()) {
      file.put(payload);
    }
    return file.array();
  }

  /**
   * Makes the length and all checksums of a damaged file right again, as far as its section table
   * still makes sense, so that the damage reaches the code behind the checksums.
   */
  static byte[] reseal(byte[] damaged) {
    byte[] bytes = damaged.clone();
    if (bytes.length < 20) {
      return bytes;
    }
    ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    file.putInt(12, bytes.length);
    int count = file.getShort(10) & 0xFFFF;
    long next = 16 + 12L * count + 4;
    if (next > bytes.length) {
      return bytes;
    }
    int headerEnd = (int) next - 4;
    for (int i = 0; i < count; i++) {
      long length = file.getInt(16 + 12 * i + 4) & 0xFFFFFFFFL;
      if (next + length > bytes.length) {
        break;
      }
      file.putInt(16 + 12 * i + 8, crc(bytes, (int) next, (int) length));
      next += length;
    }
    file.putInt(headerEnd, crc(bytes, 0, headerEnd));
    return bytes;
  }

  static Payload blocks(TestModel model) {
    Payload payload = new Payload();
    for (int b = 0; b < model.blocks.size(); b++) {
      payload.u32(model.blockItems.get(b)).tensor(model.blocks.get(b));
      if (model.projections.get(b).rows() > 0) {
        payload.tensor(model.projections.get(b));
      }
    }
    return payload;
  }

  static Payload neighbours(TestModel model) {
    Payload payload = new Payload();
    for (int[] list : model.neighbours) {
      payload.varint(list.length);
    }
    for (int[] list : model.neighbours) {
      int next = 0;
      for (int neighbour : list) {
        payload.varint(neighbour - next);
        next = neighbour + 1;
      }
    }
    return payload.tensor(model.neighbourWeights);
  }

  static Payload cores(TestModel model) {
    Payload payload = new Payload().u8(model.cores.size()).u16(model.interleave);
    for (int k = 0; k < model.cores.size(); k++) {
      if (k < model.coreRanks.length) {
        payload.u16(model.coreRanks[k]);
      }
      payload.tensor(model.cores.get(k));
    }
    return payload;
  }

  private static byte[] model(TestModel model) {
    return new Payload()
        .u32(model.itemCount)
        .u16(model.dimension)
        .u8(model.encoder)
        .u8(model.table)
        .u8(model.unitRows ? 1 : 0)
        .u16(model.maximumSessionLength)
        .f32(model.scale)
        .bytes();
  }

  private static byte[] ids(TestModel model) {
    Payload payload = new Payload().u8(model.idEncoding);
    long previous = 0;
    for (String id : model.ids) {
      if (model.idEncoding == TestModel.DECIMAL_IDS) {
        long number = Long.parseLong(id);
        long difference = number - previous;
        payload.varint((difference << 1) ^ (difference >> 63));
        previous = number;
      } else {
        byte[] text = id.getBytes(StandardCharsets.UTF_8);
        payload.varint(text.length).raw(text);
      }
    }
    return payload.bytes();
  }

  private static byte[] codes(TestModel model) {
    int bits = 1;
    while (1 << bits < model.codewords) {
      bits++;
    }
    byte[] stream = new byte[(model.codebooks * model.itemCount * bits + 7) / 8];
    int position = 0;
    for (int[] column : model.codes) {
      for (int code : column) {
        for (int bit = 0; bit < bits; bit++, position++) {
          stream[position / 8] |= (byte) ((code >> bit & 1) << position % 8);
        }
      }
    }
    return new Payload().u16(model.codebooks).u32(model.codewords).raw(stream).bytes();
  }

  /** Since version 2: the ids in ascending order, then their item indices. */
  private static byte[] ascendingIds(TestModel model) {
    List<Integer> order = new ArrayList<>();
    for (int v = 0; v < model.itemCount; v++) {
      order.add(v);
    }
    Payload payload = new Payload().u8(model.idEncoding);
    if (model.idEncoding == TestModel.DECIMAL_IDS) {
      order.sort(Comparator.comparing(v -> Long.valueOf(model.ids.get(v))));
      decimalIds(payload, order.stream().map(v -> new BigInteger(model.ids.get(v))).toList());
    } else {
      order.sort((a, b) -> Arrays.compareUnsigned(utf8(model.ids.get(a)), utf8(model.ids.get(b))));
      byte[] before = {};
      for (int v : order) {
        byte[] id = utf8(model.ids.get(v));
        int same = Arrays.mismatch(before, id);
        // Ids of odd indices share less than they could: a reader must not mind.
        int shared = v % 2 == 0 ? same : same / 2;
        payload.varint(shared).varint(id.length - shared);
        payload.raw(Arrays.copyOfRange(id, shared, id.length));
        before = id;
      }
    }
    BitStream indices = new BitStream();
    for (int v : order) {
      indices.number(v, width(model.itemCount));
    }
    return payload.raw(indices.bytes()).bytes();
  }

  private static void decimalIds(Payload payload, List<BigInteger> ids) {
    // The least parameter that keeps the quotients below 32.
    int parameter = 0;
    for (int i = 1; i < ids.size(); i++) {
      BigInteger gap = ids.get(i).subtract(ids.get(i - 1));
      while (gap.shiftRight(parameter).bitLength() > 5) {
        parameter++;
      }
    }
    BitStream gaps = new BitStream();
    for (int i = 1; i < ids.size(); i++) {
      BigInteger value = ids.get(i).subtract(ids.get(i - 1)).subtract(BigInteger.ONE);
      for (int zeros = value.shiftRight(parameter).intValue(); zeros > 0; zeros--) {
        gaps.bit(0);
      }
      gaps.bit(1);
      for (int bit = 0; bit < parameter; bit++) {
        gaps.bit(value.testBit(bit) ? 1 : 0);
      }
    }
    long first = ids.get(0).longValueExact();
    payload.u32(first).u32(first >> 32).u8(parameter).raw(gaps.bytes());
  }

  /** Since version 2: tables, then every item as its difference to the one before. */
  static byte[] sortedCodes(TestModel model) {
    int books = model.codebooks;
    // Kinds of table in file order: the difference, the gaps, the codes behind a gap.
    int kinds = 1 + (model.codewords > 1 ? books : 0) + books - 1;
    List<List<Integer>> met = new ArrayList<>(); // (kinds) symbols in the order of the items
    for (int kind = 0; kind < kinds; kind++) {
      met.add(new ArrayList<>());
    }
    List<int[]> events = new ArrayList<>(); // (kind, symbol)
    for (int v = 1; v < model.codedItems(); v++) {
      int first = 0;
      while (first < books && model.codes[first][v] == model.codes[first][v - 1]) {
        first++;
      }
      events.add(new int[] {0, first});
      for (int m = first; m < books; m++) {
        events.add(
            m == first
                ? new int[] {1 + m, model.codes[m][v] - model.codes[m][v - 1] - 1}
                : new int[] {kinds - books + m, model.codes[m][v]});
      }
    }
    for (int[] event : events) {
      met.get(event[0]).add(event[1]);
    }
    BitStream stream = new BitStream();
    List<Map<Integer, String>> words = new ArrayList<>();
    for (int kind = 0; kind < kinds; kind++) {
      int symbols =
          kind == 0 ? books + 1 : kind > kinds - books ? model.codewords : model.codewords - 1;
      words.add(table(stream, met.get(kind), symbols, kind % 3 != 2 && symbols <= 4096));
    }
    for (int[] column : model.codes) {
      stream.number(column[0], width(model.codewords));
    }
    for (int[] event : events) {
      stream.word(requireNonNull(words.get(event[0]).get(event[1])));
    }
    return new Payload().u16(books).u32(model.codewords).raw(stream.bytes()).bytes();
  }

  /** Writes a table and returns the bits of each symbol, as they come in the stream. */
  private static Map<Integer, String> table(
      BitStream stream, List<Integer> met, int symbols, boolean prefixCode) {
    Map<Integer, String> words = new LinkedHashMap<>();
    // The lengths below suit at most 1,000 symbols.
    if (!prefixCode || met.isEmpty() || met.stream().distinct().count() > 1000) {
      stream.bit(0);
      for (int symbol = 0; symbol < symbols; symbol++) {
        BitStream word = new BitStream();
        word.number(symbol, width(symbols));
        words.put(symbol, word.toString());
      }
      return words;
    }
    Map<Integer, Integer> counts = new LinkedHashMap<>();
    met.forEach(symbol -> counts.merge(symbol, -1, Integer::sum));
    List<Integer> used =
        counts.keySet().stream().sorted(Comparator.comparing(counts::get)).toList();
    // The five most frequent get 1 to 5 bits, the others share what is left: far from the best
    // code, but complete and with words of many lengths.
    int[] lengths = new int[symbols];
    for (int i = 0; i < used.size(); i++) {
      int others = used.size() - 5;
      int least = others < 1 ? 0 : 31 - Integer.numberOfLeadingZeros(others);
      int shorter = (2 << least) - others;
      lengths[used.get(i)] =
          i < 5
              ? Math.min(i + 1, Math.max(1, used.size() - 1))
              : 5 + least + (i - 5 < shorter ? 0 : 1);
    }
    stream.bit(1);
    for (int length : lengths) {
      stream.number(length, 4);
    }
    int code = 0;
    for (int length = 1; length <= 15; length++) {
      code *= 2;
      for (int symbol = 0; symbol < symbols; symbol++) {
        if (lengths[symbol] == length) {
          String word = Integer.toBinaryString(code++);
          words.put(symbol, "0".repeat(length - word.length()) + word);
        }
      }
    }
    return words;
  }

  private static int width(int count) {
    int width = 0;
    while (1L << width < count) {
      width++;
    }
    return width;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static byte[] repeatNetwork(TestModel model) {
    Payload payload = new Payload().u8(model.ranks).u8(model.networkOutputs.columns()).u8(32);
    payload.tensor(model.networkWeights).tensor(model.networkOutputs);
    return payload.tensor(model.logarithms).bytes();
  }

  static byte[] repeatHead(TestModel model) {
    Payload payload = new Payload().f32(model.similarityWeight);
    payload.u8(model.countAge.rows()).u8(model.countAge.columns());
    for (int bucket : model.countBucket) {
      payload.u8(bucket);
    }
    for (int bucket : model.ageBucket) {
      payload.u8(bucket);
    }
    payload.tensor(model.countAge).tensor(model.age).tensor(model.count);
    return payload.tensor(model.distinct).tensor(model.length).bytes();
  }

  private static int crc(byte[] bytes, int offset, int length) {
    CRC32 crc = new CRC32();
    crc.update(bytes, offset, length);
    return (int) crc.getValue();
  }

  /** Bits, appended; the first of a byte is its lowest. */
  static final class BitStream {
    private final StringBuilder bits = new StringBuilder();

    BitStream bit(int bit) {
      bits.append(bit);
      return this;
    }

    /** The lowest bits of a number, the lowest first. */
    BitStream number(long value, int width) {
      for (int bit = 0; bit < width; bit++) {
        bit((int) (value >> bit & 1));
      }
      return this;
    }

    /** Zeros and ones as they are. */
    BitStream word(String word) {
      bits.append(word);
      return this;
    }

    byte[] bytes() {
      byte[] bytes = new byte[(bits.length() + 7) / 8];
      for (int i = 0; i < bits.length(); i++) {
        bytes[i / 8] |= (byte) ((bits.charAt(i) - '0') << i % 8);
      }
      return bytes;
    }

    @Override
    public String toString() {
      return bits.toString();
    }
  }

  /** Little-endian bytes, appended. */
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
      return u8(value).u8(value >> 8);
    }

    Payload u32(long value) {
      return u16((int) value).u16((int) (value >> 16));
    }

    Payload f32(float value) {
      return u32(Float.floatToRawIntBits(value));
    }

    Payload raw(byte[] bytes) {
      out.writeBytes(bytes);
      return this;
    }

    Payload varint(long value) {
      long rest = value;
      while (rest >>> 7 != 0) {
        out.write((int) ((rest & 0x7F) | 0x80));
        rest >>>= 7;
      }
      out.write((int) rest);
      return this;
    }

    Payload tensor(Matrix tensor) {
      u8(tensor.type().code).u32(tensor.rows()).u32(tensor.columns());
      for (float value : tensor.singles()) {
        f32(value);
      }
      for (short half : tensor.halves()) {
        u16(half);
      }
      return raw(tensor.bytes());
    }
  }
}
