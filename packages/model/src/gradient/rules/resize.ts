import { floatAttribute, intAttribute, intsAttribute, stringAttribute } from '../../attributes.ts'
import { limits } from '../../limits.ts'
import type { GradientBuilder, Value } from '../gradient-builder.ts'
import {
  type GradientRule,
  type GradientRules,
  input,
  optionalInput,
  type RuleNode,
} from '../rule.ts'
import { type AxisResize, axisWeights, type ResizeMode } from './resize-weights.ts'

/**
 * Resizing is linear and treats one axis after the other: y = W1 x W2' with constant weights, so that
 * dx = W1' dy W2. Enlarging by whole numbers without blending sums over blocks, which pools do fastest.
 */
const resize: GradientRule = (g, node, dy) => {
  const x = input(node, 0)
  const scales = scalesOf(g, node, x)
  const axes = g.shape(x).flatMap((size, axis): Resized[] => {
    const out = g.shape(node.y)[axis]
    const scale = scales[axis] ?? 1
    if (scale === 1 && size === out) return []
    if (typeof size !== 'number' || typeof out !== 'number') {
      return node.refuse(`axis ${axis} is resized and its size is free`)
    }
    if (size * out > limits.ruleMatrixNumbersMax) {
      return node.refuse(`axis ${axis} is resized from ${size} to ${out}, which is too large`)
    }
    const weights = axisWeights(optionsOf(node, { size, out, scale }))
    return [{ axis, size, out, weights }]
  })
  const blocks = blockSizes(axes, g.shape(x).length)
  if (blocks !== undefined) return [blockSums(g, dy, x, blocks)]
  return [axes.reduce((sum, each) => along(g, sum, g.shape(x).length, each, x), dy)]
}

interface Resized {
  readonly axis: number
  readonly size: number
  readonly out: number
  /** [out, size] */
  readonly weights: Float32Array
}

/** The stated scale of each axis, or what its sizes make of it. */
function scalesOf(g: GradientBuilder, node: RuleNode, x: Value): number[] {
  const shape = g.shape(x)
  const axes = (intsAttribute(node, 'axes') ?? shape.map((_, axis) => axis)).map((axis) =>
    axis < 0 ? axis + shape.length : axis,
  )
  const scales = shape.map((size, axis) => {
    const out = g.shape(node.y)[axis]
    return typeof size === 'number' && typeof out === 'number' ? out / size : 1
  })
  const stated = optionalInput(node, 2)
  if (stated === undefined || g.shape(stated)[0] === 0) {
    const policy = stringAttribute(node, 'keep_aspect_ratio_policy', 'stretch')
    if (policy !== 'stretch') node.refuse(`its policy '${policy}' has no rule`)
    return scales
  }
  const numbers = g.constantNumbers(stated) ?? node.refuse('its scales are computed by the graph')
  for (const [i, axis] of axes.entries()) scales[axis] = numbers[i] ?? 1
  return scales
}

const modes: readonly string[] = ['nearest', 'linear', 'cubic']

function optionsOf(node: RuleNode, sizes: Pick<AxisResize, 'size' | 'out' | 'scale'>): AxisResize {
  const mode = stringAttribute(node, 'mode', 'nearest')
  const coordinates = stringAttribute(node, 'coordinate_transformation_mode', 'half_pixel')
  if (!modes.includes(mode)) node.refuse(`its mode '${mode}' has no rule`)
  if (coordinates === 'tf_crop_and_resize') node.refuse('its mode tf_crop_and_resize has no rule')
  if (intAttribute(node, 'antialias', 0) !== 0) node.refuse('its option antialias has no rule')
  return {
    ...sizes,
    // One of the list above.
    mode: mode as ResizeMode,
    coordinates,
    nearest: stringAttribute(node, 'nearest_mode', 'round_prefer_floor'),
    cubic: floatAttribute(node, 'cubic_coeff_a', -0.75),
    excludesOutside: intAttribute(node, 'exclude_outside', 0) !== 0,
  }
}

/** How many neighbours each number of x was copied to, by spatial axis, if that is all that happened. */
function blockSizes(axes: readonly Resized[], rank: number): number[] | undefined {
  if (rank < 3 || rank > 5 || axes.some(({ axis }) => axis < 2)) return undefined
  const blocks = Array.from({ length: rank - 2 }, () => 1)
  for (const { axis, size, out, weights } of axes) {
    const block = out / size
    if (!Number.isInteger(block)) return undefined
    const isBlock = weights.every(
      (weight, i) => weight === Number(Math.floor(Math.floor(i / size) / block) === i % size),
    )
    if (!isBlock) return undefined
    blocks[axis - 2] = block
  }
  return blocks
}

function blockSums(g: GradientBuilder, dy: Value, x: Value, blocks: readonly number[]): Value {
  const count = blocks.reduce((product, block) => product * block, 1)
  if (count === 1) return dy
  const means = g.emit('AveragePool', [dy], { kernel_shape: blocks, strides: blocks })
  return g.emit('Mul', [means, g.scalar(count, x)])
}

/** dy with one axis brought back from `out` to `size`. */
function along(
  g: GradientBuilder,
  dy: Value,
  rank: number,
  { axis, size, out, weights }: Resized,
  x: Value,
): Value {
  const matrix = g.tensor(weights, [out, size], x)
  const last = rank - 1
  if (axis === last) return g.emit('MatMul', [dy, matrix])
  const perm = Array.from({ length: rank }, (_, i) => (i === axis ? last : i === last ? axis : i))
  const turned = g.emit('MatMul', [g.emit('Transpose', [dy], { perm }), matrix])
  return g.emit('Transpose', [turned], { perm })
}

/** Operators that sample a picture at other places. */
export const resizeRules: GradientRules = { Resize: resize }
