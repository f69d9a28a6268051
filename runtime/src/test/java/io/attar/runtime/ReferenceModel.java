package io.attar.runtime;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The scores of a model in double precision, computed from its definition in {@code
 * docs/format.md}: no table of partial sums, no cache, nothing shared with the runtime.
 */
final class ReferenceModel {
  private final TestModel model;
  private final double[][] rows; // (items, dimension)

  ReferenceModel(TestModel model) {
    this.model = model;
    rows = new double[model.itemCount][];
    for (int v = 0; v < model.itemCount; v++) {
      rows[v] = row(v);
      if (model.unitRows) {
        normalise(rows[v]);
      }
    }
  }

  /** (items) scores after clicks on known items, oldest first. */
  double[] scores(List<Integer> allClicks) {
    double[] scores = new double[model.itemCount];
    if (allClicks.isEmpty()) {
      for (int i = 0; i < model.popular.length; i++) {
        scores[model.popular[i]] = (double) (model.popular.length - i) / model.popular.length;
      }
      return scores;
    }
    int from = Math.max(0, allClicks.size() - model.maximumSessionLength);
    List<Integer> clicks = allClicks.subList(from, allClicks.size());
    double[] products = model.table == TestModel.NEIGHBOURS ? voted(clicks) : products(clicks);
    for (int v = 0; v < scores.length; v++) {
      double bias = model.bias.rows() == 0 ? 0 : model.bias.value(0, v);
      scores[v] = model.scale * products[v] + bias;
    }
    if (model.ranks > 0) {
      return decided(clicks, scores);
    }
    int distinct = new LinkedHashSet<>(clicks).size();
    for (int v : new LinkedHashSet<>(clicks)) {
      int count = (int) clicks.stream().filter(click -> click == v).count();
      int age = clicks.size() - 1 - clicks.lastIndexOf(v);
      scores[v] =
          model.similarityWeight * scores[v]
              + model.countAge.value(model.countBucket[count - 1], model.ageBucket[age])
              + model.age.value(0, age)
              + model.count.value(0, count - 1)
              + model.distinct.value(0, distinct - 1)
              + model.length.value(0, clicks.size() - 1);
    }
    return scores;
  }

  /** (items) theta times the rows. */
  private double[] products(List<Integer> clicks) {
    double[] theta =
        model.encoder == TestModel.WEIGHTED_MEAN ? weightedMean(clicks) : selfAttention(clicks);
    normalise(theta);
    return Arrays.stream(rows).mapToDouble(row -> dot(theta, row)).toArray();
  }

  /** (items) what the clicked items' lists give. */
  private double[] voted(List<Integer> clicks) {
    double[] votes = new double[model.itemCount];
    for (int t = 0; t < clicks.size(); t++) {
      int number = 0; // of the list's first weight
      for (int v = 0; v < clicks.get(t); v++) {
        number += model.neighbours[v].length;
      }
      for (int neighbour : model.neighbours[clicks.get(t)]) {
        votes[neighbour] += weight(clicks, t) * model.neighbourWeights.value(0, number++);
      }
    }
    return votes;
  }

  /** (items) what a repeat network makes of scores. */
  private double[] decided(List<Integer> clicks, double[] scores) {
    Set<Integer> own = new LinkedHashSet<>(clicks);
    double[] best = // of the best unseen items, best first
        IntStream.range(0, scores.length)
            .filter(v -> !own.contains(v))
            .mapToObj(v -> scores[v])
            .sorted(Comparator.reverseOrder())
            .limit(model.ranks)
            .mapToDouble(score -> score)
            .toArray();
    double[] session = sessionInputs(clicks, best);
    double[] decided = new double[best.length];
    for (int r = 0; r < best.length; r++) {
      double[] inputs = session.clone();
      inputs[1] = 1;
      inputs[27] = log(1 + r);
      inputs[28] = r == 0 ? 1 : 0;
      inputs[29] = r == 1 ? 1 : 0;
      inputs[30] = best[r];
      inputs[31] = best[r] - best[0];
      decided[r] = network(inputs);
      if (r > 0) {
        decided[r] = Math.min(decided[r], decided[r - 1] - (best[r - 1] - best[r]) / 64);
      }
    }
    double[] result = new double[scores.length];
    for (int v = 0; v < scores.length; v++) {
      double score = scores[v];
      int last = best.length - 1;
      if (own.contains(v)) {
        result[v] = network(ownInputs(clicks, v, score, session));
      } else if (score < best[last]) {
        result[v] = decided[last] + score - best[last];
      } else {
        int first =
            IntStream.range(0, best.length).filter(r -> best[r] <= score).min().orElseThrow();
        result[v] = decided[first];
      }
    }
    return result;
  }

