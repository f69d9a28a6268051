package io.attar.training;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.LockSupport;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_full;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** Loads LibTorch once and sets it up for this machine. */
public final class TorchEnvironment {
  private static boolean loaded;
  private static @Nullable Workers workers;

  private TorchEnvironment() {}

  /**
   * Loads the native library and uses all processors. The first use unpacks it into a folder that
   * programs share: one that maps a library while another still writes it dies of a bus error, so
   * they go one after the other.
   *
   * @throws TrainingException when it cannot be loaded
   */
  public static synchronized void prepare() {
    if (!loaded) {
      try (Turn turn = Turn.take()) {
        load();
      }
      loaded = true;
    }
  }

  /** The workers of the program, one for each of the library's threads. */
  static synchronized Workers workers() {
    if (workers == null) {
      prepare();
      workers = new Workers(torch.get_num_threads());
    }
    return workers;
  }

  /** The right to load, which one program has at a time. */
  private record Turn(@Nullable FileChannel channel) implements AutoCloseable {
    /**
     * Unpacking takes seconds; whoever holds on longer is stopped, or the file system is broken.
     */
    private static final int MOST_WAITS = 600;

    private static final long WAIT_NANOSECONDS = 100_000_000;

    /**
     * Waits for it, but not forever; where the file system has no locks there is nothing to take.
     */
    static Turn take() {
      FileChannel channel = null;
      try {
        Path file =
            Loader.getCacheDir()
                .toPath()
                .resolve("attar-" + System.getProperty("user.name") + ".lock");
        channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        for (int wait = 0; wait < MOST_WAITS && channel.tryLock() == null; wait++) {
          LockSupport.parkNanos(WAIT_NANOSECONDS);
        }
      } catch (IOException | LinkageError | OverlappingFileLockException e) {
        // Loading says better than this what is wrong with the folder or the library.
      }
      return new Turn(channel);
    }

    @Override
    public void close() {
      if (channel != null) {
        try {
          channel.close();
        } catch (IOException e) {
          throw new UncheckedIOException("a lock on the library's folder cannot be given back", e);
        }
      }
    }
  }

  private static void load() {
    try {
      torch.set_num_threads(Runtime.getRuntime().availableProcessors());
      Loader.load(openblas_full.class); // the workers' way to its threads
    } catch (LinkageError e) {
      throw new TrainingException(
          "LibTorch cannot be loaded on "
              + System.getProperty("os.name")
              + " "
              + System.getProperty("os.arch")
              + ": "
              + e.getMessage()
              + "; run attar doctor",
          e);
    }
  }

  /** Version of the LibTorch binding. */
  public static String version() {
    try {
      return Loader.getVersion("org.bytedeco", "pytorch");
    } catch (IOException e) {
      return "unknown";
    }
  }
}
