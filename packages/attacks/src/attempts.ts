import { argmaxRows, row, rows, type Tensor, tensor } from '@merlon/tensor'
import type { Answer } from './answer.ts'
import type { AttackResult } from './attack.ts'

/** The best attempt on each sample so far: fooling beats not fooling, then the higher loss wins. */
export interface Attempts {
  /** Enters points for the samples at `indices`, and what the model answered there. */
  readonly enter: (indices: ArrayLike<number>, points: Tensor, answer: Answer) => void
  readonly isFooled: (index: number) => boolean
  readonly best: () => Pick<AttackResult, 'adversarial' | 'isAdversarial' | 'labels'>
}

/** Nothing tried yet: each sample's attempt is the sample itself. */
export function attemptsOn(batch: Tensor, trueLabels: Int32Array): Attempts {
  const best = tensor(batch.shape, batch.data.slice())
  const bestLoss = new Float64Array(rows(batch)).fill(Number.NEGATIVE_INFINITY)
  const labels = trueLabels.slice()
  const isFooled = new Array<boolean>(rows(batch)).fill(false)

  return {
    enter(indices, points, { scores, losses }) {
      const answered = argmaxRows(scores)
      for (let k = 0; k < indices.length; k++) {
        const i = indices[k]!
        const fools = answered[k] !== trueLabels[i]
        const loss = Number.isNaN(losses[k]) ? Number.NEGATIVE_INFINITY : losses[k]!
        const isBetter = fools === isFooled[i] ? loss > bestLoss[i]! : fools
        if (!isBetter) continue
        isFooled[i] = fools
        bestLoss[i] = loss
        labels[i] = answered[k]!
        row(best, i).set(row(points, k))
      }
    },
    isFooled: (index) => isFooled[index]!,
    best: () => ({ adversarial: best, isAdversarial: isFooled, labels }),
  }
}
