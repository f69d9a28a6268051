package io.attar.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.attar.runtime.Recommender;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each measurement, small: that it runs and that its numbers can be. */
final class MeasurementTest {
  private static final Stopwatch SHORT = new Stopwatch(1, 1, 2);

  @Test
  void aModelBesideItsContestants() throws Exception {
    SyntheticShop shop = SyntheticShop.clustered(400, 3, 16, 16, 1);
    Queries queries = new Queries(List.of(new int[] {1, 2, 3}, new int[] {4, 4, 5, 6}));
    Report.Model model =
        ModelMeasurement.measure("simulated", "small", shop.file(30), queries, SHORT, 9);
    // Eight at 5 and 20 clicks: the window holds 30.
    assertThat(model.timings()).hasSize(16);
    assertThat(model.timings()).allSatisfy(timing -> assertThat(timing.median()).isPositive());
    // Six that rank alike, two tensor-trains and three floors.
    assertThat(model.ranking()).hasSize(11);
    assertThat(model.ranking()).allSatisfy(timing -> assertThat(timing.median()).isPositive());
    assertThat(model.codebooks()).isEqualTo(3);
    assertThat(model.listsCompared()).isPositive();
  }

  @Test
  void aSyntheticShop() throws Exception {
    SyntheticShop shop = SyntheticShop.clustered(400, 3, 16, 16, 1);
    Report.Synthetic measured = SyntheticMeasurement.measure("clustered", shop, SHORT);
    assertThat(measured.items()).isEqualTo(400);
    assertThat(measured.timings()).hasSize(3);
  }

  /** A session holds at least its clicks, its query and its block of scores. */
  @Test
  void theMemoryOfASession() throws Exception {
    SyntheticShop shop = SyntheticShop.clustered(2_000, 3, 16, 16, 1);
    long bytes = SessionMemory.measure(Recommender.open(shop.file(30)), shop.sessions(5, 1));
    assertThat(bytes).isBetween(1_000L, 100_000L);
  }

  @Test
  void processesFromTheirStart(@TempDir Path folder) throws Exception {
    Path model = folder.resolve("model.attar");
    Files.write(model, SyntheticShop.clustered(400, 3, 16, 16, 1).file(30));
    List<Report.Start> starts = ProcessStart.measure(model, 1, folder, 1);
    assertThat(starts).hasSize(6);
    assertThat(starts).allSatisfy(start -> assertThat(start.milliseconds()).isPositive());
  }

  @Test
  void clicksASecond(@TempDir Path folder) throws Exception {
    Path model = folder.resolve("model.attar");
    Files.write(model, SyntheticShop.clustered(400, 3, 16, 16, 1).file(30));
    Path queries = folder.resolve("queries");
    new Queries(List.of(new int[] {1, 2, 3}, new int[] {4})).write(queries);
    Report.Server server = ServerBenchmark.run("simulated", "small", model, queries, 2, 1);
    assertThat(server.threads()).isEqualTo(2);
    assertThat(server.clicksPerSecond()).isGreaterThan(1_000);
  }
}
