package io.attar.web;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * What this module is made of, for those who serve or write it: the package's files and the demo
 * page's. The page finds the package in a folder {@code runtime} beside it.
 */
public final class WebFiles {
  private static final List<String> PACKAGE =
      Collections.unmodifiableList(
          Arrays.asList(
              "index.js",
              "index.d.ts",
              "engine.wasm",
              "engine.js",
              "package.json",
              "README.md",
              "LICENSE"));

  private static final List<String> DEMO =
      Collections.unmodifiableList(
          Arrays.asList(
              "index.html", "demo.css", "demo.js", "explanation.js", "parts.js", "icon.svg"));

  private WebFiles() {}

  /** Names of the package's files. */
  public static List<String> packageFiles() {
    return PACKAGE;
  }

  /** Names of the demo page's files. */
  public static List<String> demoFiles() {
    return DEMO;
  }

  /**
   * A file of the package.
   *
   * @throws IllegalArgumentException when it has no such file
   */
  public static byte[] packageFile(String name) {
    return file("package", PACKAGE, name);
  }

  /**
   * A file of the demo page.
   *
   * @throws IllegalArgumentException when it has no such file
   */
  public static byte[] demoFile(String name) {
    return file("demo", DEMO, name);
  }

  private static byte[] file(String folder, List<String> names, String name) {
    if (!names.contains(name)) {
      throw new IllegalArgumentException(
          "a file of the " + folder + " must be one of " + names + ": " + name);
    }
    try (InputStream in = WebFiles.class.getResourceAsStream(folder + "/" + name)) {
      if (in == null) {
        throw new IllegalStateException(
            "the jar of the module web lacks " + folder + "/" + name + "; build it again");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException("a jar that is open can be read", e);
    }
  }
}