  private double[] sessionInputs(List<Integer> clicks, double[] best) {
    int length = clicks.size();
    int distinct = new LinkedHashSet<>(clicks).size();
    int last = clicks.get(length - 1);
    double[] inputs = new double[32];
    inputs[2] = log(length);
    inputs[3] = log(distinct);
    inputs[4] = length == 1 ? 0 : (double) (length - distinct) / (length - 1);
    inputs[5] = clicks.indexOf(last) < length - 1 ? 1 : 0;
    inputs[6] = length > 1 && clicks.indexOf(clicks.get(length - 2)) < length - 2 ? 1 : 0;
    inputs[7] =
        log(clicks.stream().mapToInt(item -> Collections.frequency(clicks, item)).max().orElse(0));
    inputs[8] = log(Collections.frequency(clicks, last));
    if (best.length > 0) {
      inputs[9] = best[0];
      inputs[10] = best[0] - best[Math.min(best.length, 10) - 1];
    }
    return inputs;
  }

  private double[] ownInputs(List<Integer> clicks, int v, double score, double[] session) {
    int length = clicks.size();
    int latest = clicks.lastIndexOf(v);
    int age = length - 1 - latest;
    int count = Collections.frequency(clicks, v);
    double[] inputs = session.clone();
    inputs[0] = 1;
    inputs[11] = log(count);
    inputs[12] = log(1 + age);
    inputs[13] = age == 0 ? 1 : 0;
    inputs[14] = age == 1 ? 1 : 0;
    inputs[15] = count == 1 ? 1 : 0;
    inputs[16] = (double) count / length;
    inputs[17] = (double) age / length;
    inputs[18] = log(1 + new LinkedHashSet<>(clicks.subList(latest + 1, length)).size());
    Set<Integer> busier = new LinkedHashSet<>(clicks);
    busier.removeIf(item -> Collections.frequency(clicks, item) <= count);
    inputs[19] = log(1 + busier.size());
    inputs[20] = log(1 + Collections.frequency(clicks.subList(Math.max(0, length - 5), length), v));
    inputs[21] =
        log(1 + Collections.frequency(clicks.subList(Math.max(0, length - 10), length), v));
    int previous = clicks.subList(0, latest).lastIndexOf(v);
    inputs[22] = previous < 0 ? 0 : log(1 + latest - previous);
    inputs[23] = score;
    inputs[24] = log(length - clicks.indexOf(v));
    for (int t = 1; t < length; t++) {
      if (clicks.get(t) == v && clicks.get(t - 1).equals(clicks.get(length - 1))) {
        inputs[25] = 1;
      }
    }
    int run = 1;
    while (run <= latest && clicks.get(latest - run) == v) {
      run++;
    }
    inputs[26] = log(1 + run);
    return inputs;
  }

  private double log(int number) {
    return model.logarithms.value(0, number - 1);
  }

  private double network(double[] inputs) {
    int hidden = model.networkOutputs.columns();
    double score = dot(model.networkWeights.row(hidden), inputs);
    for (int h = 0; h < hidden; h++) {
      score +=
          model.networkOutputs.value(0, h) * Math.tanh(dot(model.networkWeights.row(h), inputs));
    }
    return score;
  }

