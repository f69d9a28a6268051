package io.attar.cli;

import java.io.Serial;

/** The work could not be done; the message says where, why and what to do. */
final class WorkException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  WorkException(String message) {
    super(message);
  }

  WorkException(String message, Throwable cause) {
    super(message, cause);
  }
}
