package io.attar.benchmarks;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.zip.CRC32;

/**
 * Writes the model files that no training makes: twins of a student, and synthetic shops. Codes and
 * ids go without prefix codes, so these files are longer than a trainer's.
 */
final class ModelFileWriter {
  private static final byte[] MAGIC = {(byte) 0x89, 'A', 'T', 'T', 'A', 'R', '\r', '\n'};
  private static final int VERSION = 2;
  private static final byte WEIGHTED_MEAN = 1;
  private static final byte DENSE = 1;
  private static final byte CODES = 2;
  private static final float SCALE = 10;

  private ModelFileWriter() {}

  /** The same model with its rows written out, in 32-bit numbers; its items numbered from 0. */
  static byte[] dense(StudentWeights weights) {
    byte[] model = weights.payload("MODL").clone();
    // After item count (4 bytes), dimension (2) and encoder (1): the table, then the kind of rows.
    model[7] = DENSE;
    model[8] = 0;
    Map<String, byte[]> sections = new LinkedHashMap<>();
    sections.put("PROV", weights.payload("PROV"));
    sections.put("MODL", model);
    sections.put("ITEM", numbers(weights.itemCount()));
    sections.put("POPL", weights.payload("POPL"));
    sections.put("DENS", tensor(weights.itemCount(), weights.dimension(), weights.rows()));
    sections.put("ENCO", weights.payload("ENCO"));
    sections.put("RPTH", weights.payload("RPTH"));
    return frame(VERSION, sections);
  }

  /**
   * The same item table where a click costs next to nothing but its ranking: an encoder that is no
   * weighted mean gives way to one of fading weights, the repeat head to one that changes nothing.
   */
  static byte[] rankingOnly(StudentWeights weights) {
    int maximum = weights.maximumSessionLength();
    byte[] model = weights.payload("MODL").clone();
    // After item count (4 bytes) and dimension (2).
    model[6] = WEIGHTED_MEAN;
    Map<String, byte[]> sections = new LinkedHashMap<>();
    for (String tag : List.of("PROV", "ITEM", "POPL", "CODE", "BOOK")) {
      sections.put(tag, weights.payload(tag));
    }
    sections.put("MODL", model);
    sections.put(
        "ENCO", weights.weightedMean() == null ? fadingWeights(maximum) : weights.payload("ENCO"));
    sections.put("RPTH", noRepeats(maximum));
    // Codes and ids stay as they lie, so the version does too.
    return frame(weights.version(), sections);
  }

  /**
   * A shop whose items are numbered from 0, with a weighted-mean encoder of fading weights and a
   * repeat head that changes nothing.
   *
   * @param codes (items, codebooks), sorted
   * @param codewords codewords in each codebook
   * @param codebooks (codebooks x codewords, dimension)
   * @param maximumSessionLength L
   */
  static byte[] synthetic(
      char[][] codes, int codewords, float[] codebooks, int dimension, int maximumSessionLength) {
    int items = codes.length;
    int books = codes[0].length;
    Map<String, byte[]> sections = new LinkedHashMap<>();
    sections.put("PROV", "{\"role\": \"synthetic\"}".getBytes(StandardCharsets.UTF_8));
    sections.put(
        "MODL",
        bytes(
            15,
            out ->
                out.putInt(items)
                    .putShort((short) dimension)
                    .put(WEIGHTED_MEAN)
                    .put(CODES)
                    .put((byte) 1)
                    .putShort((short) maximumSessionLength)
                    .putFloat(SCALE)));
    sections.put("ITEM", numbers(items));
    sections.put("POPL", new byte[2]);
    sections.put("CODE", codes(codes, books, codewords));
    sections.put("BOOK", tensor(books * codewords, dimension, codebooks));
    sections.put("ENCO", fadingWeights(maximumSessionLength));
    sections.put("RPTH", noRepeats(maximumSessionLength));
    return frame(VERSION, sections);
  }

  private static byte[] fadingWeights(int maximumSessionLength) {
    float[] age = new float[maximumSessionLength];
    for (int i = 0; i < age.length; i++) {
      age[i] = (float) Math.pow(0.8, i);
    }
    return join(tensor(1, age.length, age), tensor(1, 1, new float[] {1}));
  }

