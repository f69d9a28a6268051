package io.attar.training;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.attar.data.Dataset;
import io.attar.data.Items;
import io.attar.data.Sessions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;

/** Small worlds and models that the tests share; everything comes from the seed handed in. */
final class Toys {
  static final int DIMENSION = 8;
  static final int WINDOW = 50;

  private Toys() {}

  /** A listener that adds every line to a list. */
  static TrainingListener writtenTo(List<String> said) {
    return new TrainingListener() {
      @Override
      public void said(String line) {
        said.add(line);
      }
    };
  }

  static Sessions sessions(int[]... sessions) {
    int[] starts = new int[sessions.length + 1];
    for (int s = 0; s < sessions.length; s++) {
      starts[s + 1] = starts[s] + sessions[s].length;
    }
    return new Sessions(Arrays.stream(sessions).flatMapToInt(Arrays::stream).toArray(), starts);
  }

  /** Sessions of 2 to {@code longest} clicks in which every third click repeats an earlier one. */
  static Sessions random(SplittableRandom random, int itemCount, int count, int longest) {
    int[][] sessions = new int[count][];
    for (int s = 0; s < count; s++) {
      sessions[s] = new int[random.nextInt(2, longest + 1)];
      for (int t = 0; t < sessions[s].length; t++) {
        boolean again = t > 0 && random.nextInt(3) == 0;
        sessions[s][t] = again ? sessions[s][random.nextInt(t)] : random.nextInt(itemCount);
      }
    }
    return sessions(sessions);
  }

  /** One case: the clicks from one to another, of which the last is the target. */
  static SessionBatch prefix(Sessions sessions, int from, int to, int window) {
    int[] clicks = new int[to - from + 1];
    for (int i = from; i <= to; i++) {
      clicks[i - from] = sessions.item(i);
    }
    SessionBatch batch =
        SessionPacker.forMeasuring(sessions(clicks), 1, 64, window, clicks.length - 1)
            .inOrder()
            .get(0);
    assertThat(batch.caseCount()).isOne();
    return batch;
  }

  /** All sessions in one batch, every click but the last of each a case. */
  static SessionBatch batch(Sessions sessions, int rows, int width) {
    List<SessionBatch> batches =
        SessionPacker.forMeasuring(sessions, rows, width, Math.min(WINDOW, width), 1).inOrder();
    if (batches.size() != 1) {
      throw new IllegalStateException("the sessions need " + batches.size() + " batches");
    }
    return batches.get(0);
  }

