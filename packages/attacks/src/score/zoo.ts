import { type Random, type Task, unattended } from '@merlon/core'
import type { ScoreAccess } from '@merlon/model'
import type { Tensor } from '@merlon/tensor'
import type { AttackResult, Ball, InputRange } from '../attack.ts'
import type { Attack } from '../declaration.ts'
import { cutToRange, distanceOf, towards } from '../label/geometry.ts'
import { limits } from '../limits.ts'
import type { Subject } from '../searches.ts'
import { type ScoreSearch, searchNearestByScores } from './score-search.ts'

export interface ZooOptions extends Ball {
  readonly random: Random
  /** On each sample; 20,000 unless given. */
  readonly queries?: number
}

/** Coordinates whose slopes one step asks for (the paper: 128). */
const coordinatesPerStep = 128
/** Half the width of a difference quotient, and Adam's step, as shares of the range (without a range: of the sample's size). */
const probeShare = 0.002
const stepShare = 0.05
/** While the point errs the weight of the margin falls, else it rises: the paper searches for it nine times over. */
const weightFall = 0.7
const weightRise = 1.5
/** Shares of the way to the sample that are tried where the point errs. */
const retreats = [0.99, 0.95, 0.85] as const
const [beta1, beta2, stability] = [0.9, 0.999, 1e-12]

/**
 * Zeroth-order optimisation (Chen et al. 2017, algorithm 2): Adam, coordinate by coordinate, on |x - x0|^2 + c f(x), with
 * slopes from symmetric differences of the margin f. Half of the coordinates are drawn by how far they have moved
 * (importance, section 3.5), half evenly.
 * @throws AttackError ATTACK_INPUT_INVALID, ATTACK_OPTION_INVALID; the signal's reason when stopped
 */
export function zoo(
  model: ScoreAccess,
  batch: Tensor,
  labels: Int32Array,
  options: ZooOptions,
  task: Task = unattended,
): Promise<AttackResult> {
  const { queries = 20_000 } = options
  return searchNearestByScores(model, batch, labels, { ...options, queries }, descend, task)
}

function* descend({ origin, range, random }: Subject): ScoreSearch {
  const [first = 0] = yield [origin]
  const size = sizeOf(origin, range)
  const adam = coordinateAdam(origin.length)
  // At first a unit of margin is worth the square of the range.
  let weight = size ** 2 / Math.max(Math.abs(first), 1e-6)
  let margin = first
  let x: Float32Array = origin
  for (;;) {
    const chosen = drawCoordinates(x, origin, random)
    const probe = probeShare * size
    const probes = chosen.flatMap((k) =>
      [probe, -probe].map((change) => cutToRange(withChange(x, k, change), origin, range)),
    )
    const margins = yield probes
    const next = x.slice()
    for (const [i, k] of chosen.entries()) {
      const rise = margins[2 * i]! - margins[2 * i + 1]!
      const run = probes[2 * i]![k]! - probes[2 * i + 1]![k]!
      const slope = Number.isFinite(rise) && run > 0 ? rise / run : 0
      // The margin counts only until the model errs; from there on the distance alone pulls.
      const pull = 2 * (x[k]! - origin[k]!) - (margin > 0 ? 0 : weight * slope)
      next[k] = next[k]! - adam(k, pull) * stepShare * size
    }
    x = cutToRange(next, origin, range)
    const tried = [x, ...retreats.map((share) => towards(origin, x, share, 'l2'))]
    const found = yield tried
    const nearest = tried.findLastIndex((_, i) => found[i]! > 0)
    if (nearest > 0) x = tried[nearest]!
    margin = found[Math.max(0, nearest)]!
    weight *= margin > 0 ? weightFall : weightRise
  }
}

/** The step of Adam along one coordinate, in units of the step size; each has moments and a count of its own. */
function coordinateAdam(length: number): (k: number, slope: number) => number {
  const mean = new Float64Array(length)
  const square = new Float64Array(length)
  const count = new Float64Array(length)
  return (k, slope) => {
    const t = count[k]! + 1
    count[k] = t
    mean[k] = beta1 * mean[k]! + (1 - beta1) * slope
    square[k] = beta2 * square[k]! + (1 - beta2) * slope * slope
    const deviation = Math.sqrt(square[k]! / (1 - beta2 ** t)) + stability
    return mean[k]! / (1 - beta1 ** t) / deviation
  }
}

function drawCoordinates(x: Float32Array, origin: Float32Array, random: Random): number[] {
  const count = Math.min(coordinatesPerStep, x.length)
  const chosen = new Set<number>()
  const total = distanceSum(x, origin)
  if (count === x.length) return Array.from(x.keys())
  for (let draw = 0; draw < count / 2 && total > 0; draw++) {
    let left = random() * total
    let k = 0
    while (k < x.length - 1 && left > Math.abs(x[k]! - origin[k]!)) {
      left -= Math.abs(x[k]! - origin[k]!)
      k += 1
    }
    chosen.add(k)
  }
  while (chosen.size < count) chosen.add(Math.floor(random() * x.length))
  return [...chosen]
}

function distanceSum(x: Float32Array, origin: Float32Array): number {
  return x.reduce((sum, value, k) => sum + Math.abs(value - origin[k]!), 0)
}

function withChange(x: Float32Array, k: number, change: number): Float32Array {
  const point = x.slice()
  point[k] = point[k]! + change
  return point
}

function sizeOf(origin: Float32Array, range: InputRange): number {
  if (range !== null && range[1] > range[0]) return range[1] - range[0]
  return distanceOf(origin, new Float32Array(origin.length), 'l2') / Math.sqrt(origin.length) || 1
}

export const zooAttack: Attack = {
  title: 'ZOO',
  summary: 'Coordinate-wise Adam on distance and margin, with slopes from differences of scores.',
  access: 'scores',
  goal: 'minimal',
  norms: ['l2'],
  parameters: {
    queries: {
      type: 'integer',
      default: '20000',
      range: [2, limits.queriesMax],
      meaning: 'scores asked for on each sample; a step takes two for each of 128 components',
    },
  },
  paper: {
    text: 'Chen, Zhang, Sharma, Yi and Hsieh (2017), ZOO: Zeroth Order Optimization Based Black-box Attacks, algorithm 2',
    url: 'https://arxiv.org/abs/1708.03999',
  },
  queriesPerSample: ({ queries = 20_000 }) => queries,
  cost: 'queries',
  run: zoo,
}
