package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.attar.data.Dataset;
import io.attar.evaluation.Evaluation;
import io.attar.evaluation.EvaluationOptions;
import io.attar.evaluation.ProgressListener;
import io.attar.evaluation.RecommenderMethod;
import io.attar.evaluation.ScoringMethod;
import io.attar.evaluation.SessionScorer;
import io.attar.evaluation.Split;
import io.attar.runtime.ModelFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every rival must hold to: one contract, in a shop in which the right answer is obvious. */
class RivalTest {
  private static final int ITEMS = 60;
  private static final Dataset DATA = Toys.successionWorld(11, ITEMS, 300, 40, 30);
  private static final EvaluationOptions MEASURING = new EvaluationOptions(2, 1, 1);

  private final Path folder;

  RivalTest(@TempDir Path folder) {
    this.folder = folder;
  }

  /** Plain dot products from a random start, as the originals have it. */
  static TeacherOptions options(String encoder, int epochs, double rate, Map<String, ?> changes) {
    Map<String, Object> all = new HashMap<>();
    all.put("encoder", encoder);
    all.put("dimension", 16);
    all.put("heads", 2);
    all.put("layers", encoder.equals(SasRecEncoder.NAME) ? 2 : 1);
    all.put("maximumSessionLength", 20);
    all.put("epochs", epochs);
    all.put("patience", epochs + 1);
    all.put("learningRate", rate);
    all.put("learningRateDecay", 0.9);
    all.put("candidates", 0);
    all.put("rows", 4);
    all.put("neighbourWeight", 0);
    all.put("scores", "dot");
    all.put("start", "random");
    all.put("repeatHead", false);
    all.putAll(changes);
    return Toys.teacher(all);
  }

  static Training training(TeacherOptions options, Path work, TrainingListener listener) {
    return new Training(DATA, options, 1, work, 1e9, listener);
  }

  /** A smaller shop, every step noted down. */
  static Training small(TeacherOptions options, Path work, TrainingListener listener) {
    return new Training(Toys.successionWorld(7, 40, 60, 15, 0), options, 1, work, 0, listener);
  }

  static double recall(ScoringMethod method) {
    return 100
        * Evaluation.measure(DATA.test(), ITEMS, 1, method, MEASURING, ProgressListener.NONE)
            .mean(Split.OVERALL, "recall@10");
  }

  /** Scores after some clicks. */
  static double[] scores(ScoringMethod method, int... clicks) {
    SessionScorer scorer = method.newScorer();
    double[] scores = new double[ITEMS];
    scorer.start();
    for (int item : clicks) {
      scorer.click(item);
    }
    scorer.scores(scores);
    return scores;
  }

