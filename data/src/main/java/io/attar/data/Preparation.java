package io.attar.data;

import io.attar.data.PreparationReport.Dropped;
import io.attar.data.PreparationReport.Part;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The front door: makes a data set out of a click log or of a folder of whole sessions.
 *
 * <pre>{@code
 * Prepared prepared =
 *     new Preparation(PreparationOptions.defaults(), ProgressListener.none())
 *         .prepare(Path.of("clicks.csv.gz"), Path.of("work"));
 * PreparedFolder.write(Path.of("shop"), prepared.dataset(), prepared.report());
 * }</pre>
 *
 * <p>A click log goes through these steps: clicks are ordered by session (or user), time and item
 * id; sessions are cut to their latest clicks, then rare items and short sessions are dropped in
 * turn until nothing changes (counts are over the whole log); sessions are ordered by end time,
 * then start time, then id; the latest are the test part, the latest of the others validation.
 * Items are numbered by first appearance, those seen in test only at the end. A session belongs to
 * the part in which it ends, so one of the test part may have started before the last of training
 * ended.
 *
 * <p>The same input and options give the same data set, byte for byte and on every number of
 * threads.
 */
public final class Preparation {
  private final PreparationOptions options;
  private final ProgressListener progress;

  /** Prepares by these options, telling the listener how far it is. */
  public Preparation(PreparationOptions options, ProgressListener progress) {
    this.options = options;
    this.progress = progress;
  }

  /**
   * Prepares a click log (CSV, TSV or Parquet, plain or gzip) or a folder of whole sessions.
   *
   * @param input the click log or the folder
   * @param workFolder where intermediate files go while this runs (up to about twice the size of
   *     the log); made when it is not there, and nothing stays in it
   * @throws ClickLogException when the input cannot be used
   * @throws RecipeException when the options name a recipe and the data is not that set
   */
  public Prepared prepare(Path input, Path workFolder) {
    if (Files.isDirectory(input)) {
      return prepareFolder(input);
    }
    if (!options.recipe().isEmpty()) {
      throw new IllegalArgumentException(
          "the recipe '"
              + options.recipe()
              + "' is for the folder of whole sessions in which that set is published, not for a"
              + " click log: "
              + input
              + "; leave the recipe out");
    }
    try (TemporaryFolder work = new TemporaryFolder(workFolder)) {
      return prepareLog(input, work.path());
    } catch (IOException e) {
      throw new UncheckedIOException(
          "the work folder must be a folder that can be written: "
              + workFolder
              + " is not ("
              + e
              + "); name another",
          e);
    }
  }

  private Prepared prepareFolder(Path folder) {
    progress.progress("reading sessions", 0, -1);
    Dataset whole = SessionFolder.read(folder);
    List<RecipeCheck> checks =
        options.recipe().isEmpty() ? List.of() : Recipe.named(options.recipe()).verify(whole);
    int minimumPrefixLength = whole.minimumPrefixLength();
    Sessions known = whole.training();
    int training =
        known.count()
            - Split.validationSessions(
                known, minimumPrefixLength, options.validationCases(), options.validationShare());
    Dataset dataset =
        Dataset.of(
            whole.name(),
            whole.items(),
            whole.catalogueSize(),
            known.slice(0, training),
            known.slice(training, known.count()),
            whole.test(),
            minimumPrefixLength);
    long clicks = (long) known.clickCount() + whole.test().clickCount();
    long sessions = (long) known.count() + whole.test().count();
    progress.progress("reading sessions", sessions, sessions);
    return new Prepared(
        dataset,
        new PreparationReport(
            whole.name(),
            options,
            "",
            clicks,
            Map.of(),
            List.of(),
            List.of(),
            clicks,
            sessions,
            whole.items().size(),
            whole.catalogueSize(),
            (double) clicks / sessions,
            part(dataset.training(), minimumPrefixLength),
            part(dataset.validation(), minimumPrefixLength),
            part(dataset.test(), minimumPrefixLength),
            checks));
  }

  private Prepared prepareLog(Path file, Path work) {
    ClickLog.Reading reading = new ClickLog.Reading();
    try (ClickLog log = ClickLog.open(file, options, progress, work)) {
      Visits visits = log.visits(reading);
      Visits.Losses losses = new Visits.Losses();
      progress.progress("filtering", 0, -1);
      visits.filter(options.minimumItemCount(), options.minimumSessionLength(), losses);
      List<Dropped> dropped = dropped(reading, losses);
      if (visits.count() == 0) {
        throw nothingLeft(file, log, dropped);
      }
      return split(file, log, visits, reading.items, dropped);
    }
  }

  private static List<Dropped> dropped(ClickLog.Reading reading, Visits.Losses losses) {
    return List.of(
        new Dropped("maximumSessionLength", reading.cutClicks, 0, 0),
        new Dropped(
            "minimumSessionLength",
            reading.shortClicks + losses.shortClicks,
            reading.shortSessions + losses.shortSessions,
            0),
        new Dropped("minimumItemCount", losses.rareClicks, 0, losses.rareItems));
  }

