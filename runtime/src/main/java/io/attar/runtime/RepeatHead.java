package io.attar.runtime;

/**
 * What an item already clicked in the session scores: alpha times its score plus terms learnt from
 * how often and how long ago it was clicked. Immutable.
 */
final class RepeatHead {
  private final float similarityWeight; // alpha
  private final int ageBuckets; // A
  private final byte[] countBucket; // (L) by count - 1
  private final byte[] ageBucket; // (L) by age
  private final float[] countAge; // (C, A)
  private final float[] age; // (L) by age
  private final float[] count; // (L) by count - 1
  private final float[] distinct; // (L) by distinct items - 1
  private final float[] length; // (L) by session length - 1

  /** Reads the section. */
  RepeatHead(ByteReader reader, ModelHeader header) throws ModelFileException {
    int maximum = header.maximumSessionLength();
    similarityWeight = reader.f32("similarity weight");
    int countBuckets = reader.within(reader.u8("count buckets"), 1, 64, "count buckets");
    ageBuckets = reader.within(reader.u8("age buckets"), 1, 64, "age buckets");
    countBucket = readBuckets(reader, "count bucket", maximum, countBuckets);
    ageBucket = readBuckets(reader, "age bucket", maximum, ageBuckets);
    countAge = Tensor.read(reader, "countAge", countBuckets, ageBuckets);
    age = Tensor.read(reader, "age", 1, maximum);
    count = Tensor.read(reader, "count", 1, maximum);
    distinct = Tensor.read(reader, "distinct", 1, maximum);
    length = Tensor.read(reader, "length", 1, maximum);
    reader.finish();
  }

  private static byte[] readBuckets(ByteReader reader, String name, int entries, int buckets)
      throws ModelFileException {
    reader.require(entries, name + "s");
    byte[] bucket = new byte[entries];
    for (int i = 0; i < entries; i++) {
      bucket[i] = (byte) reader.within(reader.u8(name), 0, buckets - 1, name);
    }
    return bucket;
  }

  /** Names of the {@link #terms}. */
  static final String[] TERMS = {
    "clicks and age", "age", "clicks", "distinct items", "session length"
  };

  /** What the item's own score is multiplied by before the terms are added. */
  float similarityWeight() {
    return similarityWeight;
  }

  /**
   * The score of an item that was clicked: alpha times its own score, plus the terms one after the
   * other.
   *
   * @param similarity what the item would score had it not been clicked
   * @param clicks clicks on the item in the session, at least 1
   * @param since clicks after the latest of them
   * @param items distinct items of the session
   * @param clicksInSession clicks of the session
   */
  float score(float similarity, int clicks, int since, int items, int clicksInSession) {
    return similarityWeight * similarity
        + countAge[countBucket[clicks - 1] * ageBuckets + ageBucket[since]]
        + age[since]
        + count[clicks - 1]
        + distinct[items - 1]
        + length[clicksInSession - 1];
  }

  /** The terms that {@link #score} adds, in its order. */
  float[] terms(int clicks, int since, int items, int clicksInSession) {
    return new float[] {
      countAge[countBucket[clicks - 1] * ageBuckets + ageBucket[since]],
      age[since],
      count[clicks - 1],
      distinct[items - 1],
      length[clicksInSession - 1]
    };
  }
}
