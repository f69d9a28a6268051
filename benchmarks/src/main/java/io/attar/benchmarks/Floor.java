package io.attar.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/**
 * What no way to the exact best can do without: each is timed as a contestant that answers nothing.
 */
final class Floor implements Contestant {
  /** The least that any exact ranking by codes must do. */
  static final String WHOLE = "floor: codes and codebooks read, lookup table made";

  private final String name;
  private final LongSupplier work;
  private long result;

  private Floor(String name, LongSupplier work) {
    this.name = name;
    this.work = work;
  }

  /** The floor, and then its parts. */
  static List<Contestant> of(StudentWeights student) {
    int items = student.itemCount();
    int dimension = student.dimension();
    int codewords = student.codebookCount() * student.codewordCount();
    int codeBytes = student.codebookCount() * (student.codewordCount() > 256 ? 2 : 1);
    Stream codes = new Stream((long) items * codeBytes);
    Stream codebooks = new Stream(4L * codewords * dimension);
    VectorScan lookup = new VectorScan(student.codebooks(), codewords, dimension);
    float[] query = randomVector(dimension);
    float[] products = new float[codewords];
    List<Contestant> floors = new ArrayList<>();
    floors.add(
        new Floor(
            WHOLE,
            () -> {
              lookup.products(query, products);
              return codes.read() + codebooks.read();
            }));
    floors.add(new Floor("floor: codes read", codes::read));
    floors.add(
        new Floor(
            "floor: lookup table made",
            () -> {
              lookup.products(query, products);
              return 0;
            }));
    return floors;
  }

  private static float[] randomVector(int length) {
    SplittableRandom random = new SplittableRandom(7);
    float[] vector = new float[length];
    for (int i = 0; i < length; i++) {
      vector[i] = (float) random.nextDouble(-1, 1);
    }
    return vector;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void restore(int[] clicks, int count) {
    // There is no session.
  }

  @Override
  public void click(int item) {
    result = work.getAsLong();
  }

  /** No item: the last call's result, read so that the virtual machine cannot drop the work. */
  @Override
  public int item(int rank) {
    return (int) result;
  }

  /**
   * Bytes in memory, rounded up to 8 KiB, read as fast as Java reads: summed over four blocks at a
   * time, a loop that the virtual machine turns into vector instructions.
   */
  private static final class Stream {
    private static final int BLOCK = 256;

    private final long[][] blocks; // (a multiple of 4, BLOCK)
    private final long[] sums = new long[BLOCK];

    Stream(long bytes) {
      SplittableRandom random = new SplittableRandom(11);
      int passes = (int) ((bytes + 32 * BLOCK - 1) / (32 * BLOCK));
      blocks = new long[4 * passes][];
      Arrays.setAll(blocks, b -> random.longs(BLOCK).toArray());
    }

    /** A number that depends on the words read. */
    long read() {
      for (int b = 0; b < blocks.length; b += 4) {
        add(blocks[b], blocks[b + 1], blocks[b + 2], blocks[b + 3], sums);
      }
      return sums[0];
    }

    private static void add(
        long[] block0, long[] block1, long[] block2, long[] block3, long[] sums) {
      for (int i = 0; i < sums.length; i++) {
        sums[i] += block0[i] + block1[i] + block2[i] + block3[i];
      }
    }
  }
}
