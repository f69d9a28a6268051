package io.attar.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.StringReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

final class ResultPageTest {

  @Test
  void pageHoldsEveryMedian() {
    Report report = report();
    assertThat(ResultPage.markdown(report))
        .contains("| runtime | 10 µs (20 µs) | 30 µs (40 µs) | 1.0 |")
        .contains("| ONNX Runtime, <graph> & others | 500 µs | 1.5 ms | 50 |")
        .contains("| floor: codes and codebooks read, lookup table made | 2 µs |  | 9 |")
        .contains("| clustered | 4 | 32 | 10,000 | 50,000 | runtime, every item scored | 70 µs |")
        .contains("| shop | default | 2 | 123,457 | 12 |")
        .contains("| nothing |  | 40 ms | 15 |");
  }

  /** Every ratio from the numbers below; where a target depends on a file's role, that one's. */
  @Test
  void targetsComeFromTheMeasurements() {
    assertThat(Targets.of(report()))
        .extracting(row -> row.aim() + "|" + row.measured() + "|" + row.reached())
        .containsExactly(
            "at least 20|50|yes", // 500 / 10 at 5 clicks
            "at least 20|50|yes", // 1,500 / 30 at 20 clicks
            "at least 20|9.0|no", // 72 / 8, not the plain Gather's 160
            "|20|",
            "at least 1,000|1,125|yes",
            "|25|",
            "at most 3|4.0|no",
            "at least 100|1,000|yes", // 7 ms / 7
            "at most 60 ms|55 ms|yes");
    assertThat(ResultPage.summary(report()))
        .contains(
            "| shop default file, ranking alone: ONNX Runtime, lookup graph, 1 thread (72 µs)"
                + " / runtime (8 µs) | at least 20 | 9.0 | no |",
            "| 1,000,000 clustered items, M=4, K=32, click to the best 20: runtime, every item"
                + " scored (7 ms) / runtime (7 µs) | at least 100 | 1,000 | yes |");
  }

  @Test
  void onlyThePartBetweenTheMarkersChanges() {
    String page = "before\n" + ResultPage.START + "\nold\n" + ResultPage.END + "\nafter\n";
    String filled = ResultPage.fill(page, ResultPage.summary(report()));
    assertThat(filled)
        .startsWith("before\n" + ResultPage.START + "\nsome processor, 2 cores, 4 GiB")
        .endsWith("\n" + ResultPage.END + "\nafter\n")
        .contains("| runtime |")
        .doesNotContain("old");
    assertThat(ResultPage.fill(filled, ResultPage.summary(report()))).isEqualTo(filled);
    assertThatThrownBy(() -> ResultPage.fill("no marker", ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(ResultPage.START);
  }

  @Test
  void picturesAreWellFormed() throws Exception {
    Document bars = parse(ResultPage.clickChart(report()));
    // The background and one bar a contestant.
    assertThat(bars.getElementsByTagName("rect").getLength()).isEqualTo(3);
    assertThat(texts(bars)).contains("ONNX Runtime, <graph> & others", "30 µs", "1.5 ms");
    Document ranking = parse(ResultPage.rankingChart(report()));
    assertThat(ranking.getElementsByTagName("rect").getLength()).isEqualTo(7);
    assertThat(texts(ranking))
        .contains("shop, default file: weighted mean, 40,000 items, M=11, K=256");
    Document lines = parse(ResultPage.itemsChart(report()));
    assertThat(lines.getElementsByTagName("polyline").getLength()).isEqualTo(3);
    assertThat(texts(lines)).contains("M=4, K=32, clustered: every item scored", "100,000");
  }

  @Test
  void jsonComesBackEqual(@TempDir Path folder) throws Exception {
    Json.write(report(), folder.resolve("result.json"));
    assertThat(Json.read(folder.resolve("result.json"), Report.class)).isEqualTo(report());
  }

  private static Report report() {
    List<Report.Timing> timings =
        List.of(
            new Report.Timing("runtime", 5, 10, 20.0, 1_000),
            new Report.Timing("ONNX Runtime, <graph> & others", 5, 500, null, 9),
            new Report.Timing("runtime", 20, 30, 40.0, 1_000),
            new Report.Timing("ONNX Runtime, <graph> & others", 20, 1_500, null, 9));
    List<Report.Timing> ranking =
        List.of(
            new Report.Timing("runtime", 5, 8, null, 9),
            new Report.Timing("ONNX Runtime, lookup graph, 1 thread", 5, 72, null, 9),
            new Report.Timing(ModelMeasurement.PLAIN_GATHER, 5, 160, null, 9),
            new Report.Timing(TensorTrainContestant.REBUILT, 5, 9_000, null, 9),
            new Report.Timing(TensorTrainContestant.CONTRACTED, 5, 200, null, 9),
            new Report.Timing(Floor.WHOLE, 5, 2, null, 9));
    List<Report.Synthetic> synthetic = new ArrayList<>();
    for (int items : new int[] {10_000, 1_000_000}) {
      synthetic.add(
          new Report.Synthetic(
              "clustered",
              items,
              4,
              32,
              128,
              5 * items,
              List.of(
                  new Report.Timing("runtime", 5, 7, null, 9),
                  new Report.Timing(ScanContestant.NAME, 5, items / 1_000.0 * 7, null, 9),
                  new Report.Timing(Floor.WHOLE, 5, 1, null, 9))));
    }
    return new Report(
        new Machine("some processor", 2, 1L << 32, "an OS", "17", "1.29.0", "abc", "2026-11-21"),
        List.of(
            new Report.Model(
                "shop",
                "default",
                "weighted mean",
                40_000,
                128,
                11,
                256,
                680_000,
                600_000,
                "rank 8",
                40,
                1,
                timings,
                ranking,
                9_000)),
        synthetic,
        List.of(new Report.Server("shop", "default", 2, 123_456.7, 12.3)),
        List.of(
            new Report.Start(ProcessStart.NOTHING, "", 40, 15),
            new Report.Start(ProcessStart.RUNTIME, "", 95, 15)));
  }

  private static Document parse(String svg) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(svg)));
  }

  private static List<String> texts(Document document) {
    List<String> texts = new ArrayList<>();
    var nodes = document.getElementsByTagName("text");
    for (int i = 0; i < nodes.getLength(); i++) {
      texts.add(nodes.item(i).getTextContent());
    }
    return texts;
  }
}
