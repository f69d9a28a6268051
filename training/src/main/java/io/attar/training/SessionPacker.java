package io.attar.training;

import io.attar.data.Sessions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Packs sessions into {@link SessionBatch}es by first fit. A session longer than the window is cut:
 * for training into consecutive windows, for measuring into one window for each late prefix, so
 * that every prefix sees exactly its last {@code window} clicks.
 */
final class SessionPacker {
  private final Sessions sessions;
  private final int rows;
  private final int width;
  private final int[] pieceStart; // position of the first click in the click column
  private final int[] pieceLength; // clicks that are input
  private final int[] pieceFirstTarget; // place of the first input with a target

  private SessionPacker(Sessions sessions, int rows, int width, Pieces pieces) {
    this.sessions = sessions;
    this.rows = rows;
    this.width = width;
    this.pieceStart = pieces.start.toIntArray();
    this.pieceLength = pieces.length.toIntArray();
    this.pieceFirstTarget = pieces.firstTarget.toIntArray();
  }

  /** Every input click has a target; long sessions are cut into consecutive windows. */
  static SessionPacker forTraining(Sessions sessions, int rows, int width, int window) {
    Pieces pieces = new Pieces();
    for (int s = 0; s < sessions.count(); s++) {
      int inputs = sessions.length(s) - 1;
      for (int done = 0; done < inputs; done += window) {
        pieces.add(sessions.start(s) + done, Math.min(window, inputs - done), 0);
      }
    }
    return new SessionPacker(sessions, rows, width, pieces);
  }

  /** Exactly the test cases: prefixes of at least the given length, each with its last clicks. */
  static SessionPacker forMeasuring(
      Sessions sessions, int rows, int width, int window, int minimumPrefixLength) {
    Pieces pieces = new Pieces();
    for (int s = 0; s < sessions.count(); s++) {
      int inputs = sessions.length(s) - 1;
      if (inputs >= minimumPrefixLength) {
        pieces.add(sessions.start(s), Math.min(window, inputs), minimumPrefixLength - 1);
        for (int last = window; last < inputs; last++) {
          pieces.add(sessions.start(s) + last - window + 1, window, window - 1);
        }
      }
    }
    return new SessionPacker(sessions, rows, width, pieces);
  }

  /** All batches, the pieces in the order given. */
  List<SessionBatch> inOrder() {
    int[] order = new int[pieceStart.length];
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
    return pack(order);
  }

  /**
   * All batches of one epoch; the same seed gives the same batches.
   *
   * @param mixing how far sessions move in time, as a share of the whole period: 1 shuffles fully,
   *     a smaller share keeps the latest sessions near the end of the epoch
   */
  List<SessionBatch> shuffled(double mixing, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    long[] keys = new long[pieceStart.length];
    for (int i = 0; i < keys.length; i++) {
      double place = (1 - mixing) * i / keys.length + mixing * random.nextDouble();
      keys[i] = ((long) (place * Integer.MAX_VALUE) << 32) | i;
    }
    Arrays.sort(keys);
    int[] order = new int[keys.length];
    for (int i = 0; i < order.length; i++) {
      order[i] = (int) keys[i];
    }
    return pack(order);
  }

  private List<SessionBatch> pack(int[] order) {
    List<SessionBatch> batches = new ArrayList<>();
    Filling filling = new Filling();
    for (int piece : order) {
      if (!filling.accepts(piece)) {
        batches.add(filling.finish());
        filling = new Filling();
        filling.accepts(piece);
      }
    }
    if (filling.used > 0) {
      batches.add(filling.finish());
    }
    return batches;
  }

  /** A batch being filled. */
  private final class Filling {
    private final int[] items = new int[rows * width];
    private final int[] starts = new int[rows * width];
    private final int[] filled = new int[rows];
    private final int[] positions = new int[rows * width];
    private final int[] targets = new int[rows * width];
    private final int[] clicks = new int[rows * width];
    private int cases;
    private int used;

    Filling() {
      Arrays.fill(items, -1);
      Arrays.fill(starts, -1);
    }

    boolean accepts(int piece) {
      int length = pieceLength[piece];
      int row = 0;
      while (row < rows && filled[row] + length > width) {
        row++;
      }
      if (row == rows) {
        return false;
      }
      int first = row * width + filled[row];
      for (int t = 0; t < length; t++) {
        int click = pieceStart[piece] + t;
        items[first + t] = sessions.item(click);
        starts[first + t] = filled[row];
        if (t >= pieceFirstTarget[piece]) {
          positions[cases] = first + t;
          targets[cases] = sessions.item(click + 1);
          clicks[cases] = click;
          cases++;
        }
      }
      filled[row] += length;
      used++;
      return true;
    }

    SessionBatch finish() {
      return new SessionBatch(
          rows,
          width,
          items,
          starts,
          Arrays.copyOf(positions, cases),
          Arrays.copyOf(targets, cases),
          Arrays.copyOf(clicks, cases));
    }
  }

  private static final class Pieces {
    private final it.unimi.dsi.fastutil.ints.IntArrayList start =
        new it.unimi.dsi.fastutil.ints.IntArrayList();
    private final it.unimi.dsi.fastutil.ints.IntArrayList length =
        new it.unimi.dsi.fastutil.ints.IntArrayList();
    private final it.unimi.dsi.fastutil.ints.IntArrayList firstTarget =
        new it.unimi.dsi.fastutil.ints.IntArrayList();

    void add(int pieceStart, int pieceLength, int pieceFirstTarget) {
      start.add(pieceStart);
      length.add(pieceLength);
      firstTarget.add(pieceFirstTarget);
    }
  }
}
