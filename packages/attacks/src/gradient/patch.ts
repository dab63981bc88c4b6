import { type Random, type Task, unattended } from '@merlon/core'
import type { GradientAccess, LossGradient } from '@merlon/model'
import { row, rows, type Tensor, tensor } from '@merlon/tensor'
import { type Assault, beginAssault, endAssault } from '../assault.ts'
import type { AttackParameters, AttackResult, Ball } from '../attack.ts'
import { checkCount, checkNumber, invalidOption } from '../check.ts'
import type { Attack } from '../declaration.ts'
import { limits } from '../limits.ts'
import { indicesOf } from '../perturb.ts'
import { drawWindow, type Picture, pictureOf } from '../picture.ts'
import { adamOn } from './adam.ts'

export interface PatchOptions
  extends Ball,
    Pick<AttackParameters, 'steps' | 'stepSize' | 'target'> {
  readonly random: Random
}

/** The least side of a patch that is put on smaller than it is, as a share of it. */
const leastScale = 0.7

/**
 * The adversarial patch (Brown et al. 2017, eq. 1): one square of at most epsilon components, anything in it, that fools the model
 * on whatever picture and wherever it is put, in expectation over place and size. What is reported is one last
 * round of fresh places, so that its share of fooled samples is that of the patch and not of a lucky place.
 * @throws AttackError ATTACK_INPUT_INVALID, ATTACK_OPTION_INVALID; the signal's reason when stopped
 */
export async function patch(
  model: GradientAccess,
  batch: Tensor,
  labels: Int32Array,
  options: PatchOptions,
  task: Task = unattended,
): Promise<AttackResult> {
  const { range, epsilon, random, steps = 200, target } = options
  const assault = beginAssault(model, batch, labels, options, task)
  checkCount('steps', steps, limits.stepsMax)
  if (target !== undefined) checkCount('target', target, model.classes - 1, 0)
  if (range === null) throw invalidOption('range is null; a patch is bounded by the range alone')
  const { stepSize = (range[1] - range[0]) / 20 } = options
  checkNumber('stepSize', stepSize)
  const picture = pictureOf(batch.shape.slice(1))
  const side = sideWithin(epsilon, picture)
  const content = Float64Array.from(
    { length: side ** 2 * picture.channels },
    () => range[0] + random() * (range[1] - range[0]),
  )
  const adam = adamOn(content.length)

  for (let step = 0; step <= steps && labels.length > 0; step++) {
    task.signal.throwIfAborted()
    const places = assault.randoms.map((each) => placeOf(side, picture, each))
    const { x, answer } = await look(assault, content, places, target)
    if (step === steps) assault.attempts.enter(indicesOf(labels), x, answer)
    task.progress(step + 1, steps + 1)

    adam.advance()
    const uphill = behind(places, answer, content.length)
    for (let k = 0; k < content.length; k++) {
      const moved = content[k]! + stepSize * adam.change(k, -uphill[k]!)
      content[k] = Math.min(range[1], Math.max(range[0], moved))
    }
  }
  return endAssault(assault)
}

/** Which component of the patch each component of a picture shows; -1 where it shows itself. */
type Place = Int32Array

/** The patch where it is put, and what the model says of that. */
async function look(
  { model, batch, labels, watch }: Assault<GradientAccess>,
  content: Float64Array,
  places: readonly Place[],
  target: number | undefined,
): Promise<{ x: Tensor; answer: LossGradient }> {
  const x = tensor(batch.shape, batch.data.slice())
  for (const [i, place] of places.entries()) {
    const values = row(x, i)
    for (let k = 0; k < values.length; k++) if (place[k]! >= 0) values[k] = content[place[k]!]!
  }
  const targets = new Int32Array(labels.length).fill(target ?? 0)
  const answer = await model.lossGradient(
    x,
    labels,
    target === undefined ? { loss: 'margin' } : { loss: 'targeted-margin', targets },
  )
  watch.look(indicesOf(labels), answer)
  return { x, answer }
}

/** The gradient at the patch, summed over the samples whose margin is still to be won. */
function behind(places: readonly Place[], { gradient, losses }: LossGradient, size: number) {
  const sum = new Float64Array(size)
  for (let i = 0; i < rows(gradient); i++) {
    if (losses[i]! > 0) continue
    const slopes = row(gradient, i)
    for (let k = 0; k < slopes.length; k++) {
      const at = places[i]![k]!
      if (at >= 0 && Number.isFinite(slopes[k]!)) sum[at] = sum[at]! + slopes[k]!
    }
  }
  return sum
}

/** The side of the largest square of no more components that the picture holds. */
function sideWithin(components: number, { channels, height, width }: Picture): number {
  return Math.min(height, width, Math.floor(Math.sqrt(components / channels)))
}

/** Anywhere, and between its least scale and its own size, by nearest neighbours. */
function placeOf(side: number, picture: Picture, random: Random): Place {
  const { channels, height, width, plane, line, pixel } = picture
  const place = new Int32Array(channels * height * width).fill(-1)
  const scaled = Math.ceil(side * (leastScale + (1 - leastScale) * random()))
  const window = drawWindow(picture, [scaled, scaled], random)
  for (let y = 0; y < scaled; y++) {
    for (let x = 0; x < scaled; x++) {
      const [fromY, fromX] = [y, x].map((at) => Math.floor((at * side) / scaled))
      for (let c = 0; c < channels; c++) {
        const to = c * plane + (window.top + y) * line + (window.left + x) * pixel
        place[to] = (c * side + fromY!) * side + fromX!
      }
    }
  }
  return place
}

export const patchAttack: Attack = {
  title: 'Adversarial patch',
  summary:
    'Paints one square that fools the model on any picture of the batch, wherever it is put.',
  access: 'gradients',
  goal: 'bounded',
  norms: ['l0'],
  parameters: {
    steps: {
      type: 'integer',
      default: '200',
      range: [1, limits.stepsMax],
      meaning: 'gradient steps, each over the whole batch with new places',
    },
    stepSize: {
      type: 'number',
      default: 'a twentieth of the width of the input range',
      range: [0, Number.MAX_VALUE],
      meaning: 'step of Adam on the components of the patch',
    },
    target: {
      type: 'integer',
      default: 'every class but the label',
      range: [0, Number.MAX_SAFE_INTEGER],
      meaning: 'class that the patch shall look like',
    },
  },
  paper: {
    text: 'Brown, Mané, Roy, Abadi and Gilmer (2017), Adversarial Patch, eq. 1',
    url: 'https://arxiv.org/abs/1712.09665',
  },
  queriesPerSample: ({ steps = 200 }) => steps + 1,
  cost: 'steps + 1',
  run: patch,
}
