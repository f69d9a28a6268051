package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class MixedItemTableTest {
  private static final int ITEMS = 20;

  private final SplittableRandom random = new SplittableRandom(5);
  private final SessionModel teacher =
      Toys.model(Toys.weightedMean(), Toys.denseTable(random, ITEMS));
  private final CompositionalItemTable composed = Toys.codeTable(random, ITEMS, 3, 4);

  private float[] expected(double share) {
    float[] own = Tensors.floats(composed.allRows());
    float[] theirs = Tensors.floats(teacher.allUsedRows());
    float[] mixed = new float[own.length];
    for (int i = 0; i < mixed.length; i++) {
      mixed[i] = (float) (share * theirs[i] + (1 - share) * own[i]);
    }
    return mixed;
  }

  @Test
  void rowsAreTheMixtureInEveryWayOfAsking() {
    MixedItemTable table = new MixedItemTable(composed, teacher, 0.7);
    float[] expected = expected(0.7);
    assertThat(Tensors.floats(table.allRows())).containsExactly(expected, within(1e-6f));
    Tensor some = Tensors.indices(new int[] {7, 0, 19});
    float[] rows = Tensors.floats(table.rows(some));
    assertThat(Tensors.floats(table.frozenRows(some))).isEqualTo(rows);
    for (int i = 0; i < 3; i++) {
      int item = new int[] {7, 0, 19}[i];
      for (int d = 0; d < Toys.DIMENSION; d++) {
        assertThat(rows[i * Toys.DIMENSION + d])
            .isCloseTo(expected[item * Toys.DIMENSION + d], within(1e-6f));
      }
    }
    assertThat(table.size()).isEqualTo(ITEMS);
    assertThat(table.dimension()).isEqualTo(Toys.DIMENSION);
    assertThat(table.parameters()).isEqualTo(composed.parameters());
  }

  @Test
  void withoutAShareNothingIsMixed() {
    MixedItemTable table = new MixedItemTable(composed, teacher, 0.7);
    table.share(0);
    Tensor some = Tensors.indices(new int[] {3, 4});
    assertThat(Tensors.floats(table.rows(some)))
        .isEqualTo(Tensors.floats(composed.frozenRows(some)));
    assertThat(Tensors.floats(table.allRows())).isEqualTo(Tensors.floats(composed.allRows()));
  }

  /** The codebooks get the share of the gradient that is theirs, the teacher none. */
  @Test
  void theGradientReachesTheLearningTableOnly() {
    Tensor some = Tensors.indices(new int[] {3, 4, 11});
    composed.rows(some).sum().backward();
    composed.collectGradient();
    Parameter codebooks = composed.parameters().get(0);
    float[] whole = gradient(codebooks);
    codebooks.clearGradient();
    MixedItemTable table = new MixedItemTable(composed, teacher, 0.7);
    table.rows(some).sum().backward();
    table.collectGradient();
    float[] part = gradient(codebooks);
    for (int i = 0; i < whole.length; i++) {
      assertThat(part[i]).isCloseTo(0.3f * whole[i], within(1e-6f));
    }
    assertThat(whole).contains(1f);
    for (Parameter parameter : teacher.parameters()) {
      assertThat(parameter.gradient()).as(parameter.name()).isNull();
    }
  }

  private static float[] gradient(Parameter parameter) {
    Tensor gradient = parameter.gradient();
    if (gradient == null) {
      throw new AssertionError(parameter.name() + " got no gradient");
    }
    return Tensors.floats(gradient);
  }
}
