package io.attar.cli;

import static java.util.Map.entry;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.util.Map;

/** The reference of the configuration: every key, its default, what it does. */
final class ConfigurationReference {
  private static final Map<String, String> DESCRIPTIONS =
      Map.ofEntries(
          entry(
              "seed",
              "What everything random in training follows from; the same seed, data and machine"
                  + " give the same model file."),
          entry(
              "prepare.sessionColumn",
              "Column with the session id; empty when sessions are to be cut out of each user's"
                  + " clicks by pauses."),
          entry(
              "prepare.userColumn",
              "Column with the user id; read only when sessionColumn is empty."),
          entry("prepare.itemColumn", "Column with the item id."),
          entry(
              "prepare.timeColumn",
              "Column with the time of the click: epoch seconds or milliseconds, or ISO-8601"
                  + " (UTC without a zone)."),
          entry(
              "prepare.delimiter",
              "What separates the columns of a text log: one character, or auto."),
          entry(
              "prepare.gapMinutes", "The longest pause, in minutes, within a session cut by gap."),
          entry(
              "prepare.minimumItemCount",
              "Items clicked less often are dropped, in turn with the next rule until nothing"
                  + " changes."),
          entry(
              "prepare.minimumSessionLength",
              "Sessions with fewer clicks are dropped; at least 2."),
          entry(
              "prepare.maximumSessionLength",
              "Of longer sessions only the latest clicks are kept; 0 keeps every click."),
          entry(
              "prepare.testShare",
              "Share of the sessions, the latest ones, that becomes the test part."),
          entry(
              "prepare.validationCases",
              "The latest training sessions with at least this many test cases become the"
                  + " validation part."),
          entry(
              "prepare.validationShare",
              "The validation part takes at most this share of the training sessions."),
          entry(
              "prepare.minimumPrefixLength",
              "Clicks a prefix needs to make a test case (folders of whole sessions state their"
                  + " own)."),
          entry("prepare.strict", "Whether the first broken line ends the preparation."),
          entry(
              "prepare.maximumBrokenShare",
              "Share of broken lines that is skipped and counted; more end the preparation."),
          entry(
              "prepare.memoryLimit",
              "Memory the database may use beside Java's heap, such as 1GB or 800MB."),
          entry("prepare.threads", "Threads of the database; the result does not depend on them."),
          entry(
              "prepare.recipe",
              "Published data set that the folder must turn out to be: tmall or retailrocket;"
                  + " empty for none."),
          entry(
              "teacher.encoder",
              "weighted-mean, self-attention, or auto: both for one epoch, the better on validation goes"
                  + " on. Rivals, which no file holds: gated-recurrent, narm, stamp, session-graph, sasrec,"
                  + " nextitnet."),
          entry("teacher.dimension", "Length of an item vector."),
          entry("teacher.heads", "Attention heads; must divide the dimension."),
          entry("teacher.maximumSessionLength", "Clicks of a session that count, the latest ones."),
          entry("teacher.epochs", "Most passes over the training sessions."),
          entry("teacher.patience", "Epochs without a better validation NDCG@10 before it stops."),
          entry("teacher.learningRate", "Adam's learning rate in the first epoch."),
          entry("teacher.learningRateDecay", "Factor on the learning rate after each epoch."),
          entry(
              "teacher.scalarLearningRateFactor",
              "Factor on the learning rate of the repeat bonus' scalars."),
          entry(
              "teacher.dropout", "Share of each clicked item's vector that is hidden in training."),
          entry(
              "teacher.candidates",
              "Items scored a step besides targets and own items; 0 scores all items."),
          entry("teacher.rows", "Rows of 64 positions, packed with sessions, in one step."),
          entry(
              "teacher.mixing",
              "How far sessions move in time within an epoch, as a share of the whole period; less"
                  + " than 1 lets the latest come last."),
          entry(
              "teacher.neighbourWeight",
              "Weight of the cross-entropy to what session neighbours, and a recurrent model where it"
                  + " has a share, vote for; 0 does without."),
          entry(
              "teacher.startExponent",
              "Power of the eigenvalues that scales the co-occurrence start."),
          entry("teacher.layers", "Blocks of sasrec and nextitnet; 1 with the other encoders."),
          entry(
              "teacher.scores",
              "cosine with a learned scale, or dot: plain dot products, for rivals."),
          entry(
              "teacher.start",
              "Where item vectors begin: co-occurrence, or random, between -1/sqrt(dimension) and"
                  + " 1/sqrt(dimension)."),
          entry(
              "teacher.repeatHead",
              "Whether a session's own items get a learned bonus and a calibrated head; false scores"
                  + " them like any other."),
          entry(
              "teacher.labelSmoothing", "Share of the label that is spread evenly over all items."),
          entry(
              "teacher.weightDecay",
              "Factor on every parameter that is added to its gradient (L2)."),
          entry(
              "teacher.sharing",
              "Which convolutions of nextitnet share their kernel (CpRec): none, cross-layer,"
                  + " cross-block, adjacent-layer or adjacent-block; none with the other encoders."),
          entry(
              "teacher.recurrentShare",
              "Share of the votes that a recurrent model (GRU4Rec, session-parallel) has beside"
                  + " session neighbours; it is trained first, which takes longer than the teacher."
                  + " 0 does without."),
          entry(
              "student.codebooks",
              "Number of codebooks; codewords^codebooks must reach the number of items. 0 takes as"
                  + " many as make the file timesSmaller, 24 at most; not with product or quantile."),
          entry(
              "student.timesSmaller",
              "How many times smaller than the teacher's parameters as fp32 the file is to be, item ids"
                  + " apart; heeded when codebooks is 0. No file is made smaller than 100,000 bytes for"
                  + " it."),
          entry("student.codewords", "Codewords in each codebook."),
          entry(
              "student.codebookBits",
              "Bits of each number of a codeword: 8 or 4; 32 rounds nothing, to see what rounding costs."),
          entry(
              "student.popularityExponent",
              "In clustering, an item's error counts its clicks plus one to this power."),
          entry("student.clusteringIterations", "Steps of k-means for each codebook."),
          entry(
              "student.reassignmentRounds",
              "Rounds of choosing every code anew with the other codebooks held; additive codes take"
                  + " some 16 of them."),
          entry(
              "student.epochs", "Most passes over the training sessions that tune the codebooks."),
          entry("student.patience", "Epochs without a better validation NDCG@10 before it stops."),
          entry("student.learningRate", "Adam's learning rate in the first epoch."),
          entry("student.learningRateDecay", "Factor on the learning rate after each epoch."),
          entry(
              "student.scalarLearningRateFactor",
              "Factor on the learning rate of the repeat bonus' scalars."),
          entry(
              "student.dropout", "Share of each clicked item's vector that is hidden in training."),
          entry(
              "student.candidates",
              "Items scored a step besides targets and own items; 0 scores all items."),
          entry("student.rows", "Rows of 64 positions, packed with sessions, in one step."),
          entry(
              "student.mixing",
              "How far sessions move in time within an epoch, as a share of the whole period; less"
                  + " than 1 lets the latest come last."),
          entry(
              "student.softTargetWeight",
              "Weight of the divergence to the teacher beside the label loss."),
          entry(
              "student.neighbourWeight",
              "Weight of the cross-entropy to what session neighbours, and a recurrent model where it"
                  + " has a share, vote for; 0 does without."),
          entry(
              "student.denseItems",
              "So many of the most clicked items get a row of their own instead of a code."),
          entry("student.itemBias", "Whether every item gets a number that is added to its score."),
          entry(
              "student.repeatHead",
              "Whether what re-clicks get is calibrated and shipped; false scores a session's own"
                  + " items like any other."),
          entry(
              "student.quantiser",
              "How codes are found: residual k-means; additive, residual and then searched on with all"
                  + " codebooks fitted at once (minutes); product, k-means of blocks of columns;"
                  + " gumbel, learned by gradient; quantile, bins of the co-occurrence; hashed and"
                  + " random, controls."),
          entry(
              "student.codeMetric",
              "What residual and additive codes are fitted to: rows, or the scores that the teacher's"
                  + " session vectors give."),
          entry("student.uniqueCodes", "Whether items that share a code are told apart."),
          entry(
              "student.codeEpochs",
              "Passes over the items that learn gumbel codes before any session is seen."),
          entry(
              "student.codeLearningRate",
              "Adam's learning rate for the encoder of gumbel codes; falls to zero over its epochs."),
          entry(
              "student.codeTemperature",
              "Temperature of the soft choice whose gradient gumbel codes learn by."),
          entry(
              "student.pretrainingEpochs",
              "Passes over the training sessions on labels and the distance to the teacher's rows,"
                  + " gumbel codes learning along, before codes are fixed; 0 does without."),
          entry(
              "table.kind",
              "The student's item table: codes; dense, a row an item; low-rank; block-wise, longer rows for"
                  + " items with more clicks; tensor-train; semi-tensor-train."),
          entry(
              "table.rank",
              "Rank of a low-rank table or a tensor train; 0 takes the largest within table.bytes."),
          entry(
              "table.bytes",
              "Bytes the table may take in the file, unless it is of codes or dense; 0 goes by"
                  + " table.rank."),
          entry(
              "table.bits",
              "Bits of each number of the table, unless it is of codes: 8 or 4; 32 rounds nothing."),
          entry("table.blocks", "Blocks of a block-wise table."),
          entry(
              "table.rankDivisor",
              "How many times shorter the rows of each further block of a block-wise table are."),
          entry("table.cores", "Cores of a tensor train."),
          entry(
              "distillation.mixture",
              "Where the teacher's rows are mixed in: annealed (in training, ever less), constant (in"
                  + " training), or shipped (as the paper's code does: the file then holds the dense"
                  + " mixture)."),
          entry(
              "distillation.mixupShare",
              "Share of the teacher's row in every row of the mixture, at the start; 0 mixes nothing."),
          entry(
              "distillation.mixupEnd",
              "Share of the student's steps after which an annealed mixture is none."),
          entry(
              "distillation.contrastiveWeight",
              "Weight of the contrastive loss on recombined session vectors; 0 does without."),
          entry(
              "distillation.contrastiveTemperature",
              "Divisor of the cosines in the contrastive loss and the predictive one."),
          entry(
              "distillation.contrastiveCases",
              "Most cases a step in the contrastive loss and the predictive one."),
          entry(
              "distillation.predictiveWeight",
              "Weight of the label loss on recombined session vectors, of student and teacher; 0 does"
                  + " without."),
          entry(
              "distillation.hotShare",
              "Share of the clicked items that count as hot, the most clicked ones."),
          entry(
              "distillation.teacherLearningRate",
              "Adam's learning rate for a teacher that learns with its student; 0 leaves it as it is."),
          entry(
              "distillation.teacherSoftTargetWeight",
              "Weight of the divergence to the student in the loss of a teacher that learns."),
          entry(
              "evaluation.threads",
              "Threads that score; 0 is all processors; results do not depend on them."),
          entry("evaluation.resamples", "Bootstrap resamples behind the 95 % intervals."),
          entry("evaluation.seed", "Seed of the resamples."),
          entry(
              "evaluation.opponents",
              "Whether a build measures the simple rules and session kNN beside the model."),
          entry(
              "checkpointSeconds",
              "Least time, in seconds, between two checkpoints within an epoch."));

