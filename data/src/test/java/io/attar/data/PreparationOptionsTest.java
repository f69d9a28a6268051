package io.attar.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PreparationOptionsTest {
  private static final PreparationOptions DEFAULTS = PreparationOptions.defaults();

  @Test
  void changesOneOptionByNameFromAValueOrItsText() {
    PreparationOptions changed =
        DEFAULTS.with("gapMinutes", 45).with("testShare", "0.2").with("strict", "true");
    assertThat(changed.gapMinutes()).isEqualTo(45);
    assertThat(changed.testShare()).isEqualTo(0.2);
    assertThat(changed.strict()).isTrue();
    assertThat(changed.with("gapMinutes", 30).with("testShare", 0.1).with("strict", false))
        .isEqualTo(DEFAULTS);
  }

  @Test
  void suggestsTheNearestNameForAnUnknownOne() {
    assertThatThrownBy(() -> DEFAULTS.with("minimumItemCounts", 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("did you mean 'minimumItemCount'?")
        .hasMessageContaining("memoryLimit");
    assertThatThrownBy(() -> DEFAULTS.with("recipe", "tmal"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("did you mean 'tmall'?")
        .hasMessageContaining("tmall, retailrocket");
    assertThatThrownBy(() -> DEFAULTS.with("recipe", "movielens"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("did you mean")
        .hasMessageContaining("tmall, retailrocket");
  }

  @ParameterizedTest
  @CsvSource({
    "itemColumn,''",
    "timeColumn,''",
    "delimiter,''",
    "delimiter,tab",
    "delimiter,'\"'",
    "delimiter,§",
    "gapMinutes,0",
    "gapMinutes,soon",
    "minimumItemCount,0",
    "minimumSessionLength,1",
    "maximumSessionLength,1",
    "maximumSessionLength,-1",
    "testShare,1",
    "testShare,-0.1",
    "testShare,NaN",
    "validationCases,-1",
    "validationShare,1.5",
    "minimumPrefixLength,0",
    "strict,yes",
    "maximumBrokenShare,1.1",
    "memoryLimit,lots",
    "memoryLimit,0GB",
    "threads,0",
    "recipe,nonesuch"
  })
  void refusesAValueNamingTheOption(String name, String value) {
    assertThatThrownBy(() -> DEFAULTS.with(name, value))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(name);
  }

  @Test
  void needsAColumnToTellSessionsBy() {
    PreparationOptions byUser = DEFAULTS.with("sessionColumn", "");
    assertThat(byUser.userColumn()).isEqualTo("user");
    assertThatThrownBy(() -> byUser.with("userColumn", ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("both are empty");
  }

  @Test
  void distanceCountsEdits() {
    assertThat(NearestName.suggestion("x", List.of())).isEmpty();
    assertThat(NearestName.suggestion("teacher.epoch", List.of("student.epochs", "teacher.epochs")))
        .isEqualTo("; did you mean 'teacher.epochs'?");
    assertThat(NearestName.distance("kitten", "sitting")).isEqualTo(3);
    assertThat(NearestName.distance("", "abc")).isEqualTo(3);
    assertThat(NearestName.distance("same", "same")).isZero();
  }
}
