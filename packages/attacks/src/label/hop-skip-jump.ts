import { type Random, type Task, unattended } from '@merlon/core'
import type { LabelAccess } from '@merlon/model'
import type { Norm, Tensor } from '@merlon/tensor'
import type { AttackResult, Ball } from '../attack.ts'
import type { Attack } from '../declaration.ts'
import { limits } from '../limits.ts'
import type { Search, Subject } from '../searches.ts'
import { noiseFor } from '../smooth-noise.ts'
import { distanceOf, lengthOf, moved } from './geometry.ts'
import { searchByLabels } from './label-search.ts'
import { bisect, findStart, type PointSearch } from './start.ts'

export interface HopSkipJumpOptions extends Ball {
  readonly random: Random
  /** On each sample; 3,000 unless given. */
  readonly queries?: number
}

/** Questions of the first gradient estimate; the t-th has sqrt(t) times as many (the paper starts with 100). */
const questionsStart = 40
/** How much of the last round's estimate the next one builds on: docs/decisions/0048. The paper starts anew. */
const memory = 0.8
/** The length of a question's noise, as a share of the distance: above what a bisection leaves open. */
const noiseShare = 0.01
const stepHalvingsMax = 20

/**
 * HopSkipJump (Chen, Jordan and Wainwright 2020, algorithm 2): from a point on the boundary estimate its normal by the
 * labels of points around it, jump along it, and return to the boundary by bisection towards the sample.
 * @throws AttackError ATTACK_INPUT_INVALID, ATTACK_OPTION_INVALID; the signal's reason when stopped
 */
export function hopSkipJump(
  model: LabelAccess,
  batch: Tensor,
  labels: Int32Array,
  options: HopSkipJumpOptions,
  task: Task = unattended,
): Promise<AttackResult> {
  const { norm, queries = 3_000 } = options
  const begin = (subject: Subject) => hop(subject, norm)
  return searchByLabels(model, batch, labels, { ...options, queries }, begin, task)
}

function* hop(subject: Subject, norm: Norm): Search<boolean> {
  const { origin, shape, range, random } = subject
  yield [origin]
  const start = yield* findStart(subject, norm)
  if (start === undefined) return
  const draw = noiseFor(shape, random)
  const estimate = new Float64Array(origin.length)
  let x = start
  for (let t = 1; ; t++) {
    const distance = distanceOf(x, origin, norm)
    const questions = Math.min(Math.ceil(questionsStart * Math.sqrt(t)), subject.left())
    for (let k = 0; k < estimate.length; k++) estimate[k] = memory * estimate[k]!
    yield* addEstimate(estimate, x, { questions, distance, norm, draw, subject })
    const direction = norm === 'linf' ? estimate.map(Math.sign) : unit(estimate)
    // Geometric search of the step (section IV-C): halve it until the jump still errs.
    let size = distance / Math.sqrt(t)
    for (let halving = 0; halving < stepHalvingsMax; halving++, size /= 2) {
      const jumped = moved(x, direction, size, origin, range)
      const [errs] = yield [jumped]
      if (errs !== true) continue
      const next = yield* bisect(origin, jumped, norm)
      if (distanceOf(next, origin, norm) < distance) x = next
      break
    }
  }
}

interface EstimateOptions {
  readonly questions: number
  readonly distance: number
  readonly norm: Norm
  readonly draw: () => Float32Array
  readonly subject: Subject
}

/** Adds the sum of directions, weighted by how the model's label there differs from the mean (eq. 16). */
function* addEstimate(
  estimate: Float64Array,
  x: Float32Array,
  { questions, distance, norm, draw, subject: { origin, range } }: EstimateOptions,
): PointSearch<void> {
  const size = (noiseShare * distance) / (norm === 'linf' ? 1 : Math.sqrt(x.length))
  const points = Array.from({ length: questions }, () => moved(x, draw(), size, origin, range))
  const errs = yield points
  const signs = errs.map((each) => (each ? 1 : -1))
  const mean = signs.reduce((sum, sign) => sum + sign, 0) / signs.length
  for (const [i, point] of points.entries()) {
    const weight = Math.abs(mean) === 1 ? signs[i]! : signs[i]! - mean
    // What the range cut off the noise was never asked about.
    for (let k = 0; k < x.length; k++) {
      estimate[k] = estimate[k]! + (weight * (point[k]! - x[k]!)) / size
    }
  }
}

function unit(values: Float64Array): Float64Array {
  const length = lengthOf(values) || 1
  return values.map((value) => value / length)
}

export const hopSkipJumpAttack: Attack = {
  title: 'HopSkipJump',
  summary:
    'Walks along the decision boundary towards the sample; the labels of points around it give the normal.',
  access: 'labels',
  goal: 'minimal',
  norms: ['l2', 'linf'],
  parameters: {
    queries: {
      type: 'integer',
      default: '3000',
      range: [2, limits.queriesMax],
      meaning: 'labels asked for on each sample',
    },
  },
  paper: {
    text: 'Chen, Jordan and Wainwright (2020), HopSkipJumpAttack: A Query-Efficient Decision-Based Attack, algorithm 2; noise on images as in Li et al. (2020), QEBA',
    url: 'https://arxiv.org/abs/1904.02144',
  },
  queriesPerSample: ({ queries = 3_000 }) => queries,
  cost: 'queries',
  run: hopSkipJump,
}
