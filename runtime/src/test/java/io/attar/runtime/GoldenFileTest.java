package io.attar.runtime;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Committed files of every version open for ever and score what they always did. */
final class GoldenFileTest {

  static Set<String> names() {
    return GoldenFiles.models().keySet();
  }

  @ParameterizedTest
  @MethodSource("names")
  void scoresAreTheCommittedOnes(String name) throws IOException {
    Recommender recommender = Recommender.open(resource(name + ".attar"));
    String text = new String(resource(name + ".scores.txt"), StandardCharsets.UTF_8);
    List<String> lines = text.lines().toList();
    assertThat(lines).hasSameSizeAs(GoldenFiles.SESSIONS);
    float[] scores = new float[recommender.itemCount()];
    for (int i = 0; i < lines.size(); i++) {
      Session session = recommender.newSession();
      GoldenFiles.SESSIONS.get(i).forEach(session::clickIndex);
      session.scores(scores);
      List<String> expected = List.of(lines.get(i).split(" ", -1));
      assertThat(expected).hasSize(scores.length);
      for (int v = 0; v < scores.length; v++) {
        double difference = scores[v] - Double.parseDouble(expected.get(v));
        assertThat(Math.abs(difference)).as("session %d, item %d", i, v).isLessThan(2e-5);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void regeneratingGivesTheSameBytes(String name) throws IOException {
    TestModel model = requireNonNull(GoldenFiles.models().get(name));
    assertThat(ModelFileFixture.write(model)).isEqualTo(resource(name + ".attar"));
  }

  @Test
  void idsAndKindsAreTheCommittedOnes() throws IOException {
    byte[] first = resource("version-1.attar");
    assertThat(ModelFile.read(first).encoderKind()).isEqualTo("weighted mean");
    assertThat(Recommender.open(first).itemId(0)).isEqualTo("品0");
    assertThat(Recommender.open(first).provenance())
        .isEqualTo("{\"data\":\"test\",\"shop\":\"Ätti\"}");
    byte[] second = resource("version-1-self-attention-codes-int8.attar");
    assertThat(ModelFile.read(second).tableKind()).isEqualTo("compositional codes");
    assertThat(Recommender.open(second).itemId(0)).isEqualTo("3308");
    byte[] third = resource("version-2-codes-int4.attar");
    assertThat(ModelFile.read(third).version()).isEqualTo(2);
    assertThat(Recommender.open(third).itemId(0)).isEqualTo("-0");
    assertThat(Recommender.open(third).itemIndex("-0")).isZero();
    byte[] fourth = resource("version-2-self-attention-codes-int8.attar");
    assertThat(Recommender.open(fourth).itemId(0)).isEqualTo("9223372036854775807");
    ModelFile fifth = ModelFile.read(resource("version-3-product-codes-dense-rows-biases.attar"));
    assertThat(fifth.version()).isEqualTo(3);
    assertThat(fifth.tableKind()).isEqualTo("product codes");
    assertThat(fifth.denseItemCount()).isEqualTo(5);
    assertThat(fifth.hasBias()).isTrue();
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = GoldenFileTest.class.getResourceAsStream("/golden/" + name)) {
      return requireNonNull(in, name).readAllBytes();
    }
  }
}
