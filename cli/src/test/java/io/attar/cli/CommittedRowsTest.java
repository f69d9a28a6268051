package io.attar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** Rows that took hours are found again, whatever became of defaults since. */
class CommittedRowsTest {
  @ParameterizedTest
  @CsvSource({
    "cprec, models, tmall, 1847570e3603b3869cbac6d414c42e2f901f322db206468bd2f4dcec2fff6fde, 5",
    "eodrec, table3, tmall, 1847570e3603b3869cbac6d414c42e2f901f322db206468bd2f4dcec2fff6fde, 10",
  })
  void areOfThePlansOfToday(String paper, String rows, String data, String identity, int least)
      throws IOException {
    JsonNode plan = ConfigurationReader.packed("reproduce/" + paper + ".yaml");
    ConfigurationOptions options = new ConfigurationOptions();
    CommandLine.populateCommand(options);
    Reproduction reproduction =
        new Reproduction(options, EnumSet.noneOf(Reproduction.Part.class), plan, true, null, false);
    Path folder = Path.of("../docs/results", paper, data);
    int found = 0;
    for (JsonNode asked : plan.path(rows)) {
      Path file = folder.resolve(Reproduction.slug(asked) + ".json");
      if (Files.exists(file)) {
        JsonNode row = new ObjectMapper().readTree(file.toFile());
        assertThat(
                Reproduction.fingerprint(asked, identity, reproduction.configuration(asked, data)))
            .as(file.toString())
            .isEqualTo(row.path("fingerprint").asText());
        found++;
      }
    }
    assertThat(found).isGreaterThanOrEqualTo(least);
  }
}
