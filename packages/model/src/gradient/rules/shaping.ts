import { intAttribute, intsAttribute } from '../../attributes.ts'
import type { GradientBuilder, Value } from '../gradient-builder.ts'
import { type GradientRule, type GradientRules, input, type RuleNode } from '../rule.ts'

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

/** At inference dropout hands x through; in training mode its mask is not ours to know. */
const dropout: GradientRule = (g, node, dy) => {
  const mode = node.inputs[2]
  if (mode !== undefined && mode !== '') {
    const [isTraining] = g.constantNumbers(mode) ?? [1]
    if (isTraining !== 0) node.refuse('it is in training mode; export the model in inference mode')
  }
  return [dy]
}

/** Operators that move numbers without changing them. */
export const shapingRules: GradientRules = {
  Flatten: reshaping,
  Reshape: reshaping,
  Squeeze: reshaping,
  Unsqueeze: reshaping,
  Transpose: transpose,
  Concat: concat,
  Dropout: dropout,
}
