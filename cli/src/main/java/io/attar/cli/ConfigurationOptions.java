package io.attar.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

/** The options by which a command is configured. */
final class ConfigurationOptions {
  private static final String PREPARE = "prepare.";

  @Option(
      names = "--preset",
      paramLabel = "NAME",
      description =
          "Settings of a published model, under --config and --set: gru4rec, narm, stamp, sr-gnn,"
              + " sasrec, nextitnet or eodrec-teacher.")
  private @Nullable String preset;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "YAML file with settings; `attar config` prints one with every key.")
  private @Nullable Path file;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description =
          "Sets one key, such as teacher.epochs=3; wins over the file. May be given often.")
  private Map<String, String> settings = new LinkedHashMap<>();

  private final Map<String, String> shortcuts = new LinkedHashMap<>();

  /** Adds one option for each key of {@code prepare}: --session-column for sessionColumn, ... */
  void addPreparation(CommandSpec spec) {
    for (ConfigurationKeys.Key key : ConfigurationKeys.of(Configuration.defaults())) {
      if (key.name().startsWith(PREPARE)) {
        boolean flag = key.type() == boolean.class;
        OptionSpec.Builder option =
            OptionSpec.builder("--" + kebab(key.name().substring(PREPARE.length())))
                .arity(flag ? "0" : "1")
                .type(flag ? Boolean.class : String.class)
                .paramLabel(flag ? "" : "VALUE")
                // A value may hold a percent sign, which help texts would take for a format.
                .description(
                    ConfigurationReference.description(key.name()).replace("%", "%%")
                        + (flag ? "" : " Default: " + shown(key.value())))
                .setter(
                    new picocli.CommandLine.Model.ISetter() {
                      @Override
                      @SuppressWarnings("TypeParameterUnusedInFormals") // picocli's signature
                      public <T extends @Nullable Object> T set(T value) {
                        if (value != null) {
                          shortcuts.put(key.name(), value.toString());
                        }
                        return value;
                      }
                    });
        spec.addOption(option.build());
      }
    }
  }

  private static String shown(Object value) {
    return value.toString().isEmpty() ? "none" : value.toString();
  }

  private static String kebab(String name) {
    return name.replaceAll("([A-Z])", "-$1").toLowerCase(java.util.Locale.ROOT);
  }

  /** Whether a key was set by an option, not by the file. */
  boolean sets(String key) {
    return settings.containsKey(key) || shortcuts.containsKey(key);
  }

  /** The configuration asked for. */
  Configuration read() {
    return read(Configuration.defaults());
  }

  /** The configuration asked for, over other defaults. */
  Configuration read(Configuration defaults) {
    Map<String, String> all = new LinkedHashMap<>(settings);
    all.putAll(shortcuts);
    Configuration under = preset == null ? defaults : Presets.over(defaults, preset);
    return ConfigurationReader.read(under, file, all);
  }
}
