package io.attar.benchmarks;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything one run measured. Its JSON is {@code result.json}.
 *
 * @param machine where
 * @param models what was measured on each student's file
 * @param synthetic what was measured on synthetic shops
 * @param servers throughput of several sessions at once
 * @param starts processes from their start to the first recommendation
 */
record Report(
    Machine machine,
    List<Model> models,
    List<Synthetic> synthetic,
    List<Server> servers,
    List<Start> starts) {

  /**
   * Times of one contestant, in microseconds a call.
   *
   * @param contestant its name
   * @param clicks clicks in the session, the timed one included
   * @param median half of the calls took at most this
   * @param percentile99 99 of 100 calls took at most this; null below 1,000 calls
   * @param calls how many were timed
   */
  record Timing(
      String contestant, int clicks, double median, @Nullable Double percentile99, int calls) {}

  /**
   * One student's file.
   *
   * @param dataSet what it was made of
   * @param role which of the data set's files
   * @param encoder its encoder
   * @param bytes length of the file
   * @param tableBytes bytes of codes and codebooks
   * @param tensorTrain the tensor-train table that was measured beside it
   * @param listsCompared lists of 20 compared with the runtime's before timing
   * @param placesTied places of these lists where the ids differ and the scores tie
   * @param timings from a click to the best 20
   * @param ranking ranking alone: from a query vector to the best 20, and parts of it
   * @param sessionBytes heap that one open session holds
   */
  record Model(
      String dataSet,
      String role,
      String encoder,
      int items,
      int dimension,
      int codebooks,
      int codewords,
      int bytes,
      int tableBytes,
      String tensorTrain,
      int listsCompared,
      int placesTied,
      List<Timing> timings,
      List<Timing> ranking,
      long sessionBytes) {}

  /**
   * One synthetic shop.
   *
   * @param codes how its codes were drawn
   */
  record Synthetic(
      String codes,
      int items,
      int codebooks,
      int codewords,
      int dimension,
      int bytes,
      List<Timing> timings) {}

  /**
   * Clicks answered a second, each with the best 20.
   *
   * @param dataSet what the model was made of
   * @param role which of the data set's files
   * @param clicksPerSecond all threads together
   * @param error half of the 99.9 % interval over the iterations
   */
  record Server(String dataSet, String role, int threads, double clicksPerSecond, double error) {}

  /**
   * A process from its start to its end.
   *
   * @param program what it does
   * @param options the virtual machine's
   * @param milliseconds median
   */
  record Start(String program, String options, double milliseconds, int runs) {}
}
