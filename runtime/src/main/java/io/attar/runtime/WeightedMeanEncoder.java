package io.attar.runtime;

/**
 * A weighted mean of the clicked items' rows:
 *
 * <pre>theta = sum over t of age[l-1-t] occurrence[o_t] E_{x_t}</pre>
 *
 * where o_t is the number of earlier clicks on the same item, capped. The rows of the window are
 * kept: a click costs one row and l N multiplications. Memory of a session: 4 L N bytes.
 */
final class WeightedMeanEncoder implements SessionEncoder {
  private final ItemTable table;
  private final int dimension;
  private final float[] age; // (maximum session length), 0 = the latest click
  private final float[] occurrence; // (cap)

  private WeightedMeanEncoder(ItemTable table, int dimension, float[] age, float[] occurrence) {
    this.table = table;
    this.dimension = dimension;
    this.age = age;
    this.occurrence = occurrence;
  }

  static WeightedMeanEncoder read(ByteReader reader, ModelHeader header, ItemTable table)
      throws ModelFileException {
    float[] age = Tensor.read(reader, "age weights", 1, header.maximumSessionLength());
    float[] occurrence = Tensor.readColumns(reader, "occurrence weights", 1, 1, 64).values();
    reader.finish();
    return new WeightedMeanEncoder(table, header.dimension(), age, occurrence);
  }

  @Override
  public Encoding newEncoding() {
    return new WeightedMean();
  }

  private final class WeightedMean implements Encoding {
    private final float[][] rows = new float[age.length][dimension]; // of the known clicks
    private final int[] earlier = new int[age.length]; // clicks before on the same item
    private final float[] weights = new float[age.length];
    private int known; // clicks whose row and count are there

    @Override
    public void restart() {
      known = 0;
    }

    @Override
    public void slide(int[] clicks) {
      if (known == 0) {
        return;
      }
      for (int t = 1; t < known; t++) {
        earlier[t - 1] = clicks[t] == clicks[0] ? earlier[t] - 1 : earlier[t];
      }
      float[] oldest = rows[0];
      System.arraycopy(rows, 1, rows, 0, rows.length - 1);
      rows[rows.length - 1] = oldest;
      known--;
    }

    @Override
    public void encode(int[] clicks, int length, float[] target) {
      for (; known < length; known++) {
        table.row(clicks[known], rows[known], 0);
        int before = known - 1;
        while (before >= 0 && clicks[before] != clicks[known]) {
          before--;
        }
        earlier[known] = before < 0 ? 0 : earlier[before] + 1;
      }
      for (int t = 0; t < length; t++) {
        weights[t] = age[length - 1 - t] * occurrence[Math.min(earlier[t], occurrence.length - 1)];
      }
      Vectors.multiply(rows, weights, length, target);
    }

    @Override
    public float weight(int t) {
      return weights[t];
    }

    @Override
    public double part(int t, int item, float[] row) {
      return Vectors.product(rows[t], row);
    }
  }
}
