package io.attar.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Reads a model file of version 1 to 5, as {@code docs/format.md} specifies it. Every length,
 * index, checksum and number is checked before it is used, and memory is allocated only for what
 * the file's own length has already paid for. Whatever is wrong, a {@link ModelFileException} says
 * so.
 */
final class ModelFileReader {
  private static final int FIRST_BUFFER = 1 << 16;

  private ModelFileReader() {}

  /** Reads all of a model file. */
  static Recommender read(byte[] bytes) throws ModelFileException {
    ModelFile file = ModelFile.read(bytes);
    ModelHeader header = file.header();
    ByteReader provenance = file.section(ModelFile.PROVENANCE);
    String provenanceText = provenance.text(provenance.remaining(), "provenance");
    ItemIds ids = ItemIds.read(file.section(ModelFile.ITEM_IDS), header);
    PopularItems popular = PopularItems.read(file.section(ModelFile.POPULAR), header);
    ItemTable table = table(file);
    ByteReader section = file.section(ModelFile.ENCODER);
    SessionEncoder encoder =
        table instanceof NeighbourTable
            ? (NeighbourTable) table
            : header.selfAttention()
                ? new SelfAttentionEncoder(section, header, table)
                : WeightedMeanEncoder.read(section, header, table);
    boolean decides = file.contains(ModelFile.REPEAT_NETWORK);
    return new Recommender(
        header,
        provenanceText,
        ids,
        popular,
        table,
        encoder,
        decides ? null : new RepeatHead(file.section(ModelFile.REPEAT), header),
        decides ? new RepeatNetwork(file.section(ModelFile.REPEAT_NETWORK), header) : null,
        file.fingerprint());
  }

  private static ItemTable table(ModelFile file) throws ModelFileException {
    ModelHeader header = file.header();
    int items = header.itemCount();
    float[] bias = null;
    if (file.hasBias()) {
      ByteReader section = file.section(ModelFile.BIAS);
      bias = Tensor.read(section, "item biases", 1, items);
      section.finish();
    }
    if (header.neighbours()) {
      return new NeighbourTable(
          file.section(ModelFile.DENSE), file.section(ModelFile.ENCODER), header, bias);
    }
    if (header.tensorTrain()) {
      return new TensorTrainTable(file.section(ModelFile.DENSE), header, bias);
    }
    if (!header.codes()) {
      return DenseTable.readAll(file.section(ModelFile.DENSE), header, bias);
    }
    int coded = items - file.denseItemCount();
    CodeTable codes =
        CodeTable.read(
            file.section(ModelFile.CODES), file.section(ModelFile.CODEBOOKS), header, coded, bias);
    if (coded == items) {
      return codes;
    }
    ByteReader rows = file.section(ModelFile.DENSE);
    DenseTable dense = DenseTable.read(rows, header, coded, items, bias);
    rows.finish();
    return new HybridTable(new ItemTable[] {codes, dense}, new int[] {coded, items});
  }

  /**
   * Reads a stream to its end, which must be where the file's first bytes say. The buffer grows
   * with what arrives, so a false length costs no memory.
   */
  static byte[] readAll(InputStream in) throws IOException {
    byte[] bytes = new byte[FIRST_BUFFER];
    int filled = fill(in, bytes, 0, ModelFile.START_LENGTH);
    int length = (int) ModelFile.declaredLength(bytes, filled);
    while (filled < length) {
      if (filled == bytes.length) {
        bytes = Arrays.copyOf(bytes, (int) Math.min(length, 2L * bytes.length));
      }
      int now = fill(in, bytes, filled, Math.min(length, bytes.length));
      if (now == filled) {
        throw new ModelFileException(
            ModelFile.FRAME,
            filled,
            "the file must be " + length + " bytes long, as it says, but ends here");
      }
      filled = now;
    }
    if (in.read() >= 0) {
      throw new ModelFileException(
          ModelFile.FRAME,
          length,
          "the file must be " + length + " bytes long, as it says, but goes on");
    }
    return filled == bytes.length ? bytes : Arrays.copyOf(bytes, filled);
  }

  /** Fills the buffer from {@code from} to {@code to} or the stream's end; returns where it got. */
  private static int fill(InputStream in, byte[] bytes, int from, int to) throws IOException {
    int filled = from;
    while (filled < to) {
      int count = in.read(bytes, filled, to - filled);
      if (count < 0) {
        break;
      }
      filled += count;
    }
    return filled;
  }
}
