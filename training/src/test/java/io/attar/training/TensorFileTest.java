package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorFileTest {
  private static final long SEED = 20_261_121L;

  private final Path folder;

  TensorFileTest(@TempDir Path folder) {
    this.folder = folder;
  }

  private static TensorFile sample(int length) {
    ObjectNode about = new ObjectMapper().createObjectNode();
    about.put("fingerprint", "ä-1");
    about.put("loss", 0.1 + 0.2);
    Map<String, float[]> arrays = new LinkedHashMap<>();
    arrays.put("empty", new float[0]);
    arrays.put("value", Toys.gaussians(new SplittableRandom(SEED), length, 1));
    arrays.put("odd", new float[] {Float.MIN_VALUE, -0f, Float.MAX_VALUE, Float.POSITIVE_INFINITY});
    return new TensorFile(about, arrays);
  }

  @Test
  void comesBackBitForBit() throws IOException {
    Path file = folder.resolve("x.tensors");
    TensorFile written = sample(40_000); // more than one chunk
    written.write(file);
    TensorFile read = TensorFile.read(file);
    assertThat(read.about()).isEqualTo(written.about());
    assertThat(read.about().get("loss").asDouble()).isEqualTo(0.1 + 0.2);
    for (String name : new String[] {"empty", "value", "odd"}) {
      assertThat(bits(read.array(name))).isEqualTo(bits(written.array(name)));
    }
    assertThatThrownBy(() -> read.array("other"))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("'other'")
        .hasMessageContaining("value");
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    Arrays.setAll(bits, i -> Float.floatToRawIntBits(values[i]));
    return bits;
  }

  @Test
  void theSameContentGivesTheSameBytes() throws IOException {
    sample(10).write(folder.resolve("one"));
    sample(10).write(folder.resolve("two"));
    assertThat(folder.resolve("two")).hasSameBinaryContentAs(folder.resolve("one"));
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    Path file = folder.resolve("x.tensors");
    sample(5).write(file);
    byte[] whole = Files.readAllBytes(file);
    assertThat(whole.length).isGreaterThan(100);
    for (int length = 0; length < whole.length; length++) {
      assertRefused(file, Arrays.copyOf(whole, length));
    }
    assertRefused(file, Arrays.copyOf(whole, whole.length + 1));
  }

  @Test
  void everyFlippedBitIsRefused() throws IOException {
    Path file = folder.resolve("x.tensors");
    sample(5).write(file);
    byte[] whole = Files.readAllBytes(file);
    for (int bit = 0; bit < 8 * whole.length; bit++) {
      byte[] flipped = whole.clone();
      flipped[bit / 8] ^= (byte) (1 << (bit % 8));
      assertRefused(file, flipped);
    }
  }

  @Test
  void noiseIsRefused() throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int i = 0; i < 500; i++) {
      byte[] noise = new byte[random.nextInt(200)];
      random.nextBytes(noise);
      assertRefused(folder.resolve("noise"), noise);
    }
  }

  private static void assertRefused(Path file, byte[] bytes) throws IOException {
    Files.write(file, bytes);
    assertThatThrownBy(() -> TensorFile.read(file))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("delete it to start that stage anew");
  }

  @Test
  void aFailedWriteLeavesTheOldFileAndNothingElse() throws IOException {
    Path file = Files.writeString(folder.resolve("model.attar"), "old");
    assertThatThrownBy(
            () ->
                WholeFile.write(
                    file,
                    out -> {
                      out.write(new byte[100_000]);
                      throw new IOException("no space left on device");
                    }))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("no space left on device")
        .hasMessageContaining("disk full");
    assertOnly(file, "old");
    assertThatThrownBy(
            () ->
                WholeFile.write(
                    file,
                    out -> {
                      out.write(1);
                      throw new IllegalStateException("a bug");
                    }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("a bug");
    assertOnly(file, "old");
    WholeFile.write(file, out -> out.write("new".getBytes(StandardCharsets.UTF_8)));
    assertOnly(file, "new");
  }

  private void assertOnly(Path file, String content) throws IOException {
    assertThat(file).hasContent(content);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void aMissingFolderIsNamed() {
    Path file = folder.resolve("missing/model.attar");
    assertThatThrownBy(() -> WholeFile.write(file, out -> out.write(1)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file.toString());
    assertThat(folder.resolve("missing")).doesNotExist();
  }
}