  private ClickLogException nothingLeft(Path file, ClickLog log, List<Dropped> dropped) {
    StringBuilder story = new StringBuilder();
    for (Dropped rule : dropped) {
      story
          .append("; ")
          .append(rule.rule())
          .append(" dropped ")
          .append(rule.clicks())
          .append(" clicks, ")
          .append(rule.sessions())
          .append(" sessions, ")
          .append(rule.items())
          .append(" items");
    }
    return ClickLogException.inFile(
        file,
        "must leave at least one session of "
            + options.minimumSessionLength()
            + " clicks, but nothing is left: "
            + log.clicksRead()
            + " clicks were read, "
            + log.broken().values().stream().mapToLong(Long::longValue).sum()
            + " of them broken"
            + story
            + ". Lower minimumItemCount ("
            + options.minimumItemCount()
            + ") or minimumSessionLength, check that the session column names sessions and not"
            + " clicks, or bring a longer log");
  }

  private Prepared split(
      Path file, ClickLog log, Visits visits, int itemLimit, List<Dropped> dropped) {
    progress.progress("splitting", 0, -1);
    int[] order = visits.inTimeOrder();
    int sessions = order.length;
    int testStart = sessions - Split.testSessions(sessions, options.testShare());
    int[] indices = new int[itemLimit];
    Arrays.fill(indices, -1);
    Sessions known = renumbered(visits, order, 0, testStart, indices, 0);
    int catalogueSize = 1 + largest(known, -1);
    int validationStart =
        testStart
            - Split.validationSessions(
                known,
                options.minimumPrefixLength(),
                options.validationCases(),
                options.validationShare());
    Sessions test = renumbered(visits, order, testStart, sessions, indices, catalogueSize);
    int itemCount = 1 + largest(test, catalogueSize - 1);
    Dataset dataset =
        Dataset.of(
            name(file),
            new Items(List.of(log.itemIds(indices, itemCount))),
            catalogueSize,
            known.slice(0, validationStart),
            known.slice(validationStart, testStart),
            test,
            options.minimumPrefixLength());
    Part training = part(dataset.training(), visits, order, 0);
    Part validation = part(dataset.validation(), visits, order, validationStart);
    Part testPart = part(test, visits, order, testStart);
    progress.progress("splitting", sessions, sessions);
    return new Prepared(
        dataset,
        new PreparationReport(
            String.valueOf(file.getFileName()),
            options,
            log.timeFormat(),
            log.clicksRead(),
            log.broken(),
            log.examples(),
            dropped,
            visits.clickCount(),
            sessions,
            itemCount,
            catalogueSize,
            (double) visits.clickCount() / sessions,
            training,
            validation,
            testPart,
            List.of()));
  }

  /** Sessions in time order, with items numbered by first appearance from {@code next} on. */
  private static Sessions renumbered(
      Visits visits, int[] order, int from, int to, int[] indices, int next) {
    int[] starts = new int[to - from + 1];
    for (int s = from; s < to; s++) {
      starts[s - from + 1] = starts[s - from] + visits.length(order[s]);
    }
    int[] items = new int[starts[to - from]];
    int numbered = next;
    int position = 0;
    for (int s = from; s < to; s++) {
      for (int c = 0; c < visits.length(order[s]); c++) {
        int item = visits.item(order[s], c);
        if (indices[item] < 0) {
          indices[item] = numbered++;
        }
        items[position++] = indices[item];
      }
    }
    return new Sessions(items, starts);
  }

  private static int largest(Sessions sessions, int atLeast) {
    int largest = atLeast;
    for (int p = 0; p < sessions.clickCount(); p++) {
      largest = Math.max(largest, sessions.item(p));
    }
    return largest;
  }

  private static String name(Path file) {
    String name = String.valueOf(file.getFileName());
    int dot = name.indexOf('.');
    return dot > 0 ? name.substring(0, dot) : name;
  }

  private Part part(Sessions sessions, Visits visits, int[] order, int start) {
    boolean empty = sessions.count() == 0;
    return new Part(
        sessions.count(),
        sessions.clickCount(),
        sessions.caseCount(options.minimumPrefixLength()),
        empty ? "" : instant(visits.lastTime(order[start])),
        empty ? "" : instant(visits.lastTime(order[start + sessions.count() - 1])));
  }

  private static String instant(long microseconds) {
    return Instant.EPOCH.plus(microseconds, ChronoUnit.MICROS).toString();
  }

  private static Part part(Sessions sessions, int minimumPrefixLength) {
    return new Part(
        sessions.count(), sessions.clickCount(), sessions.caseCount(minimumPrefixLength), "", "");
  }
}
