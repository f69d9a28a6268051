package io.attar.training;

/**
 * What the repeat head looks at when a session's own item could come back: how often it was clicked
 * and how long ago. One bucketing for training, calibration and the shipped file.
 */
final class RepeatFeatures {
  /** Lower ends of the count buckets. */
  private static final int[] COUNT_STARTS = {1, 2, 3, 4, 5, 6, 8, 11};

  /** Lower ends of the age buckets; full Tmall needs them to reach beyond 40. */
  private static final int[] AGE_STARTS = {0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 14, 18, 23, 29, 36, 43};

  static final int COUNT_BUCKETS = COUNT_STARTS.length;
  static final int AGE_BUCKETS = AGE_STARTS.length;
  static final int BUCKETS = COUNT_BUCKETS * AGE_BUCKETS;

  private RepeatFeatures() {}

  /** Bucket of a number of clicks, 1 or more. */
  static int countBucket(int count) {
    return bucket(COUNT_STARTS, count);
  }

  /** Bucket of the clicks since the latest one on the item; 0 = it is the last click. */
  static int ageBucket(int age) {
    return bucket(AGE_STARTS, age);
  }

  /** Row of the (count, age) table laid out flat. */
  static int bucket(int count, int age) {
    return countBucket(count) * AGE_BUCKETS + ageBucket(age);
  }

  private static int bucket(int[] starts, int value) {
    int bucket = starts.length - 1;
    while (bucket > 0 && starts[bucket] > value) {
      bucket--;
    }
    return bucket;
  }
}