  @ParameterizedTest
  @CsvSource({
    "gated-recurrent, 2e-2",
    "narm, 2e-2",
    "stamp, 2e-2",
    "session-graph, 2e-2",
    "sasrec, 1e-2",
    "nextitnet, 2e-2",
    "self-attention, 1e-2"
  })
  void everyRivalLearnsTheSuccessorAndAllItsParametersMove(String encoder, double rate)
      throws IOException {
    TeacherOptions options = options(encoder, 8, rate, Map.of());
    Training.Rival rival = training(options, folder, TrainingListener.SILENT).rival(encoder);
    // Ten of sixty items at random would be 17 %; three of four next clicks are the successor.
    assertThat(recall(rival.method())).isGreaterThan(85);
    assertThat(rival.quality().recall()).isGreaterThan(80);
    assertThat(rival.encoder()).isEqualTo(encoder);
    assertThat(rival.method().name()).isEqualTo(encoder);
    assertThat(rival.method().bytes()).hasValue(rival.parameterBytes());
    assertThat(rival.details().at("/epochs/" + encoder).size()).isEqualTo(9);

    TensorFile trained = TensorFile.read(folder.resolve("rival.tensors"));
    Path untrained = folder.resolve("untrained");
    training(options(encoder, 0, rate, Map.of()), untrained, TrainingListener.SILENT).rival("x");
    TensorFile start = TensorFile.read(untrained.resolve("rival.tensors"));
    int numbers = 0;
    for (String name : trained.names()) {
      numbers += trained.array(name).length;
      assertThat(trained.array(name)).as(name).isNotEqualTo(start.array(name));
    }
    assertThat(4L * numbers).isEqualTo(rival.parameterBytes());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"gated-recurrent", "narm", "stamp", "session-graph", "sasrec", "nextitnet"})
  void stoppedAndResumedScoresTheSame(String encoder) throws IOException {
    TeacherOptions options =
        options(
            encoder,
            1,
            5e-3,
            Map.of("rows", 1, "dropout", 0.2, "labelSmoothing", 0.1, "weightDecay", 1e-4));
    Path whole = folder.resolve("whole");
    small(options, whole, TrainingListener.SILENT).rival("whole");
    Path killed = folder.resolve("killed");
    int[] steps = {0};
    TrainingListener killer =
        new TrainingListener() {
          @Override
          public void progressed(String stage, int epoch, long done, long total) {
            if (++steps[0] == 3) {
              throw new IllegalStateException("killed");
            }
          }
        };
    assertThatThrownBy(() -> small(options, killed, killer).rival("killed")).hasMessage("killed");
    Training.Rival resumed = small(options, killed, TrainingListener.SILENT).rival("resumed");
    assertThat(Files.readAllBytes(killed.resolve("rival.tensors")))
        .isEqualTo(Files.readAllBytes(whole.resolve("rival.tensors")));

    // Found again, it is not trained again, and a session scores the same whatever came before it.
    Training.Rival found = small(options, killed, killer).rival("found");
    assertThat(found.quality()).isEqualTo(resumed.quality());
    assertThat(scores(found.method(), 3, 5, 3)).isEqualTo(scores(resumed.method(), 3, 5, 3));
    SessionScorer scorer = found.method().newScorer();
    scorer.click(9);
    scorer.start();
    double[] after = new double[ITEMS];
    for (int item : new int[] {3, 5, 3}) {
      scorer.click(item);
      scorer.scores(after);
    }
    assertThat(after).containsExactly(scores(found.method(), 3, 5, 3), within(1e-5));
  }

  /** The one model that both can score: the engine and the runtime with the engine's file. */
  @ParameterizedTest
  @ValueSource(strings = {"weighted-mean", "self-attention"})
  void engineAndRuntimeAgreeOnWhatBothCanScore(String encoder)
      throws IOException, ModelFileException {
    TeacherOptions options =
        options(
            encoder,
            2,
            5e-3,
            Map.of("scores", "cosine", "start", "co-occurrence", "repeatHead", true));
    Training.Result teacher = training(options, folder, TrainingListener.SILENT).teacher();
    Training.Rival rival = training(options, folder, TrainingListener.SILENT).rival("engine");
    RecommenderMethod runtime =
        RecommenderMethod.open("runtime", Files.readAllBytes(teacher.file()), DATA.items(), ITEMS);
    assertThat(Toys.clickCounts(DATA.training(), ITEMS)).doesNotContain(0); // nothing folded in
    int[] clicks = DATA.test().session(0);
    for (int length = 1; length <= clicks.length; length++) {
      int[] prefix = Arrays.copyOf(clicks, length);
      assertThat(scores(rival.method(), prefix))
          .containsExactly(scores(runtime, prefix), within(1e-3));
    }
    int[] longer = new int[31];
    Arrays.setAll(longer, t -> t * t % ITEMS);
    assertThat(scores(rival.method(), longer))
        .containsExactly(scores(runtime, longer), within(1e-3));
    assertThat(rival.quality()).isEqualTo(teacher.quality());
  }

  @Test
  void clicksOnUnknownItemsAreIgnored() throws IOException {
    TeacherOptions options = options("stamp", 0, 1e-3, Map.of());
    ScoringMethod method = training(options, folder, TrainingListener.SILENT).rival("x").method();
    assertThat(scores(method, 3, ITEMS + 7)).isEqualTo(scores(method, 3));
    assertThat(scores(method)).containsOnly(Double.NEGATIVE_INFINITY);
  }

  @Test
  void whatTheFileHasNoPlaceForIsRefusedWithTheReason() {
    Path work = folder.resolve("work");
    assertThatThrownBy(
            () ->
                training(options("narm", 1, 1e-3, Map.of()), work, TrainingListener.SILENT)
                    .teacher())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("teacher.encoder must be auto, weighted-mean or self-attention")
        .hasMessageContaining("'narm'")
        .hasMessageContaining("rival");
    assertThatThrownBy(
            () ->
                training(options("weighted-mean", 1, 1e-3, Map.of()), work, TrainingListener.SILENT)
                    .teacher())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("teacher.scores must be cosine for a model file");
    assertThat(work).doesNotExist();
  }

  @Test
  void layersAreRefusedWhereThereAreNone() {
    assertThatThrownBy(() -> options("stamp", 1, 1e-3, Map.of("layers", 2)))
        .hasRootCauseMessage("teacher.layers must be 1 with the encoder stamp: 2");
  }

  @Test
  void sharingIsRefusedWhereThereIsNothingToShare() {
    assertThatThrownBy(() -> options("sasrec", 1, 1e-3, Map.of("sharing", "cross-block")))
        .hasRootCauseMessage(
            "teacher.sharing must be none with the encoder sasrec, as only nextitnet has"
                + " convolutions to share: 'cross-block'");
    assertThatThrownBy(() -> options("nextitnet", 1, 1e-3, Map.of("sharing", "all")))
        .hasRootCauseMessage(
            "teacher.sharing must be one of none, cross-layer, cross-block, adjacent-layer,"
                + " adjacent-block: 'all'");
  }
}
