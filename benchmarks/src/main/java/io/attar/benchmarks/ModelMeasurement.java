package io.attar.benchmarks;

import ai.onnxruntime.OrtException;
import io.attar.runtime.ModelFile;
import io.attar.runtime.Recommender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures one student's file beside its contestants; run in a process of its own, so that what the
 * virtual machine learnt from another file does not count.
 */
final class ModelMeasurement {
  /** The contestant that all others are compared with. */
  static final String RUNTIME = "runtime";

  /** How the names of ONNX Runtime's contestants start. */
  static final String ONNX = "ONNX Runtime, ";

  static final String PLAIN_GATHER = ONNX + "lookup graph, plain Gather, 1 thread";

  /** Clicks in the sessions of the ranking that is timed alone. */
  static final int RANKING_CLICKS = 5;

  private static final int[] LENGTHS = {5, 20, 50};
  private static final int CHECKED_SESSIONS = 40;
  private static final int TENSOR_TRAIN_SEED = 3;

  private ModelMeasurement() {}

  /**
   * Arguments: the data set, the role, the model file, the queries, the stopwatch's three numbers,
   * the open session's bytes, the file to write.
   */
  public static void main(String[] arguments) throws IOException, OrtException {
    byte[] file = Files.readAllBytes(Path.of(arguments[2]));
    Stopwatch stopwatch =
        new Stopwatch(
            Integer.parseInt(arguments[4]),
            Integer.parseInt(arguments[5]),
            Integer.parseInt(arguments[6]));
    Report.Model result =
        measure(
            arguments[0],
            arguments[1],
            file,
            Queries.read(Path.of(arguments[3])),
            stopwatch,
            Long.parseLong(arguments[7]));
    Json.write(result, Path.of(arguments[8]));
  }

  static Report.Model measure(
      String dataSet,
      String role,
      byte[] file,
      Queries queries,
      Stopwatch stopwatch,
      long sessionBytes)
      throws IOException, OrtException {
    ModelFile frame = ModelFile.read(file);
    StudentWeights student = new StudentWeights(file);
    Recommender recommender = Recommender.open(file);
    TensorTrain train =
        TensorTrain.ofBytes(
            student.itemCount(), student.dimension(), student.tableBytes(), TENSOR_TRAIN_SEED);
    List<Report.Timing> timings = new ArrayList<>();
    Agreement agreement = new Agreement(new ScanContestant(recommender));
    List<Contestant> exact = exact(student, recommender);
    try {
      for (int clicks : LENGTHS) {
        if (clicks > student.maximumSessionLength()) {
          continue;
        }
        int[][] sessions = queries.ofLength(clicks);
        check(agreement, exact, sessions, student);
        timings.addAll(stopwatch.time(exact, sessions, clicks));
      }
    } finally {
      exact.forEach(Contestant::close);
    }

    byte[] rankingFile = ModelFileWriter.rankingOnly(student);
    StudentWeights rankingStudent = new StudentWeights(rankingFile);
    Recommender rankingRecommender = Recommender.open(rankingFile);
    Agreement rankingAgreement = new Agreement(new ScanContestant(rankingRecommender));
    List<Contestant> rankers = rankers(rankingStudent, rankingRecommender);
    List<Contestant> all = new ArrayList<>(rankers);
    all.add(new TensorTrainContestant(train, rankingStudent, true));
    all.add(new TensorTrainContestant(train, rankingStudent, false));
    all.addAll(Floor.of(rankingStudent));
    try {
      int[][] sessions = queries.ofLength(RANKING_CLICKS);
      check(rankingAgreement, rankers, sessions, rankingStudent);
      return new Report.Model(
          dataSet,
          role,
          frame.encoderKind(),
          student.itemCount(),
          student.dimension(),
          student.codebookCount(),
          student.codewordCount(),
          file.length,
          student.tableBytes(),
          "three cores, rank " + train.rank() + ", " + train.bytes() + " bytes of 32-bit numbers",
          agreement.lists() + rankingAgreement.lists(),
          agreement.tiedPlaces() + rankingAgreement.tiedPlaces(),
          timings,
          stopwatch.time(all, sessions, RANKING_CLICKS),
          sessionBytes);
    } finally {
      all.forEach(Contestant::close);
    }
  }

  private static void check(
      Agreement agreement, List<Contestant> contestants, int[][] sessions, StudentWeights student) {
    int places = Math.min(Contestant.TOP, student.itemCount());
    for (Contestant contestant : contestants) {
      for (int s = 0; s < Math.min(CHECKED_SESSIONS, sessions.length); s++) {
        agreement.check(contestant, sessions[s], places);
      }
    }
  }

  /** The contestants that rank by the student's own scores. */
  static List<Contestant> exact(StudentWeights student, Recommender recommender)
      throws IOException, OrtException {
    List<Contestant> exact = new ArrayList<>();
    exact.add(new RuntimeContestant(RUNTIME, recommender));
    exact.add(new ScanContestant(recommender));
    DenseContestant dense = DenseContestant.of(student);
    if (dense != null) {
      exact.add(dense);
    }
    exact.add(
        new RuntimeContestant(
            "runtime, the same rows written out",
            Recommender.open(ModelFileWriter.dense(student))));
    int count = Math.min(Contestant.TOP, student.itemCount());
    byte[] denseGraph = OnnxStudent.dense(student, count);
    byte[] codeGraph = OnnxStudent.codes(student, count);
    for (int threads = 1; threads <= 2; threads++) {
      String suffix = threads == 1 ? ", 1 thread" : ", 2 threads";
      exact.add(
          new OnnxContestant(ONNX + "dense graph" + suffix, denseGraph, student, threads, count));
      exact.add(
          new OnnxContestant(ONNX + "lookup graph" + suffix, codeGraph, student, threads, count));
    }
    return exact;
  }

  /**
   * The contestants that rank by a query at hand. The runtime has no such call: on these files,
   * {@link ModelFileWriter#rankingOnly}, a click costs it one row and a few hundred multiplications
   * before the lookup table.
   */
  static List<Contestant> rankers(StudentWeights student, Recommender recommender)
      throws OrtException {
    List<Contestant> rankers = new ArrayList<>();
    rankers.add(new RuntimeContestant(RUNTIME, recommender));
    rankers.add(new ScanContestant(recommender));
    DenseContestant dense = DenseContestant.of(student);
    if (dense == null) {
      throw new IllegalArgumentException("a file that only ranks must have a weighted mean");
    }
    rankers.add(dense);
    float[] rows = student.rows();
    int count = Math.min(Contestant.TOP, student.itemCount());
    rankers.add(
        new OnnxRanking(
            ONNX + "dense graph, 1 thread",
            OnnxStudent.denseRanking(student, count),
            student,
            rows,
            count));
    rankers.add(
        new OnnxRanking(
            ONNX + "lookup graph, 1 thread",
            OnnxStudent.codeRanking(student, count),
            student,
            rows,
            count));
    rankers.add(
        new OnnxRanking(
            PLAIN_GATHER, OnnxStudent.plainCodeRanking(student, count), student, rows, count));
    return rankers;
  }
}