  private static byte[] noRepeats(int maximumSessionLength) {
    byte[] zeros = tensor(1, maximumSessionLength, new float[maximumSessionLength]);
    return join(
        bytes(6, out -> out.putFloat(1).put((byte) 1).put((byte) 1)),
        new byte[2 * maximumSessionLength],
        tensor(1, 1, new float[1]),
        zeros,
        zeros,
        zeros,
        zeros);
  }

  /** Ids 0, 1, 2, ... in the order of the items. */
  private static byte[] numbers(int items) {
    Bits gaps = new Bits();
    for (int rank = 1; rank < items; rank++) {
      // One more than the id before, at Rice parameter 0.
      gaps.add(1, 1);
    }
    Bits order = new Bits();
    for (int item = 0; item < items; item++) {
      order.add(item, width(items));
    }
    byte[] start = bytes(10, out -> out.put((byte) 1).putLong(0).put((byte) 0));
    return join(start, gaps.toBytes(), order.toBytes());
  }

  /** Every symbol table is the plain one: numbers of fixed width. */
  private static byte[] codes(char[][] codes, int books, int codewords) {
    Bits bits = new Bits();
    int tables = 1 + (codewords > 1 ? books : 0) + books - 1;
    for (int i = 0; i < tables; i++) {
      bits.add(0, 1);
    }
    for (char code : codes[0]) {
      bits.add(code, width(codewords));
    }
    for (int v = 1; v < codes.length; v++) {
      int first = 0;
      while (first < books && codes[v][first] == codes[v - 1][first]) {
        first++;
      }
      bits.add(first, width(books + 1));
      if (first < books) {
        bits.add(codes[v][first] - codes[v - 1][first] - 1, width(codewords - 1));
        for (int m = first + 1; m < books; m++) {
          bits.add(codes[v][m], width(codewords));
        }
      }
    }
    return join(bytes(6, out -> out.putShort((short) books).putInt(codewords)), bits.toBytes());
  }

  /** Bits that tell so many values apart. */
  private static int width(int values) {
    return values <= 1 ? 0 : 32 - Integer.numberOfLeadingZeros(values - 1);
  }

  private static byte[] tensor(int rows, int columns, float[] values) {
    return bytes(
        9 + 4 * values.length,
        out -> out.put((byte) 1).putInt(rows).putInt(columns).asFloatBuffer().put(values));
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  private static byte[] bytes(int length, Consumer<ByteBuffer> writer) {
    byte[] bytes = new byte[length];
    writer.accept(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
    return bytes;
  }

  private static byte[] frame(int version, Map<String, byte[]> sections) {
    int start = 20 + 12 * sections.size();
    long length = start;
    for (byte[] payload : sections.values()) {
      length += payload.length;
    }
    byte[] bytes = new byte[Math.toIntExact(length)];
    ByteBuffer file = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).put(MAGIC);
    file.putShort((short) version).putShort((short) sections.size()).putInt(bytes.length);
    sections.forEach(
        (tag, payload) ->
            file.put(tag.getBytes(StandardCharsets.US_ASCII))
                .putInt(payload.length)
                .putInt(checksum(payload, payload.length)));
    file.putInt(checksum(bytes, start - 4));
    sections.values().forEach(file::put);
    return bytes;
  }

  private static int checksum(byte[] bytes, int length) {
    CRC32 checksum = new CRC32();
    checksum.update(bytes, 0, length);
    return (int) checksum.getValue();
  }

  /** A bit stream, filled from the least significant bit on. */
  private static final class Bits {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private long buffer;
    private int buffered;

    void add(int value, int width) {
      buffer |= (long) value << buffered;
      for (buffered += width; buffered >= 8; buffered -= 8) {
        out.write((int) buffer);
        buffer >>>= 8;
      }
    }

    /** Ends the stream, the last byte filled up with zeros. */
    byte[] toBytes() {
      if (buffered > 0) {
        out.write((int) buffer);
      }
      return out.toByteArray();
    }
  }
}
