package io.attar.training;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.StandardOpenOption;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** Loads LibTorch once and sets it up for this machine. */
public final class TorchEnvironment {
  private static boolean loaded;

  private TorchEnvironment() {}

  /**
   * Loads the native library and uses all processors. The first use unpacks it into a folder that
   * all programs share, one program at a time: one that maps a library while another still writes
   * it dies of a bus error.
   *
   * @throws TrainingException when it cannot be loaded
   */
  public static synchronized void prepare() {
    if (loaded) {
      return;
    }
    try (FileChannel channel = lockFile()) {
      try (FileLock lock = channel == null ? null : channel.lock()) {
        load();
      }
    } catch (IOException e) {
      load(); // a file system without locks: programs that start together are rare
    }
    loaded = true;
  }

  /** Null where the folder cannot be written to: then nobody unpacks anything there either. */
  private static @Nullable FileChannel lockFile() {
    try {
      return FileChannel.open(
          Loader.getCacheDir().toPath().resolve("attar.lock"),
          StandardOpenOption.CREATE,
          StandardOpenOption.WRITE);
    } catch (IOException | LinkageError e) {
      return null;
    }
  }

  private static void load() {
    try {
      torch.set_num_threads(Runtime.getRuntime().availableProcessors());
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
