package io.attar.runtime;

import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * The caller's item ids, by item index and back. Immutable. The way back is a binary search in an
 * order that the file brings along (version 1: that is made once): 4 bytes an item, and no file can
 * slow it down by colliding hashes.
 */
abstract class ItemIds {
  private static final int DECIMAL = 1;
  private static final int TEXT = 2;

  /** Reads the section; ids are checked to be distinct. */
  static ItemIds read(ByteReader reader, ModelHeader header) throws ModelFileException {
    int sectionLength = reader.remaining();
    int count = header.itemCount();
    int encoding = reader.within(reader.u8("item id encoding"), DECIMAL, TEXT, "item id encoding");
    if (header.version() == 1) {
      // An id takes at least one byte, a text id at least two.
      reader.require((long) encoding * count, "item ids");
      return encoding == DECIMAL
          ? DecimalIds.readByItem(reader, count)
          : TextIds.readByItem(reader, count);
    }
    int width = PrefixTable.width(count);
    int orderLength = (int) (((long) count * width + 7) / 8);
    // Before memory is taken: a decimal id takes at least one bit, a text id at least three bytes.
    long leastIds = encoding == DECIMAL ? 9 + (count - 1 + 7) / 8 : 3L * count;
    reader.require(leastIds + orderLength, "item ids");
    ByteReader ids = reader.ahead(reader.remaining() - orderLength);
    reader.take(ids.remaining(), "item ids");
    int[] order = readOrder(reader.bits(), count, width);
    return encoding == DECIMAL
        ? DecimalIds.readAscending(ids, order)
        : TextIds.readAscending(ids, order, sectionLength);
  }

  /** Reads the item indices in the order of their ids; each must occur once. */
  private static int[] readOrder(BitReader bits, int count, int width) throws ModelFileException {
    int[] order = new int[count];
    BitSet met = new BitSet(count);
    for (int rank = 0; rank < count; rank++) {
      int item = bits.next(width);
      if (item >= count) {
        throw bits.problem("an item index must be below " + count + " but is " + item);
      }
      if (met.get(item)) {
        throw bits.problem("item indices must be distinct but " + item + " occurs twice");
      }
      met.set(item);
      order[rank] = item;
    }
    bits.finish();
    return order;
  }

  /** The id of an item index of the catalogue. */
  abstract String id(int item);

  /** The item index of an id, -1 for an unknown one or null. */
  abstract int index(@Nullable String id);

  /** Negative, 0 or positive as the id of item {@code a} comes before, is, or comes after b's. */
  abstract int compare(int a, int b);

  /** The item indices in the order of their ids; refuses an id that occurs twice. */
  static int[] order(ItemIds ids, int count, ByteReader reader) throws ModelFileException {
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      order[i] = i;
    }
    int[] other = new int[count];
    // Merge sort from runs of one; java.util sorts primitives by their own value only.
    for (long width = 1; width < count; width *= 2) {
      for (long from = 0; from < count; from += 2 * width) {
        int middle = (int) Math.min(from + width, count);
        int to = (int) Math.min(from + 2 * width, count);
        merge(ids, order, other, (int) from, middle, to);
      }
      int[] swap = order;
      order = other;
      other = swap;
    }
    for (int i = 1; i < count; i++) {
      if (ids.compare(order[i - 1], order[i]) == 0) {
        throw reader.problem(
            "item ids must be distinct but '" + ids.id(order[i]) + "' occurs twice");
      }
    }
    return order;
  }

  private static void merge(ItemIds ids, int[] source, int[] target, int from, int middle, int to) {
    if (middle == to || ids.compare(source[middle - 1], source[middle]) <= 0) {
      System.arraycopy(source, from, target, from, to - from);
      return;
    }
    int left = from;
    int right = middle;
    for (int i = from; i < to; i++) {
      if (right == to || (left < middle && ids.compare(source[left], source[right]) <= 0)) {
        target[i] = source[left++];
      } else {
        target[i] = source[right++];
      }
    }
  }
}
