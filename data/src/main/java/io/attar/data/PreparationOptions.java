package io.attar.data;

import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * How a click log becomes a data set. The names here are the names in files and on the command
 * line.
 *
 * @param sessionColumn column with the session id; empty when sessions are to be cut out of each
 *     user's clicks wherever more than {@code gapMinutes} pass between two of them
 * @param userColumn column with the user id; read only when {@code sessionColumn} is empty
 * @param itemColumn column with the item id
 * @param timeColumn column with the time of the click: epoch seconds or milliseconds, whole or with
 *     decimals, or ISO-8601 (without a zone it is taken as UTC)
 * @param delimiter what separates the columns of a text log: one ASCII character, or {@code auto}
 * @param gapMinutes the longest pause, in minutes, within a session cut by gap
 * @param minimumItemCount items clicked less often than this are dropped (with the next rule,
 *     repeated until nothing changes)
 * @param minimumSessionLength sessions with fewer clicks than this are dropped
 * @param maximumSessionLength longer sessions are kept, but only their latest clicks up to this
 *     number; cut before the other rules; 0 keeps every click
 * @param testShare the share of sessions, the latest by end time, that becomes the test part
 * @param validationCases the latest training sessions that together hold at least this many test
 *     cases become the validation part; 0 makes none
 * @param validationShare the validation part takes at most this share of the training sessions
 * @param minimumPrefixLength clicks a prefix needs to make a test case (folders of whole sessions
 *     state their own)
 * @param strict whether the first broken line ends the preparation
 * @param maximumBrokenShare the share of broken lines that is skipped and counted; more end the
 *     preparation
 * @param memoryLimit how much memory the database may use beside Java's heap, such as {@code 1GB}
 * @param threads threads of the database; the result does not depend on them
 * @param recipe the published data set that the folder must turn out to be (see {@link Recipe});
 *     empty for none
 */
