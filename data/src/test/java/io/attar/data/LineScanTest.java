package io.attar.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LineScanTest {
  private static final long SEED = 99;

  @Test
  void agreesWithReadingLineByLine() throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    String alphabet = "\"\"\",,ab\n\n\r";
    int unclosed = 0;
    for (int trial = 0; trial < 5000; trial++) {
      StringBuilder text = new StringBuilder();
      for (int c = random.nextInt(60); c > 0; c--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      String log = text.toString();
      byte[] bytes = log.getBytes(StandardCharsets.US_ASCII);
      LineScan scan = LineScan.of(new ByteArrayInputStream(bytes), ',', ProgressListener.none());
      String[] lines = log.split("\n", -1);
      long expected = 0;
      String[] kept = lines.clone();
      int open = 0;
      for (int l = 0; l < lines.length; l++) {
        expected += lines[l].replace("\r", "").isEmpty() ? 0 : 1;
        if (TextLog.fields(lines[l], ',').isEmpty()) {
          assertThat(scan.unclosed().getLong(open++))
              .as("seed %d, trial %d", SEED, trial)
              .isEqualTo(l + 1);
          kept[l] = "";
        }
      }
      assertThat(scan.lines()).as("seed %d, trial %d", SEED, trial).isEqualTo(expected);
      assertThat(scan.unclosed().size()).isEqualTo(open);
      ByteArrayOutputStream copy = new ByteArrayOutputStream();
      scan.copyWithoutUnclosed(new ByteArrayInputStream(bytes), copy);
      assertThat(copy.toString(StandardCharsets.US_ASCII))
          .as("seed %d, trial %d", SEED, trial)
          .isEqualTo(String.join("\n", kept));
      unclosed += open;
    }
    assertThat(unclosed).isGreaterThan(1000);
  }
}
