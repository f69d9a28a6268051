package io.attar.training;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Cross-entropy of the target among candidates, own items and itself, plus the teacher's soft
 * targets over candidates (and a new target), with its gradient written by hand and worked off in
 * blocks of cases, side by side, so that no more of the (cases, candidates) matrix exists at a time
 * than the workers' blocks, and these within a bound.
 *
 * <p>With logits l_c = theta . row_c + offset_c for the candidates that are neither own nor target,
 * o_j for the other own items and t for the target: label loss = log(sum_c e^{l_c} + sum_j e^{o_j}
 * + e^t) - t. Soft targets: KL(p_teacher || p_student), both over candidates and, when it is new,
 * the target; temperature 1; log-softmax differences (EODRec eq. 21-22 as corrected). Both are
 * means over the cases.
 */
final class SoftmaxLoss {
  private static final double HIDDEN = -1e30;

  /**
   * Sums of exponentials of up to this, and the ratio and product of two of them, are well within a
   * single float.
   */
  private static final double NEAR = 30;

  /** Room for what each worker keeps for itself, all workers together. */
  private static final long MOST_BYTES = 1 << 30;

  private final int block;
  private final double labelSmoothing;
  private final Workers workers;

  /**
   * A loss that works in blocks.
   *
   * @param block most cases that a worker works off at a time
   */
  SoftmaxLoss(int block) {
    this(block, 0);
  }

  /**
   * The same with smoothed labels (Szegedy et al., CVPR 2016): the gradient is that of the target's
   * share 1 - e and of e spread evenly over the catalogue, where a candidate stands for as many
   * items as its offset says. The value stays that of the label alone, so that runs compare.
   *
   * @param labelSmoothing e, at least 0 and below 1
   */
  SoftmaxLoss(int block, double labelSmoothing) {
    this(block, labelSmoothing, TorchEnvironment.workers());
  }

  /** The same by other workers than the program's. */
  SoftmaxLoss(int block, double labelSmoothing, Workers workers) {
    this.block = block;
    this.labelSmoothing = labelSmoothing;
    this.workers = workers;
  }

  /**
   * One side's logits.
   *
   * @param theta (B, N) scaled session vectors
   * @param rows (K, N) candidate rows
   * @param target (B) logit of the target
   */
  record Side(Tensor theta, Tensor rows, Tensor target) {
    Side detached() {
      return new Side(theta.detach(), rows.detach(), target.detach());
    }
  }

  /**
   * What both sides share.
   *
   * @param offsets (K) added to every candidate logit
   * @param hidden flat (case K + candidate) places of candidates that are own items or the target,
   *     ascending
   * @param isNew (B) 1 where the target is not an own item, else 0
   */
  record Cases(Tensor offsets, long[] hidden, Tensor isNew) {}

  /**
   * Soft targets on a few items a case, such as what session neighbours vote for.
   *
   * @param places flat (case K + candidate) places, ascending by case, none of them hidden
   * @param shares target share of each place
   * @param target (B) share of the target itself, where it is new
   * @param mass (B) sum of a case's shares: 1, or 0 for a case without soft targets
   * @param weight of the cross-entropy to them
   */
  record Neighbours(long[] places, float[] shares, Tensor target, Tensor mass, double weight) {}

  /**
   * Values and gradients.
   *
   * @param crossEntropy label loss, mean over cases
   * @param divergence KL to the teacher, mean over cases; 0 without a teacher
   * @param neighbours cross-entropy to the neighbours' soft targets, mean over cases; 0 without
   * @param theta (B, N) gradient of the weighted sum of the three
   * @param rows (K, N) likewise
   * @param own (B, P) likewise
   * @param target (B) likewise
   */
  record Gradients(
      double crossEntropy,
      double divergence,
      double neighbours,
      Tensor theta,
      Tensor rows,
      Tensor own,
      Tensor target) {}

