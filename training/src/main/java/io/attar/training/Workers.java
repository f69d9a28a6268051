package io.attar.training;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.bytedeco.openblas.global.openblas_full;
import org.bytedeco.pytorch.global.torch;

/**
 * Threads that each work off their own pieces of a calculation, every operation of it on that one
 * thread. The library would share each operation among its threads instead, and waking them takes
 * longer than most operations on a block do.
 */
final class Workers {
  private static int running; // calculations of all workers that there are
  private static int blasThreads; // what the library of matrix products had before the first one

  private final int count;
  private final ExecutorService threads;

  /**
   * Workers that live as long as the program.
   *
   * @param count at least 1
   */
  Workers(int count) {
    this.count = count;
    this.threads = Executors.newFixedThreadPool(count, WorkerThread::new);
    // What one thread sets becomes everybody's: so all start now, and then the library is told
    // again what the others are to have.
    int libraryThreads = torch.get_num_threads();
    List<CompletableFuture<Void>> started = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      started.add(CompletableFuture.runAsync(() -> {}, threads));
    }
    join(started);
    torch.set_num_threads(libraryThreads);
  }

  private static final class WorkerThread extends Thread {
    WorkerThread(Runnable work) {
      super(work, "attar-worker");
      setDaemon(true);
    }

    @Override
    public void run() {
      // The library keeps a number for each thread, and sets it to everybody's when first asked.
      int unused = torch.get_num_threads();
      torch.set_num_threads(1);
      super.run();
    }
  }

  int count() {
    return count;
  }

  /** What is done with one piece. */
  interface Piece {
    /**
     * Works off a piece.
     *
     * @param turn of the pieces that follow each other, from 0: the same for a piece whenever there
     *     are as many of both, so that sums by turn are always made in one order
     */
    void work(int piece, int turn);
  }

  /** Works off all pieces in as many turns as there are workers; see below. */
  void run(int pieces, Piece piece) {
    run(pieces, count, piece);
  }

  /**
   * Works off all pieces and returns when all have ended. Turns go side by side; a single one, and
   * those that are asked for from within a piece, are taken by the caller, with the library's own
   * threads. An exception of a piece ends its turn and is thrown here.
   *
   * @param mostTurns at least 1
   */
  void run(int pieces, int mostTurns, Piece piece) {
    int turns = Math.min(Math.min(count, mostTurns), pieces);
    if (turns < 2 || Thread.currentThread() instanceof WorkerThread) {
      for (int turn = 0; turn < turns; turn++) {
        work(pieces, turns, turn, piece);
      }
      return;
    }
    List<CompletableFuture<Void>> taken = new ArrayList<>();
    begin();
    try {
      for (int i = 0; i < turns; i++) {
        int turn = i;
        taken.add(CompletableFuture.runAsync(() -> work(pieces, turns, turn, piece), threads));
      }
      join(taken); // before that, nobody may take away what a worker still reads
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      throw e;
    } finally {
      end();
    }
  }

  private static void work(int pieces, int turns, int turn, Piece piece) {
    for (int i = turn; i < pieces; i += turns) {
      piece.work(i, turn);
    }
  }

  /** Waits, also when interrupted or when one has failed. */
  private static void join(List<CompletableFuture<Void>> all) {
    CompletableFuture.allOf(all.toArray(new CompletableFuture<?>[0])).join();
  }

  /**
   * Matrix products keep to the thread that asks for them; their library has one number for all.
   */
  private static synchronized void begin() {
    if (running++ == 0) {
      blasThreads = openblas_full.openblas_get_num_threads();
      openblas_full.openblas_set_num_threads(1);
    }
  }

  private static synchronized void end() {
    if (--running == 0) {
      openblas_full.openblas_set_num_threads(blasThreads);
    }
  }
}
