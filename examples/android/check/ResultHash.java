import io.attar.runtime.Explanation;
import io.attar.runtime.ItemSet;
import io.attar.runtime.Ranking;
import io.attar.runtime.Recommendations;
import io.attar.runtime.Recommender;
import io.attar.runtime.Session;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;

/**
 * Asks a model 1,000 times, every session saved and restored half way, and prints one number that
 * any other bit in any answer would change: the CRC-32 of the saved bytes, of all item indices and
 * score bits of three rankings, and of the explanations of two items. Argument: the model file.
 * Uses nothing of {@code java.*} but what the runtime itself uses, {@code FileInputStream} and
 * {@code System.out.println}.
 */
public final class ResultHash {
  private static final int QUERIES = 1_000;
  private static final int LONGEST_SESSION = 60;
  private static final int RECOMMENDATIONS = 20;

  private final CRC32 sum = new CRC32();
  private final byte[] number = new byte[4];
  private long state = 20_260;

  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 1) {
      throw new IllegalArgumentException("one argument, the model file, but " + arguments.length);
    }
    Recommender recommender;
    InputStream in = new FileInputStream(arguments[0]);
    try {
      recommender = Recommender.open(in);
    } finally {
      in.close();
    }
    System.out.println(Long.toString(new ResultHash().hash(recommender)));
  }

  private long hash(Recommender recommender) {
    ItemSet denied = every(3, recommender);
    // The runtime scores a short allow-list item by item and searches with a long one.
    Ranking[] rankings = {
      Ranking.of(RECOMMENDATIONS).only(every(10, recommender)).without(denied),
      Ranking.of(RECOMMENDATIONS).only(every(2, recommender)).without(denied)
    };
    for (int query = 0; query < QUERIES; query++) {
      Session session = recommender.newSession();
      int clicks = below(LONGEST_SESSION + 1); // 0: the popular items
      int last = 0;
      for (int i = 0; i < clicks; i++) {
        if (i == clicks / 2) {
          session = savedAndRestored(recommender, session);
        }
        // Every other click stays near the one before: sessions with repeats.
        last =
            i > 0 && below(2) == 0
                ? Math.min(last + below(3), recommender.itemCount() - 1)
                : below(recommender.itemCount());
        session.clickIndex(last);
      }
      add(session.top(RECOMMENDATIONS));
      add(session.topUnseen(RECOMMENDATIONS));
      add(session.top(rankings[query % 2]));
      add(session.explain(last));
      add(session.explain(below(recommender.itemCount())));
    }
    return sum.getValue();
  }

  private static ItemSet every(int step, Recommender recommender) {
    ItemSet items = recommender.newItemSet();
    for (int item = step - 1; item < recommender.itemCount(); item += step) {
      items.addIndex(item);
    }
    return items;
  }

  private Session savedAndRestored(Recommender recommender, Session session) {
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
      add(Float.floatToRawIntBits(recommendations.score(rank)));
    }
  }

  private void add(Explanation explanation) {
    add(Float.floatToRawIntBits(explanation.score()));
    for (Explanation.Term term : explanation.terms()) {
      long bits = Double.doubleToRawLongBits(term.value());
      add(term.click());
      add((int) bits);
      add((int) (bits >>> 32));
    }
  }

  private void add(int value) {
    for (int i = 0; i < 4; i++) {
      number[i] = (byte) (value >>> (8 * i));
    }
    sum.update(number, 0, 4);
  }

  /** From 0 to {@code bound} - 1, by Knuth's 64-bit congruential generator. */
  private int below(int bound) {
    state = state * 6_364_136_223_846_793_005L + 1_442_695_040_888_963_407L;
    return (int) ((state >>> 33) % bound);
  }
}
