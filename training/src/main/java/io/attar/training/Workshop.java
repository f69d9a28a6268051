package io.attar.training;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.attar.data.Dataset;
import io.attar.data.Sessions;
import io.attar.evaluation.EvaluationOptions;
import io.attar.evaluation.NeighbourSettings;
import io.attar.evaluation.SessionNeighbours;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.jspecify.annotations.Nullable;

/**
 * What the stages of one training share: the data, the teacher's options, the seed and the work
 * folder; the parts that models are built of; what is computed once for all of them.
 */
final class Workshop {
  /**
   * Raised whenever training computes something else than before, so that old work is not reused.
   */
  private static final int GENERATION = 2;

  /**
   * What the recurrent model's scores are multiplied by before their exponentials are votes:
   * BPR-max keeps them small. On RetailRocket's validation sessions its unseen items mixed with the
   * teacher's rank best between four and eight.
   */
  private static final double RECURRENT_SHARPNESS = 6;

  private final Dataset data;
  private final TeacherOptions teacherOptions;
  private final long seed;
  private final Path work;
  private final double checkpointSeconds;
  private final TrainingListener listener;
  private final int[] clickCounts; // (V) in training sessions
  private final Trainer.Validation validation;
  private @Nullable Votes votes; // collected when first needed

  /** What {@link Training} is given. */
  Workshop(
      Dataset data,
      TeacherOptions teacherOptions,
      long seed,
      Path work,
      double checkpointSeconds,
      TrainingListener listener) {
    if (data.validation().caseCount(data.minimumPrefixLength()) < 2) {
      throw new IllegalArgumentException(
          "the data '"
              + data.name()
              + "' holds no validation sessions to select on: prepare it again with a larger"
              + " prepare.validationCases");
    }
    this.data = data;
    this.teacherOptions = teacherOptions;
    this.seed = seed;
    this.work = work;
    this.checkpointSeconds = checkpointSeconds;
    this.listener = listener;
    this.clickCounts = counts(data.training(), data.catalogueSize());
    this.validation =
        new Trainer.Validation(
            onlyKnown(data.validation(), clickCounts),
            clickCounts,
            teacherOptions.maximumSessionLength(),
            data.minimumPrefixLength(),
            teacherOptions.repeatHead());
  }

  Dataset data() {
    return data;
  }

  TeacherOptions teacherOptions() {
    return teacherOptions;
  }

  long seed() {
    return seed;
  }

  Path folder() {
    return work;
  }

  TrainingListener listener() {
    return listener;
  }

  /** (V) clicks in training sessions. */
  int[] clickCounts() {
    return clickCounts;
  }

  /** Held-out sessions, of items that training saw, measured as the teacher's options say. */
  Trainer.Validation validation() {
    return validation;
  }

  /** A training of this data, with checkpoints in a file. */
  Trainer trainer(
      String stage,
      String fingerprint,
      Steps steps,
      FittingOptions options,
      Trainer.Validation heldOut,
      Path checkpoint) {
    return new Trainer(
        stage,
        fingerprint,
        steps,
        options,
        data.training(),
        heldOut,
        checkpoint,
        checkpointSeconds,
        listener);
  }

  void makeFolder() throws IOException {
    try {
      Files.createDirectories(work);
    } catch (IOException e) {
      throw new IOException(
          "the work folder "
              + work
              + " cannot be made"
              + (Files.exists(work) ? ": it is a file" : "")
              + "; choose another place for it",
          e);
    }
  }

  float[] start(String fingerprint) throws IOException {
    if (teacherOptions.start().equals(TeacherOptions.RANDOM)) {
      return Layers.uniform(
          new SplittableRandom(Randoms.seed(seed, "start", 0)),
          data.catalogueSize() * teacherOptions.dimension(),
          1 / Math.sqrt(teacherOptions.dimension()));
    }
    Path file = work.resolve("start.tensors");
    TensorFile made = finished(file, fingerprint);
    if (made != null) {
      return made.array("rows");
    }
    listener.stageStarted("co-occurrence start");
    float[] rows =
        CooccurrenceStart.rows(
            data.training(),
            data.catalogueSize(),
            teacherOptions.dimension(),
            teacherOptions.startExponent(),
            Randoms.seed(seed, "start", 0));
    ObjectNode about = new ObjectMapper().createObjectNode().put("fingerprint", fingerprint);
    new TensorFile(about, Map.of("rows", rows)).write(file);
    return rows;
  }

