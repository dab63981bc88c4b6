import { type Task, unattended } from '@merlon/core'
import type { GradientAccess } from '@merlon/model'
import { argmaxRows, gather, row, rows, type Tensor, tensor } from '@merlon/tensor'
import { marginAnswer } from '../answer.ts'
import { pick } from '../assault.ts'
import type { AttackParameters, AttackResult, Ball } from '../attack.ts'
import { checkCount, checkInput, invalidOption } from '../check.ts'
import type { Attack } from '../declaration.ts'
import { limits } from '../limits.ts'
import { nearestOn, settled } from '../nearest.ts'
import { indicesOf } from '../perturb.ts'
import { watchAttack } from '../watch.ts'

export type JsmaOptions = Ball & Pick<AttackParameters, 'steps' | 'target'>

/**
 * The saliency map attack (Papernot et al. 2016, algorithm 1): two components at a time go to the end of the range where they
 * lift the target's softmax F_t most. As all F sum to 1, eq. 8 is the square of dF_t/dx, which has the direction of the
 * gradient of log F_t. Both ends of the range are looked at (Wiyatno and Xu 2018), by how far away they are.
 * @throws AttackError ATTACK_INPUT_INVALID, ATTACK_OPTION_INVALID; the signal's reason when stopped
 */
export async function jsma(
  model: GradientAccess,
  batch: Tensor,
  labels: Int32Array,
  options: JsmaOptions,
  task: Task = unattended,
): Promise<AttackResult> {
  const { range, steps = 60, target } = options
  checkInput(model, batch, labels, options, 'minimal')
  checkCount('steps', steps, limits.stepsMax)
  if (target !== undefined) checkCount('target', target, model.classes - 1, 0)
  if (range === null) throw invalidOption('range is null; jsma sets components to its ends')
  const nearest = nearestOn(batch, labels, options)
  const watch = watchAttack(batch, options)
  const x = tensor(batch.shape, batch.data.slice())

  let samples = indicesOf(labels)
  let aims: Int32Array | undefined
  for (let step = 0; samples.length > 0; step++) {
    task.signal.throwIfAborted()
    aims ??= await likeliestOthers(model, batch, labels, target)
    if (step === 0) watch.spend(samples.length)
    task.signal.throwIfAborted()
    const here = gather(x, samples)
    const answer = await model.lossGradient(here, pick(aims, samples))
    const answered = argmaxRows(answer.scores)
    const { losses } = marginAnswer(answer.scores, pick(labels, samples))
    watch.look(samples, { ...answer, losses })
    nearest.enter(samples, here, answered)
    task.progress(step + 1, steps + 1)
    if (step === steps) break

    const gradientOf = (k: number) => row(answer.gradient, k)
    const open = indicesOf(samples).filter((k) => answered[k] === labels[samples[k]!])
    const moved = open.filter((k) => {
      const i = samples[k]!
      return changePair(row(x, i), row(batch, i), gradientOf(k), range)
    })
    samples = pick(samples, moved)
  }
  return settled(model, nearest, watch, task)
}

/** The class to go for on each sample: the one that was asked for, or the likeliest but for the label. */
async function likeliestOthers(
  model: GradientAccess,
  batch: Tensor,
  labels: Int32Array,
  target: number | undefined,
): Promise<Int32Array> {
  const scores = await model.scores(batch)
  const others = tensor(scores.shape, scores.data.slice())
  for (let i = 0; i < rows(others); i++) row(others, i)[labels[i]!] = Number.NEGATIVE_INFINITY
  const likeliest = argmaxRows(others)
  return labels.map((label, i) => {
    if (target !== undefined && target !== label) return target
    return Math.max(0, likeliest[i]!)
  })
}

/** Sets the two untouched components that gain most to the end of the range; false where none gains anything. */
function changePair(
  x: Float32Array,
  original: Float32Array,
  slopes: Float32Array,
  [low, high]: readonly [low: number, high: number],
): boolean {
  let [first, second] = [-1, -1]
  const end = (k: number) => (slopes[k]! < 0 ? Math.max(high, x[k]!) : Math.min(low, x[k]!))
  const gain = (k: number) => (k < 0 ? 0 : -slopes[k]! * (end(k) - x[k]!))
  for (let k = 0; k < x.length; k++) {
    if (x[k] !== original[k] || !(gain(k) > gain(second))) continue
    if (gain(k) > gain(first)) [first, second] = [k, first]
    else second = k
  }
  for (const k of [first, second]) if (k >= 0) x[k] = end(k)
  return first >= 0
}

export const jsmaAttack: Attack = {
  title: 'Jacobian-based saliency map attack',
  summary:
    'Sets two components at a time to an end of the range, those that help another class most.',
  access: 'gradients',
  goal: 'minimal',
  norms: ['l0'],
  parameters: {
    steps: {
      type: 'integer',
      default: '60',
      range: [1, limits.stepsMax],
      meaning: 'pairs of components that are changed at most',
    },
    target: {
      type: 'integer',
      default: 'the likeliest class but for the label',
      range: [0, Number.MAX_SAFE_INTEGER],
      meaning: 'class to go for',
    },
  },
  paper: {
    text: 'Papernot, McDaniel, Jha, Fredrikson, Celik and Swami (2016), The Limitations of Deep Learning in Adversarial Settings, algorithm 1',
    url: 'https://arxiv.org/abs/1511.07528',
  },
  queriesPerSample: ({ steps = 60 }) => steps + 3,
  cost: 'steps + 3, fewer for samples that fall early',
  run: jsma,
}
