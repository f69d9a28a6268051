package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** docs/format.md worked by hand; that the runtime reads it, ModelFileWriterTest shows. */
class ItemIdWriterTest {

  @Test
  void numbers() {
    // Ascending 5, 6, 9: values 0 and 2 take 4 bits with parameter 0 (1 and 001) and with
    // parameter 1 (10 and 010: 5 bits) more. Item indices 2, 0, 1 in two bits each: 01 00 10.
    assertThat(ItemIdWriter.write(List.of("6", "9", "5")))
        .containsExactly(1, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0b1001, 0b01_00_10);
    assertThat(ItemIdWriter.write(List.of("-1")))
        .containsExactly(1, -1, -1, -1, -1, -1, -1, -1, -1, 63);
  }

  @Test
  void texts() {
    // Ascending a, ab, b: items 1, 2, 0.
    assertThat(ItemIdWriter.write(List.of("b", "a", "ab")))
        .containsExactly(2, 0, 1, 'a', 1, 1, 'b', 0, 1, 'b', 0b00_10_01);
    // Unsigned bytes: é (C3 A9) after z.
    assertThat(ItemIdWriter.write(List.of("é", "z")))
        .containsExactly(2, 0, 1, 'z', 0, 2, 0xC3, 0xA9, 0b01);
  }

  @Test
  void wideGapsTakeAboutTheirBits() {
    List<String> ends =
        List.of(Long.toString(Long.MIN_VALUE), "0", Long.toString(Long.MAX_VALUE), "7");
    assertThat(ItemIdWriter.write(ends)).hasSizeLessThan(1 + 8 + 1 + 3 * 8 + 2);
    // 10,000 ids, one of nine numbers taken: about 5 bits and 14 of the item index.
    List<String> dense = IntStream.range(0, 10_000).mapToObj(v -> "" + (1000 + 9L * v)).toList();
    assertThat(8.0 * ItemIdWriter.write(dense).length / 10_000).isLessThan(14 + 5.1);
  }

  @Test
  void idsThatShareAlmostAllAreNotShortenedBeyondWhatTheRuntimeAllows() {
    List<String> ids = Stream.of("a", "b", "c").map(end -> "x".repeat(5000) + end).toList();
    long bytes = ids.stream().mapToLong(id -> id.getBytes(StandardCharsets.UTF_8).length).sum();
    assertThat((long) ItemIdWriter.write(ids).length).isBetween(bytes / 16, bytes / 2);
  }
}
