package io.attar.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** A folder of whole sessions, as published data sets come. */
final class WholeSessions {
  private WholeSessions() {}

  /** Writes 300 training sessions and the cases of 40 test sessions over 60 items. */
  static Path write(Path folder) throws IOException {
    Files.createDirectories(folder);
    SplittableRandom random = new SplittableRandom(11);
    List<String> training = new ArrayList<>();
    for (int s = 0; s < 300; s++) {
      training.add(String.join(" ", session(random)));
    }
    List<String> cases = new ArrayList<>();
    for (int s = 0; s < 40; s++) {
      List<String> session = session(random);
      for (int target = session.size() - 1; target >= 1; target--) {
        cases.add(String.join(" ", session.subList(0, target)) + "\t" + session.get(target));
      }
    }
    Files.write(folder.resolve("train.sessions"), training, StandardCharsets.UTF_8);
    Files.write(folder.resolve("test.prefixes"), cases, StandardCharsets.UTF_8);
    return folder;
  }

  private static List<String> session(SplittableRandom random) {
    List<String> items = new ArrayList<>();
    int item = random.nextInt(60);
    int length = 2 + random.nextInt(6);
    for (int c = 0; c < length; c++) {
      items.add(Integer.toString(1 + item));
      item = random.nextInt(3) == 0 ? random.nextInt(60) : (item + 1 + random.nextInt(2)) % 60;
    }
    return items;
  }
}
