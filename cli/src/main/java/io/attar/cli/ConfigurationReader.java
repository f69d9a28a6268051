package io.attar.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.attar.data.NearestName;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Puts a configuration together: the defaults of the records, then a YAML file, then single keys.
 * Every record is made by its own constructor, which checks the values against each other.
 */
final class ConfigurationReader {
  private static final ObjectMapper YAML =
      new ObjectMapper(
          YAMLFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build());

  private final List<String> names;
  private final Map<String, Setting> settings = new LinkedHashMap<>();

  private ConfigurationReader(Configuration defaults) {
    names = ConfigurationKeys.of(defaults).stream().map(ConfigurationKeys.Key::name).toList();
  }

  /** A value as text, and where it was set. */
  private record Setting(String text, String place) {}

  /**
   * Reads the configuration.
   *
   * @param defaults what holds where nothing is set
   * @param file YAML, or null
   * @param single keys that win over the file
   * @throws UsageException for a key that does not exist (with the nearest that does) and for a
   *     value of the wrong type or outside its range
   */
  static Configuration read(
      Configuration defaults, @Nullable Path file, Map<String, String> single) {
    ConfigurationReader reader = new ConfigurationReader(defaults);
    if (file != null) {
      reader.addFile(file);
    }
    single.forEach((name, text) -> reader.add(name, text, "--set"));
    return (Configuration) reader.made(defaults, "");
  }

  /**
   * Puts single keys over a configuration.
   *
   * @param places keys and values by the place they are set in, which messages name; later ones win
   * @throws UsageException as above
   */
  static Configuration read(Configuration defaults, Map<String, Map<String, String>> places) {
    ConfigurationReader reader = new ConfigurationReader(defaults);
    places.forEach(
        (place, single) -> single.forEach((name, text) -> reader.add(name, text, place)));
    return (Configuration) reader.made(defaults, "");
  }

  /**
   * Puts a group of settings over a configuration.
   *
   * @param root keys and values
   * @param place where they are from, which messages name
   * @throws UsageException as above
   */
  static Configuration read(Configuration defaults, JsonNode root, String place) {
    ConfigurationReader reader = new ConfigurationReader(defaults);
    reader.addGroup("", root, place);
    return (Configuration) reader.made(defaults, "");
  }

  private void addFile(Path file) {
    JsonNode root = yaml(file, "the configuration file");
    if (root.isMissingNode() || root.isNull()) {
      return; // a file of comments sets nothing
    }
    if (!root.isObject()) {
      throw new UsageException(file + ": must hold keys and values, as `attar config` prints them");
    }
    addGroup("", root, file.toString());
  }

  /**
   * Reads YAML; a key that stands twice in a group is refused.
   *
   * @param what the file is called in messages
   */
  static JsonNode yaml(Path file, String what) {
    try {
      return YAML.readTree(Files.readAllBytes(file));
    } catch (JsonProcessingException e) {
      int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
      throw new UsageException(
          file + (line > 0 ? ", line " + line : "") + ": must be YAML: " + e.getOriginalMessage(),
          e);
    } catch (IOException e) {
      throw new UsageException(what + " " + file + " must be a file that can be read: " + e, e);
    }
  }

  /** Reads YAML that is part of the program. */
  static JsonNode packed(String name) {
    try (InputStream in = ConfigurationReader.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is missing from the program");
      }
      return YAML.readTree(in);
    } catch (IOException e) {
      throw new IllegalStateException(name + ", a part of the program, cannot be read", e);
    }
  }

  private void addGroup(String prefix, JsonNode group, String place) {
    for (Map.Entry<String, JsonNode> entry : group.properties()) {
      String name = prefix + entry.getKey();
      JsonNode value = entry.getValue();
      if (value.isObject()) {
        if (names.contains(name)) {
          throw new UsageException(
              place + ": " + name + " must be a single value, but is a group of keys");
        }
        if (names.stream().noneMatch(known -> known.startsWith(name + "."))) {
          throw unknown(name, place);
        }
        addGroup(name + ".", value, place);
      } else if (value.isArray()) {
        throw new UsageException(place + ": " + name + " must be a single value, but is a list");
      } else {
        add(name, value.isNull() ? "" : value.asText(), place);
      }
    }
  }

  private void add(String name, String text, String place) {
    if (!names.contains(name)) {
      throw unknown(name, place);
    }
    settings.put(name, new Setting(text, place));
  }

  private UsageException unknown(String name, String place) {
    if (names.stream().anyMatch(known -> known.startsWith(name + "."))) {
      return new UsageException(
          place + ": " + name + " must be a group of keys such as " + name + ".…, not a value");
    }
    return new UsageException(
        place
            + ": there is no key '"
            + name
            + "'"
            + NearestName.suggestion(name, names)
            + " `attar config` prints all keys");
  }

  private Record made(Record defaults, String prefix) {
    RecordComponent[] components = defaults.getClass().getRecordComponents();
    Class<?>[] types = new Class<?>[components.length];
    Object[] values = new Object[components.length];
    StringBuilder places = new StringBuilder();
    for (int c = 0; c < components.length; c++) {
      String name = prefix + components[c].getName();
      types[c] = components[c].getType();
      values[c] = ConfigurationKeys.value(components[c], defaults);
      Setting setting = settings.get(name);
      if (values[c] instanceof Record group) {
        values[c] = made(group, name + ".");
      } else if (setting != null) {
        values[c] = converted(name, setting, types[c]);
        if (places.indexOf(setting.place()) < 0) {
          places.append(places.isEmpty() ? "" : ", ").append(setting.place());
        }
      }
    }
    try {
      Constructor<?> constructor = defaults.getClass().getDeclaredConstructor(types);
      return (Record) constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException refused) {
        throw new UsageException(places + ": " + named(refused.getMessage(), prefix), refused);
      }
      throw new IllegalStateException("the configuration could not be made", e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("the configuration could not be made", e);
    }
  }

  /** Some records name their components without the group that the file has them in. */
  private String named(@Nullable String message, String prefix) {
    String text = String.valueOf(message);
    boolean bare = names.contains(prefix + text.split("[ :]", 2)[0]);
    return bare ? prefix + text : text;
  }

  private static Object converted(String name, Setting setting, Class<?> type) {
    String text = setting.text().strip();
    try {
      if (type == int.class) {
        return Integer.valueOf(text);
      }
      if (type == long.class) {
        return Long.valueOf(text);
      }
      if (type == double.class) {
        return Double.valueOf(text);
      }
    } catch (NumberFormatException e) {
      throw new UsageException(
          setting.place()
              + ": "
              + name
              + (type == double.class
                  ? " must be a number"
                  : type == long.class || !text.matches("[-+]?[0-9]+")
                      ? " must be a whole number"
                      : " must be a whole number of at most 2147483647")
              + ": '"
              + text
              + "'",
          e);
    }
    if (type == boolean.class) {
      if (!Arrays.asList("true", "false").contains(text)) {
        throw new UsageException(
            setting.place() + ": " + name + " must be true or false: '" + text + "'");
      }
      return Boolean.valueOf(text);
    }
    return setting.text();
  }
}
