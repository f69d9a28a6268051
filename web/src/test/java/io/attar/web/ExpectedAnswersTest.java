package io.attar.web;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.attar.runtime.ModelFileException;
import io.attar.runtime.Recommender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Writes down what the Java virtual machine answers, in {@code target/expected}, for the browser
 * tests to compare.
 */
final class ExpectedAnswersTest {
  private static final int ANSWERS_IN_FULL = 100;
  private static final int DAMAGED_COPIES = 150;

  private static final Path EXPECTED = Path.of("target", "expected");

  private final ObjectMapper json = new ObjectMapper();

  @Test
  void answersOfAllModels() throws IOException {
    List<Map<String, Object>> models = new ArrayList<>();
    for (Path file : files()) {
      Recommender recommender = Recommender.open(Files.readAllBytes(file));
      List<Questions.Answer> answers = Questions.ask(recommender);
      // One checksum for all questions would be the sign of a hash that looks at nothing.
      assertThat(answers.stream().map(Questions.Answer::checksum).distinct().count())
          .isGreaterThan(Questions.COUNT / 2);
      Map<String, Object> model = new LinkedHashMap<>();
      model.put("file", file.toString().replace('\\', '/'));
      model.put("items", recommender.itemCount());
      model.put("provenance", recommender.provenance());
      model.put("checksums", answers.stream().map(Questions.Answer::checksum).toList());
      List<Questions.Answer> full = answers.subList(0, ANSWERS_IN_FULL);
      model.put("ranked", full.stream().map(Questions.Answer::items).toList());
      model.put("scores", full.stream().map(Questions.Answer::scores).toList());
      models.add(model);
    }
    write("answers.json", models);
  }

  @Test
  void messagesOfDamagedFiles() throws IOException {
    List<Map<String, String>> damaged = new ArrayList<>();
    int refused = 0;
    for (Path file : golden()) {
      for (byte[] copy : DamagedFiles.of(Files.readAllBytes(file), DAMAGED_COPIES, 1)) {
        String message = "";
        try {
          Recommender.open(copy);
        } catch (ModelFileException e) {
          message = String.valueOf(e.getMessage());
          refused++;
        }
        damaged.add(Map.of("bytes", Base64.getEncoder().encodeToString(copy), "message", message));
      }
    }
    assertThat(refused).isGreaterThan(damaged.size() / 2).isLessThan(damaged.size());
    write("damaged.json", damaged);
  }

  private void write(String name, Object value) throws IOException {
    Files.createDirectories(EXPECTED);
    json.writeValue(EXPECTED.resolve(name).toFile(), value);
  }

  /** Every kind and version of model file, and two of the size that ships. */
  private static List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>(golden());
    for (String name : List.of("tmall", "retailrocket", "tmall-small")) {
      files.add(Path.of("..", "docs", "results", name, "student.attar"));
    }
    return files;
  }

  private static List<Path> golden() throws IOException {
    try (Stream<Path> all =
        Files.list(Path.of("..", "runtime", "src", "test", "resources", "golden"))) {
      List<Path> files = all.filter(file -> file.toString().endsWith(".attar")).sorted().toList();
      assertThat(files).hasSizeGreaterThan(5);
      return files;
    }
  }
}
