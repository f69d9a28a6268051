package io.attar.runtime;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.zip.CRC32;

/**
 * The frame of a model file: its sections and what kind of model they hold, with every checksum
 * verified but the weights left unread. For tools that list a file; to recommend, open a {@link
 * Recommender}. Immutable as long as the bytes it was read from are left alone: it keeps them.
 */
public final class ModelFile {
  static final String FRAME = "frame";
  static final String PROVENANCE = "PROV";
  static final String MODEL = "MODL";
  static final String ITEM_IDS = "ITEM";
  static final String POPULAR = "POPL";
  static final String DENSE = "DENS";
  static final String CODES = "CODE";
  static final String CODEBOOKS = "BOOK";
  static final String ENCODER = "ENCO";
  static final String REPEAT = "RPTH";
  static final String BIAS = "BIAS";
  static final String REPEAT_NETWORK = "RNET";

  /** Bytes of the frame up to and with the length of the whole file. */
  static final int START_LENGTH = 16;

  private static final int LATEST_VERSION = 5;
  private static final int MAXIMUM_SECTIONS = 64;
  private static final int ENTRY_LENGTH = 12;

  /** An array of this length can be made by every virtual machine. */
  static final int MAXIMUM_LENGTH = Integer.MAX_VALUE - 8;

  private static final byte[] MAGIC = {
    (byte) 0x89, 'A', 'T', 'T', 'A', 'R', '\r', '\n',
  };

  private static final List<String> ALWAYS =
      Collections.unmodifiableList(Arrays.asList(PROVENANCE, MODEL, ITEM_IDS, POPULAR, ENCODER));

  private final byte[] bytes;
  private final List<Section> sections;
  private final ModelHeader header;
  private final int codebookCount;
  private final int codewordCount;
  private final int denseItemCount;

  private ModelFile(byte[] bytes, int version, List<Section> sections) throws ModelFileException {
    this.bytes = bytes;
    this.sections = Collections.unmodifiableList(sections);
    header = new ModelHeader(section(this.sections, bytes, MODEL), version);
    checkKinds(this.sections, header);
    if (header.codes()) {
      ByteReader codes = section(this.sections, bytes, CODES);
      codebookCount = CodeTable.readCodebooks(codes);
      codewordCount = CodeTable.readCodewords(codes);
      if (header.productCodes() && header.dimension() % codebookCount != 0) {
        throw codes.problem(
            "the codebooks of product codes must divide the dimension, "
                + header.dimension()
                + ", but are "
                + codebookCount);
      }
      denseItemCount =
          contains(DENSE) ? Tensor.rows(section(DENSE), "item rows", header.itemCount() - 1) : 0;
    } else {
      codebookCount = 0;
      codewordCount = 0;
      denseItemCount = header.dense() ? header.itemCount() : 0;
    }
  }

  /**
   * Reads the frame and verifies all checksums.
   *
   * @param bytes the whole file; kept, not copied
   * @throws ModelFileException when the bytes are not a whole model file of a known version
   */
  public static ModelFile read(byte[] bytes) throws ModelFileException {
    long declared = declaredLength(bytes, bytes.length);
    if (declared != bytes.length) {
      throw new ModelFileException(
          FRAME,
          12,
          "the file must be " + declared + " bytes long, as it says, but is " + bytes.length);
    }
    ByteReader reader = new ByteReader(bytes, MAGIC.length, bytes.length, FRAME);
    int version = reader.u16("format version");
    int count = reader.within(reader.u16("section count"), 1, MAXIMUM_SECTIONS, "section count");
    reader.u32("file length");
    reader.require((long) ENTRY_LENGTH * count + 4, "section table");
    int tableStart = reader.position();
    int payloadStart = tableStart + ENTRY_LENGTH * count + 4;
    ByteReader end = new ByteReader(bytes, payloadStart - 4, payloadStart, FRAME);
    checkSum(end, bytes, 0, payloadStart - 4);

    List<Section> sections = new ArrayList<>();
    long next = payloadStart;
    for (int i = 0; i < count; i++) {
      String tag = readTag(reader, sections);
      long length = reader.u32("section length");
      if (length > bytes.length - next) {
        throw reader.problem(
            "section "
                + tag
                + " must end within the file but is said to take "
                + length
                + " bytes from byte "
                + next);
      }
      checkSum(reader, bytes, (int) next, (int) (next + length));
      sections.add(new Section(tag, (int) next, (int) length));
      next += length;
    }
    if (next != bytes.length) {
      throw reader.problem(
          "the sections must fill the file but end at byte " + next + " of " + bytes.length);
    }
    return new ModelFile(bytes, version, sections);
  }

