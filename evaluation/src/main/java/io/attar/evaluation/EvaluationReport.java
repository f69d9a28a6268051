package io.attar.evaluation;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything one evaluation found. All but the timing is the same, bit for bit, whenever the same
 * file is measured on the same data with the same seed.
 *
 * @param dataName the data set's name
 * @param dataIdentity the data set's SHA-256 (hex)
 * @param catalogueSize number of items ranked
 * @param minimumPrefixLength shortest prefix that makes a case
 * @param sessions test sessions, those without a case included
 * @param cases test cases
 * @param resamples bootstrap resamples behind the intervals
 * @param seed seed of the resamples
 * @param model the shipped file; null when only rules were measured
 * @param teacher the teacher; null when there is none
 * @param rules the rules and session kNN, in table order
 */
public record EvaluationReport(
    String dataName,
    String dataIdentity,
    int catalogueSize,
    int minimumPrefixLength,
    int sessions,
    long cases,
    int resamples,
    long seed,
    @Nullable ModelResult model,
    @Nullable MethodResult teacher,
    List<MethodResult> rules) {
  /** Copies the list. */
  public EvaluationReport {
    rules = List.copyOf(rules);
  }

  /**
   * The report as JSON, in a fixed order of keys, lines ended by {@code \n}. The shipped file's
   * values lie flat at the top ({@code recall@10}, {@code ndcg@10.xnew}, {@code bytes}, ...), in
   * percent to two decimals; {@code rules} and {@code teacher} hold the same keys for the others;
   * {@code timing} alone changes from run to run.
   *
   * @throws IllegalStateException when the model's provenance is not JSON
   */
  public String toJson() {
    return JsonReport.of(this);
  }

  /**
   * The report as a page in Markdown.
   *
   * @param command the command that gives these numbers again
   */
  public String toMarkdown(String command) {
    return TextReport.markdown(this, command);
  }

  /** The report's main table as plain text, for a terminal. */
  public String toText() {
    return TextReport.plain(this);
  }

  /**
   * Writes text to a file by way of a temporary one beside it, so that the file is whole or absent.
   *
   * @throws IOException when the folder cannot be written to
   */
  public static void write(String text, Path file) throws IOException {
    Path name = file.getFileName();
    if (name == null) {
      throw new IOException("a report needs a file to be written to, not a root: " + file);
    }
    // Not the system's temporary files: those only their owner may read.
    Path temporary = file.resolveSibling(name + ".tmp");
    try {
      Files.write(temporary, text.getBytes(StandardCharsets.UTF_8));
      Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }
}
