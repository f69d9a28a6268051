package io.attar.benchmarks;

import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.attar.evaluation.EvaluationReport;
import java.io.IOException;
import java.nio.file.Path;

/** Records to files and back. */
final class Json {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private Json() {}

  /** Writes a record, by way of a temporary file. */
  static void write(Object value, Path file) throws IOException {
    DefaultIndenter lines = new DefaultIndenter("  ", "\n");
    String text =
        MAPPER
            .writer(new DefaultPrettyPrinter().withObjectIndenter(lines))
            .writeValueAsString(value);
    EvaluationReport.write(text + "\n", file);
  }

  /** Reads a record. */
  static <T> T read(Path file, Class<T> type) throws IOException {
    return MAPPER.readValue(file.toFile(), type);
  }
}
