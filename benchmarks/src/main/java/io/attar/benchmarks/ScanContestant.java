package io.attar.benchmarks;

import io.attar.runtime.Recommender;
import io.attar.runtime.Session;

/** The runtime's {@code scores}, which computes every item's, and a list of our own behind it. */
final class ScanContestant implements Contestant {
  static final String NAME = "runtime, every item scored";

  private final Session session;
  private final float[] scores;
  private final TopItems top = new TopItems(TOP);

  ScanContestant(Recommender recommender) {
    session = recommender.newSession();
    scores = new float[recommender.itemCount()];
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public void restore(int[] clicks, int count) {
    session.clear();
    for (int t = 0; t < count; t++) {
      session.clickIndex(clicks[t]);
    }
    session.scores(scores);
  }

  @Override
  public void click(int item) {
    session.clickIndex(item);
    session.scores(scores);
    top.start();
    top.offer(scores, scores.length, 0);
  }

  @Override
  public int item(int rank) {
    return top.item(rank);
  }

  /** (items) the scores after the last click. */
  float[] scores() {
    return scores;
  }
}
