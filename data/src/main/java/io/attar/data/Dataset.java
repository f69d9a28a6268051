package io.attar.data;

/**
 * A click log made ready: items and sessions split by time. Validation comes out of the training
 * part, so {@code training} ends before {@code validation} starts, which ends before {@code test}.
 *
 * @param name what to call it in reports
 * @param identity SHA-256 (hex) over items, sessions, split and minimum prefix length
 * @param items all items; indices below {@code catalogueSize} occur in training or validation
 * @param catalogueSize number of items a model of this data may recommend; the items after it occur
 *     in test only and no model can know them
 * @param training sessions to fit on, oldest first
 * @param validation sessions to select and calibrate on; empty when the data was not split
 * @param test sessions to report on
 * @param minimumPrefixLength shortest prefix that makes a test case (1, or 2 for RetailRocket)
 */
public record Dataset(
    String name,
    String identity,
    Items items,
    int catalogueSize,
    Sessions training,
    Sessions validation,
    Sessions test,
    int minimumPrefixLength) {

  /** Checks the parts against each other. */
  public Dataset {
    if (catalogueSize < 0 || catalogueSize > items.size()) {
      throw new IllegalArgumentException(
          "catalogue size must lie between 0 and the " + items.size() + " items: " + catalogueSize);
    }
    if (minimumPrefixLength < 1) {
      throw new IllegalArgumentException(
          "minimum prefix length must be at least 1: " + minimumPrefixLength);
    }
  }

  /**
   * A data set with its identity worked out from its parts.
   *
   * @throws IllegalArgumentException when a part holds an item index that {@code items} does not
   *     know, or a known part one that lies outside the catalogue
   */
  public static Dataset of(
      String name,
      Items items,
      int catalogueSize,
      Sessions training,
      Sessions validation,
      Sessions test,
      int minimumPrefixLength) {
    requireIndicesBelow(catalogueSize, training, "training");
    requireIndicesBelow(catalogueSize, validation, "validation");
    requireIndicesBelow(items.size(), test, "test");
    return new Dataset(
        name,
        DatasetIdentity.of(items, catalogueSize, training, validation, test, minimumPrefixLength),
        items,
        catalogueSize,
        training,
        validation,
        test,
        minimumPrefixLength);
  }

  private static void requireIndicesBelow(int limit, Sessions sessions, String part) {
    for (int p = 0; p < sessions.clickCount(); p++) {
      int item = sessions.item(p);
      if (item < 0 || item >= limit) {
        throw new IllegalArgumentException(
            "item indices of the " + part + " part must lie below " + limit + ": " + item);
      }
    }
  }

  /** All that was known before the test part: training followed by validation. */
  public Sessions known() {
    return validation.count() == 0 ? training : training.followedBy(validation);
  }
}
