package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.attar.data.Sessions;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ModelVotesTest {
  private static final long SEED = 20_261_121L;
  private static final int ITEMS = 30;
  private static final int UNKNOWN = 29; // never clicked in training
  private static final double SHARPNESS = 3;

  @BeforeAll
  static void prepare() {
    TorchEnvironment.prepare();
  }

  private static SessionModel model() {
    SplittableRandom random = new SplittableRandom(SEED);
    SessionModel model =
        SessionModel.ofDotProducts(
            new GatedRecurrentEncoder(6, 0.5, 3),
            new DenseItemTable(Tensors.of(Toys.gaussians(random, ITEMS * 6, 1), ITEMS, 6)),
            1,
            null);
    model.withoutRepeatBonus();
    return model;
  }

  /** After every click: the best unseen items by the model's own scores of that prefix alone. */
  @Test
  void votesAreTheBestUnseenItemsOfEachPrefix() {
    SessionModel model = model();
    Sessions sessions = Toys.random(new SplittableRandom(SEED), UNKNOWN, 60, 9);
    int[] counts = new int[ITEMS];
    for (int i = 0; i < sessions.clickCount(); i++) {
      counts[sessions.item(i)]++;
    }
    Votes votes =
        ModelVotes.collect(model, counts, SHARPNESS, sessions, 20, TrainingListener.SILENT);
    model.encoder().training(false);
    int checked = 0;
    for (int s = 0; s < sessions.count(); s++) {
      Set<Integer> prefix = new HashSet<>();
      for (int click = sessions.start(s); click < sessions.end(s) - 1; click++) {
        prefix.add(sessions.item(click));
        float[] scores = scores(model, sessions, sessions.start(s), click + 1);
        double sum = 0;
        double before = Double.POSITIVE_INFINITY;
        for (int n = 0; n < Votes.KEPT && votes.item(click, n) >= 0; n++) {
          int item = votes.item(click, n);
          assertThat(prefix).doesNotContain(item);
          assertThat(counts[item]).isPositive();
          assertThat((double) scores[item]).isLessThanOrEqualTo(before + 1e-5);
          double times = Math.exp(SHARPNESS * (scores[votes.item(click, 0)] - scores[item]));
          assertThat(votes.share(click, n) * times).isCloseTo(votes.share(click, 0), within(1e-4));
          before = scores[item];
          sum += votes.share(click, n);
          checked++;
        }
        assertThat(sum).isCloseTo(1, within(1e-5));
        int better = 0; // unseen items above the last one kept: no more than those kept
        for (int v = 0; v < ITEMS; v++) {
          better += counts[v] > 0 && !prefix.contains(v) && scores[v] > before + 1e-5 ? 1 : 0;
        }
        assertThat(better).isLessThan(Votes.KEPT);
      }
      assertThat(votes.item(sessions.end(s) - 1, 0)).as("the last click asks nothing").isNegative();
    }
    assertThat(checked).isGreaterThan(1000);
  }

  private static float[] scores(SessionModel model, Sessions sessions, int from, int to) {
    SessionBatch batch = Toys.prefix(sessions, from, to, 20);
    return Tensors.floats(
        model.logits(model.sessionVectors(batch, model.allUsedRows()), model.allUsedRows()));
  }
}
