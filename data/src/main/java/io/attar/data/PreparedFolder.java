package io.attar.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/**
 * A data set on disk, ready to be read in a moment: {@code manifest.json} (format version, name,
 * identity, counts, and the report with its options) beside one file a column, little-endian, each
 * closed by a checksum. The identity is worked out anew from what was read, so a folder whose files
 * do not belong together is found out too.
 *
 * <p>A folder is written under a temporary name beside its place and moved there when it is
 * complete: a reader sees all of it or nothing.
 */
public final class PreparedFolder {
  /** The version that this code writes and reads. */
  static final int FORMAT_VERSION = 1;

  static final String MANIFEST = "manifest.json";
  private static final String ITEM_IDS = "items.ids";
  private static final String AGAIN = "; run `attar prepare` again on the click log";
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private PreparedFolder() {}

  /** Whether the folder says that it is one. */
  static boolean isOne(Path folder) {
    return Files.isRegularFile(folder.resolve(MANIFEST));
  }

  /**
   * Writes a data set and how it came about. A prepared folder that is already there is replaced.
   *
   * @throws PreparedFolderException when something else is there, or it cannot be written
   */
  public static void write(Path folder, Dataset dataset, PreparationReport report) {
    Path place = folder.toAbsolutePath().normalize();
    if (place.getParent() == null || place.getFileName() == null) {
      throw new PreparedFolderException(folder, "data needs a folder of its own; name another");
    }
    Path incoming = sibling(place, "new");
    try {
      refuseToOverwrite(place);
      Files.createDirectories(place.getParent());
      Files.createDirectory(incoming);
      try {
        writeFiles(incoming, dataset, report);
        moveIntoPlace(incoming, place);
      } finally {
        TemporaryFolder.delete(incoming);
      }
    } catch (FileAlreadyExistsException e) {
      throw new PreparedFolderException(
          folder,
          "cannot be made a folder because the file "
              + e.getFile()
              + " is in its way; name another",
          e);
    } catch (IOException e) {
      throw new PreparedFolderException(
          folder,
          "could not be written ("
              + e
              + "); check that the disk has room and that the folder above it may be written",
          e);
    }
  }

  private static Path sibling(Path place, String purpose) {
    return place.resolveSibling(
        "."
            + place.getFileName()
            + "."
            + purpose
            + ProcessHandle.current().pid()
            + "-"
            + System.nanoTime()
            + ".tmp");
  }

  private static void refuseToOverwrite(Path place) throws IOException {
    if (Files.isDirectory(place)) {
      try (var entries = Files.list(place)) {
        if (!isOne(place) && entries.findAny().isPresent()) {
          throw new PreparedFolderException(
              place, "holds something that is no prepared data; name a new or empty folder");
        }
      }
    } else if (Files.exists(place)) {
      throw new PreparedFolderException(
          place, "prepared data needs a folder, but this is a file; name another");
    }
  }

  private static void moveIntoPlace(Path incoming, Path place) throws IOException {
    if (!Files.exists(place)) {
      Files.move(incoming, place);
      return;
    }
    Path outgoing = sibling(place, "old");
    Files.move(place, outgoing);
    try {
      Files.move(incoming, place);
    } catch (IOException e) {
      Files.move(outgoing, place);
      throw e;
    }
    TemporaryFolder.delete(outgoing);
  }

  private static void writeFiles(Path folder, Dataset dataset, PreparationReport report)
      throws IOException {
    ColumnFile.writeTexts(folder.resolve(ITEM_IDS), dataset.items().ids());
    writeSessions(folder, "training", dataset.training());
    writeSessions(folder, "validation", dataset.validation());
    writeSessions(folder, "test", dataset.test());
    ObjectNode manifest = JSON.createObjectNode();
    manifest.put("formatVersion", FORMAT_VERSION);
    manifest.put("name", dataset.name());
    manifest.put("identity", dataset.identity());
    manifest.put("minimumPrefixLength", dataset.minimumPrefixLength());
    manifest.put("items", dataset.items().size());
    manifest.put("catalogueSize", dataset.catalogueSize());
    manifest.set("report", JSON.valueToTree(report));
    // The manifest comes last: a folder without it is no prepared folder.
    Files.writeString(
        folder.resolve(MANIFEST), JSON.writeValueAsString(manifest) + "\n", StandardCharsets.UTF_8);
  }

