import { type Task, unattended } from '@merlon/core'
import type { GradientAccess, LossGradient } from '@merlon/model'
import {
  argmaxRows,
  gather,
  type Norm,
  normL1,
  normL2,
  row,
  type Tensor,
  tensor,
} from '@merlon/tensor'
import { pick } from '../assault.ts'
import type { AttackParameters, AttackResult, Ball } from '../attack.ts'
import { checkCount, checkInput, checkNumber } from '../check.ts'
import type { Attack } from '../declaration.ts'
import { limits } from '../limits.ts'
import { nearestOn, settled } from '../nearest.ts'
import { finiteOf, indicesOf, intoRange } from '../perturb.ts'
import { watchAttack } from '../watch.ts'

export type DeepfoolOptions = Ball & Pick<AttackParameters, 'steps' | 'overshoot' | 'targets'>

/**
 * DeepFool (Moosavi-Dezfooli, Fawzi and Frossard 2016, algorithm 2, and section 3.3 for linf): the model is taken for
 * linear, each step leads to its nearest face, and the sum r of the steps overshoots a little.
 * @throws AttackError ATTACK_INPUT_INVALID, ATTACK_OPTION_INVALID; the signal's reason when stopped
 */
export async function deepfool(
  model: GradientAccess,
  batch: Tensor,
  labels: Int32Array,
  options: DeepfoolOptions,
  task: Task = unattended,
): Promise<AttackResult> {
  const { norm, range, steps = 50, overshoot = 0.0001, targets = 9 } = options
  checkInput(model, batch, labels, options, 'minimal')
  checkCount('steps', steps, limits.stepsMax)
  checkCount('targets', targets, limits.targetsMax)
  checkNumber('overshoot', overshoot)
  const nearest = nearestOn(batch, labels, options)
  const watch = watchAttack(batch, options)
  const r = tensor(batch.shape, new Float32Array(batch.data.length))
  const rivals: Int32Array[] = []

  let samples = indicesOf(labels)
  let x = batch
  for (let step = 0; samples.length > 0; step++) {
    task.signal.throwIfAborted()
    const answer = await model.lossGradient(x, pick(labels, samples), { loss: 'margin' })
    const answered = argmaxRows(answer.scores)
    watch.look(samples, answer)
    nearest.enter(samples, x, answered)
    task.progress(step + 1, steps + 1)
    if (step === steps) break
    if (step === 0) {
      for (const i of samples) rivals[i] = rivalsOf(row(answer.scores, i), labels[i]!, targets)
    }

    const open = indicesOf(samples).filter((k) => answered[k] === labels[samples[k]!])
    samples = pick(samples, open)
    const here = gather(x, open)
    const ask = async (classes: Int32Array) => {
      task.signal.throwIfAborted()
      watch.spend(classes.length)
      return model.lossGradient(here, classes, { loss: 'logit' })
    }
    const face: Faces = {
      gaps: Float64Array.from(open, (k) => -answer.losses[k]!),
      normals: finiteOf(gather(answer.gradient, open)),
    }
    const others = Array.from(samples, (i) => rivals[i]!)
    const { gaps, normals } = await nearestFaces(face, pick(labels, samples), others, { ask, norm })
    for (const [k, i] of samples.entries()) stepTo(row(r, i), row(normals, k), gaps[k]!, norm)
    const from = gather(batch, samples)
    const { point, clipped } = intoRange(sum(from, gather(r, samples), 1), from, range)
    for (const [k, i] of samples.entries())
      row(r, i).set(row(point, k).map((value, c) => value - row(from, k)[c]!))
    x = intoRange(sum(from, gather(r, samples), 1 + overshoot), from, range).point
    watch.moved(point.data.length, clipped)
  }
  return settled(model, nearest, watch, task)
}

/** x + scale y */
function sum(x: Tensor, y: Tensor, scale: number): Tensor {
  return tensor(
    x.shape,
    x.data.map((value, k) => value + scale * y.data[k]!),
  )
}

/** The faces f_label - f_k = 0 between classes, one per sample: how far the scores are apart, and their gradient. */
interface Faces {
  readonly gaps: Float64Array
  /** d (f_k - f_label) / dx. */
  readonly normals: Tensor
}