  /** Version of the format, 1 to 5. */
  public int version() {
    return header.version();
  }

  /** The sections in file order; not to be changed. */
  public List<Section> sections() {
    return sections;
  }

  /** V, number of items. */
  public int itemCount() {
    return header.itemCount();
  }

  /** N, numbers in a session vector and in an item's row. */
  public int dimension() {
    return header.dimension();
  }

  /** L, clicks of a session that count. */
  public int maximumSessionLength() {
    return header.maximumSessionLength();
  }

  /** The encoder kind: {@code "weighted mean"} or {@code "self-attention"}. */
  public String encoderKind() {
    return header.selfAttention() ? "self-attention" : "weighted mean";
  }

  /**
   * The item table kind: {@code "dense"}, {@code "compositional codes"}, {@code "product codes"},
   * {@code "blocks"}, {@code "tensor train"} or {@code "neighbours"}. With codes some items may
   * still have a row of their own, see {@link #denseItemCount}.
   */
  public String tableKind() {
    if (header.productCodes()) {
      return "product codes";
    }
    if (header.blocks()) {
      return "blocks";
    }
    if (header.tensorTrain()) {
      return "tensor train";
    }
    if (header.neighbours()) {
      return "neighbours";
    }
    return header.codes() ? "compositional codes" : "dense";
  }

  /** M, number of codebooks; 0 without codes. */
  public int codebookCount() {
    return codebookCount;
  }

  /** K, codewords in each codebook; 0 without codes. */
  public int codewordCount() {
    return codewordCount;
  }

  /**
   * H, number of items with a row of their own instead of a code, the last ones by item index; all
   * of a dense item table.
   */
  public int denseItemCount() {
    return denseItemCount;
  }

  /** Whether a number of its own is added to every item's score. */
  public boolean hasBias() {
    return contains(BIAS);
  }

  /**
   * The codes of the items that have one, the first by item index (codebooks, items); none without
   * codes.
   *
   * @throws ModelFileException when the section that holds them is damaged
   */
  public int[][] codes() throws ModelFileException {
    if (!header.codes()) {
      return new int[0][];
    }
    ByteReader section = section(CODES);
    CodeTable.readCodebooks(section);
    CodeTable.readCodewords(section);
    int items = header.itemCount() - denseItemCount;
    Codes read =
        CodeReader.read(section, header.version(), items, codebookCount, codewordCount).codes();
    int[][] codes = new int[codebookCount][items];
    for (int m = 0; m < codebookCount; m++) {
      for (int item = 0; item < items; item++) {
        codes[m][item] = read.code(m, item);
      }
    }
    return codes;
  }

  /** Tells files apart: the checksum of the frame, which holds those of all sections. */
  int fingerprint() {
    int end = sections.get(0).offset();
    return (bytes[end - 4] & 0xFF)
        | (bytes[end - 3] & 0xFF) << 8
        | (bytes[end - 2] & 0xFF) << 16
        | bytes[end - 1] << 24;
  }

  ModelHeader header() {
    return header;
  }

  /** A cursor over a section that the model's kinds call for. */
  ByteReader section(String tag) throws ModelFileException {
    return section(sections, bytes, tag);
  }

  /**
   * The length of the whole file as its first bytes declare it, when they are those of a model file
   * that an array can hold.
   *
   * @param start the file's first bytes
   * @param available how many of them are there; fewer than {@link #START_LENGTH} are refused
   */
  static long declaredLength(byte[] start, int available) throws ModelFileException {
    ByteReader reader = new ByteReader(start, 0, available, FRAME);
    for (byte expected : MAGIC) {
      if (reader.u8("magic") != (expected & 0xFF)) {
        throw new ModelFileException(
            FRAME, 0, "a model file must start with the bytes 89 41 54 54 41 52 0D 0A");
      }
    }
    int version = reader.u16("format version");
    if (version < 1 || version > LATEST_VERSION) {
      throw reader.problemAt(
          MAGIC.length, "the format version must be 1 to " + LATEST_VERSION + " but is " + version);
    }
    reader.u16("section count");
    long length = reader.u32("file length");
    if (length > MAXIMUM_LENGTH) {
      throw reader.problemAt(
          12, "the file length must be at most " + MAXIMUM_LENGTH + " but is " + length);
    }
    return length;
  }

