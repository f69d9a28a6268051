package io.attar.training;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Codes learned by gradient (Xia et al., EODRec, TOIS 2022, eq. 10, 12, 14-15): an encoder draws
 * codes with Gumbel noise, the codebooks compose rows of them, and both follow the squared distance
 * to the rows given. Trained by itself here; {@link GumbelItemTable} goes on with it beside the
 * recommendation loss.
 *
 * <p>What differs from the paper and its code, whose codes stay random: the logits start far apart
 * ({@link CodeEncoder#start}), or noise would decide; the loss is the mean over items of the sum
 * over columns as eq. 12 prints it, not divided by V and N again; an item's error counts its clicks
 * as in clustering; after every epoch codewords that no item uses are given to the items with the
 * largest errors, and the codebooks are refitted to the codes without noise; Adam's rate falls to
 * zero, so that codes settle; what is exported is drawn without noise, and no two items share a
 * code.
 *
 * <p>The encoder has M K / 2 times M K weights, each used for every item: for 40,000 items and 11
 * codebooks of 256 an epoch costs about 1e12 floating-point operations. A temperature of 1 learned
 * better than the paper's 0.3 wherever it was tried; rates far above 1e-3 leave large codebooks
 * unused ({@code docs/decisions.md}).
 */
final class GumbelCodes implements Quantiser {
  static final String NAME = "gumbel";

  /** Most M K: the encoder then has 34 million weights. */
  static final int MOST_LOGITS = 8192;

  private static final int BATCH = 64;
  private static final int START_ROUNDS = 3;

  private final TrainingListener listener;

  /** Codes whose learning is told to a listener. */
  GumbelCodes(TrainingListener listener) {
    this.listener = listener;
  }

  @Override
  public Result learn(float[] rows, int[] clickCounts, StudentOptions options, long seed) {
    try (PointerScope scope = new PointerScope()) {
      return new Run(rows, clickCounts, options, seed).learn();
    }
  }

  /** One learning of codes. */
  private final class Run {
    private final float[] rows;
    private final int[] clickCounts;
    private final StudentOptions options;
    private final long seed;
    private final int size;
    private final ArrayNode epochs = new ObjectMapper().createArrayNode();
    private final Tensor items; // (V, N)
    private final Tensor weights; // (V) mean 1
    private final CodeEncoder encoder;
    private final GumbelItemTable table;
    private final Adam adam;
    private Composition composition; // as the encoder has it, without noise

    Run(float[] rows, int[] clickCounts, StudentOptions options, long seed) {
      this.rows = rows;
      this.clickCounts = clickCounts;
      this.options = options;
      this.seed = seed;
      this.size = clickCounts.length;
      this.composition = new Composition(rows, clickCounts, options);
      int dimension = composition.dimension();
      this.items = Tensors.of(rows, size, dimension);
      double[] counted = composition.weights();
      double mean = Arrays.stream(counted).average().orElse(1);
      float[] shares = new float[size];
      for (int v = 0; v < size; v++) {
        shares[v] = (float) (counted[v] / mean);
      }
      this.weights = Tensors.of(shares, size);
      this.encoder = CodeEncoder.start(items, options, seed);
      composition.set(encoder.codes(items), composition.flatCodebooks());
      composition.fit(START_ROUNDS);
      this.table =
          new GumbelItemTable(
              encoder,
              items,
              Tensors.of(composition.flatCodebooks(), encoder.logitCount(), dimension),
              options.codewords(),
              Quantised.UNROUNDED);
      this.adam = new Adam(table.parameters());
    }

    Result learn() {
      report(0, 0);
      for (int epoch = 1; epoch <= options.codeEpochs(); epoch++) {
        steps(epoch);
        Codes before = composition.codes();
        recompose();
        reseed();
        composition.fit(1);
        Tensors.assign(table.codebooks(), composition.flatCodebooks());
        report(epoch, composition.codes().changed(before));
      }
      Result found = composition.result(false, options.uniqueCodes());
      return new Result(
          found.codes(),
          found.codebooks(),
          false,
          found.error(),
          found.repaired(),
          epochs,
          encoder.values());
    }

    /** One pass over all items in random order. */
    private void steps(int epoch) {
      int[] order = shuffled(Randoms.seed(seed, "code epoch", epoch));
      int count = (size + BATCH - 1) / BATCH;
      long lastStep = (long) options.codeEpochs() * count;
      for (int step = 0; step < count; step++) {
        try (PointerScope scope = new PointerScope()) {
          torch.manual_seed(Randoms.seed(seed, "code noise", adam.steps()));
          Tensor batch =
              Tensors.indices(
                  Arrays.copyOfRange(order, step * BATCH, Math.min(size, (step + 1) * BATCH)));
          Tensor difference = table.rows(batch).sub(items.index_select(0, batch));
          Tensor loss =
              Tensors.sumLast(difference.mul(difference))
                  .mul(weights.index_select(0, batch))
                  .mean();
          if (!Double.isFinite(loss.item_double())) {
            throw new TrainingException(
                "the reconstruction loss of the codes is not a number at step "
                    + adam.steps()
                    + ": lower student.codeLearningRate, now "
                    + options.codeLearningRate());
          }
          loss.backward();
          table.collectGradient();
          adam.step(options.codeLearningRate() * (1 - (double) adam.steps() / lastStep));
        }
        listener.progressed("codes", epoch, step + 1L, count);
      }
    }

    private int[] shuffled(long orderSeed) {
      SplittableRandom random = new SplittableRandom(orderSeed);
      int[] order = IntStream.range(0, size).toArray();
      for (int i = size - 1; i > 0; i--) {
        int j = random.nextInt(i + 1);
        int kept = order[i];
        order[i] = order[j];
        order[j] = kept;
      }
      return order;
    }

    /** Codes and codebooks as encoder and table now have them. */
    private void recompose() {
      composition = new Composition(rows, clickCounts, options);
      composition.set(table.codes().columns(), Tensors.floats(table.codebooks()));
    }

    /**
     * Gives each codeword that no item uses to the item with the largest error that has none yet:
     * with it the item would be composed exactly, and the encoder's cell of the item's code is
     * split so that the item chooses it.
     */
    private void reseed() {
      int dimension = composition.dimension();
      float[] residual = composition.residual();
      double[] errors = new double[size];
      for (int i = 0; i < residual.length; i++) {
        errors[i / dimension] += (double) residual[i] * residual[i];
      }
      double[] counted = composition.weights();
      int[] worst =
          IntStream.range(0, size)
              .boxed()
              .sorted(Comparator.comparingDouble(v -> -counted[v] * errors[v]))
              .mapToInt(v -> v)
              .toArray();
      int most = Math.min(size, encoder.logitCount());
      int next = 0;
      int given = 0;
      int[] chosen = new int[most];
      int[] made = new int[most];
      int[] split = new int[most];
      float[] ofCells = new float[most * dimension];
      for (int m = 0; m < composition.codebookCount(); m++) {
        float[] codebook = composition.codebook(m);
        int[] uses = new int[options.codewords()];
        for (int code : composition.codes(m)) {
          uses[code]++;
        }
        float[] centers = new float[codebook.length];
        new KMeans(dimension, counted, centers, composition.codes(m)).refit(rows, null);
        for (int k = 0; k < uses.length && next < most; k++) {
          if (uses[k] == 0) {
            int item = worst[next++];
            int code = composition.codes(m)[item];
            if (uses[code] > 1) { // or the old codeword would have no item left
              for (int d = 0; d < dimension; d++) {
                codebook[k * dimension + d] =
                    codebook[code * dimension + d] + residual[item * dimension + d];
              }
              System.arraycopy(centers, code * dimension, ofCells, given * dimension, dimension);
              chosen[given] = item;
              made[given] = m * options.codewords() + k;
              split[given] = m * options.codewords() + code;
              given++;
            }
          }
        }
      }
      if (given > 0) {
        encoder.split(
            Arrays.copyOf(made, given),
            Arrays.copyOf(split, given),
            items.index_select(0, Tensors.indices(Arrays.copyOf(chosen, given))),
            Tensors.of(Arrays.copyOf(ofCells, given * dimension), given, dimension));
        Tensors.assign(table.codebooks(), composition.flatCodebooks());
        recompose();
      }
    }

    private void report(int epoch, double changed) {
      double entropy = composition.codes().meanUsageEntropy();
      ObjectNode entry = epochs.addObject();
      entry.put("epoch", epoch);
      entry.put("changedItems", changed);
      entry.put("reconstructionError", composition.error());
      entry.put("meanUsageEntropyBits", entropy);
      listener.said(
          String.format(
              Locale.ROOT,
              "codes, epoch %d: %.1f %% of the items changed code, reconstruction error %.4f,"
                  + " codewords used with %.2f bits",
              epoch,
              100 * changed,
              composition.error(),
              entropy));
    }
  }
}
