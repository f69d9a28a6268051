package io.attar.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Measures preparation by hand; not a test. Arguments: a folder for the files, then sessions, items
 * and categories of the simulated shop (mean about 6 clicks a session), then the database's memory
 * limit. Run it under {@code /usr/bin/time -v} for the peak memory of the whole process.
 */
final class PreparationMeasurement {
  private PreparationMeasurement() {}

  public static void main(String[] arguments) {
    Path folder = Path.of(arguments[0]);
    SimulatedShopOptions size =
        SimulatedShopOptions.defaults()
            .withSize(
                Integer.parseInt(arguments[2]),
                Integer.parseInt(arguments[3]),
                Integer.parseInt(arguments[1]));
    Path log = folder.resolve("clicks-" + size.sessions() + ".csv");
    if (!Files.exists(log)) {
      long start = System.nanoTime();
      long clicks = new SimulatedShop(size).write(log);
      System.out.printf(Locale.ROOT, "simulated %,d clicks in %.1f s%n", clicks, seconds(start));
      return;
    }
    long start = System.nanoTime();
    PreparationOptions options = PreparationOptions.defaults().with("memoryLimit", arguments[4]);
    ProgressListener shown =
        (stage, done, total) -> {
          if (done == 0 || done == total) {
            System.out.printf(
                Locale.ROOT, "%6.1f s  %s %,d of %,d%n", seconds(start), stage, done, total);
          }
        };
    Prepared prepared = new Preparation(options, shown).prepare(log, folder.resolve("work"));
    System.out.printf(Locale.ROOT, "%6.1f s  prepared%n", seconds(start));
    PreparedFolder.write(folder.resolve("prepared"), prepared.dataset(), prepared.report());
    System.out.printf(
        Locale.ROOT,
        "%6.1f s  written: %,d clicks, %,d sessions, %,d items, identity %s%n",
        seconds(start),
        prepared.report().clicks(),
        prepared.report().sessions(),
        prepared.report().items(),
        prepared.dataset().identity());
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }
}
