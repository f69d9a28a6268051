package io.attar.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.attar.web.WebFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The demo page with a model, as files by path: all that is served, and all that is written for
 * another web host.
 */
final class DemoSite {
  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "json", "application/json",
          "svg", "image/svg+xml",
          "wasm", "application/wasm",
          "csv", "text/csv; charset=utf-8",
          "attar", "application/octet-stream");

  private final Map<String, byte[]> files;

  private DemoSite(Map<String, byte[]> files) {
    this.files = Collections.unmodifiableMap(files);
  }

  /**
   * The site of a model.
   *
   * @param titles CSV of item ids and titles; null for none
   * @throws WorkException when the model or the titles cannot be read or the model is not sound
   */
  static DemoSite of(Path model, @Nullable Path titles) {
    Map<String, byte[]> files = new LinkedHashMap<>();
    for (String name : WebFiles.demoFiles()) {
      files.put(name, WebFiles.demoFile(name));
    }
    for (String name : WebFiles.packageFiles()) {
      if (TYPES.containsKey(extension(name)) && !name.endsWith(".json")) {
        files.put("runtime/" + name, WebFiles.packageFile(name));
      }
    }
    files.put("model.attar", ModelFiles.bytes(model));
    if (titles != null) {
      files.put("titles.csv", titleBytes(titles));
    }
    files.put("demo.json", settings(model, titles != null));
    return new DemoSite(files);
  }

  /** The bytes at a path, without a leading slash; null when there is nothing. */
  byte @Nullable [] file(String path) {
    return files.get(path.isEmpty() ? "index.html" : path);
  }

  /** The media type of a path that has a file. */
  static String type(String path) {
    String type = TYPES.get(path.isEmpty() ? "html" : extension(path));
    if (type == null) {
      throw new IllegalStateException("a file of the site must be of a known type: " + path);
    }
    return type;
  }

  /** Writes all files, each by way of a temporary one; whatever else the folder holds stays. */
  void write(Path folder) {
    Outputs.requireFolder(folder, "the folder of the static site");
    files.forEach(
        (path, bytes) -> {
          Path place = folder.resolve(path);
          Path half = place.resolveSibling(place.getFileName() + ".tmp");
          try {
            Files.createDirectories(Outputs.parent(place));
            try {
              Files.write(half, bytes);
              Files.move(half, place, StandardCopyOption.REPLACE_EXISTING);
            } finally {
              Files.deleteIfExists(half);
            }
          } catch (IOException e) {
            throw new WorkException(
                place + " could not be written (" + Outputs.reason(e) + "); name another folder",
                e);
          }
        });
  }

  private static byte[] titleBytes(Path titles) {
    if (!Files.isRegularFile(titles)) {
      throw new WorkException(
          "there is no file of titles " + titles + "; name a CSV of two columns, id and title");
    }
    try {
      return Files.readAllBytes(titles);
    } catch (IOException e) {
      throw new WorkException(
          "the titles " + titles + " could not be read (" + Outputs.reason(e) + ")", e);
    }
  }

  private static byte[] settings(Path model, boolean titles) {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("model", String.valueOf(model.getFileName()));
    settings.put("titles", titles);
    try {
      return new ObjectMapper().writeValueAsBytes(settings);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException("a map of texts can be written as JSON", e);
    }
  }

  private static String extension(String path) {
    return path.substring(path.lastIndexOf('.') + 1);
  }
}
