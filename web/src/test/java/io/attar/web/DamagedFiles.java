package io.attar.web;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;

/** Model files with a few bytes changed or cut off, most of them behind valid checksums. */
final class DamagedFiles {
  private static final int FRAME = 16; // bytes up to the section table
  private static final int ENTRY = 12; // bytes of a section in that table

  private DamagedFiles() {}

  /** So many damaged copies of a sound file; the same for the same seed. */
  static List<byte[]> of(byte[] sound, int count, long seed) {
    Random random = new Random(seed);
    List<byte[]> files = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      if (i % 10 == 0) {
        files.add(Arrays.copyOf(sound, random.nextInt(sound.length)));
        continue;
      }
      byte[] damaged = sound.clone();
      for (int change = random.nextInt(3); change >= 0; change--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      if (i % 10 > 1) {
        reseal(damaged);
      }
      files.add(damaged);
    }
    return files;
  }

  /** Sets the checksums of the sections that lie within the file, then that of the frame. */
  private static void reseal(byte[] file) {
    ByteBuffer buffer = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int sections = buffer.getShort(10) & 0xFFFF;
    long next = FRAME + (long) ENTRY * sections + 4;
    if (next > file.length) {
      return;
    }
    int end = (int) next - 4;
    for (int i = 0; i < sections; i++) {
      int entry = FRAME + ENTRY * i;
      long length = buffer.getInt(entry + 4) & 0xFFFFFFFFL;
      if (next + length > file.length) {
        break;
      }
      buffer.putInt(entry + 8, sum(file, (int) next, (int) length));
      next += length;
    }
    buffer.putInt(end, sum(file, 0, end));
  }

  private static int sum(byte[] file, int from, int length) {
    CRC32 sum = new CRC32();
    sum.update(file, from, length);
    return (int) sum.getValue();
  }
}
