package io.attar.evaluation;

import static io.attar.evaluation.Toys.s;
import static io.attar.evaluation.Toys.sessions;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.attar.data.Dataset;
import io.attar.data.Sessions;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class CaseGroupsTest {
  private static final EvaluationOptions ONE = new EvaluationOptions(1, 50, 7);

  // Twelve clicks: five on 0, three on 1, two on 2, one on 3 and 4 each; none on 5.
  private static final Sessions KNOWN = sessions(s(0, 0, 0, 0, 0, 1), s(1, 1, 2, 2, 3, 4));

  private static Map<String, GroupResult> groups(Sessions test) {
    Dataset dataset = Toys.dataset(7, 6, KNOWN, test, 1);
    ScoringMethod method = Toys.fixed("fixed", 9, 8, 7, 6, 5, 4);
    EvaluationReport report =
        Evaluation.run(dataset, null, null, java.util.List.of(method), ONE, ProgressListener.NONE);
    return report.rules().get(0).groups().stream()
        .collect(Collectors.toMap(GroupResult::name, Function.identity()));
  }

  private static GroupResult group(Map<String, GroupResult> groups, String name) {
    return Objects.requireNonNull(groups.get(name), name);
  }

  @Test
  void targetsAreGroupedByThirdsOfTheClicks() {
    // Item 0 begins below a third, so does 1 after five of twelve clicks below two, 2 begins at
    // two.
    CaseGroups groups = CaseGroups.of(KNOWN, 6);
    int head = groups.ofTarget(0);
    assertThat(CaseGroups.all().get(head).name()).isEqualTo("head");
    assertThat(groups.ofTarget(1)).isEqualTo(head + 1);
    for (int rare : new int[] {2, 3, 4, 5, 6, 1000}) {
      assertThat(groups.ofTarget(rare)).isEqualTo(head + 2);
    }
  }

  @Test
  void everyLengthHasAGroup() {
    CaseGroups groups = CaseGroups.of(KNOWN, 6);
    for (int length = 1; length < 100; length++) {
      String name = CaseGroups.all().get(groups.ofLength(length)).name();
      String[] ends = name.split(" to | or ", 2);
      assertThat(length).isGreaterThanOrEqualTo(Integer.parseInt(ends[0]));
      if (!name.endsWith("more")) {
        assertThat(length).isLessThanOrEqualTo(Integer.parseInt(ends[ends.length - 1]));
      }
    }
  }

  @Test
  void meansAreOverTheCasesOfTheGroup() {
    // Always 0 1 2 3 4 5: targets 1 and 2 at ranks 2 and 3 after one click and two, 6 is unknown.
    Map<String, GroupResult> groups = groups(sessions(s(0, 1, 2), s(3, 6)));
    assertThat(group(groups, "1").cases()).isEqualTo(2);
    assertThat(group(groups, "1").recall()).isEqualTo(0.5);
    assertThat(group(groups, "1").gain()).isCloseTo(Math.log(2) / Math.log(3) / 2, within(1e-15));
    assertThat(group(groups, "2").gain()).isCloseTo(0.5, within(1e-15));
    assertThat(group(groups, "3 to 4").cases()).isZero();
    assertThat(group(groups, "3 to 4").recall()).isNaN();
    assertThat(group(groups, "head").cases()).isZero();
    assertThat(group(groups, "middle").recall()).isEqualTo(1);
    assertThat(group(groups, "tail").cases()).isEqualTo(2);
    assertThat(group(groups, "tail").gain()).isCloseTo(0.25, within(1e-15));
  }
}
