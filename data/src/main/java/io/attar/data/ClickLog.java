package io.attar.data;

import it.unimi.dsi.fastutil.longs.LongArrayList;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.duckdb.DuckDBDriver;

/**
 * A click log inside a database (DuckDB) of its own, held in the work folder: it parses, checks,
 * numbers the items and puts the clicks in order; Java then reads the ordered stream, in which a
 * click is three numbers.
 *
 * <p>Clicks are ordered by session (or user), time, and item id, all as they stand, ids as text; so
 * equal times have one order and the same log gives the same stream.
 */
final class ClickLog implements AutoCloseable {
  static final String WRONG_COLUMNS = "wrong number of columns";
  static final String UNCLOSED_QUOTE = "unclosed quote";
  static final String NOT_TEXT = "not UTF-8";
  static final String BROKEN_LINE = "broken line";
  static final String NO_GROUP = "no session";
  static final String NO_ITEM = "no item";
  static final String BAD_TIME = "bad time";

  private static final int EXAMPLES = 5;
  // Numbers below this are seconds (until the year 5138), from here on milliseconds.
  private static final double SECONDS_LIMIT = 1e11;
  private static final double MILLISECONDS_LIMIT = 1e14;
  private static final double MICROSECONDS_PER_SECOND = 1e6;
  private static final double MICROSECONDS_PER_MILLISECOND = 1e3;
  private static final String DAY = "\\d{4}-\\d{2}-\\d{2}";
  private static final String CLOCK = "[T ]\\d{2}:\\d{2}(:\\d{2}([.,]\\d{1,6})?)?";

  private final Path file;
  private final PreparationOptions options;
  private final ProgressListener progress;
  private final Path work;
  private final Connection connection;
  private final String groupColumn;

  private String timeFormat = "";
  private boolean inSeconds = true;
  private long clicksRead;
  private long validClicks;
  private final Map<String, Long> broken = new LinkedHashMap<>();
  private final List<PreparationReport.BrokenLine> examples = new ArrayList<>();

  private ClickLog(
      Path file,
      PreparationOptions options,
      ProgressListener progress,
      Path work,
      Connection connection) {
    this.file = file;
    this.options = options;
    this.progress = progress;
    this.work = work;
    this.connection = connection;
    this.groupColumn =
        options.sessionColumn().isEmpty() ? options.userColumn() : options.sessionColumn();
  }

  /**
   * Loads and checks a log.
   *
   * @param work folder for the database, emptied by the caller afterwards
   * @throws ClickLogException when the log cannot be used
   */
  static ClickLog open(
      Path file, PreparationOptions options, ProgressListener progress, Path work) {
    if (!Files.isRegularFile(file)) {
      throw ClickLogException.inFile(
          file, "there is no such file; name a click log or a folder of whole sessions");
    }
    Connection connection;
    try {
      connection = connect(options, work);
    } catch (SQLException e) {
      throw ClickLogException.inFile(
          file, "the database for it could not be opened (" + e.getMessage() + ")", e);
    }
    ClickLog log = new ClickLog(file, options, progress, work, connection);
    try {
      log.load();
      return log;
    } catch (SQLException e) {
      log.close();
      throw log.failed(e);
    } catch (IOException e) {
      log.close();
      throw TextLog.unreadable(file, 0, e);
    } catch (RuntimeException e) {
      log.close();
      throw e;
    }
  }

  private static Connection connect(PreparationOptions options, Path work) throws SQLException {
    Properties settings = new Properties();
    // Without streaming the whole ordered log would be held in memory as a result.
    settings.setProperty(DuckDBDriver.JDBC_STREAM_RESULTS, "true");
    settings.setProperty("threads", Integer.toString(options.threads()));
    settings.setProperty("memory_limit", options.memoryLimit());
    settings.setProperty("temp_directory", work.resolve("spill").toString());
    settings.setProperty("preserve_insertion_order", "false");
    settings.setProperty("autoinstall_known_extensions", "false");
    settings.setProperty("autoload_known_extensions", "false");
    Connection connection =
        new DuckDBDriver().connect("jdbc:duckdb:" + work.resolve("clicks.db"), settings);
    if (connection == null) {
      throw new SQLException("the driver refused its own address");
    }
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET TimeZone = 'UTC'");
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
    return connection;
  }

  private ClickLogException failed(SQLException failure) {
    return ClickLogException.inFile(
        file,
        "could not be prepared: "
            + failure.getMessage()
            + ". If memory or disk ran out, raise memoryLimit ("
            + options.memoryLimit()
            + ") or name a work folder with more room",
        failure);
  }

