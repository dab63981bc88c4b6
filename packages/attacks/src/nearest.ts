import type { Task } from '@merlon/core'
import type { LabelAccess } from '@merlon/model'
import { distance, gather, row, rows, type Tensor, tensor } from '@merlon/tensor'
import type { AttackResult, Ball } from './attack.ts'
import { keepInside } from './perturb.ts'
import type { Watch } from './watch.ts'

/** The nearest adversarial point on each sample so far, for attacks of minimal distance. */
export interface Nearest {
  /** Enters points for the samples at `indices`, and the labels that the model answered there. */
  readonly enter: (indices: ArrayLike<number>, points: Tensor, answered: ArrayLike<number>) => void
  /** How far the nearest is from its sample; Infinity where nothing fooled the model yet. */
  readonly distance: (index: number) => number
  /** The nearest points themselves; the sample where there is none. Not a copy. */
  readonly points: Tensor
  /**
   * The result. Where the nearest point lies outside the ball, its projection is the best attempt, of which the
   * model is asked once more.
   */
  readonly settle: (
    model: LabelAccess,
  ) => Promise<Pick<AttackResult, 'adversarial' | 'isAdversarial' | 'labels' | 'queries'>>
}

/** The whole result of an attack of minimal distance that is through. */
export async function settled(
  model: LabelAccess,
  nearest: Nearest,
  watch: Watch,
  task: Task,
): Promise<AttackResult> {
  task.signal.throwIfAborted()
  const { queries, ...result } = await nearest.settle(model)
  const health = watch.evidence(result.adversarial, result.isAdversarial)
  task.progress(1, 1)
  return { ...result, queries: watch.queries() + queries, health }
}

/** Nothing found yet. A NaN (label -1) fools nobody's eye but is an error of the model, so it counts. */
export function nearestOn(batch: Tensor, trueLabels: Int32Array, ball: Ball): Nearest {
  const points = tensor(batch.shape, batch.data.slice())
  const distances = new Float64Array(rows(batch)).fill(Number.POSITIVE_INFINITY)
  const labels = trueLabels.slice()

  return {
    points,
    distance: (index) => distances[index]!,
    enter(indices, candidates, answered) {
      for (let k = 0; k < indices.length; k++) {
        const i = indices[k]!
        if (answered[k] === trueLabels[i]) continue
        const away = distance(gather(candidates, [k]), gather(batch, [i]), ball.norm, 0)
        if (!(away < distances[i]!)) continue
        distances[i] = away
        labels[i] = answered[k]!
        row(points, i).set(row(candidates, k))
      }
    },
    async settle(model) {
      const outside = Int32Array.from(labels, (_, i) => i).filter(
        (i) => !(distances[i]! <= ball.epsilon) || distances[i] === Number.POSITIVE_INFINITY,
      )
      const adversarial = tensor(batch.shape, points.data.slice())
      if (outside.length > 0) {
        const { point } = keepInside(gather(points, outside), gather(batch, outside), ball)
        const answered = await model.labels(point)
        for (const [k, i] of outside.entries()) {
          row(adversarial, i).set(row(point, k))
          labels[i] = answered[k]!
        }
      }
      const isAdversarial = Array.from(labels, (label, i) => label !== trueLabels[i])
      return { adversarial, isAdversarial, labels, queries: outside.length }
    },
  }
}
