package io.attar.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The terms of a score, and sessions that outlive their process. */
final class ExplanationTest {
  private static final int ITEMS = 300;

  static Stream<TestModel> models() {
    return Stream.of(
        TestModel.random(31, TestModel.Shape.weightedMean(TestModel.DENSE, ITEMS)),
        TestModel.random(32, TestModel.Shape.weightedMean(TestModel.CODES, ITEMS)),
        TestModel.random(33, TestModel.Shape.selfAttention(TestModel.DENSE, ITEMS)),
        TestModel.random(34, TestModel.Shape.selfAttention(TestModel.CODES, ITEMS)),
        TestModel.random(36, TestModel.Shape.weightedMean(TestModel.CODES, ITEMS)).version2(),
        TestModel.random(37, TestModel.Shape.weightedMean(TestModel.CODES, ITEMS))
            .version3(40, Matrix.Type.F32, true),
        TestModel.random(38, TestModel.Shape.weightedMean(TestModel.CODES, ITEMS))
            .version3(40, Matrix.Type.F32, true)
            .network(20, 8, Matrix.Type.F32, true),
        TestModel.random(39, TestModel.Shape.selfAttention(TestModel.DENSE, ITEMS))
            .version3(0, Matrix.Type.F32, false)
            .network(5, 3, Matrix.Type.INT8, false),
        TestModel.random(40, lists()).version5(true),
        TestModel.random(41, lists()).version5(false).network(5, 3, Matrix.Type.INT8, true));
  }

  private static TestModel.Shape lists() {
    return new TestModel.Shape(
        1, TestModel.NEIGHBOURS, false, Matrix.Type.F16, ITEMS, 1, 7, 1, 90, 1, 1);
  }

  @ParameterizedTest
  @MethodSource("models")
  void termsAddUpToTheScoreExactly(TestModel model) throws ModelFileException {
    Session session = Recommender.open(ModelFileFixture.write(model)).newSession();
    Random random = new Random(2);
    float[] scores = new float[ITEMS];
    for (int click = 0; click < 12; click++) {
      session.scores(scores);
      for (int item = 0; item < ITEMS; item++) {
        Explanation explanation = session.explain(item);
        double sum = 0;
        double magnitude = 0;
        for (Explanation.Term term : explanation.terms()) {
          sum += term.value();
          magnitude += Math.abs(term.value());
        }
        assertThat((float) sum).isEqualTo(scores[item]).isEqualTo(explanation.score());
        Explanation.Term last = explanation.terms().get(explanation.terms().size() - 1);
        // The terms explain: what is left to rounding is no more than rounding.
        if (session.length() > 0) {
          assertThat(last.name()).isEqualTo("rounding");
          assertThat(Math.abs(last.value())).isLessThan(1e-5 * (magnitude + 1));
        }
      }
      session.clickIndex(random.nextInt(4));
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void termsNameTheirClicks(TestModel model) throws ModelFileException {
    Recommender recommender = Recommender.open(ModelFileFixture.write(model));
    Session session = recommender.newSession();
    String id = recommender.itemId(7);
    assertThat(session.explain(id)).isNotNull();
    assertThat(session.explain("no such item")).isNull();
    assertThat(session.explain((String) null)).isNull();
    assertThat(session.explain(7).terms()).hasSize(1);
    assertThat(session.explain(7).terms().get(0).name()).isEqualTo("popularity");
    session.clickIndex(7);
    session.clickIndex(8);
    Explanation seen = session.explain(7);
    assertThat(seen.itemId()).isEqualTo(id);
    int bias = model.bias.rows();
    boolean network = model.ranks > 0;
    assertThat(seen.terms()).hasSize(2 + bias + (network ? 1 : 5) + 1);
    assertThat(seen.terms().get(0).name()).isEqualTo("similarity to " + id);
    assertThat(seen.terms().get(0).click()).isZero();
    assertThat(seen.terms().get(1).click()).isEqualTo(1);
    assertThat(seen.terms().get(2).click()).isEqualTo(-1);
    assertThat(seen.toString())
        .contains(id, network ? "repeat network" : "session length", "rounding");
    assertThat(session.explain(9).terms()).hasSize(2 + bias + (network ? 1 : 0) + 1);
    assertThatThrownBy(() -> session.explain(ITEMS)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> session.explain(-1)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @ParameterizedTest
  @MethodSource("models")
  void aSavedSessionGoesOn(TestModel model) throws ModelFileException {
    Recommender recommender = Recommender.open(ModelFileFixture.write(model));
    Random random = new Random(3);
    Session session = recommender.newSession();
    for (int click = 0; click < 20; click++) {
      byte[] saved = session.save();
      assertThat(saved.length).isLessThanOrEqualTo(5 + 2 * session.length());
      Session other = recommender.newSession();
      other.clickIndex(1);
      assertThat(other.restore(saved)).isTrue();
      assertThat(other.length()).isEqualTo(session.length());
      assertThat(other.save()).isEqualTo(saved);
      int item = random.nextInt(ITEMS);
      session.clickIndex(item);
      other.clickIndex(item);
      assertThat(scores(other)).isEqualTo(scores(session));
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void whatWasNotSavedHereIsRefused(TestModel model) throws ModelFileException {
    Recommender recommender = Recommender.open(ModelFileFixture.write(model));
    Session session = recommender.newSession();
    session.clickIndex(299);
    session.clickIndex(5);
    byte[] saved = session.save();
    Session other = recommender.newSession();
    other.clickIndex(42);
    float[] before = scores(other);
    for (int length = 0; length < saved.length; length++) {
      assertThat(other.restore(Arrays.copyOf(saved, length))).isFalse();
    }
    assertThat(other.restore(Arrays.copyOf(saved, saved.length + 1))).isFalse();
    for (int bit = 0; bit < 8 * saved.length; bit++) {
      byte[] damaged = saved.clone();
      damaged[bit / 8] ^= (byte) (1 << (bit % 8));
      assertThat(other.restore(damaged)).as("bit %d", bit).isFalse();
    }
    TestModel another = TestModel.random(35, TestModel.Shape.weightedMean(TestModel.DENSE, ITEMS));
    Session stranger = Recommender.open(ModelFileFixture.write(another)).newSession();
    assertThat(stranger.restore(saved)).isFalse();
    assertThat(stranger.length()).isZero();
    assertThat(scores(other)).isEqualTo(before);
  }

  private static float[] scores(Session session) {
    float[] scores = new float[ITEMS];
    session.scores(scores);
    return scores;
  }
}
