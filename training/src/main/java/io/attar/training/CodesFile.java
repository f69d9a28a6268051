package io.attar.training;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a quantiser found as a file of the work folder. */
final class CodesFile {
  private static final String ENCODER = "encoder.";

  private CodesFile() {}

  static TensorFile of(Quantiser.Result found, String fingerprint) {
    int[][] columns = found.codes().columns();
    int size = found.codes().itemCount();
    float[] flat = new float[columns.length * size];
    for (int i = 0; i < flat.length; i++) {
      flat[i] = columns[i / size][i % size];
    }
    ObjectNode description = new ObjectMapper().createObjectNode();
    description.put("fingerprint", fingerprint);
    description.put("codewords", found.codes().codewordCount());
    description.put("product", found.product());
    description.put("reconstructionError", found.error());
    description.put("repairedItems", found.repaired());
    description.set("epochs", found.epochs());
    description.set("encoder", new ObjectMapper().valueToTree(found.encoder().keySet()));
    Map<String, float[]> arrays = new LinkedHashMap<>();
    arrays.put("codes", flat);
    arrays.put("codebooks", found.codebooks());
    found.encoder().forEach((name, values) -> arrays.put(ENCODER + name, values));
    return new TensorFile(description, arrays);
  }

  /** What {@link #of} was given, of a catalogue of this size. */
  static Quantiser.Result read(TensorFile file, int size) {
    float[] flat = file.array("codes");
    int[][] columns = new int[flat.length / size][size];
    for (int i = 0; i < flat.length; i++) {
      columns[i / size][i % size] = (int) flat[i];
    }
    Map<String, float[]> encoder = new LinkedHashMap<>();
    file.about()
        .get("encoder")
        .forEach(name -> encoder.put(name.asText(), file.array(ENCODER + name.asText())));
    return new Quantiser.Result(
        new Codes(file.about().get("codewords").asInt(), columns),
        file.array("codebooks"),
        file.about().get("product").asBoolean(),
        file.about().get("reconstructionError").asDouble(),
        file.about().get("repairedItems").asInt(),
        file.about().get("epochs"),
        encoder);
  }
}
