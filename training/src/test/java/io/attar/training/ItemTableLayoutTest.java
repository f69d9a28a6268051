package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/** Dense rows beside codes, and product codes, by hand. */
class ItemTableLayoutTest {
  /** Items 1 and 4 of five have dense rows; (0, 2, 3) have the codes (0, 1), (1, 1), (1, 0). */
  private static CompositionalItemTable hybrid(int bits) {
    return new CompositionalItemTable(
        new Codes(2, new int[][] {{0, 1, 1}, {1, 1, 0}}),
        Tensors.of(new float[] {1, 0, 0, 1, 2, 2, 4, 4}, 4, 2),
        false,
        bits,
        new DenseRows(new int[] {1, 4}, new float[] {127, 3.4f, -1, 2.54f}));
  }

  /** Two codebooks of two codewords, columns 0 and 1 of the first, 2 and 3 of the second. */
  private static CompositionalItemTable products(int bits) {
    return new CompositionalItemTable(
        new Codes(2, new int[][] {{0, 1, 1}, {1, 1, 0}}),
        Tensors.of(
            new float[] {
              7, 2.6f, 0, 0, //
              -1, 1, 0, 0, //
              0, 0, 14, 5, //
              0, 0, 0.5f, 0
            },
            4,
            4),
        true,
        bits,
        DenseRows.NONE);
  }

  private static float[] gradient(Parameter parameter) {
    return Tensors.floats(Objects.requireNonNull(parameter.gradient()));
  }

  @Test
  void rowsComeFromCodesOrAreTheirOwn() {
    CompositionalItemTable table = hybrid(8);
    assertThat(table.size()).isEqualTo(5);
    assertThat(table.dimension()).isEqualTo(2);
    assertThat(table.codedItems()).containsExactly(0, 2, 3);
    assertThat(table.denseItems()).containsExactly(1, 4);
    // Dense rows are rounded too: 3.4 of at most 127 is 3.
    float[] expected = {5, 4, 127, 3, 4, 5, 2, 3, -1, 2.54f};
    assertThat(Tensors.floats(table.allRows())).containsExactly(expected, within(1e-5f));
    assertThat(Tensors.floats(table.rows(Tensors.indices(new int[] {4, 3, 1}))))
        .containsExactly(new float[] {-1, 2.54f, 2, 3, 127, 3}, within(1e-5f));
    assertThat(Tensors.floats(table.rows(Tensors.indices(new int[] {4}))))
        .containsExactly(new float[] {-1, 2.54f}, within(1e-5f));
    assertThat(Tensors.floats(hybrid(32).allRows()))
        .containsExactly(new float[] {5, 4, 127, 3.4f, 4, 5, 2, 3, -1, 2.54f}, within(1e-5f));
  }

  @Test
  void aGradientGoesToTheCodewordsOrToTheRow() {
    CompositionalItemTable table = hybrid(8);
    Tensor rows = table.rows(Tensors.indices(new int[] {4, 3, 0}));
    rows.mul(Tensors.of(new float[] {1, 2, 10, 20, 100, 200}, 3, 2)).sum().backward();
    table.collectGradient();
    List<Parameter> parameters = table.parameters();
    assertThat(parameters).extracting(Parameter::name).containsExactly("codebooks", "denseRows");
    // Item 3 is codewords 1 and 0 of the two codebooks, item 0 codewords 0 and 1.
    assertThat(gradient(parameters.get(0))).containsExactly(100, 200, 10, 20, 10, 20, 100, 200);
    assertThat(gradient(parameters.get(1))).containsExactly(1, 2);
    assertThat(Tensors.ints(Objects.requireNonNull(parameters.get(1).activeRows())))
        .containsExactly(1);
    new Adam(parameters).step(0.5);
    // The bias-corrected first step of Adam is the rate, whatever the gradient.
    assertThat(Tensors.floats(Objects.requireNonNull(table.denseRows())))
        .containsExactly(new float[] {127, 3.4f, -1.5f, 2.04f}, within(1e-5f));

    table.rows(Tensors.indices(new int[] {0})).sum().backward();
    table.collectGradient();
    assertThat(parameters.get(1).gradient()).isNull();
    new Adam(parameters).step(0.5);
    assertThat(Tensors.floats(Objects.requireNonNull(table.denseRows())))
        .containsExactly(new float[] {127, 3.4f, -1.5f, 2.04f}, within(1e-5f));
  }

