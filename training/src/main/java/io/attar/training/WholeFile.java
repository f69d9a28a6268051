package io.attar.training;

import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Files that appear whole or not at all. */
final class WholeFile {
  private WholeFile() {}

  /** Writes the bytes. */
  @FunctionalInterface
  interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  /** Writes beside the file, forces it to disk, moves it into place; leaves nothing else behind. */
  static void write(Path file, Content content) throws IOException {
    Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
    try {
      try (FileOutputStream raw = new FileOutputStream(temporary.toFile());
          OutputStream out = new BufferedOutputStream(raw, 1 << 16)) {
        content.writeTo(out);
        out.flush();
        raw.getFD().sync();
      }
      try {
        Files.move(
            temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } catch (AtomicMoveNotSupportedException e) {
        Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException e) {
      throw new IOException(
          "cannot write "
              + file
              + ": "
              + e.getMessage()
              + "; is the disk full or the folder closed?",
          e);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }
}
