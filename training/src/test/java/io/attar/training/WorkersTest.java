package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.bytedeco.openblas.global.openblas_full;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorkersTest {
  @BeforeAll
  static void load() {
    TorchEnvironment.prepare();
  }

  @ParameterizedTest
  @CsvSource({"1, 0", "1, 5", "2, 1", "2, 5", "3, 2", "3, 3", "3, 8"})
  void everyPieceIsDoneOnceAndInTheSameTurn(int count, int pieces) {
    Workers workers = new Workers(count);
    for (int round = 0; round < 20; round++) {
      AtomicIntegerArray done = new AtomicIntegerArray(pieces);
      workers.run(
          pieces,
          (piece, turn) -> {
            assertThat(turn).isEqualTo(piece % Math.min(count, pieces));
            done.incrementAndGet(piece);
          });
      for (int i = 0; i < pieces; i++) {
        assertThat(done.get(i)).isEqualTo(1);
      }
    }
  }

  @Test
  void theLibraryHasOneThreadWithinAndItsOwnAgainAfterwards() {
    int threads = torch.get_num_threads();
    int blasThreads = openblas_full.openblas_get_num_threads();
    new Workers(2)
        .run(
            4,
            (piece, turn) -> {
              assertThat(torch.get_num_threads()).isEqualTo(1);
              assertThat(openblas_full.openblas_get_num_threads()).isEqualTo(1);
            });
    assertThat(torch.get_num_threads()).isEqualTo(threads);
    assertThat(openblas_full.openblas_get_num_threads()).isEqualTo(blasThreads);
  }

  /** What a piece still reads is its caller's, who may free it as soon as this returns. */
  @Test
  void afterAFailureTheOthersStillEndBeforeItIsTold() {
    int blasThreads = openblas_full.openblas_get_num_threads();
    AtomicInteger ended = new AtomicInteger();
    Workers workers = new Workers(2);
    assertThatThrownBy(
            () ->
                workers.run(
                    10,
                    (piece, turn) -> {
                      if (turn == 0) {
                        throw new TrainingException("the first piece fails");
                      }
                      for (int i = 0; i < 1_000_000; i++) {
                        Thread.onSpinWait();
                      }
                      ended.incrementAndGet();
                    }))
        .isInstanceOf(TrainingException.class)
        .hasMessage("the first piece fails");
    assertThat(ended).hasValue(5);
    assertThat(openblas_full.openblas_get_num_threads()).isEqualTo(blasThreads);
    AtomicInteger after = new AtomicInteger();
    workers.run(3, (piece, turn) -> after.incrementAndGet());
    assertThat(after).hasValue(3);
  }

  @Test
  void anInterruptedCallerWaitsAndStaysInterrupted() {
    AtomicInteger ended = new AtomicInteger();
    Thread.currentThread().interrupt();
    new Workers(2)
        .run(
            2,
            (piece, turn) -> {
              for (int i = 0; i < 1_000_000; i++) {
                Thread.onSpinWait();
              }
              ended.incrementAndGet();
            });
    assertThat(ended).hasValue(2);
    assertThat(Thread.interrupted()).isTrue();
  }

  /** The command line tells these apart from faults of its own. */
  @Test
  void errorsAreThrownAsTheyAre() {
    assertThatThrownBy(
            () ->
                new Workers(2)
                    .run(
                        2,
                        (piece, turn) -> {
                          throw new OutOfMemoryError("none left");
                        }))
        .isInstanceOf(OutOfMemoryError.class)
        .hasMessage("none left");
  }

  @Test
  @Timeout(60)
  void aPieceMayHavePiecesOfItsOwn() {
    AtomicInteger done = new AtomicInteger();
    Workers workers = new Workers(2);
    workers.run(4, (piece, turn) -> workers.run(3, (inner, own) -> done.incrementAndGet()));
    assertThat(done).hasValue(12);
  }

  @Test
  void calculationsOfSeveralCallersShareTheLibrary() throws InterruptedException {
    int blasThreads = openblas_full.openblas_get_num_threads();
    List<Thread> callers = new ArrayList<>();
    AtomicInteger wrong = new AtomicInteger();
    for (int i = 0; i < 3; i++) {
      Workers workers = new Workers(2);
      callers.add(
          new Thread(
              () -> {
                for (int round = 0; round < 200; round++) {
                  workers.run(
                      2,
                      (piece, turn) -> {
                        if (openblas_full.openblas_get_num_threads() != 1) {
                          wrong.incrementAndGet();
                        }
                      });
                }
              }));
    }
    callers.forEach(Thread::start);
    for (Thread caller : callers) {
      caller.join();
    }
    assertThat(wrong).hasValue(0);
    assertThat(openblas_full.openblas_get_num_threads()).isEqualTo(blasThreads);
  }
}
