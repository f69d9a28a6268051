package io.attar.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import org.duckdb.DuckDBDriver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Preparation of click logs, from the file on disk to the data set. */
class ClickLogTest {
  private static final long SEED = 4711;

  /** Keeps all: no filter, no split. */
  private static final PreparationOptions ALL =
      PreparationOptions.defaults()
          .with("minimumItemCount", 1)
          .with("testShare", 0)
          .with("validationCases", 0)
          .with("maximumBrokenShare", 1);

  private final Path temporary;

  ClickLogTest(@TempDir Path temporary) {
    this.temporary = temporary;
  }

  private Prepared prepare(PreparationOptions options, Path log) {
    return new Preparation(options, ProgressListener.none())
        .prepare(log, temporary.resolve("work"));
  }

  private Prepared prepare(PreparationOptions options, String log) throws IOException {
    return prepare(options, TestFiles.write(temporary.resolve("clicks.csv"), log));
  }

  private ClickLogException refused(PreparationOptions options, String log) {
    return catchThrowableOfType(ClickLogException.class, () -> prepare(options, log));
  }

  private static List<List<String>> training(Prepared prepared) {
    return TestFiles.ids(prepared.dataset(), prepared.dataset().training());
  }

  @Test
  void ordersClicksByTimeThenItemAndSessionsByEndThenStartThenId() throws IOException {
    Prepared prepared =
        prepare(
            ALL,
            """
            item,session,time
            y,s2,30
            x,s2,30
            c,s1,20
            a,s1,10
            p,s4,5
            q,s4,30
            k,s10,30
            k,s10,30
            l,s9,30
            l,s9,30
            """);
    // s1 ends first; of those that end at 30, s4 starts first; s10 is before s2 and s9 as text.
    assertThat(training(prepared))
        .containsExactly(
            List.of("a", "c"),
            List.of("p", "q"),
            List.of("k", "k"),
            List.of("x", "y"),
            List.of("l", "l"));
    assertThat(prepared.dataset().items().ids())
        .containsExactly("a", "c", "p", "q", "k", "x", "y", "l");
    assertThat(prepared.dataset().name()).isEqualTo("clicks");
    assertThat(prepared.report().clicksRead()).isEqualTo(10);
    assertThat(prepared.report().training().firstEnd()).isEqualTo("1970-01-01T00:00:20Z");
    assertThat(prepared.report().training().lastEnd()).isEqualTo("1970-01-01T00:00:30Z");
  }

  @Test
  void splitsByTimeAndNumbersTestOnlyItemsLast() throws IOException {
    StringBuilder log = new StringBuilder("session,item,time\n");
    for (int s = 0; s < 40; s++) {
      log.append("s%d,a,%d\ns%d,b,%d\n".formatted(s, 100 * s, s, 100 * s + 1));
    }
    log.append("late,new,9000\nlate,a,9001\n");
    Prepared prepared =
        prepare(ALL.with("testShare", 0.1).with("validationCases", 3), log.toString());
    Dataset shop = prepared.dataset();
    assertThat(shop.test().count()).isEqualTo(4);
    assertThat(shop.validation().count()).isEqualTo(3);
    assertThat(shop.training().count()).isEqualTo(34);
    assertThat(shop.catalogueSize()).isEqualTo(2);
    assertThat(shop.items().ids()).containsExactly("a", "b", "new");
    assertThat(TestFiles.ids(shop, shop.test()).get(3)).containsExactly("new", "a");
    assertThat(prepared.report().test())
        .isEqualTo(
            new PreparationReport.Part(4, 8, 4, "1970-01-01T01:01:41Z", "1970-01-01T02:30:01Z"));
    assertThat(prepared.report().validation().sessions()).isEqualTo(3);
    assertThat(prepared.report().catalogueSize()).isEqualTo(2);
    assertThat(prepared.report().items()).isEqualTo(3);
  }

