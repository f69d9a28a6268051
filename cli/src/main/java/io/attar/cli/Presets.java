package io.attar.cli;

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
    return ConfigurationReader.read(
        defaults, ConfigurationReader.packed("presets/" + name + ".yaml"), "the preset " + name);
  }
}
