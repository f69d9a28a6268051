package io.attar.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.attar.data.NearestName;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The students of a sweep, as a YAML file names them: every combination of the values on {@code
 * axes}, then the {@code rows} given one by one; {@code settings} hold for all of them. Keys are
 * those of the configuration, written with dots or as groups, and only such as change the student.
 *
 * @param title of the result; empty for none
 * @param description what it shows; empty for none
 * @param x a key, to draw accuracy against it; empty for none
 * @param series a key by whose values pictures tell rows apart; empty for none
 * @param settings what holds for all rows, by key
 * @param rows in order
 */
record SweepGrid(
    String title,
    String description,
    String x,
    String series,
    Map<String, String> settings,
    List<Row> rows) {
  private static final List<String> KEYS =
      List.of("title", "description", "x", "series", "settings", "axes", "rows");
  private static final List<String> ROW_KEYS = List.of("name", "settings");

  /** Groups that a row may change: the teacher is one for all. */
  private static final List<String> STUDENT = List.of("student.", "distillation.");

  private static final int MOST_ROWS = 1000;

  /**
   * One student.
   *
   * @param name its name, in this grid alone
   * @param settings what it has of its own, by key
   * @param configuration all its settings
   */
  record Row(String name, Map<String, String> settings, Configuration configuration) {
    /** The name as a folder on any file system. */
    String folder() {
      return SweepGrid.folder(name);
    }

    /** The value of a key in this row. */
    String value(String key) {
      return ConfigurationKeys.of(configuration).stream()
          .filter(each -> each.name().equals(key))
          .map(each -> each.value().toString())
          .findFirst()
          .orElseThrow();
    }
  }

  /** A row's name as a folder on any file system. */
  static String folder(String name) {
    return name.strip().replaceAll("[^A-Za-z0-9.=_+-]+|^\\.", "-");
  }

  /**
   * Reads a grid and checks every row of it.
   *
   * @param base what holds where the grid says nothing
   * @param fixed keys that the command line sets and that the grid's common settings leave alone
   * @throws UsageException for a file that is no grid, a key that does not exist (with the nearest
   *     that does) or does not belong to the student, and a value that is refused
   */
  static SweepGrid read(Path file, Configuration base, Predicate<String> fixed) {
    return read(ConfigurationReader.yaml(file, "the grid"), file.toString(), base, fixed);
  }

  /**
   * The same from what was read already.
   *
   * @param file where it is from, which messages name
   */
  static SweepGrid read(JsonNode root, String file, Configuration base, Predicate<String> fixed) {
    if (!root.isObject()) {
      throw new UsageException(
          file + ": a grid must hold axes, rows or both, as `attar sweep --help` shows them");
    }
    requireKeys(root, KEYS, file);
    Map<String, String> common = values(root.path("settings"), file + ", settings");
    common.keySet().removeIf(fixed);
    List<Map<String, String>> combinations = combinations(root.path("axes"), file + ", axes");
    List<Row> rows = new ArrayList<>();
    for (Map<String, String> own : combinations) {
      StringBuilder name = new StringBuilder();
      own.forEach(
          (key, value) ->
              name.append(name.isEmpty() ? "" : " ")
                  .append(key.substring(key.lastIndexOf('.') + 1))
                  .append('=')
                  .append(value));
      rows.add(row(file, name.toString(), common, own, base));
    }
    JsonNode named = root.path("rows");
    if (!named.isMissingNode() && !named.isArray()) {
      throw new UsageException(file + ": rows must be a list of names and settings");
    }
    for (JsonNode each : named) {
      String place = file + ", row " + (rows.size() - combinations.size() + 1);
      requireKeys(each, ROW_KEYS, place);
      String name = each.path("name").asText();
      if (name.isBlank()) {
        throw new UsageException(place + ": a row must have a name");
      }
      rows.add(row(file, name, common, values(each.path("settings"), place + ", settings"), base));
    }
    if (rows.isEmpty()) {
      throw new UsageException(file + ": a grid must have at least one row: give axes or rows");
    }
    requireDistinct(file, rows);
    String x = drawn(root, "x", rows, file);
    String series = drawn(root, "series", rows, file);
    return new SweepGrid(
        root.path("title").asText(),
        root.path("description").asText().strip(),
        x,
        series,
        common,
        rows);
  }

  private static Row row(
      String file,
      String name,
      Map<String, String> common,
      Map<String, String> own,
      Configuration base) {
    Map<String, Map<String, String>> places = new LinkedHashMap<>();
    places.put(file + ", settings", common);
    places.put(file + ", row '" + name + "'", own);
    places.forEach(
        (place, settings) -> settings.keySet().forEach(key -> requireStudent(key, place)));
    return new Row(name, own, ConfigurationReader.read(base, places));
  }

  /**
   * Refuses keys that exist but are not a row's to change; the reader refuses those that do not.
   */
  private static void requireStudent(String key, String place) {
    boolean known =
        ConfigurationKeys.of(Configuration.defaults()).stream()
            .anyMatch(each -> each.name().equals(key) || each.name().startsWith(key + "."));
    if (known && STUDENT.stream().noneMatch(group -> (key + ".").startsWith(group))) {
      throw new UsageException(
          place
              + ": "
              + key
              + " must stay: all students of a sweep have one teacher and one test, so a grid"
              + " changes keys of student and distillation alone; set this one with --set or"
              + " --config");
    }
  }

  /** Every combination of the values on the axes, the last axis fastest; none without axes. */
  private static List<Map<String, String>> combinations(JsonNode axes, String place) {
    List<Map<String, String>> combinations = new ArrayList<>();
    if (axes.isMissingNode()) {
      return combinations;
    }
    combinations.add(new LinkedHashMap<>());
    for (Map.Entry<String, JsonNode> axis : flat(axes, "", place).entrySet()) {
      if (!axis.getValue().isArray() || axis.getValue().isEmpty()) {
        throw new UsageException(
            place + ": " + axis.getKey() + " must be a list of values, such as [1, 2, 3]");
      }
      List<Map<String, String>> longer = new ArrayList<>();
      for (Map<String, String> shorter : combinations) {
        for (JsonNode value : axis.getValue()) {
          Map<String, String> one = new LinkedHashMap<>(shorter);
          one.put(axis.getKey(), text(value, axis.getKey(), place));
          longer.add(one);
        }
      }
      combinations = longer;
      if (combinations.size() > MOST_ROWS) {
        throw new UsageException(
            place
                + ": a grid must have at most "
                + MOST_ROWS
                + " rows, but these are "
                + combinations.size()
                + " and more");
      }
    }
    return combinations;
  }

  private static Map<String, String> values(JsonNode group, String place) {
    Map<String, String> values = new LinkedHashMap<>();
    if (!group.isMissingNode()) {
      flat(group, "", place).forEach((key, value) -> values.put(key, text(value, key, place)));
    }
    return values;
  }

  private static String text(JsonNode value, String key, String place) {
    if (!value.isValueNode() || value.isNull()) {
      throw new UsageException(place + ": " + key + " must be a single value, but is " + value);
    }
    return value.asText();
  }

  /** Groups of keys as keys with dots. */
  private static Map<String, JsonNode> flat(JsonNode group, String prefix, String place) {
    if (!group.isObject()) {
      throw new UsageException(place + ": must hold keys and values, but is " + group);
    }
    Map<String, JsonNode> flat = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : group.properties()) {
      String key = prefix + entry.getKey();
      Map<String, JsonNode> inner =
          entry.getValue().isObject()
              ? flat(entry.getValue(), key + ".", place)
              : Map.of(key, entry.getValue());
      inner.forEach(
          (name, value) -> {
            if (flat.put(name, value) != null) {
              throw new UsageException(place + ": " + name + " must stand there once");
            }
          });
    }
    return flat;
  }

  private static void requireKeys(JsonNode group, List<String> known, String place) {
    if (!group.isObject()) {
      throw new UsageException(place + ": must hold keys and values, but is " + group);
    }
    for (Map.Entry<String, JsonNode> entry : group.properties()) {
      if (!known.contains(entry.getKey())) {
        throw new UsageException(
            place
                + ": there is no key '"
                + entry.getKey()
                + "'"
                + NearestName.suggestion(entry.getKey(), known)
                + " a grid has "
                + String.join(", ", known));
      }
    }
  }

  private static void requireDistinct(String file, List<Row> rows) {
    Map<String, String> names = new HashMap<>();
    for (Row row : rows) {
      // Some file systems take upper and lower case for the same.
      String other = names.put(row.folder().toLowerCase(Locale.ROOT), row.name());
      if (other != null) {
        throw new UsageException(
            file
                + ": rows must have different names, and folders named after them: '"
                + other
                + "' and '"
                + row.name()
                + "' do not");
      }
    }
  }

  /** The key that a picture is drawn by. */
  private static String drawn(JsonNode root, String which, List<Row> rows, String file) {
    String key = root.path(which).asText();
    Set<String> changed = new LinkedHashSet<>();
    rows.forEach(row -> changed.addAll(row.settings().keySet()));
    if (!key.isEmpty() && !changed.contains(key)) {
      throw new UsageException(
          file
              + ": "
              + which
              + " must be a key that rows change, but is '"
              + key
              + "'"
              + NearestName.suggestion(key, changed));
    }
    return key;
  }
}
