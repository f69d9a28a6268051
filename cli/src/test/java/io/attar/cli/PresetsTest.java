package io.attar.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PresetsTest {
  @Test
  void everyPresetIsARivalAsPublished() {
    for (String name : Presets.NAMES) {
      Configuration preset = Presets.over(Configuration.defaults(), name);
      assertThat(preset.teacher().scores()).as(name).isEqualTo("dot");
      assertThat(preset.teacher().start()).as(name).isEqualTo("random");
      assertThat(preset.teacher().repeatHead()).as(name).isFalse();
      assertThat(preset.teacher().candidates()).as(name).isZero();
      assertThat(preset.teacher().neighbourWeight()).as(name).isZero();
      assertThat(preset.student()).as(name).isEqualTo(Configuration.defaults().student());
    }
    assertThat(Presets.over(Configuration.defaults(), "sr-gnn").teacher().encoder())
        .isEqualTo("session-graph");
    assertThat(Presets.over(Configuration.defaults(), "sasrec").teacher().layers()).isEqualTo(2);
  }

  @Test
  void fileAndSingleKeysWinOverThePreset(@TempDir Path folder) throws IOException {
    Path file = Attar.file(folder, "shop.yaml", "teacher:", "  epochs: 4", "  rows: 3");
    Configuration preset = Presets.over(Configuration.defaults(), "narm");
    Configuration read = ConfigurationReader.read(preset, file, Map.of("teacher.rows", "5"));
    assertThat(read.teacher().encoder()).isEqualTo("narm");
    assertThat(read.teacher().dropout()).isEqualTo(0.25);
    assertThat(read.teacher().epochs()).isEqualTo(4);
    assertThat(read.teacher().rows()).isEqualTo(5);
  }

  @Test
  void anUnknownPresetIsRefusedWithTheNames() {
    assertThatThrownBy(() -> Presets.over(Configuration.defaults(), "gru"))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("gru4rec, narm")
        .hasMessageContaining("'gru'");
    Attar.run("evaluate", "x.attar", "--data", "x", "--preset", "gru")
        .failedWith(2, "--preset must be one of gru4rec");
  }
}
