package io.attar.evaluation.chart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.attar.evaluation.Origin;
import java.io.StringReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

/** Where things are drawn, and that what is drawn can be read. */
final class ChartTest {
  @Test
  void aLogarithmicAxisGrowsWithTheLogarithm() {
    LogarithmicAxis axis = new LogarithmicAxis(1, 900, 0, 300);
    assertThat(axis.ticks()).hasSize(4);
    assertThat(axis.place(1)).isEqualTo(0);
    assertThat(axis.place(10)).isCloseTo(100, within(1e-9));
    assertThat(axis.place(1000)).isCloseTo(300, within(1e-9));
  }

  @Test
  void aLinearAxisEndsInRoundNumbers() {
    LinearAxis axis = new LinearAxis(203_428, 620_579, 0, 500);
    assertThat(axis.ticks()).containsExactly(200e3, 300e3, 400e3, 500e3, 600e3, 700e3);
    assertThat(axis.place(300e3)).isCloseTo(100, within(1e-9));
    assertThat(axis.label(200e3)).isEqualTo("200,000");
    LinearAxis fine = new LinearAxis(27.91, 28.14, 440, 40);
    assertThat(fine.label(fine.ticks().get(0))).isEqualTo("27.90");
    assertThat(fine.place(28.15)).isCloseTo(40, within(1e-6));
    assertThat(new LinearAxis(0, 1, 0, 1).label(0.2)).isEqualTo("0.2");
  }

  @Test
  void anAxisOfOneValueHoldsIt() {
    for (double value : new double[] {0, 28.05, 620_579, -3}) {
      LinearAxis axis = new LinearAxis(value, value, 0, 100);
      assertThat(axis.place(value)).as("%s", value).isBetween(0.0, 100.0);
      assertThat(axis.ticks()).hasSizeBetween(2, 12);
    }
  }

  @Test
  void timesReadWell() {
    assertThat(BarChart.time(0.5)).isEqualTo("0.5 µs");
    assertThat(BarChart.time(12.34)).isEqualTo("12.3 µs");
    assertThat(BarChart.time(123.4)).isEqualTo("123 µs");
    assertThat(BarChart.time(100)).isEqualTo("100 µs");
    assertThat(BarChart.time(2_500_000)).isEqualTo("2.5 s");
  }

  @Test
  void aScatterChartTellsItsSeriesApartWithoutColour() throws Exception {
    List<ScatterChart.Series> series = new ArrayList<>();
    for (int s = 0; s < 4; s++) {
      series.add(
          new ScatterChart.Series(
              "K<" + s, List.of(new ScatterChart.Point(s, 20 + s, "row & " + s, s == 1)), false));
    }
    Document picture =
        parse(
            new ScatterChart(
                    "Size & accuracy",
                    new ScatterChart.Axis("bytes", List.of()),
                    "NDCG@10",
                    series,
                    new ScatterChart.Line("front", series.get(1).points()),
                    List.of(
                        new ScatterChart.Level("teacher", 25), new ScatterChart.Level("floor", 2)))
                .draw());
    // A point and its sign in the legend each: circles, then three kinds of polygons.
    assertThat(picture.getElementsByTagName("circle").getLength()).isEqualTo(2);
    assertThat(picture.getElementsByTagName("polygon").getLength()).isEqualTo(6);
    List<String> titles = texts(picture, "title");
    assertThat(titles).contains("Size & accuracy", "row & 0", "row & 3", "K<2");
    assertThat(texts(picture, "text")).contains("bytes", "NDCG@10", "front", "teacher", "K<3");
    // A level far below would leave the points no room: it is named, the near one is drawn.
    assertThat(texts(picture, "text"))
        .contains("floor", "below", "25")
        .doesNotContain("above", "5");
    List<Integer> corners = new ArrayList<>();
    var polygons = picture.getElementsByTagName("polygon");
    for (int i = 0; i < polygons.getLength(); i++) {
      var points = polygons.item(i).getAttributes().getNamedItem("points").getNodeValue();
      corners.add(points.split(" ", -1).length);
    }
    assertThat(corners).containsExactly(4, 4, 3, 3, 4, 4);
    assertThat(picture.getElementsByTagName("polyline").getLength()).isEqualTo(1);
  }

  @Test
  void placesHaveNamesAndNothingAtAllCanBeDrawn() throws Exception {
    ScatterChart.Axis axis = new ScatterChart.Axis("weight", List.of("0", "0.5", "1"));
    List<ScatterChart.Point> points =
        List.of(new ScatterChart.Point(0, 1, "a", true), new ScatterChart.Point(2, 2, "b", true));
    Document joined =
        parse(
            new ScatterChart(
                    "t",
                    axis,
                    "y",
                    List.of(new ScatterChart.Series("s", points, true)),
                    ScatterChart.Line.NONE,
                    List.of())
                .draw());
    assertThat(texts(joined, "text")).contains("0.5", "weight");
    assertThat(joined.getElementsByTagName("polyline").getLength()).isEqualTo(1);
    Document empty =
        parse(
            new ScatterChart("t", axis, "y", List.of(), ScatterChart.Line.NONE, List.of()).draw());
    assertThat(texts(empty, "title")).containsExactly("t");
  }

  @Test
  void anOriginNamesMachineAndCommit(@TempDir Path nowhere) {
    Origin here = Origin.look(Path.of(""));
    assertThat(here.commit()).matches("[0-9a-f]{40}( \\+ changes)?|unknown \\(.+\\)");
    assertThat(here.cores()).isPositive();
    assertThat(here.java()).contains(System.getProperty("java.vm.name"));
    assertThat(Origin.look(nowhere).commit()).isEqualTo("unknown (no git checkout here)");
  }

  private static Document parse(String svg) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(svg)));
  }

  private static List<String> texts(Document document, String tag) {
    List<String> texts = new ArrayList<>();
    var nodes = document.getElementsByTagName(tag);
    for (int i = 0; i < nodes.getLength(); i++) {
      texts.add(nodes.item(i).getTextContent());
    }
    return texts;
  }
}
