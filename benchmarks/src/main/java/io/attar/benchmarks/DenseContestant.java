package io.attar.benchmarks;

import org.jspecify.annotations.Nullable;

/** A dense table in Java, its scan laid out for the vector unit; weighted-mean encoder. */
final class DenseContestant implements Contestant {
  private final float[] rows; // (V, N)
  private final VectorScan scan;
  private final ClickWindow window;
  private final float[] query; // (N)
  private final float[] scores; // (V)
  private final float scale;
  private final TopItems top = new TopItems(TOP);

  private DenseContestant(StudentWeights student) {
    rows = student.rows();
    scan = new VectorScan(rows, student.itemCount(), student.dimension());
    window = new ClickWindow(student);
    query = new float[student.dimension()];
    scores = new float[student.itemCount()];
    scale = student.scale();
  }

  /** The contestant, or null when the student's encoder is not a weighted mean. */
  static @Nullable DenseContestant of(StudentWeights student) {
    return student.weightedMean() == null ? null : new DenseContestant(student);
  }

  @Override
  public String name() {
    return "dense rows in Java, laid out for the vector unit";
  }

  @Override
  public void restore(int[] clicks, int count) {
    window.restore(clicks, count);
  }

  @Override
  public void click(int item) {
    window.add(item);
    window.query(rows, scale, query);
    scan.products(query, scores);
    window.applyRepeats(scores);
    top.start();
    top.offer(scores, scores.length, 0);
  }

  @Override
  public int item(int rank) {
    return top.item(rank);
  }
}
