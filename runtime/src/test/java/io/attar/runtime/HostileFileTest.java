package io.attar.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Damaged files: whatever the damage, a {@link ModelFileException} comes out or a model that works,
 * and the memory taken stays within a multiple of the file's length.
 */
final class HostileFileTest {
  /** Bytes a byte of the file may cost while it is opened: a one-bit code takes eight, twice. */
  private static final long BYTES_A_BYTE = 40;

  /** What opening and complaining takes anyway. */
  private static final long BYTES_ANYWAY = 60_000;

  private static final com.sun.management.ThreadMXBean THREADS =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  private int opened;
  private int refused;

  @Test
  void truncations() {
    for (byte[] file : files()) {
      for (int length = 0; length < file.length; length++) {
        byte[] cut = Arrays.copyOf(file, length);
        attempt(cut, "length " + length);
        attempt(ModelFileFixture.reseal(cut), "resealed length " + length);
      }
    }
    assertThat(opened).isZero();
    assertThat(refused).isGreaterThan(5_000);
  }

  @Test
  void everyBitOnceBehindValidChecksums() {
    for (byte[] file : files()) {
      for (int bit = 0; bit < 8 * file.length; bit++) {
        byte[] damaged = file.clone();
        damaged[bit / 8] ^= (byte) (1 << bit % 8);
        attempt(ModelFileFixture.reseal(damaged), "bit " + bit);
      }
    }
    // Most bits are weights, which any value suits; many are not.
    assertThat(opened).isGreaterThan(10_000);
    assertThat(refused).isGreaterThan(2_000);
  }

  @Test
  void bitFlipsThatChecksumsCatch() {
    long seed = 51;
    Random random = new Random(seed);
    for (byte[] file : files()) {
      for (int round = 0; round < 3000; round++) {
        byte[] damaged = file.clone();
        int bit = random.nextInt(8 * file.length);
        damaged[bit / 8] ^= (byte) (1 << bit % 8);
        attempt(damaged, "bit " + bit);
      }
    }
    assertThat(opened).isZero();
  }

  @Test
  void everyLengthFieldOverwritten() {
    int[] values = {0, 1, 2, 0xFF, 0xFFFF, 0x10000, 1 << 24, Integer.MAX_VALUE, 1 << 31, -1};
    for (byte[] file : files()) {
      for (int at = 8; at + 4 <= file.length; at++) {
        for (int value : values) {
          byte[] damaged = file.clone();
          ByteBuffer.wrap(damaged).order(ByteOrder.LITTLE_ENDIAN).putInt(at, value);
          attempt(ModelFileFixture.reseal(damaged), "byte " + at + ", value " + value);
        }
      }
    }
    assertThat(refused).isGreaterThan(10_000);
  }

  @Test
  void manyBytesAtOnce() {
    long seed = 52;
    Random random = new Random(seed);
    List<byte[]> files = files();
    for (int round = 0; round < 10_000; round++) {
      byte[] damaged = files.get(random.nextInt(files.size())).clone();
      int changes = 1 + random.nextInt(8);
      for (int change = 0; change < changes; change++) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      attempt(ModelFileFixture.reseal(damaged), "seed " + seed + ", round " + round);
    }
    assertThat(refused).isGreaterThan(1000);
    assertThat(opened).isGreaterThan(1000);
  }

  @Test
  void piecesMovedAndRepeated() {
    long seed = 53;
    Random random = new Random(seed);
    List<byte[]> files = files();
    for (int round = 0; round < 5000; round++) {
      byte[] damaged = files.get(random.nextInt(files.size())).clone();
      byte[] source = files.get(random.nextInt(files.size()));
      int length = 1 + random.nextInt(64);
      int from = random.nextInt(source.length - length);
      int to = 16 + random.nextInt(damaged.length - length - 16);
      System.arraycopy(source, from, damaged, to, length);
      attempt(ModelFileFixture.reseal(damaged), "seed " + seed + ", round " + round);
    }
    assertThat(refused).isGreaterThan(1000);
  }

