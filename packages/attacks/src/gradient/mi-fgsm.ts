import { type Random, type Task, unattended } from '@merlon/core'
import type { GradientAccess, LossGradient } from '@merlon/model'
import { normL1, row, rows, type Tensor, tensor } from '@merlon/tensor'
import { type Assault, beginAssault, endAssault } from '../assault.ts'
import type { AttackParameters, AttackResult, Ball } from '../attack.ts'
import { checkCount, checkNumber, invalidOption } from '../check.ts'
import { limits } from '../limits.ts'
import { ascend, finiteOf, indicesOf, keepInside } from '../perturb.ts'
import { pictureOf } from '../picture.ts'
import { diverseView, gradientBehind, seenThrough } from './picture-view.ts'
import { bell, smoothed } from './smooth-gradient.ts'

export interface MiFgsmOptions
  extends Ball,
    Pick<
      AttackParameters,
      'steps' | 'stepSize' | 'decay' | 'nesterov' | 'scales' | 'diversity' | 'kernel'
    > {
  readonly random: Random
}

/**
 * The momentum iterative method (Dong et al. 2018, algorithm 1) with what its successors add, each to be combined with each:
 * the gradient where the momentum leads and over dimmed copies (Lin et al. 2020), on resized and shifted pictures (Xie et al.
 * 2019), smoothed (Dong et al. 2019). Its samples are made to fool other models too, so that it never stops early.
 * @throws AttackError ATTACK_INPUT_INVALID, ATTACK_OPTION_INVALID; the signal's reason when stopped
 */
export async function miFgsm(
  model: GradientAccess,
  batch: Tensor,
  labels: Int32Array,
  options: MiFgsmOptions,
  task: Task = unattended,
): Promise<AttackResult> {
  const { norm, epsilon, steps = 10, decay = 1, nesterov = false } = options
  const { stepSize = epsilon / steps, scales = 1, diversity = 0, kernel = 1 } = options
  const assault = beginAssault(model, batch, labels, options, task)
  checkCount('steps', steps, limits.stepsMax)
  checkCount('scales', scales, limits.scalesMax)
  checkCount('kernel', kernel, limits.kernelMax)
  if (kernel % 2 === 0) throw invalidOption(`kernel is ${kernel}; pass an odd number`)
  checkNumber('diversity', diversity, [0, 1])
  checkNumber('decay', decay)
  checkNumber('stepSize', stepSize)
  const { attempts, watch, ball } = assault
  const samples = indicesOf(labels)
  const momentum = tensor(batch.shape, new Float32Array(batch.data.length))

  let x = batch
  for (let step = 0; step < steps && labels.length > 0; step++) {
    const ahead = nesterov ? ascend(x, momentum, norm, stepSize * decay) : x
    const slopes = await slopesOver(assault, ahead, { scales, diversity, kernel })
    for (const i of samples) remember(row(momentum, i), row(slopes, i), decay)
    const { point, clipped } = keepInside(ascend(x, momentum, norm, stepSize), batch, ball)
    watch.moved(point.data.length, clipped)
    x = point
    task.progress(step + 1, steps + 1)
  }
  if (labels.length > 0) {
    task.signal.throwIfAborted()
    const answer = await model.lossGradient(x, labels)
    watch.look(samples, answer)
    attempts.enter(samples, x, answer)
    task.progress(steps + 1, steps + 1)
  }
  return endAssault(assault)
}

type Views = Required<Pick<MiFgsmOptions, 'scales' | 'diversity' | 'kernel'>>

/** The gradient of cross-entropy, summed over what is looked at of each sample. */
async function slopesOver(
  { model, batch, labels, randoms, watch, task }: Assault<GradientAccess>,
  at: Tensor,
  { scales, diversity, kernel }: Views,
): Promise<Tensor> {
  const samples = indicesOf(labels)
  const picture = pictureOf(batch.shape.slice(1))
  const sum = tensor(at.shape, new Float32Array(at.data.length))
  for (let scale = 0; scale < scales; scale++) {
    task.signal.throwIfAborted()
    const dim = tensor(
      at.shape,
      at.data.map((value) => value / 2 ** scale),
    )
    const views = randoms.map((random) =>
      diversity > 0 && random() < diversity ? diverseView(picture, random) : undefined,
    )
    for (const [i, view] of views.entries()) {
      if (view !== undefined) row(dim, i).set(seenThrough(view, row(dim, i)))
    }
    const answer: LossGradient = await model.lossGradient(dim, labels)
    watch.look(samples, answer)
    const gradient = finiteOf(answer.gradient)
    for (const [i, view] of views.entries()) {
      const slopes = row(gradient, i)
      add(row(sum, i), view === undefined ? slopes : gradientBehind(view, slopes), 2 ** -scale)
    }
  }
  if (kernel === 1) return sum
  const weights = bell(kernel)
  for (let i = 0; i < rows(sum); i++) row(sum, i).set(smoothed(row(sum, i), picture, weights))
  return sum
}

/** g = decay g + slopes / |slopes|_1; slopes that are all zero add nothing. */
function remember(g: Float32Array, slopes: Float32Array, decay: number): void {
  const length = normL1(slopes) || 1
  for (let k = 0; k < g.length; k++) g[k] = decay * g[k]! + slopes[k]! / length
}

function add(sum: Float32Array, values: Float32Array, factor: number): void {
  for (let k = 0; k < sum.length; k++) sum[k] = sum[k]! + factor * values[k]!
}
