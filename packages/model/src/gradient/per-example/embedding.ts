import { intAttribute } from '../../attributes.ts'
import { elementTypes } from '../../element-type.ts'
import type { GradientBuilder, Value } from '../gradient-builder.ts'
import { type Formula, fixedSizes, totalOf } from './formula.ts'

/**
 * y_p = W[index_p]: row v of dW_i is the sum of dy_ip over the places p that read it, so that
 * |dW_i|^2 = sum_pq [index_ip = index_iq] <dy_ip, dy_iq>.
 */
export const embedding: Formula = (g, { node, index }, batch) => {
  const [table = '', indices = ''] = node.inputs
  const [first, ...middle] = g.facts.get(indices)?.shape ?? []
  const counts = fixedSizes(middle)
  const sizes = fixedSizes(g.shape(table))
  if (index !== 0 || intAttribute(node, 'axis', 0) !== 0 || first !== batch) return undefined
  if (counts === undefined || sizes === undefined) return undefined
  const [words = 0, ...row] = sizes
  const product = (list: readonly number[]) => list.reduce((total, size) => total * size, 1)
  const [places, width] = [product(counts), product(row)]
  const parts = (dy: Value) => ({
    read: placed(g, indices, places, words),
    slopes: g.emit('Reshape', [dy, g.ints([-1, places, width])]),
  })
  const offOn = () => g.tensor(new Float32Array([0, 1]), [2], table)
  return {
    each(dy) {
      const { read, slopes } = parts(dy)
      const oneHot = g.emit('OneHot', [read, g.int(words), offOn()], { axis: 1 })
      return g.emit('Reshape', [g.emit('MatMul', [oneHot, slopes]), g.ints([-1, ...sizes])])
    },
    squares(dy) {
      const { read, slopes } = parts(dy)
      const [left, right] = [2, 1].map((axis) => g.emit('Unsqueeze', [read, g.ints([axis])]))
      const isSame = g.emit('Cast', [g.emit('Equal', [left, right])], {
        to: elementTypes[g.type(table)].code,
      })
      const turned = g.emit('Transpose', [slopes], { perm: [0, 2, 1] })
      return totalOf(g, g.emit('Mul', [isSame, g.emit('MatMul', [slopes, turned])]))
    },
  }
}

/** [n, places] of int64; an index from the end becomes one from the beginning. */
function placed(g: GradientBuilder, indices: Value, places: number, words: number): Value {
  const flat = g.emit('Reshape', [indices, g.ints([-1, places])])
  const wide = g.emit('Cast', [flat], { to: elementTypes.int64.code })
  return g.emit('Mod', [wide, g.int(words)])
}
