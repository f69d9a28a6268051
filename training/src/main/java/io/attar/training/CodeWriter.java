package io.attar.training;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Writes the CODE section. Items are sorted by their codes, and each is written as its difference
 * to the one before: the order of V items costs log2 V! bits that nobody needs.
 */
final class CodeWriter {
  private final Codes codes;
  private final int[] order;
  private final int codebooks; // M
  private final int codewords; // K

  private CodeWriter(Codes codes, int[] order) {
    this.codes = codes;
    this.order = order;
    codebooks = codes.codebookCount();
    codewords = codes.codewordCount();
  }

  /** The item indices in ascending order of their codes; equal codes by item index. */
  static int[] order(Codes codes) {
    Comparator<Integer> byCodes = (a, b) -> compare(codes, a, b);
    return IntStream.range(0, codes.itemCount())
        .boxed()
        .sorted(byCodes.thenComparing(Comparator.naturalOrder()))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  /**
   * The payload.
   *
   * @param order as {@link #order} gave it
   */
  static byte[] write(Codes codes, int[] order) {
    return new CodeWriter(codes, order).write();
  }

  private byte[] write() {
    int[] differences = new int[codebooks + 1];
    int[][] gaps = new int[codewords > 1 ? codebooks : 0][codewords - 1];
    int[][] others = new int[codebooks - 1][codewords];
    visit(
        (kind, codebook, symbol) -> {
          switch (kind) {
            case DIFFERENCE -> differences[symbol]++;
            case GAP -> gaps[codebook][symbol]++;
            case OTHER -> others[codebook - 1][symbol]++;
          }
        });
    PrefixCode differenceCode = PrefixCode.of(differences);
    PrefixCode[] gapCodes = Arrays.stream(gaps).map(PrefixCode::of).toArray(PrefixCode[]::new);
    PrefixCode[] otherCodes = Arrays.stream(others).map(PrefixCode::of).toArray(PrefixCode[]::new);
    BitWriter bits = new BitWriter();
    differenceCode.writeTable(bits);
    for (PrefixCode code : gapCodes) {
      code.writeTable(bits);
    }
    for (PrefixCode code : otherCodes) {
      code.writeTable(bits);
    }
    for (int m = 0; m < codebooks; m++) {
      bits.number(codes.code(m, order[0]), BitWriter.width(codewords));
    }
    visit(
        (kind, codebook, symbol) -> {
          switch (kind) {
            case DIFFERENCE -> differenceCode.write(bits, symbol);
            case GAP -> gapCodes[codebook].write(bits, symbol);
            case OTHER -> otherCodes[codebook - 1].write(bits, symbol);
          }
        });
    return new ModelFileWriter.Payload().u16(codebooks).u32(codewords).raw(bits.bytes()).bytes();
  }

  /** Hands out all symbols behind the first item, in the order of the file. */
  private void visit(Visitor visitor) {
    for (int i = 1; i < order.length; i++) {
      int first = difference(codes, order[i - 1], order[i]);
      visitor.visit(Kind.DIFFERENCE, first, first);
      for (int m = first; m < codebooks; m++) {
        int code = codes.code(m, order[i]);
        if (m == first) {
          visitor.visit(Kind.GAP, m, code - codes.code(m, order[i - 1]) - 1);
        } else {
          visitor.visit(Kind.OTHER, m, code);
        }
      }
    }
  }

  /** The first codebook in which two items differ, M when none. */
  private static int difference(Codes codes, int a, int b) {
    int m = 0;
    while (m < codes.codebookCount() && codes.code(m, a) == codes.code(m, b)) {
      m++;
    }
    return m;
  }

  private static int compare(Codes codes, int a, int b) {
    int m = difference(codes, a, b);
    return m == codes.codebookCount() ? 0 : Integer.compare(codes.code(m, a), codes.code(m, b));
  }

  private enum Kind {
    DIFFERENCE,
    GAP,
    OTHER
  }

  private interface Visitor {
    void visit(Kind kind, int codebook, int symbol);
  }
}
