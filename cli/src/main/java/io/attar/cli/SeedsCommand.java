package io.attar.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.attar.evaluation.EvaluationReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code attar seeds}. */
@Command(
    name = "seeds",
    description = {
      "Puts the reports of several seeds together: mean and range of student and teacher.",
      "",
      "Takes report.json files of `attar build --report`, of the same data and settings, each with"
          + " another seed."
    },
    footer = {
      "",
      "Example:",
      "  attar seeds seed-1/report.json seed-2/report.json seed-3/report.json --out seeds.md"
    })
final class SeedsCommand implements Callable<Integer> {
  private static final List<String> MEASURES =
      List.of(
          "recall@10",
          "ndcg@10",
          "recall@10.repeat",
          "ndcg@10.repeat",
          "recall@10.new",
          "ndcg@10.new",
          "recall@10.xnew",
          "ndcg@10.xnew");

  private final Console console;

  @Parameters(paramLabel = "REPORT", arity = "2..*", description = "report.json, one a seed.")
  private List<Path> files = List.of();

  @Option(names = "--out", paramLabel = "FILE", description = "Writes the page there as well.")
  private @Nullable Path out;

  SeedsCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    List<JsonNode> reports = new ArrayList<>();
    for (Path file : files) {
      if (!Files.isRegularFile(file)) {
        throw new WorkException("there is no report " + file + "; name report.json files");
      }
      reports.add(ReportJson.read(file));
    }
    String page = page(reports);
    if (out != null) {
      Outputs.requireFile(out, "the page");
      EvaluationReport.write(page, out);
    }
    console.result("%s", page.strip());
    return 0;
  }

  private String page(List<JsonNode> reports) {
    Set<String> seeds = new TreeSet<>();
    for (int i = 0; i < reports.size(); i++) {
      seeds.add(reports.get(i).at("/provenance/seed").asText());
      require(i, reports, report -> report.at("/data"), "data");
      require(i, reports, report -> settings(report, "teacher"), "teacher settings");
      require(i, reports, report -> settings(report, "student"), "student settings");
    }
    if (seeds.size() < reports.size()) {
      throw new WorkException(
          "every report must be of another seed, but the seeds are " + String.join(", ", seeds));
    }
    StringBuilder page = new StringBuilder();
    page.append("# Seeds ").append(String.join(", ", seeds)).append(" on ");
    page.append(reports.get(0).at("/data/name").asText()).append("\n\n");
    page.append("Mean, and in brackets the range from least to most. Percent.\n\n");
    page.append("| measure | student | teacher | student / teacher | session kNN |\n");
    page.append("|---|--:|--:|--:|--:|\n");
    for (String measure : MEASURES) {
      List<Double> student = values(reports, "", measure);
      List<Double> teacher = values(reports, "/teacher", measure);
      List<Double> share = new ArrayList<>();
      for (int i = 0; i < student.size(); i++) {
        share.add(100 * student.get(i) / teacher.get(i));
      }
      page.append("| ").append(measure);
      for (List<Double> column :
          List.of(student, teacher, share, values(reports, "/rules/session kNN", measure))) {
        page.append(" | ").append(column.isEmpty() ? "" : described(column));
      }
      page.append(" |\n");
    }
    Map<String, String> sizes = new LinkedHashMap<>();
    sizes.put("bytes", "/bytes");
    sizes.put("bytes without item ids", "/bytes.withoutItemIds");
    sizes.put("times smaller than the teacher's parameters", "/compression/factor");
    page.append("\n");
    sizes.forEach(
        (name, pointer) -> {
          List<String> all = reports.stream().map(report -> report.at(pointer).asText()).toList();
          page.append("- ").append(name).append(": ").append(String.join(", ", all)).append("\n");
        });
    return page.toString();
  }

  /** Without those that did not exist when older reports were made and change nothing. */
  private static Map<String, JsonNode> settings(JsonNode report, String of) {
    int codebooks = report.at("/provenance/student/codebooks").asInt();
    Map<String, JsonNode> settings = new TreeMap<>();
    report
        .at("/provenance/" + of)
        .properties()
        .forEach(
            setting -> {
              String key = of + "." + setting.getKey();
              if (!Fingerprint.isLaterAndOff(key, setting.getValue().asText(), codebooks)) {
                settings.put(key, setting.getValue());
              }
            });
    return settings;
  }

  private void require(
      int i, List<JsonNode> reports, Function<JsonNode, Object> part, String what) {
    if (!part.apply(reports.get(i)).equals(part.apply(reports.get(0)))) {
      throw new WorkException(
          files.get(i) + " and " + files.get(0) + " must be of the same " + what + ", but are not");
    }
  }

  private static List<Double> values(List<JsonNode> reports, String method, String measure) {
    List<Double> values = new ArrayList<>();
    for (JsonNode report : reports) {
      JsonNode holder = method.isEmpty() ? report : report.at(method);
      if (holder.has(measure)) {
        values.add(holder.get(measure).asDouble());
      }
    }
    return values;
  }

  private static String described(List<Double> values) {
    double sum = 0;
    double least = Double.POSITIVE_INFINITY;
    double most = Double.NEGATIVE_INFINITY;
    for (double value : values) {
      sum += value;
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
    return String.format(Locale.ROOT, "%.2f [%.2f, %.2f]", sum / values.size(), least, most);
  }
}
