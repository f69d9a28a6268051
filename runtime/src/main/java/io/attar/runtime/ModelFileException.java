package io.attar.runtime;

import java.io.IOException;

/**
 * Says that bytes are not a model file this runtime can use: which section, where, which rule was
 * broken and by which value. The one exception for a bad model file; nothing else escapes the
 * reader, whatever the bytes.
 */
public final class ModelFileException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String section;
  private final long offset;

  ModelFileException(String section, long offset, String problem) {
    super(
        "model file, "
            + section
            + ", byte "
            + offset
            + ": "
            + problem
            + ". The file is damaged or was written by another version: copy or export it again");
    this.section = section;
    this.offset = offset;
  }

  /** Tag of the section that broke a rule, or {@code "frame"} for what lies before the sections. */
  public String section() {
    return section;
  }

  /** Position in the file, in bytes from its start, near which the rule was broken. */
  public long offset() {
    return offset;
  }
}
