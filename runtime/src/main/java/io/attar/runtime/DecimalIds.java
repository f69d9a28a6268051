package io.attar.runtime;

import org.jspecify.annotations.Nullable;

/** Ids that are canonical decimal 64-bit integers. Memory: 12 bytes an item. */
final class DecimalIds extends ItemIds {
  private final long[] numbers; // (items) by item index
  private final int[] order; // (items) item indices, ascending by number

  private DecimalIds(long[] numbers, int[] order) {
    this.numbers = numbers;
    this.order = order;
  }

  /** Version 1: by item index, in any order. */
  static DecimalIds readByItem(ByteReader reader, int count) throws ModelFileException {
    long[] numbers = new long[count];
    long previous = 0;
    for (int i = 0; i < count; i++) {
      long zigzag = reader.varint64("item id");
      // Differences wrap around, so every 64-bit number can follow every other.
      previous += (zigzag >>> 1) ^ -(zigzag & 1);
      numbers[i] = previous;
    }
    reader.finish();
    return new DecimalIds(numbers, order(new DecimalIds(numbers, new int[0]), count, reader));
  }

  /** Version 2: ascending; {@code order} holds their item indices and is kept. */
  static DecimalIds readAscending(ByteReader reader, int[] order) throws ModelFileException {
    long[] numbers = new long[order.length];
    long number = reader.s64("first item id");
    int lowBits = reader.within(reader.u8("Rice parameter"), 0, 63, "Rice parameter");
    BitReader bits = reader.bits();
    numbers[order[0]] = number;
    for (int rank = 1; rank < order.length; rank++) {
      long high = bits.zeros();
      long low = bits.nextLong(lowBits);
      // As unsigned numbers; a sum that wraps around comes out at or below the number before.
      long next = number + (high << lowBits | low) + 1;
      if (Long.compareUnsigned(high, -1L >>> lowBits) > 0 || next <= number) {
        throw bits.problem("an item id must fit 64 bits but the one after " + number + " does not");
      }
      number = next;
      numbers[order[rank]] = number;
    }
    bits.finish();
    return new DecimalIds(numbers, order);
  }

  @Override
  String id(int item) {
    return Long.toString(numbers[item]);
  }

  @Override
  int index(@Nullable String id) {
    if (id == null || !isCanonical(id)) {
      return -1;
    }
    long number = number(id);
    int low = 0;
    int high = order.length - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      long found = numbers[order[middle]];
      if (found == number) {
        return order[middle];
      }
      if (found < number) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -1;
  }

  @Override
  int compare(int a, int b) {
    return Long.compare(numbers[a], numbers[b]);
  }

  /** Whether the text is what {@code Long.toString} writes for some number. */
  private static boolean isCanonical(String text) {
    boolean negative = text.startsWith("-");
    int digits = text.length() - (negative ? 1 : 0);
    if (digits < 1 || digits > 19) {
      return false;
    }
    for (int i = text.length() - digits; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    if (text.charAt(text.length() - digits) == '0') {
      return digits == 1 && !negative;
    }
    // 19 digits can pass the end of the range: the sign of the wrapped number tells.
    return number(text) < 0 == negative;
  }

  /** The number, modulo 2^64. */
  private static long number(String text) {
    boolean negative = text.startsWith("-");
    long value = 0;
    for (int i = negative ? 1 : 0; i < text.length(); i++) {
      value = 10 * value - (text.charAt(i) - '0');
    }
    return negative ? value : -value;
  }
}