  @Test
  void withoutDenseRowsThereIsNoParameterForThem() {
    assertThat(products(8).parameters()).extracting(Parameter::name).containsExactly("codebooks");
  }

  @Test
  void theMostClickedItemsAreChosen() {
    float[] rows = {0, 0, 1, 1, 2, 2, 3, 3, 4, 4};
    DenseRows chosen = DenseRows.mostClicked(rows, new int[] {5, 1, 7, 5, 5}, 3);
    // Of three with five clicks the first two.
    assertThat(chosen.items()).containsExactly(0, 2, 3);
    assertThat(chosen.rows()).containsExactly(0, 0, 2, 2, 3, 3);
    assertThat(chosen.others(5)).containsExactly(1, 4);
    DenseRows none = DenseRows.mostClicked(rows, new int[5], 0);
    assertThat(none.items()).isEmpty();
    assertThat(none.others(5)).containsExactly(0, 1, 2, 3, 4);
  }

  @Test
  void aProductCodewordFillsItsOwnColumnsAlone() {
    CompositionalItemTable table = products(4);
    assertThat(table.dimension()).isEqualTo(4);
    // Each stored part has a scale of its own: 2.6 of at most 7 is 3, 5 of at most 14 is 3 of 7.
    assertThat(Tensors.floats(table.allRows()))
        .containsExactly(new float[] {7, 3, 0.5f, 0, -1, 1, 0.5f, 0, -1, 1, 14, 6}, within(1e-6f));
    assertThat(Tensors.floats(products(32).allRows()))
        .containsExactly(
            new float[] {7, 2.6f, 0.5f, 0, -1, 1, 0.5f, 0, -1, 1, 14, 5}, within(1e-6f));
    assertThat(table.codebooks().shape()).containsExactly(4, 2);
    assertThat(table.quantised().scales()).hasSize(4);
  }

  @Test
  void aProductCodewordSeesTheGradientOfItsColumns() {
    CompositionalItemTable table = products(4);
    Tensor rows = table.rows(Tensors.indices(new int[] {2, 1}));
    rows.mul(Tensors.of(new float[] {1, 2, 3, 4, 10, 20, 30, 40}, 2, 4)).sum().backward();
    table.collectGradient();
    Parameter codebooks = table.parameters().get(0);
    assertThat(gradient(codebooks)).containsExactly(0, 0, 11, 22, 3, 4, 30, 40);
    new Adam(List.of(codebooks)).step(1);
    // Whatever moved, codeword 1 of the first codebook still says nothing on columns 2 and 3.
    float[] all = Tensors.floats(table.allRows());
    assertThat(Arrays.copyOfRange(all, 4, 6)).isEqualTo(Arrays.copyOfRange(all, 8, 10));
    assertThat(Arrays.copyOfRange(all, 2, 4)).isEqualTo(Arrays.copyOfRange(all, 6, 8));
  }

  @Test
  void codewordsThatReachBeyondTheirColumnsAreRefused() {
    Codes codes = new Codes(2, new int[][] {{0, 1}, {1, 0}});
    assertThatThrownBy(
            () ->
                new CompositionalItemTable(
                    codes,
                    Tensors.of(new float[] {1, 0, 1, 0, 0, 1, 2, 1}, 4, 2),
                    true,
                    8,
                    DenseRows.NONE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("row 3, column 0 is 2.0");
    assertThatThrownBy(
            () ->
                new CompositionalItemTable(
                    codes, Tensors.of(new float[12], 4, 3), true, 8, DenseRows.NONE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must divide the dimension, 3: 2");
  }
}
