import { argmaxRows, row, rows, sizeOf, type Tensor } from '@merlon/tensor'
import type { GradientAccess, LossGradient, ScoreAccess } from '../access.ts'
import { EngineError } from '../errors.ts'
import { logitsOf } from './estimated-gradient.ts'
import { lossOfScores } from './loss-of-scores.ts'

/** What the members answer, and what is averaged: all of one kind. */
export type EnsembleKind = 'logits' | 'probabilities'

/**
 * Several models as one: the mean of their logits, or of their probabilities. Where all give gradients, so does the ensemble,
 * exactly: the chain rule through the mean, with the members' Jacobians, so a gradient costs a run per class and member.
 * @throws EngineError UNSUPPORTED_SIGNATURE if the members do not fit each other
 */
export function ensemble(members: readonly GradientAccess[], kind: EnsembleKind): GradientAccess
export function ensemble(members: readonly ScoreAccess[], kind: EnsembleKind): ScoreAccess
export function ensemble(
  members: readonly (ScoreAccess | GradientAccess)[],
  kind: EnsembleKind,
): ScoreAccess | GradientAccess {
  const { inputShape, classes } = fitting(members)
  const scores = async (batch: Tensor) => {
    const answers = await Promise.all(members.map((member) => member.scores(batch)))
    return mean(answers, [rows(batch), classes])
  }
  const labels = async (batch: Tensor) => argmaxRows(await scores(batch))
  const given: ScoreAccess = { inputShape, classes, labels, scores }
  const derivable = members.filter((member) => 'lossGradient' in member)
  if (derivable.length < members.length) return given
  return {
    ...given,
    async lossGradient(batch, truth, { loss = 'cross-entropy', targets } = {}) {
      const answers = await Promise.all(members.map((member) => member.scores(batch)))
      const together = mean(answers, [rows(batch), classes])
      const found = Array.from(truth, (y, i) => {
        return lossOfScores(loss, logitsOf(row(together, i), kind), y, targets?.[i] ?? y)
      })
      const gradient = new Float64Array(batch.data.length)
      for (const [m, member] of derivable.entries()) {
        const slopes = found.map(({ slope }, i) => {
          const own = row(answers[m]!, i)
          return kind === 'logits'
            ? slope.map((v) => v / members.length)
            : throughSoftmax(slope, own, row(together, i), members.length)
        })
        await addAlong(gradient, member, batch, slopes, classes)
      }
      return {
        gradient: { shape: batch.shape, data: Float32Array.from(gradient) },
        losses: Float32Array.from(found, ({ value }) => value),
        scores: together,
      } satisfies LossGradient
    },
  }
}

/** gradient_i += sum_k slopes_ik dz_k / dx_i, with the member's logits z. */
async function addAlong(
  gradient: Float64Array,
  member: GradientAccess,
  batch: Tensor,
  slopes: readonly Float64Array[],
  classes: number,
): Promise<void> {
  const width = batch.data.length / Math.max(1, rows(batch))
  for (let k = 0; k < classes; k++) {
    if (slopes.every((slope) => slope[k] === 0)) continue
    const labels = new Int32Array(rows(batch)).fill(k)
    const { gradient: d } = await member.lossGradient(batch, labels, { loss: 'logit' })
    for (let at = 0; at < gradient.length; at++) {
      gradient[at]! += slopes[Math.floor(at / width)]![k]! * d.data[at]!
    }
  }
}

/**
 * From d L / d log(mean p) to d L / d z of one member: w_k = v_k / (M mean p_k), and the Jacobian of softmax,
 * u_j = p_j (w_j - sum_k w_k p_k).
 */
function throughSoftmax(
  slope: Float64Array,
  own: Float32Array,
  together: Float32Array,
  members: number,
): Float64Array {
  const w = slope.map((v, k) => (v === 0 ? 0 : v / (members * Math.max(together[k]!, 1e-38))))
  const sum = w.reduce((total, each, k) => total + each * own[k]!, 0)
  return w.map((each, k) => own[k]! * (each - sum))
}

function mean(answers: readonly Tensor[], shape: readonly number[]): Tensor {
  const data = new Float32Array(sizeOf(shape))
  for (let i = 0; i < data.length; i++) {
    data[i] = answers.reduce((sum, answer) => sum + answer.data[i]!, 0) / answers.length
  }
  return { shape, data }
}

function fitting(members: readonly ScoreAccess[]): ScoreAccess {
  const [first] = members
  const isFit =
    first !== undefined &&
    members.every(
      ({ inputShape, classes }) =>
        classes === first.classes && inputShape.join() === first.inputShape.join(),
    )
  if (isFit) return first
  throw new EngineError(
    'UNSUPPORTED_SIGNATURE',
    'the members of an ensemble need one sample shape and one count of classes; leave out those that differ',
  )
}
