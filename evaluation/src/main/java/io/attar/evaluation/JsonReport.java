package io.attar.evaluation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.OptionalLong;

/** Writes a report as JSON. */
final class JsonReport {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private JsonReport() {}

  static String of(EvaluationReport report) {
    ObjectNode root = NODES.objectNode();
    root.put("unit", "percent");
    ObjectNode data = root.putObject("data");
    data.put("name", report.dataName());
    data.put("identity", report.dataIdentity());
    data.put("catalogueSize", report.catalogueSize());
    data.put("minimumPrefixLength", report.minimumPrefixLength());
    data.put("sessions", report.sessions());
    data.put("cases", report.cases());
    ObjectNode bootstrap = root.putObject("bootstrap");
    bootstrap.put("unit", "session");
    bootstrap.put("level", 95);
    bootstrap.put("resamples", report.resamples());
    bootstrap.put("seed", report.seed());
    ModelResult model = report.model();
    if (model != null) {
      root.put("name", model.result().name());
      addMethod(root, model.result());
      root.put("bytes.itemIds", model.itemIdBytes());
      root.put("bytes.withoutItemIds", model.bytes() - model.itemIdBytes());
      root.set("provenance", parsed(model.provenance()));
    }
    if (report.teacher() != null) {
      ObjectNode teacher = root.putObject("teacher");
      teacher.put("name", report.teacher().name());
      addMethod(teacher, report.teacher());
    }
    ObjectNode rules = root.putObject("rules");
    for (MethodResult rule : report.rules()) {
      addMethod(rules.putObject(rule.name()), rule);
    }
    if (model != null) {
      ObjectNode timing = root.putObject("timing");
      timing.put("unit", "microseconds");
      timing.set("click.median", number(model.timing().medianMicroseconds()));
      timing.set("click.p99", number(model.timing().percentile99Microseconds()));
      timing.put("clicks", model.timing().clicks());
    }
    DefaultIndenter lines = new DefaultIndenter("  ", "\n");
    try {
      return MAPPER
              .writer(new DefaultPrettyPrinter().withObjectIndenter(lines))
              .writeValueAsString(root)
          + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a report of plain numbers and names must be JSON", e);
    }
  }

  private static void addMethod(ObjectNode target, MethodResult method) {
    if (!method.description().isEmpty()) {
      target.put("description", method.description());
    }
    for (SplitResult split : method.splits()) {
      for (Measure measure : split.measures()) {
        target.set(measure.metric() + split.split().keySuffix(), percent(measure.mean()));
      }
    }
    for (SplitResult split : method.splits()) {
      target.put("cases" + split.split().keySuffix(), split.cases());
    }
    target.put("cases.unknownTarget", method.unknownTargets());
    ObjectNode intervals = target.putObject("intervals");
    for (SplitResult split : method.splits()) {
      for (Measure measure : split.measures()) {
        intervals
            .putArray(measure.metric() + split.split().keySuffix())
            .add(percent(measure.low()))
            .add(percent(measure.high()));
      }
    }
    if (!method.groups().isEmpty()) {
      ObjectNode groups = target.putObject("groups");
      for (GroupResult group : method.groups()) {
        ObjectNode entry = groups.withObjectProperty(group.kind().key()).putObject(group.name());
        entry.put("cases", group.cases());
        entry.set("recall@10", percent(group.recall()));
        entry.set("ndcg@10", percent(group.gain()));
      }
    }
    OptionalLong bytes = method.bytes();
    target.set("bytes", bytes.isPresent() ? NODES.numberNode(bytes.getAsLong()) : NODES.nullNode());
  }

  private static JsonNode percent(double share) {
    return number(100 * share);
  }

  /** Two decimals; null for what is not a number. */
  private static JsonNode number(double value) {
    if (!Double.isFinite(value)) {
      return NODES.nullNode();
    }
    return NODES.numberNode(BigDecimal.valueOf(value).setScale(2, RoundingMode.HALF_UP));
  }

  private static JsonNode parsed(String provenance) {
    try {
      return MAPPER.readTree(provenance);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(
          "the model file's provenance must be JSON, but is not: "
              + e.getOriginalMessage()
              + "; write the file again",
          e);
    }
  }
}
