package io.attar.runtime;

import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/**
 * A model, opened from its file and ready to recommend.
 *
 * <pre>
 * Recommender shop = Recommender.open(bytes);
 * Session visit = shop.newSession();
 * visit.click("sku-4711");
 * Recommendations top = visit.top(20);
 * </pre>
 *
 * <p>Immutable and safe to share between threads; each visitor gets a {@link Session}. No thread,
 * clock, file or log is used inside.
 */
public final class Recommender {
  private final ModelHeader header;
  private final String provenance;
  private final ItemIds ids;
  private final PopularItems popular;
  private final ItemTable table;
  private final SessionEncoder encoder;
  private final @Nullable RepeatHead repeat;
  private final @Nullable RepeatNetwork network;
  private final int fingerprint;

  Recommender(
      ModelHeader header,
      String provenance,
      ItemIds ids,
      PopularItems popular,
      ItemTable table,
      SessionEncoder encoder,
      @Nullable RepeatHead repeat,
      @Nullable RepeatNetwork network,
      int fingerprint) {
    this.header = header;
    this.provenance = provenance;
    this.ids = ids;
    this.popular = popular;
    this.table = table;
    this.encoder = encoder;
    this.repeat = repeat;
    this.network = network;
    this.fingerprint = fingerprint;
  }

  /**
   * Opens a model file.
   *
   * @param bytes the whole file; not kept
   * @throws ModelFileException when the bytes are not a whole, sound model file; nothing else is
   *     thrown, whatever the bytes
   */
  public static Recommender open(byte[] bytes) throws ModelFileException {
    return ModelFileReader.read(bytes);
  }

  /**
   * Opens a model file from a stream, which is read to its end and left open. Never reads more than
   * one byte beyond the length the file declares.
   *
   * @throws ModelFileException when what arrives is not a whole, sound model file
   * @throws IOException when the stream fails
   */
  public static Recommender open(InputStream in) throws IOException {
    return open(ModelFileReader.readAll(in));
  }

  /** Starts the session of one visitor, without a click. */
  public Session newSession() {
    return new Session(this);
  }

  /** Makes an empty set of items of this model. */
  public ItemSet newItemSet() {
    return new ItemSet(this);
  }

  /** V, number of items that can be recommended. */
  public int itemCount() {
    return header.itemCount();
  }

  /**
   * The caller's id of an item.
   *
   * @throws IndexOutOfBoundsException when there is no such item
   */
  public String itemId(int index) {
    if (index < 0 || index >= itemCount()) {
      throw new IndexOutOfBoundsException(
          "item index must lie between 0 and " + (itemCount() - 1) + ": " + index);
    }
    return ids.id(index);
  }

  /** The item index of an id, -1 when the id is unknown or null. */
  public int itemIndex(@Nullable String id) {
    return ids.index(id);
  }

  /** N, numbers in a session vector and in an item's row. */
  public int dimension() {
    return header.dimension();
  }

  /** L, clicks a session holds; older ones leave it. */
  public int maximumSessionLength() {
    return header.maximumSessionLength();
  }

  /** How the model was made: the file's JSON, uninterpreted. */
  public String provenance() {
    return provenance;
  }

  /** P, number of popular items, which a session without a known click is offered. */
  public int popularCount() {
    return popular.count();
  }

  /**
   * Item index of a popular item.
   *
   * @param rank 0 for the most popular, below {@link #popularCount}
   * @throws IndexOutOfBoundsException when there is no such rank
   */
  public int popularItem(int rank) {
    if (rank < 0 || rank >= popular.count()) {
      throw new IndexOutOfBoundsException(
          "popular rank must lie between 0 and " + (popular.count() - 1) + ": " + rank);
    }
    return popular.item(rank);
  }

  float scale() {
    return header.scale();
  }

  ItemIds ids() {
    return ids;
  }

  PopularItems popular() {
    return popular;
  }

  ItemTable table() {
    return table;
  }

  SessionEncoder encoder() {
    return encoder;
  }

  /** What own items score; null when a network decides. */
  @Nullable RepeatHead repeat() {
    return repeat;
  }

  /** What decides between own and unseen items; null when a repeat head does. */
  @Nullable RepeatNetwork network() {
    return network;
  }

  /** Tells model files apart: the checksum of all their sections' checksums. */
  int fingerprint() {
    return fingerprint;
  }
}
