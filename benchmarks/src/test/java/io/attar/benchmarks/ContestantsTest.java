package io.attar.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.attar.runtime.ModelFile;
import io.attar.runtime.Recommender;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every contestant ranks as the runtime does, on every kind of model. */
final class ContestantsTest {
  private static final Path GOLDEN = Path.of("../runtime/src/test/resources/golden");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "version-1-self-attention-codes-int8.attar",
        "version-1-codes-int4.attar",
        "version-2-self-attention-codes-int8.attar",
        "version-2-codes-int4.attar",
        "version-3-codes-int4.attar"
      })
  void goldenFilesRankAlike(String name) throws Exception {
    byte[] file = Files.readAllBytes(GOLDEN.resolve(name));
    requireAgreement(file, 6);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "version-3-product-codes-int4.attar",
        "version-3-self-attention-codes-dense-rows-biases.attar",
        "version-3-dense-biases.attar"
      })
  void tablesTheContestantsLackAreRefused(String name) throws Exception {
    byte[] file = Files.readAllBytes(GOLDEN.resolve(name));
    assertThatThrownBy(() -> new StudentWeights(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("compositional codes alone")
        .hasMessageContaining(ModelFile.read(file).tableKind())
        .hasMessageContaining("without student.denseItems");
  }

  @Test
  void aRepeatNetworkIsRefused() throws Exception {
    byte[] file = Files.readAllBytes(GOLDEN.resolve("version-3-codes-repeat-network.attar"));
    assertThatThrownBy(() -> new StudentWeights(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the repeat head alone")
        .hasMessageContaining("student.repeatHead: false");
  }

  @Test
  void aShopOfRealisticSizeRanksAlike() throws Exception {
    // 300 codewords: codes of two bytes.
    SyntheticShop shop = SyntheticShop.clustered(5_000, 5, 300, 32, 1);
    requireAgreement(shop.file(20), 20);
  }

  /** That the check would find out a contestant that ranks otherwise. */
  @Test
  void anotherModelIsFoundOut() throws Exception {
    SyntheticShop shop = SyntheticShop.clustered(500, 3, 16, 16, 1);
    SyntheticShop other = SyntheticShop.clustered(500, 3, 16, 16, 2);
    Agreement agreement = new Agreement(new ScanContestant(Recommender.open(shop.file(10))));
    Contestant wrong = new RuntimeContestant("another", Recommender.open(other.file(10)));
    assertThatThrownBy(() -> agreement.check(wrong, new int[] {3, 1, 4}, 20))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("another must rank as the runtime does, but after 3 clicks");
  }

  private static void requireAgreement(byte[] file, int maximumLength) throws Exception {
    StudentWeights student = new StudentWeights(file);
    Recommender recommender = Recommender.open(file);
    List<Contestant> contestants = ModelMeasurement.exact(student, recommender);
    boolean mean = student.weightedMean() != null;
    assertThat(contestants).hasSize(mean ? 8 : 7);
    requireAgreement(student, recommender, contestants, maximumLength);

    byte[] ranking = ModelFileWriter.rankingOnly(student);
    StudentWeights rankingStudent = new StudentWeights(ranking);
    assertThat(rankingStudent.rows()).isEqualTo(student.rows());
    Recommender rankingRecommender = Recommender.open(ranking);
    List<Contestant> rankers = ModelMeasurement.rankers(rankingStudent, rankingRecommender);
    assertThat(rankers).hasSize(6);
    requireAgreement(rankingStudent, rankingRecommender, rankers, maximumLength);
  }

  private static void requireAgreement(
      StudentWeights student,
      Recommender recommender,
      List<Contestant> contestants,
      int maximumLength) {
    Agreement agreement = new Agreement(new ScanContestant(recommender));
    SplittableRandom random = new SplittableRandom(9);
    try {
      for (int length = 1; length <= maximumLength; length++) {
        // Few items, so that sessions come back to some.
        int[] session = random.ints(length, 0, 10).toArray();
        for (Contestant contestant : contestants) {
          agreement.check(contestant, session, Math.min(20, student.itemCount()));
        }
      }
      assertThat(agreement.lists()).isEqualTo(maximumLength * contestants.size());
    } finally {
      contestants.forEach(Contestant::close);
    }
  }
}