  /** Lines (rows) read, broken ones included. */
  long clicksRead() {
    return clicksRead;
  }

  /** How the times were understood. */
  String timeFormat() {
    return timeFormat;
  }

  /** Broken lines by kind. */
  Map<String, Long> broken() {
    return broken;
  }

  /** A few of the broken lines, in the order of the log. */
  List<PreparationReport.BrokenLine> examples() {
    return examples;
  }

  private void load() throws SQLException, IOException {
    progress.progress("reading the log", 0, -1);
    boolean packed = startsWith(Files.newInputStream(file), 0x1f, 0x8b);
    if (packed) {
      try (InputStream head = new GZIPInputStream(Files.newInputStream(file))) {
        if (startsWith(head, 'P', 'A', 'R', '1')) {
          Path plain = work.resolve("log.parquet");
          try (InputStream bytes =
              new BufferedInputStream(new GZIPInputStream(Files.newInputStream(file)))) {
            Files.copy(bytes, plain, StandardCopyOption.REPLACE_EXISTING);
          }
          loadParquet(plain);
          return;
        }
      }
      loadText(true);
    } else if (startsWith(Files.newInputStream(file), 'P', 'A', 'R', '1')) {
      loadParquet(readable(file));
    } else {
      loadText(false);
    }
  }

  private static boolean startsWith(InputStream bytes, int... magic) throws IOException {
    try (bytes) {
      byte[] start = bytes.readNBytes(magic.length);
      for (int m = 0; m < magic.length; m++) {
        if (start.length <= m || (start[m] & 0xff) != magic[m]) {
          return false;
        }
      }
      return true;
    }
  }

  /** A name for the file that the database does not take for a pattern of several files. */
  private Path readable(Path log) throws IOException {
    if (!log.toAbsolutePath().toString().matches(".*[*?\\[\\]{}].*")) {
      return log.toAbsolutePath();
    }
    Path name = log.getFileName();
    String suffix = name != null && name.toString().endsWith(".gz") ? ".gz" : "";
    Path link = work.resolve("log" + suffix);
    try {
      return Files.createSymbolicLink(link, log.toAbsolutePath());
    } catch (IOException | UnsupportedOperationException e) {
      return Files.copy(log, link);
    }
  }

  private void loadText(boolean packed) throws SQLException, IOException {
    TextLog text = TextLog.open(file, packed, options);
    int group = requireColumn(text.columns(), groupColumn);
    int item = requireColumn(text.columns(), options.itemColumn());
    int time = requireColumn(text.columns(), options.timeColumn());
    LineScan scan = text.scan(progress);
    Path source = readable(file);
    boolean sourcePacked = packed;
    if (!scan.unclosed().isEmpty()) {
      if (scan.unclosed().getLong(0) == 1) {
        throw ClickLogException.inLine(file, 1, "the header opens a quote that it does not close");
      }
      count(UNCLOSED_QUOTE, scan.unclosed().size());
      source = work.resolve("log.text");
      sourcePacked = false;
      text.copyWithoutUnclosed(scan, source);
    }
    clicksRead = scan.lines() - 1;
    progress.progress("reading the log", 0, clicksRead);
    StringBuilder columns = new StringBuilder();
    for (int c = 0; c < text.columns().size(); c++) {
      columns.append(c == 0 ? "" : ", ").append("'c").append(c).append("': 'VARCHAR'");
    }
    stage(
        String.format(
            Locale.ROOT,
            "SELECT c%d AS session, c%d AS item, c%d AS time FROM read_csv(%s, auto_detect=false,"
                + " header=true, delim=%s, quote='\"', escape='\"', nullstr='', columns={%s},"
                + " compression='%s', store_rejects=true, rejects_table='rejected',"
                + " rejects_scan='rejected_scan', rejects_limit=0)",
            group,
            item,
            time,
            quoted(source.toString()),
            quoted(String.valueOf(text.delimiter())),
            columns,
            sourcePacked ? "gzip" : "none"),
        textTime(),
        false);
    countRejected();
    long accepted = number("SELECT count(*) FROM clicks");
    long counted = broken.values().stream().mapToLong(Long::longValue).sum();
    if (accepted + counted != clicksRead) {
      throw ClickLogException.inFile(
          file,
          "has "
              + clicksRead
              + " lines by its line ends, but "
              + (accepted + counted)
              + " were read; its line ends or quotes are mixed up, write the log anew with one"
              + " click a line");
    }
    judgeTimes();
    countKinds();
    if (brokenClicks() > 0) {
      describeTextExamples(text, scan, group, item, time);
    }
    finishLoading();
  }

