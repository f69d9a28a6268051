package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.within;

import io.attar.data.Items;
import io.attar.data.Sessions;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the trainer's network sees and says is what the runtime's does. */
class RepeatNetworkTest {
  private static final long SEED = 20_261_121L;
  private static final int ITEMS = 60;
  private static final int WINDOW = 14;
  private static final int INPUTS = RepeatNetworkInputs.INPUTS;
  private static final Items IDS = Toys.numberedIds(ITEMS);

  private static SessionModel model(int items) {
    WeightedMeanEncoder encoder = new WeightedMeanEncoder(WINDOW, 10);
    SplittableRandom random = new SplittableRandom(SEED);
    Toys.shake(encoder.parameters(), random, 0.3);
    return Toys.model(encoder, Toys.denseTable(random, items));
  }

  private static byte[] write(SessionModel model, RepeatNetwork network) {
    return ModelFileWriter.write(model, Toys.calibrated(network), WINDOW, IDS, new int[] {0}, "{}");
  }

  private static double gate(byte[] file, SessionModel model, RepeatNetwork network, int items) {
    // Longer than the window; items come back early and late.
    Sessions sessions = Toys.random(new SplittableRandom(SEED + 1), items, 40, 24);
    return ParityGate.pass(file, model, Toys.calibrated(network), WINDOW, IDS, sessions);
  }

  /** A network that hands one input through. */
  private static RepeatNetwork only(int input, float weight) {
    float[] weights = new float[2 * INPUTS];
    weights[INPUTS + input] = weight;
    return new RepeatNetwork(1, weights, new float[1]);
  }

  @Test
  void everyInputIsTheRuntimes() {
    SessionModel model = model(ITEMS);
    for (int input = 0; input < INPUTS; input++) {
      // Order is kept, so what rises with the rank shows with the other sign alone.
      for (float weight : new float[] {1, -1}) {
        RepeatNetwork network = only(input, weight);
        byte[] file = write(model, network);
        assertThat(gate(file, model, network, ITEMS)).as("input %s", input).isLessThan(1e-5);
      }
      RepeatNetwork other = only((input + 1) % INPUTS, -1);
      byte[] file = write(model, only(input, -1));
      assertThat(catchThrowable(() -> gate(file, model, other, ITEMS)))
          .as("input %s", input)
          .isInstanceOf(TrainingException.class);
    }
  }

  /** Fewer unseen items than the network ranks, down to none. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 9, 16, 21})
  void smallCatalogues(int items) {
    SessionModel model = model(items);
    RepeatNetwork network = Toys.network(new SplittableRandom(SEED), 4);
    assertThat(gate(write(model, network), model, network, items)).isLessThan(1e-4);
  }

  @Test
  void theGateRefusesAFileWithOneWeightChanged() {
    SessionModel model = model(ITEMS);
    RepeatNetwork network = Toys.network(new SplittableRandom(SEED), 2);
    assertThat(gate(write(model, network), model, network, ITEMS)).isLessThan(1e-4);
    int weights = network.weights().length;
    for (int i = 0; i < weights + network.outputs().length; i++) {
      float[] changed = network.weights().clone();
      float[] outputs = network.outputs().clone();
      if (i < weights) {
        changed[i] += 0.3f;
      } else {
        outputs[i - weights] += 0.3f;
      }
      byte[] file = write(model, new RepeatNetwork(2, changed, outputs));
      assertThat(catchThrowable(() -> gate(file, model, network, ITEMS)))
          .as("weight %s", i)
          .isInstanceOf(TrainingException.class)
          .hasMessageContaining("parity gate")
          .hasMessageContaining("the model file is not written");
    }
  }

  @Test
  void unseenItemsKeepTheirOrder() {
    SplittableRandom random = new SplittableRandom(SEED);
    int lowered = 0;
    for (int round = 0; round < 200; round++) {
      int count = random.nextInt(1, 21);
      float[] best = Toys.gaussians(random, count, 3);
      Arrays.sort(best);
      for (int r = 0; r < count / 2; r++) {
        float kept = best[r];
        best[r] = best[count - 1 - r];
        best[count - 1 - r] = kept;
      }
      double[] before = new double[count + 1];
      double slope = round / 20.0;
      Arrays.setAll(before, r -> 5 * Randoms.gaussian(random) - slope * r);
      double[] after = before.clone();
      RepeatNetwork.keepOrder(best, after, count);
      assertThat(after[0]).isEqualTo(before[0]);
      assertThat(after[count]).isEqualTo(before[count]);
      for (int r = 1; r < count; r++) {
        double most = after[r - 1] - ((double) best[r - 1] - best[r]) / 64;
        assertThat(after[r]).isCloseTo(Math.min(before[r], most), within(1e-12));
        lowered += after[r] < before[r] ? 1 : 0;
      }
    }
    assertThat(lowered).isBetween(300, 1500);
  }

  @Test
  void handWorkedScore() {
    float[] weights = new float[2 * INPUTS];
    weights[3] = 2;
    weights[INPUTS + 5] = -1;
    RepeatNetwork network = new RepeatNetwork(1, weights, new float[] {10});
    float[] row = new float[INPUTS + 1];
    row[1 + 3] = 0.25f;
    row[1 + 5] = 4;
    assertThat(network.score(row, 1)).isCloseTo(10 * Math.tanh(0.5) - 4, within(1e-9));
  }
}
