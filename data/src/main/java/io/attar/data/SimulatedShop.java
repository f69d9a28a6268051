package io.attar.data;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.SplittableRandom;
import java.util.zip.GZIPOutputStream;

/**
 * A made-up shop that writes a click log of any size, for tries without data of one's own, tests
 * and measurements. It is a simulation, not a model of any real shop, and results on it say nothing
 * about one. What it has in common with real logs, so that there is something to learn:
 *
 * <ul>
 *   <li><b>Popularity</b> is skewed: within a category the slot of rank r is drawn about as often
 *       as 1 / r, and so are the categories.
 *   <li><b>Sessions</b> stay in one category or two, start over a day evenly, and have lengths that
 *       fall off geometrically, cut at a maximum.
 *   <li><b>Succession</b>: every item has four likely successors, three in its category and one in
 *       the next, fixed for good; about half the clicks that are no return follow one.
 *   <li><b>Returns</b>: a set share of clicks goes back to an earlier click of the session, recent
 *       ones first; an item clicked often is hit more often.
 *   <li><b>Drift</b>: every slot's popularity rises and falls over the days, and a fifth of the
 *       items replace others at some day, the old ones gone from then on.
 * </ul>
 *
 * <p>The log follows from the options alone, on every platform: {@link SplittableRandom} and {@link
 * StrictMath} give the same numbers everywhere. Time O(clicks), memory constant.
 */
public final class SimulatedShop {
  /** 2026-01-01T00:00:00Z. */
  private static final long FIRST_SECOND = 1_767_225_600L;

  private static final long SECONDS_PER_DAY = 86_400;
  private static final int SUCCESSORS = 4;
  private static final double FOLLOW = 0.55;
  private static final double SECOND_CATEGORY = 0.4;
  private static final double STAY = 0.75; // share of free clicks in the session's first category

  private final SimulatedShopOptions options;
  private final int digits;

  /** A shop of this size and seed. */
  public SimulatedShop(SimulatedShopOptions options) {
    this.options = options;
    this.digits = Math.max(4, Integer.toString(options.items() - 1).length());
  }

  /**
   * Writes the log as CSV with the columns session, item, time (epoch seconds), session by session
   * in the order of their starts.
   *
   * @return number of clicks written
   */
  public long write(Writer target) throws IOException {
    SplittableRandom random = new SplittableRandom(options.seed());
    StringBuilder text = new StringBuilder("session,item,time\n");
    int[] session = new int[options.maximumLength()];
    long clicks = 0;
    for (int s = 0; s < options.sessions(); s++) {
      double day = (s + random.nextDouble()) / options.sessions() * options.days();
      long second = FIRST_SECOND + (long) (day * SECONDS_PER_DAY);
      int length = fill(session, day, random);
      for (int c = 0; c < length; c++) {
        text.append(s + 1).append(",sku-");
        appendPadded(text, session[c]);
        text.append(',').append(second).append('\n');
        second += 4 + (long) (120 * random.nextDouble());
      }
      clicks += length;
      if (text.length() > 1 << 16) {
        target.append(text);
        text.setLength(0);
      }
    }
    target.append(text);
    target.flush();
    return clicks;
  }

