package io.attar.data;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import it.unimi.dsi.fastutil.objects.Object2IntOpenHashMap;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;

/**
 * A folder of whole sessions as text, the form in which the published data sets come: {@code
 * train.sessions.gz} with one session a line, item ids separated by one blank, oldest first; and
 * {@code test.prefixes.gz} with one test case a line, {@code i1 i2 ... ik<TAB>target}, the cases of
 * a session following each other, longest prefix first. Both may also be there plain, without
 * {@code .gz}.
 *
 * <p>The test sessions are put together from the cases: a case starts a session when the case
 * before it had the shortest prefix of the file; every other case must be the case before it less
 * its last item. A file that breaks this rule is refused.
 */
public final class SessionFolder {
  static final String TRAINING_FILE = "train.sessions";
  static final String TEST_FILE = "test.prefixes";

  private final Object2IntOpenHashMap<String> indices = new Object2IntOpenHashMap<>();
  private final List<String> ids = new ArrayList<>();

  private SessionFolder() {
    indices.defaultReturnValue(-1);
  }

  /** Whether the folder has the two files of a folder of whole sessions. */
  static boolean isOne(Path folder) {
    return exists(folder, TRAINING_FILE) && exists(folder, TEST_FILE);
  }

  private static boolean exists(Path folder, String name) {
    return Files.isRegularFile(folder.resolve(name + ".gz"))
        || Files.isRegularFile(folder.resolve(name));
  }

  /**
   * Reads the folder: training is all of {@code train.sessions}, validation is empty, items are
   * numbered by first appearance, training first. The minimum prefix length is the shortest prefix
   * found among the cases. Nothing is filtered: these sets are already made.
   *
   * @throws ClickLogException when a file is missing or a line is broken, with file and line
   */
  public static Dataset read(Path folder) {
    SessionFolder reader = new SessionFolder();
    Sessions training = reader.readSessions(file(folder, TRAINING_FILE));
    int catalogueSize = reader.ids.size();
    Path testFile = file(folder, TEST_FILE);
    int minimumPrefixLength = shortestPrefix(testFile);
    Sessions test = reader.readCases(testFile, minimumPrefixLength);
    Path name = folder.toAbsolutePath().normalize().getFileName();
    return Dataset.of(
        name == null ? "sessions" : name.toString(),
        new Items(reader.ids),
        catalogueSize,
        training,
        Sessions.empty(),
        test,
        minimumPrefixLength);
  }

  private static Path file(Path folder, String name) {
    Path packed = folder.resolve(name + ".gz");
    Path plain = folder.resolve(name);
    if (Files.isRegularFile(packed)) {
      return packed;
    }
    if (Files.isRegularFile(plain)) {
      return plain;
    }
    throw ClickLogException.inFile(
        folder,
        "a folder of whole sessions must hold "
            + TRAINING_FILE
            + "(.gz) and "
            + TEST_FILE
            + "(.gz), but "
            + name
            + " is missing; for a click log, run `attar prepare` on its file");
  }

  private Sessions readSessions(Path file) {
    IntArrayList items = new IntArrayList();
    IntArrayList starts = new IntArrayList();
    starts.add(0);
    forEachLine(
        file,
        (line, text) -> {
          addItems(file, line, text, items);
          starts.add(items.size());
        });
    if (starts.size() == 1) {
      throw ClickLogException.inFile(file, "must hold at least one session, but it is empty");
    }
    return new Sessions(items.toIntArray(), starts.toIntArray());
  }

  private static int shortestPrefix(Path file) {
    int[] shortest = {Integer.MAX_VALUE};
    forEachLine(
        file,
        (line, text) -> {
          int prefixEnd = prefixEnd(file, line, text);
          int length = 1;
          for (int c = 0; c < prefixEnd; c++) {
            if (text.charAt(c) == ' ') {
              length++;
            }
          }
          shortest[0] = Math.min(shortest[0], length);
        });
    if (shortest[0] == Integer.MAX_VALUE) {
      throw ClickLogException.inFile(file, "must hold at least one test case, but it is empty");
    }
    return shortest[0];
  }

