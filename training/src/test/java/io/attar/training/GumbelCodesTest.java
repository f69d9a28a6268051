package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.DoubleBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GumbelCodesTest {
  private static final long SEED = 20_261_121L;
  private static final int ITEMS = 600;
  private static final int DIMENSION = 16;

  /** Items around 40 centers, in which two thirds of the length is. */
  private static float[] rows() {
    SplittableRandom random = new SplittableRandom(SEED);
    float[] centers = Toys.gaussians(random, 40 * DIMENSION, 0.8);
    float[] rows = Toys.gaussians(random, ITEMS * DIMENSION, 0.5);
    for (int i = 0; i < rows.length; i++) {
      rows[i] += centers[i / DIMENSION % 40 * DIMENSION + i % DIMENSION];
    }
    return rows;
  }

  private static StudentOptions options(int epochs) {
    return Toys.student(
        Map.of(
            "quantiser",
            "gumbel",
            "codebooks",
            3,
            "codewords",
            16,
            "codeEpochs",
            epochs,
            "codeLearningRate",
            1e-2,
            "popularityExponent",
            0));
  }

  private static double[] each(JsonNode epochs, String name) {
    double[] values = new double[epochs.size()];
    Arrays.setAll(values, i -> epochs.get(i).get(name).asDouble());
    return values;
  }

  @Test
  void theErrorFallsEpochByEpochAndCodesSettle() {
    List<String> said = new ArrayList<>();
    TrainingListener listener = Toys.writtenTo(said);
    Quantiser.Result found =
        new GumbelCodes(listener).learn(rows(), new int[ITEMS], options(12), SEED);
    double[] errors = each(found.epochs(), "reconstructionError");
    double[] changed = each(found.epochs(), "changedItems");
    double[] entropies = each(found.epochs(), "meanUsageEntropyBits");
    assertThat(errors).hasSize(13);
    for (int epoch = 1; epoch <= 12; epoch++) {
      // Within noise of one epoch, and clearly over three.
      assertThat(errors[epoch]).as("epoch %s", epoch).isLessThan(errors[epoch - 1] + 0.005);
      if (epoch % 3 == 0 && epoch < 12) {
        assertThat(errors[epoch]).as("epoch %s", epoch).isLessThan(0.99 * errors[epoch - 3]);
      }
    }
    assertThat(errors[12]).isLessThan(0.85 * errors[0]);
    double control = new RandomCodes().learn(rows(), new int[ITEMS], options(1), SEED).error();
    assertThat(found.error()).isLessThan(0.6 * control);
    // Codes change at first, then settle.
    assertThat(changed[1]).isGreaterThan(0.3);
    assertThat(changed[12]).isLessThan(0.3 * changed[1]);
    assertThat(entropies[12]).isBetween(3.0, 4.0);
    assertThat(said).hasSize(13);
    assertThat(said.get(12)).contains("codes, epoch 12").contains("reconstruction error 0.");
  }

  @Test
  void everyParameterOfTheEncoderMoves() {
    Tensor items = Tensors.of(rows(), ITEMS, DIMENSION);
    StudentOptions options = options(1);
    Map<String, float[]> before = CodeEncoder.start(items, options, SEED).values();
    Map<String, float[]> after =
        new GumbelCodes(TrainingListener.SILENT)
            .learn(rows(), new int[ITEMS], options, SEED)
            .encoder();
    assertThat(after.keySet()).isEqualTo(before.keySet()).hasSize(4);
    for (String name : before.keySet()) {
      float[] old = before.getOrDefault(name, new float[0]);
      float[] moved = after.getOrDefault(name, new float[0]);
      assertThat(moved).hasSameSizeAs(old).isNotEmpty();
      int same = 0;
      for (int i = 0; i < old.length; i++) {
        same += old[i] == moved[i] ? 1 : 0;
      }
      assertThat(same).as(name).isLessThanOrEqualTo(old.length / 50);
    }
  }

  /** An encoder of 2 codebooks of 3 codewords over vectors of length 4, in double precision. */
  private static CodeEncoder doubles(double[][] weights) {
    return new CodeEncoder(
        List.of(
            Toys.doubles(weights[0], 4, 3),
            Toys.doubles(weights[1], 1, 3),
            Toys.doubles(weights[2], 3, 6),
            Toys.doubles(weights[3], 1, 6)),
        3,
        0.3,
        1);
  }

  private static double[] gaussians(SplittableRandom random, int count) {
    double[] values = new double[count];
    Arrays.setAll(values, i -> Randoms.gaussian(random));
    return values;
  }

  /**
   * What is drawn is one-hot; its gradient, which must reach W, b, W' and b' alike, is that of the
   * soft choice by finite differences.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void theGradientPassesStraightThroughTheDraw(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[][] weights = {
      gaussians(random, 12), gaussians(random, 3), gaussians(random, 18), gaussians(random, 6)
    };
    Tensor rows = Toys.doubles(gaussians(random, 5 * 4), 5, 4);
    Tensor noise = Toys.doubles(gaussians(random, 5 * 6), 5, 2, 3);
    Tensor slopes = Toys.doubles(gaussians(random, 5 * 6), 5, 6);
    CodeEncoder encoder = doubles(weights);
    Tensor drawn = encoder.choose(rows, noise);
    for (int i = 0; i < 5; i++) {
      for (int m = 0; m < 2; m++) {
        double[] choice = new double[3];
        for (int k = 0; k < 3; k++) {
          choice[k] = drawn.select(0, i).select(0, m * 3L + k).item_double();
        }
        Arrays.sort(choice);
        assertThat(choice).containsExactly(0, 0, 1);
      }
    }
    drawn.mul(slopes).sum().backward();
    double step = 1e-6;
    for (int p = 0; p < 4; p++) {
      Tensor gradient = encoder.parameters().get(p).value().grad();
      double[] actual = new double[weights[p].length];
      gradient.contiguous().<DoubleBuffer>createBuffer().get(actual);
      for (int i = 0; i < actual.length; i++) {
        double kept = weights[p][i];
        weights[p][i] = kept + step;
        double above = doubles(weights).chooseSoftly(rows, noise).mul(slopes).sum().item_double();
        weights[p][i] = kept - step;
        double below = doubles(weights).chooseSoftly(rows, noise).mul(slopes).sum().item_double();
        weights[p][i] = kept;
        double expected = (above - below) / (2 * step);
        assertThat(actual[i])
            .as("parameter %s, number %s", p, i)
            .isCloseTo(expected, within(1e-6 * Math.max(1, Math.abs(expected))));
      }
    }
  }

  @Test
  void noiseIsGumbelNoise() {
    torch.manual_seed(SEED);
    CodeEncoder encoder = CodeEncoder.start(Tensors.of(rows(), ITEMS, DIMENSION), options(1), SEED);
    float[] noise = Tensors.floats(encoder.noise(2000));
    double mean = 0;
    double square = 0;
    for (float number : noise) {
      assertThat(number).isFinite();
      mean += number / (double) noise.length;
      square += (double) number * number / noise.length;
    }
    assertThat(mean).isCloseTo(0.5772, within(0.02)); // Euler's constant
    assertThat(square - mean * mean).isCloseTo(Math.PI * Math.PI / 6, within(0.03));
  }

  /** At the start likeness decides, not noise: most draws are the noise-free code. */
  @Test
  void noiseDoesNotDecideAtTheStart() {
    Tensor items = Tensors.of(rows(), ITEMS, DIMENSION);
    CodeEncoder encoder = CodeEncoder.start(items, options(1), SEED);
    int[][] codes = encoder.codes(items);
    torch.manual_seed(SEED);
    int[] drawn =
        Tensors.ints(
            encoder
                .choose(items, encoder.noise(ITEMS))
                .view(ITEMS, 3, 16)
                .argmax(new LongOptional(2), false));
    int same = 0;
    for (int i = 0; i < drawn.length; i++) {
      same += drawn[i] == codes[i % 3][i / 3] ? 1 : 0;
    }
    assertThat((double) same / drawn.length).isGreaterThan(0.5); // chance is 0.06
  }

  /** The item a cell is split for takes the new codeword, one at the cell's center the old one. */
  @Test
  void aSplitCellKeepsItsCenter() {
    Tensor items = Tensors.of(rows(), ITEMS, DIMENSION);
    CodeEncoder encoder = CodeEncoder.start(items, options(1), SEED);
    int[][] codes = encoder.codes(items);
    int item = 7;
    int old = codes[1][item];
    int made = (old + 1) % 16;
    int center = -1;
    for (int v = 0; v < ITEMS && center < 0; v++) {
      center = v != item && codes[1][v] == old ? v : -1;
    }
    encoder.split(
        new int[] {16 + made},
        new int[] {16 + old},
        items.narrow(0, item, 1),
        items.narrow(0, center, 1));
    int[][] after = encoder.codes(items);
    assertThat(after[1][item]).isEqualTo(made);
    assertThat(after[1][center]).isEqualTo(old);
    assertThat(after[0]).isEqualTo(codes[0]);
    assertThat(after[2]).isEqualTo(codes[2]);
  }

  @Test
  void theTableComposesDrawnCodesAndPassesTheirGradientOn() {
    Tensor items = Tensors.of(rows(), ITEMS, DIMENSION);
    CodeEncoder encoder = CodeEncoder.start(items, options(1), SEED);
    float[] codewords = Toys.gaussians(new SplittableRandom(3), 48 * DIMENSION, 1);
    GumbelItemTable table =
        new GumbelItemTable(encoder, items, Tensors.of(codewords, 48, DIMENSION), 16, 4);
    float[] rounded = Quantised.of(codewords, 48, DIMENSION, 4).values();
    int[] active = {3, 599, 41};
    torch.manual_seed(5);
    Tensor choices =
        encoder.choose(items.index_select(0, Tensors.indices(active)), encoder.noise(3));
    int[] drawn = Tensors.ints(choices.view(3, 3, 16).argmax(new LongOptional(2), false));
    torch.manual_seed(5);
    Tensor rows = table.rows(Tensors.indices(active));
    float[] composed = Tensors.floats(rows);
    float[] slopes = Toys.gaussians(new SplittableRandom(4), 3 * DIMENSION, 1);
    double[] expected = new double[codewords.length];
    for (int i = 0; i < 3; i++) {
      for (int d = 0; d < DIMENSION; d++) {
        double sum = 0;
        for (int m = 0; m < 3; m++) {
          int at = (m * 16 + drawn[i * 3 + m]) * DIMENSION + d;
          sum += rounded[at];
          expected[at] += slopes[i * DIMENSION + d];
        }
        assertThat((double) composed[i * DIMENSION + d]).isCloseTo(sum, within(1e-5));
      }
    }
    rows.mul(Tensors.of(slopes, 3, DIMENSION)).sum().backward();
    table.collectGradient();
    for (Parameter parameter : table.parameters()) {
      Tensor gradient = parameter.gradient();
      assertThat(gradient).as(parameter.name()).isNotNull();
      if (gradient != null && parameter.name().equals("codebooks")) {
        float[] actual = Tensors.floats(gradient);
        for (int i = 0; i < actual.length; i++) {
          assertThat((double) actual[i]).isCloseTo(expected[i], within(1e-5));
        }
      } else if (gradient != null) {
        assertThat(gradient.abs().max().item_double()).isPositive();
      }
    }
    // Without noise: what the codes as they stand compose.
    CompositionalItemTable fixed =
        new CompositionalItemTable(table.codes(), Tensors.of(codewords, 48, DIMENSION), 4);
    assertThat(Tensors.floats(table.allRows())).isEqualTo(Tensors.floats(fixed.allRows()));
  }

  @Test
  void aTableHeldToRowsAddsTheirDistancesGradient() {
    SplittableRandom random = new SplittableRandom(9);
    float[] values = Toys.gaussians(random, 10 * 3, 1);
    float[] target = Toys.gaussians(random, 10 * 3, 1);
    DenseItemTable inner = new DenseItemTable(Tensors.of(values, 10, 3));
    ItemTable held = new ReconstructingItemTable(inner, Tensors.of(target, 10, 3));
    float[] slopes = Toys.gaussians(random, 4 * 3, 1);
    int[] active = {8, 0, 5, 2};
    Tensor rows = held.rows(Tensors.indices(active));
    rows.mul(Tensors.of(slopes, 4, 3)).sum().backward();
    held.collectGradient();
    Tensor gradient = inner.parameters().get(0).gradient();
    assertThat(gradient).isNotNull();
    float[] actual = gradient == null ? new float[0] : Tensors.floats(gradient);
    for (int i = 0; i < 12; i++) {
      int at = active[i / 3] * 3 + i % 3;
      assertThat(actual[i])
          .isCloseTo(slopes[i] + 2f / 4 * (values[at] - target[at]), within(1e-5f));
    }
    assertThat(Tensors.floats(held.allRows())).isEqualTo(values);
  }
}
