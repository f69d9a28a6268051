package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.attar.data.Dataset;
import io.attar.runtime.ModelFileException;
import io.attar.runtime.Recommender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whole students with tasks: files, details, interruptions. */
class DistillationTrainingTest {
  private static final Dataset DATA = Toys.successionWorld(7, 40, 80, 20, 0);
  private static final StudentOptions STUDENT = Toys.studentOptions(2, 2);

  private final Path folder;

  DistillationTrainingTest(@TempDir Path folder) {
    this.folder = folder;
  }

  @BeforeEach
  void trainTheTeacher() throws IOException {
    training("teacher", SelfAttentionEncoder.NAME, new Listener(-1)).teacher();
  }

  /** Throws at the given step, as a kill would come, and remembers what it heard. */
  private static final class Listener implements TrainingListener {
    private final int at;
    private final List<String> said = new ArrayList<>();
    private int steps;

    Listener(int at) {
      this.at = at;
    }

    @Override
    public void progressed(String stage, int epoch, long done, long total) {
      if (++steps == at) {
        throw new IllegalStateException("killed at step " + at);
      }
    }

    @Override
    public void said(String line) {
      said.add(line);
    }
  }

  private Training training(String work, String encoder, TrainingListener listener)
      throws IOException {
    return new Training(
        DATA, Toys.teacherOptions(encoder, 8, 2, 2), 1, folder.resolve(work), 0, listener);
  }

  /** A student in a work folder of its own that holds the one teacher. */
  private Training.Result student(
      String work, StudentOptions options, DistillationOptions tasks, Listener listener)
      throws IOException {
    Path own = Files.createDirectories(folder.resolve(work));
    for (String name : new String[] {"teacher.attar", "teacher.tensors"}) {
      if (!Files.exists(own.resolve(name))) {
        Files.copy(folder.resolve("teacher").resolve(name), own.resolve(name));
      }
    }
    return training(work, SelfAttentionEncoder.NAME, listener)
        .student(options, tasks, own.resolve("student.attar"));
  }

  private static JsonNode provenance(byte[] file) throws IOException {
    try {
      return new ObjectMapper().readTree(Recommender.open(file).provenance());
    } catch (ModelFileException e) {
      throw new IOException(e);
    }
  }

  @ParameterizedTest
  @CsvSource({"annealed", "shipped"})
  void stoppedAnywhereAndResumedEndsInTheSameBytes(String mixture) throws IOException {
    DistillationOptions tasks = Toys.allTasks(mixture);
    Listener counter = new Listener(-1);
    Training.Result undisturbed = student("undisturbed", STUDENT, tasks, counter);
    byte[] expected = Files.readAllBytes(undisturbed.file());
    assertThat(counter.steps).isGreaterThanOrEqualTo(8);
    for (int at : new int[] {1, 2, counter.steps / 2, counter.steps - 1, counter.steps}) {
      String work = "killed-" + at;
      assertThatThrownBy(() -> student(work, STUDENT, tasks, new Listener(at)))
          .hasMessageContaining("killed");
      Listener last = new Listener(-1);
      Training.Result resumed = student(work, STUDENT, tasks, last);
      assertThat(Files.readAllBytes(resumed.file())).as("killed at %s", at).isEqualTo(expected);
      assertThat(resumed.details()).isEqualTo(undisturbed.details());
      assertThat(last.steps).isEqualTo(counter.steps - at + 1);
    }
    // Once more when all is done.
    Training.Result again = student("undisturbed", STUDENT, tasks, new Listener(1));
    assertThat(Files.readAllBytes(again.file())).isEqualTo(expected);
    assertThat(again.details()).isEqualTo(undisturbed.details());
  }

