package io.attar.training;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.attar.data.Dataset;
import io.attar.evaluation.NeighbourLists;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Writes a rule without a network as a model file: what a shop could ship without training
 * anything, for models to be measured against on equal terms, bytes and microseconds included.
 *
 * <p>A neighbour's weight in the file says its place in its list: the rules look at the last click
 * alone, so nothing but the order matters, and a place takes a byte. Items are numbered by clicks,
 * the most clicked first: equal scores, those of items in no list too, rank by popularity.
 */
public final class RuleFile {
  /** L: clicks of a session that own items are counted in. */
  public static final int MAXIMUM_SESSION_LENGTH = 200;

  /** Entries of the longest list that a byte tells apart. */
  public static final int MOST_NEIGHBOURS = 127;

  private static final int VERSION = 5;
  private static final int NEIGHBOURS = 6;
  private static final int WEIGHTED_MEAN = 1;

  private final Dataset data;
  private final String rule;
  private final NeighbourLists lists;
  private final boolean ownItemsFirst;
  private final int[] order; // (V) data's item index by the file's
  private final int[] places; // (V) the file's item index by the data's

  /**
   * A rule.
   *
   * @param rule what it is and with what settings, for the provenance
   * @param lists of the data's catalogue
   * @param ownItemsFirst whether the session's own items come before all others, the most often
   *     clicked first, equally often the most recent; else they score like any item
   */
  public RuleFile(Dataset data, String rule, NeighbourLists lists, boolean ownItemsFirst) {
    if (lists.items() != data.catalogueSize()) {
      throw new IllegalArgumentException(
          "the lists must be of the catalogue's "
              + data.catalogueSize()
              + " items, but are of "
              + lists.items());
    }
    this.data = data;
    this.rule = rule;
    this.lists = lists;
    this.ownItemsFirst = ownItemsFirst;
    order = Shipping.byClicks(data);
    places = new int[order.length];
    for (int place = 0; place < order.length; place++) {
      places[order[place]] = place;
    }
  }

  /**
   * The file with the longest lists that stay within a size.
   *
   * @param maximumBytes of the whole file
   * @throws IllegalArgumentException when not even a file without neighbours does
   */
  public byte[] within(long maximumBytes) {
    int least = 0;
    int most = Math.min(MOST_NEIGHBOURS, lists.longest());
    byte[] best = bytes(least);
    if (best.length > maximumBytes) {
      throw new IllegalArgumentException(
          "the item ids and the frame of a rule's file take "
              + best.length
              + " bytes, more than the "
              + maximumBytes
              + " allowed");
    }
    // The longest of which it is known that they fit; longer lists take more bytes.
    while (least < most) {
      int middle = (least + most + 1) / 2;
      byte[] file = bytes(middle);
      if (file.length <= maximumBytes) {
        best = file;
        least = middle;
      } else {
        most = middle - 1;
      }
    }
    return best;
  }

  /** Writes a file whole or not at all. */
  public static void write(byte[] bytes, Path file) throws IOException {
    WholeFile.write(file, out -> out.write(bytes));
  }

  private byte[] bytes(int kept) {
    ModelFileWriter writer = new ModelFileWriter();
    writer.put("PROV", provenance(kept).getBytes(StandardCharsets.UTF_8));
    writer.put(
        "MODL",
        new ModelFileWriter.Payload()
            .u32(order.length)
            .u16(1)
            .u8(WEIGHTED_MEAN)
            .u8(NEIGHBOURS)
            .u8(0)
            .u16(MAXIMUM_SESSION_LENGTH)
            .f32(1)
            .bytes());
    writer.putItems(order, data.items(), Arrays.copyOf(order, Shipping.popularItems(order.length)));
    writer.put("DENS", lists(kept));
    float[] age = new float[MAXIMUM_SESSION_LENGTH];
    age[0] = 1;
    writer.put(
        "ENCO", new ModelFileWriter.Payload().floatRow(age).floatRow(new float[] {1}).bytes());
    writer.put("RPTH", ownItems());
    return writer.assemble(VERSION);
  }

  private byte[] lists(int kept) {
    ModelFileWriter.Payload counts = new ModelFileWriter.Payload();
    ModelFileWriter.Payload gaps = new ModelFileWriter.Payload();
    float[] weights = new float[(int) Math.min(lists.entries(), (long) kept * order.length)];
    int entries = 0;
    for (int item : order) {
      int[] neighbours = lists.neighbours()[item];
      int count = Math.min(kept, neighbours.length);
      counts.varint(count);
      long[] entry = new long[count]; // the file's item index, then the place in the list
      for (int place = 0; place < count; place++) {
        entry[place] = (long) places[neighbours[place]] * (MOST_NEIGHBOURS + 1) + place;
      }
      Arrays.sort(entry);
      long next = 0;
      for (long each : entry) {
        long neighbour = each / (MOST_NEIGHBOURS + 1);
        gaps.varint(neighbour - next);
        next = neighbour + 1;
        int place = (int) (each % (MOST_NEIGHBOURS + 1));
        weights[entries++] = (float) (MOST_NEIGHBOURS - place) / MOST_NEIGHBOURS;
      }
    }
    Quantised small = Quantised.of(Arrays.copyOf(weights, entries), 1, entries, 8);
    return counts.raw(gaps.bytes()).smallTensor(small).bytes();
  }

  /** A repeat head whose own items score as they are, or 2 for a click and more, so above 1. */
  private byte[] ownItems() {
    int window = MAXIMUM_SESSION_LENGTH;
    float[] age = new float[window];
    float[] count = new float[window];
    for (int i = 0; ownItemsFirst && i < window; i++) {
      age[i] = -(float) i / window;
      count[i] = 2 + i;
    }
    return new ModelFileWriter.Payload()
        .f32(ownItemsFirst ? 0 : 1)
        .u8(1)
        .u8(1)
        .raw(new byte[2 * window])
        .floatRow(new float[1])
        .floatRow(age)
        .floatRow(count)
        .floatRow(new float[window])
        .floatRow(new float[window])
        .bytes();
  }

  private String provenance(int kept) {
    ObjectNode node = new ObjectMapper().createObjectNode();
    node.put("attar", Provenance.version());
    node.put("role", "rule");
    node.set("data", Provenance.data(data));
    node.put("rule", rule);
    node.put("neighbours", kept);
    node.put("ownItemsFirst", ownItemsFirst);
    return node.toString();
  }
}
