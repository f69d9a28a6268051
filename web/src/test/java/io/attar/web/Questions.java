package io.attar.web;

import io.attar.runtime.Explanation;
import io.attar.runtime.ItemSet;
import io.attar.runtime.Ranking;
import io.attar.runtime.Recommendations;
import io.attar.runtime.Recommender;
import io.attar.runtime.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/**
 * Asks a model many times, every session saved and restored half way. Of each answer remains a
 * checksum that any other bit would change: of the saved bytes, of all item indices, ids and score
 * bits of three rankings, and of the explanations of two items. {@code browser-tests/questions.js}
 * asks the same in a browser.
 */
final class Questions {
  static final int COUNT = 1_000;

  private static final int LONGEST_SESSION = 60;
  private static final int RECOMMENDATIONS = 20;

  private final Recommender recommender;
  private final byte[] number = new byte[4];
  private CRC32 sum = new CRC32();
  private int state = 20_260;

  /**
   * What came of one question.
   *
   * @param checksum of everything
   * @param items the best 20, by item index
   * @param scores of these
   */
  record Answer(long checksum, List<Integer> items, List<Float> scores) {}

  private Questions(Recommender recommender) {
    this.recommender = recommender;
  }

  static List<Answer> ask(Recommender recommender) {
    return new Questions(recommender).ask();
  }

  private List<Answer> ask() {
    ItemSet denied = every(3);
    // The runtime scores a short allow-list item by item and searches with a long one.
    ItemSet few = every(10);
    ItemSet many = every(2);
    List<Answer> answers = new ArrayList<>();
    for (int question = 0; question < COUNT; question++) {
      sum = new CRC32();
      Session session = recommender.newSession();
      int clicks = below(LONGEST_SESSION + 1); // 0: the popular items
      int last = 0;
      for (int i = 0; i < clicks; i++) {
        if (i == clicks / 2) {
          session = savedAndRestored(session);
        }
        // Every other click stays near the one before: sessions with repeats.
        last =
            i > 0 && below(2) == 0
                ? Math.min(last + below(3), recommender.itemCount() - 1)
                : below(recommender.itemCount());
        session.clickIndex(last);
      }
      List<Integer> items = new ArrayList<>();
      List<Float> scores = new ArrayList<>();
      Recommendations top = session.top(RECOMMENDATIONS);
      for (int rank = 0; rank < top.size(); rank++) {
        items.add(top.itemIndex(rank));
        scores.add(top.score(rank));
      }
      add(top);
      add(session.topUnseen(RECOMMENDATIONS));
      Ranking ranking = Ranking.of(RECOMMENDATIONS).only(question % 2 == 0 ? few : many);
      add(session.top(ranking.without(denied).atLeast(-10)));
      add(session.explain(last));
      add(session.explain(below(recommender.itemCount())));
      answers.add(new Answer(sum.getValue(), items, scores));
    }
    return answers;
  }

  private ItemSet every(int step) {
    ItemSet items = recommender.newItemSet();
    for (int item = step - 1; item < recommender.itemCount(); item += step) {
      items.addIndex(item);
    }
    return items;
  }

  private Session savedAndRestored(Session session) {
    byte[] saved = session.save();
    sum.update(saved, 0, saved.length);
    Session restored = recommender.newSession();
    if (!restored.restore(saved)) {
      throw new IllegalStateException("a session does not take up what another of its model saved");
    }
    return restored;
  }

  private void add(Recommendations recommendations) {
    add(recommendations.size());
    for (int rank = 0; rank < recommendations.size(); rank++) {
      add(recommendations.itemIndex(rank));
      add(recommendations.itemId(rank));
      add(Float.floatToRawIntBits(recommendations.score(rank)));
    }
  }

  private void add(Explanation explanation) {
    add(Float.floatToRawIntBits(explanation.score()));
    for (Explanation.Term term : explanation.terms()) {
      add(term.name());
      add(term.click());
      long bits = Double.doubleToRawLongBits(term.value());
      add((int) bits);
      add((int) (bits >>> 32));
    }
  }

  private void add(String text) {
    for (int i = 0; i < text.length(); i++) {
      add(text.charAt(i));
    }
  }

  private void add(int value) {
    for (int i = 0; i < 4; i++) {
      number[i] = (byte) (value >>> (8 * i));
    }
    sum.update(number, 0, 4);
  }

  /** From 0 to {@code bound} - 1, by a congruential generator of 32 bits. */
  private int below(int bound) {
    state = state * 1_664_525 + 1_013_904_223;
    return (state >>> 8) % bound;
  }
}
