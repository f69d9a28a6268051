package io.attar.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Times whole processes: an empty one, and ones that open a model and recommend once. */
final class ProcessStart {
  static final String NOTHING = "nothing";
  static final String RUNTIME = "runtime: open, click, top 20";

  private static final List<List<String>> OPTIONS =
      List.of(List.of(), List.of("-Xshare:auto", "-XX:TieredStopAtLevel=1"));

  private ProcessStart() {}

  /**
   * Runs each program so many times, in turns.
   *
   * @param scratch an empty folder for what the programs need
   * @param item an item index to click
   */
  static List<Report.Start> measure(Path model, int item, Path scratch, int runs)
      throws IOException, InterruptedException {
    StudentWeights student = new StudentWeights(Files.readAllBytes(model));
    Path graph = scratch.resolve("student.onnx");
    Files.write(graph, OnnxStudent.codes(student, Math.min(Contestant.TOP, student.itemCount())));
    Path nativeFolder = unpackNativeLibraries(scratch.resolve("native"));
    String index = Integer.toString(item);
    List<Program> programs =
        List.of(
            new Program(NOTHING, EmptyProgram.class, List.of(), List.of()),
            new Program(
                RUNTIME, FirstRecommendation.class, List.of(), List.of(model.toString(), index)),
            new Program(
                "ONNX Runtime, lookup graph: open, click, top 20",
                OnnxFirstRecommendation.class,
                List.of("-Donnxruntime.native.path=" + nativeFolder),
                List.of(graph.toString(), index)));
    List<Report.Start> starts = new ArrayList<>();
    for (List<String> options : OPTIONS) {
      long[][] nanoseconds = new long[programs.size()][runs];
      for (int run = -1; run < runs; run++) {
        for (int p = 0; p < programs.size(); p++) {
          long before = System.nanoTime();
          programs.get(p).run(options);
          // The first run brings the files into the system's cache.
          nanoseconds[p][Math.max(0, run)] = System.nanoTime() - before;
        }
      }
      for (int p = 0; p < programs.size(); p++) {
        Arrays.sort(nanoseconds[p]);
        starts.add(
            new Report.Start(
                programs.get(p).name(),
                String.join(" ", options),
                Stopwatch.quantile(nanoseconds[p], 50) / 1e6,
                runs));
      }
    }
    return starts;
  }

  /** Unpacks the native libraries, as an installed application has them; else each start would. */
  private static Path unpackNativeLibraries(Path folder) throws IOException {
    String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    String platform = system.contains("mac") ? "osx" : system.contains("win") ? "win" : "linux";
    String processor = System.getProperty("os.arch", "").equals("aarch64") ? "aarch64" : "x64";
    Files.createDirectories(folder);
    for (String name : List.of("onnxruntime", "onnxruntime4j_jni")) {
      String file = System.mapLibraryName(name);
      String resource = "/ai/onnxruntime/native/" + platform + "-" + processor + "/" + file;
      try (InputStream in = ai.onnxruntime.OrtEnvironment.class.getResourceAsStream(resource)) {
        if (in == null) {
          throw new IOException("ONNX Runtime has no native library for this machine: " + resource);
        }
        Files.copy(in, folder.resolve(file));
      }
    }
    return folder;
  }

  private record Program(
      String name, Class<?> type, List<String> ownOptions, List<String> arguments) {

    void run(List<String> options) throws IOException, InterruptedException {
      List<String> all = new ArrayList<>(options);
      all.addAll(ownOptions);
      ChildProcess.run(all, type, arguments);
    }
  }
}
