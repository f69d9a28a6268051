package io.attar.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
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

  /** Version 2 codes items in as little as a bit; then at least their ids must pay for them. */
  @Test
  void theFewestBitsAnItem() {
    int mean = TestModel.WEIGHTED_MEAN;
    for (int ids = TestModel.DECIMAL_IDS; ids <= TestModel.TEXT_IDS; ids++) {
      TestModel.Shape shape =
          new TestModel.Shape(
              mean, TestModel.CODES, true, Matrix.Type.INT4, 1 << 15, 1, 1, 1, 64, 1, ids);
      TestModel model = TestModel.random(56, shape);
      model.ids = IntStream.range(0, 1 << 15).mapToObj(v -> Integer.toString(100_000 + v)).toList();
      attempt(ModelFileFixture.write(model.version2()), "equal codes");
    }
    assertThat(opened).isEqualTo(2);
  }

  /** Version 2: random symbol tables, most of them complete, and random bits behind them. */
  @Test
  void randomSymbolTables() {
    long seed = 57;
    Random random = new Random(seed);
    TestModel.Shape shape =
        new TestModel.Shape(
            TestModel.WEIGHTED_MEAN, TestModel.CODES, true, Matrix.Type.INT4, 9, 2, 2, 1, 2, 90, 1);
    Map<String, byte[]> sections =
        ModelFileFixture.sections(TestModel.random(58, shape).version2());
    for (int round = 0; round < 3_000; round++) {
      ModelFileFixture.BitStream bits = new ModelFileFixture.BitStream();
      for (int symbols : new int[] {3, 89, 89, 90}) {
        randomTable(random, symbols, bits);
      }
      // The first code of the first item is 0, its second below 64: the rest is left to chance.
      bits.number(0, 7).number(random.nextInt(64), 7);
      int length = random.nextInt(8) == 0 ? random.nextInt(100) : 8 * 14;
      for (int bit = 0; bit < length; bit++) {
        bits.bit(random.nextInt(4) == 0 ? 1 : 0);
      }
      byte[] codes = new ModelFileFixture.Payload().u16(2).u32(90).raw(bits.bytes()).bytes();
      // What is left over is refused: cut so that some files end where they must.
      for (int cut = 0; cut < Math.min(14, codes.length - 6); cut++) {
        byte[] shorter = Arrays.copyOf(codes, codes.length - cut);
        shorter[shorter.length - 1] &= (byte) (0xFF >>> random.nextInt(8));
        sections.put("CODE", shorter);
        attempt(ModelFileFixture.seal(2, sections), "seed " + seed + ", round " + round);
      }
    }
    assertThat(opened).isGreaterThan(100);
    assertThat(refused).isGreaterThan(10_000);
  }

  private static void randomTable(Random random, int symbols, ModelFileFixture.BitStream bits) {
    int kind = random.nextInt(4) == 0 ? 0 : 1;
    bits.bit(kind);
    if (kind == 0) {
      return;
    }
    List<Integer> lengths = new ArrayList<>(List.of(1, 1));
    int leaves = 2 + random.nextInt(symbols - 1);
    while (lengths.size() < leaves) {
      int length = lengths.remove(random.nextInt(lengths.size()));
      if (length == 15) {
        lengths.add(length);
        break;
      }
      lengths.add(length + 1);
      lengths.add(length + 1);
    }
    while (lengths.size() < symbols) {
      lengths.add(0);
    }
    Collections.shuffle(lengths, random);
    if (random.nextInt(16) == 0) {
      lengths.set(random.nextInt(symbols), random.nextInt(16));
    }
    lengths.forEach(length -> bits.number(length, 4));
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
        bytes[8] = (byte) (1 + random.nextInt(5));
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
    long most = BYTES_A_BYTE * bytes.length + BYTES_ANYWAY;
    if (taken(bytes, what) > most) {
      // The first complaint of a kind links its text; only what is taken again is the reader's.
      long again = taken(bytes, what);
      if (again > most) {
        throw new AssertionError(again + " bytes taken for " + bytes.length + ": " + what);
      }
    }
    Recommender recommender = open(bytes, what);
    if (recommender == null) {
      refused++;
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

  /** Bytes allocated while a file is opened or refused. */
  private static long taken(byte[] bytes, String what) {
    long thread = Thread.currentThread().getId();
    long before = THREADS.getThreadAllocatedBytes(thread);
    open(bytes, what);
    return THREADS.getThreadAllocatedBytes(thread) - before;
  }

  /** Null when the file is refused, as it must be. */
  private static @Nullable Recommender open(byte[] bytes, String what) {
    try {
      return Recommender.open(bytes);
    } catch (ModelFileException e) {
      if (!(e.offset() >= 0 && e.offset() <= Math.max(16, bytes.length))) {
        throw new AssertionError("offset outside the file: " + e.offset() + ", " + what, e);
      }
      return null;
    } catch (RuntimeException | Error e) {
      throw new AssertionError("only ModelFileException may come out: " + what, e);
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
    assertThat(session.top(Ranking.of(3).unseen().atLeast(0)).size()).isLessThanOrEqualTo(3);
    assertThat(session.explain(0).itemId()).isEqualTo(recommender.itemId(0));
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
    List<TestModel.Shape> shapes =
        List.of(
            new TestModel.Shape(mean, dense, true, Matrix.Type.INT8, 9, 4, 3, 1, 1, 1, 1),
            new TestModel.Shape(mean, codes, false, Matrix.Type.F16, 9, 4, 3, 1, 3, 5, 2),
            new TestModel.Shape(mean, codes, true, Matrix.Type.INT4, 9, 5, 3, 1, 3, 5, 1),
            new TestModel.Shape(attention, dense, false, Matrix.Type.F32, 7, 2, 3, 2, 1, 1, 2),
            new TestModel.Shape(attention, codes, true, Matrix.Type.INT8, 8, 4, 3, 2, 2, 3, 1));
    List<byte[]> files = new ArrayList<>();
    for (TestModel.Shape shape : shapes) {
      files.add(ModelFileFixture.write(TestModel.random(55, shape)));
      files.add(ModelFileFixture.write(TestModel.random(55, shape).version2()));
    }
    Matrix.Type int8 = Matrix.Type.INT8;
    files.add(ModelFileFixture.write(TestModel.random(59, shapes.get(0)).version3(0, int8, true)));
    files.add(ModelFileFixture.write(TestModel.random(59, shapes.get(1)).version3(4, int8, false)));
    for (TestModel.Shape shape :
        List.of(
            new TestModel.Shape(mean, 3, true, Matrix.Type.INT4, 9, 6, 3, 1, 3, 5, 1),
            new TestModel.Shape(attention, 3, false, int8, 8, 4, 3, 2, 2, 3, 2))) {
      files.add(ModelFileFixture.write(TestModel.random(59, shape).version3(3, int8, true)));
    }
    files.add(
        ModelFileFixture.write(
            TestModel.random(60, shapes.get(0)).version3(0, int8, true).network(1, 2, int8, true)));
    files.add(
        ModelFileFixture.write(
            TestModel.random(60, shapes.get(2))
                .version3(4, int8, false)
                .network(5, 1, int8, false)));
    for (TestModel.Shape shape :
        List.of(
            new TestModel.Shape(mean, 4, true, Matrix.Type.INT4, 9, 3, 3, 1, 2, 5, 1),
            new TestModel.Shape(attention, 4, false, int8, 8, 4, 3, 2, 3, 5, 2),
            new TestModel.Shape(mean, 5, true, Matrix.Type.INT4, 9, 8, 3, 1, 3, 2, 1),
            new TestModel.Shape(mean, 5, false, int8, 9, 4, 3, 1, 2, 2, 2))) {
      files.add(ModelFileFixture.write(TestModel.random(61, shape).version4(true)));
    }
    // A last core of one row: turned around it must not take an array a number.
    TestModel.Shape flat =
        new TestModel.Shape(mean, 5, false, Matrix.Type.INT4, 3, 6, 3, 1, 2, 4, 1);
    files.add(ModelFileFixture.write(TestModel.random(63, flat).version4(false)));
    for (Matrix.Type type : List.of(int8, Matrix.Type.INT4, Matrix.Type.F16)) {
      TestModel.Shape shape = new TestModel.Shape(mean, 6, false, type, 9, 1, 3, 1, 4, 1, 1);
      files.add(ModelFileFixture.write(TestModel.random(62, shape).version5(type != int8)));
    }
    return files;
  }
}