  /** (dimension) the row of an item before any division by its length. */
  private double[] row(int v) {
    if (model.table == TestModel.BLOCKS) {
      return blockRow(v);
    }
    if (model.table == TestModel.TENSOR_TRAIN) {
      return trainRow(v);
    }
    if (model.table == TestModel.NEIGHBOURS) {
      return new double[1];
    }
    int coded = model.table == TestModel.DENSE ? 0 : model.codedItems();
    if (v >= coded) {
      return model.dense.row(v - coded);
    }
    double[] sum = new double[model.dimension];
    for (int m = 0; m < model.codebooks; m++) {
      double[] codeword = model.books.row(m * model.codewords + model.codes[m][v]);
      // Of product codes it is a block of columns, else all of them.
      int first = model.table == TestModel.PRODUCT_CODES ? m * codeword.length : 0;
      for (int i = 0; i < codeword.length; i++) {
        sum[first + i] += codeword[i];
      }
    }
    return sum;
  }

  private double[] blockRow(int v) {
    int first = 0;
    int b = 0;
    while (v >= first + model.blockItems.get(b)) {
      first += model.blockItems.get(b);
      b++;
    }
    double[] stored = new double[model.blocks.get(b).columns() / model.blockItems.get(b)];
    for (int r = 0; r < stored.length; r++) {
      stored[r] = model.blocks.get(b).value(0, (v - first) * stored.length + r);
    }
    Matrix projection = model.projections.get(b);
    if (projection.rows() == 0) {
      return stored;
    }
    double[] row = new double[model.dimension];
    for (int r = 0; r < stored.length; r++) {
      add(stored[r], projection.row(r), row);
    }
    return row;
  }

  /** Every number by itself: a product of one matrix a core. */
  private double[] trainRow(int v) {
    int count = model.cores.size();
    int[] radices = new int[count];
    int[] widths = new int[count];
    for (int k = 0; k < count; k++) {
      radices[k] = model.cores.get(k).rows();
      widths[k] = model.cores.get(k).columns() / rank(k) / rank(k + 1);
    }
    int[] items = digits(v, radices);
    double[] row = new double[model.dimension];
    for (int c = 0; c < row.length; c++) {
      int t = model.interleave;
      int[] columns = digits(c % t * (model.dimension / t) + c / t, widths);
      double[] product = {1};
      for (int k = 0; k < count; k++) {
        double[] next = new double[rank(k + 1)];
        for (int a = 0; a < product.length; a++) {
          for (int b = 0; b < next.length; b++) {
            next[b] +=
                product[a]
                    * model
                        .cores
                        .get(k)
                        .value(items[k], (a * widths[k] + columns[k]) * next.length + b);
          }
        }
        product = next;
      }
      row[c] = product[0];
    }
    return row;
  }

  private int rank(int k) {
    return k == 0 || k == model.cores.size() ? 1 : model.coreRanks[k - 1];
  }

  private static int[] digits(int number, int[] radices) {
    int[] digits = new int[radices.length];
    int rest = number;
    for (int k = radices.length - 1; k >= 0; k--) {
      digits[k] = rest % radices[k];
      rest /= radices[k];
    }
    return digits;
  }

  private double[] weightedMean(List<Integer> clicks) {
    double[] theta = new double[model.dimension];
    for (int t = 0; t < clicks.size(); t++) {
      add(weight(clicks, t), rows[clicks.get(t)], theta);
    }
    return theta;
  }

  /** What click t weighs in a weighted mean. */
  private double weight(List<Integer> clicks, int t) {
    Matrix ageWeights = model.encoderTensors.get(0);
    Matrix occurrenceWeights = model.encoderTensors.get(1);
    int earlier = Collections.frequency(clicks.subList(0, t), clicks.get(t));
    return ageWeights.value(0, clicks.size() - 1 - t)
        * occurrenceWeights.value(0, Math.min(earlier, occurrenceWeights.columns() - 1));
  }