  @Test
  void theTeacherOfTheWorkFolderStaysAndTheReportSaysHowItsCopyDid() throws IOException {
    Path work = folder.resolve("taught");
    Training.Result taught =
        student("taught", STUDENT, Toys.allTasks("annealed"), new Listener(-1));
    for (String name : new String[] {"teacher.attar", "teacher.tensors"}) {
      assertThat(work.resolve(name)).hasSameBinaryContentAs(folder.resolve("teacher/" + name));
    }
    JsonNode before = taught.details().at("/teacher/before");
    JsonNode after = taught.details().at("/teacher/after");
    assertThat(before.get("ndcg@10").asDouble()).isPositive();
    assertThat(after.get("ndcg@10").asDouble()).isPositive();
    assertThat(after).isNotEqualTo(before);
    JsonNode history = taught.details().get("epochs");
    for (int epoch = 1; epoch < history.size(); epoch++) {
      for (String name :
          new String[] {
            "labelLoss",
            "softTargetLoss",
            "contrastiveLoss",
            "teacherLabelLoss",
            "teacherSoftTargetLoss"
          }) {
        assertThat(history.get(epoch).get(name).asDouble()).as(name).isPositive();
      }
    }
    assertThat(history.at("/1/mixupShare").asDouble()).isBetween(0.2, 0.4);
    assertThat(history.at("/2/mixupShare").asDouble()).isZero();
    Training.Result frozen =
        student("frozen", STUDENT, Toys.tasks(Map.of("mixupShare", 0.6)), new Listener(-1));
    assertThat(frozen.details().has("teacher")).isFalse();
    assertThat(frozen.details().at("/epochs/1").has("teacherLabelLoss")).isFalse();
  }

  /** What is off has no influence whatever its other settings. */
  @Test
  void tasksThatAreOffChangeNoByte() throws IOException {
    byte[] expected =
        Files.readAllBytes(
            student("plain", STUDENT, DistillationOptions.defaults(), new Listener(-1)).file());
    Listener listener = new Listener(-1);
    DistillationOptions off =
        Toys.tasks(
            Map.of(
                "mixture",
                "shipped",
                "contrastiveTemperature",
                0.5,
                "hotShare",
                0.5,
                "teacherSoftTargetWeight",
                3));
    byte[] bytes = Files.readAllBytes(student("off", STUDENT, off, listener).file());
    assertThat(bytes).isEqualTo(expected);
    assertThat(listener.said).noneMatch(line -> line.contains("AS RELEASED"));
    assertThat(provenance(bytes).has("distillation")).isFalse();
  }

  /** The released code's file holds the teacher; the same codebooks alone are the honest one. */
  @Test
  void asReleasedTheFileHoldsTheMixtureAndSaysSo() throws IOException {
    StudentOptions oneEpoch = Toys.studentOptions(1, 2);
    Listener listener = new Listener(-1);
    Map<String, Object> mixing = Map.of("mixture", "shipped", "mixupShare", 0.8);
    Training.Result released = student("released", oneEpoch, Toys.tasks(mixing), listener);
    Training.Result honest =
        student(
            "honest",
            oneEpoch,
            Toys.tasks(Map.of("mixture", "constant", "mixupShare", 0.8)),
            new Listener(-1));
    assertThat(listener.said).anyMatch(line -> line.contains("AS RELEASED"));
    assertThat(
            TensorFile.read(folder.resolve("released/student.checkpoint")).array("best.codebooks"))
        .isEqualTo(
            TensorFile.read(folder.resolve("honest/student.checkpoint")).array("best.codebooks"));
    byte[] releasedFile = Files.readAllBytes(released.file());
    byte[] honestFile = Files.readAllBytes(honest.file());
    long tableBytes = 4L * DATA.catalogueSize() * 8;
    assertThat(releasedFile.length).isGreaterThan((int) tableBytes + 500);
    assertThat(released.parameterBytes()).isGreaterThan(tableBytes);
    assertThat(provenance(releasedFile).at("/role").asText()).contains("mixed with its teacher");
    assertThat(provenance(releasedFile).at("/distillation/mixture").asText()).isEqualTo("shipped");
    assertThat(provenance(releasedFile).at("/distillation/mixupShare").asDouble()).isEqualTo(0.8);
    assertThat(provenance(honestFile).at("/role").asText()).isEqualTo("student");
    assertThat(provenance(honestFile).at("/distillation/mixture").asText()).isEqualTo("constant");
    // Four fifths teacher: the mixture scores nearly like it, what ships honestly does not.
    assertThat(released.quality()).isNotEqualTo(honest.quality());
  }
}
