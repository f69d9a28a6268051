package io.attar.benchmarks;

import io.attar.data.Dataset;
import io.attar.data.Sessions;
import io.attar.runtime.Recommender;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Sessions to ask with, as item indices of a model. Immutable.
 *
 * @param sessions oldest click first; none is empty
 */
record Queries(List<int[]> sessions) {
  private static final int ENOUGH = 200;

  /** The test sessions of a data set, less the clicks on items that the model does not know. */
  static Queries of(Dataset data, Recommender recommender) {
    Sessions test = data.test();
    List<int[]> sessions = new ArrayList<>();
    for (int s = 0; s < test.count(); s++) {
      int[] session =
          Arrays.stream(test.session(s))
              .map(item -> recommender.itemIndex(data.items().id(item)))
              .filter(index -> index >= 0)
              .toArray();
      if (session.length > 0) {
        sessions.add(session);
      }
    }
    if (sessions.isEmpty()) {
      throw new IllegalArgumentException(
          "the data's test sessions must hold items of the model, but hold none; "
              + "name the data that the model was made of");
    }
    return new Queries(sessions);
  }

  /**
   * Sessions cut to this many clicks: the first of every session that is long enough; where these
   * are fewer than 200, neighbouring sessions joined.
   */
  int[][] ofLength(int clicks) {
    int[][] own =
        sessions.stream()
            .filter(session -> session.length >= clicks)
            .map(session -> Arrays.copyOf(session, clicks))
            .toArray(int[][]::new);
    return own.length >= ENOUGH ? own : joined(clicks);
  }

  private int[][] joined(int clicks) {
    List<int[]> all = new ArrayList<>();
    int[] session = new int[clicks];
    int length = 0;
    // Over and over, so that small data makes a session too.
    for (int s = 0; s < sessions.size() || all.isEmpty(); s++) {
      for (int item : sessions.get(s % sessions.size())) {
        session[length++] = item;
        if (length == clicks) {
          all.add(session);
          session = new int[clicks];
          length = 0;
        }
      }
    }
    return all.toArray(int[][]::new);
  }

  /** Writes one session a line. */
  void write(Path file) throws IOException {
    Files.write(
        file,
        sessions.stream()
            .map(
                session ->
                    Arrays.stream(session)
                        .mapToObj(Integer::toString)
                        .collect(Collectors.joining(" ")))
            .toList());
  }

  /** Reads what {@link #write} wrote. */
  static Queries read(Path file) {
    try {
      return new Queries(
          Files.readAllLines(file).stream()
              .map(line -> Arrays.stream(line.split(" ")).mapToInt(Integer::parseInt).toArray())
              .toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
