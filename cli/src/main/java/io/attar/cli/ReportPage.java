package io.attar.cli;

import static j2html.TagCreator.body;
import static j2html.TagCreator.caption;
import static j2html.TagCreator.details;
import static j2html.TagCreator.div;
import static j2html.TagCreator.document;
import static j2html.TagCreator.each;
import static j2html.TagCreator.footer;
import static j2html.TagCreator.h1;
import static j2html.TagCreator.head;
import static j2html.TagCreator.html;
import static j2html.TagCreator.main;
import static j2html.TagCreator.meta;
import static j2html.TagCreator.p;
import static j2html.TagCreator.rawHtml;
import static j2html.TagCreator.summary;
import static j2html.TagCreator.tbody;
import static j2html.TagCreator.td;
import static j2html.TagCreator.th;
import static j2html.TagCreator.thead;
import static j2html.TagCreator.title;
import static j2html.TagCreator.tr;

import io.attar.evaluation.EvaluationReport;
import j2html.tags.DomContent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One HTML page of chapters that needs nothing but itself: no network, no script. Its pictures are
 * part of it, each beside its numbers as a table, and are also written as files of their own.
 */
final class ReportPage {
  /** Says to the browser what the page is allowed to load: nothing. */
  private static final String POLICY = "default-src 'none'; style-src 'unsafe-inline'";

  private static final String STYLE =
      """
      :root { color-scheme: light dark; --ink: #1f2933; --soft: #52606d; --line: #d8dde3;
        --ground: #ffffff; --card: #f5f7fa; --mark: #0072b2; }
      @media (prefers-color-scheme: dark) { :root { --ink: #e4e7eb; --soft: #9aa5b1;
        --line: #3e4c59; --ground: #12181f; --card: #1f2933; --mark: #56b4e9; } }
      * { box-sizing: border-box; }
      body { margin: 0; background: var(--ground); color: var(--ink);
        font: 16px/1.5 system-ui, sans-serif; }
      main, footer { max-width: 66rem; margin: 0 auto; padding: 1rem; }
      footer { color: var(--soft); }
      h1 { font-size: 1.7rem; margin: 1rem 0 .2rem; } h2 { font-size: 1.35rem; margin-top: 2.5rem; }
      h3 { font-size: 1.1rem; margin-top: 2rem; }
      .facts { display: flex; flex-wrap: wrap; gap: .8rem; margin: 1rem 0; }
      .fact { background: var(--card); border: 1px solid var(--line); border-radius: .6rem;
        padding: .6rem 1rem; min-width: 9rem; }
      .fact strong { display: block; font-size: 1.5rem; color: var(--mark); }
      .fact span { color: var(--soft); font-size: .9rem; }
      .wide { overflow-x: auto; }
      table { border-collapse: collapse; font-size: .88rem; margin: .6rem 0; }
      caption { text-align: left; color: var(--soft); padding: .3rem 0; }
      th, td { border-bottom: 1px solid var(--line); padding: .3rem .5rem; text-align: right;
        white-space: nowrap; font-variant-numeric: tabular-nums; }
      th { white-space: normal; vertical-align: bottom; }
      th:first-child, td:first-child { text-align: left; white-space: normal; min-width: 11rem; }
      td[colspan] { text-align: left; }
      tr.ours td { font-weight: 600; }
      svg { max-width: 100%; height: auto; background: #ffffff; border-radius: .4rem;
        border: 1px solid var(--line); }
      pre { overflow-x: auto; background: var(--card); padding: 1rem; border-radius: .4rem; }
      summary { cursor: pointer; }
      """;

  private final String title;
  private final String scored;
  private final List<DomContent> chapters = new ArrayList<>();
  private final Map<String, String> pictures = new LinkedHashMap<>();

  /** A page about model files. */
  ReportPage(String title) {
    this(title, "Every number is of the file as it ships, scored by the runtime on all items");
  }

  /**
   * A page about anything.
   *
   * @param scored what its numbers are of, for the foot of the page
   */
  ReportPage(String title, String scored) {
    this.title = title;
    this.scored = scored;
  }

  /** A number that matters most, with what it is. */
  record Fact(String value, String meaning) {}

  /** A row of a table; the first cell names it. */
  record Row(List<String> cells, boolean ours) {
    Row(List<String> cells) {
      this(cells, false);
    }
  }

  void add(DomContent content) {
    chapters.add(content);
  }

  void facts(List<Fact> facts) {
    add(
        div(each(
                facts,
                fact ->
                    div(
                            j2html.TagCreator.strong(fact.value()),
                            j2html.TagCreator.span(fact.meaning()))
                        .withClass("fact")))
            .withClass("facts"));
  }

  /**
   * A picture, and below it the same as a table.
   *
   * @param name of the picture's file, without its ending
   */
  void picture(String name, String svg, DomContent numbers) {
    picture(name, svg);
    add(details(summary("The same as a table"), numbers));
  }

  /**
   * A picture of a table that stands above it.
   *
   * @param name of the picture's file, without its ending
   */
  void picture(String name, String svg) {
    String unique = name;
    for (int n = 2; pictures.containsKey(unique + ".svg"); n++) {
      unique = name + "-" + n;
    }
    pictures.put(unique + ".svg", svg);
    add(div(rawHtml(svg)).withClass("wide"));
  }

  /** A table; the last cell of a row that is shorter than the header spans what is left. */
  static DomContent table(String about, List<String> header, List<Row> rows) {
    return div(j2html.TagCreator.table(
            caption(about),
            thead(tr(each(header, cell -> th(cell).attr("scope", "col")))),
            tbody(
                each(
                    rows,
                    row ->
                        tr(each(row.cells(), (place, cell) -> cell(place, cell, row, header)))
                            .withCondClass(row.ours(), "ours")))))
        .withClass("wide");
  }

  private static DomContent cell(int place, String cell, Row row, List<String> header) {
    int left = header.size() - place;
    boolean spans = place == row.cells().size() - 1 && left > 1;
    return spans ? td(cell).attr("colspan", left) : td(cell);
  }

  /** Writes the page, and the pictures into a folder beside it, each whole or not at all. */
  void write(Path file) throws IOException {
    Path folder = file.resolveSibling(picturesOf(file));
    if (!pictures.isEmpty()) {
      Outputs.requireFolder(folder, "the folder of the pictures");
    }
    for (Map.Entry<String, String> picture : pictures.entrySet()) {
      EvaluationReport.write(picture.getValue(), folder.resolve(picture.getKey()));
    }
    EvaluationReport.write(text(), file);
  }

  /** Name of the folder with a page's pictures. */
  static String picturesOf(Path file) {
    return String.valueOf(file.getFileName()).replaceAll("\\.html?$", "") + "-pictures";
  }

  String text() {
    return document(
            html(
                    head(
                        meta().withCharset("utf-8"),
                        meta().withName("viewport").withContent("width=device-width"),
                        meta().attr("http-equiv", "Content-Security-Policy").withContent(POLICY),
                        title(title),
                        j2html.TagCreator.style(rawHtml(STYLE))),
                    body(
                        main(h1(title), each(chapters, chapter -> chapter)),
                        footer(
                            p(
                                scored
                                    + "; ties count against the method. This page loads nothing"
                                    + " from anywhere."))))
                .withLang("en"))
        + "\n";
  }
}
