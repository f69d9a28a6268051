package io.attar.cli;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a student must keep to, and which one is taken. All of it is judged by validation; bytes are
 * those of the whole file, item ids included.
 *
 * @param mostBytes most bytes; null for any
 * @param leastRecall least validation Recall@10, in percent; null for any
 */
record SweepPick(@Nullable Long mostBytes, @Nullable Double leastRecall) {
  SweepPick {
    if (mostBytes != null && mostBytes < 1) {
      throw new UsageException("--max-bytes must be at least 1: " + mostBytes);
    }
    if (leastRecall != null && !(leastRecall >= 0 && leastRecall <= 100)) {
      throw new UsageException(
          "--min-recall must lie between 0 and 100, a Recall@10 in percent: " + leastRecall);
    }
  }

  /** Whether anything is asked for. */
  boolean asked() {
    return mostBytes != null || leastRecall != null;
  }

  /**
   * The row taken: within a limit of bytes the best by NDCG@10, without one the smallest; of equals
   * the smaller one, then the grid's earlier one.
   *
   * @throws WorkException when no row keeps to what is asked
   */
  Sweep.Row of(List<Sweep.Row> rows) {
    List<Sweep.Row> measured = rows.stream().filter(row -> !row.refused()).toList();
    Comparator<Sweep.Row> smallest = Comparator.comparingLong(Sweep.Row::bytes);
    Comparator<Sweep.Row> best = Comparator.comparingDouble(row -> -row.validation("ndcg@10"));
    return measured.stream()
        .filter(row -> mostBytes == null || row.bytes() <= mostBytes)
        .filter(row -> leastRecall == null || row.validation("recall@10") >= leastRecall)
        .min(mostBytes == null ? smallest : best.thenComparing(smallest))
        .orElseThrow(() -> new WorkException(none(measured)));
  }

  private String none(List<Sweep.Row> measured) {
    return String.format(
        Locale.ROOT,
        "no student has %s: the smallest has %,d bytes, the best a validation Recall@10 of %.2f;"
            + " loosen the limit or widen the grid",
        rule(),
        measured.stream().mapToLong(Sweep.Row::bytes).min().orElse(0),
        measured.stream().mapToDouble(row -> row.validation("recall@10")).max().orElse(0));
  }

  /** What is asked for, in words. */
  String rule() {
    String bytes =
        mostBytes == null ? "" : String.format(Locale.ROOT, "at most %,d bytes", mostBytes);
    String recall =
        leastRecall == null
            ? ""
            : String.format(Locale.ROOT, "a validation Recall@10 of at least %.2f", leastRecall);
    return bytes.isEmpty() || recall.isEmpty() ? bytes + recall : bytes + " and " + recall;
  }
}
