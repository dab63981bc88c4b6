import { floatAttribute, intAttribute, intsAttribute, stringAttribute } from './attributes.ts'
import type { GraphNode } from './graph.ts'
import {
  build,
  eachIndex,
  offset,
  type Reference,
  reference,
  stridesOf,
} from './reference-tensor.test-support.ts'

interface Geometry {
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  readonly padsBegin: readonly number[]
  readonly padsEnd: readonly number[]
  readonly outputs: readonly number[]
}

/** The sizes of a sliding window after the formulas of the ONNX operator specification. */
function geometry(node: GraphNode, sizes: readonly number[], kernel: readonly number[]): Geometry {
  const rank = sizes.length
  const strides = intsAttribute(node, 'strides') ?? sizes.map(() => 1)
  const dilations = intsAttribute(node, 'dilations') ?? sizes.map(() => 1)
  const extent = kernel.map((size, axis) => (size - 1) * dilations[axis]! + 1)
  const auto = stringAttribute(node, 'auto_pad', 'NOTSET')
  let pads = intsAttribute(node, 'pads') ?? new Array<number>(2 * rank).fill(0)
  if (auto.startsWith('SAME')) {
    const totals = sizes.map((size, axis) =>
      Math.max(0, (Math.ceil(size / strides[axis]!) - 1) * strides[axis]! + extent[axis]! - size),
    )
    const less = totals.map((total) => Math.floor(total / 2))
    const more = totals.map((total) => Math.ceil(total / 2))
    pads = auto === 'SAME_LOWER' ? [...more, ...less] : [...less, ...more]
  }
  const isCeil = intAttribute(node, 'ceil_mode', 0) === 1
  const round = isCeil ? Math.ceil : Math.floor
  const outputs = sizes.map((size, axis) => {
    const padded = size + pads[axis]! + pads[axis + rank]!
    const windows = round((padded - extent[axis]!) / strides[axis]!) + 1
    // With ceil_mode a last window that would start behind the begin pad and the input is left out.
    const last = (windows - 1) * strides[axis]!
    return isCeil && last >= size + pads[axis]! ? windows - 1 : windows
  })
  const padsBegin = pads.slice(0, rank)
  return { kernel, strides, dilations, padsBegin, padsEnd: pads.slice(rank), outputs }
}

function places(g: Geometry, output: readonly number[], tap: readonly number[]): number[] {
  return output.map(
    (at, axis) => at * g.strides[axis]! + tap[axis]! * g.dilations[axis]! - g.padsBegin[axis]!,
  )
}

function isInside(place: readonly number[], sizes: readonly number[]): boolean {
  return place.every((at, axis) => at >= 0 && at < sizes[axis]!)
}

export function conv(node: GraphNode, x: Reference, w: Reference, b?: Reference): Reference {
  const [n = 0, , ...sizes] = x.shape
  const [filters = 0, depth = 0, ...kernel] = w.shape
  const g = geometry(node, sizes, kernel)
  const perGroup = filters / intAttribute(node, 'group', 1)
  const xs = stridesOf(x.shape)
  const ws = stridesOf(w.shape)
  return build([n, filters, ...g.outputs], ([sample = 0, filter = 0, ...output]) => {
    let sum = b?.data[filter] ?? 0
    const first = Math.floor(filter / perGroup) * depth
    for (let channel = 0; channel < depth; channel++) {
      eachIndex(kernel, (tap) => {
        const place = places(g, output, tap)
        if (!isInside(place, sizes)) return
        const value = x.data[offset([sample, first + channel, ...place], xs)]!
        sum += value * w.data[offset([filter, channel, ...tap], ws)]!
      })
    }
    return sum
  })
}

export function convTranspose(
  node: GraphNode,
  x: Reference,
  w: Reference,
  b?: Reference,
): Reference {
  const [n = 0, channels = 0, ...sizes] = x.shape
  const [, perGroup = 0, ...kernel] = w.shape
  const groups = intAttribute(node, 'group', 1)
  const rank = sizes.length
  const strides = intsAttribute(node, 'strides') ?? sizes.map(() => 1)
  const dilations = intsAttribute(node, 'dilations') ?? sizes.map(() => 1)
  const extra = intsAttribute(node, 'output_padding') ?? sizes.map(() => 0)
  const reach = sizes.map(
    (size, axis) =>
      (size - 1) * strides[axis]! + extra[axis]! + (kernel[axis]! - 1) * dilations[axis]! + 1,
  )
  const pads = transposePads(node, sizes, strides, reach)
  const outputs = reach.map((length, axis) => length - pads[axis]! - pads[axis + rank]!)
  const filters = groups * perGroup
  const y = build([n, filters, ...outputs], ([, filter = 0]) => b?.data[filter] ?? 0)
  const ys = stridesOf(y.shape)
  const ws = stridesOf(w.shape)
  let from = 0
  eachIndex(x.shape, ([sample = 0, channel = 0, ...place]) => {
    const value = x.data[from++]!
    const group = Math.floor(channel / (channels / groups))
    for (let filter = 0; filter < perGroup; filter++) {
      eachIndex(kernel, (tap) => {
        const target = place.map(
          (each, axis) => each * strides[axis]! + tap[axis]! * dilations[axis]! - pads[axis]!,
        )
        if (!isInside(target, outputs)) return
        y.data[offset([sample, group * perGroup + filter, ...target], ys)]! +=
          value * w.data[offset([channel, filter, ...tap], ws)]!
      })
    }
  })
  return y
}

