package io.attar.cli;

import java.io.Serial;

/** What was asked for cannot be done as it was asked; the message says what to ask instead. */
final class UsageException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  UsageException(String message) {
    super(message);
  }

  UsageException(String message, Throwable cause) {
    super(message, cause);
  }
}
