package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.attar.data.Dataset;
import io.attar.data.Sessions;
import io.attar.evaluation.Evaluation;
import io.attar.evaluation.EvaluationOptions;
import io.attar.evaluation.RecommenderMethod;
import io.attar.evaluation.Split;
import io.attar.runtime.Recommender;
import io.attar.runtime.Session;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole of training: same bytes after interruptions, clear words when something is wrong. */
class TrainingTest {
  private static final Dataset DATA = Toys.successionWorld(7, 40, 80, 20, 0);
  private static final int EPOCHS = 2;
  private static final StudentOptions STUDENT = Toys.studentOptions(EPOCHS, 2);

  private final Path temporary;

  TrainingTest(@TempDir Path temporary) {
    this.temporary = temporary;
  }

  private static TeacherOptions teacher(String encoder) {
    return Toys.teacherOptions(encoder, 8, EPOCHS, 2);
  }

  private static Training training(
      TeacherOptions options, long seed, Path work, TrainingListener listener) {
    return new Training(DATA, options, seed, work, 0, listener);
  }

  /** Teacher and student file, one after the other. */
  private static byte[][] build(
      TeacherOptions options, long seed, Path work, TrainingListener listener) throws IOException {
    Training training = training(options, seed, work, listener);
    Path teacher = training.teacher().file();
    Path student =
        training
            .student(STUDENT, DistillationOptions.defaults(), work.resolve("student.attar"))
            .file();
    return new byte[][] {Files.readAllBytes(teacher), Files.readAllBytes(student)};
  }

  /** Throws at the given step, as a kill would come, and remembers what it heard. */
  private static final class Killer implements TrainingListener {
    private final int at;
    private int steps;
    private final List<String> resumed = new ArrayList<>();
    private final List<String> said = new ArrayList<>();

    Killer(int at) {
      this.at = at;
    }

    @Override
    public void progressed(String stage, int epoch, long done, long total) {
      if (++steps == at) {
        throw new IllegalStateException("killed at step " + at);
      }
    }

    @Override
    public void stageResumed(String stage, int epoch, int step) {
      resumed.add(stage + " " + epoch + " " + step);
    }

    @Override
    public void said(String line) {
      said.add(line);
    }
  }

  private static int stepsOf(TeacherOptions options, Path work) throws IOException {
    Killer counter = new Killer(-1);
    build(options, 1, work, counter);
    return counter.steps;
  }

  @ParameterizedTest
  @ValueSource(strings = {WeightedMeanEncoder.NAME, SelfAttentionEncoder.NAME})
  void stoppedAnywhereAndResumedEndsInTheSameBytes(String encoder) throws IOException {
    TeacherOptions options = teacher(encoder);
    Path undisturbed = temporary.resolve("undisturbed");
    byte[][] expected = build(options, 1, undisturbed, TrainingListener.SILENT);
    int steps = stepsOf(options, temporary.resolve("counted"));
    assertThat(steps).isGreaterThanOrEqualTo(4 * EPOCHS);

    // First and last step of the teacher, of the student, and some between; then twice in one run.
    for (int at : new int[] {1, 2, steps / 2, steps / 2 + 1, steps - 1, steps}) {
      Path work = temporary.resolve("killed-" + at);
      Killer killer = new Killer(at);
      assertThatThrownBy(() -> build(options, 1, work, killer)).hasMessageContaining("killed");
      Killer again = new Killer(2);
      if (at < steps / 2) {
        assertThatThrownBy(() -> build(options, 1, work, again)).hasMessageContaining("killed");
      }
      Killer last = new Killer(-1);
      byte[][] bytes = build(options, 1, work, last);
      assertThat(bytes[0]).as("teacher, killed at %s", at).isEqualTo(expected[0]);
      assertThat(bytes[1]).as("student, killed at %s", at).isEqualTo(expected[1]);
      assertThat(last.steps).as("work done again after %s", at).isLessThanOrEqualTo(steps - at + 1);
      assertThat(last.resumed).as("resumed after %s", at).isNotEmpty();
    }
  }

