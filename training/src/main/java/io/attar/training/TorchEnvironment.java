package io.attar.training;

import java.io.IOException;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;

/** Loads LibTorch once and sets it up for this machine. */
public final class TorchEnvironment {
  private TorchEnvironment() {}

  /**
   * Loads the native library and uses all processors.
   *
   * @throws TrainingException when it cannot be loaded
   */
  public static void prepare() {
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
