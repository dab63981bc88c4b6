import { intAttribute, intsAttribute } from '../attributes.ts'
import type { Decomposition, Decompositions } from './decomposition.ts'
import { given, type Rewriter } from './rewriter.ts'

/** [places, spatial + 1]: every place of an image from -1 to 1, the last axis first, and a 1. */
function basePoints(sizes: readonly number[], alignsCorners: boolean): Float32Array {
  const count = sizes.reduce((product, size) => product * size, 1)
  const width = sizes.length + 1
  const points = new Float32Array(count * width).fill(1)
  for (let i = 0; i < count; i++) {
    let rest = i
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      const size = sizes[axis]!
      const at = rest % size
      rest = Math.floor(rest / size)
      // A single place is the last one, as it is for the runtime.
      const aligned = size === 1 ? 1 : (2 * at) / (size - 1) - 1
      points[i * width + sizes.length - 1 - axis] = alignsCorners
        ? aligned
        : (2 * at + 1) / size - 1
    }
  }
  return points
}

/** AffineGrid: every place of an image of the stated size, turned and shifted by theta [n, d, d + 1]. */
const affineGrid: Decomposition = (r, node) => {
  const theta = given(r, node, 0)
  const [, , ...sizes] = r.numbers(given(r, node, 1)) ?? r.refuse('its size is computed')
  const count = sizes.reduce((product, size) => product * size, 1)
  r.checkMatrix(count * (sizes.length + 1))
  const points = basePoints(sizes, intAttribute(node, 'align_corners', 0) === 1)
  const base = r.floats(points, [count, sizes.length + 1])
  const turned = r.emit('Transpose', [theta], { perm: [0, 2, 1] })
  const grid = r.emit('MatMul', [r.emit('CastLike', [base, theta]), turned])
  return [r.emit('Reshape', [grid, r.ints([0, ...sizes, sizes.length])])]
}

/** The largest matrix whose determinant is written out: the sum has n! products. */
const determinantSizeMax = 4

/** The determinant of every matrix of the last two axes, by its first row (Laplace). */
const determinant: Decomposition = (r, node) => {
  const x = given(r, node, 0)
  const size = r.size(x, -1)
  if (size > determinantSizeMax) r.refuse(`it takes matrices of ${size} rows`)
  const rank = r.shape(x).length
  const ones = r.ints(new Array<number>(size).fill(1))
  const apart = (value: string, axis: number) => r.emitMany('Split', [value, ones], size, { axis })
  const cells = apart(x, rank - 2).map((row) => apart(row, rank - 1))
  const det = (rows: readonly (readonly string[])[]): string => {
    const [top = [], ...below] = rows
    if (below.length === 0) return top[0] ?? r.refuse('it takes matrices without rows')
    const terms = top.map((cell, column) =>
      r.emit('Mul', [cell, det(below.map((row) => row.filter((_, at) => at !== column)))]),
    )
    return terms.reduce((sum, term, column) => r.emit(column % 2 ? 'Sub' : 'Add', [sum, term]))
  }
  return [r.emit('Squeeze', [det(cells), r.ints([rank - 2, rank - 1])])]
}

/** Each axis cut or filled up to a size, as much before as after; the odd one goes after. */
const centerCropPad: Decomposition = (r, node) => {
  const x = given(r, node, 0)
  const rank = r.shape(x).length
  const sizes = r.numbers(given(r, node, 1)) ?? r.refuse('its size is computed')
  const axes = intsAttribute(node, 'axes') ?? sizes.map((_, axis) => axis)
  return [
    axes.reduce((value, stated, at) => {
      const axis = stated < 0 ? stated + rank : stated
      return centred(r, value, axis, r.size(x, axis), sizes[at] ?? 0)
    }, x),
  ]
}

function centred(r: Rewriter, x: string, axis: number, size: number, wanted: number): string {
  const before = Math.floor(Math.abs(wanted - size) / 2)
  if (wanted === size) return x
  if (wanted < size) {
    const list = (value: number) => r.ints([value])
    return r.emit('Slice', [x, list(before), list(before + wanted), list(axis)])
  }
  const after = wanted - size - before
  return r.emit('Pad', [x, r.ints([before, after]), undefined, r.ints([axis])])
}

/** Operators of geometry that are sums of products or cuts. */
export const geometryDecompositions: Decompositions = {
  AffineGrid: affineGrid,
  Det: determinant,
  CenterCropPad: centerCropPad,
}
