import { floatAttribute, intAttribute } from '../../attributes.ts'
import type { GradientBuilder, Value } from '../gradient-builder.ts'
import { broadcast } from './broadcast.ts'
import { byPairs, type Formula, fixedSizes, isGhostCheaper, squaresOf } from './formula.ts'

/** Y = alpha A B' + beta C: dB_i is the product of two rows, so |dB_i| = alpha |a_i| |dy_i| (Goodfellow 2015). */
export const gemm: Formula = (g, use, batch) => {
  const { node, index } = use
  const [a = ''] = node.inputs
  if (index === 2) return broadcast(g, use, batch)
  if (index !== 1 || intAttribute(node, 'transA', 0) !== 0) return undefined
  const alpha = floatAttribute(node, 'alpha', 1)
  const isTurned = intAttribute(node, 'transB', 0) !== 0
  return {
    each: (dy) => scaled(g, isTurned ? outer(g, dy, a) : outer(g, a, dy), alpha, a),
    squares: (dy) =>
      scaled(g, g.emit('Mul', [squaresOf(g, a), squaresOf(g, dy)]), alpha * alpha, a),
  }
}

/** Y = A B: of a row per sample as for Gemm; of a row per place of a sample dB_i = sum_p a_ip dy_ip^T. */
export const matMul: Formula = (g, use, batch) => {
  const { node, index } = use
  const [a = '', b = ''] = node.inputs
  const shape = g.shape(a)
  if (index === 1 && shape.length === 2 && g.shape(b).length === 2) {
    return {
      each: (dy) => outer(g, a, dy),
      squares: (dy) => g.emit('Mul', [squaresOf(g, a), squaresOf(g, dy)]),
    }
  }
  // A vector as operand would make an axis vanish.
  if (g.shape(node.inputs[index] ?? '').length < 2) return undefined
  const every = broadcast(g, use, batch)
  const places = fixedSizes(shape.slice(1, -1))?.reduce((product, size) => product * size, 1)
  const [depth, width, ...more] = g.shape(b).map(Number)
  if (index !== 1 || every === undefined || shape[0] !== batch || places === undefined) return every
  if (depth === undefined || width === undefined || more.length > 0) return every
  if (!isGhostCheaper(places, depth * width)) return every
  const rows = (value: Value, last: number) =>
    g.emit('Reshape', [value, g.ints([-1, places, last])])
  return {
    ...every,
    squares: (dy) => byPairs(g, rows(a, depth), rows(dy, width), [0, 2, 1]),
  }
}

/** [n, rows] and [n, columns] to [n, rows, columns]. */
function outer(g: GradientBuilder, rows: Value, columns: Value): Value {
  return g.emit('Mul', [
    g.emit('Unsqueeze', [rows, g.ints([2])]),
    g.emit('Unsqueeze', [columns, g.ints([1])]),
  ])
}

function scaled(g: GradientBuilder, value: Value, factor: number, like: Value): Value {
  return factor === 1 ? value : g.emit('Mul', [value, g.scalar(factor, like)])
}
