package io.attar.data;

/**
 * How large and how lively a {@link SimulatedShop} is.
 *
 * @param items items that are ever on sale
 * @param categories categories that they are spread over evenly
 * @param sessions sessions to write
 * @param days days that the log covers
 * @param meanLength mean number of clicks a session has before {@code maximumLength} cuts it
 * @param maximumLength longest session
 * @param repeatShare share of clicks that are meant to return to an earlier item of the session
 * @param seed what the whole log follows from
 */
public record SimulatedShopOptions(
    int items,
    int categories,
    int sessions,
    int days,
    double meanLength,
    int maximumLength,
    double repeatShare,
    long seed) {

  /**
   * Checks every value.
   *
   * @throws IllegalArgumentException naming the option, its rule and the value
   */
  public SimulatedShopOptions {
    require(categories >= 1, "categories must be at least 1", categories);
    require(
        items >= 5L * categories,
        "items must be at least 5 for each of the " + categories + " categories",
        items);
    require(sessions >= 1, "sessions must be at least 1", sessions);
    require(days >= 1 && days <= 3650, "days must lie in 1 to 3650", days);
    require(meanLength >= 1 && meanLength < 1000, "meanLength must lie in [1, 1000)", meanLength);
    require(
        maximumLength >= 1 && maximumLength <= 1000,
        "maximumLength must lie in 1 to 1000",
        maximumLength);
    require(repeatShare >= 0 && repeatShare < 0.8, "repeatShare must lie in [0, 0.8)", repeatShare);
  }

  private static void require(boolean holds, String rule, Object value) {
    if (!holds) {
      throw new IllegalArgumentException(rule + ": " + value);
    }
  }

  /** The defaults, all of them here and nowhere else. */
  public static SimulatedShopOptions defaults() {
    return new SimulatedShopOptions(
        3000, // items
        60, // categories
        20_000, // sessions
        60, // days
        6.0, // meanLength
        40, // maximumLength
        0.35, // repeatShare
        20_260_101L); // seed
  }

  /** These options with another seed. */
  public SimulatedShopOptions withSeed(long otherSeed) {
    return new SimulatedShopOptions(
        items, categories, sessions, days, meanLength, maximumLength, repeatShare, otherSeed);
  }

  /** These options with another size. */
  public SimulatedShopOptions withSize(int otherItems, int otherCategories, int otherSessions) {
    return new SimulatedShopOptions(
        otherItems,
        otherCategories,
        otherSessions,
        days,
        meanLength,
        maximumLength,
        repeatShare,
        seed);
  }
}
