package io.attar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code attar seeds} on made-up reports. */
final class SeedsTest {
  private static final String RULES = "'rules':{'session kNN':{'recall@10':20}}";

  private final Path folder;

  SeedsTest(@TempDir Path folder) {
    this.folder = folder;
  }

  /** A report with Recall@10 alone. */
  private Path report(int seed, double student, double teacher, String settings)
      throws IOException {
    return Attar.file(
        folder,
        "report-" + seed + "-" + settings.hashCode() + ".json",
        String.join(
                ",",
                "{'data':{'name':'shop','cases':10}",
                "'recall@10':" + student,
                "'teacher':{'recall@10':" + teacher + "}",
                RULES,
                "'bytes':" + (1000 + seed),
                "'bytes.withoutItemIds':900",
                "'compression':{'factor':31.5}",
                "'provenance':{'seed':" + seed + ",'teacher':{'epochs':3}",
                "'student':{" + settings + "}}}")
            .replace('\'', '"'));
  }

  @Test
  void meanAndRangeOfStudentTeacherAndTheirShare() throws IOException {
    Path page = folder.resolve("seeds.md");
    String settings = "'epochs':4";
    Attar.Outcome outcome =
        Attar.run(
            "seeds",
            report(1, 40, 50, settings),
            report(2, 45, 50, settings),
            report(3, 41, 50, settings),
            "--out",
            page);
    outcome.succeeded();
    assertThat(page).content().startsWith("# Seeds 1, 2, 3 on shop");
    assertThat(page)
        .content()
        .contains(
            "| recall@10 | 42.00 [40.00, 45.00] | 50.00 [50.00, 50.00] | 84.00 [80.00, 90.00]"
                + " | 20.00 [20.00, 20.00] |")
        .contains("- bytes: 1001, 1002, 1003")
        .contains("- times smaller than the teacher's parameters: 31.5, 31.5, 31.5");
    assertThat(outcome.out()).contains("42.00 [40.00, 45.00]");
  }

  @Test
  void reportsOfOtherSettingsOrOfTheSameSeedAreNotPutTogether() throws IOException {
    Attar.run("seeds", report(1, 40, 50, "'epochs':4"), report(2, 40, 50, "'epochs':5"))
        .failedWith(1, "must be of the same student settings");
    Attar.run("seeds", report(1, 40, 50, "'epochs':4"), report(1, 40, 50, "'epochs':4"))
        .failedWith(1, "every report must be of another seed");
    Attar.run("seeds", report(1, 40, 50, "'epochs':4"), folder.resolve("none.json"))
        .failedWith(1, "there is no report");
  }

  /** A report is not lost to its younger siblings because settings have been added that are off. */
  @Test
  void settingsThatCameLaterAndAreOffMakeNoDifference() throws IOException {
    Path older = report(1, 40, 50, "'epochs':4");
    for (String metric : List.of("rows", "scores")) {
      Path younger = report(2, 40, 50, "'epochs':4,'codeMetric':'" + metric + "'");
      Attar.Outcome outcome = Attar.run("seeds", older, younger);
      if (metric.equals("rows")) {
        outcome.succeeded();
      } else {
        outcome.failedWith(1, "must be of the same student settings");
      }
    }
  }
}
