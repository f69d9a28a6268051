package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PrefixCodeTest {

  @Test
  void handWorked() {
    // Counts 8, 4, 2, 2: words 0, 10, 110, 111; 32 bits of table.
    PrefixCode code = PrefixCode.of(new int[] {80, 40, 20, 20});
    assertThat(table(code)).isEqualTo("1" + "1000" + "0100" + "1100" + "1100");
    assertThat(words(code, 4)).containsExactly("0", "10", "110", "111");
  }

  @Test
  void oneWidthWhereAPrefixCodeSavesNothing() {
    assertThat(table(PrefixCode.of(new int[] {9, 9, 9, 9}))).isEqualTo("0");
    assertThat(table(PrefixCode.of(new int[] {8, 4, 2, 2}))).isEqualTo("0");
    assertThat(words(PrefixCode.of(new int[] {9, 9, 9}), 3)).containsExactly("00", "10", "01");
    assertThat(table(PrefixCode.of(new int[5]))).isEqualTo("0");
    assertThat(table(PrefixCode.of(new int[5000]))).isEqualTo("0");
    int[] many = new int[4097];
    many[0] = 1_000_000;
    assertThat(table(PrefixCode.of(many))).isEqualTo("0");
  }

  @Test
  void oneSymbolAloneTakesOneBit() {
    int[] counts = new int[256];
    counts[200] = 100_000;
    PrefixCode code = PrefixCode.of(counts);
    assertThat(words(code, 256)[200]).isEqualTo("0");
  }

  @Test
  void nothingTakesMoreThanFifteenBits() {
    int[] fibonacci = new int[40];
    fibonacci[0] = 1;
    fibonacci[1] = 1;
    for (int i = 2; i < fibonacci.length; i++) {
      fibonacci[i] = fibonacci[i - 1] + fibonacci[i - 2];
    }
    complete(fibonacci);
  }

  @Test
  void codesAreCompleteAndNearTheEntropy() {
    SplittableRandom random = new SplittableRandom(7);
    for (int round = 0; round < 40; round++) {
      int[] counts = new int[2 + random.nextInt(4095)];
      for (int i = 0; i < 20_000; i++) {
        counts[(int) (counts.length * Math.pow(random.nextDouble(), 1 + round % 6))]++;
      }
      double entropy = 0;
      for (int count : counts) {
        entropy -= count == 0 ? 0 : count * Math.log(count / 20_000.0) / Math.log(2);
      }
      PrefixCode code = PrefixCode.of(counts);
      if (table(code).equals("0")) {
        continue;
      }
      assertThat((double) complete(counts)).isBetween(entropy, entropy + 0.1 * 20_000);
    }
  }

  /** Checks the words of all symbols that occur; returns the bits all counts take. */
  private static long complete(int[] counts) {
    String[] words = words(PrefixCode.of(counts), counts.length);
    Set<String> met = new HashSet<>();
    long space = 0;
    long bits = 0;
    for (int symbol = 0; symbol < counts.length; symbol++) {
      assertThat(words[symbol].isEmpty()).isEqualTo(counts[symbol] == 0);
      if (counts[symbol] == 0) {
        continue;
      }
      assertThat(words[symbol].length()).isLessThanOrEqualTo(15);
      assertThat(met.add(words[symbol])).isTrue();
      space += 1L << (15 - words[symbol].length());
      bits += (long) counts[symbol] * words[symbol].length();
    }
    assertThat(space).isEqualTo(1 << 15);
    for (String word : met) {
      for (int length = 1; length < word.length(); length++) {
        assertThat(met.contains(word.substring(0, length))).isFalse();
      }
    }
    return bits;
  }

  private static String[] words(PrefixCode code, int count) {
    String[] words = new String[count];
    Arrays.setAll(
        words,
        symbol -> {
          BitWriter bits = new BitWriter();
          code.write(bits, symbol);
          return text(bits);
        });
    return words;
  }

  private static String table(PrefixCode code) {
    BitWriter bits = new BitWriter();
    code.writeTable(bits);
    return text(bits);
  }

  /** The bits so far, marked off by a one that is taken away again. */
  private static String text(BitWriter bits) {
    StringBuilder text = new StringBuilder();
    for (byte eight : bits.number(1, 1).bytes()) {
      for (int bit = 0; bit < 8; bit++) {
        text.append(eight >> bit & 1);
      }
    }
    return text.substring(0, text.lastIndexOf("1"));
  }
}
