package io.attar.training;

import io.attar.data.Sessions;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A finished model of another kind as a voter: after every click of the training sessions the items
 * that it scores highest, those of the prefix apart, each with its share of the exponentials of
 * their scores (Kang et al., HetComp, WWW 2023: one student of unlike teachers).
 *
 * <p>It has seen the very sessions that it votes on, which its clicks' targets show; what is new to
 * its pupil is what it expects beside them.
 */
final class ModelVotes {
  private static final String STAGE = "votes of the recurrent model";

  /** Cases scored at a time. */
  private static final int BLOCK = 64;

  private static final float NEVER = -1e30f;

  private final SessionModel model;
  private final Tensor rows; // (V, N)
  private final int size; // V
  private final int[] unknown; // items without a click in training
  private final double sharpness;
  private final int firstClick;
  private final int[] items; // (clicks KEPT)
  private final float[] shares; // (clicks KEPT)

  private ModelVotes(
      SessionModel model, int[] clickCounts, double sharpness, int firstClick, int clicks) {
    this.model = model;
    this.rows = model.allUsedRows();
    this.size = clickCounts.length;
    this.unknown = IntStream.range(0, size).filter(v -> clickCounts[v] == 0).toArray();
    this.sharpness = sharpness;
    this.firstClick = firstClick;
    this.items = new int[clicks * Votes.KEPT];
    this.shares = new float[clicks * Votes.KEPT];
    Arrays.fill(items, -1);
  }

  /**
   * Lets the model vote.
   *
   * @param clickCounts (V) clicks in training; an item without one gets no vote
   * @param sharpness what scores are multiplied by
   */
  static Votes collect(
      SessionModel model,
      int[] clickCounts,
      double sharpness,
      Sessions sessions,
      int window,
      TrainingListener listener) {
    listener.stageStarted(STAGE);
    model.encoder().training(false);
    int firstClick = sessions.start(Votes.firstSession(sessions));
    try (PointerScope scope = new PointerScope()) {
      ModelVotes votes =
          new ModelVotes(
              model, clickCounts, sharpness, firstClick, sessions.clickCount() - firstClick);
      SessionPacker packer = SessionPacker.forTraining(sessions, 16, Trainer.WIDTH, window);
      long done = 0;
      for (SessionBatch batch : packer.inOrder()) {
        try (PointerScope inner = new PointerScope()) {
          votes.add(batch);
        }
        done += batch.caseCount();
        listener.progressed(STAGE, 1, done, sessions.caseCount(1));
      }
      return Votes.of(firstClick, votes.items, votes.shares);
    }
  }

  private void add(SessionBatch batch) {
    SessionBatch.OwnItems own = batch.ownItems();
    Tensor theta = model.sessionVectors(batch, rows).detach();
    int kept = Math.min(Votes.KEPT, size);
    for (int from = 0; from < batch.caseCount(); from += BLOCK) {
      int count = Math.min(BLOCK, batch.caseCount() - from);
      try (PointerScope scope = new PointerScope()) {
        Tensor scores = model.logits(theta.narrow(0, from, count), rows.detach()); // (count, V)
        FloatBuffer buffer = scores.createBuffer();
        for (int i = 0; i < count; i++) {
          for (int t = 0; t < batch.width(); t++) {
            if (own.own()[(from + i) * batch.width() + t]) {
              buffer.put(i * size + batch.itemInRow(from + i, t), NEVER);
            }
          }
          for (int v : unknown) {
            buffer.put(i * size + v, NEVER);
          }
        }
        var best = torch.topk(scores, kept, 1, true, true);
        float[] values = Tensors.floats(best.get0());
        int[] found = Tensors.ints(best.get1());
        for (int i = 0; i < count; i++) {
          if (batch.clicks()[from + i] >= firstClick) {
            put(batch.clicks()[from + i] - firstClick, values, found, i * kept, kept);
          }
        }
      }
    }
  }

  private void put(int click, float[] values, int[] found, int from, int kept) {
    double sum = 0;
    int count = 0;
    while (count < kept && values[from + count] > NEVER) {
      sum += Math.exp(sharpness * (values[from + count] - values[from]));
      count++;
    }
    for (int n = 0; n < count; n++) {
      double share = Math.exp(sharpness * (values[from + n] - values[from])) / sum;
      items[click * Votes.KEPT + n] = found[from + n];
      shares[click * Votes.KEPT + n] = (float) share;
    }
  }
}
