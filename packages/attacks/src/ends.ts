import { type Tensor, tensor } from '@merlon/tensor'
import type { Ball } from './attack.ts'
import { keepInside } from './perturb.ts'

/** The ends of what the adversary may do to each component in linf: where the ball or the range stops it. */
export function endsOf(
  batch: Tensor,
  ball: Ball & { readonly norm: 'linf' },
): { readonly low: Float32Array; readonly high: Float32Array } {
  const end = (side: number) => {
    const far = batch.data.map((value) => value + side * 2 * ball.epsilon)
    return keepInside(tensor(batch.shape, far), batch, ball).point.data
  }
  return { low: end(-1), high: end(1) }
}
