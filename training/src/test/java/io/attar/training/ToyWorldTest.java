package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.attar.data.Dataset;
import io.attar.data.Sessions;
import io.attar.runtime.Recommendations;
import io.attar.runtime.Recommender;
import io.attar.runtime.Session;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A shop in which the right answer is obvious: the shipped files must know it. */
class ToyWorldTest {
  private static final int ITEMS = 120;
  private static final Dataset DATA = Toys.successionWorld(11, ITEMS, 400, 40, 60);

  private final Path folder;

  ToyWorldTest(@TempDir Path folder) {
    this.folder = folder;
  }

  /** Recall@10 in percent over all prefixes, from the file through the runtime. */
  private static double recall(Path file, Sessions sessions) throws IOException {
    Recommender recommender = Recommender.open(Files.readAllBytes(file));
    Session visit = recommender.newSession();
    int hits = 0;
    int cases = 0;
    for (int s = 0; s < sessions.count(); s++) {
      visit.clear();
      for (int t = sessions.start(s); t < sessions.end(s) - 1; t++) {
        assertThat(visit.click(DATA.items().id(sessions.item(t)))).isTrue();
        Recommendations top = visit.top(10);
        boolean hit = false;
        for (int rank = 0; rank < 10; rank++) {
          hit |= top.itemId(rank).equals(DATA.items().id(sessions.item(t + 1)));
        }
        hits += hit ? 1 : 0;
        cases++;
      }
    }
    return 100.0 * hits / cases;
  }

  private static double popularity() {
    int[] counts = Toys.clickCounts(DATA.training(), ITEMS);
    int hits = 0;
    Sessions sessions = DATA.test();
    for (int s = 0; s < sessions.count(); s++) {
      for (int t = sessions.start(s) + 1; t < sessions.end(s); t++) {
        int above = 0;
        for (int v = 0; v < ITEMS; v++) {
          above += counts[v] > counts[sessions.item(t)] ? 1 : 0;
        }
        hits += above < 10 ? 1 : 0;
      }
    }
    return 100.0 * hits / sessions.caseCount(1);
  }

  @ParameterizedTest
  @CsvSource({"weighted-mean, 0", "self-attention, 0", "weighted-mean, 1"})
  void teacherAndStudentKnowTheSuccessor(String encoder, double neighbourWeight)
      throws IOException {
    TeacherOptions small = Toys.teacherOptions(encoder, 32, 4, 4);
    TeacherOptions teacherOptions =
        Toys.teacher(
            Map.ofEntries(
                Map.entry("encoder", small.encoder()),
                Map.entry("dimension", small.dimension()),
                Map.entry("heads", small.heads()),
                Map.entry("maximumSessionLength", small.maximumSessionLength()),
                Map.entry("epochs", small.epochs()),
                Map.entry("patience", small.patience()),
                Map.entry("learningRate", small.learningRate()),
                Map.entry("learningRateDecay", small.learningRateDecay()),
                Map.entry("scalarLearningRateFactor", small.scalarLearningRateFactor()),
                Map.entry("candidates", neighbourWeight > 0 ? 60 : 0),
                Map.entry("rows", small.rows()),
                Map.entry("neighbourWeight", neighbourWeight)));
    Training training = new Training(DATA, teacherOptions, 1, folder, 1e9, TrainingListener.SILENT);
    Training.Result teacher = training.teacher();
    Training.Result student =
        training.student(
            Toys.studentOptions(3, 4),
            DistillationOptions.defaults(),
            folder.resolve("student.attar"));
    double popular = popularity();
    double teacherRecall = recall(teacher.file(), DATA.test());
    double studentRecall = recall(student.file(), DATA.test());
    assertThat(popular).isLessThan(20);
    // Three of four next clicks are the successor, the others one of the session's own items.
    assertThat(teacherRecall).isGreaterThan(90);
    assertThat(studentRecall).isGreaterThan(0.95 * teacherRecall);
    assertThat(student.quality().recall()).isGreaterThan(85);
    assertThat(Files.size(student.file())).isLessThan(Files.size(teacher.file()));
    assertThat(teacher.encoder()).isEqualTo(encoder);
    assertThat(student.encoder()).isEqualTo(encoder);
  }

  /** However its codes are found, a student knows the successor; learned codes pretrained too. */
  @ParameterizedTest
  @CsvSource({
    "quantile, rows, 0",
    "random, rows, 0",
    "hashed, rows, 0",
    "gumbel, rows, 2",
    "residual, rows, 2",
    "residual, scores, 0",
    "additive, rows, 2",
    "additive, scores, 0"
  })
  void everyKindOfCodesCanKnowTheSuccessor(
      String quantiser, String codeMetric, int pretrainingEpochs) throws IOException {
    Training training =
        new Training(
            DATA,
            Toys.teacherOptions("weighted-mean", 32, 4, 4),
            1,
            folder,
            1e9,
            TrainingListener.SILENT);
    training.teacher();
    StudentOptions options =
        Toys.student(
            Map.ofEntries(
                Map.entry("quantiser", quantiser),
                Map.entry("codeMetric", codeMetric),
                Map.entry("pretrainingEpochs", pretrainingEpochs),
                Map.entry("codeLearningRate", 1e-2),
                Map.entry("codebooks", 8),
                Map.entry("codewords", 16),
                Map.entry("epochs", 4),
                Map.entry("patience", 5),
                Map.entry("learningRate", 1e-2),
                Map.entry("learningRateDecay", 0.8),
                Map.entry("scalarLearningRateFactor", 10),
                Map.entry("candidates", 0),
                Map.entry("rows", 4),
                Map.entry("neighbourWeight", 0)));
    Training.Result student =
        training.student(options, DistillationOptions.defaults(), folder.resolve("student.attar"));
    assertThat(recall(student.file(), DATA.test())).isGreaterThan(80);
  }
}
