package io.attar.evaluation;

/** The parts of the test cases a result is given for. */
public enum Split {
  /** Every case. */
  OVERALL(0, "overall", ""),
  /** The target is already in the prefix. */
  REPEAT(1, "repeat", ".repeat"),
  /** The target is not in the prefix; ranked among all items. */
  NEW(2, "new", ".new"),
  /**
   * The cases of {@link #NEW}, ranked among the items that are not in the prefix: how well new
   * items are ordered, free of the balance between repeating and exploring.
   */
  NEW_AMONG_NEW(3, "xnew", ".xnew");

  private final int position;
  private final String label;
  private final String keySuffix;

  Split(int position, String label, String keySuffix) {
    this.position = position;
    this.label = label;
    this.keySuffix = keySuffix;
  }

  /** Place among the splits, from 0, in tables and columns. */
  int position() {
    return position;
  }

  /** Short name for tables: overall, repeat, new or xnew. */
  public String label() {
    return label;
  }

  /** What follows a metric's name in a report's keys, such as {@code .repeat}; empty for all. */
  public String keySuffix() {
    return keySuffix;
  }
}
