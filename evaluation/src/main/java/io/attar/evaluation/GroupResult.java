package io.attar.evaluation;

/**
 * What one method reached on cases of one kind: prefixes of some length, or targets of some
 * popularity.
 *
 * @param kind what tells the groups apart
 * @param name the group
 * @param cases number of cases; 0 is allowed
 * @param recall mean Recall@10, as a share; NaN without a case
 * @param gain mean NDCG@10 likewise
 */
public record GroupResult(Kind kind, String name, long cases, double recall, double gain) {
  /** What tells groups apart. */
  public enum Kind {
    /** Clicks of the prefix. */
    PREFIX_LENGTH("prefixLength"),
    /** Clicks on the target before the test part: head, middle and tail, of a third each. */
    POPULARITY("popularity");

    private final String key;

    Kind(String key) {
      this.key = key;
    }

    /** The key in JSON. */
    public String key() {
      return key;
    }
  }
}
