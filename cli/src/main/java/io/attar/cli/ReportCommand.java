package io.attar.cli;

import io.attar.runtime.ModelFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code attar report}. */
@Command(
    name = "report",
    description = {
      "Makes one HTML page of what a build or a sweep found, to look at in any browser.",
      "",
      "The page needs nothing but itself. Its pictures are also written as SVG files, into a folder"
          + " beside it. `attar build --report` and `attar sweep` make one themselves."
    },
    footer = {"", "Example:", "  attar report shop-report sweep-report --out shop.html"})
final class ReportCommand implements Callable<Integer> {
  static final String FILE = "report.html";

  private final Console console;

  @Parameters(
      paramLabel = "FOLDER",
      arity = "1..*",
      description = "Folders with a report.json of a build or a sweep.json of a sweep.")
  private List<Path> folders = List.of();

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Where the page goes. Default: report.html in the first folder")
  private @Nullable Path out;

  ReportCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    Path file = out == null ? folders.get(0).resolve(FILE) : out;
    ReportPage page = page(folders);
    Outputs.requireFile(file, "the page");
    page.write(file);
    console.result("Page: %s", file);
    console.result("Pictures: %s", file.resolveSibling(ReportPage.picturesOf(file)));
    console.result("");
    console.result("Next: open %s in a browser", file);
    return 0;
  }

  /** Makes the page of one folder inside it; the page's place. */
  static Path write(Path folder) throws IOException {
    Path file = folder.resolve(FILE);
    page(List.of(folder)).write(file);
    return file;
  }

  private static ReportPage page(List<Path> folders) throws IOException {
    ReportPage page = new ReportPage("What Attar measured");
    for (Path folder : folders) {
      Path build = folder.resolve(BuildReport.JSON_FILE);
      Path sweep = folder.resolve(SweepReport.JSON_FILE);
      if (!Files.isRegularFile(build) && !Files.isRegularFile(sweep)) {
        throw new WorkException(
            "a folder to report on must hold report.json (`attar build --report`) or sweep.json"
                + " (`attar sweep`), but "
                + folder
                + " holds neither");
      }
      if (Files.isRegularFile(build)) {
        Path model = folder.resolve(BuildReport.MODEL_FILE);
        byte[] bytes = Files.isRegularFile(model) ? ModelFiles.bytes(model) : null;
        try {
          new BuildChapters(page, ReportJson.read(build)).add(bytes);
        } catch (ModelFileException e) {
          throw new WorkException(model + ": " + e.getMessage(), e);
        }
      }
      if (Files.isRegularFile(sweep)) {
        SweepChapters.add(page, "sweep", ReportJson.read(sweep), folder);
      }
    }
    return page;
  }
}
