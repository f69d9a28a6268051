package io.attar.cli;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Serves a {@link DemoSite} to this machine alone. Paths are looked up among the site's files,
 * never on the disk; a request that names another host is refused, so that no page of the network
 * can read the model by giving its name this machine's address.
 */
final class DemoServer implements AutoCloseable {
  private static final byte[] LOOPBACK = {127, 0, 0, 1};
  private static final Set<String> HOSTS = Set.of("127.0.0.1", "localhost");

  private static final String POLICY =
      "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self';"
          + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private final HttpServer server;
  private final DemoSite site;

  /**
   * Starts to serve.
   *
   * @param port 0 for any that is free
   * @throws WorkException when the port cannot be had
   */
  DemoServer(DemoSite site, int port) {
    this.site = site;
    try {
      InetAddress address = InetAddress.getByAddress("localhost", LOOPBACK);
      server = HttpServer.create(new InetSocketAddress(address, port), 0);
    } catch (IOException e) {
      throw new WorkException(
          "the port " + port + " cannot be had (" + Outputs.reason(e) + "); name another by --port",
          e);
    }
    server.createContext("/", this::answer);
    server.start();
  }

  /** Where the page is. */
  String address() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/";
  }

  @Override
  public void close() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String method = exchange.getRequestMethod();
      boolean head = method.equals("HEAD");
      Headers headers = exchange.getResponseHeaders();
      headers.set("Content-Security-Policy", POLICY);
      headers.set("X-Content-Type-Options", "nosniff");
      headers.set("Referrer-Policy", "no-referrer");
      headers.set("Cross-Origin-Resource-Policy", "same-origin");
      // Isolated from other origins, a page has a clock fine enough for a click.
      headers.set("Cross-Origin-Opener-Policy", "same-origin");
      headers.set("Cross-Origin-Embedder-Policy", "require-corp");
      // Another model may be behind the same address next time.
      headers.set("Cache-Control", "no-store");
      if (!head && !method.equals("GET")) {
        headers.set("Allow", "GET, HEAD");
        exchange.sendResponseHeaders(405, -1);
        return;
      }
      if (!isOurs(exchange.getRequestHeaders().getFirst("Host"))) {
        exchange.sendResponseHeaders(421, -1);
        return;
      }
      String path = exchange.getRequestURI().getRawPath();
      byte[] bytes = path.startsWith("/") ? site.file(path.substring(1)) : null;
      if (bytes == null) {
        exchange.sendResponseHeaders(404, -1);
        return;
      }
      headers.set("Content-Type", DemoSite.type(path.substring(1)));
      if (head) {
        headers.set("Content-Length", Integer.toString(bytes.length));
        exchange.sendResponseHeaders(200, -1);
        return;
      }
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  private boolean isOurs(@Nullable String host) {
    if (host == null) {
      return false;
    }
    int colon = host.lastIndexOf(':');
    String port = colon < 0 ? "80" : host.substring(colon + 1);
    return HOSTS.contains(colon < 0 ? host : host.substring(0, colon))
        && port.equals(Integer.toString(server.getAddress().getPort()));
  }
}