  /**
   * Values and gradients of a batch.
   *
   * @param student the side that learns; nothing of its graph is touched
   * @param own (B, P) logits of the other own items, hugely negative where there is none
   * @param teacher the side that teaches, or null
   * @param weight of the divergence
   * @param neighbours soft targets on a few items, or null
   */
  Gradients compute(
      Side student,
      Tensor own,
      Cases cases,
      @Nullable Side teacher,
      double weight,
      @Nullable Neighbours neighbours) {
    try (NoGradGuard guard = new NoGradGuard()) {
      Batch batch =
          new Batch(
              student.detached(),
              own.detach(),
              cases,
              teacher == null ? null : teacher.detached(),
              weight,
              neighbours);
      int count = (int) student.theta().size(0);
      int turns = (int) Math.max(1, Math.min(workers.count(), MOST_BYTES / batch.bytesEach(block)));
      int rounds = (count + block * turns - 1) / (block * turns);
      int size = (count + rounds * turns - 1) / (rounds * turns);
      int blocks = (count + size - 1) / size;
      List<Room> rooms = new ArrayList<>();
      for (int turn = 0; turn < Math.min(turns, blocks); turn++) {
        rooms.add(new Room(batch, size));
      }
      Losses[] losses = new Losses[blocks];
      workers.run(
          blocks,
          turns,
          (piece, turn) -> {
            int from = piece * size;
            // Both belong to the thread.
            try (NoGradGuard inner = new NoGradGuard();
                PointerScope scope = new PointerScope()) {
              losses[piece] = batch.work(from, Math.min(size, count - from), rooms.get(turn));
            }
          });
      Tensor rowsGradient = rooms.get(0).rowsGradient();
      for (Room room : rooms.subList(1, rooms.size())) {
        rowsGradient.add_(room.rowsGradient());
      }
      return new Gradients(
          Arrays.stream(losses).mapToDouble(Losses::crossEntropy).sum() / count,
          Arrays.stream(losses).mapToDouble(Losses::divergence).sum() / count,
          Arrays.stream(losses).mapToDouble(Losses::neighbours).sum() / count,
          batch.thetaGradient,
          rowsGradient,
          batch.ownGradient,
          batch.targetGradient);
    }
  }

  /** Sums over the cases of a block. */
  private record Losses(double crossEntropy, double divergence, double neighbours) {}

  /**
   * What one worker fills anew with every block: giving such room back and taking it again costs as
   * much as what is calculated in it, as the system hands it out page by page.
   *
   * @param logits (block, K)
   * @param teacherLogits (block, K), the same where no teacher needs it
   * @param difference (block, K), likewise
   * @param rowsGradient (K, N) sum over the worker's blocks
   */
  private record Room(Tensor logits, Tensor teacherLogits, Tensor difference, Tensor rowsGradient) {
    Room(Batch batch, long size) {
      this(batch, batch.student.theta().new_empty(size, batch.student.rows().size(0)));
    }

    private Room(Batch batch, Tensor logits) {
      this(
          logits,
          batch.teacher == null ? logits : torch.empty_like(logits),
          batch.teacher == null ? logits : torch.empty_like(logits),
          torch.zeros_like(batch.student.rows()));
    }
  }

  /** All cases of a step. */
  private final class Batch {
    private final Side student;
    private final Tensor ownLogits;
    private final Cases cases;
    private final @Nullable Side teacher;
    private final double weight;
    private final @Nullable Neighbours neighbours;
    private final double share; // of a case in the mean
    private final boolean near; // all logits of both sides
    private final Tensor thetaGradient;
    private final Tensor ownGradient;
    private final Tensor targetGradient;

    Batch(
        Side student,
        Tensor ownLogits,
        Cases cases,
        @Nullable Side teacher,
        double weight,
        @Nullable Neighbours neighbours) {
      this.student = student;
      this.ownLogits = ownLogits;
      this.cases = cases;
      this.teacher = teacher;
      this.weight = weight;
      this.neighbours = neighbours;
      this.share = 1.0 / student.theta().size(0);
      this.near =
          near(student, cases.offsets(), ownLogits)
              && (teacher == null || near(teacher, cases.offsets(), ownLogits));
      this.thetaGradient = torch.empty_like(student.theta());
      this.ownGradient = torch.empty_like(ownLogits);
      this.targetGradient = torch.empty_like(student.target());
    }

    /** Bytes of a worker's {@link Room}. */
    long bytesEach(int size) {
      int wide = teacher == null ? 1 : 3;
      return Float.BYTES * student.rows().size(0) * (student.rows().size(1) + (long) wide * size);
    }

