package io.attar.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.attar.runtime.Recommender;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class SyntheticShopTest {

  @Test
  void theFileHoldsWhatWasDrawn() throws Exception {
    SyntheticShop shop = SyntheticShop.clustered(1_000, 4, 32, 16, 3);
    byte[] file = shop.file(10);
    StudentWeights weights = new StudentWeights(file);
    assertThat(weights.codebooks()).isEqualTo(shop.codebooks());
    for (int v = 0; v < 1_000; v++) {
      for (int m = 0; m < 4; m++) {
        assertThat(weights.code(m, v)).isEqualTo(shop.codes()[v][m]);
      }
    }
    Recommender recommender = Recommender.open(file);
    assertThat(recommender.itemCount()).isEqualTo(1_000);
    assertThat(recommender.itemId(999)).isEqualTo("999");
    assertThat(recommender.itemIndex("999")).isEqualTo(999);
  }

  @Test
  void independentCodesUseEveryCodewordAlike() {
    SyntheticShop shop = SyntheticShop.independent(8_000, 3, 8, 4, 3);
    int[][] counts = new int[3][8];
    for (char[] item : shop.codes()) {
      for (int m = 0; m < 3; m++) {
        counts[m][item[m]]++;
      }
    }
    for (int[] book : counts) {
      for (int count : book) {
        // 1,000 expected; a standard deviation is 30.
        assertThat(count).isBetween(800, 1_200);
      }
    }
  }

  @Test
  void resampledItemsKeepFirstPairsAndKinship() throws Exception {
    StudentWeights trained =
        new StudentWeights(SyntheticShop.clustered(300, 3, 16, 16, 3).file(10));
    Set<Integer> pairs = new HashSet<>();
    Set<Integer> kinship = new HashSet<>();
    for (int v = 0; v < 300; v++) {
      pairs.add(trained.code(0, v) * 16 + trained.code(1, v));
      kinship.add(trained.code(0, v) * 16 + trained.code(2, v));
    }
    SyntheticShop more = SyntheticShop.resampled(trained, 2_000, 4);
    assertThat(more.items()).isEqualTo(2_000);
    for (char[] item : more.codes()) {
      assertThat(pairs).contains(item[0] * 16 + item[1]);
      assertThat(kinship).contains(item[0] * 16 + item[2]);
    }
  }
}
