package io.attar.runtime;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Ids of any text, kept as UTF-8. Memory: 8 bytes an item and the texts' bytes. */
final class TextIds extends ItemIds {
  private final byte[] bytes; // all ids, one after the other
  private final int[] starts; // (items + 1)
  private final int[] order; // (items) item indices, ascending by code points

  private TextIds(byte[] bytes, int[] starts, int[] order) {
    this.bytes = bytes;
    this.starts = starts;
    this.order = order;
  }

  static TextIds read(ByteReader reader, int count) throws ModelFileException {
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