/** How the faces of other classes are asked for and measured. */
interface Terms {
  /** The gradient of one class's logit on each sample. */
  readonly ask: (classes: Int32Array) => Promise<Pick<LossGradient, 'gradient' | 'scores'>>
  readonly norm: Norm
}

/** The face that is nearest to each sample if the model is linear, beginning with that of the strongest rival. */
async function nearestFaces(
  { gaps, normals }: Faces,
  labels: Int32Array,
  rivals: readonly Int32Array[],
  { ask, norm }: Terms,
): Promise<Faces> {
  const ranks = rivals[0]?.length ?? 0
  // Of two classes the strongest rival is the only one.
  if (ranks < 2) return { gaps, normals }
  const lengths = Float64Array.from(gaps, (_, k) => dualLength(row(normals, k), norm))
  const own = await ask(labels)
  for (let rank = 0; rank < ranks; rank++) {
    const classes = Int32Array.from(rivals, (ranked) => ranked[rank]!)
    const { gradient, scores } = await ask(classes)
    const between = finiteOf(sum(gradient, own.gradient, -1))
    for (let k = 0; k < classes.length; k++) {
      const gap = row(scores, k)[labels[k]!]! - row(scores, k)[classes[k]!]!
      const length = dualLength(row(between, k), norm)
      if (!(gap * lengths[k]! < gaps[k]! * length)) continue
      gaps[k] = gap
      lengths[k] = length
      row(normals, k).set(row(between, k))
    }
  }
  return { gaps, normals }
}

/** A face's slope in the norm that is dual to the one that distances are measured in. */
function dualLength(normal: Float32Array, norm: Norm): number {
  return norm === 'linf' ? normL1(normal) : normL2(normal)
}

/** How far past a face a step aims, in scores, as in the authors' code: steps that the range cuts would creep up to it. */
const crossing = 1e-4

/** r moves by the shortest step that closes the gap; a face without a direction moves nothing. */
function stepTo(r: Float32Array, normal: Float32Array, gap: number, norm: Norm): void {
  const length = dualLength(normal, norm)
  if (length === 0) return
  const scale = (gap + crossing) / (norm === 'linf' ? length : length ** 2)
  for (let k = 0; k < r.length; k++) {
    r[k] = r[k]! + scale * (norm === 'linf' ? Math.sign(normal[k]!) : normal[k]!)
  }
}

/** The likeliest classes but for the label. */
function rivalsOf(scores: Float32Array, label: number, targets: number): Int32Array {
  const ranked = indicesOf(scores).sort((a, b) => scores[b]! - scores[a]!)
  return ranked.filter((k) => k !== label).subarray(0, targets)
}

export const deepfoolAttack: Attack = {
  title: 'DeepFool',
  summary:
    'Takes the model for linear and steps to the nearest face between classes, again and again.',
  access: 'gradients',
  goal: 'minimal',
  norms: ['l2', 'linf'],
  parameters: {
    steps: {
      type: 'integer',
      default: '50',
      range: [1, limits.stepsMax],
      meaning: 'steps at most, each to the nearest face',
    },
    overshoot: {
      type: 'number',
      default: '0.0001',
      range: [0, Number.MAX_VALUE],
      meaning: 'share by which the sum of the steps is stretched, to cross the boundary',
    },
    targets: {
      type: 'integer',
      default: '9',
      range: [1, limits.targetsMax],
      meaning: 'classes whose faces are looked at, the likeliest first',
    },
  },
  paper: {
    text: 'Moosavi-Dezfooli, Fawzi and Frossard (2016), DeepFool: a simple and accurate method to fool deep neural networks',
    url: 'https://arxiv.org/abs/1511.04599',
  },
  queriesPerSample: ({ steps = 50, targets = 9 }, classes) => {
    const ranks = Math.min(targets, classes - 1)
    return steps * (ranks < 2 ? 1 : 2 + ranks) + 2
  },
  cost: 'steps * (targets + 2) + 2, and far fewer as a rule: it ends where the label changes',
  run: deepfool,
}
