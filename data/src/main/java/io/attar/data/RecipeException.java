package io.attar.data;

/** Data that is not what a recipe names: the message lists the counts that do not hold. */
public final class RecipeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  RecipeException(String message) {
    super(message);
  }
}