  static float[] gaussians(SplittableRandom random, int count, double deviation) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (deviation * Randoms.gaussian(random));
    }
    return values;
  }

  static WeightedMeanEncoder weightedMean() {
    return new WeightedMeanEncoder(WINDOW, 10);
  }

  static SelfAttentionEncoder selfAttention(int heads, double dropout, long seed) {
    return new SelfAttentionEncoder(DIMENSION, WINDOW, heads, dropout, seed);
  }

  /** Moves every parameter away from the special values of the start. */
  static void shake(List<Parameter> parameters, SplittableRandom random, double deviation) {
    for (Parameter parameter : parameters) {
      float[] values = Tensors.floats(parameter.value());
      for (int i = 0; i < values.length; i++) {
        values[i] += (float) (deviation * Randoms.gaussian(random));
      }
      Tensors.assign(parameter.value(), values);
    }
  }

  static DenseItemTable denseTable(SplittableRandom random, int itemCount) {
    return new DenseItemTable(
        Tensors.of(gaussians(random, itemCount * DIMENSION, 1), itemCount, DIMENSION));
  }

  static CompositionalItemTable codeTable(
      SplittableRandom random, int itemCount, int codebooks, int codewords) {
    int[][] codes = new int[codebooks][itemCount];
    for (int[] column : codes) {
      Arrays.setAll(column, v -> random.nextInt(codewords));
    }
    return new CompositionalItemTable(
        new Codes(codewords, codes),
        Tensors.of(
            gaussians(random, codebooks * codewords * DIMENSION, 1),
            (long) codebooks * codewords,
            DIMENSION),
        8);
  }

  static SessionModel model(SessionEncoder encoder, ItemTable table) {
    return new SessionModel(encoder, table, true, 50);
  }

  static int[] clickCounts(Sessions sessions, int itemCount) {
    int[] counts = new int[itemCount];
    for (int i = 0; i < sessions.clickCount(); i++) {
      counts[sessions.item(i)]++;
    }
    return counts;
  }

  static Items numberedIds(int count) {
    List<String> ids = new ArrayList<>();
    for (int v = 0; v < count; v++) {
      ids.add("item-" + v);
    }
    return new Items(ids);
  }

  /**
   * A shop in which the next item is known: every item has one successor, and one click in four
   * goes back to an item of the session.
   */
  static Dataset successionWorld(long seed, int itemCount, int training, int heldOut, int test) {
    SplittableRandom random = new SplittableRandom(seed);
    int[] successor = new int[itemCount];
    int[] order = new int[itemCount];
    Arrays.setAll(order, v -> v);
    for (int i = itemCount - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int kept = order[i];
      order[i] = order[j];
      order[j] = kept;
    }
    for (int i = 0; i < itemCount; i++) {
      successor[order[i]] = order[(i + 1) % itemCount];
    }
    return Dataset.of(
        "succession",
        numberedIds(itemCount),
        itemCount,
        walks(random, successor, training),
        walks(random, successor, heldOut),
        walks(random, successor, test),
        1);
  }

  private static Sessions walks(SplittableRandom random, int[] successor, int count) {
    int[][] sessions = new int[count][];
    for (int s = 0; s < count; s++) {
      sessions[s] = new int[random.nextInt(4, 11)];
      int newest = random.nextInt(successor.length);
      sessions[s][0] = newest;
      for (int t = 1; t < sessions[s].length; t++) {
        if (random.nextInt(4) == 0) {
          sessions[s][t] = sessions[s][random.nextInt(t)];
        } else {
          newest = successor[newest];
          sessions[s][t] = newest;
        }
      }
    }
    return sessions(sessions);
  }

  /** The defaults with some values changed, by name. */
  static TeacherOptions teacher(Map<String, ?> changes) {
    return changed(TeacherOptions.defaults(), TeacherOptions.class, changes);
  }

  /** The defaults with some values changed, by name. */
  static StudentOptions student(Map<String, ?> changes) {
    return changed(StudentOptions.defaults(), StudentOptions.class, changes);
  }

  /** The defaults with some values changed, by name. */
  static DistillationOptions tasks(Map<String, ?> changes) {
    return changed(DistillationOptions.defaults(), DistillationOptions.class, changes);
  }

  /** The defaults with some values changed, by name. */
  static TableOptions table(Map<String, ?> changes) {
    return changed(TableOptions.defaults(), TableOptions.class, changes);
  }

  /** All tasks at once, the mixture as given. */
  static DistillationOptions allTasks(String mixture) {
    return tasks(
        Map.of(
            "mixture", mixture,
            "mixupShare", 0.6,
            "mixupEnd", 0.5,
            "contrastiveWeight", 0.4,
            "contrastiveCases", 40,
            "teacherLearningRate", 2e-3));
  }

  static <T> T changed(Object defaults, Class<T> type, Map<String, ?> changes) {
    ObjectMapper json = new ObjectMapper();
    ObjectNode node = json.valueToTree(defaults);
    for (Map.Entry<String, ?> change : changes.entrySet()) {
      if (!node.has(change.getKey())) {
        throw new IllegalArgumentException(type.getSimpleName() + " has no " + change.getKey());
      }
      node.set(change.getKey(), json.valueToTree(change.getValue()));
    }
    return json.convertValue(node, type);
  }

  /** A small teacher: all items as candidates, no neighbours, every epoch made. */
  static TeacherOptions teacherOptions(String encoder, int dimension, int epochs, int rows) {
    return teacher(
        Map.ofEntries(
            Map.entry("encoder", encoder),
            Map.entry("dimension", dimension),
            Map.entry("heads", 2),
            Map.entry("maximumSessionLength", 20),
            Map.entry("epochs", epochs),
            Map.entry("patience", epochs + 1),
            Map.entry("learningRate", 5e-3),
            Map.entry("learningRateDecay", 0.8),
            Map.entry("scalarLearningRateFactor", 10),
            Map.entry("candidates", 0),
            Map.entry("rows", rows),
            Map.entry("neighbourWeight", 0)));
  }

  /** A small student of 4 codebooks of 16 codewords. */
  static StudentOptions studentOptions(int epochs, int rows) {
    return student(
        Map.ofEntries(
            Map.entry("codebooks", 4),
            Map.entry("codewords", 16),
            Map.entry("clusteringIterations", 8),
            Map.entry("epochs", epochs),
            Map.entry("patience", epochs + 1),
            Map.entry("learningRate", 5e-3),
            Map.entry("learningRateDecay", 0.8),
            Map.entry("scalarLearningRateFactor", 10),
            Map.entry("candidates", 0),
            Map.entry("rows", rows),
            Map.entry("neighbourWeight", 0)));
  }

  /** What calibration hands on when tables decide. */
  static RepeatCalibration.Result calibrated(double temperature, RepeatHead head) {
    return new RepeatCalibration.Result(head, temperature, new HeldOutQuality(0, 0, 0, 0), null);
  }

  /** What calibration hands on when a network decides. */
  static RepeatCalibration.Result calibrated(RepeatNetwork network) {
    float[] none = {};
    return calibrated(1, new RepeatHead(1, none, none, none, none, none))
        .with(new RepeatNetworkFit.Result(network, 0, 0));
  }

  /**
   * A network in which every weight matters: unseen items fall with their rank, so that keeping
   * their order hides nothing.
   */
  static RepeatNetwork network(SplittableRandom random, int hidden) {
    float[] weights = gaussians(random, (hidden + 1) * RepeatNetworkInputs.INPUTS, 0.05);
    weights[hidden * RepeatNetworkInputs.INPUTS + RepeatNetworkInputs.UNSEEN_START] = -3;
    float[] outputs = new float[hidden];
    for (int h = 0; h < hidden; h++) {
      outputs[h] = h % 2 == 0 ? 0.7f : -0.7f;
    }
    return new RepeatNetwork(hidden, weights, outputs);
  }

  /** A double tensor, for gradient checks. */
  static Tensor doubles(double[] values, long... shape) {
    return Tensor.create(values, shape);
  }
}
