package io.attar.evaluation;

import io.attar.data.Sessions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Tells cases apart by the length of their prefix and by how often the target was clicked before
 * the test part. Head, middle and tail are the most clicked items, the next and the least clicked
 * ones, each with a third of all known clicks; an item that lies on a border belongs to the more
 * popular side.
 */
final class CaseGroups {
  /** Longest prefix of each group; the last has no end. */
  private static final int[] LONGEST = {1, 2, 4, 8, 16, Integer.MAX_VALUE};

  private static final List<String> POPULARITY = List.of("head", "middle", "tail");

  private static final List<Group> GROUPS = groups();

  private final byte[] popularity; // (catalogue size) place in POPULARITY

  private CaseGroups(byte[] popularity) {
    this.popularity = popularity;
  }

  /** One group. */
  record Group(GroupResult.Kind kind, String name) {}

  /**
   * Groups by what is known before the test part.
   *
   * @param known sessions whose clicks count
   */
  static CaseGroups of(Sessions known, int catalogueSize) {
    long[] clicks = new long[catalogueSize];
    long all = 0;
    for (int s = 0; s < known.count(); s++) {
      for (int p = known.start(s); p < known.end(s); p++) {
        if (known.item(p) < catalogueSize) {
          clicks[known.item(p)]++;
          all++;
        }
      }
    }
    byte[] popularity = new byte[catalogueSize];
    long before = 0;
    for (int item :
        IntStream.range(0, catalogueSize)
            .boxed()
            .sorted(Comparator.comparingLong(v -> -clicks[v]))
            .mapToInt(Integer::intValue)
            .toArray()) {
      popularity[item] = (byte) (all == 0 ? 2 : Math.min(2, 3 * before / all));
      before += clicks[item];
    }
    return new CaseGroups(popularity);
  }

  private static List<Group> groups() {
    List<Group> groups = new ArrayList<>();
    int first = 1;
    for (int last : LONGEST) {
      String name =
          last == first
              ? String.valueOf(first)
              : last == Integer.MAX_VALUE ? first + " or more" : first + " to " + last;
      groups.add(new Group(GroupResult.Kind.PREFIX_LENGTH, name));
      first = last + 1;
    }
    POPULARITY.forEach(name -> groups.add(new Group(GroupResult.Kind.POPULARITY, name)));
    return List.copyOf(groups);
  }

  static List<Group> all() {
    return GROUPS;
  }

  /** Place of the group of a prefix's length. */
  int ofLength(int length) {
    int group = 0;
    while (length > LONGEST[group]) {
      group++;
    }
    return group;
  }

  /** Place of the group of a target's popularity; what nobody clicked belongs to the tail. */
  int ofTarget(int target) {
    return LONGEST.length + (target < popularity.length ? popularity[target] : 2);
  }
}