  private double[] selfAttention(List<Integer> clicks) {
    List<Matrix> tensors = model.encoderTensors;
    List<double[]> hidden = new ArrayList<>();
    for (int t = 0; t < clicks.size(); t++) {
      double[] x = rows[clicks.get(t)].clone();
      add(1, tensors.get(0).row(t), x);
      hidden.add(norm(tensors.get(1), x));
    }
    List<double[]> outputs = new ArrayList<>();
    for (int t = 0; t < clicks.size(); t++) {
      double[] first = hidden.get(t).clone();
      add(1, affine(tensors.get(8), tensors.get(9), attend(hidden, t)), first);
      first = norm(tensors.get(10), first);
      double[] inner = affine(tensors.get(11), tensors.get(12), first);
      for (int i = 0; i < inner.length; i++) {
        inner[i] = inner[i] * (1 + erf(inner[i] / Math.sqrt(2))) / 2;
      }
      double[] second = first.clone();
      add(1, affine(tensors.get(13), tensors.get(14), inner), second);
      outputs.add(norm(tensors.get(15), second));
    }
    double[] mean = new double[model.dimension];
    for (double[] output : outputs) {
      add(1.0 / outputs.size(), output, mean);
    }
    Matrix noBias = Matrix.of(1, model.dimension, new double[model.dimension]);
    double[] theta = new double[model.dimension];
    for (double[] output : outputs) {
      double[] gate = affine(tensors.get(16), tensors.get(17), output);
      add(1, affine(tensors.get(18), noBias, mean), gate);
      double weight = 0;
      for (int i = 0; i < gate.length; i++) {
        weight += tensors.get(19).value(0, i) / (1 + Math.exp(-gate[i]));
      }
      add(weight, output, theta);
    }
    return theta;
  }

  private double[] attend(List<double[]> hidden, int t) {
    List<Matrix> tensors = model.encoderTensors;
    int width = model.dimension / model.heads;
    double[] query = affine(tensors.get(2), tensors.get(3), hidden.get(t));
    double[] mixed = new double[model.dimension];
    for (int head = 0; head < model.heads; head++) {
      int from = head * width;
      double[] weights = new double[t + 1];
      for (int s = 0; s <= t; s++) {
        double[] key = affine(tensors.get(4), tensors.get(5), hidden.get(s));
        double product = 0;
        for (int i = from; i < from + width; i++) {
          product += query[i] * key[i];
        }
        weights[s] = Math.exp(product / Math.sqrt(width));
      }
      double total = Arrays.stream(weights).sum();
      for (int s = 0; s <= t; s++) {
        double[] value = affine(tensors.get(6), tensors.get(7), hidden.get(s));
        for (int i = from; i < from + width; i++) {
          mixed[i] += weights[s] / total * value[i];
        }
      }
    }
    return mixed;
  }

  private static double[] norm(Matrix gainAndBias, double[] x) {
    double mean = Arrays.stream(x).average().orElseThrow();
    double variance = Arrays.stream(x).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] =
          (x[i] - mean) / Math.sqrt(variance + 1e-12) * gainAndBias.value(0, i)
              + gainAndBias.value(1, i);
    }
    return y;
  }

  private static double[] affine(Matrix weight, Matrix bias, double[] x) {
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = dot(weight.row(i), x) + bias.value(0, i);
    }
    return y;
  }

  private static void normalise(double[] x) {
    double length = Math.sqrt(dot(x, x));
    for (int i = 0; i < x.length && length > 0; i++) {
      x[i] /= length;
    }
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static void add(double factor, double[] source, double[] target) {
    for (int i = 0; i < source.length; i++) {
      target[i] += factor * source[i];
    }
  }

  /**
   * The error function to about 1e-15 for |x| up to 6: erf x = 2 / sqrt(pi) e^(-x^2) sum of 2^n
   * x^(2n+1) / (2n+1)!!, all terms of one sign (Abramowitz and Stegun 7.1.6).
   */
  static double erf(double x) {
    if (Math.abs(x) > 6) {
      return Math.signum(x);
    }
    double term = x;
    double sum = x;
    for (int n = 1; n < 200; n++) {
      term *= 2 * x * x / (2 * n + 1);
      sum += term;
    }
    return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
  }
}
