package io.attar.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.teavm.interop.Export;

/** What ships is whole, small and free of what a strict page forbids. */
final class WebFilesTest {
  private static final int MOST_BYTES = 100 * 1024;

  /** What a page loads: one engine and the module around it, compressed as a server does. */
  @ParameterizedTest
  @ValueSource(strings = {"engine.wasm", "engine.js"})
  void theRuntimeTakesAtMost100KilobytesCompressed(String engine) throws IOException {
    assertThat(
            compressed(WebFiles.packageFile(engine)) + compressed(WebFiles.packageFile("index.js")))
        .isBetween(10 * 1024, MOST_BYTES);
  }

  @Test
  void allFilesAreThere() {
    for (String name : WebFiles.packageFiles()) {
      assertThat(WebFiles.packageFile(name)).as(name).isNotEmpty();
    }
    for (String name : WebFiles.demoFiles()) {
      assertThat(WebFiles.demoFile(name)).as(name).isNotEmpty();
    }
    assertThatThrownBy(() -> WebFiles.packageFile("../demo/index.html"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("../demo/index.html");
    assertThatThrownBy(() -> WebFiles.demoFile("demo.map"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("index.html");
  }

  @Test
  void thePackageNamesItsFiles() throws IOException {
    JsonNode manifest = new ObjectMapper().readTree(WebFiles.packageFile("package.json"));
    assertThat(manifest.get("name").asText()).isEqualTo("@attar/runtime");
    assertThat(manifest.get("version").asText()).matches("\\d+\\.\\d+\\.\\d+.*");
    List<String> shipped = new ArrayList<>(List.of("package.json"));
    manifest.get("files").forEach(name -> shipped.add(name.asText()));
    assertThat(shipped).containsExactlyInAnyOrderElementsOf(WebFiles.packageFiles());
    assertThat(manifest.has("dependencies")).isFalse();
  }

  /** Both engines export every function under its own name, and index.js calls no other. */
  @Test
  void engineAndModuleAgree() {
    String javascript = text(WebFiles.packageFile("engine.js"));
    String module = text(WebFiles.packageFile("index.js"));
    int exported = 0;
    for (Method method : Engine.class.getDeclaredMethods()) {
      Export wasm = method.getAnnotation(Export.class);
      if (wasm != null) {
        exported++;
        assertThat(wasm.name()).isEqualTo("attar." + method.getName());
        assertThat(javascript).contains(" as " + method.getName());
        assertThat(module).contains("." + method.getName() + "(");
      }
    }
    assertThat(exported).isGreaterThan(50);
  }

  /** A strict content security policy forbids functions made of text. */
  @ParameterizedTest
  @ValueSource(strings = {"index.js", "engine.js"})
  void nothingIsEvaluatedFromText(String name) {
    assertThat(text(WebFiles.packageFile(name)))
        .doesNotContain("new Function")
        .doesNotContainPattern("\\beval\\s*\\(");
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static int compressed(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
      zip.write(bytes);
    }
    return out.size();
  }
}
