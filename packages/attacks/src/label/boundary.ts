import { type Random, type Task, unattended } from '@merlon/core'
import type { LabelAccess } from '@merlon/model'
import type { Tensor } from '@merlon/tensor'
import type { AttackResult, Ball } from '../attack.ts'
import type { Attack } from '../declaration.ts'
import { limits } from '../limits.ts'
import type { Search, Subject } from '../searches.ts'
import { noiseFor } from '../smooth-noise.ts'
import { cutToRange, distanceOf, towards } from './geometry.ts'
import { searchByLabels } from './label-search.ts'
import { findStart } from './start.ts'

export interface BoundaryOptions extends Ball {
  readonly random: Random
  /** On each sample; 5,000 unless given. */
  readonly queries?: number
}

/** Proposals of one round: enough to see which share of them still errs. */
const proposals = 10
/** First lengths, as shares of the distance, of the step along the sphere and of the step to the sample. */
const sphereStart = 0.1
const sourceStart = 0.05
/** By how much a step grows or shrinks, and the largest share of the distance that it may be. */
const growth = 1.3
const shareMax = 0.5
/** Steps along the sphere should err half of the time (where the boundary looks flat), steps to the sample a quarter. */
const sphereGoal = 0.5
const sourceGoal = 0.25

/**
 * The boundary attack (Brendel, Rauber and Bethge 2018, algorithm 2): a random step on the sphere around the sample, then
 * a step towards the sample, kept if the model still errs; both lengths follow from how often it does.
 * @throws AttackError ATTACK_INPUT_INVALID, ATTACK_OPTION_INVALID; the signal's reason when stopped
 */
export function boundary(
  model: LabelAccess,
  batch: Tensor,
  labels: Int32Array,
  options: BoundaryOptions,
  task: Task = unattended,
): Promise<AttackResult> {
  const { queries = 5_000 } = options
  return searchByLabels(model, batch, labels, { ...options, queries }, walk, task)
}

function* walk(subject: Subject): Search<boolean> {
  const { origin, shape, range, random } = subject
  yield [origin]
  const start = yield* findStart(subject, 'l2')
  if (start === undefined) return
  const draw = noiseFor(shape, random)
  let x = start
  let sphere = sphereStart
  let source = sourceStart
  for (;;) {
    const stepped = Array.from({ length: proposals }, () =>
      cutToRange(onSphere(x, origin, draw(), sphere), origin, range),
    )
    const errs = yield stepped
    const onBoundary = stepped.filter((_, k) => errs[k] === true)
    sphere = follow(sphere, onBoundary.length / proposals, sphereGoal)
    if (onBoundary.length === 0) continue

    const nearer = onBoundary.map((point) => towards(origin, point, 1 - source, 'l2'))
    const stillErrs = yield nearer
    const kept = nearer.filter((_, k) => stillErrs[k] === true)
    source = follow(source, kept.length / nearer.length, sourceGoal)
    for (const point of [...onBoundary, ...kept]) {
      if (distanceOf(point, origin, 'l2') < distanceOf(x, origin, 'l2')) x = point
    }
  }
}

/** A step of `share` of the distance at right angles to the way to the sample, brought back to that distance. */
function onSphere(
  x: Float32Array,
  origin: Float32Array,
  direction: Float32Array,
  share: number,
): Float32Array {
  const distance = distanceOf(x, origin, 'l2')
  let along = 0
  let length = 0
  for (let k = 0; k < x.length; k++) {
    along += (direction[k]! * (x[k]! - origin[k]!)) / distance
    length += direction[k]! * direction[k]!
  }
  const across = Math.sqrt(Math.max(0, length - along * along)) || 1
  const back = 1 / Math.sqrt(1 + share * share)
  const point = new Float32Array(x.length)
  for (let k = 0; k < x.length; k++) {
    const away = x[k]! - origin[k]!
    const aside = (direction[k]! - (along * away) / distance) * ((share * distance) / across)
    point[k] = origin[k]! + back * (away + aside)
  }
  return point
}

function follow(length: number, share: number, goal: number): number {
  return Math.min(shareMax, share > goal ? length * growth : length / growth)
}

export const boundaryAttack: Attack = {
  title: 'Boundary attack',
  summary:
    'A random walk along the decision boundary that comes nearer to the sample, by labels alone.',
  access: 'labels',
  goal: 'minimal',
  norms: ['l2'],
  parameters: {
    queries: {
      type: 'integer',
      default: '5000',
      range: [2, limits.queriesMax],
      meaning: 'labels asked for on each sample',
    },
  },
  paper: {
    text: 'Brendel, Rauber and Bethge (2018), Decision-Based Adversarial Attacks, algorithm 2',
    url: 'https://arxiv.org/abs/1712.04248',
  },
  queriesPerSample: ({ queries = 5_000 }) => queries,
  cost: 'queries',
  run: boundary,
}
