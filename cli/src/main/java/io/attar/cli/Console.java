package io.attar.cli;

import java.io.PrintStream;
import java.util.Locale;

/**
 * Where a command speaks: results go to {@code out}, everything else to {@code err}.
 *
 * @param out what another program may read
 * @param err progress, notes and errors
 * @param interactive whether somebody watches {@code err}: bars are drawn only then
 */
record Console(PrintStream out, PrintStream err, boolean interactive) {

  /** A line of a result. */
  void result(String format, Object... values) {
    out.println(values.length == 0 ? format : String.format(Locale.ROOT, format, values));
  }

  /** A line beside the result. */
  void note(String format, Object... values) {
    err.println(values.length == 0 ? format : String.format(Locale.ROOT, format, values));
  }
}