  private static String readTag(ByteReader reader, List<Section> before) throws ModelFileException {
    int start = reader.position();
    StringBuilder letters = new StringBuilder(4);
    for (int i = 0; i < 4; i++) {
      int letter = reader.u8("section tag");
      letters.append(letter >= 0x20 && letter < 0x7F ? (char) letter : '?');
    }
    String tag = letters.toString();
    if (!ALWAYS.contains(tag)
        && !tag.equals(DENSE)
        && !tag.equals(CODES)
        && !tag.equals(CODEBOOKS)
        && !tag.equals(REPEAT)
        && !tag.equals(REPEAT_NETWORK)
        && !tag.equals(BIAS)) {
      throw reader.problemAt(start, "a section tag must be known but is '" + tag + "'");
    }
    for (Section section : before) {
      if (section.tag().equals(tag)) {
        throw reader.problemAt(start, "a section must occur once but " + tag + " occurs twice");
      }
    }
    return tag;
  }

  /** Reads a checksum and compares it with that of the bytes {@code from} to {@code to}. */
  private static void checkSum(ByteReader reader, byte[] bytes, int from, int to)
      throws ModelFileException {
    int where = reader.position();
    long expected = reader.u32("checksum");
    CRC32 sum = new CRC32();
    sum.update(bytes, from, to - from);
    if (sum.getValue() != expected) {
      throw reader.problemAt(
          where,
          "the checksum of the bytes "
              + from
              + " to "
              + to
              + " must be "
              + expected
              + " but is "
              + sum.getValue());
    }
  }

  private static void checkKinds(List<Section> sections, ModelHeader header)
      throws ModelFileException {
    for (String tag : ALWAYS) {
      find(sections, tag);
    }
    if (header.codes()) {
      find(sections, CODES);
      find(sections, CODEBOOKS);
    } else {
      find(sections, DENSE);
    }
    if (header.version() < 3) {
      find(sections, REPEAT);
    } else if (contains(sections, REPEAT) == contains(sections, REPEAT_NETWORK)) {
      throw new ModelFileException(
          FRAME,
          START_LENGTH,
          "one of the sections " + REPEAT + " and " + REPEAT_NETWORK + " must be there, not both");
    }
    int wanted = ALWAYS.size() + (header.codes() ? 2 : 1) + 1;
    if (header.version() > 2) {
      // What may be there or not.
      wanted += contains(sections, BIAS) ? 1 : 0;
      wanted += header.codes() && contains(sections, DENSE) ? 1 : 0;
    }
    if (sections.size() != wanted) {
      // All wanted ones are there and none twice, so one too many is of another kind or version.
      throw new ModelFileException(
          FRAME,
          START_LENGTH,
          "the model's kinds call for " + wanted + " sections but there are " + sections.size());
    }
  }

  /** Whether a section is there. */
  boolean contains(String tag) {
    return contains(sections, tag);
  }

  private static boolean contains(List<Section> sections, String tag) {
    for (Section section : sections) {
      if (section.tag().equals(tag)) {
        return true;
      }
    }
    return false;
  }

  private static Section find(List<Section> sections, String tag) throws ModelFileException {
    for (Section section : sections) {
      if (section.tag().equals(tag)) {
        return section;
      }
    }
    throw new ModelFileException(FRAME, START_LENGTH, "the section " + tag + " must be there");
  }

  private static ByteReader section(List<Section> sections, byte[] bytes, String tag)
      throws ModelFileException {
    Section section = find(sections, tag);
    return new ByteReader(bytes, section.offset(), section.offset() + section.length(), tag);
  }

  /** One section of a model file. Immutable. */
  public static final class Section {
    private final String tag;
    private final int offset;
    private final int length;

    private Section(String tag, int offset, int length) {
      this.tag = tag;
      this.offset = offset;
      this.length = length;
    }

    /** The four letters that say what it holds. */
    public String tag() {
      return tag;
    }

    /** Where its payload starts, in bytes from the start of the file. */
    public int offset() {
      return offset;
    }

    /** Length of its payload in bytes. */
    public int length() {
      return length;
    }

    @Override
    public String toString() {
      return tag + " at byte " + offset + ", " + length + " bytes";
    }
  }
}
