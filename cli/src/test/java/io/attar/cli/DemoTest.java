package io.attar.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the demo serves and what it refuses; the page itself is tested in a browser. */
final class DemoTest {
  private static final Path MODEL =
      Path.of("../runtime/src/test/resources/golden/version-3-codes-repeat-network.attar");

  private static final Map<String, String> TYPES =
      Map.of(
          "/", "text/html; charset=utf-8",
          "/index.html", "text/html; charset=utf-8",
          "/demo.css", "text/css; charset=utf-8",
          "/demo.js", "text/javascript; charset=utf-8",
          "/icon.svg", "image/svg+xml",
          "/demo.json", "application/json",
          "/model.attar", "application/octet-stream",
          "/runtime/index.js", "text/javascript; charset=utf-8",
          "/runtime/engine.wasm", "application/wasm");

  @TempDir Path folder = Path.of("");

  /** Sends lines as they are, so that nothing tidies up the path; answers the whole response. */
  private static String ask(DemoServer server, String method, String path, String host)
      throws IOException {
    URI address = URI.create(server.address());
    try (Socket socket = new Socket(address.getHost(), address.getPort())) {
      OutputStream out = socket.getOutputStream();
      String lines =
          method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
      out.write(lines.getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
      InputStream in = socket.getInputStream();
      return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  private static String ask(DemoServer server, String method, String path) throws IOException {
    return ask(server, method, path, URI.create(server.address()).getAuthority());
  }

  @Test
  void servesThePageAndTheModel() throws IOException {
    try (DemoServer server = new DemoServer(DemoSite.of(MODEL, null), 0)) {
      for (Map.Entry<String, String> file : TYPES.entrySet()) {
        assertThat(ask(server, "GET", file.getKey()))
            .startsWith("HTTP/1.1 200 ")
            .containsIgnoringCase("\r\nContent-type: " + file.getValue() + "\r\n")
            .containsIgnoringCase("\r\nContent-security-policy: default-src 'none';")
            .containsIgnoringCase("\r\nX-content-type-options: nosniff\r\n")
            .doesNotContain("unsafe-inline", "'unsafe-eval'", "Access-control");
      }
      String model = ask(server, "GET", "/model.attar");
      byte[] body =
          model.substring(model.indexOf("\r\n\r\n") + 4).getBytes(StandardCharsets.ISO_8859_1);
      assertThat(body).isEqualTo(Files.readAllBytes(MODEL));
      assertThat(ask(server, "GET", "/demo.json"))
          .endsWith("{\"model\":\"version-3-codes-repeat-network.attar\",\"titles\":false}");
      assertThat(ask(server, "GET", "/titles.csv")).startsWith("HTTP/1.1 404 ");
      assertThat(ask(server, "HEAD", "/model.attar"))
          .startsWith("HTTP/1.1 200 ")
          .containsIgnoringCase("\r\nContent-length: " + body.length + "\r\n")
          .endsWith("\r\n\r\n");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/../pom.xml",
        "/runtime/../../pom.xml",
        "/..%2fpom.xml",
        "/%2e%2e/pom.xml",
        "//etc/passwd",
        "/etc/passwd",
        "/runtime/",
        "/runtime",
        "/index.html/",
        "/INDEX.HTML",
        "/index.html%00.js",
        "/io/attar/web/Engine.class"
      })
  void nothingElseIsServed(String path) throws IOException {
    try (DemoServer server = new DemoServer(DemoSite.of(MODEL, null), 0)) {
      assertThat(ask(server, "GET", path)).startsWith("HTTP/1.1 404 ").endsWith("\r\n\r\n");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get"})
  void nothingIsTaken(String method) throws IOException {
    try (DemoServer server = new DemoServer(DemoSite.of(MODEL, null), 0)) {
      assertThat(ask(server, method, "/"))
          .startsWith("HTTP/1.1 405 ")
          .containsIgnoringCase("Allow: GET, HEAD");
    }
  }

  @ParameterizedTest
  @CsvSource({"shop.example", "127.0.0.1", "127.0.0.1:1", "localhost.shop.example:80", "''"})
  void anotherHostIsRefused(String host) throws IOException {
    try (DemoServer server = new DemoServer(DemoSite.of(MODEL, null), 0)) {
      assertThat(ask(server, "GET", "/model.attar", host)).startsWith("HTTP/1.1 421 ");
      int port = URI.create(server.address()).getPort();
      assertThat(ask(server, "GET", "/", "localhost:" + port)).startsWith("HTTP/1.1 200 ");
    }
  }

  @Test
  void otherAddressesOfThisMachineDoNotAnswer() throws IOException {
    try (DemoServer server = new DemoServer(DemoSite.of(MODEL, null), 0)) {
      int port = URI.create(server.address()).getPort();
      assertThat(server.address()).startsWith("http://127.0.0.1:");
      for (NetworkInterface network : Collections.list(NetworkInterface.getNetworkInterfaces())) {
        for (InetAddress address : Collections.list(network.getInetAddresses())) {
          if (!address.isLoopbackAddress()) {
            assertThatThrownBy(() -> new Socket(address, port).close())
                .isInstanceOf(IOException.class);
          }
        }
      }
      assertThatThrownBy(() -> new DemoServer(DemoSite.of(MODEL, null), port))
          .isInstanceOf(WorkException.class)
          .hasMessageContaining("--port");
    }
  }

  @Test
  void writesPlainFiles() throws IOException {
    Path titles = Attar.file(folder, "names.csv", "id,title", "a,First");
    Path site = folder.resolve("site");
    Attar.Outcome outcome =
        Attar.run("demo", MODEL, "--titles", titles, "--static", site).succeeded();
    assertThat(outcome.out().trim()).isEqualTo(site.resolve("index.html").toString());
    try (Stream<Path> all = Files.walk(site)) {
      List<String> names =
          all.filter(Files::isRegularFile)
              .map(file -> site.relativize(file).toString().replace('\\', '/'))
              .toList();
      assertThat(names)
          .contains("index.html", "demo.js", "runtime/index.js", "runtime/engine.wasm")
          .contains("runtime/engine.js", "model.attar", "titles.csv", "demo.json")
          .noneMatch(name -> name.endsWith(".tmp"));
    }
    assertThat(site.resolve("titles.csv")).hasSameBinaryContentAs(titles);
    assertThat(site.resolve("model.attar")).hasSameBinaryContentAs(MODEL);
    assertThat(site.resolve("index.html")).content().contains("Content-Security-Policy");
    // Again, into what is there.
    Attar.run("demo", MODEL, "--static", site).succeeded();
    Path blocked = folder.resolve("blocked");
    Files.createDirectories(blocked.resolve("index.html/in-the-way"));
    Attar.run("demo", MODEL, "--static", blocked).failedWith(1, "index.html could not be written");
  }

  @Test
  void badInput() throws IOException {
    Attar.run("demo", folder.resolve("none.attar")).failedWith(1, "none.attar", "attar build");
    Path text = Attar.file(folder, "text.attar", "no model");
    Attar.run("demo", text, "--static", folder.resolve("never")).failedWith(1, "text.attar");
    assertThat(folder.resolve("never")).doesNotExist();
    Attar.run("demo", MODEL, "--titles", folder.resolve("no.csv"))
        .failedWith(1, "no.csv", "id and title");
    Attar.run("demo", MODEL, "--port", "65536").failedWith(2, "--port", "between 0 and 65535");
  }
}