  /**
   * Writes the log to a file, compressed when its name ends in {@code .gz}; the file is there only
   * when it is complete.
   *
   * @return number of clicks written
   * @throws UncheckedIOException when the file cannot be written
   */
  public long write(Path file) {
    Path whole = file.toAbsolutePath();
    Path incoming = whole.resolveSibling(whole.getFileName() + "." + System.nanoTime() + ".tmp");
    try {
      try {
        long clicks;
        try (OutputStream bytes = new BufferedOutputStream(Files.newOutputStream(incoming));
            OutputStream packed =
                whole.toString().endsWith(".gz") ? new GZIPOutputStream(bytes) : bytes;
            Writer target = new OutputStreamWriter(packed, StandardCharsets.US_ASCII)) {
          clicks = write(target);
        }
        Files.move(incoming, whole, StandardCopyOption.REPLACE_EXISTING);
        return clicks;
      } finally {
        Files.deleteIfExists(incoming);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(
          "the simulated log could not be written to "
              + file
              + " ("
              + e
              + "); check that its folder exists, may be written and has room",
          e);
    }
  }

  private void appendPadded(StringBuilder text, int item) {
    int start = text.length();
    text.append(item);
    for (int missing = digits - (text.length() - start); missing > 0; missing--) {
      text.insert(start, '0');
    }
  }

  /** Draws one session's items and gives their number. */
  private int fill(int[] session, double day, SplittableRandom random) {
    int length = 1;
    // Every click but the last is followed by another with the same chance: mean 1 / (1 - chance).
    double again = 1 - 1 / options.meanLength();
    while (length < session.length && random.nextDouble() < again) {
      length++;
    }
    int first = skewed(options.categories(), random);
    int second =
        random.nextDouble() < SECOND_CATEGORY
            ? (first + 1 + skewed(options.categories(), random)) % options.categories()
            : first;
    // The first click cannot be a return, so the others must be so more often.
    double returning =
        Math.min(0.95, options.repeatShare() / Math.max(0.05, 1 - 1 / options.meanLength()));
    for (int c = 0; c < length; c++) {
      double choice = random.nextDouble();
      if (c > 0 && choice < returning) {
        session[c] = session[c - 1 - returnAge(c, random)];
      } else {
        // Most draws that hit an earlier item by chance are drawn anew: they would be returns too.
        int item = fresh(session, c, first, second, day, random);
        for (int attempt = 0; attempt < 4 && contains(session, c, item); attempt++) {
          item = fresh(session, c, first, second, day, random);
        }
        session[c] = item;
      }
    }
    return length;
  }

  /** A click that is no return: a successor of the click before, or something popular. */
  private int fresh(
      int[] session, int position, int first, int second, double day, SplittableRandom random) {
    if (position > 0 && random.nextDouble() < FOLLOW) {
      return successor(session[position - 1], day, random);
    }
    int category = random.nextDouble() < STAY ? first : second;
    return onSale(category, popularSlot(category, day, random), day);
  }

  private static boolean contains(int[] session, int length, int item) {
    for (int c = 0; c < length; c++) {
      if (session[c] == item) {
        return true;
      }
    }
    return false;
  }

  /** How many clicks back a return goes; a second click on the same item at once is rarer. */
  private static int returnAge(int earlier, SplittableRandom random) {
    int age = skewed(earlier, random);
    return age == 0 ? skewed(earlier, random) : age;
  }

  /** A number from 0 to count - 1, the r-th about as often as 1 / (r + 1). */
  private static int skewed(int count, SplittableRandom random) {
    // The inverse of the distribution function log(1 + r) / log(1 + count).
    double drawn = StrictMath.exp(random.nextDouble() * StrictMath.log(count + 1.0)) - 1;
    return Math.min(count - 1, (int) drawn);
  }

  private int itemsOf(int category) {
    return (options.items() - category + options.categories() - 1) / options.categories();
  }

  /** Places on a category's shelf: four for five items, the fifth replaces one of them. */
  private int slotsOf(int category) {
    int items = itemsOf(category);
    return items - items / 5;
  }

  private int popularSlot(int category, double day, SplittableRandom random) {
    int slot = skewed(slotsOf(category), random);
    for (int attempt = 0; attempt < 2; attempt++) {
      if (random.nextDouble() < fashion(category, slot, day)) {
        return slot;
      }
      slot = skewed(slotsOf(category), random);
    }
    return slot;
  }

  /** Between 0.25 and 1: a triangle over the days, each slot with its own phase. */
  private double fashion(int category, int slot, double day) {
    double phase = unit(hash(category, slot, 1));
    double turn = day / options.days() + phase;
    return 0.25 + 0.75 * Math.abs(2 * (turn - Math.floor(turn)) - 1);
  }

  /** The item in a slot at a day: its first, or from a day of the slot's own on, its second. */
  private int onSale(int category, int slot, double day) {
    int newcomers = itemsOf(category) / 5;
    int local = slot;
    // Every fourth slot changes hands, starting with the second most popular.
    if (slot % 4 == 1 && slot / 4 < newcomers) {
      double change = (0.1 + 0.8 * unit(hash(category, slot, 2))) * options.days();
      if (day >= change) {
        local = slotsOf(category) + slot / 4;
      }
    }
    return category + local * options.categories();
  }

  /** One of the four successors of an item, the first the likeliest, as it is on sale that day. */
  private int successor(int item, double day, SplittableRandom random) {
    int number = skewed(SUCCESSORS, random);
    int category = item % options.categories();
    if (number == SUCCESSORS - 1) {
      category = (category + 1) % options.categories();
    }
    SplittableRandom fixed = new SplittableRandom(hash(item, number, 3));
    return onSale(category, skewed(slotsOf(category), fixed), day);
  }

  /** A fixed random number for two numbers, one for each purpose (the 64-bit mix of Stafford). */
  private long hash(long first, long second, long purpose) {
    long mixed =
        options.seed() + first * 0x9E3779B97F4A7C15L + second * 0xC2B2AE3D27D4EB4FL + purpose;
    mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
    return mixed ^ (mixed >>> 31);
  }

  private static double unit(long hash) {
    return (hash >>> 11) * 0x1.0p-53;
  }
}
