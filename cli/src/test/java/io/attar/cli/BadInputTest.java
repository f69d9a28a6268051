package io.attar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bad input gets one clear message and the right exit code; {@link Attar.Outcome#failedWith}. */
final class BadInputTest {
  private static final int FAILED = 1;
  private static final int ASKED_WRONGLY = 2;

  @TempDir static Path folder = Path.of("");

  private static Path clicks = Path.of("");
  private static Path model = Path.of("");

  @BeforeAll
  static void build() {
    clicks = Attar.shop(folder);
    model = folder.resolve("sound.attar");
    Attar.runTiny("build", clicks, "--out", model, "--set", "teacher.epochs=0").succeeded();
  }

  private static Attar.Outcome prepare(Path log, Object... more) {
    List<Object> words = new ArrayList<>(List.of("prepare", log, "--out", folder.resolve("never")));
    words.addAll(Arrays.asList(more));
    Attar.Outcome outcome = Attar.run(words.toArray());
    assertThat(folder.resolve("never")).doesNotExist();
    return outcome;
  }

  @Test
  void missingFiles() {
    Path missing = folder.resolve("missing.csv");
    prepare(missing).failedWith(FAILED, "missing.csv");
    Attar.run("build", missing, "--out", folder.resolve("no.attar"))
        .failedWith(FAILED, "there is no click log", "missing.csv");
    Attar.run("recommend", folder.resolve("missing.attar"), "x")
        .failedWith(FAILED, "there is no model file", "missing.attar", "attar build");
    Attar.run("evaluate", model, "--data", folder.resolve("missing"))
        .failedWith(FAILED, "missing", "attar prepare");
    Attar.run("train", folder.resolve("missing"), "--work", folder.resolve("w"))
        .failedWith(FAILED, "missing", "attar prepare");
    Attar.run("inspect", folder).failedWith(FAILED, "a model is one file", "is a folder");
  }

  @Test
  void wrongColumnsAreAnsweredWithTheNearest() {
    prepare(clicks, "--item-column", "itme")
        .failedWith(FAILED, "clicks.csv", "itme", "did you mean 'item'?");
    prepare(clicks, "--time-column", "when").failedWith(FAILED, "when", "time");
  }

  @Test
  void brokenLinesAreCountedUpToAShareAndFatalBeyond() throws IOException {
    List<String> lines = new ArrayList<>(Files.readAllLines(clicks, StandardCharsets.UTF_8));
    lines.set(4, "only-one-field");
    lines.set(9, "s,item,yesterday");
    lines.set(14, "s,,1767225600");
    Path log = folder.resolve("broken.csv");
    Files.write(log, lines, StandardCharsets.UTF_8);
    Attar.Outcome skipped =
        Attar.run("prepare", log, "--out", folder.resolve("broken-data")).succeeded();
    assertThat(skipped.out()).contains("broken lines, skipped: 3", "line 10", "yesterday");
    prepare(log, "--strict").failedWith(FAILED, "broken.csv", "line 5");
    prepare(log, "--maximum-broken-share", "0.0001")
        .failedWith(FAILED, "broken.csv", "3 of ", "maximumBrokenShare");
  }

  @Test
  void aLogWithoutASessionOfTwoClicks() throws IOException {
    Path log =
        Attar.file(folder, "single.csv", "session,item,time", "a,x,1000000000", "b,x,1000000001");
    prepare(log, "--minimum-item-count", "1")
        .failedWith(FAILED, "single.csv", "nothing is left", "minimumSessionLength");
  }

  @Test
  void anEmptyLog() throws IOException {
    Path empty = Files.createFile(folder.resolve("empty.csv"));
    prepare(empty).failedWith(FAILED, "empty.csv");
  }

  @Test
  void placesThatCannotBeWritten() throws IOException {
    Path file = Attar.file(folder, "in-the-way", "x");
    Attar.run("prepare", clicks, "--out", file.resolve("data"))
        .failedWith(FAILED, "in-the-way", "name another");
    Attar.run("prepare", clicks, "--out", file).failedWith(FAILED, "in-the-way");
    Attar.run("build", clicks, "--out", file.resolve("shop.attar"))
        .failedWith(FAILED, "in-the-way", "name another");
    Attar.run("build", clicks, "--out", folder).failedWith(FAILED, "is a folder; name a file");
    Attar.run("build", clicks, "--out", folder.resolve("no.attar"), "--work", file)
        .failedWith(FAILED, "the work folder", "in-the-way");
    Attar.run("build", clicks, "--out", folder.resolve("no.attar"), "--report", file)
        .failedWith(FAILED, "the report folder", "in-the-way");
    Attar.run("evaluate", model, "--data", folder, "--json", file.resolve("x.json"))
        .failedWith(FAILED, "the JSON report", "in-the-way");
    assertThat(folder.resolve("no.attar")).doesNotExist();
  }

  @Test
  void preparedDataOfAnotherVersion() throws IOException {
    Path data = folder.resolve("versioned");
    Attar.run("prepare", clicks, "--out", data).succeeded();
    Path manifest = data.resolve("manifest.json");
    String text = Files.readString(manifest, StandardCharsets.UTF_8);
    Files.writeString(
        manifest,
        text.replace("\"formatVersion\" : 1", "\"formatVersion\" : 99"),
        StandardCharsets.UTF_8);
    Attar.run("evaluate", model, "--data", data)
        .failedWith(FAILED, "versioned", "version 99", "attar prepare");
  }

  @Test
  void tooFewCodesAreFoundBeforeTraining() throws IOException {
    Path out = folder.resolve("few.attar");
    Attar.runTiny(
            "build",
            clicks,
            "--out",
            out,
            "--set",
            "student.codebooks=2",
            "--set",
            "student.codewords=3")
        .failedWith(ASKED_WRONGLY, "student.codebooks", "3^2 = 9 codes are too few");
    try (Stream<Path> made = Files.list(folder.resolve("few.attar.work"))) {
      assertThat(made.map(path -> path.getFileName().toString()))
          .noneMatch(name -> name.startsWith("teacher") || name.startsWith("start"));
    }
    assertThat(out).doesNotExist();
  }

  @Test
  void dataThatCannotBeTrainedOrMeasuredOn() {
    Path out = folder.resolve("no.attar");
    Attar.runTiny("build", clicks, "--out", out, "--validation-cases", "0")
        .failedWith(ASKED_WRONGLY, "prepare.validationCases");
    Attar.runTiny("build", clicks, "--out", out, "--test-share", "0")
        .failedWith(ASKED_WRONGLY, "prepare.testShare");
    assertThat(out).doesNotExist();
  }

  @Test
  void aLossThatIsNotANumber() {
    Path out = folder.resolve("nan.attar");
    Attar.runTiny("build", clicks, "--out", out, "--set", "teacher.learningRate=1e30")
        .failedWith(FAILED, "loss is not a number", "lower the learning rate");
    assertThat(out).doesNotExist();
  }

  @Test
  void aRecipeForAClickLogAndOneThatDoesNotExist() {
    prepare(clicks, "--recipe", "tmall").failedWith(ASKED_WRONGLY, "recipe 'tmall'", "leave");
    prepare(clicks, "--recipe", "tmal").failedWith(ASKED_WRONGLY, "did you mean 'tmall'?");
  }

  @Test
  void aFolderThatIsNotTheRecipe() throws IOException {
    Path sessions = WholeSessions.write(folder.resolve("not-tmall"));
    prepare(sessions, "--recipe", "tmall")
        .failedWith(FAILED, "not the published tmall set", "65,286");
  }

  @Test
  void distillWithoutATeacher() {
    Path data = folder.resolve("untaught");
    Attar.run("prepare", clicks, "--out", data).succeeded();
    Attar.runTiny("distill", data, "--work", folder.resolve("w2"), "--out", folder.resolve("no"))
        .failedWith(FAILED, "no teacher", "attar train");
  }

  @Test
  void aWorkFolderInUse() {
    Path work = folder.resolve("busy");
    try (WorkFolder taken = WorkFolder.open(work)) {
      Attar.run("build", clicks, "--out", folder.resolve("no.attar"), "--work", work)
          .failedWith(FAILED, taken.path().toString(), "in use by another attar", "--work");
    }
  }

  @Test
  void badModelFiles() throws IOException {
    byte[] sound = Files.readAllBytes(model);
    refused("truncated", Arrays.copyOf(sound, sound.length - 7));
    refused("start-only", Arrays.copyOf(sound, 9));
    refused("empty", new byte[0]);
    byte[] flipped = sound.clone();
    flipped[sound.length / 2] ^= 4;
    refused("flipped", flipped);
    byte[] oversized = sound.clone();
    Arrays.fill(oversized, 12, 16, (byte) 0x7F);
    refused("oversized", oversized);
    refused("foreign", "PK\3\4 something else".getBytes(StandardCharsets.UTF_8));
  }

  private static void refused(String name, byte[] bytes) throws IOException {
    Path file = folder.resolve(name + ".attar");
    Files.write(file, bytes);
    for (List<Object> command :
        List.<List<Object>>of(
            List.of("recommend", file, "x"),
            List.of("inspect", file),
            List.of("evaluate", file, "--data", folder.resolve("nowhere")))) {
      Attar.run(command.toArray())
          .failedWith(FAILED, name + ".attar", "model file", "copy or export it again");
    }
  }

  @Test
  void debugShowsTheStackTrace() {
    Attar.Outcome outcome = Attar.run("recommend", folder.resolve("missing.attar"), "--debug");
    assertThat(outcome.code()).isEqualTo(FAILED);
    assertThat(outcome.err()).contains("attar: there is no model file", "\tat io.attar.cli");
  }
}
