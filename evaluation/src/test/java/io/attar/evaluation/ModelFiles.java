package io.attar.evaluation;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * Writes small model files from {@code docs/format.md}: dense table, only the last click counts.
 */
final class ModelFiles {
  private static final int LENGTH = 4; // L

  private ModelFiles() {}

  /**
   * A model whose score of item v after a click on item x is the product of their rows.
   *
   * @param ids (V) the caller's ids
   * @param rows (V, N)
   */
  static byte[] write(String provenance, List<String> ids, float[][] rows) {
    Map<String, byte[]> sections = new LinkedHashMap<>();
    sections.put("PROV", provenance.getBytes(StandardCharsets.UTF_8));
    byte[] modelBytes = new byte[4 + 2 + 1 + 1 + 1 + 2 + 4];
    ByteBuffer model = over(modelBytes);
    model.putInt(rows.length).putShort((short) rows[0].length);
    model.put((byte) 1).put((byte) 1).put((byte) 0).putShort((short) LENGTH).putFloat(1);
    sections.put("MODL", modelBytes);
    ByteArrayOutputStream items = new ByteArrayOutputStream();
    items.write(2);
    for (String id : ids) {
      items.write(id.length());
      items.writeBytes(id.getBytes(StandardCharsets.US_ASCII));
    }
    sections.put("ITEM", items.toByteArray());
    sections.put("POPL", new byte[] {1, 0, 0}); // Item 0 alone is popular.
    sections.put("DENS", tensor(rows));
    sections.put("ENCO", joined(tensor(new float[][] {{1, 0, 0, 0}}), tensor(new float[][] {{1}})));
    byte[] repeatBytes = new byte[4 + 1 + 1 + 2 * LENGTH];
    over(repeatBytes).putFloat(1).put((byte) 1).put((byte) 1);
    byte[] zeros = tensor(new float[1][LENGTH]);
    sections.put("RPTH", joined(repeatBytes, tensor(new float[1][1]), zeros, zeros, zeros, zeros));
    return framed(sections);
  }

  private static byte[] framed(Map<String, byte[]> sections) {
    int start = 16 + 12 * sections.size() + 4;
    int total = start + sections.values().stream().mapToInt(payload -> payload.length).sum();
    byte[] fileBytes = new byte[total];
    ByteBuffer file = over(fileBytes);
    file.put(new byte[] {(byte) 0x89, 0x41, 0x54, 0x54, 0x41, 0x52, 0x0D, 0x0A});
    file.putShort((short) 1).putShort((short) sections.size()).putInt(total);
    for (Map.Entry<String, byte[]> section : sections.entrySet()) {
      file.put(section.getKey().getBytes(StandardCharsets.US_ASCII));
      file.putInt(section.getValue().length)
          .putInt(sum(section.getValue(), section.getValue().length));
    }
    file.putInt(sum(fileBytes, start - 4));
    sections.values().forEach(file::put);
    return fileBytes;
  }

  private static byte[] tensor(float[][] rows) {
    byte[] tensor = new byte[9 + 4 * rows.length * rows[0].length];
    ByteBuffer bytes = over(tensor);
    bytes.put((byte) 1).putInt(rows.length).putInt(rows[0].length);
    for (float[] row : rows) {
      for (float value : row) {
        bytes.putFloat(value);
      }
    }
    return tensor;
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static ByteBuffer over(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static int sum(byte[] bytes, int length) {
    CRC32 crc = new CRC32();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }
}
