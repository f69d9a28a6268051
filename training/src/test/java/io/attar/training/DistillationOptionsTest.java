package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DistillationOptionsTest {
  @Test
  void everythingIsOffByDefault() {
    DistillationOptions options = DistillationOptions.defaults();
    assertThat(options.off()).isTrue();
    assertThat(options.mixes() || options.contrasts() || options.teacherLearns()).isFalse();
    assertThat(options.mixupShare(0)).isZero();
    for (String task :
        new String[] {
          "mixupShare", "contrastiveWeight", "predictiveWeight", "teacherLearningRate"
        }) {
      assertThat(Toys.tasks(Map.of(task, 0.1)).off()).as(task).isFalse();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "annealed, 0, 0.8",
    "annealed, 0.1, 0.6",
    "annealed, 0.2, 0.4",
    "annealed, 0.4, 0",
    "annealed, 0.41, 0",
    "annealed, 0.99, 0",
    "constant, 0, 0.8",
    "constant, 0.99, 0.8",
    "shipped, 0.99, 0.8"
  })
  void theTeachersShareFallsLinearlyToZeroOrStays(String mixture, double progress, double share) {
    DistillationOptions options =
        Toys.tasks(Map.of("mixture", mixture, "mixupShare", 0.8, "mixupEnd", 0.4));
    assertThat(options.mixupShare(progress)).isCloseTo(share, within(share == 0 ? 0 : 1e-12));
  }

  @Test
  void onlyAMixtureThatMixesShips() {
    assertThat(Toys.tasks(Map.of("mixture", "shipped")).shipsMixture()).isFalse();
    assertThat(Toys.tasks(Map.of("mixture", "shipped", "mixupShare", 0.8)).shipsMixture()).isTrue();
    assertThat(Toys.tasks(Map.of("mixture", "constant", "mixupShare", 0.8)).shipsMixture())
        .isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "mixture, whole, must be one of annealed",
    "mixupShare, 1.5, must be at most 1",
    "mixupShare, -0.1, must not be negative",
    "mixupEnd, 0, must be positive",
    "mixupEnd, 2, must be at most 1",
    "contrastiveWeight, -1, must not be negative",
    "predictiveWeight, -1, must not be negative",
    "contrastiveTemperature, 0, must be positive",
    "contrastiveCases, 1, must lie between 2 and 4096",
    "hotShare, 0, must be positive",
    "hotShare, 1.2, must be at most 1",
    "teacherLearningRate, -1, must not be negative",
    "teacherSoftTargetWeight, -1, must not be negative"
  })
  void wrongValuesAreNamedWithTheRule(String name, String value, String rule) {
    assertThatThrownBy(() -> Toys.tasks(Map.of(name, value)))
        .rootCause()
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("distillation." + name + " " + rule)
        .hasMessageContaining(value);
  }
}
