package io.attar.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The identity of the public sets; runs where the folder with them lies beside the checkout. */
@Tag("real-data")
class RealDataTest {
  private static final Path SETS = Path.of(System.getProperty("attar.sharedData", "missing"));

  private final Path temporary;

  RealDataTest(@TempDir Path temporary) {
    this.temporary = temporary;
  }

  @ParameterizedTest
  @EnumSource
  void publishedSetsAreWhatTheirRecipesSay(Recipe recipe) {
    Prepared prepared =
        new Preparation(
                PreparationOptions.defaults().with("recipe", recipe.recipeName()),
                ProgressListener.none())
            .prepare(SETS.resolve(recipe.recipeName()), temporary);
    assertThat(prepared.report().recipeChecks())
        .filteredOn(RecipeCheck::mustHold)
        .hasSize(9)
        .allMatch(RecipeCheck::holds);
    assertThat(prepared.report().recipeChecks())
        .filteredOn(check -> !check.mustHold())
        .hasSize(1)
        .noneMatch(RecipeCheck::holds);
    assertThat(prepared.report().validation().cases()).isBetween(5000L, 5300L);
    Path folder = temporary.resolve("prepared");
    PreparedFolder.write(folder, prepared.dataset(), prepared.report());
    assertThat(PreparedFolder.read(folder).identity()).isEqualTo(prepared.dataset().identity());
    assertThat(PreparedFolder.readReport(folder)).isEqualTo(prepared.report());
  }

  @Test
  void tmall() {
    Dataset set = SessionFolder.read(SETS.resolve("tmall"));
    assertThat(set.training().count()).isEqualTo(65_286);
    assertThat(set.training().clickCount()).isEqualTo(416_554);
    assertThat(set.training().caseCount(1)).isEqualTo(351_268);
    assertThat(set.test().count()).isEqualTo(1_027);
    assertThat(set.test().caseCount(1)).isEqualTo(25_898);
    assertThat(set.items().size()).isEqualTo(40_727);
    assertThat(set.catalogueSize()).isEqualTo(40_727);
    assertThat(set.minimumPrefixLength()).isEqualTo(1);
  }

  @Test
  void retailRocket() {
    Dataset set = SessionFolder.read(SETS.resolve("retailrocket"));
    assertThat(set.training().count()).isEqualTo(126_168);
    assertThat(set.training().clickCount()).isEqualTo(685_984);
    assertThat(set.training().caseCount(2)).isEqualTo(433_648);
    assertThat(set.test().count()).isEqualTo(4_735);
    assertThat(set.test().clickCount()).isEqualTo(24_602);
    assertThat(set.test().caseCount(2)).isEqualTo(15_132);
    assertThat(set.items().size()).isEqualTo(36_968);
    assertThat(set.minimumPrefixLength()).isEqualTo(2);
  }

  @Test
  void yooChooseHasTestItemsOutsideTheCatalogue() {
    Dataset set = SessionFolder.read(SETS.resolve("yoochoose1_64"));
    assertThat(set.catalogueSize()).isEqualTo(17_376);
    assertThat(set.items().size()).isEqualTo(17_745);
    assertThat(set.test().count()).isEqualTo(15_324);
    assertThat(set.test().caseCount(1)).isEqualTo(55_898);
  }
}