  @Nullable Votes votes(double weight) throws IOException {
    if (weight == 0) {
      return null;
    }
    if (votes == null) {
      listener.stageStarted("session neighbours");
      NeighbourSettings settings =
          SessionNeighbours.choose(data, EvaluationOptions.DEFAULT, (stage, done, total) -> {})
              .settings();
      votes =
          Votes.ofNeighbours(
              new SessionNeighbours(data.training(), data.catalogueSize(), settings),
              data.training(),
              teacherOptions.maximumSessionLength());
      if (teacherOptions.recurrentShare() > 0) {
        votes = votes.mixedWith(recurrentVotes(), teacherOptions.recurrentShare());
      }
    }
    return votes;
  }

  /** Votes of a recurrent model, trained where none is there yet; kept, as they take minutes. */
  Votes recurrentVotes() throws IOException {
    int window = teacherOptions.maximumSessionLength();
    String fingerprint =
        fingerprint("recurrent votes", SessionParallelOptions.defaults().toString() + window);
    Path file = work.resolve("recurrent-votes.tensors");
    TensorFile made = finished(file, fingerprint);
    if (made == null) {
      try (PointerScope scope = new PointerScope()) {
        Votes found =
            ModelVotes.collect(
                recurrent(SessionParallelOptions.defaults()).model(),
                clickCounts,
                RECURRENT_SHARPNESS,
                data.training(),
                window,
                listener);
        ObjectNode about = new ObjectMapper().createObjectNode().put("fingerprint", fingerprint);
        made = new TensorFile(about, found.arrays());
      }
      made.write(file);
    }
    float[] numbers = made.array("items");
    int[] items = new int[numbers.length];
    for (int i = 0; i < items.length; i++) {
      items[i] = (int) numbers[i];
    }
    Sessions sessions = data.training();
    return Votes.of(sessions.start(Votes.firstSession(sessions)), items, made.array("shares"));
  }

  /** Trains it, or finds it trained. */
  Recurrent recurrent(SessionParallelOptions options) throws IOException {
    SessionParallelTraining training =
        new SessionParallelTraining(
            options,
            data.training(),
            clickCounts,
            validation.withRepeatHead(false),
            Randoms.seed(seed, "session-parallel", 0));
    String fingerprint =
        fingerprint("session-parallel", options.toString() + teacherOptions.maximumSessionLength());
    JsonNode epochs =
        training.run(work.resolve("session-parallel.checkpoint"), fingerprint, listener);
    return new Recurrent(training.model(), epochs);
  }

  /** GRU4Rec trained session-parallel, and how each epoch ended. */
  record Recurrent(SessionModel model, JsonNode epochs) {}

  Fitting fitting(
      SessionModel model,
      @Nullable SessionModel teacher,
      double neighbourWeight,
      FittingOptions options)
      throws IOException {
    return new Fitting(
        model,
        teacher,
        votes(neighbourWeight),
        neighbourWeight,
        new CandidateSampler(clickCounts, options.candidates()),
        options.dropout(),
        options.softTargetWeight(),
        options.seed());
  }

  SessionEncoder encoder(String name) {
    int dimension = teacherOptions.dimension();
    int window = teacherOptions.maximumSessionLength();
    int heads = teacherOptions.heads();
    double dropout = teacherOptions.dropout();
    long start = Randoms.seed(seed, "encoder", 0);
    return switch (name) {
      case WeightedMeanEncoder.NAME -> new WeightedMeanEncoder(window, 10);
      case SelfAttentionEncoder.NAME ->
          new SelfAttentionEncoder(dimension, window, heads, dropout, start);
      case GatedRecurrentEncoder.NAME -> new GatedRecurrentEncoder(dimension, dropout, start);
      case NarmEncoder.NAME -> new NarmEncoder(dimension, dropout, start);
      case StampEncoder.NAME -> new StampEncoder(dimension, start);
      case SessionGraphEncoder.NAME -> new SessionGraphEncoder(dimension, start);
      case SasRecEncoder.NAME ->
          new SasRecEncoder(dimension, window, teacherOptions.layers(), heads, dropout, start);
      case NextItNetEncoder.NAME ->
          new NextItNetEncoder(
              dimension,
              teacherOptions.layers(),
              LayerSharing.titled(teacherOptions.sharing()),
              start);
      default -> throw new IllegalStateException("the options know no encoder " + name);
    };
  }

