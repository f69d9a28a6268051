package io.attar.runtime;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
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
    return seal(sections(model));
  }

  /** The payloads of a model, by tag, in file order. */
  static Map<String, byte[]> sections(TestModel model) {
    Map<String, byte[]> sections = new LinkedHashMap<>();
    sections.put("PROV", model.provenance.getBytes(StandardCharsets.UTF_8));
    sections.put("MODL", model(model));
    sections.put("ITEM", ids(model));
    Payload popular = new Payload().u16(model.popular.length);
    for (int item : model.popular) {
      popular.varint(item);
    }
    sections.put("POPL", popular.bytes());
    if (model.table == TestModel.DENSE) {
      sections.put("DENS", new Payload().tensor(model.dense).bytes());
    } else {
      sections.put("CODE", codes(model));
      sections.put("BOOK", new Payload().tensor(model.books).bytes());
    }
    Payload encoder = new Payload();
    if (model.encoder == TestModel.SELF_ATTENTION) {
      encoder.u16(model.heads);
    }
    for (Matrix tensor : model.encoderTensors) {
      encoder.tensor(tensor);
    }
    sections.put("ENCO", encoder.bytes());
    sections.put("RPTH", repeatHead(model));
    return sections;
  }

  /** Frames payloads: header, section table, checksums. */
  static byte[] seal(Map<String, byte[]> sections) {
    int start = 16 + 12 * sections.size() + 4;
    int total = start;
    for (byte[] payload : sections.values()) {
      total += payload.length;
    }
    ByteBuffer file = ByteBuffer.allocate(total).order(ByteOrder.LITTLE_ENDIAN);
    file.put(MAGIC).putShort((short) 1).putShort((short) sections.size()).putInt(total);
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

  private static byte[] repeatHead(TestModel model) {
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
