package io.attar.benchmarks;

import io.attar.runtime.Recommendations;
import io.attar.runtime.Recommender;
import io.attar.runtime.Session;

/** The runtime as an application uses it: {@code clickIndex} and {@code top(20)}. */
final class RuntimeContestant implements Contestant {
  private final String name;
  private final Session session;
  private Recommendations top;

  RuntimeContestant(String name, Recommender recommender) {
    this.name = name;
    session = recommender.newSession();
    top = session.top(TOP);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void restore(int[] clicks, int count) {
    session.clear();
    for (int t = 0; t < count; t++) {
      session.clickIndex(clicks[t]);
    }
    // In an application the last click was answered too: what a session keeps from it is there.
    session.top(TOP);
  }

  @Override
  public void click(int item) {
    session.clickIndex(item);
    top = session.top(TOP);
  }

  @Override
  public int item(int rank) {
    return top.itemIndex(rank);
  }
}
