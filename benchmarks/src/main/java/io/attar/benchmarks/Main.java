package io.attar.benchmarks;

import ai.onnxruntime.OrtEnvironment;
import io.attar.data.Dataset;
import io.attar.data.DatasetReader;
import io.attar.evaluation.EvaluationReport;
import io.attar.runtime.Recommender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.runner.RunnerException;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The command that measures everything, one thing after the other, and writes {@code result.json},
 * {@code result.md} and three pictures. Each measurement runs in a process of its own.
 */
@Command(
    name = "benchmarks",
    mixinStandardHelpOptions = true,
    description = "Times the runtime against other ways to the same scores.")
public final class Main implements Callable<Integer> {
  /** Names of a data set's two files in reports. */
  static final String DEFAULT = "default";

  static final String SMALL = "small";

  private static final int BLOCK_MILLISECONDS = 60;
  private static final int PROCESS_RUNS = 15;
  private static final int[] SYNTHETIC_ITEMS = {10_000, 40_000, 100_000, 1_000_000};

  /** One data set and the students made of it. picocli fills it. */
  @SuppressWarnings("NullAway.Init")
  static final class DataSet {
    @Option(
        names = "--data-set",
        required = true,
        paramLabel = "NAME",
        description =
            "What to call the data in reports. This option and the next three may repeat.")
    private String name;

    @Option(
        names = "--default",
        required = true,
        paramLabel = "FILE",
        description = "A student of the default configuration.")
    private Path defaultModel;

    @Option(
        names = "--small",
        required = true,
        paramLabel = "FILE",
        description = "A smaller student, such as one of 4 codebooks of 32 codewords.")
    private Path smallModel;

    @Option(
        names = "--data",
        required = true,
        paramLabel = "FOLDER",
        description = "The data the students were made of: its test sessions are the queries.")
    private Path data;
  }