  @Test
  void cutsSessionsAtAGapLongerThanAllowed() throws IOException {
    PreparationOptions byUser = ALL.with("sessionColumn", "").with("gapMinutes", 30);
    Prepared prepared =
        prepare(
            byUser,
            """
            user,item,time
            u,a,0
            u,b,1800
            u,c,3600.5
            u,c,3700
            v,d,3700
            v,d,3800
            """);
    assertThat(training(prepared))
        .containsExactly(List.of("a", "b"), List.of("c", "c"), List.of("d", "d"));
  }

  @Test
  void keepsTheLatestClicksOfLongSessions() throws IOException {
    Prepared prepared =
        prepare(
            ALL.with("maximumSessionLength", 3),
            "session,item,time\ns,a,1\ns,b,2\ns,c,3\ns,d,4\ns,e,5\nt,x,6\nt,y,7\n");
    assertThat(training(prepared)).containsExactly(List.of("c", "d", "e"), List.of("x", "y"));
    assertThat(prepared.report().dropped())
        .contains(new PreparationReport.Dropped("maximumSessionLength", 2, 0, 0));
  }

  @Test
  void filtersUntilNothingChanges() throws IOException {
    // z is rare; without it s3 has one click; without s3 y is rare; without y s4 is too short.
    Prepared prepared =
        prepare(
            ALL.with("minimumItemCount", 2),
            """
            session,item,time
            s1,a,1
            s1,b,2
            s2,b,3
            s2,a,4
            s3,z,5
            s3,y,6
            s4,y,7
            s4,a,8
            s5,a,9
            """);
    assertThat(training(prepared)).containsExactly(List.of("a", "b"), List.of("b", "a"));
    assertThat(prepared.report().dropped())
        .containsExactly(
            new PreparationReport.Dropped("maximumSessionLength", 0, 0, 0),
            new PreparationReport.Dropped("minimumSessionLength", 3, 3, 0),
            new PreparationReport.Dropped("minimumItemCount", 2, 0, 2));
    assertThat(prepared.report().clicks()).isEqualTo(4);
    assertThat(prepared.report().sessions()).isEqualTo(2);
    assertThat(prepared.report().meanSessionLength()).isEqualTo(2.0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          1767225600                    | 1767225660                    | epoch seconds
          1767225600.25                 | 1767225660.0                  | epoch seconds
          1767225600000                 | 1767225660000                 | epoch milliseconds
          1767225600000.5               | 1767225660000                 | epoch milliseconds
          2026-01-01T00:00:00Z          | 2026-01-01T00:01:00Z          | ISO-8601
          2026-01-01T00:00:00           | 2026-01-01T00:01:00           | ISO-8601
          2026-01-01 00:00:00           | 2026-01-01 00:01:00           | ISO-8601
          2026-01-01T00:00:00.123456Z   | 2026-01-01T00:01:00.0Z        | ISO-8601
          2026-01-01T00:00              | 2026-01-01T00:01              | ISO-8601
          2026-01-01T02:00:00+02:00     | 2026-01-01T02:01:00+02:00     | ISO-8601
          2026-01-01 02:00:00 +0200     | 2026-01-01 02:01:00+02        | ISO-8601
          2025-12-31T19:00:00-05:00     | 2025-12-31T19:01:00.000-0500  | ISO-8601
          """)
  void understandsTimes(String first, String second, String format) throws IOException {
    Prepared prepared =
        prepare(ALL, "session,item,time\ns,b,%s\ns,a,%s\n".formatted(second, first));
    assertThat(training(prepared)).containsExactly(List.of("a", "b"));
    assertThat(prepared.report().timeFormat()).isEqualTo(format + " (2 clicks)");
    assertThat(prepared.report().training().lastEnd()).isEqualTo("2026-01-01T00:01:00Z");
  }

  @Test
  void zonesOfOneLogMayDiffer() throws IOException {
    Prepared prepared =
        prepare(
            ALL,
            """
            session,item,time
            s,c,2026-01-01T00:00:02
            s,b,2025-12-31T19:00:01-05:00
            s,a,2026-01-01T02:00:00+02:00
            s,d,1767225603
            """);
    assertThat(training(prepared)).containsExactly(List.of("a", "b", "c", "d"));
    assertThat(prepared.report().timeFormat())
        .isEqualTo("epoch seconds (1 clicks), ISO-8601 (3 clicks)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "noon",
        "",
        "nan",
        "inf",
        "infinity",
        "epoch",
        "2026-13-01T00:00:00Z",
        "2026-01-01T25:00:00Z",
        "1767225600000000",
        "1767225600000",
        "2026-01-01T00:00:00 Europe/Berlin",
        "01.01.2026"
      })
  void countsBadTimes(String time) throws IOException {
    String log = "session,item,time\ns,a,1\ns,b,2\ns,x,%s\ns,c,3\n".formatted(time);
    Prepared prepared = prepare(ALL, log);
    assertThat(training(prepared)).containsExactly(List.of("a", "b", "c"));
    assertThat(prepared.report().broken()).isEqualTo(Map.of("bad time", 1L));
    assertThat(prepared.report().examples())
        .containsExactly(
            new PreparationReport.BrokenLine(4, "bad time", "time", "'s,x," + time + "'"));
    ClickLogException strict = refused(ALL.with("strict", true), log);
    assertThat(strict.line()).isEqualTo(4);
    assertThat(strict.column()).isEqualTo("time");
    assertThat(strict).hasMessageContaining("clicks.csv, line 4, column 'time'");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          s,x         | wrong number of columns |
          s,x,5,6     | wrong number of columns |
          nonsense    | wrong number of columns |
          s,"x,5      | unclosed quote          |
          "s,x,5      | unclosed quote          |
          s,"x"y,5    | unclosed quote          |
          ,x,5        | no session              | session
          "",x,5      | no session              | session
          '"  ",x,5'  | no session              | session
          s,,5        | no item                 | item
          s,"",5      | no item                 | item
          """)
  void countsBrokenLines(String line, String kind, String column) throws IOException {
    String log = "session,item,time\ns,a,1\ns,b,2\n" + line + "\ns,c,3\ns,d,4\n";
    Prepared prepared = prepare(ALL, log);
    assertThat(training(prepared)).containsExactly(List.of("a", "b", "c", "d"));
    assertThat(prepared.report().clicksRead()).isEqualTo(5);
    assertThat(prepared.report().broken()).isEqualTo(Map.of(kind, 1L));
    assertThat(prepared.report().brokenLines()).isEqualTo(1);
    assertThat(prepared.report().examples()).hasSize(1);
    assertThat(prepared.report().examples().get(0).line()).isEqualTo(4);
    ClickLogException strict = refused(ALL.with("strict", true), log);
    assertThat(strict.line()).isEqualTo(4);
    assertThat(strict.column()).isEqualTo(column == null ? "" : column);
    assertThat(strict).hasMessageContaining(kind).hasMessageContaining("correct the log");
  }

  @Test
  void countsLinesThatAreNotUtf8() throws IOException {
    byte[] log =
        "session,item,time\ns,a,1\ns,\u00ff,2\ns,b,3\n".getBytes(StandardCharsets.ISO_8859_1);
    Path file = Files.write(temporary.resolve("latin.csv"), log);
    Prepared prepared = prepare(ALL, file);
    assertThat(training(prepared)).containsExactly(List.of("a", "b"));
    assertThat(prepared.report().broken()).isEqualTo(Map.of("not UTF-8", 1L));
    assertThat(prepared.report().examples().get(0).line()).isEqualTo(3);
  }

  @Test
  void anOpenQuoteDoesNotSwallowTheLinesAfterIt() throws IOException {
    StringBuilder log = new StringBuilder("session,item,time\n");
    for (int c = 1; c <= 5000; c++) {
      log.append(c == 77 || c == 4000 ? "s,\"open," : "s" + c / 2 + ",a,").append(c).append('\n');
    }
    Path file = TestFiles.write(temporary.resolve("quotes.csv.gz"), log.toString());
    Prepared prepared = prepare(ALL, file);
    assertThat(prepared.report().clicksRead()).isEqualTo(5000);
    assertThat(prepared.report().broken()).isEqualTo(Map.of("unclosed quote", 2L));
    assertThat(prepared.report().examples())
        .extracting(PreparationReport.BrokenLine::line)
        .containsExactly(78L, 4001L);
    // s0 and s2500 have one click each, s38 and s2000 lost one of their two.
    assertThat(prepared.report().clicks()).isEqualTo(5000 - 2 - 4);
  }

  @Test
  void refusesALogWithTooManyBrokenLinesNamingTheFirst() {
    StringBuilder log = new StringBuilder("session,item,time\n");
    for (int c = 1; c <= 200; c++) {
      log.append(c % 50 == 7 ? "s" + c + ",a\n" : "s" + c / 2 + ",a," + c + "\n");
    }
    ClickLogException refused = refused(ALL.with("maximumBrokenShare", 0.01), log.toString());
    assertThat(refused.line()).isEqualTo(8);
    assertThat(refused)
        .hasMessageContaining("at most 0.01 of the lines may be broken")
        .hasMessageContaining("4 of 200")
        .hasMessageContaining("wrong number of columns=4");
    assertThat(
            catchThrowableOfType(
                ClickLogException.class,
                () -> prepare(ALL.with("maximumBrokenShare", 0.02), log.toString())))
        .isNull();
  }

  @Test
  void readsQuotedValues() throws IOException {
    Prepared prepared =
        prepare(
            ALL,
            """
            "session","item","time","note"
            s,"a,1",1,"she said ""no"", twice"
            s,"b ""x""\",2,
            s,5" pipe,3,""
            """);
    assertThat(training(prepared)).containsExactly(List.of("a,1", "b \"x\"", "5\" pipe"));
    assertThat(prepared.report().brokenLines()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"'\t',clicks.tsv", "';',clicks.csv", "'|',clicks.txt", "'\t',clicks.tsv.gz"})
  void readsOtherDelimitersAndGzip(String delimiter, String name) throws IOException {
    String log = "session,item,time\ns,a,1\ns,b,2\n".replace(",", delimiter);
    Path file = TestFiles.write(temporary.resolve(name), log);
    assertThat(training(prepare(ALL, file))).containsExactly(List.of("a", "b"));
    assertThat(training(prepare(ALL.with("delimiter", delimiter), file)))
        .containsExactly(List.of("a", "b"));
  }

  @Test
  void ignoresByteOrderMarkCarriageReturnsBlankLinesAndAMissingLastLineEnd() throws IOException {
    Prepared prepared = prepare(ALL, "\uFEFFsession,item,time\r\ns,a,1\r\n\r\ns,b,2\r\n\r\ns,c,3");
    assertThat(training(prepared)).containsExactly(List.of("a", "b", "c"));
    assertThat(prepared.report().clicksRead()).isEqualTo(3);
    assertThat(prepared.report().brokenLines()).isZero();
  }

  @Test
  void aNameThatLooksLikeAPatternIsOneFile() throws IOException {
    TestFiles.write(temporary.resolve("log1.csv"), "session,item,time\nt,x,1\nt,y,2\n");
    Path file =
        TestFiles.write(temporary.resolve("log[1]'s.csv"), "session,item,time\ns,a,1\ns,b,2\n");
    assertThat(training(prepare(ALL, file))).containsExactly(List.of("a", "b"));
  }

  private Path parquet(String name, String query) throws SQLException {
    Path file = temporary.resolve(name);
    try (Connection connection = new DuckDBDriver().connect("jdbc:duckdb:", new Properties());
        Statement statement = connection.createStatement()) {
      statement.execute("COPY (" + query + ") TO '" + file + "' (FORMAT parquet)");
    }
    return file;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1767225600 + t::BIGINT",
        "(1767225600 + t::BIGINT) * 1000",
        "(1767225600 + t::BIGINT) * 1000.0::DOUBLE",
        "(1767225600 + t)::VARCHAR",
        "TIMESTAMP '2026-01-01 00:00:00' + to_seconds(t)",
        "TIMESTAMPTZ '2026-01-01 00:00:00+00' + to_seconds(t)"
      })
  void readsParquet(String time) throws SQLException, IOException {
    Path file =
        parquet(
            "clicks.parquet",
            "SELECT * FROM (SELECT s AS session, i AS item, "
                + time
                + " AS time FROM (VALUES (1, 7, 2), (1, 8, 1), (2, 9, 3), (2, 7, 4)) v(s, i, t))");
    Prepared prepared = prepare(ALL, file);
    assertThat(training(prepared)).containsExactly(List.of("8", "7"), List.of("9", "7"));
    assertThat(prepared.report().training().lastEnd()).isEqualTo("2026-01-01T00:00:04Z");
    Path packed = temporary.resolve("clicks.parquet.gz");
    try (var target = new java.util.zip.GZIPOutputStream(Files.newOutputStream(packed))) {
      Files.copy(file, target);
    }
    assertThat(prepare(ALL, packed).dataset().identity()).isEqualTo(prepared.dataset().identity());
  }