  private ConfigurationReference() {}

  /** What a key does, in one sentence; empty when nobody wrote it down (a test sees to that). */
  static String description(String key) {
    return DESCRIPTIONS.getOrDefault(key, "");
  }

  /** The keys that are described. */
  static java.util.Set<String> described() {
    return DESCRIPTIONS.keySet();
  }

  /** A YAML file with every key at its default and what it does. */
  static String text() {
    StringBuilder text =
        new StringBuilder(
            """
            # Every setting of Attar with its default; `attar config` prints this file.
            # Copy what you change, and pass it with --config FILE; or pass single keys,
            # such as --set teacher.epochs=3.
            """);
    String group = "";
    for (ConfigurationKeys.Key key : ConfigurationKeys.of(Configuration.defaults())) {
      int dot = key.name().indexOf('.');
      String own = dot < 0 ? "" : key.name().substring(0, dot);
      String indent = dot < 0 ? "" : "  ";
      if (!own.equals(group) || dot < 0) {
        text.append('\n');
      }
      if (!own.equals(group) && dot > 0) {
        text.append(own).append(":\n");
      }
      group = own;
      text.append(indent).append("# ").append(description(key.name())).append('\n');
      text.append(indent).append(key.name().substring(dot + 1)).append(": ");
      text.append(shown(key.value())).append('\n');
    }
    return text.toString();
  }

  private static String shown(Object value) {
    return value instanceof String word
        ? "\"" + new String(JsonStringEncoder.getInstance().quoteAsString(word)) + "\""
        : value.toString();
  }
}
