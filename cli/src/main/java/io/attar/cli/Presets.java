package io.attar.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/**
 * Settings of published models under a name, each a YAML file beside this class that says where
 * they are from and what departs from there. They lie over the defaults and under everything a user
 * sets.
 */
final class Presets {
  /** All names. */
  static final List<String> NAMES =
      List.of("gru4rec", "narm", "stamp", "sr-gnn", "sasrec", "nextitnet", "eodrec-teacher");

  private Presets() {}

  /**
   * A preset over other settings.
   *
   * @throws UsageException when there is none of that name
   */
  static Configuration over(Configuration defaults, String name) {
    if (!NAMES.contains(name)) {
      throw new UsageException(
          "--preset must be one of " + String.join(", ", NAMES) + ": '" + name + "'");
    }
    try (InputStream in = Presets.class.getResourceAsStream("presets/" + name + ".yaml")) {
      if (in == null) {
        throw new IllegalStateException("the preset " + name + " is missing from the program");
      }
      JsonNode root = new ObjectMapper(new YAMLFactory()).readTree(in);
      return ConfigurationReader.read(defaults, root, "the preset " + name);
    } catch (IOException e) {
      throw new IllegalStateException("the preset " + name + " cannot be read", e);
    }
  }
}
