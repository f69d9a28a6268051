package io.attar.data;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a preparation read, dropped and kept.
 *
 * @param source name of the file or folder that was read
 * @param options the options it was read with
 * @param timeFormat how the times were understood; empty for folders of whole sessions
 * @param clicksRead lines (rows) read, broken ones included
 * @param broken broken lines by kind
 * @param examples a few of the broken lines
 * @param dropped what each rule dropped, in the order of the rules
 * @param clicks clicks kept
 * @param sessions sessions kept
 * @param items items kept
 * @param catalogueSize items that occur in training or validation
 * @param meanSessionLength clicks kept over sessions kept
 * @param training the training part
 * @param validation the validation part
 * @param test the test part
 * @param recipeChecks our counts beside the published ones; empty without a recipe
 */
public record PreparationReport(
    String source,
    PreparationOptions options,
    String timeFormat,
    long clicksRead,
    Map<String, Long> broken,
    List<BrokenLine> examples,
    List<Dropped> dropped,
    long clicks,
    long sessions,
    long items,
    long catalogueSize,
    double meanSessionLength,
    Part training,
    Part validation,
    Part test,
    List<RecipeCheck> recipeChecks) {

  /** Copies the lists. */
  public PreparationReport {
    broken = Collections.unmodifiableMap(new TreeMap<>(broken)); // the same order in every run
    examples = List.copyOf(examples);
    dropped = List.copyOf(dropped);
    recipeChecks = List.copyOf(recipeChecks);
  }

  /**
   * A line that was skipped.
   *
   * @param line its number, counted from 1 (in Parquet the row)
   * @param kind what is wrong with it, one of the keys of {@link #broken}
   * @param column the column at fault; empty when it is the whole line
   * @param text what stands there, shortened
   */
  public record BrokenLine(long line, String kind, String column, String text) {}

  /**
   * What one rule dropped.
   *
   * @param rule the option that is the rule
   * @param clicks clicks that went
   * @param sessions sessions that went whole
   * @param items items that went
   */
  public record Dropped(String rule, long clicks, long sessions, long items) {}

  /**
   * One part of the split.
   *
   * @param sessions its sessions
   * @param clicks their clicks
   * @param cases its test cases (prefixes that are long enough and have a target)
   * @param firstEnd when the earliest of its sessions ended (ISO-8601, UTC); empty when not known
   * @param lastEnd when the latest of its sessions ended; empty when not known
   */
  public record Part(long sessions, long clicks, long cases, String firstEnd, String lastEnd) {}

  /** Number of broken lines of all kinds. */
  public long brokenLines() {
    return broken.values().stream().mapToLong(Long::longValue).sum();
  }
}
