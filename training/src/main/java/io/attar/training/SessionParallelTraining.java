package io.attar.training;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.attar.data.Sessions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * The authors' own training of GRU4Rec (Hidasi et al., ICLR 2016; Hidasi and Karatzoglou, CIKM
 * 2018). Sessions run side by side in lanes, in the order of time; a step takes one click of each
 * lane, a lane whose session ends goes on with the next one from a state of zeros. Gradients reach
 * one step back: the state that comes in is a constant. What a lane's target is told apart from are
 * the other lanes' targets and items drawn with probability clicks^a, by the loss BPR-max with r
 * the scores:
 *
 * <pre>
 * - log sum_j s_j sigmoid(r_target - r_j) + regularisation sum_j s_j r_j^2, s = softmax of r over j
 * </pre>
 *
 * over the negatives j, summed over the lanes, divided by their number. Scores are dot products of
 * state and item vector (those that go in are those that are scored) plus the item's bias, through
 * an exponential linear unit.
 *
 * <p>Otherwise than in the authors' code the epoch of the best validation NDCG@10 is kept. After
 * every epoch there is a checkpoint; a run that was killed ends in the same bytes.
 */
final class SessionParallelTraining {
  private static final String STAGE = "session-parallel training";
  private static final double LEAST = 1e-24;

  private final SessionParallelOptions options;
  private final Sessions sessions;
  private final Trainer.Validation validation;
  private final long seed;
  private final Parameter table; // (V, N)
  private final Parameter bias; // (V, 1)
  private final GatedRecurrentEncoder encoder;
  private final SessionModel model;
  private final Adagrad adagrad;
  private final double[] cumulative; // (V) unnormalised
  private final int[] place; // (V) -1 between steps
  private long steps;

  /**
   * A training about to start.
   *
   * @param sessions in the order of time
   * @param clickCounts (V) clicks of each item in them
   */
  SessionParallelTraining(
      SessionParallelOptions options,
      Sessions sessions,
      int[] clickCounts,
      Trainer.Validation validation,
      long seed) {
    this.options = options;
    this.sessions = sessions;
    this.validation = validation;
    this.seed = seed;
    int size = clickCounts.length;
    int dimension = options.dimension();
    DenseItemTable rows =
        new DenseItemTable(
            Tensors.of(
                Layers.uniform(
                    new SplittableRandom(Randoms.seed(seed, "start", 0)),
                    size * dimension,
                    Layers.glorot(size, dimension)),
                size,
                dimension));
    this.table = rows.parameters().get(0);
    this.bias = Parameter.rowWise("itemBias", Tensors.zeros(size, 1));
    this.encoder = new GatedRecurrentEncoder(dimension, 0, Randoms.seed(seed, "encoder", 0));
    this.model = SessionModel.ofDotProducts(encoder, rows, 1, bias);
    model.withoutRepeatBonus();
    this.adagrad = new Adagrad(model.parameters(), options.learningRate(), options.momentum());
    this.cumulative = new double[size];
    double sum = 0;
    for (int v = 0; v < size; v++) {
      sum += clickCounts[v] == 0 ? 0 : Math.pow(clickCounts[v], options.sampleExponent());
      cumulative[v] = sum;
    }
    this.place = new int[size];
    Arrays.fill(place, -1);
  }

  SessionModel model() {
    return model;
  }

  /**
   * Fits to the end; the model then holds the best epoch's parameters.
   *
   * @param fingerprint of data, options and seed: a checkpoint of another is not gone on from
   * @return label loss and quality after every epoch
   * @throws TrainingException when the loss is not a number
   */
  ArrayNode run(Path checkpoint, String fingerprint, TrainingListener listener) throws IOException {
    listener.stageStarted(STAGE);
    ArrayNode history = new ObjectMapper().createArrayNode();
    Map<String, float[]> best = new LinkedHashMap<>();
    int bestEpoch = -1;
    TensorFile file = Files.exists(checkpoint) ? TensorFile.read(checkpoint) : null;
    if (file != null && file.about().path("fingerprint").asText().equals(fingerprint)) {
      history = (ArrayNode) file.about().get("history");
      bestEpoch = file.about().get("bestEpoch").asInt();
      steps = file.about().get("steps").asLong();
      for (Parameter parameter : model.parameters()) {
        Tensors.assign(parameter.value(), file.array("value." + parameter.name()));
        Tensors.assign(parameter.firstMoment(), file.array("first." + parameter.name()));
        Tensors.assign(parameter.secondMoment(), file.array("second." + parameter.name()));
        best.put(parameter.name(), file.array("best." + parameter.name()));
      }
      listener.stageResumed(STAGE, history.size(), 0);
    }
    while (history.size() < options.epochs()) {
      int epoch = history.size();
      double loss = epoch(epoch, listener);
      HeldOutQuality quality = validation.measure(model).quality();
      ObjectNode entry = history.addObject();
      entry.put("epoch", epoch + 1);
      entry.put("labelLoss", loss);
      entry.put("recall@10", quality.recall());
      entry.put("ndcg@10", quality.gain());
      listener.epochFinished(STAGE, epoch + 1, loss, 0, quality);
      if (bestEpoch < 0 || quality.gain() > history.get(bestEpoch).get("ndcg@10").asDouble()) {
        bestEpoch = epoch;
        for (Parameter parameter : model.parameters()) {
          best.put(parameter.name(), Tensors.floats(parameter.value()));
        }
      }
      save(checkpoint, fingerprint, history, bestEpoch, best);
    }
    for (Parameter parameter : model.parameters()) {
      float[] values = best.get(parameter.name());
      if (values != null) {
        Tensors.assign(parameter.value(), values);
      }
    }
    return history;
  }

