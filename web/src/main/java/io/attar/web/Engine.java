package io.attar.web;

import io.attar.runtime.Explanation;
import io.attar.runtime.ItemSet;
import io.attar.runtime.ModelFile;
import io.attar.runtime.ModelFileException;
import io.attar.runtime.Ranking;
import io.attar.runtime.Recommendations;
import io.attar.runtime.Recommender;
import io.attar.runtime.Session;
import org.jspecify.annotations.Nullable;
import org.teavm.interop.Export;
import org.teavm.jso.JSExport;

/**
 * The runtime as functions of numbers and handles, for the package's {@code index.js}, which alone
 * calls them and checks what it passes. Every function is exported in two ways: to WebAssembly as
 * it is, as {@code attar.} and its name ({@link Export}; the bare name is what TeaVM gives the
 * second way there), and to JavaScript as a function of the module ({@link JSExport}).
 *
 * <p>A handle is a Java object that JavaScript holds and hands back, and cannot look into. Arrays
 * and strings would be copied or wrapped on their way; so they travel number by number, in handles
 * of our own ({@link Bytes}, {@link Text}). That also spares a page TeaVM's own loader, which makes
 * functions of text and so does not work under a strict content security policy.
 */
public final class Engine {
  private static Problem problem = new Problem("", "", 0);

  private Engine() {}

  /** What was wrong with the last file that was. */
  private static final class Problem {
    private final String message;
    private final String section;
    private final long offset;

    Problem(String message, String section, long offset) {
      this.message = message;
      this.section = section;
      this.offset = offset;
    }

    static Problem of(ModelFileException e) {
      return new Problem(String.valueOf(e.getMessage()), e.section(), e.offset());
    }
  }

  /** Bytes on their way to or from JavaScript. */
  static final class Bytes {
    private final byte[] values;

    Bytes(byte[] values) {
      this.values = values;
    }
  }

  /** Characters on their way to or from JavaScript, as UTF-16. */
  static final class Text {
    private final StringBuilder characters;

    Text(String text) {
      characters = new StringBuilder(text);
    }
  }

  /** The scores of all items. */
  static final class Scores {
    private final float[] values; // (V)

    Scores(float[] values) {
      this.values = values;
    }
  }

  /** The codes of all items that have some. */
  static final class Codes {
    private final int[][] values; // (M, V - H)

    Codes(int[][] values) {
      this.values = values;
    }
  }

  /** What TeaVM starts from; there is nothing to start. */
  public static void main(String[] arguments) {}

  @Export(name = "attar.newBytes")
  @JSExport
  public static Bytes newBytes(int length) {
    return new Bytes(new byte[length]);
  }

  @Export(name = "attar.byteCount")
  @JSExport
  public static int byteCount(Bytes bytes) {
    return bytes.values.length;
  }

  @Export(name = "attar.byteAt")
  @JSExport
  public static int byteAt(Bytes bytes, int index) {
    return bytes.values[index];
  }

  @Export(name = "attar.setByte")
  @JSExport
  public static void setByte(Bytes bytes, int index, int value) {
    bytes.values[index] = (byte) value;
  }

  @Export(name = "attar.newText")
  @JSExport
  public static Text newText() {
    return new Text("");
  }

  @Export(name = "attar.characterCount")
  @JSExport
  public static int characterCount(Text text) {
    return text.characters.length();
  }

  @Export(name = "attar.characterAt")
  @JSExport
  public static int characterAt(Text text, int index) {
    return text.characters.charAt(index);
  }

  @Export(name = "attar.append")
  @JSExport
  public static void append(Text text, int character) {
    text.characters.append((char) character);
  }

  /** Null when the bytes are no sound model file: then {@link #problemMessage} and the rest. */
  @Export(name = "attar.open")
  @JSExport
  public static @Nullable Recommender open(Bytes bytes) {
    try {
      return Recommender.open(bytes.values);
    } catch (ModelFileException e) {
      problem = Problem.of(e);
      return null;
    }
  }

  /** Null as {@link #open}. */
  @Export(name = "attar.readFile")
  @JSExport
  public static @Nullable ModelFile readFile(Bytes bytes) {
    try {
      return ModelFile.read(bytes.values);
    } catch (ModelFileException e) {
      problem = Problem.of(e);
      return null;
    }
  }

