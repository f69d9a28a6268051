package io.attar.benchmarks;

import io.attar.runtime.Recommendations;
import io.attar.runtime.Recommender;
import io.attar.runtime.Session;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens a model file, clicks and recommends, once. */
final class FirstRecommendation {
  private FirstRecommendation() {}

  /** Arguments: the model file and the item index to click. */
  public static void main(String[] arguments) throws IOException {
    Recommender recommender = Recommender.open(Files.readAllBytes(Path.of(arguments[0])));
    Session session = recommender.newSession();
    session.clickIndex(Integer.parseInt(arguments[1]));
    Recommendations top = session.top(20);
    if (top.size() == 0) {
      throw new IllegalStateException("a model must recommend something");
    }
  }
}
