import { intAttribute, intsAttribute, stringAttribute } from '../../attributes.ts'
import type { GradientBuilder, Value } from '../gradient-builder.ts'
import { type GradientRule, type GradientRules, input, type RuleNode } from '../rule.ts'
import { addBack } from './move-back.ts'

/** The same numbers in another shape: the gradient goes back to the shape of x. */
const reshaping: GradientRule = (g, node, dy) => [g.reshapeLike(dy, input(node, 0))]

/** y = transpose(x, p): dx = transpose(dy, inverse of p). */
const transpose: GradientRule = (g, node, dy) => {
  const rank = g.shape(input(node, 0)).length
  const forward =
    intsAttribute(node, 'perm') ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis)
  const inverse = Array.from({ length: rank }, (_, axis) => forward.indexOf(axis))
  return [g.emit('Transpose', [dy], { perm: inverse })]
}

/** y = [x0; x1; ...]: each part gets its slice of dy. */
const concat: GradientRule = (g, node, dy) => {
  const rank = g.shape(node.y).length
  const stated = intAttribute(node, 'axis', 0)
  const axis = stated < 0 ? stated + rank : stated
  if (node.inputs.length === 1) return [dy]
  return g.emitMany('Split', [dy, partSizes(g, node, axis)], node.inputs.length, { axis })
}

function partSizes(g: GradientBuilder, node: RuleNode, axis: number): Value {
  const sizes = node.inputs.map((name) => g.shape(name)[axis])
  const whole = sizes.filter((size) => typeof size === 'number')
  if (whole.length === sizes.length) return g.ints(whole)
  const parts = node.inputs.map((name) => g.emit('Shape', [name], { start: axis, end: axis + 1 }))
  return g.emit('Concat', parts, { axis: 0 })
}

/** y = x repeated along its axes: dx is the sum over the copies. */
const tile: GradientRule = (g, node, dy) => {
  const x = input(node, 0)
  const rank = g.shape(x).length
  if (rank === 0) return [dy]
  const pairs = [input(node, 1), g.shapeOf(x)].map((list) =>
    g.emit('Unsqueeze', [list, g.ints([1])]),
  )
  const copies = g.emit('Reshape', [g.emit('Concat', pairs, { axis: 1 }), g.ints([-1])])
  const axes = Array.from({ length: rank }, (_, axis) => 2 * axis)
  return [g.emit('ReduceSum', [g.emit('Reshape', [dy, copies]), g.ints(axes)], { keepdims: 0 })]
}

/** Blocks of pixels go back into channels, in the order that they came from. */
const depthToSpace: GradientRule = (g, node, dy) => {
  const blocksize = intAttribute(node, 'blocksize', 1)
  if (stringAttribute(node, 'mode', 'DCR') === 'DCR') {
    return [g.emit('SpaceToDepth', [dy], { blocksize })]
  }
  const x = input(node, 0)
  const [, channels, height, width] = g.shape(x)
  if (typeof channels !== 'number' || typeof height !== 'number' || typeof width !== 'number') {
    return [addBack(g, dy, x, (positions) => g.emitLike(node, [positions]))]
  }
  const parts = [0, channels / blocksize ** 2, height, blocksize, width, blocksize]
  const split = g.emit('Reshape', [dy, g.ints(parts)])
  return [g.reshapeLike(g.emit('Transpose', [split], { perm: [0, 1, 3, 5, 2, 4] }), x)]
}

/** Operators that move numbers without changing them. */
export const shapingRules: GradientRules = {
  Flatten: reshaping,
  Reshape: reshaping,
  Squeeze: reshaping,
  Unsqueeze: reshaping,
  Transpose: transpose,
  Concat: concat,
  // dx = dy summed over the axes that x was broadcast along
  Expand: (g, node, dy) => [g.sumToShapeOf(dy, g.shape(node.y), input(node, 0))],
  Tile: tile,
  DepthToSpace: depthToSpace,
  // y's blocks are x's channels
  SpaceToDepth: (g, node, dy) => [
    g.emit('DepthToSpace', [dy], { blocksize: intAttribute(node, 'blocksize', 1) }),
  ],
  // dx = dy in the type of x
  CastLike: (g, node, dy) => [g.emit('CastLike', [dy, input(node, 0)])],
}
