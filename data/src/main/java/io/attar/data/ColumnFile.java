package io.attar.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.zip.CRC32;

/**
 * One column of a prepared data folder: 8 bytes of magic, u32 count, the values, and a CRC-32 of
 * all before it; everything little-endian. A value is a 32-bit number, or u32 byte length and UTF-8
 * in a column of ids. A reader allocates nothing that the length of the file has not paid for.
 */
final class ColumnFile implements AutoCloseable {
  private static final long NUMBERS = magic("ATTARCOL");
  private static final long TEXTS = magic("ATTARIDS");
  private static final int HEADER = Long.BYTES + Integer.BYTES;
  private static final int FRAME = HEADER + Integer.BYTES; // header and CRC

  private final Path file;
  private final FileChannel channel;
  private final CRC32 crc = new CRC32();
  private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
  private long left; // bytes before the CRC that were not read into the buffer yet

  private ColumnFile(Path file, boolean reading) throws IOException {
    this.file = file;
    channel =
        reading
            ? FileChannel.open(file, StandardOpenOption.READ)
            : FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    if (reading) {
      buffer.limit(0);
    }
  }

  private static long magic(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII))
        .order(ByteOrder.LITTLE_ENDIAN)
        .getLong();
  }

  static void writeNumbers(Path file, int count, IntUnaryOperator values) throws IOException {
    try (ColumnFile column = new ColumnFile(file, false)) {
      column.putLong(NUMBERS);
      column.putInt(count);
      for (int i = 0; i < count; i++) {
        column.putInt(values.applyAsInt(i));
      }
      column.finish();
    }
  }

  static void writeTexts(Path file, List<String> texts) throws IOException {
    try (ColumnFile column = new ColumnFile(file, false)) {
      column.putLong(TEXTS);
      column.putInt(texts.size());
      for (String text : texts) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        column.putInt(bytes.length);
        column.putBytes(bytes);
      }
      column.finish();
    }
  }

  static int[] readNumbers(Path file) throws IOException {
    try (ColumnFile column = new ColumnFile(file, true)) {
      int count = column.start(NUMBERS);
      if (column.left != 4L * count) {
        throw column.broken("must hold " + count + " numbers but holds " + column.left + " bytes");
      }
      int[] values = new int[count];
      for (int i = 0; i < count; i++) {
        values[i] = column.getInt();
      }
      column.checkEnd();
      return values;
    }
  }

  static List<String> readTexts(Path file) throws IOException {
    try (ColumnFile column = new ColumnFile(file, true)) {
      int count = column.start(TEXTS);
      if (column.left < 4L * count) {
        throw column.broken("must hold " + count + " ids but holds " + column.left + " bytes");
      }
      List<String> texts = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        int length = column.getInt();
        if (length < 0 || length > column.left + column.buffer.remaining()) {
          throw column.broken("id " + i + " says it has " + length + " bytes, more than are left");
        }
        byte[] bytes = new byte[length];
        column.getBytes(bytes);
        try {
          texts.add(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
        } catch (CharacterCodingException e) {
          throw new PreparedFolderException(file, "id " + i + " is not UTF-8; prepare again", e);
        }
      }
      if (column.left + column.buffer.remaining() != 0) {
        throw column.broken("goes on after its last id");
      }
      column.checkEnd();
      return texts;
    }
  }

  private PreparedFolderException broken(String problem) {
    return new PreparedFolderException(
        file, problem + "; the file is damaged, run `attar prepare` again");
  }

  private void putInt(int value) throws IOException {
    if (buffer.remaining() < Integer.BYTES) {
      flush();
    }
    buffer.putInt(value);
  }

  private void putLong(long value) throws IOException {
    if (buffer.remaining() < Long.BYTES) {
      flush();
    }
    buffer.putLong(value);
  }

  private void putBytes(byte[] bytes) throws IOException {
    for (int done = 0; done < bytes.length; ) {
      if (!buffer.hasRemaining()) {
        flush();
      }
      int part = Math.min(buffer.remaining(), bytes.length - done);
      buffer.put(bytes, done, part);
      done += part;
    }
  }

  private void flush() throws IOException {
    buffer.flip();
    crc.update(buffer.duplicate());
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    buffer.clear();
  }

  private void finish() throws IOException {
    flush();
    buffer.putInt((int) crc.getValue());
    buffer.flip();
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
    channel.force(true);
  }

  private int start(long magic) throws IOException {
    long size = channel.size();
    if (size < FRAME) {
      throw broken("must have at least " + FRAME + " bytes but has " + size);
    }
    ByteBuffer header = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
    readFully(header);
    crc.update(header.array());
    left = size - FRAME;
    if (header.getLong() != magic) {
      throw broken("does not start like a column of prepared data");
    }
    int count = header.getInt();
    if (count < 0) {
      throw broken("must not hold a negative count: " + count);
    }
    return count;
  }

  private void readFully(ByteBuffer target) throws IOException {
    while (target.hasRemaining()) {
      if (channel.read(target) < 0) {
        throw broken("ended while it was read");
      }
    }
    target.flip();
  }

  private void need(int bytes) throws IOException {
    if (buffer.remaining() >= bytes) {
      return;
    }
    int kept = buffer.remaining();
    buffer.compact();
    buffer.limit((int) Math.min(buffer.capacity(), kept + left));
    readFully(buffer);
    crc.update(buffer.array(), kept, buffer.limit() - kept);
    left -= buffer.limit() - kept;
    if (buffer.remaining() < bytes) {
      throw broken("ends in the middle of a value");
    }
  }

  private int getInt() throws IOException {
    need(Integer.BYTES);
    return buffer.getInt();
  }

  private void getBytes(byte[] bytes) throws IOException {
    for (int done = 0; done < bytes.length; ) {
      need(1);
      int part = Math.min(buffer.remaining(), bytes.length - done);
      buffer.get(bytes, done, part);
      done += part;
    }
  }

  private void checkEnd() throws IOException {
    int computed = (int) crc.getValue();
    buffer.clear().limit(Integer.BYTES);
    readFully(buffer);
    int stored = buffer.getInt();
    if (stored != computed) {
      throw broken(
          String.format("has checksum %08x where its content gives %08x", stored, computed));
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
