package io.attar.cli;

import io.attar.training.HeldOutQuality;
import io.attar.training.TrainingListener;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * Tells on {@code err} how far the work is: a bar for somebody who watches, otherwise a line when
 * something begins and one every ten seconds after.
 */
final class Progress
    implements io.attar.data.ProgressListener,
        io.attar.evaluation.ProgressListener,
        TrainingListener,
        AutoCloseable {
  private static final long PAUSE = TimeUnit.SECONDS.toNanos(10);
  private static final int WIDTH = 100;

  private final Console console;
  private String current = "";
  private long lastLine;
  private boolean resumed;
  private @Nullable ProgressBar bar;

  Progress(Console console) {
    this.console = console;
  }

  /** A line of its own. */
  synchronized void line(String format, Object... values) {
    close();
    console.note(format, values);
  }

  @Override
  public synchronized void progress(String stage, long done, long total) {
    if (console.interactive()) {
      draw(stage, done, total);
      return;
    }
    boolean begins = !stage.equals(current);
    if (begins || System.nanoTime() - lastLine > PAUSE) {
      current = stage;
      lastLine = System.nanoTime();
      console.note(
          "  %s%s",
          stage,
          done <= 0
              ? ""
              : total > 0
                  ? String.format(Locale.ROOT, ": %d %%", 100 * done / total)
                  : String.format(Locale.ROOT, ": %,d", done));
    }
  }

  private void draw(String stage, long done, long total) {
    ProgressBar drawn = bar;
    if (drawn == null || !stage.equals(current)) {
      close();
      current = stage;
      drawn =
          new ProgressBarBuilder()
              .setTaskName("  " + stage)
              .setInitialMax(total)
              .setStyle(ProgressBarStyle.ASCII)
              .setUpdateIntervalMillis(250)
              .setConsumer(new ConsoleProgressBarConsumer(console.err(), WIDTH))
              .build();
      bar = drawn;
    }
    drawn.maxHint(total);
    drawn.stepTo(done);
  }

  @Override
  public void stageStarted(String stage) {
    line("  %s", stage);
  }

  /** Takes down that some of the work was done by an earlier run. */
  void resumed() {
    resumed = true;
  }

  /** Whether some of the work was done by an earlier run. */
  boolean isResumed() {
    return resumed;
  }

  @Override
  public void stageResumed(String stage, int epoch, int step) {
    resumed();
    line(
        epoch < 0 ? "  %s: made before, used again" : "  %s: goes on after epoch %d, step %d",
        stage,
        epoch,
        step);
  }

  @Override
  public void progressed(String stage, int epoch, long done, long total) {
    progress(stage + ", epoch " + epoch, done, total);
  }

  @Override
  public void epochFinished(
      String stage, int epoch, double crossEntropy, double divergence, HeldOutQuality quality) {
    line(
        "  %s, epoch %d:%s validation Recall@10 %.2f, NDCG@10 %.2f",
        stage,
        epoch,
        epoch == 0 ? "" : String.format(Locale.ROOT, " loss %.4f,", crossEntropy),
        quality.recall(),
        quality.gain());
  }

  @Override
  public void said(String line) {
    line("  %s", line);
  }

  /** Ends the bar, if one is drawn. */
  @Override
  public synchronized void close() {
    if (bar != null) {
      bar.close();
      bar = null;
      current = "";
    }
  }
}
