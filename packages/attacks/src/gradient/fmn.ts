import { type Task, unattended } from '@merlon/core'
import type { GradientAccess } from '@merlon/model'
import {
  argmaxRows,
  distance,
  type Norm,
  normL1,
  normL2,
  normLinf,
  row,
  type Tensor,
} from '@merlon/tensor'
import type { AttackParameters, AttackResult, Ball } from '../attack.ts'
import { checkCount, checkInput, checkNumber } from '../check.ts'
import type { Attack } from '../declaration.ts'
import { limits } from '../limits.ts'
import { nearestOn, settled } from '../nearest.ts'
import { ascend, finiteOf, indicesOf, intoRange, projectEach } from '../perturb.ts'
import { watchAttack } from '../watch.ts'
import { cosine } from './cosine.ts'

export type FmnOptions = Ball & Pick<AttackParameters, 'steps' | 'stepSize' | 'radiusChange'>

/**
 * The fast minimum-norm attack (Pintor, Roli, Brendel and Biggio 2021, algorithm 1): a step along the gradient of the
 * margin, then into a ball whose radius epsilon closes in on the boundary from both sides.
 * @throws AttackError ATTACK_INPUT_INVALID, ATTACK_OPTION_INVALID; the signal's reason when stopped
 */
export async function fmn(
  model: GradientAccess,
  batch: Tensor,
  labels: Int32Array,
  options: FmnOptions,
  task: Task = unattended,
): Promise<AttackResult> {
  const { norm, range, steps = 200, radiusChange = 0.05 } = options
  const { stepSize = range === null ? 3 : 3 * (range[1] - range[0]) } = options
  checkInput(model, batch, labels, options, 'minimal')
  checkCount('steps', steps, limits.stepsMax)
  checkNumber('radiusChange', radiusChange, [0, 0.99])
  checkNumber('stepSize', stepSize)
  const nearest = nearestOn(batch, labels, options)
  const watch = watchAttack(batch, options)
  const samples = indicesOf(labels)
  const epsilon = new Float64Array(labels.length)

  let x = batch
  for (let step = 0; step < steps && samples.length > 0; step++) {
    task.signal.throwIfAborted()
    const answer = await model.lossGradient(x, labels, { loss: 'margin' })
    const answered = argmaxRows(answer.scores)
    watch.look(samples, answer)
    nearest.enter(samples, x, answered)
    task.progress(step + 1, steps + 1)

    const gradient = finiteOf(answer.gradient)
    const gamma = cosine(step, steps, radiusChange, radiusChange / 50)
    for (const i of samples) {
      const best = nearest.distance(i)
      if (answered[i] !== labels[i]) epsilon[i] = shrunk(epsilon[i]!, best, gamma, norm)
      else if (best < Number.POSITIVE_INFINITY) epsilon[i] = grown(epsilon[i]!, gamma, norm)
      else {
        // Not fooled yet: where the boundary is if the model is linear, and a little farther, so that it is crossed.
        const gap = Math.abs(answer.losses[i]!) / dualLength[norm](row(gradient, i))
        const boundary = distance(x, batch, norm, i) + gap
        epsilon[i] = grown(Math.max(epsilon[i]!, boundary), gamma, norm)
      }
    }
    const climbed = ascend(x, gradient, 'l2', cosine(step, steps, stepSize, stepSize / 100))
    const near = projectEach(climbed, batch, norm, epsilon)
    const { point, clipped } = intoRange(near, batch, range)
    watch.moved(point.data.length, clipped)
    x = point
  }
  return settled(model, nearest, watch, task)
}

function shrunk(epsilon: number, best: number, gamma: number, norm: Norm): number {
  const smaller = epsilon * (1 - gamma)
  if (norm === 'l0') return Math.max(0, Math.min(epsilon - 1, Math.floor(smaller), best))
  return Math.min(smaller, best)
}

function grown(epsilon: number, gamma: number, norm: Norm): number {
  const larger = epsilon * (1 + gamma)
  return norm === 'l0' ? Math.max(epsilon + 1, Math.floor(larger)) : larger
}

/** The dual norm, which says how fast a linear score changes with the distance. In l0 a component is taken to move by 1. */
const dualLength: Readonly<Record<Norm, (slopes: Float32Array) => number>> = {
  linf: normL1,
  l2: normL2,
  l1: normLinf,
  l0: normLinf,
}

export const fmnAttack: Attack = {
  title: 'Fast minimum norm',
  summary:
    'Follows the gradient of the margin in a ball whose radius closes in on the boundary from both sides.',
  access: 'gradients',
  goal: 'minimal',
  norms: ['linf', 'l2', 'l1', 'l0'],
  parameters: {
    steps: {
      type: 'integer',
      default: '200',
      range: [1, limits.stepsMax],
      meaning: 'gradient steps',
    },
    stepSize: {
      type: 'number',
      default: 'three times the width of the input range',
      range: [0, Number.MAX_VALUE],
      meaning: 'length of the first step in l2; it falls to a hundredth',
    },
    radiusChange: {
      type: 'number',
      default: '0.05',
      range: [0, 0.99],
      meaning: 'share by which the ball shrinks or grows in the first step; it falls to a fiftieth',
    },
  },
  paper: {
    text: 'Pintor, Roli, Brendel and Biggio (2021), Fast Minimum-norm Adversarial Attacks through Adaptive Norm Constraints, algorithm 1',
    url: 'https://arxiv.org/abs/2102.12827',
  },
  queriesPerSample: ({ steps = 200 }) => steps + 1,
  cost: 'steps + 1',
  run: fmn,
}
