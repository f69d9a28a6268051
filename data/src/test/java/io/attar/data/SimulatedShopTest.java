package io.attar.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SimulatedShopTest {
  private static final SimulatedShopOptions SIZE = SimulatedShopOptions.defaults();
  private static final List<String[]> CLICKS = clicks();

  private static String log(SimulatedShopOptions options) {
    StringWriter text = new StringWriter();
    try {
      long clicks = new SimulatedShop(options).write(text);
      assertThat(text.toString().lines().count()).isEqualTo(clicks + 1);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return text.toString();
  }

  private static List<String[]> clicks() {
    return log(SIZE).lines().skip(1).map(line -> line.split(",", -1)).toList();
  }

  private static List<List<String>> sessions() {
    Map<String, List<String>> sessions = new java.util.LinkedHashMap<>();
    for (String[] click : CLICKS) {
      sessions.computeIfAbsent(click[0], id -> new ArrayList<>()).add(click[1]);
    }
    return List.copyOf(sessions.values());
  }

  private static int category(String item) {
    return Integer.parseInt(item.substring(4)) % SIZE.categories();
  }

  @Test
  void theSameSeedGivesTheSameBytesOnEveryMachine() throws NoSuchAlgorithmException {
    String log = log(SIZE.withSize(200, 10, 300));
    assertThat(log(SIZE.withSize(200, 10, 300))).isEqualTo(log);
    assertThat(log(SIZE.withSize(200, 10, 300).withSeed(1))).isNotEqualTo(log);
    byte[] digest =
        MessageDigest.getInstance("SHA-256").digest(log.getBytes(StandardCharsets.US_ASCII));
    assertThat(HexFormat.of().formatHex(digest))
        .isEqualTo("7cc066af893b9fbc04af5fe03e9cb831328fd0ad42874d496423d2361ce285e9");
  }

  @Test
  void sessionsHaveTheLengthsAndCategoriesAskedFor() {
    List<List<String>> sessions = sessions();
    assertThat(sessions).hasSize(20_000);
    assertThat(sessions.stream().mapToInt(List::size).average().orElse(0)).isBetween(5.7, 6.2);
    assertThat(sessions.stream().mapToInt(List::size).max().orElse(0)).isBetween(35, 40);
    double few =
        sessions.stream()
            .filter(s -> s.stream().map(SimulatedShopTest::category).distinct().count() <= 3)
            .count();
    assertThat(few / sessions.size()).isGreaterThan(0.8);
    assertThat(CLICKS).allMatch(click -> click[1].matches("sku-[0-2]\\d{3}"));
  }

  @Test
  void aboutAThirdOfTheClicksReturn() {
    long returns = 0;
    long atOnce = 0;
    for (List<String> session : sessions()) {
      Set<String> seen = new HashSet<>();
      for (int c = 0; c < session.size(); c++) {
        returns += seen.add(session.get(c)) ? 0 : 1;
        atOnce += c > 0 && session.get(c).equals(session.get(c - 1)) ? 1 : 0;
      }
    }
    assertThat((double) returns / CLICKS.size()).isBetween(0.33, 0.38);
    assertThat((double) atOnce / CLICKS.size()).isBetween(0.05, 0.20);
  }

  @Test
  void popularityIsSkewedAndDrifts() {
    Map<String, Integer> early = new HashMap<>();
    Map<String, Integer> late = new HashMap<>();
    for (int c = 0; c < CLICKS.size(); c++) {
      (c < CLICKS.size() / 4
              ? early
              : c >= CLICKS.size() * 3 / 4 ? late : new HashMap<String, Integer>())
          .merge(CLICKS.get(c)[1], 1, Integer::sum);
    }
    List<String> popular =
        early.keySet().stream().sorted(Comparator.comparing(early::get).reversed()).toList();
    int top = popular.subList(0, 30).stream().mapToInt(early::get).sum();
    int all = early.values().stream().mapToInt(Integer::intValue).sum();
    // One item in a hundred gets far more than its share ...
    assertThat((double) top / all).isBetween(0.10, 0.60);
    // ... some of the once popular are gone in the end, and some of the late are new.
    assertThat(popular.subList(0, 300)).anyMatch(item -> !late.containsKey(item));
    long fresh =
        late.entrySet().stream()
            .filter(e -> e.getValue() >= 10 && !early.containsKey(e.getKey()))
            .count();
    assertThat(fresh).isGreaterThan(20);
    assertThat(new HashSet<>(popular.subList(0, 100)))
        .isNotEqualTo(
            Set.copyOf(
                late.keySet().stream()
                    .sorted(Comparator.comparing(late::get).reversed())
                    .limit(100)
                    .toList()));
  }

  @Test
  void successionCanBeLearnt() {
    // Fitted on the first half, the likeliest successor is right far more often than popularity.
    List<List<String>> sessions = sessions();
    Map<String, Map<String, Integer>> next = new HashMap<>();
    Map<String, Integer> popularity = new HashMap<>();
    for (List<String> session : sessions.subList(0, 10_000)) {
      for (int c = 1; c < session.size(); c++) {
        if (!session.subList(0, c).contains(session.get(c))) {
          next.computeIfAbsent(session.get(c - 1), item -> new HashMap<>())
              .merge(session.get(c), 1, Integer::sum);
          popularity.merge(session.get(c), 1, Integer::sum);
        }
      }
    }
    String mostPopular = best(popularity);
    int cases = 0;
    int byTransition = 0;
    int byPopularity = 0;
    for (List<String> session : sessions.subList(10_000, 20_000)) {
      for (int c = 1; c < session.size(); c++) {
        if (!session.subList(0, c).contains(session.get(c))) {
          cases++;
          byTransition +=
              best(next.getOrDefault(session.get(c - 1), Map.of())).equals(session.get(c)) ? 1 : 0;
          byPopularity += mostPopular.equals(session.get(c)) ? 1 : 0;
        }
      }
    }
    assertThat((double) byTransition / cases).isGreaterThan(0.10);
    assertThat(byTransition).isGreaterThan(3 * byPopularity);
  }

  private static String best(Map<String, Integer> counts) {
    return counts.entrySet().stream()
        .max(Map.Entry.<String, Integer>comparingByValue().thenComparing(Map.Entry::getKey))
        .map(Map.Entry::getKey)
        .orElse("");
  }

  @Test
  void writesFilesWholeOrNotAtAll(@TempDir Path temporary) throws IOException {
    SimulatedShopOptions small = SIZE.withSize(100, 5, 200);
    Path plain = temporary.resolve("clicks.csv");
    Path packed = temporary.resolve("clicks.csv.gz");
    assertThat(new SimulatedShop(small).write(plain))
        .isEqualTo(new SimulatedShop(small).write(packed));
    try (GZIPInputStream bytes = new GZIPInputStream(Files.newInputStream(packed))) {
      assertThat(bytes.readAllBytes()).isEqualTo(Files.readAllBytes(plain));
    }
    assertThat(plain).hasContent(log(small));
    assertThatThrownBy(() -> new SimulatedShop(small).write(plain.resolve("clicks.csv")))
        .isInstanceOf(java.io.UncheckedIOException.class)
        .hasMessageContaining("check that its folder exists");
    try (var files = Files.list(temporary)) {
      assertThat(files).hasSize(2);
    }
  }

  @Test
  void refusesSizesThatMakeNoShop() {
    assertThatThrownBy(() -> SIZE.withSize(20, 5, 10))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("items must be at least 5 for each of the 5 categories: 20");
    assertThatThrownBy(() -> SIZE.withSize(100, 0, 10))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("categories");
    assertThatThrownBy(() -> SIZE.withSize(100, 5, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("sessions");
  }
}
