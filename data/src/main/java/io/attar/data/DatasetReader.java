package io.attar.data;

import java.nio.file.Files;
import java.nio.file.Path;

/** Reads whatever data a command is given: a prepared folder or a folder of whole sessions. */
public final class DatasetReader {
  private DatasetReader() {}

  /**
   * Reads a {@link PreparedFolder} or a {@link SessionFolder}, whichever the folder is.
   *
   * @throws ClickLogException when it is neither, or its text is broken
   * @throws PreparedFolderException when it is a prepared folder that cannot be read
   */
  public static Dataset read(Path path) {
    if (PreparedFolder.isOne(path)) {
      return PreparedFolder.read(path);
    }
    if (SessionFolder.isOne(path)) {
      return SessionFolder.read(path);
    }
    if (Files.isRegularFile(path)) {
      throw ClickLogException.inFile(
          path,
          "data is read from a folder, but this is a file. If it is a click log, run `attar prepare`"
              + " on it first and name the folder that it makes");
    }
    String state =
        Files.isDirectory(path) ? "this folder holds neither" : "there is no such folder";
    throw ClickLogException.inFile(
        path,
        "data is read from a folder that holds either "
            + PreparedFolder.MANIFEST
            + " (made by `attar prepare`) or "
            + SessionFolder.TRAINING_FILE
            + "(.gz) and "
            + SessionFolder.TEST_FILE
            + "(.gz); "
            + state);
  }
}
