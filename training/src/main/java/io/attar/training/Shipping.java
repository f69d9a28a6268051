package io.attar.training;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.attar.data.Dataset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.IntStream;

/** Finished models on their way into files, and what is said of them. */
final class Shipping {
  private static final int POPULAR_ITEMS = 100;

  private final Workshop workshop;
  private final Dataset data;
  private final TeacherOptions teacherOptions;

  Shipping(Workshop workshop) {
    this.workshop = workshop;
    this.data = workshop.data();
    this.teacherOptions = workshop.teacherOptions();
  }

  /**
   * Writes a model file and holds it against the model.
   *
   * @param about how the model came about; the worst difference is added
   * @throws TrainingException when the runtime does not score as the model does
   */
  Training.Result ship(
      SessionModel model,
      RepeatCalibration.Result calibrated,
      String role,
      ObjectNode about,
      Path file)
      throws IOException {
    byte[] bytes =
        ModelFileWriter.write(
            model,
            calibrated,
            teacherOptions.maximumSessionLength(),
            data.items(),
            Arrays.copyOf(byClicks(data), popularItems(data.catalogueSize())),
            Provenance.of(role, data, teacherOptions, workshop.seed(), about));
    double worst =
        ParityGate.pass(
            bytes,
            model,
            calibrated,
            teacherOptions.maximumSessionLength(),
            data.items(),
            data.validation());
    about.put("parityGate", worst);
    workshop
        .listener()
        .said(
            "parity gate passed: runtime and trainer agree to "
                + String.format(Locale.ROOT, "%.1e", worst));
    write(file, bytes);
    return result(file, about);
  }

  static JsonNode quality(RepeatCalibration.Result result) {
    ObjectNode node = new ObjectMapper().createObjectNode();
    node.put("recall@10", result.quality().recall());
    node.put("ndcg@10", result.quality().gain());
    node.put("recall@10.xnew", result.quality().newRecall());
    node.put("ndcg@10.xnew", result.quality().newGain());
    node.put("temperature", result.temperature());
    node.put(
        "repeats", result.network() == null ? RepeatCalibration.TABLES : RepeatCalibration.NETWORK);
    return node;
  }

  static Training.Result result(Path file, JsonNode about) {
    JsonNode quality = about.get("quality");
    return new Training.Result(
        file,
        about.get("encoder").asText(),
        new HeldOutQuality(
            quality.get("recall@10").asDouble(),
            quality.get("ndcg@10").asDouble(),
            quality.get("recall@10.xnew").asDouble(),
            quality.get("ndcg@10.xnew").asDouble()),
        about.get("parameterBytes").asLong(),
        about);
  }

  private static void write(Path file, byte[] bytes) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    WholeFile.write(file, out -> out.write(bytes));
  }

  /** (V) items by clicks in the known sessions, the most clicked first. */
  static int[] byClicks(Dataset data) {
    int[] counts = Workshop.counts(data.known(), data.catalogueSize());
    return IntStream.range(0, counts.length)
        .boxed()
        .sorted((a, b) -> counts[a] != counts[b] ? counts[b] - counts[a] : a - b)
        .mapToInt(v -> v)
        .toArray();
  }

  /** How many popular items a file holds for sessions without a click. */
  static int popularItems(int catalogueSize) {
    return Math.min(POPULAR_ITEMS, catalogueSize);
  }
}
