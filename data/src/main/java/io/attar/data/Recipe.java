package io.attar.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * A published data set that results are compared on. A recipe does not change the data: it counts
 * what a folder of whole sessions holds, puts the published counts beside it, and refuses data that
 * is something else, so that no result is ever reported for the wrong set.
 */
public enum Recipe {
  /** Tmall as distributed with GCE-GNN (Wang et al., SIGIR 2020). */
  TMALL("tmall") {
    @Override
    void addChecks(Counts counts, List<RecipeCheck> checks) {
      checks.add(new RecipeCheck("training sessions", 65_286, counts.trainingSessions, true));
      checks.add(new RecipeCheck("training cases", 351_268, counts.trainingCases, true));
      checks.add(new RecipeCheck("test sessions", 1_027, counts.testSessions, true));
      checks.add(new RecipeCheck("test cases", 25_898, counts.testCases, true));
      checks.add(new RecipeCheck("items", 40_727, counts.items, true));
      checks.add(new RecipeCheck("shortest prefix", 1, counts.minimumPrefixLength, true));
      checks.add(new RecipeCheck("longest training session", 40, counts.longestTraining, true));
      checks.add(new RecipeCheck("longest test prefix", 39, counts.longestTestPrefix, true));
      checks.add(new RecipeCheck("mean session length", 6.69, counts.meanLength, true));
      // The papers' count is the next free id of the script, one more than there are items.
      checks.add(new RecipeCheck("items, as the papers print them", 40_728, counts.items, false));
    }
  },
  /** RetailRocket as distributed with COTREC (Xia et al., CIKM 2021). */
  RETAILROCKET("retailrocket") {
    @Override
    void addChecks(Counts counts, List<RecipeCheck> checks) {
      checks.add(new RecipeCheck("training sessions", 126_168, counts.trainingSessions, true));
      checks.add(new RecipeCheck("training cases", 433_648, counts.trainingCases, true));
      checks.add(new RecipeCheck("test sessions", 4_735, counts.testSessions, true));
      checks.add(new RecipeCheck("test cases", 15_132, counts.testCases, true));
      checks.add(new RecipeCheck("items", 36_968, counts.items, true));
      checks.add(new RecipeCheck("shortest prefix", 2, counts.minimumPrefixLength, true));
      checks.add(new RecipeCheck("longest training session", 285, counts.longestTraining, true));
      checks.add(new RecipeCheck("longest test prefix", 127, counts.longestTestPrefix, true));
      checks.add(new RecipeCheck("mean session length", 5.43, counts.meanLength, true));
      // Why the paper has five fewer than its own files is not known.
      checks.add(
          new RecipeCheck(
              "training cases, as the paper prints them", 433_643, counts.trainingCases, false));
    }
  };

  private final String recipeName;

  Recipe(String recipeName) {
    this.recipeName = recipeName;
  }

  /** The name by which options ask for it. */
  public String recipeName() {
    return recipeName;
  }

  /**
   * The recipe of a name.
   *
   * @throws IllegalArgumentException listing the names when there is none of this name
   */
  public static Recipe named(String name) {
    List<String> names = Arrays.stream(values()).map(Recipe::recipeName).toList();
    for (Recipe recipe : values()) {
      if (recipe.recipeName.equals(name)) {
        return recipe;
      }
    }
    throw new IllegalArgumentException(
        "there is no recipe '"
            + name
            + "'"
            + NearestName.suggestion(name, names)
            + " Recipes are: "
            + String.join(", ", names));
  }

  abstract void addChecks(Counts counts, List<RecipeCheck> checks);

  /** Our counts beside the published ones, whether they agree or not. */
  public List<RecipeCheck> checks(Dataset dataset) {
    List<RecipeCheck> checks = new ArrayList<>();
    addChecks(new Counts(dataset), checks);
    return List.copyOf(checks);
  }

  /**
   * Our counts beside the published ones.
   *
   * @throws RecipeException when one that must hold does not
   */
  public List<RecipeCheck> verify(Dataset dataset) {
    List<RecipeCheck> checks = checks(dataset);
    List<RecipeCheck> broken = checks.stream().filter(c -> c.mustHold() && !c.holds()).toList();
    if (!broken.isEmpty()) {
      throw new RecipeException(
          "'"
              + dataset.name()
              + "' is not the published "
              + recipeName
              + " set: "
              + broken.stream()
                  .map(
                      c ->
                          c.name()
                              + " must be "
                              + number(c.published())
                              + " but "
                              + number(c.found())
                              + " found")
                  .collect(Collectors.joining("; "))
              + ". Use the published files, or prepare without the recipe.");
    }
    return checks;
  }

  static String number(double value) {
    return value == Math.rint(value)
        ? String.format(Locale.ROOT, "%,d", (long) value)
        : String.format(Locale.ROOT, "%.4f", value);
  }

  /** What the checks look at. Training here is all that is not test. */
  static final class Counts {
    private final double trainingSessions;
    private final double trainingCases;
    private final double testSessions;
    private final double testCases;
    private final double items;
    private final double minimumPrefixLength;
    private final double longestTraining;
    private final double longestTestPrefix;
    private final double meanLength;

    Counts(Dataset dataset) {
      Sessions training = dataset.known();
      Sessions test = dataset.test();
      trainingSessions = training.count();
      trainingCases = training.caseCount(dataset.minimumPrefixLength());
      testSessions = test.count();
      testCases = test.caseCount(dataset.minimumPrefixLength());
      items = dataset.items().size();
      minimumPrefixLength = dataset.minimumPrefixLength();
      longestTraining = longest(training);
      longestTestPrefix = longest(test) - 1.0;
      meanLength =
          ((double) training.clickCount() + test.clickCount()) / (training.count() + test.count());
    }

    private static int longest(Sessions sessions) {
      int longest = 0;
      for (int s = 0; s < sessions.count(); s++) {
        longest = Math.max(longest, sessions.length(s));
      }
      return longest;
    }
  }
}