    /** Losses of some cases, and their gradients in their places. */
    Losses work(int from, int size, Room room) {
      int candidates = (int) student.rows().size(0);
      Places hidden = Places.of(cases.hidden(), from, size, candidates);
      Tensor hiddenPlaces = hidden.tensor();
      Tensor theta = student.theta().narrow(0, from, size);
      Tensor target = student.target().narrow(0, from, size);
      Tensor own = ownLogits.narrow(0, from, size);
      Tensor isNew = cases.isNew().narrow(0, from, size);
      // 1 where every candidate is hidden and the target is an own item: soft targets, which are
      // over new items, then have nothing to say, and their sums must not be zero.
      Tensor nothingNew =
          hidden.full(size, candidates).type_as(isNew).mul_(isNew.neg().add_(Tensors.scalar(1)));
      Tensor logits =
          logits(
              room.logits().narrow(0, 0, size),
              theta,
              student.rows(),
              cases.offsets(),
              hiddenPlaces);
      Soft soft =
          teacher == null
              ? null
              : soft(teacher, from, size, hiddenPlaces, logits, target, nothingNew, room);
      Vote vote = neighbours == null ? null : vote(neighbours, from, size, candidates);
      double neighbourLoss = 0;
      if (vote != null) {
        neighbourLoss -=
            logits.view(-1).index_select(0, vote.places()).mul_(vote.shares()).sum().item_double()
                + vote.target().mul(target).sum().item_double();
      }

      Exponentials exponentials =
          Exponentials.of(logits, torch.maximum(target, own.amax(new long[] {1}, false)), near);
      Tensor shift = exponentials.shift();
      Tensor ownShares = own.sub(shift.unsqueeze(1)).exp_();
      Tensor targetShare = target.sub(shift).exp_();
      Tensor sum = exponentials.sum().add(Tensors.sumLast(ownShares)).add_(targetShare);
      double crossEntropy = sum.log().add_(shift).sub_(target).sum().item_double();
      ownShares.div_(sum.unsqueeze(1)).mul_(Tensors.scalar(share));

      Tensor newShare = targetShare.mul(isNew);
      Tensor newSum = exponentials.sum().add(newShare).add_(nothingNew);
      Tensor factor = sum.reciprocal(); // of the exponentials, to make them gradients
      Tensor targetPart = targetShare.div(sum).sub_(Tensors.scalar(1));
      double divergence = 0;
      if (soft != null) {
        divergence =
            soft.expectedDifference()
                .sub(soft.logSum())
                .add_(newSum.log())
                .add_(shift)
                .mul_(nothingNew.neg().add_(Tensors.scalar(1)))
                .sum()
                .item_double();
        factor.add_(newSum.reciprocal(), Tensors.scalar(weight));
        targetPart
            .add_(newShare.div(newSum), Tensors.scalar(weight))
            .sub_(soft.targetShare(), Tensors.scalar(weight));
      }
      if (vote != null) {
        neighbourLoss += newSum.log().add_(shift).mul_(vote.mass()).sum().item_double();
        factor.add_(vote.mass().div(newSum), vote.weight());
        targetPart
            .add_(newShare.div(newSum).mul_(vote.mass()), vote.weight())
            .sub_(vote.target(), vote.weight());
      }
      // The gradient of the logits is what stands in this matrix, each row times its factor. The
      // factor goes to the narrow matrices of the products below: passing over the wide one costs
      // more than all of them.
      factor.mul_(Tensors.scalar(share));
      Tensor gradient = exponentials.values();
      if (soft != null) {
        gradient.addcmul_(
            soft.exponentials(),
            soft.sum().mul(factor).reciprocal_().unsqueeze(1),
            Tensors.scalar(-weight * share));
      }
      if (vote != null) {
        Tensor shares = vote.shares().div(factor.index_select(0, vote.cases()));
        shares.mul_(vote.weight()).mul_(Tensors.scalar(-share));
        gradient.view(-1).index_add_(0, vote.places(), shares);
      }
      if (labelSmoothing > 0) {
        smooth(gradient, factor, ownShares, targetPart, own, cases.offsets(), hiddenPlaces, share);
      }
      Tensor column = factor.unsqueeze(1);
      ownGradient.narrow(0, from, size).copy_(ownShares);
      targetGradient.narrow(0, from, size).copy_(targetPart.mul_(Tensors.scalar(share)));
      thetaGradient.narrow(0, from, size).copy_(torch.mm(gradient, student.rows()).mul_(column));
      room.rowsGradient().addmm_(gradient.t(), theta.mul(column));
      return new Losses(crossEntropy, divergence, neighbourLoss);
    }

