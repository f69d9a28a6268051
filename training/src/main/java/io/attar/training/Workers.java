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
  private final int count;
  private final ExecutorService threads;

  /**
   * Workers that live as long as the program.
   *
   * @param count at least 1
   */
  Workers(int count) {
    this.count = count;
    this.threads =
        Executors.newFixedThreadPool(
            count,
            work -> {
              Thread thread = new Thread(() -> workAlone(work), "attar-worker");
              thread.setDaemon(true);
              return thread;
            });
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

  private static void workAlone(Runnable work) {
    // The library keeps a number for each thread, and sets it to everybody's when first asked.
    int unused = torch.get_num_threads();
    torch.set_num_threads(1);
    work.run();
  }

  /** Waits, also when interrupted or when one has failed. */
  private static void join(List<CompletableFuture<Void>> all) {
    CompletableFuture.allOf(all.toArray(new CompletableFuture<?>[0])).join();
  }

  int count() {
    return count;
  }

  /** What is done with one piece. */
  interface Piece {
    /**
     * Works off a piece.
     *
     * @param worker who does it, from 0: the same for a piece whenever there are as many of both,
     *     so that sums by worker are always made in one order
     */
    void work(int piece, int worker);
  }

  /**
   * Works off all pieces, side by side where there is more than one worker, and returns when all of
   * them have ended. An exception of a piece ends its worker's turn and is thrown here.
   */
  void run(int pieces, Piece piece) {
    int used = Math.min(count, pieces);
    if (used < 2) {
      for (int i = 0; i < pieces; i++) {
        piece.work(i, 0);
      }
      return;
    }
    int blasThreads = openblas_full.openblas_get_num_threads();
    openblas_full.openblas_set_num_threads(1); // its number is one for all threads
    try {
      List<CompletableFuture<Void>> turns = new ArrayList<>();
      for (int w = 0; w < used; w++) {
        int worker = w;
        turns.add(
            CompletableFuture.runAsync(
                () -> {
                  for (int i = worker; i < pieces; i += used) {
                    piece.work(i, worker);
                  }
                },
                threads));
      }
      join(turns); // before that, nobody may take away what a worker still reads
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    } finally {
      openblas_full.openblas_set_num_threads(blasThreads);
    }
  }
}
