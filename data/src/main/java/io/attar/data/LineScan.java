package io.attar.data;

import it.unimi.dsi.fastutil.longs.LongArrayList;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/**
 * A first look at a text log, byte by byte: how many lines it has and on which of them a quote is
 * opened and not closed. The database would take such a quote to go on over the lines that follow,
 * and would swallow them; here a value ends on its line, and a line that breaks the rule is one
 * broken line.
 *
 * @param lines lines that are not blank, the header included
 * @param unclosed numbers of the lines with an open quote, counted from 1
 */
record LineScan(long lines, LongArrayList unclosed) {
  private static final int BUFFER = 1 << 18;
  private static final int FIELD_START = 0;
  private static final int PLAIN = 1;
  private static final int QUOTED = 2;
  private static final int CLOSED = 3; // after the quote that closes, or the first of two

  static LineScan of(InputStream bytes, char delimiter, ProgressListener progress)
      throws IOException {
    byte[] buffer = new byte[BUFFER];
    LongArrayList unclosed = new LongArrayList();
    long number = 1;
    long lines = 0;
    boolean blank = true;
    int state = FIELD_START;
    for (int read = bytes.read(buffer); read >= 0; read = bytes.read(buffer)) {
      for (int b = 0; b < read; b++) {
        byte value = buffer[b];
        if (value == '\n') {
          if (state == QUOTED) {
            unclosed.add(number);
          }
          if (!blank) {
            lines++;
            if ((lines & 0xFFFFF) == 0) {
              progress.progress("checking lines", lines, -1);
            }
          }
          number++;
          blank = true;
          state = FIELD_START;
        } else if (value == '"') {
          blank = false;
          if (state == FIELD_START || state == CLOSED) {
            state = QUOTED; // opened, or the second of a doubled quote
          } else if (state == QUOTED) {
            state = CLOSED;
          }
        } else {
          blank &= value == '\r';
          if (state != QUOTED) {
            state = value == delimiter ? FIELD_START : PLAIN;
          }
        }
      }
    }
    if (state == QUOTED) {
      unclosed.add(number);
    }
    return new LineScan(blank ? lines : lines + 1, unclosed);
  }

  /** Copies a log with every line of {@link #unclosed} made blank, so that lines keep numbers. */
  void copyWithoutUnclosed(InputStream bytes, OutputStream target) throws IOException {
    byte[] buffer = new byte[BUFFER];
    long number = 1;
    int next = 0; // the unclosed line to come
    for (int read = bytes.read(buffer); read >= 0; read = bytes.read(buffer)) {
      int kept = 0;
      for (int b = 0; b < read; b++) {
        boolean skipped = next < unclosed.size() && unclosed.getLong(next) == number;
        if (buffer[b] == '\n') {
          number++;
          next += skipped ? 1 : 0;
          skipped = false;
        }
        if (!skipped) {
          buffer[kept++] = buffer[b];
        }
      }
      target.write(buffer, 0, kept);
    }
  }
}
