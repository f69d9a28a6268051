package io.attar.training;

/**
 * The calibrated repeat head as it ships: what an own item scores instead of its similarity s.
 *
 * @param similarity factor on s, alpha
 * @param countAge (COUNT_BUCKETS, AGE_BUCKETS) flat, see {@link RepeatFeatures}
 * @param age (L) by clicks since the item's latest click
 * @param count (L) by clicks on the item, less one
 * @param distinct (L) by distinct items in the window, less one
 * @param length (L) by clicks in the window, less one
 */
record RepeatHead(
    float similarity,
    float[] countAge,
    float[] age,
    float[] count,
    float[] distinct,
    float[] length) {

  /** Score of an own item. */
  float score(
      float similarityScore, int clicks, int clicksSince, int distinctItems, int clickCount) {
    return similarity * similarityScore
        + countAge[RepeatFeatures.bucket(clicks, clicksSince)]
        + age[clicksSince]
        + count[clicks - 1]
        + distinct[distinctItems - 1]
        + length[clickCount - 1];
  }
}
