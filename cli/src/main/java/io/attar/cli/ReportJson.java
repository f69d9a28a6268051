package io.attar.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.nio.file.Path;

/** The JSON of reports: numbers stay as they are written, 44.10 with its zero. */
final class ReportJson {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private ReportJson() {}

  /** An object without keys. */
  static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  /** A record or map as JSON. */
  static JsonNode tree(Object value) {
    return MAPPER.valueToTree(value);
  }

  /**
   * Reads an object.
   *
   * @throws WorkException when the text is none
   */
  static ObjectNode read(String text) {
    try {
      if (MAPPER.readTree(text) instanceof ObjectNode object) {
        return object;
      }
    } catch (JsonProcessingException e) {
      throw new WorkException("a report must be JSON: " + e.getOriginalMessage(), e);
    }
    throw new WorkException("a report must be a JSON object, but is: " + text.strip());
  }

  /**
   * Reads an object from a file.
   *
   * @throws WorkException that names the file when it holds none
   */
  static ObjectNode read(Path file) throws IOException {
    try {
      return read(Files.readString(file));
    } catch (WorkException e) {
      throw new WorkException(file + ": " + e.getMessage(), e);
    }
  }

  /** The text of an object, a line a key. */
  static String text(ObjectNode root) {
    DefaultIndenter lines = new DefaultIndenter("  ", "\n");
    try {
      return MAPPER
              .writer(new DefaultPrettyPrinter().withObjectIndenter(lines))
              .writeValueAsString(root)
          + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of JSON can be written", e);
    }
  }

  /** Two decimals. */
  static BigDecimal rounded(double value) {
    return BigDecimal.valueOf(value).setScale(2, RoundingMode.HALF_UP);
  }
}
