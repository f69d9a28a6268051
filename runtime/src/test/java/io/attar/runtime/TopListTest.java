package io.attar.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The bounded heap against a full sort. */
final class TopListTest {

  @Test
  void equalsAFullSort() {
    long seed = 71;
    Random random = new Random(seed);
    TopList list = new TopList(1);
    for (int round = 0; round < 2000; round++) {
      int items = 1 + random.nextInt(60);
      float[] scores = new float[items];
      // From all equal to nearly all different; both zeros and both infinities among them.
      int levels = 1 + random.nextInt(40);
      for (int i = 0; i < items; i++) {
        int level = random.nextInt(levels);
        scores[i] =
            switch (level) {
              case 1 -> -0f;
              case 2 -> Float.NEGATIVE_INFINITY;
              case 3 -> Float.POSITIVE_INFINITY;
              default -> level;
            };
      }
      int limit = 1 + random.nextInt(70);
      // Some rounds let only items of one remainder in, some cut low scores off.
      int remainder = random.nextInt(6);
      float minimum = random.nextBoolean() ? Float.NEGATIVE_INFINITY : random.nextInt(levels);
      boolean all = random.nextBoolean();
      list.start(limit, minimum, all ? null : item -> item % 3 == remainder);
      int cut = random.nextInt(items + 1);
      // The later half first: no order is promised.
      list.offer(Arrays.copyOfRange(scores, cut, items), items - cut, cut);
      if (random.nextBoolean()) {
        list.offer(scores, cut, 0);
      } else {
        for (int item = cut - 1; item >= 0; item--) {
          list.offer(item, scores[item]);
        }
      }
      assertThat(list.isFull()).isEqualTo(list.size() == limit);
      list.finish();

      List<Integer> expected =
          IntStream.range(0, items)
              .filter(i -> scores[i] >= minimum && (all || i % 3 == remainder))
              .boxed()
              .sorted(
                  // Adding 0 makes one zero of the two.
                  Comparator.comparingDouble((Integer i) -> -(scores[i] + 0f))
                      .thenComparing(Comparator.naturalOrder()))
              .limit(limit)
              .toList();
      List<Integer> actual = IntStream.range(0, list.size()).mapToObj(list::item).toList();
      assertThat(actual).as("seed %d, round %d", seed, round).isEqualTo(expected);
      for (int rank = 0; rank < list.size(); rank++) {
        assertThat(list.score(rank)).isEqualTo(scores[list.item(rank)]);
      }
    }
  }

  @Test
  void whatIsNotANumberRanksLikeNegativeInfinity() {
    float[] scores = {Float.NaN, 1, Float.NEGATIVE_INFINITY, Float.NaN, -5};
    TopList list = new TopList(5);
    list.start(5, Float.NEGATIVE_INFINITY, null);
    list.offer(scores, 5, 0);
    list.finish();
    assertThat(IntStream.range(0, 5).map(list::item)).containsExactly(1, 4, 0, 2, 3);
    list.start(2, Float.NEGATIVE_INFINITY, null);
    list.offer(scores, 5, 0);
    list.finish();
    assertThat(IntStream.range(0, 2).map(list::item)).containsExactly(1, 4);
  }
}