/** Negative pads make the output longer than the windows reach, as an output_shape may ask. */
function transposePads(
  node: GraphNode,
  sizes: readonly number[],
  strides: readonly number[],
  reach: readonly number[],
): number[] {
  const auto = stringAttribute(node, 'auto_pad', 'NOTSET')
  const shape = intsAttribute(node, 'output_shape')
  if (shape === undefined && auto === 'NOTSET') {
    return intsAttribute(node, 'pads') ?? new Array<number>(2 * sizes.length).fill(0)
  }
  const totals = reach.map((length, axis) => {
    if (shape !== undefined) return length - shape[axis]!
    return auto === 'VALID' ? 0 : Math.max(0, length - sizes[axis]! * strides[axis]!)
  })
  const begins = totals.map((total) =>
    auto === 'SAME_UPPER' ? Math.floor(total / 2) : Math.ceil(total / 2),
  )
  return [...begins, ...totals.map((total, axis) => total - begins[axis]!)]
}

export function maxPool(node: GraphNode, x: Reference): Reference[] {
  const [n = 0, channels = 0, ...sizes] = x.shape
  const kernel = intsAttribute(node, 'kernel_shape') ?? []
  const g = geometry(node, sizes, kernel)
  const shape = [n, channels, ...g.outputs]
  const xs = stridesOf(x.shape)
  const chosen = build(
    shape,
    ([sample = 0, channel = 0, ...output]) => {
      let best = -1
      eachIndex(kernel, (tap) => {
        const place = places(g, output, tap)
        if (!isInside(place, sizes)) return
        const candidate = offset([sample, channel, ...place], xs)
        if (best < 0 || x.data[candidate]! > x.data[best]!) best = candidate
      })
      return best
    },
    'int64',
  )
  return [
    reference(
      shape,
      chosen.data.map((from) => x.data[from]!),
    ),
    chosen,
  ]
}

export function lpPool(node: GraphNode, x: Reference): Reference {
  const [n = 0, channels = 0, ...sizes] = x.shape
  const kernel = intsAttribute(node, 'kernel_shape') ?? []
  const g = geometry(node, sizes, kernel)
  const p = intAttribute(node, 'p', 2)
  const xs = stridesOf(x.shape)
  return build([n, channels, ...g.outputs], ([sample = 0, channel = 0, ...output]) => {
    let sum = 0
    eachIndex(kernel, (tap) => {
      const place = places(g, output, tap)
      if (!isInside(place, sizes)) return
      sum += Math.abs(x.data[offset([sample, channel, ...place], xs)]!) ** p
    })
    return sum ** (1 / p)
  })
}

export function averagePool(node: GraphNode, x: Reference): Reference {
  const [n = 0, channels = 0, ...sizes] = x.shape
  const kernel = intsAttribute(node, 'kernel_shape') ?? []
  const g = geometry(node, sizes, kernel)
  const countsPads = intAttribute(node, 'count_include_pad', 0) === 1
  const xs = stridesOf(x.shape)
  return build([n, channels, ...g.outputs], ([sample = 0, channel = 0, ...output]) => {
    let sum = 0
    let places_ = 0
    eachIndex(kernel, (tap) => {
      const place = places(g, output, tap)
      const inside = isInside(place, sizes)
      const inPads = place.every(
        (at, axis) => at >= -g.padsBegin[axis]! && at < sizes[axis]! + g.padsEnd[axis]!,
      )
      if (inside) sum += x.data[offset([sample, channel, ...place], xs)]!
      if (inside || (countsPads && inPads)) places_++
    })
    return sum / places_
  })
}

export function batchNormalization(node: GraphNode, inputs: readonly Reference[]): Reference {
  const [x, scale, bias, mean, variance] = inputs
  if (!x || !scale || !bias || !mean || !variance) throw new Error('five inputs are needed')
  const epsilon = floatAttribute(node, 'epsilon', 1e-5)
  return build(x.shape, (index) => {
    const c = index[1] ?? 0
    const normal =
      (x.data[offset(index, stridesOf(x.shape))]! - mean.data[c]!) /
      Math.sqrt(variance.data[c]! + epsilon)
    return normal * scale.data[c]! + bias.data[c]!
  })
}
