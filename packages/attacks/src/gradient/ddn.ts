import { type Task, unattended } from '@merlon/core'
import type { GradientAccess } from '@merlon/model'
import { argmaxRows, normL2, row, type Tensor } from '@merlon/tensor'
import type { AttackParameters, AttackResult, Ball } from '../attack.ts'
import { checkCount, checkInput, checkNumber } from '../check.ts'
import type { Attack } from '../declaration.ts'
import { limits } from '../limits.ts'
import { nearestOn, settled } from '../nearest.ts'
import { ascend, indicesOf, intoRange } from '../perturb.ts'
import { watchAttack } from '../watch.ts'
import { cosine } from './cosine.ts'

export type DdnOptions = Ball & Pick<AttackParameters, 'steps' | 'radiusChange'>

/**
 * Decoupled direction and norm (Rony et al. 2019, algorithm 1): the gradient of cross-entropy gives the direction, and the
 * norm rho shrinks where the last point fooled the model and grows where it did not.
 * @throws AttackError ATTACK_INPUT_INVALID, ATTACK_OPTION_INVALID; the signal's reason when stopped
 */
export async function ddn(
  model: GradientAccess,
  batch: Tensor,
  labels: Int32Array,
  options: DdnOptions,
  task: Task = unattended,
): Promise<AttackResult> {
  const { range, steps = 100, radiusChange: gamma = 0.05 } = options
  checkInput(model, batch, labels, options, 'minimal')
  checkCount('steps', steps, limits.stepsMax)
  checkNumber('radiusChange', gamma, [0, 0.99])
  const nearest = nearestOn(batch, labels, options)
  const watch = watchAttack(batch, options)
  const samples = indicesOf(labels)
  // The paper works in [0, 1]; where there is no range its unit is the data's.
  const unit = range === null ? 1 : range[1] - range[0]
  const rho = new Float64Array(labels.length).fill(unit)

  let x = batch
  for (let step = 0; step < steps && samples.length > 0; step++) {
    task.signal.throwIfAborted()
    const answer = await model.lossGradient(x, labels)
    const answered = argmaxRows(answer.scores)
    watch.look(samples, answer)
    nearest.enter(samples, x, answered)
    task.progress(step + 1, steps + 1)

    const climbed = ascend(x, answer.gradient, 'l2', unit * cosine(step, steps, 1, 0.01))
    for (const i of samples) {
      rho[i] = rho[i]! * (answered[i] === labels[i] ? 1 + gamma : 1 - gamma)
      scaleTo(row(climbed, i), row(batch, i), rho[i]!)
    }
    const { point, clipped } = intoRange(climbed, batch, range)
    watch.moved(point.data.length, clipped)
    x = point
  }
  return settled(model, nearest, watch, task)
}

/** The point moved to a distance of its centre along the straight line; in the centre it stays. */
function scaleTo(point: Float32Array, centre: Float32Array, distance: number): void {
  const away = point.map((value, k) => value - centre[k]!)
  const length = normL2(away)
  if (length === 0) return
  for (let k = 0; k < point.length; k++) point[k] = centre[k]! + (distance / length) * away[k]!
}

export const ddnAttack: Attack = {
  title: 'Decoupled direction and norm',
  summary:
    'Follows the gradient on a sphere that shrinks while the model is fooled and grows while it is not.',
  access: 'gradients',
  goal: 'minimal',
  norms: ['l2'],
  parameters: {
    steps: {
      type: 'integer',
      default: '100',
      range: [1, limits.stepsMax],
      meaning: 'gradient steps',
    },
    radiusChange: {
      type: 'number',
      default: '0.05',
      range: [0, 0.99],
      meaning: 'share by which the sphere shrinks or grows in a step',
    },
  },
  paper: {
    text: 'Rony, Hafemann, Oliveira, Ben Ayed, Sabourin and Granger (2019), Decoupling Direction and Norm for Efficient Gradient-Based L2 Adversarial Attacks and Defenses, algorithm 1',
    url: 'https://arxiv.org/abs/1811.09600',
  },
  queriesPerSample: ({ steps = 100 }) => steps + 1,
  cost: 'steps + 1',
  run: ddn,
}