  DenseItemTable denseTable(float[] rows) {
    return new DenseItemTable(Tensors.of(rows, data.catalogueSize(), teacherOptions.dimension()));
  }

  FactoredItemTable factoredTable(float[] rows, TableOptions options) {
    listener.stageStarted("table");
    return FactoredTables.of(
        options, rows, teacherOptions.dimension(), clickCounts, Randoms.seed(seed, "table", 0));
  }

  SessionModel model(SessionEncoder encoder, ItemTable table) {
    double factor = teacherOptions.scalarLearningRateFactor();
    SessionModel model =
        teacherOptions.scores().equals(TeacherOptions.DOT)
            ? SessionModel.ofDotProducts(encoder, table, factor, null)
            : new SessionModel(encoder, table, true, factor);
    if (!teacherOptions.repeatHead()) {
      model.withoutRepeatBonus();
    }
    return model;
  }

  SessionModel load(TensorFile file) {
    return load(file, denseTable(file.array("table")));
  }

  /** The same over a table of the shape that was trained. */
  SessionModel load(TensorFile file, ItemTable table) {
    SessionModel model = model(encoder(file.about().get("encoder").asText()), table);
    assign(model, file);
    return model;
  }

  static void assign(SessionModel model, TensorFile file) {
    for (Parameter parameter : model.parameters()) {
      Tensors.assign(parameter.value(), file.array(parameter.name()));
    }
  }

  /** (V, N) a model's rows as they are scored. */
  static float[] rows(SessionModel model) {
    try (PointerScope scope = new PointerScope()) {
      return Tensors.floats(model.allUsedRows());
    }
  }

  static long parameterBytes(SessionModel model) {
    return model.parameters().stream().mapToLong(p -> 4 * p.value().numel()).sum();
  }

  /**
   * Sessions without their clicks on items that training never saw. Fold-in gives such items
   * vectors made of these very sessions; to measure or calibrate with them would be to look ahead.
   */
  static Sessions onlyKnown(Sessions sessions, int[] clickCounts) {
    IntArrayList items = new IntArrayList(sessions.clickCount());
    int[] starts = new int[sessions.count() + 1];
    for (int s = 0; s < sessions.count(); s++) {
      for (int i = sessions.start(s); i < sessions.end(s); i++) {
        if (clickCounts[sessions.item(i)] > 0) {
          items.add(sessions.item(i));
        }
      }
      starts[s + 1] = items.size();
    }
    return new Sessions(items.toIntArray(), starts);
  }

  static int[] counts(Sessions sessions, int size) {
    int[] counts = new int[size];
    for (int i = 0; i < sessions.clickCount(); i++) {
      counts[sessions.item(i)]++;
    }
    return counts;
  }

  static @Nullable TensorFile finished(Path file, String fingerprint) throws IOException {
    if (!Files.exists(file)) {
      return null;
    }
    TensorFile found = TensorFile.read(file);
    return found.about().path("fingerprint").asText().equals(fingerprint) ? found : null;
  }

  String fingerprint(String stage, String options) {
    String text = String.join("\n", stage, data.identity(), options, "" + seed, "" + GENERATION);
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** A trained model's parameters and how they came about. */
  static TensorFile tensors(SessionModel model, String fingerprint, JsonNode histories) {
    ObjectNode about = new ObjectMapper().createObjectNode();
    about.put("fingerprint", fingerprint);
    about.put("encoder", model.encoder().name());
    about.put("parameterBytes", parameterBytes(model));
    about.set("epochs", histories);
    Map<String, float[]> arrays = new LinkedHashMap<>();
    for (Parameter parameter : model.parameters()) {
      arrays.put(parameter.name(), Tensors.floats(parameter.value()));
    }
    return new TensorFile(about, arrays);
  }
}
