package io.attar.data;

import it.unimi.dsi.fastutil.longs.LongArrayList;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/** A click log that is text: its header, its delimiter, and its lines one by one. */
final class TextLog {
  private static final String DELIMITERS = "\t,;|";
  private static final int LONGEST_HEADER = 1 << 20;

  private final Path file;
  private final boolean packed;
  private final char delimiter;
  private final List<String> columns;

  private TextLog(Path file, boolean packed, char delimiter, List<String> columns) {
    this.file = file;
    this.packed = packed;
    this.delimiter = delimiter;
    this.columns = columns;
  }

  /** Looks at the first line of the log. */
  static TextLog open(Path file, boolean packed, PreparationOptions options) {
    String header;
    try (InputStream bytes = stream(file, packed)) {
      header = firstLine(bytes);
    } catch (IOException e) {
      throw unreadable(file, 1, e);
    }
    if (header.isBlank()) {
      throw ClickLogException.inLine(
          file,
          1,
          "the first line must name the columns, but it is blank; a click log starts with a header"
              + " such as session,item,time");
    }
    char delimiter =
        options.delimiter().equals(PreparationOptions.AUTO)
            ? likelyDelimiter(header)
            : options.delimiter().charAt(0);
    List<String> columns = fields(header, delimiter);
    if (columns.isEmpty()) {
      throw ClickLogException.inLine(
          file, 1, "the header opens a quote that it does not close: " + header);
    }
    Set<String> distinct = new HashSet<>();
    for (String column : columns) {
      if (!distinct.add(column)) {
        throw ClickLogException.inColumn(
            file, 1, column, "a column name must occur once in the header; rename one of them");
      }
    }
    return new TextLog(file, packed, delimiter, columns);
  }

  private static String firstLine(InputStream bytes) throws IOException {
    byte[] line = new byte[LONGEST_HEADER];
    int length = 0;
    for (int value = bytes.read();
        value >= 0 && value != '\n' && length < line.length;
        value = bytes.read()) {
      line[length++] = (byte) value;
    }
    String text = new String(line, 0, length, StandardCharsets.UTF_8);
    return (text.startsWith("\uFEFF") ? text.substring(1) : text).stripTrailing();
  }

  /** The candidate that cuts the header into the most columns; of two, the earlier candidate. */
  private static char likelyDelimiter(String header) {
    char best = ',';
    int most = 1;
    for (int d = 0; d < DELIMITERS.length(); d++) {
      int columns = fields(header, DELIMITERS.charAt(d)).size();
      if (columns > most) {
        most = columns;
        best = DELIMITERS.charAt(d);
      }
    }
    return best;
  }

  /** The values of one line, unquoted; none at all when a quote is not closed. */
  static List<String> fields(String line, char delimiter) {
    List<String> fields = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    boolean quoted = false;
    boolean start = true;
    for (int c = 0; c < line.length(); c++) {
      char value = line.charAt(c);
      if (quoted) {
        if (value != '"') {
          field.append(value);
        } else if (c + 1 < line.length() && line.charAt(c + 1) == '"') {
          field.append('"');
          c++;
        } else {
          quoted = false;
        }
      } else if (value == '"' && start) {
        quoted = true;
        start = false;
      } else if (value == delimiter) {
        fields.add(field.toString());
        field.setLength(0);
        start = true;
      } else {
        field.append(value);
        start = false;
      }
    }
    if (quoted) {
      return List.of();
    }
    fields.add(field.toString());
    return fields;
  }

  List<String> columns() {
    return columns;
  }

  char delimiter() {
    return delimiter;
  }

  LineScan scan(ProgressListener progress) {
    try (InputStream bytes = stream(file, packed)) {
      return LineScan.of(bytes, delimiter, progress);
    } catch (IOException e) {
      throw unreadable(file, 0, e);
    }
  }

  /** A copy of the log without the lines on which a quote stays open. */
  void copyWithoutUnclosed(LineScan scan, Path target) throws IOException {
    try (InputStream bytes = stream(file, packed);
        OutputStream copy = new BufferedOutputStream(Files.newOutputStream(target))) {
      scan.copyWithoutUnclosed(bytes, copy);
    }
  }

  /** Decides whether a line, given its values, is one that is looked for. */
  @FunctionalInterface
  interface LineRule {
    /** What is wrong with the line, or "" when nothing is. */
    String kind(List<String> values);
  }

  /** Numbers, kinds and texts of the first lines that a rule finds fault with. */
  List<PreparationReport.BrokenLine> find(LineRule rule, LongArrayList unclosed, int most) {
    List<PreparationReport.BrokenLine> found = new ArrayList<>();
    Set<Long> skipped = new HashSet<>(unclosed);
    long number = 0;
    try (BufferedReader text =
        new BufferedReader(new InputStreamReader(stream(file, packed), StandardCharsets.UTF_8))) {
      for (String line = text.readLine();
          line != null && found.size() < most;
          line = text.readLine()) {
        number++;
        if (number == 1 || line.isEmpty() || skipped.contains(number)) {
          continue;
        }
        List<String> values = fields(line, delimiter);
        if (values.size() == columns.size()) {
          String kind = rule.kind(values);
          if (!kind.isEmpty()) {
            found.add(
                new PreparationReport.BrokenLine(number, kind, "", SessionFolder.shortened(line)));
          }
        }
      }
    } catch (IOException e) {
      throw unreadable(file, number + 1, e);
    }
    return found;
  }

  private static InputStream stream(Path file, boolean packed) throws IOException {
    InputStream raw = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
    return packed ? new BufferedInputStream(new GZIPInputStream(raw, 1 << 16), 1 << 16) : raw;
  }

  static ClickLogException unreadable(Path file, long line, IOException failure) {
    boolean cut = failure instanceof EOFException || failure instanceof ZipException;
    String problem =
        cut
            ? "the gzip file is cut or damaged (" + failure.getMessage() + "); fetch it again"
            : "could not be read (" + failure + "); check the path and its permissions";
    return line > 0
        ? ClickLogException.inLine(file, line, problem, failure)
        : ClickLogException.inFile(file, problem, failure);
  }
}
