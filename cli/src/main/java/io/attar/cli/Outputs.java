package io.attar.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Looks at places to write to before the work begins, not after it. */
final class Outputs {
  private Outputs() {}

  /** Makes the folder, or says why it cannot be one that is written to. */
  static void requireFolder(Path folder, String what) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new WorkException(
          what
              + " must be a folder that can be made and written to: "
              + folder
              + " is not ("
              + reason(e)
              + "); name another",
          e);
    }
    if (!Files.isWritable(folder)) {
      throw new WorkException(
          what
              + " must be a folder that can be written to: "
              + folder
              + " is not; change its permissions or name another");
    }
  }

  /** Makes the folder of a file to come, or says why the file cannot be written. */
  static void requireFile(Path file, String what) {
    if (Files.isDirectory(file)) {
      throw new WorkException(what + " must be a file, but " + file + " is a folder; name a file");
    }
    requireFolder(parent(file), "the folder of " + what);
  }

  /** Copies a file by way of a temporary one, so that the copy is whole or absent. */
  static void copy(Path from, Path to) throws IOException {
    Path half = to.resolveSibling(to.getFileName() + ".tmp");
    try {
      Files.copy(from, half, StandardCopyOption.REPLACE_EXISTING);
      Files.move(half, to, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(half);
    }
  }

  /** The folder that a file is in. */
  static Path parent(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    return folder == null ? file.toAbsolutePath() : folder;
  }

  static String reason(IOException e) {
    return e.getClass().getSimpleName().replace("Exception", "") + " " + e.getMessage();
  }
}
