package io.attar.benchmarks;

import io.attar.evaluation.Origin;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;

/**
 * Where and with what a run was made.
 *
 * @param processor the processor's name
 * @param cores as the virtual machine counts them
 * @param memoryBytes of the machine
 * @param operatingSystem name, version and architecture
 * @param java version and vendor of the virtual machine
 * @param onnxRuntime version of ONNX Runtime
 * @param commit the checkout's, "+ changes" when files differ from it
 * @param date day of the run (UTC)
 */
record Machine(
    String processor,
    int cores,
    long memoryBytes,
    String operatingSystem,
    String java,
    String onnxRuntime,
    String commit,
    String date) {

  /** Looks at this machine. */
  static Machine look(String onnxRuntime) {
    Origin origin = Origin.look(Path.of(""));
    return new Machine(
        origin.processor(),
        origin.cores(),
        origin.memoryBytes(),
        origin.operatingSystem(),
        origin.java(),
        onnxRuntime,
        origin.commit(),
        LocalDate.now(ZoneOffset.UTC).toString());
  }
}
