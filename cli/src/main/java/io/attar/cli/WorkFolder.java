package io.attar.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The folder where a build keeps what it has done, so that it goes on there when it is started
 * again. One process at a time: a lock of the operating system, gone with the process however it
 * ends.
 */
final class WorkFolder implements AutoCloseable {
  private final Path path;
  private final FileChannel channel;

  private WorkFolder(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /**
   * Makes the folder and takes it, or says why that cannot be.
   *
   * @throws WorkException when it cannot be written to, or another process works in it
   */
  static WorkFolder open(Path path) {
    Outputs.requireFolder(path, "the work folder");
    FileChannel channel;
    try {
      channel =
          FileChannel.open(
              path.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new WorkException(
          "the work folder " + path + " must be writable, but is not (" + Outputs.reason(e) + ")",
          e);
    }
    WorkFolder folder = new WorkFolder(path, channel);
    if (folder.lock() == null) {
      folder.close();
      throw new WorkException(
          "the work folder "
              + path
              + " is in use by another attar: wait until that one ends, or name another with"
              + " --work");
    }
    return folder;
  }

  private @Nullable FileLock lock() {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // taken by this very process
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path path() {
    return path;
  }

  /** The prepared data of a build. */
  Path data() {
    return path.resolve("data");
  }

  /** What the prepared data was made from and how; written after it. */
  Path dataOrigin() {
    return path.resolve("data.origin.json");
  }

  /** For files that are of no use afterwards. */
  Path scratch() {
    return path.resolve("scratch");
  }

  /** Removes what killed preparations left behind. */
  void sweep() throws IOException {
    delete(scratch());
    try (Stream<Path> entries = Files.list(path)) {
      List<Path> halves =
          entries.filter(entry -> entry.getFileName().toString().startsWith(".data.")).toList();
      for (Path half : halves) {
        delete(half);
      }
    }
  }

  static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    List<Path> deepestFirst;
    try (Stream<Path> all = Files.walk(folder)) {
      deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path each : deepestFirst) {
      Files.delete(each);
    }
  }

  /** Gives the folder free; what is in it stays. */
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