    private Soft soft(
        Side teacher,
        int from,
        int size,
        Tensor hiddenPlaces,
        Tensor studentLogits,
        Tensor studentTarget,
        Tensor nothingNew,
        Room room) {
      Tensor isNew = cases.isNew().narrow(0, from, size);
      Tensor target = teacher.target().narrow(0, from, size);
      Tensor logits =
          logits(
              room.teacherLogits().narrow(0, 0, size),
              teacher.theta().narrow(0, from, size),
              teacher.rows(),
              cases.offsets(),
              hiddenPlaces);
      Tensor difference =
          torch.sub_out(room.difference().narrow(0, 0, size), logits, studentLogits);
      // An own target has no part in the sum, and may be far above all that has.
      Tensor newTarget =
          torch.masked_fill(target, isNew.eq(Tensors.scalar(0)), Tensors.scalar(HIDDEN));
      // Where nothing is new all is hidden, and must stay far below the shift.
      Tensor others =
          torch.masked_fill(newTarget, nothingNew.eq(Tensors.scalar(1)), Tensors.scalar(0));
      Exponentials exponentials = Exponentials.of(logits, others, near);
      Tensor targetShare = newTarget.sub(exponentials.shift()).exp_();
      Tensor sum = exponentials.sum().add(targetShare).add_(nothingNew);
      targetShare.div_(sum);
      Tensor expected =
          Tensors.sumLast(difference.mul_(exponentials.values()))
              .div_(sum)
              .add_(target.sub(studentTarget).mul_(targetShare));
      return new Soft(
          exponentials.values(), sum, targetShare, sum.log().add_(exponentials.shift()), expected);
    }

    private Vote vote(Neighbours votes, int from, int size, int candidates) {
      Places places = Places.of(votes.places(), from, size, candidates);
      Tensor target = votes.target().narrow(0, from, size);
      float[] shares = Arrays.copyOfRange(votes.shares(), places.first(), places.end());
      return new Vote(
          places.tensor(),
          Tensors.of(places.cases(), places.cases().length),
          Tensors.of(shares, shares.length).type_as(target),
          target,
          votes.mass().narrow(0, from, size),
          Tensors.scalar(votes.weight()));
    }
  }

  /**
   * Whether all logits of a side are known to be so near to zero that their exponentials need no
   * shift: cosines times a scale are, plain dot products may not be. The length of the longest
   * vectors tells, so that no pass over the logits is spent on it.
   */
  private static boolean near(Side side, Tensor offsets, Tensor own) {
    double reach = longest(side.theta()) * longest(side.rows()) + highest(offsets.abs());
    return Math.max(reach, Math.max(highest(side.target()), highest(own))) <= NEAR;
  }

  private static double longest(Tensor vectors) {
    return Math.sqrt(highest(Tensors.sumLast(vectors.mul(vectors))));
  }

  private static double highest(Tensor values) {
    return values.max().item_double();
  }

  /**
   * Exponentials of one block's logits, in their place.
   *
   * @param values (block, K) exponentials of the logits less their shift
   * @param shift (block) subtracted from logits before they are exponentials
   * @param sum (block) of the values
   */
  private record Exponentials(Tensor values, Tensor shift, Tensor sum) {
    /**
     * Exponentials of logits.
     *
     * @param logits (block, K) to be overwritten
     * @param others (block) the highest of the other logits that share their sum
     * @param near whether no shift is needed
     */
    static Exponentials of(Tensor logits, Tensor others, boolean near) {
      if (near) {
        logits.exp_();
        return new Exponentials(logits, torch.zeros_like(others), Tensors.sumLast(logits));
      }
      Tensor shift = torch.maximum(logits.amax(new long[] {1}, false), others);
      logits.sub_(shift.unsqueeze(1)).exp_();
      return new Exponentials(logits, shift, Tensors.sumLast(logits));
    }
  }

