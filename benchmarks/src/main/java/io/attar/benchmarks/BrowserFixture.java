package io.attar.benchmarks;

import io.attar.runtime.Recommendations;
import io.attar.runtime.Recommender;
import io.attar.runtime.Session;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Writes what {@code web/browser-tests/measure.js} compares the runtime in a browser with: a
 * student's two ONNX graphs, and sessions with the inputs that the graphs take and the items that
 * the runtime ranks best. Arguments: the model file, an existing folder.
 */
public final class BrowserFixture {
  private static final int SESSIONS = 500;
  private static final int CLICKS = 5;
  private static final int SEED = 1;

  private BrowserFixture() {}

  /**
   * One session.
   *
   * @param clicks item indices, oldest first
   * @param weights of the clicks
   * @param seen distinct items
   * @param bonuses of these
   * @param best what the runtime ranks first
   */
  record Question(
      List<Integer> clicks,
      List<Float> weights,
      List<Integer> seen,
      List<Float> bonuses,
      List<Integer> best) {}

  /** Writes {@code dense.onnx}, {@code codes.onnx} and {@code sessions.json}. */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 2) {
      throw new IllegalArgumentException(
          "name the model file and the folder to write to, but there are " + arguments.length);
    }
    byte[] file = Files.readAllBytes(Path.of(arguments[0]));
    Path folder = Path.of(arguments[1]);
    StudentWeights student = new StudentWeights(file);
    Files.write(folder.resolve("dense.onnx"), OnnxStudent.dense(student, Contestant.TOP));
    Files.write(folder.resolve("codes.onnx"), OnnxStudent.codes(student, Contestant.TOP));
    Json.write(questions(student, Recommender.open(file)), folder.resolve("sessions.json"));
  }

  /** Sessions as a visitor's: every other click is on something recommended. */
  static List<Question> questions(StudentWeights student, Recommender recommender) {
    Random random = new Random(SEED);
    List<Question> questions = new ArrayList<>();
    for (int s = 0; s < SESSIONS; s++) {
      Session session = recommender.newSession();
      ClickWindow window = new ClickWindow(student);
      List<Integer> clicks = new ArrayList<>();
      for (int c = 0; c < CLICKS; c++) {
        int item = random.nextInt(recommender.itemCount());
        if (random.nextBoolean()) {
          Recommendations top = session.top(Contestant.TOP);
          item = top.itemIndex(random.nextInt(top.size()));
        }
        session.clickIndex(item);
        window.add(item);
        clicks.add(item);
      }
      List<Float> weights = new ArrayList<>();
      for (int t = 0; t < window.length(); t++) {
        weights.add(window.weight(t));
      }
      List<Integer> seen = new ArrayList<>();
      List<Float> bonuses = new ArrayList<>();
      for (int i = 0; i < window.seenCount(); i++) {
        seen.add(window.seenItem(i));
        bonuses.add(window.bonus(i));
      }
      List<Integer> best = new ArrayList<>();
      Recommendations top = session.top(Contestant.TOP);
      for (int rank = 0; rank < top.size(); rank++) {
        best.add(top.itemIndex(rank));
      }
      questions.add(new Question(clicks, weights, seen, bonuses, best));
    }
    return questions;
  }
}
