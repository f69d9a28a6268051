package io.attar.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class QueriesTest {

  @Test
  void longSessionsAreCutAndFewAreJoined() {
    List<int[]> many = new ArrayList<>();
    for (int s = 0; s < 200; s++) {
      many.add(new int[] {s, 1, 2});
      many.add(new int[] {9});
    }
    int[][] cut = new Queries(many).ofLength(2);
    assertThat(cut).hasDimensions(200, 2);
    assertThat(cut[5]).containsExactly(5, 1);

    int[][] joined = new Queries(List.of(new int[] {1, 2}, new int[] {3})).ofLength(2);
    assertThat(joined).isDeepEqualTo(new int[][] {{1, 2}});
    assertThat(new Queries(List.of(new int[] {1, 2}, new int[] {3})).ofLength(4))
        .isDeepEqualTo(new int[][] {{1, 2, 3, 1}});
  }

  @Test
  void comeBackFromAFile(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("queries");
    new Queries(List.of(new int[] {1, 2}, new int[] {3})).write(file);
    assertThat(Queries.read(file).sessions())
        .usingRecursiveComparison()
        .isEqualTo(List.of(new int[] {1, 2}, new int[] {3}));
  }
}
