package io.attar.training;

import java.util.Arrays;
import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * How the symbols 0 to n - 1 are written: in one width, or by a canonical prefix code (Huffman, A
 * Method for the Construction of Minimum-Redundancy Codes, 1952) of at most 15 bits a symbol,
 * whichever takes fewer bits, the table itself included. The counterpart of the runtime's reader;
 * the two share no code.
 */
final class PrefixCode {
  private static final int LONGEST = 15; // bits
  private static final int LENGTH_BITS = 4;
  private static final int MOST_SYMBOLS = 4096;

  private final int width; // of every symbol when there is no prefix code
  private final int[] lengths; // (n) bits of each symbol, 0 = does not occur; empty: one width
  private final int[] words; // (n) the bits, the first of them lowest

  private PrefixCode(int width, int[] lengths) {
    this.width = width;
    this.lengths = lengths;
    words = words(lengths);
  }

  /**
   * The shortest of what the format offers.
   *
   * @param counts (n) how often each symbol will be written
   */
  static PrefixCode of(int[] counts) {
    int width = BitWriter.width(counts.length);
    PrefixCode plain = new PrefixCode(width, new int[0]);
    long total = Arrays.stream(counts).asLongStream().sum();
    if (counts.length > MOST_SYMBOLS || total == 0) {
      return plain;
    }
    int[] lengths = lengths(counts);
    long bits = (long) LENGTH_BITS * counts.length;
    for (int symbol = 0; symbol < counts.length; symbol++) {
      bits += (long) counts[symbol] * lengths[symbol];
    }
    return bits < total * width ? new PrefixCode(width, lengths) : plain;
  }

  /** Writes the table. */
  void writeTable(BitWriter bits) {
    bits.number(lengths.length > 0 ? 1 : 0, 1);
    for (int length : lengths) {
      bits.number(length, LENGTH_BITS);
    }
  }

  /** Writes one symbol. */
  void write(BitWriter bits, int symbol) {
    if (lengths.length > 0) {
      bits.number(words[symbol], lengths[symbol]);
    } else {
      bits.number(symbol, width);
    }
  }

  /** Huffman's lengths; where one passes the limit, flatter counts are tried until none does. */
  private static int[] lengths(int[] counts) {
    int[] weights = counts.clone();
    int[] lengths = huffman(weights);
    while (Arrays.stream(lengths).max().orElse(0) > LONGEST) {
      // Halving rounds up, so all become 1 in the end, and 4,096 equal weights take 12 bits.
      Arrays.setAll(weights, symbol -> (weights[symbol] + 1) / 2);
      lengths = huffman(weights);
    }
    return lengths;
  }

  private static int[] huffman(int[] counts) {
    int n = counts.length;
    // Symbols, then what joins two nodes; equal weights in the order of their numbers.
    long[] weights = Arrays.copyOf(Arrays.stream(counts).asLongStream().toArray(), 2 * n);
    int[] parents = new int[2 * n];
    PriorityQueue<Integer> nodes =
        new PriorityQueue<>(
            Comparator.comparingLong((Integer node) -> weights[node])
                .thenComparing(Comparator.naturalOrder()));
    for (int symbol = 0; symbol < n; symbol++) {
      if (counts[symbol] > 0) {
        nodes.add(symbol);
      }
    }
    int[] depths = new int[2 * n];
    if (nodes.size() == 1) {
      depths[nodes.remove()] = 1;
      return Arrays.copyOf(depths, n);
    }
    int next = n;
    while (nodes.size() > 1) {
      int first = nodes.remove();
      int second = nodes.remove();
      weights[next] = weights[first] + weights[second];
      parents[first] = next;
      parents[second] = next;
      nodes.add(next++);
    }
    for (int node = next - 2; node >= 0; node--) {
      depths[node] = weights[node] > 0 ? depths[parents[node]] + 1 : 0;
    }
    return Arrays.copyOf(depths, n);
  }

  /** Codes of one length are consecutive numbers, in the order of the symbols. */
  private static int[] words(int[] lengths) {
    int[] words = new int[lengths.length];
    int code = 0;
    for (int length = 1; length <= LONGEST; length++) {
      code <<= 1;
      for (int symbol = 0; symbol < lengths.length; symbol++) {
        if (lengths[symbol] == length) {
          words[symbol] = Integer.reverse(code++) >>> (32 - length);
        }
      }
    }
    return words;
  }
}
