package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Tables of products: what they compute, what they learn, what they weigh. */
class FactoredItemTableTest {
  private static final long SEED = 20_261_121L;
  private static final int ITEMS = 50;
  private static final int DIMENSION = 16;
  private static final int[] CLICKS = IntStream.range(0, ITEMS).map(v -> v * 7 % 50).toArray();
  private static final float[] ROWS =
      Toys.gaussians(new SplittableRandom(SEED), ITEMS * DIMENSION, 0.25);

  private static FactoredItemTable table(Map<String, ?> options) {
    return FactoredTables.of(Toys.table(options), ROWS, DIMENSION, CLICKS, SEED);
  }

  /** One of each kind. */
  static Stream<Map<String, ?>> kinds() {
    return Stream.of(
        Map.of("kind", "dense"),
        Map.of("kind", "low-rank", "rank", 5),
        Map.of("kind", "block-wise", "bytes", 780, "rankDivisor", 2),
        Map.of("kind", "tensor-train", "rank", 4),
        Map.of("kind", "tensor-train", "rank", 3, "cores", 3),
        Map.of("kind", "semi-tensor-train", "rank", 6),
        Map.of("kind", "semi-tensor-train", "rank", 4, "cores", 3));
  }

  private static double error(Map<String, ?> options) {
    return table(options).reconstructionError(Tensors.of(ROWS, ITEMS, DIMENSION));
  }