  @Export(name = "attar.problemMessage")
  @JSExport
  public static Text problemMessage() {
    return new Text(problem.message);
  }

  @Export(name = "attar.problemSection")
  @JSExport
  public static Text problemSection() {
    return new Text(problem.section);
  }

  @Export(name = "attar.problemOffset")
  @JSExport
  public static double problemOffset() {
    return problem.offset;
  }

  @Export(name = "attar.itemCount")
  @JSExport
  public static int itemCount(Recommender recommender) {
    return recommender.itemCount();
  }

  @Export(name = "attar.itemId")
  @JSExport
  public static Text itemId(Recommender recommender, int index) {
    return new Text(recommender.itemId(index));
  }

  @Export(name = "attar.itemIndex")
  @JSExport
  public static int itemIndex(Recommender recommender, Text id) {
    return recommender.itemIndex(id.characters.toString());
  }

  @Export(name = "attar.dimension")
  @JSExport
  public static int dimension(Recommender recommender) {
    return recommender.dimension();
  }

  @Export(name = "attar.maximumSessionLength")
  @JSExport
  public static int maximumSessionLength(Recommender recommender) {
    return recommender.maximumSessionLength();
  }

  @Export(name = "attar.provenance")
  @JSExport
  public static Text provenance(Recommender recommender) {
    return new Text(recommender.provenance());
  }

  @Export(name = "attar.popularCount")
  @JSExport
  public static int popularCount(Recommender recommender) {
    return recommender.popularCount();
  }

  @Export(name = "attar.popularItem")
  @JSExport
  public static int popularItem(Recommender recommender, int rank) {
    return recommender.popularItem(rank);
  }

  @Export(name = "attar.newItemSet")
  @JSExport
  public static ItemSet newItemSet(Recommender recommender) {
    return recommender.newItemSet();
  }

  @Export(name = "attar.addItem")
  @JSExport
  public static boolean addItem(ItemSet set, int index) {
    return set.addIndex(index);
  }

  @Export(name = "attar.removeItem")
  @JSExport
  public static boolean removeItem(ItemSet set, int index) {
    return set.removeIndex(index);
  }

  @Export(name = "attar.containsItem")
  @JSExport
  public static boolean containsItem(ItemSet set, int index) {
    return set.containsIndex(index);
  }

  @Export(name = "attar.setSize")
  @JSExport
  public static int setSize(ItemSet set) {
    return set.size();
  }

  @Export(name = "attar.clearSet")
  @JSExport
  public static void clearSet(ItemSet set) {
    set.clear();
  }

  @Export(name = "attar.newSession")
  @JSExport
  public static Session newSession(Recommender recommender) {
    return recommender.newSession();
  }

  @Export(name = "attar.click")
  @JSExport
  public static boolean click(Session session, int itemIndex) {
    return session.clickIndex(itemIndex);
  }

  @Export(name = "attar.clear")
  @JSExport
  public static void clear(Session session) {
    session.clear();
  }

  @Export(name = "attar.clickCount")
  @JSExport
  public static int clickCount(Session session) {
    return session.length();
  }

  @Export(name = "attar.top")
  @JSExport
  public static Recommendations top(Session session, int count) {
    return session.top(count);
  }

  @Export(name = "attar.topUnseen")
  @JSExport
  public static Recommendations topUnseen(Session session, int count) {
    return session.topUnseen(count);
  }

  /** Only and without: null for no such set. */
  @Export(name = "attar.topOf")
  @JSExport
  public static Recommendations topOf(
      Session session,
      int count,
      boolean unseen,
      @Nullable ItemSet only,
      @Nullable ItemSet without,
      float minimumScore) {
    Ranking ranking = Ranking.of(count).atLeast(minimumScore);
    if (unseen) {
      ranking = ranking.unseen();
    }
    if (only != null) {
      ranking = ranking.only(only);
    }
    if (without != null) {
      ranking = ranking.without(without);
    }
    return session.top(ranking);
  }

  @Export(name = "attar.rankedCount")
  @JSExport
  public static int rankedCount(Recommendations recommendations) {
    return recommendations.size();
  }

