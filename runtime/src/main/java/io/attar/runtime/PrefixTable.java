package io.attar.runtime;

/**
 * How the symbols 0 to n - 1 stand in a bit stream: all in one width, or by a canonical prefix code
 * of at most 15 bits a symbol, which is read by a table of its first bits and, for the rare longer
 * symbols, bit by bit. Immutable. Memory: at most 20 bytes a symbol.
 */
final class PrefixTable {
  private static final int LONGEST = 15; // bits
  private static final int MOST_SYMBOLS = 4096;
  private static final int MOST_LOOKUP_BITS = 10;

  /** Bits of a length in a lookup entry, below the symbol: 12 and 4 bits fill a char. */
  private static final int LENGTH_BITS = 4;

  private static final int LENGTH_MASK = (1 << LENGTH_BITS) - 1;

  private final int symbolCount; // n
  private final int lookupBits; // all a symbol's bits when there is no prefix code
  private final char[] lookup; // (2^lookupBits), 0 where more bits decide; empty: no prefix code
  private final char[] symbols; // (symbols that occur) ascending by length, then by number

  // By length, up to LONGEST: codes of one length are consecutive numbers.
  private final int[] counts; // symbols of the length
  private final int[] firstCodes; // the least code of the length
  private final int[] firstPlaces; // where in symbols those of the length start

  /** All symbols in one width. */
  private PrefixTable(int symbolCount) {
    this.symbolCount = symbolCount;
    lookupBits = width(symbolCount);
    lookup = new char[0];
    symbols = new char[0];
    counts = new int[0];
    firstCodes = new int[0];
    firstPlaces = new int[0];
  }

  /** A prefix code whose lengths leave no room for two symbols to collide. */
  private PrefixTable(byte[] lengths, int[] counts, int longest) {
    this.counts = counts;
    symbolCount = lengths.length;
    firstCodes = new int[LONGEST + 1];
    firstPlaces = new int[LONGEST + 1];
    for (int length = 1; length <= LONGEST; length++) {
      firstCodes[length] = (firstCodes[length - 1] + counts[length - 1]) << 1;
      firstPlaces[length] = firstPlaces[length - 1] + counts[length - 1];
    }
    symbols = new char[firstPlaces[LONGEST] + counts[LONGEST]];
    // Eight entries a symbol at most: the table's own bits pay for the memory.
    lookupBits = Math.min(longest, Math.min(MOST_LOOKUP_BITS, width(symbolCount) + 2));
    lookup = new char[1 << lookupBits];
    int[] met = new int[LONGEST + 1];
    for (int symbol = 0; symbol < symbolCount; symbol++) {
      int length = lengths[symbol];
      if (length == 0) {
        continue;
      }
      int code = firstCodes[length] + met[length];
      symbols[firstPlaces[length] + met[length]] = (char) symbol;
      met[length]++;
      if (length <= lookupBits) {
        // The stream holds a code's first bit lowest.
        int first = Integer.reverse(code) >>> (32 - length);
        for (int i = first; i < lookup.length; i += 1 << length) {
          lookup[i] = (char) (symbol << LENGTH_BITS | length);
        }
      }
    }
  }

  /** Bits that tell {@code symbolCount} symbols apart, ceil(log2 n). */
  static int width(int symbolCount) {
    return 32 - Integer.numberOfLeadingZeros(symbolCount - 1);
  }

  /** Reads the table itself. */
  static PrefixTable read(BitReader bits, int symbolCount) throws ModelFileException {
    if (bits.next(1) == 0) {
      bits.check();
      return new PrefixTable(symbolCount);
    }
    if (symbolCount > MOST_SYMBOLS) {
      throw bits.problem(
          "a prefix code must have at most "
              + MOST_SYMBOLS
              + " symbols but would have "
              + symbolCount);
    }
    byte[] lengths = new byte[symbolCount];
    int[] counts = new int[LONGEST + 1];
    for (int symbol = 0; symbol < symbolCount; symbol++) {
      lengths[symbol] = (byte) bits.next(LENGTH_BITS);
      counts[lengths[symbol]]++;
    }
    bits.check();
    boolean one = counts[0] == symbolCount - 1;
    counts[0] = 0;
    int space = 0; // of 2^LONGEST
    int longest = 0;
    for (int length = 1; length <= LONGEST; length++) {
      space += counts[length] << (LONGEST - length);
      longest = counts[length] > 0 ? length : longest;
    }
    // One symbol alone needs no bit but takes one: so every item takes one at least.
    if (space != 1 << LONGEST && !(one && longest == 1)) {
      throw bits.problem(
          "a prefix code must be complete, "
              + (1 << LONGEST)
              + " parts of "
              + (1 << LONGEST)
              + ", but takes "
              + space);
    }
    return new PrefixTable(lengths, counts, longest);
  }

  /** Takes the next symbol. Whether the stream held all its bits, {@link BitReader#check} tells. */
  int next(BitReader bits) throws ModelFileException {
    if (lookup.length > 0) {
      int ahead = bits.ahead();
      int entry = lookup[ahead & (lookup.length - 1)];
      if (entry == 0) {
        return walk(ahead, bits);
      }
      bits.skip(entry & LENGTH_MASK);
      return entry >>> LENGTH_BITS;
    }
    int symbol = bits.next(lookupBits);
    if (symbol >= symbolCount) {
      throw bits.problem("a symbol must be below " + symbolCount + " but is " + symbol);
    }
    return symbol;
  }

  /** Finds a symbol of more bits than the lookup holds, bit by bit. */
  private int walk(int ahead, BitReader bits) throws ModelFileException {
    int code = Integer.reverse(ahead) >>> (32 - lookupBits);
    for (int length = lookupBits + 1; length <= LONGEST; length++) {
      code = code << 1 | (ahead >>> (length - 1) & 1);
      int place = code - firstCodes[length];
      if (place < counts[length]) {
        bits.skip(length);
        return symbols[firstPlaces[length] + place];
      }
    }
    throw bits.problem("a prefix code must have a symbol for the next bits but has none");
  }
}
