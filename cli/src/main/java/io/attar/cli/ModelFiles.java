package io.attar.cli;

import io.attar.runtime.ModelFileException;
import io.attar.runtime.Recommender;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens model files named on the command line. */
final class ModelFiles {
  private ModelFiles() {}

  /**
   * Opens a model file; never reads beyond the length it declares.
   *
   * @throws WorkException when it is missing, cannot be read, or is no sound model file
   */
  static Recommender open(Path file) {
    requireFile(file);
    try (InputStream in = Files.newInputStream(file)) {
      return Recommender.open(in);
    } catch (ModelFileException e) {
      throw new WorkException(file + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw new WorkException(
          "the model file " + file + " could not be read (" + Outputs.reason(e) + ")", e);
    }
  }

  /** The bytes of a model file that {@link #open} found sound. */
  static byte[] bytes(Path file) {
    open(file); // a foreign file of any size is refused by its first bytes, not read whole
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new WorkException(
          "the model file " + file + " could not be read (" + Outputs.reason(e) + ")", e);
    }
  }

  private static void requireFile(Path file) {
    if (Files.isDirectory(file)) {
      throw new WorkException(
          "a model is one file, but " + file + " is a folder; name the .attar file in it");
    }
    if (!Files.exists(file)) {
      throw new WorkException(
          "there is no model file " + file + "; `attar build` makes one from a click log");
    }
  }
}