  @Export(name = "attar.rankedItem")
  @JSExport
  public static int rankedItem(Recommendations recommendations, int rank) {
    return recommendations.itemIndex(rank);
  }

  @Export(name = "attar.rankedScore")
  @JSExport
  public static float rankedScore(Recommendations recommendations, int rank) {
    return recommendations.score(rank);
  }

  @Export(name = "attar.scores")
  @JSExport
  public static Scores scores(Session session, int itemCount) {
    float[] values = new float[itemCount];
    session.scores(values);
    return new Scores(values);
  }

  @Export(name = "attar.scoreAt")
  @JSExport
  public static float scoreAt(Scores scores, int itemIndex) {
    return scores.values[itemIndex];
  }

  @Export(name = "attar.explain")
  @JSExport
  public static Explanation explain(Session session, int itemIndex) {
    return session.explain(itemIndex);
  }

  @Export(name = "attar.explainedScore")
  @JSExport
  public static float explainedScore(Explanation explanation) {
    return explanation.score();
  }

  @Export(name = "attar.termCount")
  @JSExport
  public static int termCount(Explanation explanation) {
    return explanation.terms().size();
  }

  @Export(name = "attar.termName")
  @JSExport
  public static Text termName(Explanation explanation, int term) {
    return new Text(explanation.terms().get(term).name());
  }

  @Export(name = "attar.termClick")
  @JSExport
  public static int termClick(Explanation explanation, int term) {
    return explanation.terms().get(term).click();
  }

  @Export(name = "attar.termValue")
  @JSExport
  public static double termValue(Explanation explanation, int term) {
    return explanation.terms().get(term).value();
  }

  @Export(name = "attar.save")
  @JSExport
  public static Bytes save(Session session) {
    return new Bytes(session.save());
  }

  @Export(name = "attar.restore")
  @JSExport
  public static boolean restore(Session session, Bytes saved) {
    return session.restore(saved.values);
  }

  @Export(name = "attar.fileVersion")
  @JSExport
  public static int fileVersion(ModelFile file) {
    return file.version();
  }

  @Export(name = "attar.encoderKind")
  @JSExport
  public static Text encoderKind(ModelFile file) {
    return new Text(file.encoderKind());
  }

  @Export(name = "attar.tableKind")
  @JSExport
  public static Text tableKind(ModelFile file) {
    return new Text(file.tableKind());
  }

  @Export(name = "attar.codebookCount")
  @JSExport
  public static int codebookCount(ModelFile file) {
    return file.codebookCount();
  }

  @Export(name = "attar.codewordCount")
  @JSExport
  public static int codewordCount(ModelFile file) {
    return file.codewordCount();
  }

  @Export(name = "attar.denseItemCount")
  @JSExport
  public static int denseItemCount(ModelFile file) {
    return file.denseItemCount();
  }

  @Export(name = "attar.sectionCount")
  @JSExport
  public static int sectionCount(ModelFile file) {
    return file.sections().size();
  }

  @Export(name = "attar.sectionTag")
  @JSExport
  public static Text sectionTag(ModelFile file, int section) {
    return new Text(file.sections().get(section).tag());
  }

  @Export(name = "attar.sectionOffset")
  @JSExport
  public static int sectionOffset(ModelFile file, int section) {
    return file.sections().get(section).offset();
  }

  @Export(name = "attar.sectionLength")
  @JSExport
  public static int sectionLength(ModelFile file, int section) {
    return file.sections().get(section).length();
  }

  /** Null as {@link #open}. */
  @Export(name = "attar.readCodes")
  @JSExport
  public static @Nullable Codes readCodes(ModelFile file) {
    try {
      return new Codes(file.codes());
    } catch (ModelFileException e) {
      problem = Problem.of(e);
      return null;
    }
  }

  @Export(name = "attar.codedItemCount")
  @JSExport
  public static int codedItemCount(Codes codes) {
    return codes.values.length == 0 ? 0 : codes.values[0].length;
  }

  @Export(name = "attar.codeAt")
  @JSExport
  public static int codeAt(Codes codes, int codebook, int itemIndex) {
    return codes.values[codebook][itemIndex];
  }
}
