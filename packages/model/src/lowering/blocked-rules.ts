import { intAttribute, stringAttribute } from '../attributes.ts'
import { numbersOf } from '../constant.ts'
import { isSameShape, type Shape } from '../gradient/value-facts.ts'
import type { GraphNode } from '../graph.ts'
import { blockedBias, blockedFilter, type FilterShape } from './blocked-filter.ts'
import { type BlockedGraph, blockedDomain } from './blocked-graph.ts'

/** Emits a node in blocks and names its output; `undefined` leaves the node as it is. */
export type BlockedRule = (b: BlockedGraph, node: GraphNode) => string | undefined

/** Filters of a convolution that fill less of a block are not worth its zeros. */
const filtersMin = 8

const conv: BlockedRule = (b, node) => {
  const [x = '', w = '', bias = ''] = node.inputs
  const image = b.image(x)
  const filter = filterShape(b, w)
  if (image === undefined || filter === undefined || !b.isImage(node.outputs[0] ?? ''))
    return undefined
  const [filters, channels] = filter
  const groups = intAttribute(node, 'group', 1)
  const kind = kindOf(b.block, groups, filters, channels)
  if (kind === undefined) return undefined
  const source = kind === 'thin' ? b.plain(x) : b.blocked(x)
  if (source === undefined) return undefined
  const inputs = [source, blockedFilter(b, w, filter, kind === 'dense')]
  if (bias !== '') inputs.push(blockedBias(b, bias, filters))
  return b.emitLike(node, inputs, blockedDomain)
}

/** How a convolution reads its image: in blocks, channel by channel in blocks, or as it is because it is thin. */
function kindOf(block: number, groups: number, filters: number, channels: number) {
  if (groups === 1) {
    if (filters < filtersMin) return undefined
    return channels < block ? 'thin' : 'dense'
  }
  if (channels === 1 && groups === filters) return filters % block === 0 ? 'depthwise' : undefined
  return channels % block === 0 && (filters / groups) % block === 0 ? 'dense' : undefined
}

function filterShape(b: BlockedGraph, w: string): FilterShape | undefined {
  const [filters, channels, height, width] = b.image(w) ?? []
  return typeof filters === 'number' && channels && height && width
    ? [filters, channels, height, width]
    : undefined
}

/** Works number by number, on images of one shape; numbers that stand alone stay as they are. */
const elementwise: BlockedRule = (b, node) => {
  b.inferElementwise(node)
  const shape = b.image(node.outputs[0] ?? '')
  if (shape === undefined || !node.inputs.some((name) => b.isBlocked(name))) return undefined
  const inputs = node.inputs.flatMap((name) => blockedOperand(b, name, shape) ?? [])
  return inputs.length === node.inputs.length ? b.emitLike(node, inputs) : undefined
}

/** An operand of something that works on images: a number that stands alone, an image, or a pattern for each of them. */
function blockedOperand(b: BlockedGraph, name: string, image: Shape): string | undefined {
  if (isScalar(b, name)) return name
  const shape = b.shape(name) ?? []
  if (isSameShape(shape, image)) return b.blocked(name)
  const isPattern = isSameShape(shape, [1, 1, ...image.slice(2)]) && b.constant(name) !== undefined
  return isPattern ? b.blockedPattern(name, Number(image[1])) : undefined
}

function isScalar(b: BlockedGraph, name: string): boolean {
  return name === '' || b.shape(name)?.every((size) => size === 1) === true
}

/** A sum with what a convolution alone gave is a fourth input of that convolution. */
const add: BlockedRule = (b, node) => {
  b.inferElementwise(node)
  const [a = '', c = ''] = node.inputs
  const fused = [
    [a, c],
    [c, a],
  ].find(([value = '', other = '']) => value !== other && isOpen(b, value, 3) && b.isBlocked(other))
  const isWhole = isSameShape(b.shape(a) ?? [0], b.shape(c) ?? [1])
  if (fused === undefined || !isWhole) return elementwise(b, node)
  const [value = '', other = ''] = fused
  const maker = b.maker(value)
  const rest = b.blocked(other)
  if (maker === undefined || rest === undefined) return elementwise(b, node)
  b.withdraw(maker.outputs[0] ?? '')
  const [x = '', w = '', bias = ''] = maker.inputs
  return b.emitLike({ ...maker, op: 'Conv' }, [x, w, bias, rest], blockedDomain)
}

/** An activation of what a convolution alone gave is an attribute of that convolution. */
const relu: BlockedRule = (b, node) => {
  b.inferElementwise(node)
  const [x = ''] = node.inputs
  const maker = isOpen(b, x, 4) ? b.maker(x) : undefined
  if (maker === undefined) return elementwise(b, node)
  b.withdraw(maker.outputs[0] ?? '')
  return b.emitWith(maker, { activation: 'Relu' })
}

/** True for what a blocked convolution gave to one reader, without activation and with less than so many inputs. */
function isOpen(b: BlockedGraph, value: string, inputsMax: number): boolean {
  const maker = b.isReadOnce(value) ? b.maker(value) : undefined
  return (
    maker?.op === 'Conv' &&
    maker.domain === blockedDomain &&
    maker.inputs.length <= inputsMax &&
    stringAttribute(maker, 'activation', '') === ''
  )
}

/** Pools whose image is in blocks already. */
const pool: BlockedRule = (b, node) => {
  const [x = ''] = node.inputs
  if (node.outputs.length > 1 || !b.isBlocked(x) || !b.isImage(node.outputs[0] ?? ''))
    return undefined
  const blocked = b.blocked(x)
  return blocked === undefined ? undefined : b.emitLike(node, [blocked], blockedDomain)
}

/** Every place repeated a whole number of times. */
const resize: BlockedRule = (b, node) => {
  const [x = '', , scaleName = ''] = node.inputs
  const constant = b.constant(scaleName)
  const scales = constant === undefined || !b.isBlocked(x) ? [] : numbersOf(constant)
  const isWhole =
    scales.length === 4 && scales.every((scale) => Number.isInteger(scale) && scale > 0)
  const isNearest =
    stringAttribute(node, 'mode', 'nearest') === 'nearest' &&
    stringAttribute(node, 'coordinate_transformation_mode', 'half_pixel') === 'asymmetric' &&
    stringAttribute(node, 'nearest_mode', 'round_prefer_floor') === 'floor'
  const blocked = b.blocked(x)
  if (!isWhole || !isNearest || blocked === undefined || scales[0] !== 1 || scales[1] !== 1)
    return undefined
  return b.emit('Upsample', [blocked], { scales, mode: 'nearest' }, blockedDomain)
}

/** What can stay in blocks. Every operator here gives finite numbers for zeros, which fill the blocks. */
export const blockedRules: Readonly<Record<string, BlockedRule>> = {
  Conv: conv,
  MaxPool: pool,
  AveragePool: pool,
  GlobalAveragePool: pool,
  GlobalMaxPool: pool,
  Resize: resize,
  Add: add,
  Sub: elementwise,
  Mul: elementwise,
  Relu: relu,
  Clip: elementwise,
  LeakyRelu: elementwise,
  Sigmoid: elementwise,
  HardSigmoid: elementwise,
  Tanh: elementwise,
  Neg: elementwise,
}
