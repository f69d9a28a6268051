package io.attar.runtime;

import java.util.Arrays;

/**
 * A weighted mean of the clicked items' rows:
 *
 * <pre>theta = sum over t of age[l-1-t] occurrence[o_t] E_{x_t}</pre>
 *
 * where o_t is the number of earlier clicks on the same item, capped. Cost: l rows a call, plus l^2
 * / 2 comparisons.
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
    private final float[] row = new float[dimension];

    @Override
    public void restart() {
      // Nothing is kept from call to call.
    }

    @Override
    public void encode(int[] clicks, int length, float[] target) {
      Arrays.fill(target, 0);
      for (int t = 0; t < length; t++) {
        float weight = age[length - 1 - t] * occurrence[earlierClicks(clicks, t)];
        table.row(clicks[t], row, 0);
        Vectors.addScaled(weight, row, 0, target, 0, dimension);
      }
    }

    private int earlierClicks(int[] clicks, int t) {
      int earlier = 0;
      for (int i = 0; i < t && earlier < occurrence.length - 1; i++) {
        if (clicks[i] == clicks[t]) {
          earlier++;
        }
      }
      return earlier;
    }
  }
}
