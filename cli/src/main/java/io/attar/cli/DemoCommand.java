package io.attar.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code attar demo}. */
@Command(
    name = "demo",
    description = {
      "Shows a model at work in a page that recommends by itself.",
      "",
      "Serves the page to this machine alone, until it is interrupted; or writes it for any web"
          + " host. The page loads the model once and then asks nobody."
    },
    footer = {
      "",
      "Example:",
      "  attar demo shop.attar --titles titles.csv",
      "  attar demo shop.attar --static site"
    })
final class DemoCommand implements Callable<Integer> {
  private static final int LARGEST_PORT = 65_535;

  private final Console console;

  @Parameters(paramLabel = "MODEL", description = "Model file.")
  private Path model = Path.of("");

  @Option(
      names = "--titles",
      paramLabel = "CSV",
      description = "Titles of items: a CSV with the columns id and title.")
  private @Nullable Path titles;

  @Option(
      names = "--port",
      paramLabel = "N",
      description = "Port on this machine; 0: any that is free. Default: ${DEFAULT-VALUE}",
      defaultValue = "8741")
  private int port;

  @Option(
      names = "--static",
      paramLabel = "FOLDER",
      description = "Writes the page there, as plain files for any web host, and ends.")
  private @Nullable Path folder;

  DemoCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws InterruptedException {
    if (port < 0 || port > LARGEST_PORT) {
      throw new UsageException("--port must lie between 0 and " + LARGEST_PORT + ": " + port);
    }
    DemoSite site = DemoSite.of(model, titles);
    if (folder != null) {
      site.write(folder);
      console.result("%s", folder.resolve("index.html"));
      console.note("Any web host can serve this folder; it needs no program there.");
      return 0;
    }
    try (DemoServer server = new DemoServer(site, port)) {
      console.result("%s", server.address());
      console.note("Open it in a browser. It is served to this machine alone; Ctrl-C ends it.");
      new CountDownLatch(1).await();
    }
    return 0;
  }
}
