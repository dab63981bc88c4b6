import { type Random, type Task, unattended } from '@merlon/core'
import type { LabelAccess } from '@merlon/model'
import type { Tensor } from '@merlon/tensor'
import type { AttackResult, Ball } from '../attack.ts'
import type { Attack } from '../declaration.ts'
import { limits } from '../limits.ts'
import type { Search, Subject } from '../searches.ts'
import { noiseFor } from '../smooth-noise.ts'
import { distanceOf, lengthOf, moved } from './geometry.ts'
import { searchByLabels } from './label-search.ts'
import { bisect, findStart } from './start.ts'

export interface SignOptOptions extends Ball {
  readonly random: Random
  /** On each sample; 3,000 unless given. */
  readonly queries?: number
}

/** Directions of one gradient estimate (Q of the paper, which takes 200). */
const directionsPerStep = 100
/** How far a question turns from the direction at hand, as the tangent of its angle. */
const turn = 0.01
/** The first step of the direction, as the tangent of its angle; it doubles while that helps. */
const stepStart = 0.2
const stepSmallest = 1e-4
const doublingsMax = 10

/**
 * Sign-OPT (Cheng et al. 2020, algorithm 1): descends the distance g to the boundary along a direction; of each
 * directional derivative of g only the sign is asked for, which costs one label.
 * @throws AttackError ATTACK_INPUT_INVALID, ATTACK_OPTION_INVALID; the signal's reason when stopped
 */
export function signOpt(
  model: LabelAccess,
  batch: Tensor,
  labels: Int32Array,
  options: SignOptOptions,
  task: Task = unattended,
): Promise<AttackResult> {
  const { queries = 3_000 } = options
  return searchByLabels(model, batch, labels, { ...options, queries }, descend, task)
}

function* descend(subject: Subject): Search<boolean> {
  const { origin, shape, range, random } = subject
  yield [origin]
  const start = yield* findStart(subject, 'l2')
  if (start === undefined) return
  const draw = noiseFor(shape, random)
  let x = start
  let step = stepStart
  for (;;) {
    const distance = distanceOf(x, origin, 'l2')
    const theta = Float64Array.from(x, (value, k) => (value - origin[k]!) / distance)
    const at = (direction: Float64Array) =>
      moved(origin, direction, distance / lengthOf(direction), origin, range)

    const turns = Array.from({ length: directionsPerStep }, draw)
    const width = turn / Math.sqrt(origin.length)
    const errs = yield turns.map((u) => at(theta.map((value, k) => value + width * u[k]!)))
    // Where the model errs at this distance already, the boundary is nearer: g falls along u.
    const slope = new Float64Array(origin.length)
    for (const [i, u] of turns.entries()) {
      const sign = errs[i] === true ? -1 : 1
      for (let k = 0; k < slope.length; k++) slope[k] = slope[k]! + sign * u[k]!
    }
    const steepness = lengthOf(slope) || 1

    let isNearer = false
    for (let doubling = 0; doubling < doublingsMax; doubling++) {
      const point = at(theta.map((value, k) => value - (step * slope[k]!) / steepness))
      const [falls] = yield [point]
      if (falls !== true) break
      const next = yield* bisect(origin, point, 'l2')
      if (distanceOf(next, origin, 'l2') >= distanceOf(x, origin, 'l2')) break
      x = next
      isNearer = true
      step *= 2
    }
    step = isNearer ? step / 2 : Math.max(stepSmallest, step / 4)
  }
}

export const signOptAttack: Attack = {
  title: 'Sign-OPT',
  summary:
    'Turns the direction along which the boundary is nearest; each label gives the sign of one derivative.',
  access: 'labels',
  goal: 'minimal',
  norms: ['l2'],
  parameters: {
    queries: {
      type: 'integer',
      default: '3000',
      range: [2, limits.queriesMax],
      meaning: 'labels asked for on each sample',
    },
  },
  paper: {
    text: 'Cheng, Singh, Chen, Chen, Liu and Hsieh (2020), Sign-OPT: A Query-Efficient Hard-label Adversarial Attack, algorithm 1',
    url: 'https://arxiv.org/abs/1909.10773',
  },
  queriesPerSample: ({ queries = 3_000 }) => queries,
  cost: 'queries',
  run: signOpt,
}