  @Test
  void randomBytes() {
    long seed = 54;
    Random random = new Random(seed);
    for (int round = 0; round < 5000; round++) {
      byte[] bytes = new byte[random.nextInt(300)];
      random.nextBytes(bytes);
      if (random.nextBoolean() && bytes.length >= 20) {
        System.arraycopy(ModelFileFixture.MAGIC, 0, bytes, 0, 8);
        bytes[8] = 1;
        bytes[9] = 0;
        bytes[10] = (byte) random.nextInt(9);
        bytes[11] = 0;
        bytes = ModelFileFixture.reseal(bytes);
      }
      attempt(bytes, "seed " + seed + ", round " + round);
    }
    assertThat(opened).isZero();
  }

  private void attempt(byte[] bytes, String what) {
    long thread = Thread.currentThread().getId();
    long before = THREADS.getThreadAllocatedBytes(thread);
    Recommender recommender = null;
    try {
      recommender = Recommender.open(bytes);
    } catch (ModelFileException e) {
      refused++;
      if (!(e.offset() >= 0 && e.offset() <= Math.max(16, bytes.length))) {
        throw new AssertionError("offset outside the file: " + e.offset() + ", " + what, e);
      }
    } catch (RuntimeException | Error e) {
      throw new AssertionError("only ModelFileException may come out: " + what, e);
    }
    long taken = THREADS.getThreadAllocatedBytes(thread) - before;
    if (taken > BYTES_A_BYTE * bytes.length + BYTES_ANYWAY) {
      throw new AssertionError(taken + " bytes taken for " + bytes.length + ": " + what);
    }
    if (recommender == null) {
      return;
    }
    opened++;
    try {
      use(recommender);
      if (opened % 16 == 0) {
        assertThat(Recommender.open(new ByteArrayInputStream(bytes)).itemCount())
            .isEqualTo(recommender.itemCount());
      }
    } catch (RuntimeException | IOException | Error e) {
      throw new AssertionError("an opened model must work: " + what, e);
    }
  }

  private static void use(Recommender recommender) {
    int items = recommender.itemCount();
    Session session = recommender.newSession();
    for (int click = 0; click < 6; click++) {
      Recommendations top = session.topUnseen(4);
      for (int rank = 0; rank < top.size(); rank++) {
        assertThat(recommender.itemIndex(top.itemId(rank))).isEqualTo(top.itemIndex(rank));
      }
      session.clickIndex(click * click % items);
    }
    assertThat(session.top(items).size()).isEqualTo(items);
    session.scores(new float[items]);
    for (int rank = 0; rank < recommender.popularCount(); rank++) {
      assertThat(recommender.popularItem(rank)).isBetween(0, items - 1);
    }
  }

  /** Small files of every kind: every byte of them can be tried. */
  private static List<byte[]> files() {
    int mean = TestModel.WEIGHTED_MEAN;
    int attention = TestModel.SELF_ATTENTION;
    int dense = TestModel.DENSE;
    int codes = TestModel.CODES;
    return List.of(
        file(new TestModel.Shape(mean, dense, true, Matrix.Type.INT8, 9, 4, 3, 1, 1, 1, 1)),
        file(new TestModel.Shape(mean, codes, false, Matrix.Type.F16, 9, 4, 3, 1, 3, 5, 2)),
        file(new TestModel.Shape(mean, codes, true, Matrix.Type.INT4, 9, 5, 3, 1, 3, 5, 1)),
        file(new TestModel.Shape(attention, dense, false, Matrix.Type.F32, 7, 2, 3, 2, 1, 1, 2)),
        file(new TestModel.Shape(attention, codes, true, Matrix.Type.INT8, 8, 4, 3, 2, 2, 3, 1)));
  }

  private static byte[] file(TestModel.Shape shape) {
    return ModelFileFixture.write(TestModel.random(55, shape));
  }
}