  private Sessions readCases(Path file, int minimumPrefixLength) {
    IntArrayList items = new IntArrayList();
    IntArrayList starts = new IntArrayList();
    starts.add(0);
    IntArrayList current = new IntArrayList(); // one case: its prefix, then its target
    long[] lines = {0};
    int[] expected = {0}; // length the next case must have; 0 when it starts a session
    forEachLine(
        file,
        (line, text) -> {
          lines[0] = line;
          int prefixEnd = prefixEnd(file, line, text);
          current.clear();
          addItems(file, line, text.substring(0, prefixEnd), current);
          addItems(file, line, text.substring(prefixEnd + 1), current);
          if (expected[0] == 0) {
            items.addAll(current);
            starts.add(items.size());
          } else {
            int start = starts.getInt(starts.size() - 2);
            boolean follows = current.size() == expected[0];
            for (int i = 0; follows && i < current.size(); i++) {
              follows = items.getInt(start + i) == current.getInt(i);
            }
            if (!follows) {
              throw ClickLogException.inLine(
                  file,
                  line,
                  "a case must be the case before it less its last item, until the prefix has the"
                      + " shortest length, "
                      + minimumPrefixLength
                      + "; this one is not. Cases of a session must follow each other, longest"
                      + " prefix first, none left out");
            }
          }
          int prefixLength = current.size() - 1;
          expected[0] = prefixLength == minimumPrefixLength ? 0 : prefixLength;
        });
    if (expected[0] != 0) {
      throw ClickLogException.inLine(
          file,
          lines[0],
          "the last session must go on until its prefix has "
              + minimumPrefixLength
              + " items, but the file ends; it seems to be cut, fetch it again");
    }
    return new Sessions(items.toIntArray(), starts.toIntArray());
  }

  private static int prefixEnd(Path file, long line, String text) {
    int tab = text.indexOf('\t');
    if (tab <= 0 || tab != text.lastIndexOf('\t') || text.indexOf(' ', tab) >= 0) {
      throw ClickLogException.inLine(
          file,
          line,
          "a test case must be item ids separated by one blank, a tab, and one target: "
              + shortened(text));
    }
    return tab;
  }

  private void addItems(Path file, long line, String text, IntArrayList target) {
    int start = 0;
    while (start <= text.length()) {
      int end = text.indexOf(' ', start);
      if (end < 0) {
        end = text.length();
      }
      if (end == start || text.indexOf('\t', start) >= 0) {
        throw ClickLogException.inLine(
            file, line, "item ids must be separated by exactly one blank: " + shortened(text));
      }
      String id = text.substring(start, end);
      int index = indices.getInt(id);
      if (index < 0) {
        index = ids.size();
        ids.add(id);
        indices.put(id, index);
      }
      target.add(index);
      start = end + 1;
    }
  }

  static String shortened(String text) {
    String shown = text.length() <= 80 ? text : text.substring(0, 77) + "...";
    return "'" + shown.replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r") + "'";
  }

  @FunctionalInterface
  private interface LineReader {
    void read(long line, String text);
  }

  private static void forEachLine(Path file, LineReader reader) {
    long line = 0;
    try (InputStream raw = new BufferedInputStream(Files.newInputStream(file));
        InputStream bytes =
            file.toString().endsWith(".gz") ? new GZIPInputStream(raw, 1 << 16) : raw;
        BufferedReader text =
            new BufferedReader(
                new InputStreamReader(
                    bytes,
                    StandardCharsets.UTF_8
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT)))) {
      for (String next = text.readLine(); next != null; next = text.readLine()) {
        line++;
        reader.read(line, next);
      }
    } catch (CharacterCodingException e) {
      throw ClickLogException.inLine(
          file, line + 1, "must be UTF-8 text from here on, but is not; convert it", e);
    } catch (IOException e) {
      throw ClickLogException.inLine(
          file,
          line + 1,
          "could not be read from here on (" + e.getMessage() + "); fetch or unpack it again",
          e);
    }
  }
}
