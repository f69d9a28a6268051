package io.attar.training;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Writes the ITEM section: ids in ascending order, where they need few bits, and where each item
 * is.
 */
final class ItemIdWriter {
  private static final int DECIMAL = 1;
  private static final int TEXT = 2;

  /** The runtime's bound: what ids take in memory, over what they take in the file. */
  private static final int MOST_SECTION_LENGTHS = 16;

  private ItemIdWriter() {}

  /**
   * The payload.
   *
   * @param ids the ids by item index of the file, distinct
   */
  static byte[] write(List<String> ids) {
    long[] numbers = new long[ids.size()];
    for (int v = 0; v < numbers.length; v++) {
      String id = ids.get(v);
      try {
        numbers[v] = Long.parseLong(id);
      } catch (NumberFormatException e) {
        return texts(ids);
      }
      if (!Long.toString(numbers[v]).equals(id)) {
        return texts(ids);
      }
    }
    return decimals(numbers);
  }

  private static byte[] decimals(long[] numbers) {
    int[] order = order(numbers.length, Comparator.comparingLong(v -> numbers[v]));
    // Unsigned: from the least 64-bit number to the largest is nearly 2^64.
    long[] values = new long[numbers.length - 1];
    Arrays.setAll(values, i -> numbers[order[i + 1]] - numbers[order[i]] - 1);
    int parameter = parameter(values);
    BitWriter gaps = new BitWriter();
    for (long value : values) {
      gaps.zerosAndOne(value >>> parameter).number(value, parameter);
    }
    return new ModelFileWriter.Payload()
        .u8(DECIMAL)
        .u64(numbers[order[0]])
        .u8(parameter)
        .raw(gaps.bytes())
        .raw(indices(order))
        .bytes();
  }

  /** The Rice parameter that takes the fewest bits. */
  private static int parameter(long[] values) {
    int best = Long.SIZE - 1;
    long bestBits = Long.MAX_VALUE;
    for (int parameter = Long.SIZE - 1; parameter >= 0; parameter--) {
      long bits = (long) values.length * (1 + parameter);
      for (long value : values) {
        long quotient = value >>> parameter;
        // Small parameters would overflow the sum.
        if (quotient < 0 || quotient > bestBits - bits) {
          bits = Long.MAX_VALUE;
          break;
        }
        bits += quotient;
      }
      if (bits < bestBits) {
        bestBits = bits;
        best = parameter;
      }
    }
    return best;
  }

  private static byte[] texts(List<String> ids) {
    byte[][] texts =
        ids.stream().map(id -> id.getBytes(StandardCharsets.UTF_8)).toArray(byte[][]::new);
    int[] order = order(texts.length, (a, b) -> Arrays.compareUnsigned(texts[a], texts[b]));
    ModelFileWriter.Payload payload = new ModelFileWriter.Payload().u8(TEXT);
    byte[] before = {};
    for (int v : order) {
      byte[] text = texts[v];
      // Two lengths and at least every sixteenth byte are written: so each id pays for itself.
      int most = text.length + 2 - text.length / MOST_SECTION_LENGTHS - 1;
      int same = Math.max(0, Arrays.mismatch(before, text));
      int shared = Math.min(Math.min(same, text.length - 1), most);
      payload.varint(shared).varint(text.length - shared);
      payload.raw(Arrays.copyOfRange(text, shared, text.length));
      before = text;
    }
    return payload.raw(indices(order)).bytes();
  }

  private static int[] order(int count, Comparator<Integer> comparator) {
    return IntStream.range(0, count)
        .boxed()
        .sorted(comparator)
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private static byte[] indices(int[] order) {
    BitWriter bits = new BitWriter();
    for (int v : order) {
      bits.number(v, BitWriter.width(order.length));
    }
    return bits.bytes();
  }
}
