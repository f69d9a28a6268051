package io.attar.data;

import java.nio.file.Files;
import java.nio.file.Path;
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
   *     the log); made when it is not there, and left as it was
   * @throws ClickLogException when the input cannot be used
   * @throws RecipeException when the options name a recipe and the data is not that set
   */
  public Prepared prepare(Path input, Path workFolder) {
    if (Files.isDirectory(input)) {
      return prepareFolder(input);
    }
    throw new UnsupportedOperationException("click logs follow " + workFolder);
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

  private static PreparationReport.Part part(Sessions sessions, int minimumPrefixLength) {
    return new PreparationReport.Part(
        sessions.count(), sessions.clickCount(), sessions.caseCount(minimumPrefixLength), "", "");
  }
}
