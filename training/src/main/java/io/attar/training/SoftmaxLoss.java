package io.attar.training;

import org.bytedeco.pytorch.NoGradGuard;
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

  /**
   * A loss that works in blocks.
   *
   * @param block cases worked off at a time
   */
  SoftmaxLoss(int block) {
    this.block = block;
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
   * Values and gradients.
   *
   * @param crossEntropy label loss, mean over cases
   * @param divergence KL to the teacher, mean over cases; 0 without a teacher
   * @param theta (B, N) gradient of crossEntropy + weight divergence
   * @param rows (K, N) likewise
   * @param own (B, P) likewise
   * @param target (B) likewise
   */
  record Gradients(
      double crossEntropy,
      double divergence,
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
   */
  Gradients compute(Side student, Tensor own, Cases cases, @Nullable Side teacher, double weight) {
    try (NoGradGuard guard = new NoGradGuard()) {
      Tensor theta = student.theta().detach();
      Tensor rows = student.rows().detach();
      Tensor target = student.target().detach();
      long count = theta.size(0);
      long candidates = rows.size(0);
      Tensor thetaGradient = torch.empty_like(theta);
      Tensor rowsGradient = torch.zeros_like(rows);
      Tensor ownGradient = torch.empty_like(own.detach());
      Tensor targetGradient = torch.empty_like(target);
      Tensor crossEntropy = Tensors.zeros(1);
      Tensor divergence = Tensors.zeros(1);
      double share = 1.0 / count;
      int hiddenDone = 0;
      for (long from = 0; from < count; from += block) {
        long size = Math.min(block, count - from);
        int hiddenEnd = hiddenDone;
        while (hiddenEnd < cases.hidden().length
            && cases.hidden()[hiddenEnd] < (from + size) * candidates) {
          hiddenEnd++;
        }
        long[] hidden = new long[hiddenEnd - hiddenDone];
        for (int i = 0; i < hidden.length; i++) {
          hidden[i] = cases.hidden()[hiddenDone + i] - from * candidates;
        }
        hiddenDone = hiddenEnd;
        Tensor hiddenPlaces = Tensors.of(hidden, hidden.length);

        Tensor thetaBlock = theta.narrow(0, from, size);
        Tensor targetBlock = target.narrow(0, from, size);
        Tensor ownBlock = own.detach().narrow(0, from, size);
        Tensor isNew = cases.isNew().narrow(0, from, size);
        Tensor logits = logits(thetaBlock, rows, cases.offsets(), hiddenPlaces);
        Tensor highest =
            torch.maximum(
                torch.maximum(logits.amax(new long[] {1}, false), targetBlock),
                ownBlock.amax(new long[] {1}, false));

        Tensor divergenceGradient = null;
        Tensor teacherTarget = null;
        Tensor teacherSum = null;
        Tensor difference = null;
        Tensor teacherHighest = null;
        Tensor teacherTargetLogit = null;
        if (teacher != null) {
          Tensor teacherLogits =
              logits(
                  teacher.theta().detach().narrow(0, from, size),
                  teacher.rows().detach(),
                  cases.offsets(),
                  hiddenPlaces);
          teacherTargetLogit = teacher.target().detach().narrow(0, from, size);
          teacherHighest =
              torch.maximum(teacherLogits.amax(new long[] {1}, false), teacherTargetLogit);
          difference = teacherLogits.sub(logits);
          divergenceGradient = teacherLogits.sub_(teacherHighest.unsqueeze(1)).exp_();
          teacherTarget = teacherTargetLogit.sub(teacherHighest).exp_().mul_(isNew);
          teacherSum = Tensors.sumLast(divergenceGradient).add_(teacherTarget);
        }

        Tensor candidateShares = logits.sub_(highest.unsqueeze(1)).exp_();
        Tensor ownShares = ownBlock.sub(highest.unsqueeze(1)).exp_();
        Tensor targetShare = targetBlock.sub(highest).exp_();
        Tensor candidateSum = Tensors.sumLast(candidateShares);
        Tensor sum = candidateSum.add(Tensors.sumLast(ownShares)).add_(targetShare);
        crossEntropy.add_(sum.log().add_(highest).sub_(targetBlock).sum());

        ownGradient
            .narrow(0, from, size)
            .copy_(ownShares.div_(sum.div(Tensors.scalar(share)).unsqueeze(1)));
        Tensor targetPart = targetShare.div(sum).sub_(Tensors.scalar(1));
        Tensor factor = sum.reciprocal();
        if (divergenceGradient != null
            && teacherSum != null
            && teacherTarget != null
            && difference != null
            && teacherHighest != null
            && teacherTargetLogit != null) {
          Tensor newShare = targetShare.mul(isNew);
          Tensor studentSum = candidateSum.add(newShare);
          Tensor targetDifference = teacherTargetLogit.sub(targetBlock).mul_(teacherTarget);
          Tensor expected =
              Tensors.sumLast(difference.mul_(divergenceGradient))
                  .add_(targetDifference)
                  .div_(teacherSum);
          divergence.add_(
              expected
                  .sub_(teacherHighest)
                  .sub_(teacherSum.log())
                  .add_(highest)
                  .add_(studentSum.log())
                  .sum());
          factor = factor.add_(studentSum.reciprocal(), Tensors.scalar(weight));
          targetPart =
              targetPart
                  .add_(newShare.div(studentSum), Tensors.scalar(weight))
                  .sub_(teacherTarget.div(teacherSum), Tensors.scalar(weight));
          candidateShares.mul_(factor.mul_(Tensors.scalar(share)).unsqueeze(1));
          candidateShares.sub_(
              divergenceGradient.mul_(
                  teacherSum.reciprocal().mul_(Tensors.scalar(weight * share)).unsqueeze(1)));
        } else {
          candidateShares.mul_(factor.mul_(Tensors.scalar(share)).unsqueeze(1));
        }
        targetGradient.narrow(0, from, size).copy_(targetPart.mul_(Tensors.scalar(share)));
        thetaGradient.narrow(0, from, size).copy_(torch.mm(candidateShares, rows));
        rowsGradient.addmm_(candidateShares.t(), thetaBlock);
      }
      return new Gradients(
          crossEntropy.item_double() * share,
          divergence.item_double() * share,
          thetaGradient,
          rowsGradient,
          ownGradient,
          targetGradient);
    }
  }

  private static Tensor logits(Tensor theta, Tensor rows, Tensor offsets, Tensor hidden) {
    Tensor logits = torch.mm(theta, rows.t()).add_(offsets);
    logits.view(-1).index_fill_(0, hidden, Tensors.scalar(HIDDEN));
    return logits;
  }
}