  /** The first also lends its files to the synthetic shops and the process starts. */
  @ArgGroup(exclusive = false, multiplicity = "1..*")
  private List<DataSet> dataSets = new ArrayList<>();

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FOLDER",
      description = "Where result.json, result.md and the pictures go.")
  private @Nullable Path out;

  @Option(
      names = "--page",
      paramLabel = "FILE",
      description = "A page whose part between its markers gets the main table.")
  private @Nullable Path page;

  @Option(
      names = "--rounds",
      defaultValue = "20",
      paramLabel = "COUNT",
      description = "Timed rounds of each measurement (default: ${DEFAULT-VALUE}).")
  private int rounds;

  private Main() {}

  /** Measures and ends the process: 0 done, 1 failed, 2 asked wrongly. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Main()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException, InterruptedException, RunnerException {
    Path target = required(out);
    Files.createDirectories(target);
    String pageText = page == null ? "" : Files.readString(page);
    if (page != null) {
      // Now, not after the measurements: a page without its markers.
      ResultPage.fill(pageText, "");
    }
    Path scratch = Files.createTempDirectory("attar-benchmarks");
    try {
      Report report = measure(scratch);
      Json.write(report, target.resolve("result.json"));
      EvaluationReport.write(ResultPage.markdown(report), target.resolve("result.md"));
      EvaluationReport.write(ResultPage.clickChart(report), target.resolve("clicks.svg"));
      EvaluationReport.write(ResultPage.rankingChart(report), target.resolve("ranking.svg"));
      EvaluationReport.write(ResultPage.itemsChart(report), target.resolve("items.svg"));
      if (page != null) {
        EvaluationReport.write(ResultPage.fill(pageText, ResultPage.summary(report)), page);
      }
      say("written to " + target);
      return 0;
    } finally {
      delete(scratch);
    }
  }

  private Report measure(Path scratch) throws IOException, InterruptedException, RunnerException {
    Machine machine = Machine.look(OrtEnvironment.getEnvironment().getVersion());
    List<Student> students = new ArrayList<>();
    // All files are read before anything is measured.
    for (DataSet dataSet : dataSets) {
      Dataset data = DatasetReader.read(dataSet.data);
      students.add(student(dataSet, data, DEFAULT, dataSet.defaultModel, scratch, students.size()));
      students.add(student(dataSet, data, SMALL, dataSet.smallModel, scratch, students.size()));
    }
    List<Report.Model> models = new ArrayList<>();
    List<Report.Server> servers = new ArrayList<>();
    for (Student student : students) {
      models.add(model(student, scratch));
      for (int threads = 1; threads <= 2; threads++) {
        say(student.title() + ": throughput, threads: " + threads);
        servers.add(
            ServerBenchmark.run(
                student.dataSet(),
                student.role(),
                student.model(),
                student.queries(),
                threads,
                Math.max(1, rounds / 2)));
      }
    }
    Student first = students.get(0);
    Student second = students.get(1);
    List<Report.Synthetic> synthetic = new ArrayList<>();
    for (int items : SYNTHETIC_ITEMS) {
      for (String codes :
          List.of(SyntheticMeasurement.CLUSTERED, SyntheticMeasurement.INDEPENDENT)) {
        for (String sizes : List.of("4-32", "8-256")) {
          synthetic.add(synthetic(codes, sizes, items, scratch));
        }
      }
      for (Student source : List.of(second, first)) {
        String codes = SyntheticMeasurement.RESAMPLED + " from the " + source.title();
        synthetic.add(synthetic(codes, source.model().toString(), items, scratch));
      }
    }
    say("process starts");
    int item = Queries.read(first.queries()).sessions().get(0)[0];
    List<Report.Start> starts =
        ProcessStart.measure(
            first.model(), item, Files.createDirectory(scratch.resolve("start")), PROCESS_RUNS);
    return new Report(machine, models, synthetic, servers, starts);
  }

  /**
   * One file to measure.
   *
   * @param queries the file that holds its test sessions
   */
  private record Student(String dataSet, String role, Path model, Path queries) {

    String title() {
      return dataSet + " " + role + " file";
    }
  }

  private static Student student(
      DataSet dataSet, Dataset data, String role, Path model, Path scratch, int number)
      throws IOException {
    Path queries = scratch.resolve(number + ".queries");
    Queries.of(data, Recommender.open(Files.readAllBytes(model))).write(queries);
    return new Student(dataSet.name, role, model, queries);
  }

  private Report.Model model(Student student, Path scratch)
      throws IOException, InterruptedException {
    String model = student.model().toString();
    String queries = student.queries().toString();
    say(student.title() + ": memory of a session");
    Path memory = scratch.resolve("memory");
    // A heap that only grows by what is alive makes the difference exact.
    ChildProcess.run(
        List.of("-XX:+UseSerialGC"),
        SessionMemory.class,
        List.of(model, queries, memory.toString()));
    say(student.title() + ": all contestants");
    Path result = scratch.resolve("model.json");
    ChildProcess.run(
        List.of(),
        ModelMeasurement.class,
        Stream.of(
                List.of(student.dataSet(), student.role(), model, queries),
                stopwatch(),
                List.of(Files.readString(memory), result.toString()))
            .flatMap(List::stream)
            .toList());
    return Json.read(result, Report.Model.class);
  }

  private Report.Synthetic synthetic(String codes, String source, int items, Path scratch)
      throws IOException, InterruptedException {
    say(String.format(Locale.ROOT, "synthetic shop: %s, %s, %,d items", codes, source, items));
    Path result = scratch.resolve("synthetic.json");
    ChildProcess.run(
        List.of(),
        SyntheticMeasurement.class,
        Stream.of(
                List.of(codes, source, Integer.toString(items)),
                stopwatch(),
                List.of(result.toString()))
            .flatMap(List::stream)
            .toList());
    return Json.read(result, Report.Synthetic.class);
  }

  private List<String> stopwatch() {
    return List.of(
        Integer.toString(Math.max(1, rounds / 2)),
        Integer.toString(rounds),
        Integer.toString(BLOCK_MILLISECONDS));
  }

  private static Path required(@Nullable Path path) {
    if (path == null) {
      throw new IllegalStateException("the command line must have been read");
    }
    return path;
  }

  private static void say(String line) {
    System.err.println(line);
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