  private void countRejected() throws SQLException {
    // One line may break several rules; it counts once, under the first.
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT kind, count(*) FROM (SELECT line, "
                    + "min(CASE error_type::VARCHAR WHEN 'MISSING COLUMNS' THEN 1"
                    + " WHEN 'TOO MANY COLUMNS' THEN 1 WHEN 'UNQUOTED VALUE' THEN 2"
                    + " WHEN 'INVALID ENCODING' THEN 3 ELSE 4 END) AS kind"
                    + " FROM rejected GROUP BY line) GROUP BY kind ORDER BY kind")) {
      while (rows.next()) {
        count(rejectKind(rows.getInt(1)), rows.getLong(2));
      }
    }
  }

  private static String rejectKind(int kind) {
    return switch (kind) {
      case 1 -> WRONG_COLUMNS;
      case 2 -> UNCLOSED_QUOTE;
      case 3 -> NOT_TEXT;
      default -> BROKEN_LINE;
    };
  }

  private void describeTextExamples(TextLog text, LineScan scan, int group, int item, int time)
      throws SQLException {
    List<PreparationReport.BrokenLine> found = new ArrayList<>();
    for (int l = 0; l < Math.min(EXAMPLES, scan.unclosed().size()); l++) {
      found.add(
          new PreparationReport.BrokenLine(scan.unclosed().getLong(l), UNCLOSED_QUOTE, "", ""));
    }
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT line, min(CASE error_type::VARCHAR WHEN 'MISSING COLUMNS' THEN 1"
                    + " WHEN 'TOO MANY COLUMNS' THEN 1 WHEN 'UNQUOTED VALUE' THEN 2"
                    + " WHEN 'INVALID ENCODING' THEN 3 ELSE 4 END),"
                    + " min(csv_line) FROM rejected GROUP BY line ORDER BY line LIMIT "
                    + EXAMPLES)) {
      while (rows.next()) {
        String line = rows.getString(3);
        found.add(
            new PreparationReport.BrokenLine(
                rows.getLong(1),
                rejectKind(rows.getInt(2)),
                "",
                line == null ? "" : SessionFolder.shortened(line.strip())));
      }
    }
    if (brokenValues() > 0) {
      Set<String> badTimes = badTimes();
      found.addAll(
          text.find(
              values -> {
                if (values.get(group).isBlank()) {
                  return NO_GROUP;
                }
                if (values.get(item).isBlank()) {
                  return NO_ITEM;
                }
                String when = values.get(time);
                return badTimes.contains(when) || otherUnit(when) ? BAD_TIME : "";
              },
              new LongArrayList(scan.unclosed()),
              EXAMPLES));
    }
    found.sort(Comparator.comparingLong(PreparationReport.BrokenLine::line));
    for (PreparationReport.BrokenLine line : found.subList(0, Math.min(EXAMPLES, found.size()))) {
      examples.add(withColumn(line));
    }
  }

  /** Whether a time is a number, but in milliseconds among seconds or the other way round. */
  private boolean otherUnit(String time) {
    try {
      double number = Math.abs(Double.parseDouble(time));
      return number < SECONDS_LIMIT != inSeconds;
    } catch (NumberFormatException e) {
      return false; // not a number, so not one of the wrong size
    }
  }

  private long brokenValues() {
    return broken.getOrDefault(NO_GROUP, 0L)
        + broken.getOrDefault(NO_ITEM, 0L)
        + broken.getOrDefault(BAD_TIME, 0L);
  }

  private PreparationReport.BrokenLine withColumn(PreparationReport.BrokenLine line) {
    String column =
        switch (line.kind()) {
          case NO_GROUP -> groupColumn;
          case NO_ITEM -> options.itemColumn();
          case BAD_TIME -> options.timeColumn();
          default -> "";
        };
    return new PreparationReport.BrokenLine(line.line(), line.kind(), column, line.text());
  }

  private Set<String> badTimes() throws SQLException {
    Set<String> values = new HashSet<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT DISTINCT odd_time FROM judged WHERE kind = 3 AND odd_time IS NOT NULL"
                    + " ORDER BY odd_time LIMIT 1000")) {
      while (rows.next()) {
        values.add(rows.getString(1));
      }
    }
    return values;
  }

  private void loadParquet(Path source) throws SQLException {
    String scan = "read_parquet(" + quoted(source.toString()) + ", file_row_number=true)";
    List<String> names = new ArrayList<>();
    List<String> types = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("DESCRIBE SELECT * FROM " + scan)) {
      while (rows.next()) {
        if (!rows.getString(1).equals("file_row_number")) {
          names.add(rows.getString(1));
          types.add(rows.getString(2));
        }
      }
    }
    requireColumn(names, groupColumn);
    requireColumn(names, options.itemColumn());
    String timeType = types.get(requireColumn(names, options.timeColumn()));
    stage(
        String.format(
            Locale.ROOT,
            "SELECT CAST(%s AS VARCHAR) AS session, CAST(%s AS VARCHAR) AS item, %s AS time,"
                + " file_row_number + 1 AS row FROM %s",
            named(groupColumn),
            named(options.itemColumn()),
            named(options.timeColumn()),
            scan),
        parquetTime(timeType),
        true);
    clicksRead = number("SELECT count(*) FROM clicks");
    judgeTimes();
    countKinds();
    if (brokenClicks() > 0) {
      try (Statement statement = connection.createStatement();
          ResultSet rows =
              statement.executeQuery(
                  "SELECT row, kind, coalesce(session, ''), coalesce(item, ''),"
                      + " coalesce(odd_time, CAST(number AS VARCHAR), '') FROM judged"
                      + " WHERE kind > 0 ORDER BY row LIMIT "
                      + EXAMPLES)) {
        while (rows.next()) {
          String text = rows.getString(3) + ", " + rows.getString(4) + ", " + rows.getString(5);
          examples.add(
              withColumn(
                  new PreparationReport.BrokenLine(
                      rows.getLong(1), kind(rows.getInt(2)), "", SessionFolder.shortened(text))));
        }
      }
    }
    finishLoading();
  }

  private ParsedTime parquetTime(String type) {
    if (type.equals("VARCHAR")) {
      return textTime();
    }
    if (type.startsWith("TIMESTAMP") || type.equals("DATE")) {
      String zoned = type.equals("TIMESTAMP WITH TIME ZONE") ? "time" : "CAST(time AS TIMESTAMP)";
      return new ParsedTime("NULL::DOUBLE", "epoch_us(" + zoned + ")", "CAST(time AS VARCHAR)");
    }
    if (type.matches("U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL.*")) {
      return new ParsedTime("CAST(time AS DOUBLE)", "NULL::BIGINT", "CAST(time AS VARCHAR)");
    }
    throw ClickLogException.inColumn(
        file,
        0,
        options.timeColumn(),
        "must hold numbers, timestamps or text, but holds "
            + type
            + "; write the log with epoch seconds or ISO-8601");
  }

  /**
   * How to read the column {@code time}.
   *
   * @param number SQL of the number that it is, NULL when it is none
   * @param instant SQL of the microseconds since 1970 that it names, NULL when it names none
   * @param text SQL of its text
   */
  private record ParsedTime(String number, String instant, String text) {}

  private static ParsedTime textTime() {
    // A zone-free time is UTC. The plain cast ignores an offset, so it may only see times without.
    String local = DAY + "(" + CLOCK + ")?Z?";
    String zoned = DAY + CLOCK + " ?[+-]\\d{2}(:?\\d{2})?";
    return new ParsedTime(
        "try_cast(time AS DOUBLE)",
        // The patterns are dear, so a number never meets them.
        "CASE WHEN try_cast(time AS DOUBLE) IS NOT NULL THEN NULL WHEN regexp_full_match(time, '"
            + local
            + "') THEN epoch_us(try_cast(replace(time, ',', '.') AS TIMESTAMP))"
            + " WHEN regexp_full_match(time, '"
            + zoned
            + "') THEN epoch_us(try_cast(replace(replace(time, ',', '.'), ' +', '+')"
            + " AS TIMESTAMPTZ)) END",
        "time");
  }

  private void stage(String source, ParsedTime time, boolean rows) throws SQLException {
    String row = rows ? ", row" : "";
    execute(
        "CREATE TABLE clicks AS SELECT session, item, number, instant,"
            + " CASE WHEN number IS NULL AND instant IS NULL OR abs(number) >= "
            + MILLISECONDS_LIMIT
            + " THEN coalesce(text, '') END AS odd_time"
            + row
            + " FROM (SELECT session, item, "
            + "CASE WHEN isfinite("
            + time.number()
            + ") THEN "
            + time.number()
            + " END AS number, "
            + time.instant()
            + " AS instant, "
            + time.text()
            + " AS text"
            + row
            + " FROM ("
            + source
            + "))");
  }

  /** Decides between seconds and milliseconds: the larger half of the numbers has its way. */
  private void judgeTimes() throws SQLException {
    long seconds = 0;
    long milliseconds = 0;
    long instants = 0;
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT count(*) FILTER (abs(number) < "
                    + SECONDS_LIMIT
                    + "), count(*) FILTER (abs(number) >= "
                    + SECONDS_LIMIT
                    + "), count(instant) FROM clicks")) {
      while (row.next()) {
        seconds = row.getLong(1);
        milliseconds = row.getLong(2);
        instants = row.getLong(3);
      }
    }
    inSeconds = seconds >= milliseconds;
    String numbers =
        inSeconds
            ? "epoch seconds (" + seconds + " clicks)"
            : "epoch milliseconds (" + milliseconds + " clicks)";
    String texts = "ISO-8601 (" + instants + " clicks)";
    if (seconds + milliseconds == 0) {
      timeFormat = texts;
    } else {
      timeFormat = instants == 0 ? numbers : numbers + ", " + texts;
    }
    String time =
        "CASE WHEN number IS NULL THEN instant WHEN abs(number) >= "
            + (inSeconds ? 0 : SECONDS_LIMIT)
            + " AND abs(number) < "
            + (inSeconds ? SECONDS_LIMIT : MILLISECONDS_LIMIT)
            + " THEN CAST(round(number * "
            + (inSeconds ? MICROSECONDS_PER_SECOND : MICROSECONDS_PER_MILLISECOND)
            + ") AS BIGINT) END";
    // Each click with its time in microseconds and with what is wrong with it, 0 for nothing.
    execute(
        "CREATE VIEW judged AS SELECT *, CASE WHEN session IS NULL OR trim(session) = '' THEN 1"
            + " WHEN item IS NULL OR trim(item) = '' THEN 2 WHEN time IS NULL THEN 3 ELSE 0 END"
            + " AS kind FROM (SELECT *, "
            + time
            + " AS time FROM clicks)");
  }

  private static String kind(int kind) {
    return switch (kind) {
      case 1 -> NO_GROUP;
      case 2 -> NO_ITEM;
      default -> BAD_TIME;
    };
  }

  private void countKinds() throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT kind, count(*) FROM judged GROUP BY kind ORDER BY kind")) {
      while (rows.next()) {
        if (rows.getInt(1) == 0) {
          validClicks = rows.getLong(2);
        } else {
          count(kind(rows.getInt(1)), rows.getLong(2));
        }
      }
    }
  }

  private void count(String kind, long lines) {
    broken.merge(kind, lines, Long::sum);
  }

  private long brokenClicks() {
    return broken.values().stream().mapToLong(Long::longValue).sum();
  }

  private void finishLoading() {
    if (clicksRead == 0) {
      throw ClickLogException.inFile(file, "must hold clicks, but there is only a header");
    }
    long brokenClicks = brokenClicks();
    double share = (double) brokenClicks / clicksRead;
    if (brokenClicks > 0 && (options.strict() || share > options.maximumBrokenShare())) {
      PreparationReport.BrokenLine first =
          examples.isEmpty()
              ? new PreparationReport.BrokenLine(0, BROKEN_LINE, "", "")
              : examples.get(0);
      String rule =
          options.strict()
              ? "no line may be broken (strict), but here: "
              : String.format(
                  Locale.ROOT,
                  "at most %s of the lines may be broken (maximumBrokenShare), but %d of %d are %s;"
                      + " the first: ",
                  options.maximumBrokenShare(),
                  brokenClicks,
                  clicksRead,
                  broken);
      throw ClickLogException.inColumn(
          file,
          first.line(),
          first.column(),
          rule
              + first.kind()
              + (first.text().isEmpty() ? "" : " " + first.text())
              + hint(first.kind())
              + (options.strict() ? ", or prepare without strict" : ", or raise the share"));
    }
    if (validClicks > Integer.MAX_VALUE - 8) {
      throw ClickLogException.inFile(
          file,
          "at most " + (Integer.MAX_VALUE - 8) + " clicks can be prepared at once: " + validClicks);
    }
  }

  private static String hint(String kind) {
    return switch (kind) {
      case BAD_TIME ->
          ". Times must be epoch seconds or milliseconds (one of them throughout) or ISO-8601 such"
              + " as 2026-01-31T12:30:00Z; correct the log";
      case NO_GROUP, NO_ITEM -> ". Every click needs its ids; correct the log";
      case NOT_TEXT -> ". Convert the log to UTF-8";
      case UNCLOSED_QUOTE ->
          ". A quoted value must be closed on its line, quotes inside doubled; correct the log";
      default -> ". Every line must have as many columns as the header; correct the log";
    };
  }

  private int requireColumn(List<String> columns, String name) {
    int column = columns.indexOf(name);
    if (column < 0) {
      throw ClickLogException.inColumn(
          file,
          0,
          name,
          "there is no such column"
              + NearestName.suggestion(name, columns)
              + " The log has the columns "
              + String.join(", ", columns)
              + "; name the right ones with sessionColumn (or userColumn), itemColumn, timeColumn");
    }
    return column;
  }

  /** The sessions of the log, before any filter but the cut to their latest clicks. */
  Visits visits(Reading reading) {
    try {
      execute(
          "CREATE TABLE numbers AS SELECT item, CAST(row_number() OVER (ORDER BY item) - 1 AS"
              + " INTEGER) AS item_number FROM (SELECT DISTINCT item FROM judged WHERE kind = 0)");
      reading.items = (int) number("SELECT count(*) FROM numbers");
      Visits visits = new Visits((int) validClicks, reading.items);
      // A change of the hash tells a change of the session: that two neighbours in the order of
      // ids share all 63 bits will not happen, and no text has to cross into Java.
      String order =
          "SELECT CAST(hash(session) >> 1 AS BIGINT), time, item_number FROM judged JOIN numbers"
              + " USING (item) WHERE kind = 0 ORDER BY session, time, item_number";
      progress.progress("ordering clicks", 0, validClicks);
      try (Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery(order)) {
        read(rows, visits, reading);
      }
      return visits;
    } catch (SQLException e) {
      throw failed(e);
    }
  }

  /** What was seen while the ordered clicks were read. */
  static final class Reading {
    int items;
    long sessions;
    long cutClicks;
    long cutSessions;
    long shortClicks;
    long shortSessions;
  }

  private void read(ResultSet rows, Visits visits, Reading reading) throws SQLException {
    boolean byGap = options.sessionColumn().isEmpty();
    long gap = options.gapMinutes() * 60L * 1_000_000L;
    int most =
        options.maximumSessionLength() == 0 ? Integer.MAX_VALUE : options.maximumSessionLength();
    long done = 0;
    int length = 0;
    long group = 0;
    long firstTime = 0;
    long lastTime = 0;
    while (rows.next()) {
      long nextGroup = rows.getLong(1);
      long time = rows.getLong(2);
      if (length > 0 && (nextGroup != group || (byGap && time - lastTime > gap))) {
        end(visits, reading, length, most, firstTime, lastTime);
        length = 0;
      }
      if (length == 0) {
        firstTime = time;
      }
      visits.add(length++, rows.getInt(3));
      group = nextGroup;
      lastTime = time;
      if ((++done & 0xFFFFF) == 0) {
        progress.progress("ordering clicks", done, validClicks);
      }
    }
    if (length > 0) {
      end(visits, reading, length, most, firstTime, lastTime);
    }
    progress.progress("ordering clicks", done, validClicks);
  }

  private void end(
      Visits visits, Reading reading, int length, int most, long firstTime, long lastTime) {
    reading.sessions++;
    if (length < options.minimumSessionLength()) {
      // Dropped at once: the filters would, and most sessions of a real log have one click.
      reading.shortSessions++;
      reading.shortClicks += length;
      return;
    }
    if (length > most) {
      reading.cutSessions++;
      reading.cutClicks += length - most;
    }
    visits.end(length, most, firstTime, lastTime);
  }

  /** The ids of those items whose index is not negative, by index. */
  String[] itemIds(int[] indices, int items) {
    String[] ids = new String[items];
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT item_number, item FROM numbers")) {
      while (rows.next()) {
        int index = indices[rows.getInt(1)];
        if (index >= 0) {
          ids[index] = rows.getString(2);
        }
      }
    } catch (SQLException e) {
      throw failed(e);
    }
    return ids;
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private long number(String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      if (!row.next()) {
        throw new SQLException("no row for " + sql);
      }
      return row.getLong(1);
    }
  }

  private static String quoted(String text) {
    return "'" + text.replace("'", "''") + "'";
  }

  private static String named(String column) {
    return "\"" + column.replace("\"", "\"\"") + "\"";
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw failed(e);
    }
  }
}