  /** A recurrent model that votes too: killed anywhere the same bytes, and votes that matter. */
  @Test
  void theVotesOfARecurrentModelResumeToTheSameBytes() throws IOException {
    ObjectMapper json = new ObjectMapper();
    Map<String, Object> changes = Map.of("neighbourWeight", 1, "recurrentShare", 0.5);
    ObjectNode node = json.valueToTree(teacher(WeightedMeanEncoder.NAME));
    node.setAll(json.<ObjectNode>valueToTree(changes));
    TeacherOptions options = json.convertValue(node, TeacherOptions.class);
    Path undisturbed = temporary.resolve("undisturbed");
    Killer counter = new Killer(-1);
    byte[] expected =
        Files.readAllBytes(training(options, 1, undisturbed, counter).teacher().file());
    assertThat(undisturbed.resolve("recurrent-votes.tensors")).exists();
    for (int at : new int[] {counter.steps / 2, counter.steps - 1}) {
      Path work = temporary.resolve("killed-" + at);
      assertThatThrownBy(() -> training(options, 1, work, new Killer(at)).teacher())
          .hasMessageContaining("killed");
      assertThat(
              Files.readAllBytes(
                  training(options, 1, work, TrainingListener.SILENT).teacher().file()))
          .as("killed at %s", at)
          .isEqualTo(expected);
    }
    node.put("recurrentShare", 0.0);
    Path alone = temporary.resolve("alone");
    training(json.convertValue(node, TeacherOptions.class), 1, alone, TrainingListener.SILENT)
        .teacher();
    assertThat(alone.resolve("recurrent-votes.tensors")).doesNotExist();
    assertThat(TensorFile.read(alone.resolve("teacher.tensors")).array("table"))
        .isNotEqualTo(TensorFile.read(undisturbed.resolve("teacher.tensors")).array("table"));
  }

  /**
   * Codes learned or fixed, pretrained, killed anywhere: the same bytes, and what was done told.
   */
  @ParameterizedTest
  @ValueSource(strings = {"gumbel", "additive", "product", "quantile", "random"})
  void aPretrainedStudentResumesToTheSameBytes(String quantiser) throws IOException {
    TeacherOptions options = teacher(WeightedMeanEncoder.NAME);
    StudentOptions student =
        Toys.student(
            Map.ofEntries(
                Map.entry("quantiser", quantiser),
                Map.entry("codebooks", 4),
                Map.entry("codewords", 16),
                Map.entry("codeEpochs", 3),
                Map.entry("codeLearningRate", 1e-2),
                Map.entry("pretrainingEpochs", 2),
                Map.entry("epochs", EPOCHS),
                Map.entry("candidates", 0),
                Map.entry("rows", 2),
                Map.entry("neighbourWeight", 0)));
    Path undisturbed = temporary.resolve("undisturbed");
    training(options, 1, undisturbed, TrainingListener.SILENT).teacher();
    Killer counter = new Killer(-1);
    Training.Result result =
        training(options, 1, undisturbed, counter)
            .student(student, DistillationOptions.defaults(), undisturbed.resolve("s.attar"));
    byte[] expected = Files.readAllBytes(result.file());
    JsonNode details = result.details();
    assertThat(details.at("/codes/epochs").size()).isEqualTo(quantiser.equals("gumbel") ? 4 : 0);
    assertThat(details.at("/codes/reconstructionError").asDouble()).isBetween(1e-9, 1.0);
    assertThat(details.at("/pretraining/epochs").size()).isEqualTo(3);
    double first = details.at("/pretraining/epochs/1/labelLoss").asDouble();
    assertThat(details.at("/pretraining/epochs/2/labelLoss").asDouble()).isBetween(0.1, first);
    double changed = details.at("/pretraining/changedItems").asDouble();
    if (quantiser.equals("gumbel")) {
      assertThat(changed).isPositive();
    } else {
      assertThat(changed).isZero();
    }

    for (int at : new int[] {1, counter.steps / 3, counter.steps / 2, counter.steps}) {
      Path work = temporary.resolve("killed-" + at);
      training(options, 1, work, TrainingListener.SILENT).teacher();
      Killer killer = new Killer(at);
      Path out = work.resolve("s.attar");
      assertThatThrownBy(
              () ->
                  training(options, 1, work, killer)
                      .student(student, DistillationOptions.defaults(), out))
          .hasMessageContaining("killed");
      training(options, 1, work, TrainingListener.SILENT)
          .student(student, DistillationOptions.defaults(), out);
      assertThat(Files.readAllBytes(out)).as("killed at %s", at).isEqualTo(expected);
    }
  }

