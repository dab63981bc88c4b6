import { type Task, unattended } from '@merlon/core'
import type { GradientAccess } from '@merlon/model'
import { row, type Tensor } from '@merlon/tensor'
import { pick } from '../assault.ts'
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
import { descentOn } from './descent.ts'
import { weightSearch } from './weight-search.ts'

export type CwOptions = Ball &
  Pick<AttackParameters, 'steps' | 'searchSteps' | 'stepSize' | 'initialWeight' | 'confidence'>

/**
 * The attack of Carlini and Wagner (2017, section VI-A): minimise |x' - x|^2 + c max(z_y - max_{j != y} z_j, -kappa) over
 * the variable w of section V-B by Adam, with the least c that a search finds. Distances are in widths of the range.
 * @throws AttackError ATTACK_INPUT_INVALID, ATTACK_OPTION_INVALID; the signal's reason when stopped
 */
export async function cw(
  model: GradientAccess,
  batch: Tensor,
  labels: Int32Array,
  options: CwOptions,
  task: Task = unattended,
): Promise<AttackResult> {
  const { range, steps = 100, searchSteps = 6, stepSize = 0.1 } = options
  const { initialWeight = 1, confidence = 0 } = options
  checkInput(model, batch, labels, options, 'minimal')
  checkCount('steps', steps, limits.stepsMax)
  checkCount('searchSteps', searchSteps, limits.searchStepsMax)
  checkNumber('stepSize', stepSize)
  checkNumber('initialWeight', initialWeight)
  checkNumber('confidence', confidence)
  const nearest = nearestOn(batch, labels, options)
  const watch = watchAttack(batch, options)
  const search = weightSearch(labels.length, initialWeight)
  const box = boxAround(batch, range)
  const unit = range === null ? 1 : range[1] - range[0] || 1

  for (let round = 0; round < searchSteps && labels.length > 0; round++) {
    const w = box.start()
    const adam = adamOn(w.length)
    const hasFooled = new Uint8Array(labels.length)
    const descent = descentOn(labels.length, steps)
    let samples = indicesOf(labels)
    for (let step = 0; step < steps && samples.length > 0; step++) {
      task.signal.throwIfAborted()
      const x = box.points(w, samples)
      const answer = await model.lossGradient(x, pick(labels, samples), { loss: 'margin' })
      const answered = surely(answer, pick(labels, samples), confidence)
      watch.look(samples, answer)
      nearest.enter(samples, x, answered)
      task.progress(round * steps + step + 1, searchSteps * steps + 1)

      adam.advance()
      for (const [j, i] of samples.entries()) {
        if (answered[j] !== labels[i]) hasFooled[i] = 1
        // Where the margin is wide enough the loss is flat.
        const weight = answer.losses[j]! < confidence ? search.weight(i) : 0
        const point = row(x, j)
        const slopes = row(answer.gradient, j)
        let objective = weight * (confidence - answer.losses[j]!)
        for (let c = 0; c < point.length; c++) {
          const k = i * point.length + c
          const away = (point[c]! - batch.data[k]!) / unit
          objective += away * away
          const slope = Number.isFinite(slopes[c]!) ? slopes[c]! : 0
          const downhill = ((2 * away) / unit - weight * slope) * box.slope(point[c]!, k)
          w[k] = w[k]! + stepSize * adam.change(k, downhill)
        }
        descent.enter(i, objective)
      }
      samples = samples.filter((i) => !descent.hasStalled(i, step))
    }
    for (const i of indicesOf(labels)) search.tell(i, hasFooled[i] === 1)
  }
  return settled(model, nearest, watch, task)
}

export const cwAttack = {
  title: 'Carlini and Wagner in l2',
  summary:
    'Minimises the distance and a weighted margin together, with the least weight that still fools the model.',
  access: 'gradients',
  goal: 'minimal',
  norms: ['l2'],
  parameters: {
    steps: {
      type: 'integer',
      default: '100',
      range: [1, limits.stepsMax],
      meaning: 'steps of Adam for each weight, fewer where they gain nothing',
    },
    searchSteps: {
      type: 'integer',
      default: '6',
      range: [1, limits.searchStepsMax],
      meaning: 'weights of the margin that are tried',
    },
    stepSize: {
      type: 'number',
      default: '0.1',
      range: [0, Number.MAX_VALUE],
      meaning: 'step of Adam on the inverse hyperbolic tangent of the input',
    },
    initialWeight: {
      type: 'number',
      default: '1',
      range: [0, Number.MAX_VALUE],
      meaning: 'weight of the margin that is tried first',
    },
    confidence: {
      type: 'number',
      default: '0',
      range: [0, Number.MAX_VALUE],
      meaning: 'margin by which another class must win',
    },
  },
  paper: {
    text: 'Carlini and Wagner (2017), Towards Evaluating the Robustness of Neural Networks, section VI-A',
    url: 'https://arxiv.org/abs/1608.04644',
  },
  queriesPerSample: ({ steps = 100, searchSteps = 6 }) => steps * searchSteps + 1,
  cost: 'steps * searchSteps + 1, fewer where steps gain nothing',
  run: cw,
} as const satisfies Attack
