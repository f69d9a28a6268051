package io.attar.benchmarks;

import java.util.Arrays;

/**
 * A tensor-train student of the same bytes as the student's item table, with random cores: the
 * scores mean nothing, the time does. Its encoder is the mean of the clicked rows, the cheapest
 * there is; the sum of the rows before is kept, so a click makes one row.
 */
final class TensorTrainContestant implements Contestant {
  static final String CONTRACTED = "tensor-train in Java, query contracted into the cores";
  static final String REBUILT = "tensor-train in Java, rows rebuilt";

  private final TensorTrain table;
  private final boolean contracted;
  private final ClickWindow window;
  private final float[] sum; // (N) of the clicked rows
  private final float[] query; // (N)
  private final float[] scores;
  private final TopItems top = new TopItems(TOP);

  TensorTrainContestant(TensorTrain table, StudentWeights student, boolean contracted) {
    this.table = table;
    this.contracted = contracted;
    window = new ClickWindow(student);
    sum = new float[table.dimension()];
    query = new float[table.dimension()];
    scores = new float[student.itemCount()];
  }

  @Override
  public String name() {
    return contracted ? CONTRACTED : REBUILT;
  }

  @Override
  public void restore(int[] clicks, int count) {
    window.restore(clicks, count);
    Arrays.fill(sum, 0);
    for (int t = 0; t < count; t++) {
      table.addRow(clicks[t], sum);
    }
  }

  @Override
  public void click(int item) {
    window.add(item);
    table.addRow(item, sum);
    System.arraycopy(sum, 0, query, 0, sum.length);
    ClickWindow.normalise(query, 1);
    if (contracted) {
      table.scoreByContraction(query, scores);
    } else {
      table.scoreByRows(query, scores);
    }
    window.applyRepeats(scores);
    top.start();
    top.offer(scores, scores.length, 0);
  }

  @Override
  public int item(int rank) {
    return top.item(rank);
  }
}
