import type { LossGradient } from '@merlon/model'
import { argmaxRows } from '@merlon/tensor'

/** What the model answered; the label itself where no other class wins by the margin that `confidence` asks for. */
export function surely(
  { losses: margins, scores }: LossGradient,
  labels: Int32Array,
  confidence: number,
): Int32Array {
  return argmaxRows(scores).map((answered, k) => (margins[k]! < confidence ? labels[k]! : answered))
}
