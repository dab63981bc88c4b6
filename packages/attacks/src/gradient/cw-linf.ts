import { type Task, unattended } from '@merlon/core'
import type { GradientAccess } from '@merlon/model'
import { row, type Tensor } from '@merlon/tensor'
import type { AttackParameters, AttackResult, Ball } from '../attack.ts'
import { checkCount, checkInput, checkNumber } from '../check.ts'
import type { Attack } from '../declaration.ts'
import { limits } from '../limits.ts'
import { nearestOn, settled } from '../nearest.ts'
import { indicesOf } from '../perturb.ts'
import { watchAttack } from '../watch.ts'
import { adamOn } from './adam.ts'
import { boxAround } from './box.ts'
import { surely } from './confidence.ts'
import { cwAttack } from './cw.ts'

export type CwLinfOptions = Ball &
  Pick<AttackParameters, 'steps' | 'searchSteps' | 'stepSize' | 'initialWeight' | 'confidence'>

/** How fast the bound tau falls, and how fast the weight c grows (Carlini and Wagner 2017, section VI-C). */
const [tighter, heavier] = [0.9, 2]

/**
 * The linf attack of Carlini and Wagner (2017, section VI-C): minimise c f(x') + sum_k max(|x'_k - x_k| - tau, 0) by Adam, from
 * where the last round ended; tau falls to nine tenths of the distance where a round finds a nearer sample, and c doubles
 * where it does not.
 * @throws AttackError ATTACK_INPUT_INVALID, ATTACK_OPTION_INVALID; the signal's reason when stopped
 */
export async function cwLinf(
  model: GradientAccess,
  batch: Tensor,
  labels: Int32Array,
  options: CwLinfOptions,
  task: Task = unattended,
): Promise<AttackResult> {
  const { range, steps = 25, searchSteps = 40, stepSize = 0.1 } = options
  const { initialWeight = 1, confidence = 0 } = options
  checkInput(model, batch, labels, options, 'minimal')
  checkCount('steps', steps, limits.stepsMax)
  checkCount('searchSteps', searchSteps, limits.searchStepsMax)
  checkNumber('stepSize', stepSize)
  checkNumber('initialWeight', initialWeight)
  checkNumber('confidence', confidence)
  const nearest = nearestOn(batch, labels, options)
  const watch = watchAttack(batch, options)
  const samples = indicesOf(labels)
  const box = boxAround(batch, range)
  const w = box.start()
  const tau = new Float64Array(labels.length).fill(Number.POSITIVE_INFINITY)
  const weights = new Float64Array(labels.length).fill(initialWeight)

  for (let round = 0; round < searchSteps && labels.length > 0; round++) {
    const adam = adamOn(w.length)
    const before = Float64Array.from(samples, (i) => nearest.distance(i))
    for (let step = 0; step < steps; step++) {
      task.signal.throwIfAborted()
      const x = box.points(w, samples)
      const answer = await model.lossGradient(x, labels, { loss: 'margin' })
      watch.look(samples, answer)
      nearest.enter(samples, x, surely(answer, labels, confidence))
      task.progress(round * steps + step + 1, searchSteps * steps + 1)

      adam.advance()
      for (const i of samples) {
        const weight = answer.losses[i]! < confidence ? weights[i]! : 0
        const point = row(x, i)
        const slopes = row(answer.gradient, i)
        for (let c = 0; c < point.length; c++) {
          const k = i * point.length + c
          const away = point[c]! - batch.data[k]!
          const outside = Math.abs(away) > tau[i]! ? Math.sign(away) : 0
          const slope = Number.isFinite(slopes[c]!) ? slopes[c]! : 0
          const downhill = (outside - weight * slope) * box.slope(point[c]!, k)
          w[k] = w[k]! + stepSize * adam.change(k, downhill)
        }
      }
    }
    for (const i of samples) {
      if (nearest.distance(i) < before[i]!) tau[i] = tighter * nearest.distance(i)
      else weights[i] = heavier * weights[i]!
    }
  }
  return settled(model, nearest, watch, task)
}

export const cwLinfAttack: Attack = {
  ...cwAttack,
  title: 'Carlini and Wagner in linf',
  summary:
    'Minimises what sticks out of a bound and a weighted margin together, while the bound falls.',
  norms: ['linf'],
  parameters: {
    ...cwAttack.parameters,
    steps: {
      type: 'integer',
      default: '25',
      range: [1, limits.stepsMax],
      meaning: 'steps of Adam for each bound and weight',
    },
    searchSteps: {
      type: 'integer',
      default: '40',
      range: [1, limits.searchStepsMax],
      meaning: 'bounds and weights that are tried',
    },
  },
  paper: { ...cwAttack.paper, text: cwAttack.paper.text.replace('VI-A', 'VI-C') },
  queriesPerSample: ({ steps = 25, searchSteps = 40 }) => steps * searchSteps + 1,
  cost: 'steps * searchSteps + 1',
  run: cwLinf,
}