  @Test
  void countsBrokenRowsOfParquet() throws SQLException {
    Path file =
        parquet(
            "clicks.parquet",
            "SELECT * FROM (VALUES ('s', 'a', '1'), ('s', NULL, '2'), ('s', 'b', 'noon'),"
                + " ('s', 'c', '3'), (' ', 'c', '3')) v(session, item, time)");
    Prepared prepared = prepare(ALL, file);
    assertThat(training(prepared)).containsExactly(List.of("a", "c"));
    assertThat(prepared.report().broken())
        .isEqualTo(Map.of("no item", 1L, "bad time", 1L, "no session", 1L));
    assertThat(prepared.report().examples())
        .extracting(PreparationReport.BrokenLine::line)
        .containsExactly(2L, 3L, 5L);
    assertThat(prepared.report().examples())
        .extracting(PreparationReport.BrokenLine::column)
        .containsExactly("item", "time", "session");
  }

  @Test
  void refusesBrokenParquetAndUnfitTimeColumns() throws SQLException, IOException {
    Path file = parquet("clicks.parquet", "SELECT 's' AS session, 'a' AS item, true AS time");
    assertThatThrownBy(() -> prepare(ALL, file))
        .isInstanceOf(ClickLogException.class)
        .hasMessageContaining("column 'time'")
        .hasMessageContaining("BOOLEAN");
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length - 20));
    assertThatThrownBy(() -> prepare(ALL, file))
        .isInstanceOf(ClickLogException.class)
        .hasMessageContaining("clicks.parquet: could not be prepared");
  }

  @Test
  void namesTheColumnsFoundWhenOneIsMissing() {
    ClickLogException refused = refused(ALL, "session_id,item,time\ns,a,1\ns,b,2\n");
    assertThat(refused.column()).isEqualTo("session");
    assertThat(refused)
        .hasMessageContaining("did you mean 'session_id'?")
        .hasMessageContaining("session_id, item, time")
        .hasMessageContaining("sessionColumn");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''                                | 1 | must name the columns
          \\nsession,item,time\\ns,a,1      | 1 | must name the columns
          session,"item,time\\ns,a,1        | 1 | opens a quote
          session,item,time,item\\ns,a,1,b  | 1 | must occur once
          session,item,time                 | 0 | only a header
          session,item,time\\n              | 0 | only a header
          """)
  void refusesLogsWithoutAHeaderOrClicks(String log, long line, String rule) {
    ClickLogException refused = refused(ALL, log.replace("\\n", "\n"));
    assertThat(refused).hasMessageContaining("clicks.csv").hasMessageContaining(rule);
    assertThat(refused.line()).isEqualTo(line);
  }

  @Test
  void saysWhatTookEverythingAway() {
    ClickLogException refused =
        refused(PreparationOptions.defaults(), "session,item,time\ns,a,1\ns,b,2\nt,a,3\n");
    assertThat(refused)
        .hasMessageContaining("3 clicks were read")
        .hasMessageContaining("minimumSessionLength dropped 1 clicks, 2 sessions")
        .hasMessageContaining("minimumItemCount dropped 2 clicks")
        .hasMessageContaining("Lower minimumItemCount (5)");
  }

  @Test
  void refusesACutGzipFile() throws IOException {
    StringBuilder log = new StringBuilder("session,item,time\n");
    for (int c = 0; c < 20_000; c++) {
      log.append("s").append(c / 3).append(",i").append(c * 31 % 101).append(",").append(c);
      log.append('\n');
    }
    Path file = TestFiles.write(temporary.resolve("clicks.csv.gz"), log.toString());
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length / 2));
    assertThatThrownBy(() -> prepare(ALL, file))
        .isInstanceOf(ClickLogException.class)
        .hasMessageContaining("clicks.csv.gz: the gzip file is cut or damaged");
  }

  @Test
  void refusesAFileThatIsNotThereAndARecipeForALog() throws IOException {
    assertThatThrownBy(() -> prepare(ALL, temporary.resolve("nowhere.csv")))
        .isInstanceOf(ClickLogException.class)
        .hasMessageContaining("nowhere.csv: there is no such file");
    assertThatThrownBy(() -> prepare(ALL.with("recipe", "tmall"), "session,item,time\n"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'tmall'")
        .hasMessageContaining("leave the recipe out");
  }

  @Test
  void leavesNothingInTheWorkFolder() throws IOException {
    Path work = Files.createDirectory(temporary.resolve("work"));
    prepare(ALL, "session,item,time\ns,a,1\ns,b,2\n");
    assertThat(work).isEmptyDirectory();
    refused(ALL, "session,item,time\ns,a,1\n");
    assertThat(work).isEmptyDirectory();
  }

  @Test
  void namesAWorkFolderThatIsAFile() throws IOException {
    Files.writeString(temporary.resolve("work"), "x", StandardCharsets.UTF_8);
    assertThatThrownBy(() -> prepare(ALL, "session,item,time\ns,a,1\ns,b,2\n"))
        .isInstanceOf(java.io.UncheckedIOException.class)
        .hasMessageContaining("work folder")
        .hasMessageContaining("name another");
  }

  @Test
  void orderOfLinesAndNumberOfThreadsDoNotMatter() throws IOException {
    Path log = temporary.resolve("simulated.csv");
    new SimulatedShop(SimulatedShopOptions.defaults().withSize(500, 10, 20_000)).write(log);
    List<String> lines = new ArrayList<>(Files.readAllLines(log, StandardCharsets.US_ASCII));
    PreparationOptions options = PreparationOptions.defaults();
    String identity = prepare(options.with("threads", 2), log).dataset().identity();
    assertThat(prepare(options.with("threads", 2), log).dataset().identity()).isEqualTo(identity);
    assertThat(prepare(options.with("threads", 1), log).dataset().identity()).isEqualTo(identity);
    Collections.shuffle(lines.subList(1, lines.size()), new Random(SEED));
    Path shuffled = temporary.resolve("shuffled.csv");
    Files.write(shuffled, lines, StandardCharsets.US_ASCII);
    assertThat(prepare(options, shuffled).dataset().identity()).isEqualTo(identity);
  }

  @Test
  void tellsHowFarItIs() throws IOException {
    List<String> stages = new ArrayList<>();
    Path log =
        TestFiles.write(temporary.resolve("clicks.csv"), "session,item,time\ns,a,1\ns,b,2\n");
    new Preparation(
            ALL,
            (stage, done, total) -> {
              if (stages.isEmpty() || !stages.get(stages.size() - 1).equals(stage)) {
                stages.add(stage);
              }
            })
        .prepare(log, temporary.resolve("work"));
    assertThat(stages)
        .containsExactly("reading the log", "ordering clicks", "filtering", "splitting");
  }
}
