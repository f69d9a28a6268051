package io.attar.data;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A prepared data folder that cannot be written or read; the message says which and what to do. */
public final class PreparedFolderException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  PreparedFolderException(Path path, String problem) {
    this(path, problem, null);
  }

  PreparedFolderException(Path path, String problem, @Nullable Throwable cause) {
    super(path + ": " + problem, cause);
  }
}
