package io.attar.data;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** Files and views that several tests need. */
final class TestFiles {
  private TestFiles() {}

  static Path write(Path file, String text) throws IOException {
    try (OutputStream bytes = Files.newOutputStream(file);
        OutputStream packed =
            file.toString().endsWith(".gz") ? new GZIPOutputStream(bytes) : bytes) {
      packed.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return file;
  }

  static Path sessionFolder(Path folder, String training, String cases) throws IOException {
    Files.createDirectories(folder);
    write(folder.resolve("train.sessions.gz"), training);
    write(folder.resolve("test.prefixes.gz"), cases);
    return folder;
  }

  /** The sessions with item ids, oldest first. */
  static List<List<String>> ids(Dataset dataset, Sessions sessions) {
    List<List<String>> all = new ArrayList<>();
    for (int s = 0; s < sessions.count(); s++) {
      List<String> session = new ArrayList<>();
      for (int item : sessions.session(s)) {
        session.add(dataset.items().id(item));
      }
      all.add(session);
    }
    return all;
  }
}
