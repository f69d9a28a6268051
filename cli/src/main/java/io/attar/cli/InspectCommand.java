package io.attar.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.attar.runtime.ModelFile;
import io.attar.runtime.ModelFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code attar inspect}. */
@Command(
    name = "inspect",
    description =
        "Shows what a model file is made of: sections, bytes, sizes, where it comes from.",
    footer = {"", "Example:", "  attar inspect shop.attar"})
final class InspectCommand implements Callable<Integer> {
  static final Map<String, String> SECTIONS =
      Map.ofEntries(
          Map.entry("PROV", "provenance"),
          Map.entry("MODL", "kinds and sizes"),
          Map.entry("ITEM", "item ids"),
          Map.entry("POPL", "popular items"),
          Map.entry("DENS", "item vectors"),
          Map.entry("CODE", "codes"),
          Map.entry("BOOK", "codebooks"),
          Map.entry("ENCO", "encoder"),
          Map.entry("RPTH", "repeat head"),
          Map.entry("RNET", "repeat network"),
          Map.entry("BIAS", "item biases"));

  private final Console console;

  @Parameters(paramLabel = "MODEL", description = "Model file.")
  private Path place = Path.of("");

  InspectCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    byte[] bytes = ModelFiles.bytes(place);
    ModelFile file;
    try {
      file = ModelFile.read(bytes);
    } catch (ModelFileException e) {
      throw new WorkException(place + ": " + e.getMessage(), e);
    }
    console.result("%s: format version %d, %,d bytes", place, file.version(), bytes.length);
    console.result("");
    console.result("items                   %,d", file.itemCount());
    console.result("dimension               %d", file.dimension());
    console.result("encoder                 %s", file.encoderKind());
    console.result("maximum session length  %d clicks", file.maximumSessionLength());
    console.result("item table              %s", file.tableKind());
    if (file.codebookCount() > 0) {
      console.result(
          "codebooks               %d of %d codewords", file.codebookCount(), file.codewordCount());
      console.result("items with dense rows   %,d", file.denseItemCount());
    }
    console.result("item biases             %s", file.hasBias() ? "yes" : "no");
    console.result("");
    console.result("%-7s  %-16s %12s %8s %8s", "section", "what", "bytes", "an item", "share");
    long sections = 0;
    for (ModelFile.Section section : file.sections()) {
      boolean lists = section.tag().equals("DENS") && file.tableKind().equals("neighbours");
      String what = lists ? "neighbours" : SECTIONS.getOrDefault(section.tag(), section.tag());
      row(section.tag(), what, section.length(), file.itemCount(), bytes.length);
      sections += section.length();
    }
    row("frame", "table of sections", bytes.length - sections, file.itemCount(), bytes.length);
    console.result("");
    console.result("provenance:");
    ObjectMapper json = new ObjectMapper();
    try {
      console.result(
          json.writerWithDefaultPrettyPrinter()
              .writeValueAsString(Measurement.provenance(bytes, place)));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("what was read as JSON can be written as JSON", e);
    }
    console.result("");
    console.result("Next: attar recommend %s ITEM ...", place);
    return 0;
  }

  private void row(String tag, String what, long length, int items, long whole) {
    console.result(
        "%-7s  %-16s %,12d %8.2f %6.1f %%",
        tag, what, length, (double) length / items, 100.0 * length / whole);
  }
}