  @Test
  void codebooksThatDoNotDivideTheDimensionAreRefusedBeforeAnythingIsDone() {
    StudentOptions odd = Toys.student(Map.of("codebooks", 3, "quantiser", "product"));
    Path work = temporary.resolve("work");
    assertThatThrownBy(
            () ->
                training(teacher(WeightedMeanEncoder.NAME), 1, work, TrainingListener.SILENT)
                    .student(odd, DistillationOptions.defaults(), work.resolve("x.attar")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must divide teacher.dimension 8");
    assertThat(work).doesNotExist();
  }

  @Test
  void theSeedDecidesTheBytes() throws IOException {
    TeacherOptions options = teacher(WeightedMeanEncoder.NAME);
    byte[][] one = build(options, 1, temporary.resolve("one"), TrainingListener.SILENT);
    byte[][] same = build(options, 1, temporary.resolve("same"), TrainingListener.SILENT);
    byte[][] other = build(options, 2, temporary.resolve("other"), TrainingListener.SILENT);
    assertThat(same[0]).isEqualTo(one[0]);
    assertThat(same[1]).isEqualTo(one[1]);
    assertThat(other[0]).isNotEqualTo(one[0]);
    assertThat(other[1]).isNotEqualTo(one[1]);
  }

  @Test
  void workOfOtherSettingsIsNotUsed() throws IOException {
    TeacherOptions options = teacher(WeightedMeanEncoder.NAME);
    TeacherOptions others = Toys.teacherOptions(WeightedMeanEncoder.NAME, 8, EPOCHS, 3);
    byte[][] expected = build(others, 1, temporary.resolve("fresh"), TrainingListener.SILENT);
    Path work = temporary.resolve("work");
    assertThatThrownBy(() -> build(options, 1, work, new Killer(5))).hasMessage("killed at step 5");
    Killer listener = new Killer(-1);
    byte[][] bytes = build(others, 1, work, listener);
    assertThat(bytes[0]).isEqualTo(expected[0]);
    assertThat(bytes[1]).isEqualTo(expected[1]);
    assertThat(listener.said).anyMatch(line -> line.contains("other data or settings"));

    // A student of other settings is refused the finished teacher of these.
    assertThatThrownBy(
            () ->
                training(options, 1, work, TrainingListener.SILENT)
                    .student(STUDENT, DistillationOptions.defaults(), work.resolve("x.attar")))
        .isInstanceOf(TrainingException.class)
        .hasMessageContaining("no teacher of these data and options")
        .hasMessageContaining("attar train");
  }

  @Test
  void aFinishedTeacherIsNotTrainedAgain() throws IOException {
    TeacherOptions options = teacher(WeightedMeanEncoder.NAME);
    Path work = temporary.resolve("work");
    Training.Result first = training(options, 1, work, TrainingListener.SILENT).teacher();
    Killer listener = new Killer(1);
    Training.Result second = training(options, 1, work, listener).teacher();
    assertThat(second.quality()).isEqualTo(first.quality());
    assertThat(second.encoder()).isEqualTo(first.encoder());
    assertThat(second.parameterBytes()).isEqualTo(first.parameterBytes());
    assertThat(listener.resumed).containsExactly("teacher -1 0");
  }

  @Test
  void aBrokenCheckpointIsNamedWithTheWayOut() throws IOException {
    TeacherOptions options = teacher(WeightedMeanEncoder.NAME);
    Path work = temporary.resolve("work");
    assertThatThrownBy(() -> build(options, 1, work, new Killer(5))).hasMessageContaining("killed");
    Path checkpoint = work.resolve("teacher-weighted-mean.checkpoint");
    byte[] whole = Files.readAllBytes(checkpoint);
    byte[] changed = whole.clone();
    changed[whole.length / 2] ^= 1;
    byte[] cut = java.util.Arrays.copyOf(whole, whole.length - 5);
    for (byte[] broken : new byte[][] {changed, cut, {}}) {
      Files.write(checkpoint, broken);
      assertThatThrownBy(() -> build(options, 1, work, TrainingListener.SILENT))
          .isInstanceOf(TrainingException.class)
          .hasMessageContaining(checkpoint.toString())
          .hasMessageContaining("delete it");
    }
    Files.write(checkpoint, whole);
    build(options, 1, work, TrainingListener.SILENT);
  }

  @Test
  void aWorkFolderThatIsAFileIsNamedWithTheRule() throws IOException {
    Path file = Files.writeString(temporary.resolve("taken"), "x");
    Training training =
        training(teacher(WeightedMeanEncoder.NAME), 1, file, TrainingListener.SILENT);
    assertThatThrownBy(training::teacher)
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("folder");
    assertThat(file).hasContent("x");
  }

  @Test
  void dataWithoutValidationIsRefused() {
    Dataset data =
        Dataset.of(
            "bare",
            DATA.items(),
            DATA.catalogueSize(),
            DATA.training(),
            Sessions.empty(),
            Sessions.empty(),
            1);
    assertThatThrownBy(
            () ->
                new Training(
                    data,
                    teacher(WeightedMeanEncoder.NAME),
                    1,
                    temporary,
                    0,
                    TrainingListener.SILENT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("bare")
        .hasMessageContaining("prepare.validationCases");
  }

  @Test
  void tooFewCodesAreRefusedBeforeAnythingIsDone() {
    StudentOptions few = Toys.student(Map.of("codebooks", 1, "codewords", 32));
    Path work = temporary.resolve("work");
    assertThatThrownBy(
            () ->
                training(teacher(WeightedMeanEncoder.NAME), 1, work, TrainingListener.SILENT)
                    .student(few, DistillationOptions.defaults(), work.resolve("x.attar")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("32 codes, fewer than the 40 items")
        .hasMessageContaining("student.codebooks");
    assertThat(work).doesNotExist();
  }

  @Test
  void theFilesSayWhereTheyComeFrom() throws IOException {
    byte[][] files =
        build(teacher(WeightedMeanEncoder.NAME), 3, temporary, TrainingListener.SILENT);
    JsonNode teacher = new ObjectMapper().readTree(Recommender.open(files[0]).provenance());
    JsonNode student = new ObjectMapper().readTree(Recommender.open(files[1]).provenance());
    for (JsonNode provenance : List.of(teacher, student)) {
      assertThat(provenance.at("/data/identity").asText()).isEqualTo(DATA.identity());
      assertThat(provenance.at("/seed").asLong()).isEqualTo(3);
      assertThat(provenance.at("/teacher/dimension").asInt()).isEqualTo(8);
      assertThat(provenance.at("/teacher/learningRate").asDouble()).isEqualTo(5e-3);
      assertThat(provenance.at("/validation/ndcg@10").isNumber()).isTrue();
      assertThat(provenance.at("/java").asText()).isNotEmpty();
    }
    assertThat(teacher.at("/role").asText()).isEqualTo("teacher");
    assertThat(teacher.has("student")).isFalse();
    assertThat(student.at("/role").asText()).isEqualTo("student");
    assertThat(student.at("/student/codebooks").asInt()).isEqualTo(STUDENT.codebooks());
    assertThat(student.at("/student/codewords").asInt()).isEqualTo(STUDENT.codewords());
    assertThat(student.at("/student/softTargetWeight").asDouble()).isEqualTo(1);
  }

  @Test
  void nothingTemporaryIsLeft() throws IOException {
    build(teacher(WeightedMeanEncoder.NAME), 1, temporary, TrainingListener.SILENT);
    try (Stream<Path> files = Files.list(temporary)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "start.tensors",
              "teacher-weighted-mean.checkpoint",
              "teacher.attar",
              "teacher.tensors",
              "codes.tensors",
              "student.checkpoint",
              "student.attar");
    }
  }

  @Test
  void severalStudentsOfOneTeacherEachHaveAPlaceOfTheirOwn() throws IOException {
    TeacherOptions options = teacher(WeightedMeanEncoder.NAME);
    byte[] expected = build(options, 1, temporary.resolve("alone"), TrainingListener.SILENT)[1];
    Path work = temporary.resolve("work");
    Training training = training(options, 1, work, TrainingListener.SILENT);
    training.teacher();
    Path own = Files.createDirectories(temporary.resolve("own"));
    Path other = Files.createDirectories(temporary.resolve("other"));
    training.student(
        Toys.student(Map.of("codebooks", 2)),
        DistillationOptions.defaults(),
        other.resolve("x.attar"),
        other);
    Path file =
        training
            .student(STUDENT, DistillationOptions.defaults(), own.resolve("x.attar"), own)
            .file();
    assertThat(Files.readAllBytes(file)).isEqualTo(expected);
    assertThat(own.resolve("codes.tensors")).exists();
    assertThat(own.resolve("student.checkpoint")).exists();
    assertThat(work.resolve("codes.tensors")).doesNotExist();
    assertThat(work.resolve("student.checkpoint")).doesNotExist();
  }

  @Test
  void withoutRepeatHeadTheFileScoresOwnItemsLikeAnyOtherAndIsMeasuredSo() throws Exception {
    Training training =
        training(teacher(WeightedMeanEncoder.NAME), 1, temporary, TrainingListener.SILENT);
    training.teacher();
    Training.Result with =
        training.student(STUDENT, DistillationOptions.defaults(), temporary.resolve("with.attar"));
    StudentOptions plain = Toys.changed(STUDENT, StudentOptions.class, Map.of("repeatHead", false));
    Training.Result without =
        training.student(plain, DistillationOptions.defaults(), temporary.resolve("without.attar"));

    Recommender recommender = Recommender.open(Files.readAllBytes(without.file()));
    Session visit = recommender.newSession();
    for (int item : new int[] {3, 5, 3}) {
      visit.click(DATA.items().id(item));
    }
    assertThat(Objects.requireNonNull(visit.explain(DATA.items().id(3))).terms())
        .filteredOn(term -> !term.name().matches("similarity to .*|rounding"))
        .hasSize(5)
        .allMatch(term -> term.value() == 0);
    assertThat(without.details().at("/quality/temperature").asDouble()).isEqualTo(1);

    // What training says of it is what the runtime makes of the file.
    assertThat(measured(without.file())).isCloseTo(without.quality().gain(), within(1e-6));
    assertThat(Math.abs(measured(with.file()) - measured(without.file()))).isGreaterThan(0.1);
    // The bonus of training is gone too.
    assertThat(without.parameterBytes())
        .isEqualTo(with.parameterBytes() - 4L * RepeatFeatures.BUCKETS);
  }

  /** NDCG@10 of a file on the validation sessions, in percent, through the runtime. */
  private static double measured(Path file) throws Exception {
    RecommenderMethod method =
        RecommenderMethod.open("x", Files.readAllBytes(file), DATA.items(), DATA.catalogueSize());
    return 100
        * Evaluation.measure(
                DATA.validation(),
                DATA.catalogueSize(),
                DATA.minimumPrefixLength(),
                method,
                new EvaluationOptions(1, 1, 1),
                (stage, done, total) -> {})
            .mean(Split.OVERALL, "ndcg@10");
  }

  @Test
  void theBetterEncoderOnValidationStays() throws IOException {
    TeacherOptions options = teacher(TeacherOptions.AUTO);
    Training.Result chosen =
        training(options, 1, temporary.resolve("auto"), TrainingListener.SILENT).teacher();
    double best = Double.NEGATIVE_INFINITY;
    for (String name : List.of(WeightedMeanEncoder.NAME, SelfAttentionEncoder.NAME)) {
      Training.Result alone =
          training(teacher(name), 1, temporary.resolve(name), TrainingListener.SILENT).teacher();
      if (name.equals(chosen.encoder())) {
        assertThat(chosen.quality()).isEqualTo(alone.quality());
      }
      best = Math.max(best, alone.quality().gain());
    }
    assertThat(chosen.quality().gain()).isEqualTo(best);
  }
}
