package io.attar.training;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.CheckedOutputStream;

/**
 * Named float arrays with a JSON description in one checked file: the trainer's checkpoints. It is
 * written to a temporary name, forced to disk and moved into place, so that at any moment either
 * the old or the new file is there, whole.
 *
 * <p>Layout, little-endian: 8 bytes magic, u32 length of the JSON, the JSON {@code {"format": 1,
 * "about": ..., "arrays": {name: length}}}, the arrays' floats in that order, u32 CRC-32 of all
 * before.
 */
final class TensorFile {
  private static final byte[] MAGIC = {'A', 'T', 'T', 'A', 'R', 'T', 'F', '\n'};
  private static final int FORMAT = 1;
  private static final int CHUNK = 1 << 14;

  private final JsonNode about;
  private final Map<String, float[]> arrays;

  TensorFile(JsonNode about, Map<String, float[]> arrays) {
    this.about = about;
    this.arrays = new LinkedHashMap<>(arrays);
  }

  JsonNode about() {
    return about;
  }

  /**
   * The numbers of one array.
   *
   * @throws TrainingException when there is no such array
   */
  float[] array(String name) {
    float[] array = arrays.get(name);
    if (array == null) {
      throw new TrainingException(
          "the checkpoint holds no array '" + name + "' but " + arrays.keySet());
    }
    return array;
  }

  /** The arrays' names, in the file's order. */
  Set<String> names() {
    return Collections.unmodifiableSet(arrays.keySet());
  }

  /** The same arrays with another description. */
  TensorFile about(JsonNode changed) {
    return new TensorFile(changed, arrays);
  }

  void write(Path file) throws IOException {
    ObjectNode header = new ObjectMapper().createObjectNode();
    header.put("format", FORMAT);
    header.set("about", about);
    ObjectNode lengths = header.putObject("arrays");
    arrays.forEach((name, values) -> lengths.put(name, values.length));
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    WholeFile.write(
        file,
        out -> {
          CheckedOutputStream checked = new CheckedOutputStream(out, new CRC32());
          checked.write(MAGIC);
          checked.write(number(json.length));
          checked.write(json);
          for (float[] values : arrays.values()) {
            byte[] chunk = new byte[4 * CHUNK];
            ByteBuffer buffer = ByteBuffer.wrap(chunk).order(ByteOrder.LITTLE_ENDIAN);
            for (int from = 0; from < values.length; from += CHUNK) {
              int count = Math.min(CHUNK, values.length - from);
              buffer.clear();
              buffer.asFloatBuffer().put(values, from, count);
              checked.write(chunk, 0, 4 * count);
            }
          }
          out.write(number((int) checked.getChecksum().getValue()));
        });
  }

  /**
   * Reads and checks a file.
   *
   * @throws TrainingException when the file is cut, changed or of another version
   */
  static TensorFile read(Path file) throws IOException {
    long size = Files.size(file);
    if (size < MAGIC.length + 8) {
      throw broken(file, "it is cut");
    }
    // Chunk by chunk: a file may be larger than an array of bytes.
    CRC32 checksum = new CRC32();
    try (InputStream raw = new BufferedInputStream(Files.newInputStream(file), 4 * CHUNK);
        DataInputStream in = new DataInputStream(new CheckedInputStream(raw, checksum))) {
      byte[] magic = new byte[MAGIC.length];
      in.readFully(magic);
      if (!Arrays.equals(magic, MAGIC)) {
        throw broken(file, "it is of another kind");
      }
      JsonNode header = header(file, in, size);
      Map<String, float[]> arrays = new LinkedHashMap<>();
      for (Map.Entry<String, JsonNode> entry : header.path("arrays").properties()) {
        arrays.put(entry.getKey(), floats(in, entry.getValue().asInt()));
      }
      int sum = (int) checksum.getValue();
      if (Integer.reverseBytes(in.readInt()) != sum) {
        throw broken(file, "its checksum does not fit");
      }
      return new TensorFile(header.path("about"), arrays);
    } catch (EOFException e) {
      throw broken(file, "it is cut");
    }
  }

  /**
   * The description, whose lengths are those of the file: nothing is allocated on its word alone.
   */
  private static JsonNode header(Path file, DataInputStream in, long size) throws IOException {
    int length = Integer.reverseBytes(in.readInt());
    if (length < 0 || length > size - MAGIC.length - 8) {
      throw broken(file, "its header is longer than the file");
    }
    byte[] json = new byte[length];
    in.readFully(json);
    JsonNode header;
    try {
      header = new ObjectMapper().readTree(json);
    } catch (IOException e) { // No such thing as a failed read: the bytes are here.
      throw broken(file, "its header is not JSON");
    }
    if (header.path("format").asInt() != FORMAT) {
      throw broken(file, "it is of format " + header.path("format") + ", this is " + FORMAT);
    }
    long expected = MAGIC.length + 8L + length;
    for (JsonNode count : header.path("arrays")) {
      if (!count.isInt() || count.asInt() < 0) {
        throw broken(file, "an array has a length of " + count);
      }
      expected += 4L * count.asInt();
    }
    if (expected != size) {
      throw broken(file, "it has " + size + " bytes, and " + expected + " by its header");
    }
    return header;
  }

  private static float[] floats(DataInputStream in, int count) throws IOException {
    float[] values = new float[count];
    byte[] chunk = new byte[4 * CHUNK];
    ByteBuffer buffer = ByteBuffer.wrap(chunk).order(ByteOrder.LITTLE_ENDIAN);
    for (int from = 0; from < count; from += CHUNK) {
      int part = Math.min(CHUNK, count - from);
      in.readFully(chunk, 0, 4 * part);
      buffer.asFloatBuffer().get(values, from, part);
    }
    return values;
  }

  private static TrainingException broken(Path file, String why) {
    return new TrainingException(
        "the checkpoint "
            + file
            + " cannot be read: "
            + why
            + "; delete it to start that stage anew");
  }

  private static byte[] number(int value) {
    byte[] bytes = new byte[4];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(value);
    return bytes;
  }
}