  /**
   * Spreads a share of the label over all items of one block's cases.
   *
   * @param gradient (block, K) of the candidates' logits, over {@code factor}, times {@code share}
   *     already
   * @param factor (block) what a row of the gradient is still to be multiplied by
   * @param own (block, P) of the own items' logits, times {@code share} already
   * @param target (block) of the target's logit
   * @param ownLogits (block, P)
   * @param share of a case in the mean
   */
  private void smooth(
      Tensor gradient,
      Tensor factor,
      Tensor own,
      Tensor target,
      Tensor ownLogits,
      Tensor offsets,
      Tensor hiddenPlaces,
      double share) {
    Tensor weights = torch.zeros_like(gradient).add_(offsets.exp());
    weights.view(-1).index_fill_(0, hiddenPlaces, Tensors.scalar(0));
    Tensor others = ownLogits.gt(Tensors.scalar(HIDDEN / 2)).type_as(ownLogits);
    Tensor each =
        Tensors.sumLast(weights)
            .add_(Tensors.sumLast(others))
            .add_(Tensors.scalar(1))
            .reciprocal_()
            .mul_(Tensors.scalar(labelSmoothing)); // (block) what one item gets
    gradient.sub_(weights.mul_(each.div(factor).mul_(Tensors.scalar(share)).unsqueeze(1)));
    own.sub_(others.mul_(each.unsqueeze(1)).mul_(Tensors.scalar(share)));
    target.add_(Tensors.scalar(labelSmoothing)).sub_(each);
  }

  /**
   * The teacher's distribution over one block, over candidates and a new target.
   *
   * @param exponentials (block, K) shares of the candidates times {@code sum}
   * @param sum (block) what makes shares of exponentials
   * @param targetShare (block) 0 where the target is an own item
   * @param logSum (block) log partition function
   * @param expectedDifference (block) mean under the teacher of its logit less the student's
   */
  private record Soft(
      Tensor exponentials,
      Tensor sum,
      Tensor targetShare,
      Tensor logSum,
      Tensor expectedDifference) {}

  /**
   * One block's votes.
   *
   * @param places (n) flat places, counted from the block's start
   * @param cases (n) case of each place, counted likewise
   * @param shares (n) target share of each place
   * @param target (block) share of the target itself
   * @param mass (block) sum of a case's shares
   * @param weight of the cross-entropy to them
   */
  private record Vote(
      Tensor places, Tensor cases, Tensor shares, Tensor target, Tensor mass, Scalar weight) {}

  /**
   * One block's part of the flat places of all cases.
   *
   * @param first of all places, the first that belongs to the block
   * @param end after the last one
   * @param values (end - first) the places, counted from the block's start
   * @param cases (end - first) case of each, counted likewise
   */
  private record Places(int first, int end, long[] values, long[] cases) {
    /** Places of cases {@code from} to {@code from + size}; {@code all} ascend by case. */
    static Places of(long[] all, int from, int size, int candidates) {
      int first = firstNotBelow(all, (long) from * candidates);
      int end = firstNotBelow(all, (long) (from + size) * candidates);
      long[] values = new long[end - first];
      long[] cases = new long[end - first];
      for (int i = 0; i < values.length; i++) {
        values[i] = all[first + i] - (long) from * candidates;
        cases[i] = values[i] / candidates;
      }
      return new Places(first, end, values, cases);
    }

    private static int firstNotBelow(long[] all, long place) {
      int from = 0;
      int to = all.length;
      while (from < to) {
        int middle = (from + to) >>> 1;
        if (all[middle] < place) {
          from = middle + 1;
        } else {
          to = middle;
        }
      }
      return from;
    }

    Tensor tensor() {
      return Tensors.of(values, values.length);
    }

    /** (size) 1 where all candidates of a case are among the places, else 0. */
    Tensor full(int size, int candidates) {
      int[] counts = new int[size];
      for (long each : cases) {
        counts[(int) each]++;
      }
      float[] full = new float[size];
      for (int b = 0; b < size; b++) {
        full[b] = counts[b] == candidates ? 1 : 0;
      }
      return Tensors.of(full, size);
    }
  }

  private static Tensor logits(
      Tensor room, Tensor theta, Tensor rows, Tensor offsets, Tensor hidden) {
    Tensor logits = torch.addmm_out(room, offsets, theta, rows.t());
    logits.view(-1).index_fill_(0, hidden, Tensors.scalar(HIDDEN));
    return logits;
  }
}
