package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.attar.data.Sessions;
import org.junit.jupiter.api.Test;

/** What is measured and calibrated must not hold items whose vectors come from fold-in. */
final class HeldOutSessionsTest {

  @Test
  void clicksOnItemsThatTrainingNeverSawAreLeftOut() {
    Sessions heldOut = new Sessions(new int[] {0, 3, 1, 3, 3, 2, 0, 0}, new int[] {0, 3, 5, 8});
    Sessions known = Workshop.onlyKnown(heldOut, new int[] {4, 1, 7, 0});
    assertThat(known.count()).isEqualTo(3);
    assertThat(known.session(0)).containsExactly(0, 1);
    assertThat(known.session(1)).isEmpty();
    assertThat(known.session(2)).containsExactly(2, 0, 0);
    assertThat(known.caseCount(1)).isEqualTo(3);
  }
}