  private void save(
      Path checkpoint,
      String fingerprint,
      ArrayNode history,
      int bestEpoch,
      Map<String, float[]> best)
      throws IOException {
    ObjectNode about = new ObjectMapper().createObjectNode();
    about.put("fingerprint", fingerprint);
    about.put("bestEpoch", bestEpoch);
    about.put("steps", steps);
    about.set("history", history);
    Map<String, float[]> arrays = new LinkedHashMap<>();
    for (Parameter parameter : model.parameters()) {
      arrays.put("value." + parameter.name(), Tensors.floats(parameter.value()));
      arrays.put("first." + parameter.name(), Tensors.floats(parameter.firstMoment()));
      arrays.put("second." + parameter.name(), Tensors.floats(parameter.secondMoment()));
    }
    best.forEach((name, values) -> arrays.put("best." + name, values));
    new TensorFile(about, arrays).write(checkpoint);
  }

  /** One pass over the sessions; returns the mean loss of its clicks. */
  private double epoch(int epoch, TrainingListener listener) {
    Lanes lanes = new Lanes(sessions, options.lanes());
    float[] states = new float[0];
    double sum = 0;
    long clicks = 0;
    while (lanes.count() > 1) {
      states = lanes.states(states, options.dimension());
      try (PointerScope scope = new PointerScope()) {
        Step made = step(lanes.inputs(), lanes.targets(), states);
        if (!Double.isFinite(made.loss())) {
          throw new TrainingException(
              "the loss is not a number at step "
                  + steps
                  + " of "
                  + STAGE
                  + ": lower the learning rate, now "
                  + options.learningRate());
        }
        sum += made.loss() * lanes.count();
        clicks += lanes.count();
        states = made.states();
      }
      lanes.advance();
      listener.progressed(STAGE, epoch + 1, lanes.sessionsBegun(), sessions.count());
    }
    return clicks == 0 ? 0 : sum / clicks;
  }

  /**
   * What a step made.
   *
   * @param loss mean over the lanes
   * @param states (B, N) after it
   */
  record Step(double loss, float[] states) {}

  /**
   * One step.
   *
   * @param inputs (B) items clicked
   * @param targets (B) items clicked next
   * @param states (B, N) before the clicks
   */
  Step step(int[] inputs, int[] targets, float[] states) {
    int lanes = inputs.length;
    int dimension = options.dimension();
    torch.manual_seed(Randoms.seed(seed, "dropout", steps));
    int[] candidates = Arrays.copyOf(targets, lanes + options.sampledItems());
    draw(candidates, lanes, new SplittableRandom(Randoms.seed(seed, "samples", steps)));
    SessionModel.ActiveItems items =
        SessionModel.activeItems(
            new SessionBatch(1, lanes, inputs, new int[lanes], new int[0], new int[0], new int[0]),
            candidates,
            place);
    Tensor rows = table.activate(items.active());
    Tensor biases = bias.activate(items.active());
    Tensor clicked = Tensors.drop(torch.embedding(rows, items.inputs()), options.itemDropout());
    GatedRecurrentCell cell = encoder.cell();
    Tensor after =
        cell.step(cell.input().apply(clicked), Tensors.of(states, lanes, dimension)); // (B, N)
    Tensor scores =
        Tensors.drop(after, options.stateDropout())
            .mm(torch.embedding(rows, items.candidates()).t())
            .add(Tensors.pick(biases, items.candidates())); // (B, B + samples)
    Tensor loss = loss(bounded(scores, options.elu()), lanes, options.regularisation());
    loss.backward();
    adagrad.step();
    steps++;
    return new Step(loss.item_double(), Tensors.floats(after));
  }

