package io.attar.data;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Bad input data: a click log or a file of whole sessions that cannot be used as it is. The message
 * names the file, the line and column where they are known, the rule that is broken, the value, and
 * what to do.
 */
public final class ClickLogException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String file;
  private final long line;
  private final String column;

  private ClickLogException(
      Path file, long line, String column, String problem, @Nullable Throwable cause) {
    super(place(file, line, column) + ": " + problem, cause);
    this.file = file.toString();
    this.line = line;
    this.column = column;
  }

  static ClickLogException inFile(Path file, String problem) {
    return new ClickLogException(file, 0, "", problem, null);
  }

  static ClickLogException inFile(Path file, String problem, Throwable cause) {
    return new ClickLogException(file, 0, "", problem, cause);
  }

  static ClickLogException inLine(Path file, long line, String problem) {
    return new ClickLogException(file, line, "", problem, null);
  }

  static ClickLogException inLine(Path file, long line, String problem, Throwable cause) {
    return new ClickLogException(file, line, "", problem, cause);
  }

  static ClickLogException inColumn(Path file, long line, String column, String problem) {
    return new ClickLogException(file, line, column, problem, null);
  }

  private static String place(Path file, long line, String column) {
    return file
        + (line > 0 ? ", line " + line : "")
        + (column.isEmpty() ? "" : ", column '" + column + "'");
  }

  /** The file that is at fault. */
  public String file() {
    return file;
  }

  /** The line at fault, counted from 1 (in Parquet the row); 0 when no single line is. */
  public long line() {
    return line;
  }

  /** The name of the column at fault; empty when no single column is. */
  public String column() {
    return column;
  }
}
