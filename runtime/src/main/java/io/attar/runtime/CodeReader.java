package io.attar.runtime;

/** The codes of a CODE section, read behind its two counts. */
final class CodeReader {
  /** Up to so many codewords a code fits a byte. */
  static final int BYTE_CODEWORDS = 256;

  private final int codebooks; // M
  private final int codewords; // K
  private final int items; // those with a code
  private final Codes codes;

  private CodeReader(int codebooks, int codewords, int items) {
    this.codebooks = codebooks;
    this.codewords = codewords;
    this.items = items;
    codes =
        codewords <= BYTE_CODEWORDS
            ? new Codes.ByteCodes(codebooks, items)
            : new Codes.CharCodes(codebooks, items);
  }

  /** Reads the rest of the section. */
  static CodeReader read(ByteReader section, int version, int items, int codebooks, int codewords)
      throws ModelFileException {
    if (version == 1) {
      int width = Math.max(1, PrefixTable.width(codewords));
      long length = ((long) codebooks * items * width + 7) / 8;
      if (length != section.remaining()) {
        throw section.problem(
            "the codes must take "
                + length
                + " bytes ("
                + codebooks
                + " codebooks, "
                + items
                + " items, "
                + width
                + " bits a code) but "
                + section.remaining()
                + " are left here");
      }
      CodeReader codes = new CodeReader(codebooks, codewords, items);
      codes.readColumns(section.bits(), width);
      return codes;
    }
    // Every item but the first takes a bit at least.
    section.require((items - 1 + 7) / 8, "codes");
    CodeReader codes = new CodeReader(codebooks, codewords, items);
    codes.readSorted(section.bits());
    return codes;
  }

  /** (codebooks, items) what was read. */
  Codes codes() {
    return codes;
  }

  /** Version 1: codebook by codebook, every code of one width. */
  private void readColumns(BitReader bits, int width) throws ModelFileException {
    for (int m = 0; m < codebooks; m++) {
      for (int item = 0; item < items; item++) {
        codes.set(m, item, checked(bits.next(width), bits));
      }
    }
    bits.finish();
  }

  /**
   * Since version 2: each item as the difference to the one before, which sorts at or before it.
   */
  private void readSorted(BitReader bits) throws ModelFileException {
    PrefixTable differences = PrefixTable.read(bits, codebooks + 1);
    // With one codeword no code can be larger than another.
    PrefixTable[] gaps = readTables(bits, codewords > 1 ? codebooks : 0, codewords - 1);
    PrefixTable[] others = readTables(bits, codebooks - 1, codewords);
    int[] row = new int[codebooks];
    int width = PrefixTable.width(codewords);
    for (int m = 0; m < codebooks; m++) {
      row[m] = checked(bits.next(width), bits);
    }
    store(0, row);
    for (int item = 1; item < items; item++) {
      int first = differences.next(bits);
      if (first < codebooks) {
        if (first >= gaps.length) {
          throw bits.problem("items must have equal codes where there is one codeword");
        }
        row[first] = checked(row[first] + 1 + gaps[first].next(bits), bits);
        for (int m = first + 1; m < codebooks; m++) {
          row[m] = others[m - 1].next(bits);
        }
      }
      bits.check();
      store(item, row);
    }
    bits.finish();
  }

  private static PrefixTable[] readTables(BitReader bits, int count, int symbolCount)
      throws ModelFileException {
    PrefixTable[] tables = new PrefixTable[count];
    for (int i = 0; i < count; i++) {
      tables[i] = PrefixTable.read(bits, symbolCount);
    }
    return tables;
  }

  private int checked(int code, BitReader bits) throws ModelFileException {
    if (code >= codewords) {
      throw bits.problem("a code must be below " + codewords + " but is " + code);
    }
    return code;
  }

  private void store(int item, int[] row) {
    for (int m = 0; m < codebooks; m++) {
      codes.set(m, item, row[m]);
    }
  }
}
