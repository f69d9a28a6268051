package io.attar.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Ids there and back, against a hash map. */
final class ItemIdsTest {

  @Test
  void decimalIdsComeBack() throws ModelFileException {
    assertIds(open(1, TestModel.DECIMAL_IDS, decimalModel().ids), decimalModel().ids);
    Recommender recommender = open(2, TestModel.DECIMAL_IDS, decimalModel().ids);
    assertIds(recommender, decimalModel().ids);
    for (String other :
        new String[] {
          "",
          "-",
          "-0",
          "00",
          "01",
          "+1",
          " 1",
          "1 ",
          "1.0",
          "٣", // a digit, but not one of ours
          "9223372036854775808",
          "-9223372036854775809",
          "18446744073709551616", // 2^64: wraps to 0
          "18446744073709551615",
          "9999999999999999999",
          "-9999999999999999999",
          "123456789012345678901234567890"
        }) {
      assertThat(recommender.itemIndex(other)).as(other).isEqualTo(-1);
    }
  }

  @Test
  void textIdsComeBack() throws ModelFileException {
    List<String> ids = TestModel.random(3, TestModel.Shape.selfAttention(TestModel.DENSE, 700)).ids;
    assertIds(open(1, TestModel.TEXT_IDS, ids), ids);
    Recommender recommender = open(2, TestModel.TEXT_IDS, ids);
    assertIds(recommender, ids);
    assertThat(recommender.itemIndex("\uD83D")).isEqualTo(-1);
    assertThat(recommender.itemIndex("")).isEqualTo(-1);
  }

  @Test
  void anyOrderAndAnyCountIsFound() throws ModelFileException {
    long seed = 4;
    Random random = new Random(seed);
    for (int count = 1; count < 70; count++) {
      Map<Integer, String> ids = new HashMap<>();
      while (ids.size() < count) {
        String id = Integer.toString(random.nextInt(1000) - 500);
        if (!ids.containsValue(id)) {
          ids.put(ids.size(), id);
        }
      }
      for (int encoding = TestModel.DECIMAL_IDS; encoding <= TestModel.TEXT_IDS; encoding++) {
        List<String> list = List.copyOf(ids.values());
        for (int version = 1; version <= 2; version++) {
          Recommender recommender = open(version, encoding, list);
          assertIds(recommender, list);
          for (int other = -500; other < 500; other++) {
            String id = Integer.toString(other);
            assertThat(recommender.itemIndex(id)).isEqualTo(list.indexOf(id));
          }
        }
      }
    }
  }

  private static TestModel decimalModel() {
    return TestModel.random(2, TestModel.Shape.weightedMean(TestModel.DENSE, 500));
  }

  private static Recommender open(int version, int encoding, List<String> ids)
      throws ModelFileException {
    TestModel model =
        TestModel.random(1, TestModel.Shape.weightedMean(TestModel.DENSE, ids.size()));
    model.version = version;
    model.idEncoding = encoding;
    model.ids = ids;
    return Recommender.open(ModelFileFixture.write(model));
  }

  private static void assertIds(Recommender recommender, List<String> ids) {
    for (int v = 0; v < ids.size(); v++) {
      String id = ids.get(v);
      assertThat(recommender.itemId(v)).isEqualTo(id);
      assertThat(recommender.itemIndex(id)).isEqualTo(v);
      assertThat(recommender.itemIndex(id + "0")).isEqualTo(ids.indexOf(id + "0"));
      String shorter = id.substring(0, id.length() - 1);
      assertThat(recommender.itemIndex(shorter)).isEqualTo(ids.indexOf(shorter));
    }
    assertThat(recommender.itemIndex(null)).isEqualTo(-1);
    assertThat(recommender.itemCount()).isEqualTo(ids.size());
  }
}