public record PreparationOptions(
    String sessionColumn,
    String userColumn,
    String itemColumn,
    String timeColumn,
    String delimiter,
    int gapMinutes,
    int minimumItemCount,
    int minimumSessionLength,
    int maximumSessionLength,
    double testShare,
    int validationCases,
    double validationShare,
    int minimumPrefixLength,
    boolean strict,
    double maximumBrokenShare,
    String memoryLimit,
    int threads,
    String recipe) {

  /** The delimiter that stands for "look at the header and decide". */
  static final String AUTO = "auto";

  private static final Pattern MEMORY = Pattern.compile("[1-9][0-9]*(\\.[0-9]+)?\\s*([KMGT]i?B)");

  /**
   * Checks every value.
   *
   * @throws IllegalArgumentException naming the option, its rule and the value
   */
  public PreparationOptions {
    // Options read from a file may leave these out.
    sessionColumn = sessionColumn == null ? "" : sessionColumn;
    userColumn = userColumn == null ? "" : userColumn;
    recipe = recipe == null ? "" : recipe;
    require(
        !sessionColumn.isEmpty() || !userColumn.isEmpty(),
        "sessionColumn or userColumn must name a column",
        "both are empty");
    require(!itemColumn.isEmpty(), "itemColumn must name a column", "it is empty");
    require(!timeColumn.isEmpty(), "timeColumn must name a column", "it is empty");
    require(
        delimiter.equals(AUTO)
            || (delimiter.length() == 1
                && delimiter.charAt(0) < 128
                && "\"\r\n".indexOf(delimiter.charAt(0)) < 0),
        "delimiter must be 'auto' or one ASCII character that is no quote or line end",
        "'" + delimiter + "'");
    require(gapMinutes >= 1, "gapMinutes must be at least 1", gapMinutes);
    require(minimumItemCount >= 1, "minimumItemCount must be at least 1", minimumItemCount);
    require(
        minimumSessionLength >= 2,
        "minimumSessionLength must be at least 2 (one click leaves nothing to predict)",
        minimumSessionLength);
    require(
        maximumSessionLength == 0 || maximumSessionLength >= minimumSessionLength,
        "maximumSessionLength must be 0 (none) or at least minimumSessionLength, "
            + minimumSessionLength,
        maximumSessionLength);
    require(testShare >= 0 && testShare < 1, "testShare must lie in [0, 1)", testShare);
    require(validationCases >= 0, "validationCases must not be negative", validationCases);
    require(
        validationShare >= 0 && validationShare < 1,
        "validationShare must lie in [0, 1)",
        validationShare);
    require(
        minimumPrefixLength >= 1, "minimumPrefixLength must be at least 1", minimumPrefixLength);
    require(
        maximumBrokenShare >= 0 && maximumBrokenShare <= 1,
        "maximumBrokenShare must lie in [0, 1]",
        maximumBrokenShare);
    require(
        MEMORY.matcher(memoryLimit).matches(),
        "memoryLimit must be a number and a unit, such as 1GB or 800MB",
        "'" + memoryLimit + "'");
    require(threads >= 1 && threads <= 1024, "threads must lie in 1 to 1024", threads);
    if (!recipe.isEmpty()) {
      recipe = Recipe.named(recipe).recipeName();
    }
  }

  private static void require(boolean holds, String rule, Object value) {
    if (!holds) {
      throw new IllegalArgumentException(rule + ": " + value);
    }
  }

  /** The defaults, all of them here and nowhere else. */
  public static PreparationOptions defaults() {
    return new PreparationOptions(
        "session", // sessionColumn
        "user", // userColumn
        "item", // itemColumn
        "time", // timeColumn
        AUTO, // delimiter
        30, // gapMinutes
        5, // minimumItemCount
        2, // minimumSessionLength
        0, // maximumSessionLength
        0.1, // testShare
        5000, // validationCases
        0.1, // validationShare
        1, // minimumPrefixLength
        false, // strict
        0.01, // maximumBrokenShare
        "1GB", // memoryLimit
        2, // threads
        ""); // recipe
  }

  /** The names of all options, in order. */
  public static List<String> names() {
    return Arrays.stream(PreparationOptions.class.getRecordComponents())
        .map(RecordComponent::getName)
        .toList();
  }

  /**
   * These options with one of them changed.
   *
   * @param name one of {@link #names()}
   * @param value the value, or its text as it stands in a file or on the command line
   * @throws IllegalArgumentException for an unknown name (the nearest one is suggested) and for a
   *     value that the option does not allow
   */
  public PreparationOptions with(String name, Object value) {
    int changed = names().indexOf(name);
    if (changed < 0) {
      throw new IllegalArgumentException(
          "there is no option '"
              + name
              + "'"
              + NearestName.suggestion(name, names())
              + " Options are: "
              + String.join(", ", names()));
    }
    RecordComponent[] components = PreparationOptions.class.getRecordComponents();
    Class<?>[] types = new Class<?>[components.length];
    Object[] values = new Object[components.length];
    try {
      for (int c = 0; c < components.length; c++) {
        types[c] = components[c].getType();
        values[c] =
            c == changed
                ? converted(name, value, types[c])
                : components[c].getAccessor().invoke(this);
      }
      Constructor<PreparationOptions> constructor =
          PreparationOptions.class.getDeclaredConstructor(types);
      return constructor.newInstance(values);
    } catch (java.lang.reflect.InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException refused) {
        throw refused;
      }
      throw new IllegalStateException("the option " + name + " could not be set", e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("the option " + name + " could not be set", e);
    }
  }

  private static Object converted(String name, Object value, Class<?> type) {
    String text = value.toString().strip();
    try {
      if (type == int.class) {
        return Integer.valueOf(text);
      }
      if (type == double.class) {
        return Double.valueOf(text);
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          name + " must be a " + (type == int.class ? "whole number" : "number") + ": " + text, e);
    }
    if (type == boolean.class) {
      if (!text.equals("true") && !text.equals("false")) {
        throw new IllegalArgumentException(name + " must be true or false: " + text);
      }
      return Boolean.valueOf(text);
    }
    return value.toString();
  }
}
