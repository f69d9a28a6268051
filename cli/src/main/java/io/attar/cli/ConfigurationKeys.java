package io.attar.cli;

import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;

/**
 * The keys of the configuration, read off its records: {@code seed}, {@code teacher.epochs}, ... A
 * key is the path of record components to a value, so that code, file and command line cannot
 * differ.
 */
final class ConfigurationKeys {
  private ConfigurationKeys() {}

  /**
   * One key.
   *
   * @param name its path, parts separated by dots
   * @param type {@code int}, {@code long}, {@code double}, {@code boolean} or {@code String}
   * @param value its default
   */
  record Key(String name, Class<?> type, Object value) {}

  /** All keys with the values that a configuration has, in the order of the records. */
  static List<Key> of(Configuration configuration) {
    List<Key> keys = new ArrayList<>();
    collect("", configuration, keys);
    return keys;
  }

  private static void collect(String prefix, Record group, List<Key> keys) {
    for (RecordComponent component : group.getClass().getRecordComponents()) {
      Object value = value(component, group);
      String name = prefix + component.getName();
      if (value instanceof Record nested) {
        collect(name + ".", nested, keys);
      } else {
        keys.add(new Key(name, component.getType(), value));
      }
    }
  }

  static Object value(RecordComponent component, Record group) {
    try {
      return component.getAccessor().invoke(group);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(
          "every part of the configuration can be read, but not " + component.getName(), e);
    }
  }
}
