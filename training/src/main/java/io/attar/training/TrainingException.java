package io.attar.training;

/** Training cannot go on; the message says why and what to change. */
public final class TrainingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Names what went wrong, where, and the way out. */
  public TrainingException(String message) {
    super(message);
  }

  /** Likewise, with what caused it. */
  public TrainingException(String message, Throwable cause) {
    super(message, cause);
  }
}