  private static void writeSessions(Path folder, String part, Sessions sessions)
      throws IOException {
    ColumnFile.writeNumbers(
        folder.resolve(part + ".starts"),
        sessions.count() + 1,
        s -> s == sessions.count() ? sessions.clickCount() : sessions.start(s));
    ColumnFile.writeNumbers(folder.resolve(part + ".items"), sessions.clickCount(), sessions::item);
  }

  /**
   * Reads the data set.
   *
   * @throws PreparedFolderException when the folder is none, of another version, cut or damaged
   */
  public static Dataset read(Path folder) {
    JsonNode manifest = manifest(folder);
    try {
      Items items = new Items(ColumnFile.readTexts(folder.resolve(ITEM_IDS)));
      Dataset dataset =
          Dataset.of(
              required(folder, manifest, "name").asText(),
              items,
              required(folder, manifest, "catalogueSize").asInt(-1),
              readSessions(folder, "training"),
              readSessions(folder, "validation"),
              readSessions(folder, "test"),
              required(folder, manifest, "minimumPrefixLength").asInt(-1));
      String identity = required(folder, manifest, "identity").asText();
      if (!dataset.identity().equals(identity)) {
        throw new PreparedFolderException(
            folder,
            "must hold the data "
                + identity
                + " by its manifest, but its files hold "
                + dataset.identity()
                + AGAIN);
      }
      return dataset;
    } catch (IllegalArgumentException e) {
      throw new PreparedFolderException(
          folder, "does not fit together: " + e.getMessage() + AGAIN, e);
    } catch (IOException e) {
      throw new PreparedFolderException(folder, "could not be read (" + e + ")" + AGAIN, e);
    }
  }

  /**
   * Reads how the data came about.
   *
   * @throws PreparedFolderException when the folder is none, of another version, cut or damaged
   */
  public static PreparationReport readReport(Path folder) {
    JsonNode report = required(folder, manifest(folder), "report");
    try {
      return JSON.treeToValue(report, PreparationReport.class);
    } catch (JsonProcessingException e) {
      throw new PreparedFolderException(
          folder.resolve(MANIFEST), "holds no readable report (" + e.getMessage() + ")" + AGAIN, e);
    }
  }

  private static Sessions readSessions(Path folder, String part) throws IOException {
    return new Sessions(
        ColumnFile.readNumbers(folder.resolve(part + ".items")),
        ColumnFile.readNumbers(folder.resolve(part + ".starts")));
  }

  private static JsonNode manifest(Path folder) {
    Path file = folder.resolve(MANIFEST);
    if (!isOne(folder)) {
      throw new PreparedFolderException(
          folder, "must hold " + MANIFEST + " but does not; make it with `attar prepare`");
    }
    JsonNode manifest;
    try {
      manifest = JSON.readTree(file.toFile());
    } catch (IOException e) {
      throw new PreparedFolderException(file, "is damaged (" + e.getMessage() + ")" + AGAIN, e);
    }
    JsonNode version = required(folder, manifest, "formatVersion");
    if (!version.isInt() || version.asInt() != FORMAT_VERSION) {
      throw new PreparedFolderException(
          folder,
          "was written in format version "
              + version.asText()
              + ", but this Attar reads version "
              + FORMAT_VERSION
              + AGAIN);
    }
    return manifest;
  }

  private static JsonNode required(Path folder, JsonNode manifest, String name) {
    JsonNode value = manifest.get(name);
    if (value == null || value.isNull()) {
      throw new PreparedFolderException(
          folder.resolve(MANIFEST), "must state '" + name + "' but does not" + AGAIN);
    }
    return value;
  }

  /** Every file that a prepared folder holds. */
  static Set<String> files() {
    return Set.of(
        MANIFEST,
        ITEM_IDS,
        "training.starts",
        "training.items",
        "validation.starts",
        "validation.items",
        "test.starts",
        "test.items");
  }
}