  private void draw(int[] candidates, int from, SplittableRandom random) {
    double end = cumulative[cumulative.length - 1];
    for (int k = from; k < candidates.length; k++) {
      int found = Arrays.binarySearch(cumulative, random.nextDouble() * end);
      // A draw that hits a bound belongs to the item after it, one of no clicks has no width.
      int item = found < 0 ? -found - 1 : found + 1;
      candidates[k] = Math.min(item, cumulative.length - 1);
    }
  }

  /** The exponential linear unit: x, or alpha (e^x - 1) below 0; alpha 0 leaves x alone. */
  static Tensor bounded(Tensor scores, double alpha) {
    if (alpha == 0) {
      return scores;
    }
    Scalar zero = Tensors.scalar(0);
    Tensor below = scores.clamp_max(zero).exp().sub(Tensors.scalar(1)).mul(Tensors.scalar(alpha));
    return scores.clamp_min(zero).add(below);
  }

  /**
   * BPR-max, mean over the lanes.
   *
   * @param scores (B, B + samples); the target of lane b is column b, all other columns are its
   *     negatives
   */
  static Tensor loss(Tensor scores, int lanes, double regularisation) {
    float[] hiding = new float[lanes * (int) scores.size(1)];
    for (int b = 0; b < lanes; b++) {
      hiding[b * (int) scores.size(1) + b] = -1e30f;
    }
    Tensor mask = Tensors.of(hiding, lanes, scores.size(1)).type_as(scores);
    Tensor shares = torch.softmax(scores.add(mask), 1); // of the negatives
    Tensor targets = scores.narrow(1, 0, lanes).diagonal().unsqueeze(1);
    Tensor won =
        Tensors.sumLast(shares.mul(torch.sigmoid(targets.sub(scores)))).add(Tensors.scalar(LEAST));
    Tensor large = Tensors.sumLast(shares.mul(scores).mul(scores));
    return won.log().neg().add(large.mul(Tensors.scalar(regularisation))).mean();
  }

  /** Sessions side by side, each at one of its clicks. */
  static final class Lanes {
    private final Sessions sessions;
    private int[] session; // (lanes)
    private int[] click; // (lanes) position in the click column
    private int[] from; // (lanes) lane of the step before, -1 where a session begins
    private int next; // first session that no lane has begun

    Lanes(Sessions sessions, int lanes) {
      this.sessions = sessions;
      this.session = new int[lanes];
      this.click = new int[lanes];
      this.from = new int[lanes];
      int count = 0;
      while (count < lanes && begin(count)) {
        count++;
      }
      keep(count);
    }

    /** Puts the next session that has a target into a lane; false when there is none. */
    private boolean begin(int lane) {
      while (next < sessions.count() && sessions.length(next) < 2) {
        next++;
      }
      if (next == sessions.count()) {
        return false;
      }
      session[lane] = next;
      click[lane] = sessions.start(next);
      from[lane] = -1;
      next++;
      return true;
    }

    private void keep(int count) {
      session = Arrays.copyOf(session, count);
      click = Arrays.copyOf(click, count);
      from = Arrays.copyOf(from, count);
    }

    int count() {
      return session.length;
    }

    int sessionsBegun() {
      return next;
    }

    int[] inputs() {
      return Arrays.stream(click).map(sessions::item).toArray();
    }

    int[] targets() {
      return Arrays.stream(click).map(at -> sessions.item(at + 1)).toArray();
    }

    /** (lanes, N) the states after the step before, zeros where a session begins. */
    float[] states(float[] before, int dimension) {
      float[] states = new float[count() * dimension];
      for (int lane = 0; lane < count(); lane++) {
        if (from[lane] >= 0) {
          System.arraycopy(before, from[lane] * dimension, states, lane * dimension, dimension);
        }
      }
      return states;
    }

    /** One click on; a lane without a further target takes a new session or closes. */
    void advance() {
      int kept = 0;
      for (int lane = 0; lane < session.length; lane++) {
        if (click[lane] + 2 < sessions.end(session[lane])) {
          session[kept] = session[lane];
          click[kept] = click[lane] + 1;
          from[kept] = lane;
          kept++;
        } else if (begin(kept)) {
          kept++;
        }
      }
      keep(kept);
    }
  }
}
