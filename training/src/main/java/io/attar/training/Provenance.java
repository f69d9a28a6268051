package io.attar.training;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.attar.data.Dataset;
import org.jspecify.annotations.Nullable;

/** What a model file says about where it comes from. No clock: same inputs, same bytes. */
final class Provenance {
  private Provenance() {}

  static String of(String role, Dataset data, Record teacherOptions, long seed, JsonNode about) {
    ObjectMapper json = new ObjectMapper();
    ObjectNode node = json.createObjectNode();
    node.put("attar", version());
    node.put("role", role);
    node.set("data", data(data));
    node.put("seed", seed);
    ObjectNode teacher = json.valueToTree(teacherOptions);
    teacher.remove("sharing"); // only rivals have layers to share, and no file holds them
    node.set("teacher", teacher);
    if (about.has("options")) {
      node.set("student", about.get("options"));
    }
    if (about.has("distillation")) {
      node.set("distillation", about.get("distillation"));
    }
    node.set("encoder", about.get("encoder"));
    node.set("validation", about.get("quality"));
    node.put("java", System.getProperty("java.version"));
    node.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    node.put("libtorch", TorchEnvironment.version());
    return node.toString();
  }

  /** What tells the data apart. */
  static ObjectNode data(Dataset data) {
    return new ObjectMapper()
        .createObjectNode()
        .put("name", data.name())
        .put("identity", data.identity())
        .put("items", data.catalogueSize())
        .put("trainingSessions", data.training().count())
        .put("validationSessions", data.validation().count());
  }

  static String version() {
    @Nullable String version = Provenance.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }
}
