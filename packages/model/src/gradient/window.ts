import { intAttribute, intsAttribute, stringAttribute } from '../attributes.ts'
import { EngineError, quoted } from '../errors.ts'
import type { GraphNode } from '../graph.ts'
import type { GradientBuilder, Value } from './gradient-builder.ts'
import type { RuleNode } from './rule.ts'

/** How a window slides over one spatial axis. */
export interface WindowAxis {
  readonly size: number
  readonly outputs: number
  readonly kernel: number
  readonly stride: number
  readonly dilation: number
  readonly padBegin: number
  /** As stated; the last window may reach further (ceil mode) or less far. */
  readonly padEnd: number
}

/** The spatial axes of a convolution or pool. All sizes must be known. */
export function windowAxes(
  g: GradientBuilder,
  node: GraphNode,
  kernel: readonly number[],
): WindowAxis[] {
  const sizes = spatialSizes(g, node, node.inputs[0] ?? '')
  const outputs = spatialSizes(g, node, node.outputs[0] ?? '')
  const rank = sizes.length
  const strides = intsAttribute(node, 'strides') ?? sizes.map(() => 1)
  const dilations = intsAttribute(node, 'dilations') ?? sizes.map(() => 1)
  const pads = intsAttribute(node, 'pads') ?? new Array<number>(2 * rank).fill(0)
  const auto = stringAttribute(node, 'auto_pad', 'NOTSET')
  return sizes.map((size, axis) => {
    const plain = {
      size,
      outputs: outputs[axis]!,
      kernel: kernel[axis]!,
      stride: strides[axis]!,
      dilation: dilations[axis]!,
    }
    const isStated = auto === 'NOTSET' || auto === ''
    const stated = { padBegin: pads[axis]!, padEnd: pads[axis + rank]! }
    return { ...plain, ...(isStated ? stated : automaticPads(plain, auto)) }
  })
}

/**
 * The axes of the convolution whose transpose a ConvTranspose is: its image is the output and its windows are the
 * input's places. Automatic pads are read off the output's size.
 */
export function transposedAxes(
  g: GradientBuilder,
  node: GraphNode,
  kernel: readonly number[],
): WindowAxis[] {
  const outputs = spatialSizes(g, node, node.inputs[0] ?? '')
  const sizes = spatialSizes(g, node, node.outputs[0] ?? '')
  const rank = sizes.length
  const strides = intsAttribute(node, 'strides') ?? sizes.map(() => 1)
  const dilations = intsAttribute(node, 'dilations') ?? sizes.map(() => 1)
  const extra = intsAttribute(node, 'output_padding') ?? sizes.map(() => 0)
  const pads = intsAttribute(node, 'pads') ?? new Array<number>(2 * rank).fill(0)
  const auto = stringAttribute(node, 'auto_pad', 'NOTSET')
  const isStated =
    (auto === 'NOTSET' || auto === '') && intsAttribute(node, 'output_shape') === undefined
  return sizes.map((size, axis) => {
    const [stride, dilation] = [strides[axis]!, dilations[axis]!]
    const plain = { size, outputs: outputs[axis]!, kernel: kernel[axis]!, stride, dilation }
    if (isStated) return { ...plain, padBegin: pads[axis]!, padEnd: pads[axis + rank]! }
    const reach = (plain.outputs - 1) * stride + (plain.kernel - 1) * dilation + 1
    const total = Math.max(0, reach + extra[axis]! - size)
    const padBegin = auto === 'SAME_UPPER' ? Math.floor(total / 2) : Math.ceil(total / 2)
    return { ...plain, padBegin, padEnd: total - padBegin }
  })
}

/** The sizes of a value whose shape does not change with the batch; sizes that do are left out. */
export function wholeShape(g: GradientBuilder, value: Value): number[] {
  return g.shape(value).filter((size) => typeof size === 'number')
}

/** The kernel's sizes of a pool. */
export function poolKernel(node: RuleNode): number[] {
  return intsAttribute(node, 'kernel_shape') ?? node.refuse('it states no kernel_shape')
}

/** True if windows tile the input without gap or overlap and without padding. */
export function isTiling(axes: readonly WindowAxis[]): boolean {
  return axes.every(
    ({ size, outputs, kernel, stride, dilation, padBegin, padEnd }) =>
      kernel === stride &&
      dilation === 1 &&
      padBegin === 0 &&
      padEnd === 0 &&
      outputs * stride === size,
  )
}

/** How far the input reaches that all windows together cover, counted from the first padded place. */
export function covered({ outputs, stride, kernel, dilation }: WindowAxis): number {
  return (outputs - 1) * stride + (kernel - 1) * dilation + 1
}

/** The groups of a convolution. */
export function groupsOf(node: RuleNode): number {
  return intAttribute(node, 'group', 1)
}

function automaticPads(
  { size, outputs, kernel, stride, dilation }: Omit<WindowAxis, 'padBegin' | 'padEnd'>,
  auto: string,
): { padBegin: number; padEnd: number } {
  if (auto === 'VALID') return { padBegin: 0, padEnd: 0 }
  const total = Math.max(0, (outputs - 1) * stride + (kernel - 1) * dilation + 1 - size)
  const small = Math.floor(total / 2)
  return auto === 'SAME_LOWER'
    ? { padBegin: total - small, padEnd: small }
    : { padBegin: small, padEnd: total - small }
}

function spatialSizes(g: GradientBuilder, { op, name }: GraphNode, value: string): number[] {
  const sizes = g.shape(value).slice(2)
  const known = sizes.filter((size) => typeof size === 'number')
  if (known.length === sizes.length) return known
  throw new EngineError(
    'NO_GRADIENT_RULE',
    `${quoted(op)} (node ${quoted(name || value)}) cannot be differentiated: its spatial size changes with the batch; attack it by its scores or labels instead`,
  )
}
