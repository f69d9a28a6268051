package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.attar.data.Items;
import io.attar.runtime.Recommender;
import java.io.IOException;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Codes in few bits, and all of them back through the runtime. */
class CodeWriterTest {
  private static final int DIMENSION = 2;
  private static final long SEED = 20_261_122L;

  /** docs/format.md worked by hand. */
  @Test
  void threeItemsByHand() {
    // Items 1 and 2 are (0, 2), item 0 is (1, 0).
    Codes codes = new Codes(3, new int[][] {{1, 0, 0}, {0, 2, 2}});
    int[] order = CodeWriter.order(codes);
    assertThat(order).containsExactly(1, 2, 0);
    // Four tables of one width, 0000; first item 00 01; equal 01; first codebook 00, gap - 1 in
    // one bit 0, then code 00. As bytes, the first bit lowest: 00000001 0100000.
    assertThat(CodeWriter.write(codes, order))
        .containsExactly(2, 0, 3, 0, 0, 0, 0b1000_0000, 0b000_0010);
  }

  @ParameterizedTest
  @CsvSource({
    // items, codebooks, codewords, skew
    "1, 1, 1, 1",
    "1, 64, 2, 1",
    "50, 1, 1, 1",
    "50, 64, 1, 1",
    "300, 1, 65536, 1",
    "700, 3, 300, 8",
    "2000, 5, 256, 1",
    "2000, 5, 256, 4",
    "2000, 4, 256, 40",
    "2000, 2, 4097, 3",
    "2000, 2, 4096, 9",
    "2000, 64, 3, 2"
  })
  void theRuntimeReadsWhatWasWritten(int items, int codebooks, int codewords, int skew)
      throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    int[][] columns = new int[codebooks][items];
    for (int[] column : columns) {
      Arrays.setAll(column, v -> (int) (codewords * Math.pow(random.nextDouble(), skew)));
    }
    Codes codes = new Codes(codewords, columns);
    // Each codeword is a number of its own, so wrong codes give wrong scores.
    float[] books = Toys.gaussians(random, codebooks * codewords * DIMENSION, 1);
    SessionModel model =
        new SessionModel(
            new WeightedMeanEncoder(Toys.WINDOW, 10),
            new CompositionalItemTable(
                codes, Tensors.of(books, (long) codebooks * codewords, DIMENSION), 8),
            false,
            50);
    Items ids = Toys.numberedIds(items);
    float[] zeros = new float[Toys.WINDOW];
    RepeatCalibration.Result calibrated =
        Toys.calibrated(1, new RepeatHead(1, model.repeatBonus(), zeros, zeros, zeros, zeros));
    byte[] bytes = ModelFileWriter.write(model, calibrated, Toys.WINDOW, ids, new int[] {0}, "{}");
    assertThat(
            ParityGate.pass(
                bytes, model, calibrated, Toys.WINDOW, ids, Toys.random(random, items, 10, 8)))
        .isLessThan(1e-4);
    assertThat(Recommender.open(bytes).itemCount()).isEqualTo(items);
    // At most the plain table of the same codes, the tables' bits, and the difference in one width.
    long plain = ((long) items * codebooks * BitWriter.width(codewords) + 7) / 8;
    assertThat((long) CodeWriter.write(codes, CodeWriter.order(codes)).length)
        .isLessThanOrEqualTo(6 + plain + (2L * codebooks + 7 + 7L * items) / 8);
  }

  /** Sorting saves log2 of the number of orders; the codes themselves are uniform here. */
  @Test
  void uniformCodesCostWhatTheirSetHolds() {
    int items = 4000;
    int codebooks = 4;
    SplittableRandom random = new SplittableRandom(SEED);
    int[][] columns = new int[codebooks][items];
    for (int[] column : columns) {
      Arrays.setAll(column, v -> random.nextInt(256));
    }
    Codes codes = new Codes(256, columns);
    double orders = 0;
    for (int v = 2; v <= items; v++) {
      orders += Math.log(v) / Math.log(2);
    }
    double least = items * codebooks * 8 - orders;
    double bits = 8.0 * CodeWriter.write(codes, CodeWriter.order(codes)).length;
    assertThat(bits).isBetween(least, 1.1 * least);
  }
}
