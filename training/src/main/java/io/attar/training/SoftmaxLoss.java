package io.attar.training;

import java.util.Arrays;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Cross-entropy of the target among candidates, own items and itself, plus the teacher's soft
 * targets over candidates (and a new target), with its gradient written by hand and worked off in
 * blocks of cases, so that the (cases, candidates) matrix never exists as a whole.
 *
 * <p>With logits l_c = theta . row_c + offset_c for the candidates that are neither own nor target,
 * o_j for the other own items and t for the target: label loss = log(sum_c e^{l_c} + sum_j e^{o_j}
 * + e^t) - t. Soft targets: KL(p_teacher || p_student), both over candidates and, when it is new,
 * the target; temperature 1; log-softmax differences (EODRec eq. 21-22 as corrected). Both are
 * means over the cases.
 */
final class SoftmaxLoss {
  private static final double HIDDEN = -1e30;
  private final int block;
  private final double labelSmoothing;

  /**
   * A loss that works in blocks.
   *
   * @param block cases worked off at a time
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
    this.block = block;
    this.labelSmoothing = labelSmoothing;
  }

  /**
   * One side's logits.
   *
   * @param theta (B, N) scaled session vectors
   * @param rows (K, N) candidate rows
   * @param target (B) logit of the target
   */
  record Side(Tensor theta, Tensor rows, Tensor target) {}

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
      Tensor theta = student.theta().detach();
      Tensor rows = student.rows().detach();
      Tensor target = student.target().detach();
      Tensor ownLogits = own.detach();
      long count = theta.size(0);
      long candidates = rows.size(0);
      Tensor thetaGradient = torch.empty_like(theta);
      Tensor rowsGradient = torch.zeros_like(rows);
      Tensor ownGradient = torch.empty_like(ownLogits);
      Tensor targetGradient = torch.empty_like(target);
      double crossEntropy = 0;
      double divergence = 0;
      double neighbourLoss = 0;
      Scalar share = Tensors.scalar(1.0 / count);
      Scalar softShare = Tensors.scalar(-weight / count);
      Places hidden = new Places(cases.hidden(), candidates);
      Places voted = neighbours == null ? null : new Places(neighbours.places(), candidates);
      // Filled anew by every block: giving such room back and taking it again costs as much as what
      // is calculated in it, as the system hands it out page by page.
      Tensor room = theta.new_empty(Math.min(block, count), candidates);
      Tensor teacherRoom = teacher == null ? room : torch.empty_like(room);
      Tensor differenceRoom = teacher == null ? room : torch.empty_like(room);
      for (long from = 0; from < count; from += block) {
        try (PointerScope scope = new PointerScope()) {
          long size = Math.min(block, count - from);
          Tensor hiddenPlaces = hidden.next(from, size);
          Tensor thetaBlock = theta.narrow(0, from, size);
          Tensor targetBlock = target.narrow(0, from, size);
          Tensor ownBlock = ownLogits.narrow(0, from, size);
          Tensor isNew = cases.isNew().narrow(0, from, size);
          Tensor logits =
              logits(room.narrow(0, 0, size), thetaBlock, rows, cases.offsets(), hiddenPlaces);
          Tensor best = logits.amax(new long[] {1}, false);
          Tensor highest =
              torch.maximum(torch.maximum(best, targetBlock), ownBlock.amax(new long[] {1}, false));
          // 1 where every candidate is hidden and the target is an own item: soft targets, which
          // are over new items, then have nothing to say, and their sums must not be zero.
          Tensor nothingNew =
              best.lt(Tensors.scalar(HIDDEN / 2))
                  .type_as(isNew)
                  .mul_(isNew.neg().add_(Tensors.scalar(1)));
          Soft soft =
              teacher == null
                  ? null
                  : soft(
                      teacher,
                      cases,
                      hiddenPlaces,
                      from,
                      size,
                      logits,
                      targetBlock,
                      nothingNew,
                      teacherRoom,
                      differenceRoom);
          Tensor votedPlaces = null;
          Tensor votedShares = null;
          Tensor votedTarget = null;
          Tensor votedMass = null;
          if (neighbours != null && voted != null) {
            int first = voted.done();
            votedPlaces = voted.next(from, size);
            votedShares =
                Tensors.of(
                        Arrays.copyOfRange(neighbours.shares(), first, voted.done()),
                        voted.done() - first)
                    .type_as(theta);
            votedTarget = neighbours.target().narrow(0, from, size);
            votedMass = neighbours.mass().narrow(0, from, size);
            neighbourLoss -=
                logits.view(-1).index_select(0, votedPlaces).mul_(votedShares).sum().item_double()
                    + votedTarget.mul(targetBlock).sum().item_double();
          }

          // From here on logits hold exponentials, then gradients.
          Tensor gradient = logits.sub_(highest.unsqueeze(1)).exp_();
          Tensor ownShares = ownBlock.sub(highest.unsqueeze(1)).exp_();
          Tensor targetShare = targetBlock.sub(highest).exp_();
          Tensor candidateSum = Tensors.sumLast(gradient);
          Tensor sum = candidateSum.add(Tensors.sumLast(ownShares)).add_(targetShare);
          crossEntropy += sum.log().add_(highest).sub_(targetBlock).sum().item_double();
          ownGradient.narrow(0, from, size).copy_(ownShares.div_(sum.unsqueeze(1)).mul_(share));

          Tensor newShare = targetShare.mul(isNew);
          Tensor newSum = candidateSum.add(newShare).add_(nothingNew);
          Tensor factor = sum.reciprocal(); // of the exponentials, to make them gradients
          Tensor targetPart = targetShare.div(sum).sub_(Tensors.scalar(1));
          if (soft != null) {
            divergence +=
                soft.expectedDifference()
                    .sub(soft.logSum())
                    .add_(newSum.log())
                    .add_(highest)
                    .mul_(nothingNew.neg().add_(Tensors.scalar(1)))
                    .sum()
                    .item_double();
            factor.add_(newSum.reciprocal(), Tensors.scalar(weight));
            targetPart
                .add_(newShare.div(newSum), Tensors.scalar(weight))
                .sub_(soft.targetShare(), Tensors.scalar(weight));
          }
          if (neighbours != null
              && votedMass != null
              && votedTarget != null
              && votedPlaces != null
              && votedShares != null) {
            Scalar neighbourWeight = Tensors.scalar(neighbours.weight());
            neighbourLoss += newSum.log().add_(highest).mul_(votedMass).sum().item_double();
            factor.add_(votedMass.div(newSum), neighbourWeight);
            targetPart
                .add_(newShare.div(newSum).mul_(votedMass), neighbourWeight)
                .sub_(votedTarget, neighbourWeight);
            gradient.mul_(factor.mul_(share).unsqueeze(1));
            gradient
                .view(-1)
                .index_add_(
                    0, votedPlaces, votedShares.mul(Tensors.scalar(-neighbours.weight() / count)));
          } else {
            gradient.mul_(factor.mul_(share).unsqueeze(1));
          }
          if (soft != null) {
            gradient.addcmul_(soft.exponentials(), soft.sum().reciprocal().unsqueeze(1), softShare);
          }
          if (labelSmoothing > 0) {
            smooth(
                gradient,
                ownGradient.narrow(0, from, size),
                targetPart,
                ownBlock,
                cases.offsets(),
                hiddenPlaces,
                1.0 / count);
          }
          targetGradient.narrow(0, from, size).copy_(targetPart.mul_(share));
          thetaGradient.narrow(0, from, size).copy_(torch.mm(gradient, rows));
          rowsGradient.addmm_(gradient.t(), thetaBlock);
        }
      }
      return new Gradients(
          crossEntropy / count,
          divergence / count,
          neighbourLoss / count,
          thetaGradient,
          rowsGradient,
          ownGradient,
          targetGradient);
    }
  }

  /**
   * Spreads a share of the label over all items of one block's cases.
   *
   * @param gradient (block, K) of the candidates' logits, times {@code share} already
   * @param own (block, P) of the own items' logits, times {@code share} already
   * @param target (block) of the target's logit
   * @param ownLogits (block, P)
   * @param share of a case in the mean
   */
  private void smooth(
      Tensor gradient,
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
    gradient.sub_(weights.mul_(each.unsqueeze(1)).mul_(Tensors.scalar(share)));
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

  private static Soft soft(
      Side teacher,
      Cases cases,
      Tensor hiddenPlaces,
      long from,
      long size,
      Tensor studentLogits,
      Tensor studentTarget,
      Tensor nothingNew,
      Tensor room,
      Tensor differenceRoom) {
    Tensor isNew = cases.isNew().narrow(0, from, size);
    Tensor target = teacher.target().detach().narrow(0, from, size);
    Tensor logits =
        logits(
            room.narrow(0, 0, size),
            teacher.theta().detach().narrow(0, from, size),
            teacher.rows().detach(),
            cases.offsets(),
            hiddenPlaces);
    Tensor highest = torch.maximum(logits.amax(new long[] {1}, false), target);
    Tensor difference = torch.sub_out(differenceRoom.narrow(0, 0, size), logits, studentLogits);
    Tensor exponentials = logits.sub_(highest.unsqueeze(1)).exp_();
    Tensor targetShare = target.sub(highest).exp_().mul_(isNew);
    Tensor sum = Tensors.sumLast(exponentials).add_(targetShare).add_(nothingNew);
    targetShare.div_(sum);
    Tensor expected =
        Tensors.sumLast(difference.mul_(exponentials))
            .div_(sum)
            .add_(target.sub(studentTarget).mul_(targetShare));
    return new Soft(exponentials, sum, targetShare, sum.log().add_(highest), expected);
  }

  /** Ascending flat places of all cases, handed out block by block. */
  private static final class Places {
    private final long[] places;
    private final long candidates;
    private int done;

    Places(long[] places, long candidates) {
      this.places = places;
      this.candidates = candidates;
    }

    /** How many have been handed out. */
    int done() {
      return done;
    }

    /** The places of cases {@code from} to {@code from + size}, counted from the block's start. */
    Tensor next(long from, long size) {
      int first = done;
      while (done < places.length && places[done] < (from + size) * candidates) {
        done++;
      }
      long[] block = new long[done - first];
      for (int i = 0; i < block.length; i++) {
        block[i] = places[first + i] - from * candidates;
      }
      return Tensors.of(block, block.length);
    }
  }

  private static Tensor logits(
      Tensor room, Tensor theta, Tensor rows, Tensor offsets, Tensor hidden) {
    Tensor logits = torch.addmm_out(room, offsets, theta, rows.t());
    logits.view(-1).index_fill_(0, hidden, Tensors.scalar(HIDDEN));
    return logits;
  }
}
