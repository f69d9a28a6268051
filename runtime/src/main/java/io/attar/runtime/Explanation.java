package io.attar.runtime;

import java.util.Collections;
import java.util.List;

/**
 * Why an item scores what it scores: terms that, added one after the other in double and rounded to
 * a single, give the score exactly. Immutable.
 */
public final class Explanation {
  private final String itemId;
  private final float score;
  private final List<Term> terms;

  Explanation(String itemId, float score, List<Term> terms) {
    this.itemId = itemId;
    this.score = score;
    this.terms = Collections.unmodifiableList(terms);
  }

  /** The caller's id of the item. */
  public String itemId() {
    return itemId;
  }

  /** The item's score. */
  public float score() {
    return score;
  }

  /**
   * What adds up to the score. Of a session with clicks: what each click contributes by being
   * similar, oldest first; then the item's own bias, where it has one; then, for an item clicked
   * itself, what its clicks are worth, or, for any item, what the repeat network makes of it all;
   * last what the roundings of singles on the way add up to. Of a session without a click: its
   * popularity.
   */
  public List<Term> terms() {
    return terms;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append(itemId).append(" scores ").append(score);
    for (Term term : terms) {
      text.append('\n').append(term);
    }
    return text.toString();
  }

  /** One term. Immutable. */
  public static final class Term {
    private final String name;
    private final int click;
    private final double value;

    Term(String name, int click, double value) {
      this.name = name;
      this.click = click;
      this.value = value;
    }

    /**
     * What it is: {@code similarity to ID} for a click on that item, {@code item bias}, {@code
     * clicks and age}, {@code age}, {@code clicks}, {@code distinct items} and {@code session
     * length} for an item clicked itself, {@code repeat network}, {@code rounding}, {@code
     * popularity}.
     */
    public String name() {
      return name;
    }

    /** The click it comes from, 0 for the oldest held; -1 when it comes from none alone. */
    public int click() {
      return click;
    }

    /** What it adds. */
    public double value() {
      return value;
    }

    @Override
    public String toString() {
      return name + ": " + value;
    }
  }
}