  @Test
  void aTableThatMayBeAsLargeAsItsRowsIsTheRows() {
    assertThat(error(Map.of("kind", "dense", "bits", 32))).isZero();
    // 16 columns of random rows have 16 directions; the last one is left out.
    assertThat(error(Map.of("kind", "low-rank", "rank", 15, "bits", 32))).isBetween(1e-3, 0.0625);
    for (String kind : List.of("tensor-train", "semi-tensor-train")) {
      for (int cores = 2; cores <= 3; cores++) {
        // Cores of the largest rank can hold any rows.
        Map<String, ?> whole = Map.of("kind", kind, "rank", 128, "bits", 32, "cores", cores);
        assertThat(error(whole)).as("%s of %d", kind, cores).isLessThan(1e-9);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"low-rank, 2, 5, 11", "tensor-train, 2, 6, 20", "semi-tensor-train, 2, 8, 24"})
  void moreRankIsLessError(String kind, int low, int middle, int high) {
    double before = 1;
    for (int rank : new int[] {low, middle, high}) {
      double error = error(Map.of("kind", kind, "rank", rank, "bits", 32));
      assertThat(error).isLessThan(0.95 * before).isPositive();
      before = error;
    }
  }

  @Test
  void lowRankRowsAreFoundAgain() {
    SplittableRandom random = new SplittableRandom(SEED);
    Tensor rows =
        Tensors.of(Toys.gaussians(random, ITEMS * 3, 1), ITEMS, 3)
            .mm(Tensors.of(Toys.gaussians(random, 3 * DIMENSION, 1), 3, DIMENSION));
    BlockwiseItemTable table =
        BlockwiseItemTable.of(
            Tensors.floats(rows), DIMENSION, BlockwiseItemTable.whole(ITEMS, 3), 32, SEED);
    assertThat(table.reconstructionError(rows)).isLessThan(1e-10);
  }

  @Test
  void theMostClickedItemsHaveTheLongestRows() {
    Map<String, ?> options =
        Map.of("kind", "block-wise", "bytes", 1200, "rankDivisor", 4, "bits", 32);
    FactoredItemTable table = table(options);
    float[] rows = Tensors.floats(table.allRows());
    int[] order = table.order();
    assertThat(Arrays.stream(order).sorted().toArray())
        .isEqualTo(IntStream.range(0, ITEMS).toArray());
    int exact = 0;
    for (int place = ITEMS - 1; place >= 0; place--) {
      int v = order[place];
      int from = v * DIMENSION;
      if (!Arrays.equals(rows, from, from + DIMENSION, ROWS, from, from + DIMENSION)) {
        break;
      }
      exact++;
    }
    // Those of the last block by place are the teacher's own, and the most clicked.
    assertThat(exact).isBetween(1, 20);
    int least = IntStream.range(ITEMS - exact, ITEMS).map(p -> CLICKS[order[p]]).min().orElse(0);
    int most = IntStream.range(0, ITEMS - exact).map(p -> CLICKS[order[p]]).max().orElse(99);
    assertThat(least).isGreaterThan(most);
    assertThat(table.toString()).endsWith(exact + " x 16").contains(" x 4, ");
  }

  /** The example of the semi-tensor product in OD-Rec, with t = 2. */
  @Test
  void theSemiTensorProductOfTheSpecification() {
    // A = [[1,2,3,4],[0,1,0,1]], B = [[1,2,0],[3,0,1]]; a core's columns stand (j, s).
    TrainShape shape =
        new TrainShape(2, 2, new int[] {2, 3}, new int[] {2, 1}, new int[] {1, 2, 1});
    TensorTrainItemTable table =
        new TensorTrainItemTable(
            shape,
            IntStream.range(0, 6).toArray(),
            List.of(
                Tensors.of(new float[] {1, 3, 2, 4, 0, 0, 1, 1}, 2, 4),
                Tensors.of(new float[] {1, 3, 2, 0, 0, 1}, 3, 2)),
            32);
    assertThat(Tensors.floats(table.allRows()))
        .containsExactly(10, 14, 2, 4, 3, 4, 0, 4, 0, 2, 0, 1);
  }

  @Test
  void thePapersShapes() {
    TrainShape tmall = TrainShape.of(40_727, 128, 2, 2, 60);
    assertThat(tmall.widths()).containsExactly(32, 4);
    assertThat(tmall.ranks()).containsExactly(1, 30, 1);
    assertThat(tmall.capacity()).isBetween(40_727, 41_500);
    assertThat(TrainShape.of(36_968, 256, 3, 1, 8).widths()).containsExactly(8, 8, 4);
    // 12,345 = 51 x 241 + 54, and 6 x 26 x 79 + 0 x 79 + 21.
    TrainShape two = new TrainShape(4, 1, new int[] {169, 241}, new int[] {2, 2}, new int[3]);
    assertThat(List.of(two.digit(12_345, 0), two.digit(12_345, 1))).containsExactly(51, 54);
    TrainShape three =
        new TrainShape(8, 1, new int[] {18, 26, 79}, new int[] {2, 2, 2}, new int[4]);
    assertThat(IntStream.range(0, 3).map(k -> three.digit(12_345, k))).containsExactly(6, 0, 21);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void anyRowsAskedForAreThoseOfAll(Map<String, ?> options) {
    FactoredItemTable table = table(options);
    assertThat(table.size()).isEqualTo(ITEMS);
    assertThat(table.dimension()).isEqualTo(DIMENSION);
    Tensor asked = Tensors.indices(new int[] {31, 4, 17, 0, 49});
    float[] expected = Tensors.floats(table.allRows().index_select(0, asked));
    for (Tensor rows : List.of(table.rows(asked), table.frozenRows(asked))) {
      assertThat(Tensors.floats(rows)).containsExactly(expected, within(1e-5f));
    }
  }

  /** Every row is linear in every single number, so differences are exact but for roundings. */
  @ParameterizedTest
  @MethodSource("kinds")
  void gradientsAreThoseOfDifferences(Map<String, ?> options) {
    Map<String, Object> unrounded = new java.util.HashMap<>(options);
    unrounded.put("bits", 32);
    unrounded.computeIfPresent("bytes", (key, bytes) -> 2000);
    FactoredItemTable table = table(unrounded);
    Tensor asked = Tensors.indices(new int[] {31, 4, 17, 0, 49});
    Tensor slopes =
        Tensors.of(Toys.gaussians(new SplittableRandom(3), 5 * DIMENSION, 1), 5, DIMENSION);
    table.rows(asked).mul(slopes).sum().backward();
    table.collectGradient();
    int checked = 0;
    for (Parameter parameter : table.parameters()) {
      Tensor given = parameter.gradient();
      if (given == null) {
        continue; // a block without any of the items
      }
      float[] gradient = Tensors.floats(given);
      int[] rows =
          parameter.isRowWise()
              ? Tensors.ints(Objects.requireNonNull(parameter.activeRows()))
              : IntStream.range(0, (int) parameter.value().size(0)).toArray();
      int columns = (int) parameter.value().size(1);
      float[] values = Tensors.floats(parameter.value());
      for (int i = 0; i < gradient.length; i += 1 + gradient.length / 60) {
        int at = rows[i / columns] * columns + i % columns;
        double difference = 0;
        for (int sign = -1; sign <= 1; sign += 2) {
          float[] moved = values.clone();
          moved[at] += sign * 0.5f;
          Tensors.assign(parameter.value(), moved);
          difference += sign * table.frozenRows(asked).mul(slopes).sum().item_double();
        }
        Tensors.assign(parameter.value(), values);
        assertThat((double) gradient[i])
            .as("%s, number %d", parameter.name(), at)
            .isCloseTo(difference, within(2e-4 * Math.max(1, Math.abs(difference))));
        checked++;
      }
    }
    assertThat(checked).isGreaterThan(30);
  }

  /** What rounds passes the gradient on as if it did not: the one at the rounded numbers. */
  @ParameterizedTest
  @MethodSource("kinds")
  void roundingPassesTheGradientStraightThrough(Map<String, ?> options) {
    List<float[]> gradients = new ArrayList<>();
    for (boolean before : new boolean[] {false, true}) {
      FactoredItemTable table = table(options); // 8 bits
      if (before) {
        // Rounded once, rounding again moves nothing but the last bits.
        table.parameters().forEach(p -> Quantised.roundTrip(p.value(), 8));
      }
      Tensor rows = table.rows(Tensors.indices(new int[] {3, 40, 22}));
      rows.mul(rows).sum().backward();
      for (Parameter parameter : table.parameters()) {
        Tensor gradient = parameter.gradient();
        gradients.add(gradient == null ? new float[0] : Tensors.floats(gradient));
      }
    }
    int half = gradients.size() / 2;
    for (int i = 0; i < half; i++) {
      assertThat(gradients.get(i)).containsExactly(gradients.get(half + i), within(1e-4f));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "low-rank, 8, 700", "low-rank, 4, 600", "low-rank, 32, 2000", "block-wise, 8, 640",
    "block-wise, 4, 300", "block-wise, 32, 1600", "tensor-train, 8, 700", "tensor-train, 4, 500",
    "tensor-train, 32, 1500", "semi-tensor-train, 8, 700", "semi-tensor-train, 4, 800"
  })
  void theBudgetIsKeptAndUsed(String kind, int bits, int bytes) {
    FactoredItemTable table = table(Map.of("kind", kind, "bits", bits, "bytes", bytes));
    assertThat(table.section().length).isBetween(bytes * 7 / 10, bytes);
    if (table instanceof TensorTrainItemTable) {
      TrainShape shape =
          TrainShape.within(
              ITEMS, DIMENSION, 2, kind.startsWith("semi") ? 2 : 1, bits, (long) bytes);
      assertThat(table.section()).hasSize((int) shape.bytes(bits));
    }
  }

  @Test
  void whatCannotBeIsRefused() {
    assertThatThrownBy(() -> Toys.table(Map.of("kind", "hash")))
        .hasMessageContaining("table.kind must be one of codes, dense, low-rank, block-wise,");
    assertThatThrownBy(() -> Toys.table(Map.of("kind", "low-rank")))
        .hasMessageContaining("table.rank or table.bytes must be above 0");
    assertThatThrownBy(() -> Toys.table(Map.of("kind", "tensor-train", "rank", 2, "bytes", 9)))
        .hasMessageContaining("and the other 0: 2 and 9");
    assertThatThrownBy(() -> Toys.table(Map.of("kind", "block-wise", "rank", 2)))
        .hasMessageContaining("table.bytes must be above 0 when table.kind is block-wise");
    assertThatThrownBy(() -> Toys.table(Map.of("bits", 5)))
        .hasMessageContaining("table.bits must be 4, 8 or 32: 5");
    for (String kind : List.of("low-rank", "block-wise", "tensor-train", "semi-tensor-train")) {
      assertThatThrownBy(() -> table(Map.of("kind", kind, "bytes", 40)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("table.bytes must be at least")
          .hasMessageEndingWith(": 40");
    }
    assertThatThrownBy(() -> table(Map.of("kind", "low-rank", "rank", 16)))
        .hasMessageContaining("must be below teacher.dimension, 16: 16");
    assertThatThrownBy(() -> table(Map.of("kind", "semi-tensor-train", "rank", 3)))
        .hasMessageContaining("must be even in a semi-tensor train");
    assertThatThrownBy(() -> table(Map.of("kind", "block-wise", "bytes", 9999, "blocks", 51)))
        .hasMessageContaining("table.blocks must be at most the number of items, 50: 51");
  }
}
