package io.attar.runtime;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Ids of any text, kept as UTF-8. Memory: 8 bytes an item and the texts' bytes. */
final class TextIds extends ItemIds {
  /** What ids that share their first bytes may take in memory, in lengths of their section. */
  private static final long MOST_SECTION_LENGTHS = 16;

  private final byte[] bytes; // all ids, one after the other
  private final int[] starts; // (items + 1)
  private final int[] order; // (items) item indices, ascending by code points

  private TextIds(byte[] bytes, int[] starts, int[] order) {
    this.bytes = bytes;
    this.starts = starts;
    this.order = order;
  }

  /** Version 1: by item index, in any order. */
  static TextIds readByItem(ByteReader reader, int count) throws ModelFileException {
    byte[] bytes = new byte[reader.remaining()];
    int[] starts = new int[count + 1];
    for (int i = 0; i < count; i++) {
      int length =
          reader.within(reader.varint32("item id length"), 1, Integer.MAX_VALUE, "item id length");
      reader.require(length, "item id");
      reader.checkUtf8(length, "item id");
      reader.copy(bytes, starts[i], length, "item id");
      starts[i + 1] = starts[i] + length;
    }
    reader.finish();
    byte[] trimmed = Arrays.copyOf(bytes, starts[count]);
    int[] order = order(new TextIds(trimmed, starts, new int[0]), count, reader);
    return new TextIds(trimmed, starts, order);
  }

  /**
   * Version 2: ascending, each without the first bytes it shares with the one before; {@code order}
   * holds their item indices and is kept.
   */
  static TextIds readAscending(ByteReader reader, int[] order, int sectionLength)
      throws ModelFileException {
    int[] starts = readStarts(reader.ahead(reader.remaining()), order, sectionLength);
    byte[] bytes = new byte[starts[order.length]];
    TextIds ids = new TextIds(bytes, starts, order);
    int before = 0;
    for (int rank = 0; rank < order.length; rank++) {
      int item = order[rank];
      int start = starts[item];
      int shared = (int) reader.varint32("shared bytes");
      int further = (int) reader.varint32("further bytes");
      System.arraycopy(bytes, starts[before], bytes, start, shared);
      reader.copy(bytes, start + shared, further, "item id");
      if (Utf8.firstBroken(bytes, start, starts[item + 1]) >= 0) {
        throw reader.problem("item id must be UTF-8 but is not");
      }
      if (rank > 0 && ids.compare(before, item) >= 0) {
        throw reader.problem(
            "item ids must ascend but '" + ids.id(item) + "' follows '" + ids.id(before) + "'");
      }
      before = item;
    }
    return ids;
  }

  /** Measures the ids before memory is taken for them; returns where each starts, (items + 1). */
  private static int[] readStarts(ByteReader reader, int[] order, int sectionLength)
      throws ModelFileException {
    int[] starts = new int[order.length + 1];
    long most = Math.min(MOST_SECTION_LENGTHS * sectionLength, Integer.MAX_VALUE - 8);
    long total = 0;
    int length = 0;
    for (int item : order) {
      int shared = reader.within(reader.varint32("shared bytes"), 0, length, "shared bytes");
      int further =
          reader.within(reader.varint32("further bytes"), 1, Integer.MAX_VALUE, "further bytes");
      reader.take(further, "item id");
      total += (long) shared + further;
      if (total > most) {
        throw reader.problem("item ids must take at most " + most + " bytes but take " + total);
      }
      length = shared + further;
      starts[item + 1] = length;
    }
    reader.finish();
    for (int item = 0; item < order.length; item++) {
      starts[item + 1] += starts[item];
    }
    return starts;
  }

  @Override
  String id(int item) {
    return Utf8.text(bytes, starts[item], starts[item + 1]);
  }

  @Override
  int index(@Nullable String id) {
    if (id == null) {
      return -1;
    }
    int low = 0;
    int high = order.length - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int comparison = compareTo(order[middle], id);
      if (comparison == 0) {
        return order[middle];
      }
      if (comparison < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -1;
  }

  /** By code points, which is the order of the unsigned UTF-8 bytes. */
  @Override
  int compare(int a, int b) {
    int i = starts[a];
    int j = starts[b];
    while (i < starts[a + 1] && j < starts[b + 1]) {
      int difference = (bytes[i++] & 0xFF) - (bytes[j++] & 0xFF);
      if (difference != 0) {
        return difference;
      }
    }
    return (starts[a + 1] - i) - (starts[b + 1] - j);
  }

  /** Compares an item's id with a string without encoding the string: no memory is needed. */
  private int compareTo(int item, String id) {
    int i = starts[item];
    int end = starts[item + 1];
    int j = 0;
    while (i < end && j < id.length()) {
      int own = Utf8.codePoint(bytes, i);
      // Half a surrogate pair is no character: it comes out as itself and equals nothing.
      int other = id.codePointAt(j);
      if (own != other) {
        return own - other;
      }
      i += Utf8.length(bytes[i] & 0xFF);
      j += Character.charCount(other);
    }
    return (end - i) - (id.length() - j);
  }
}
