package io.attar.benchmarks;

/** Does nothing: what a virtual machine's start and end take. */
final class EmptyProgram {
  private EmptyProgram() {}

  /** Does nothing. */
  public static void main(String[] arguments) {}
}
