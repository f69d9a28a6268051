package io.attar.runtime;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * Reads a model file, version 1. The same text, with the reasons, is {@code docs/format.md}.
 *
 * <p>All numbers are little-endian. u8, u16, u32 are unsigned; f32 is an IEEE 754 single; varint is
 * unsigned LEB128 of at most 5 bytes (10 for 64-bit values). Every length, index, checksum and
 * number is checked before it is used, and memory is allocated only for what the file's own length
 * has already paid for. Whatever is wrong, a {@link ModelFileException} says so.
 *
 * <pre>
 * Frame
 *   8      magic 89 41 54 54 41 52 0D 0A
 *   u16    format version, 1
 *   u16    number of sections S, 1 to 64
 *   u32    length of the whole file in bytes
 *   12 S   section table: tag (4 ASCII bytes), u32 length, u32 CRC-32 of the payload
 *   u32    CRC-32 of all bytes before this one
 *   ...    payloads, in table order, back to back, to the end of the file
 * Every tag at most once; none unknown, none missing, none that the kinds do not call for.
 *
 * Tensor (inside a payload)
 *   u8     type: 1 = f32, 2 = f16 (binary16), 3 = int8 with one f32 scale per row
 *   u32    rows
 *   u32    columns
 *   ...    numbers row by row; type 3: first the scales, then the bytes, value = scale x byte
 * All numbers finite.
 *
 * PROV     UTF-8 JSON, handed out unread
 *
 * MODL     u32 item count V (1 to 2^24), u16 dimension N (1 to 4096),
 *          u8 encoder (1 weighted mean, 2 self-attention),
 *          u8 item table (1 dense, 2 compositional codes),
 *          u8 rows (0 as they are, 1 divided by their length before every use; zero stays zero),
 *          u16 maximum session length L (1 to 1024), f32 scale
 *
 * ITEM     u8 encoding, then V ids, distinct and not empty
 *          1: canonical decimal 64-bit integers: zigzag varint of the difference to the id before
 *             (the first: to 0)
 *          2: UTF-8: varint length in bytes, bytes
 *
 * POPL     u16 count P (0 to V), P varint item indices, most popular first, distinct
 *
 * DENS     (table 1) tensor (V, N)
 *
 * CODE     (table 2) u16 codebooks M (1 to 64), u32 codewords K (1 to 65536), then the V codes of
 *          codebook 0, of codebook 1, ...: max(1, ceil(log2 K)) bits each, least significant bit
 *          first in one bit stream, the last byte filled with zero bits; each below K
 *          row of v: E_v = sum over m, in order, of codeword[m][code_m(v)] in f32
 *
 * BOOK     (table 2) tensor (M K, N); codeword k of codebook m is row m K + k
 *
 * ENCO     l = number of the session's last L known clicks x_0 .. x_{l-1}, oldest first
 *          weighted mean: tensors age (1, L), occurrence (1, O), 1 &lt;= O &lt;= 64
 *            theta = sum over t of age[l-1-t] occurrence[o_t] E_{x_t},
 *            o_t = number of earlier clicks on the same item, at most O - 1
 *          self-attention: u16 heads H (divides N), tensors position (L, N), norm0 (2, N: gain,
 *          bias), Wq (N, N), bq (1, N), Wk, bk, Wv, bv, Wo, bo, norm1, W1, b1, W2, b2, norm2,
 *          G1 (N, N), c (1, N), G2 (N, N), w (1, N); y = W x + b
 *            h_t   = norm0(E_{x_t} + position_t), position 0 = the oldest click
 *            o     = causal attention of H heads, scores / sqrt(N / H)
 *            h'    = norm1(h + Wo o + bo)
 *            h''   = norm2(h' + W2 gelu(W1 h' + b1) + b2), gelu exact
 *            theta = sum over t of (w . sigmoid(G1 h''_t + c + G2 mean(h''))) h''_t
 *            a norm's variance has 1e-12 added
 *          theta is then divided by its length; zero stays zero
 *
 * RPTH     f32 alpha, u8 count buckets C (1 to 64), u8 age buckets A (1 to 64),
 *          L bytes count bucket of counts 1..L, L bytes age bucket of ages 0..L-1,
 *          tensors countAge (C, A), age (1, L), count (1, L), distinct (1, L), length (1, L)
 *
 * Score    s_v = scale (theta . E_v); for an item clicked c times in the window, last a clicks
 *          ago, in a window of d distinct items:
 *            alpha s_v + countAge[countBucket[c]][ageBucket[a]] + age[a] + count[c-1]
 *              + distinct[d-1] + length[l-1]
 *          without a known click: popular item i of P (from 0) scores (P - i) / P, all others 0
 *          ranking: largest score first, equal scores by item index, lowest first
 * </pre>
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
    ItemTable table =
        header.codes()
            ? CodeTable.read(
                file.section(ModelFile.CODES), file.section(ModelFile.CODEBOOKS), header)
            : DenseTable.read(file.section(ModelFile.DENSE), header);
    ByteReader encoderSection = file.section(ModelFile.ENCODER);
    SessionEncoder encoder =
        header.selfAttention()
            ? new SelfAttentionEncoder(encoderSection, header, table)
            : WeightedMeanEncoder.read(encoderSection, header, table);
    RepeatHead repeat = new RepeatHead(file.section(ModelFile.REPEAT), header);
    return new Recommender(header, provenanceText, ids, popular, table, encoder, repeat);
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
