import { intAttribute, stringAttribute } from '../attributes.ts'
import {
  at,
  build,
  count,
  eachIndex,
  offset,
  positive,
  type Reference,
  reference,
  stridesOf,
} from '../reference-tensor.test-support.ts'
import { first, given, type Operators, type Run, whole } from './operator.test-support.ts'

const gather: Run = (node, inputs) => {
  const x = first(inputs)
  const indices = given(inputs[1])
  const axis = positive(intAttribute(node, 'axis', 0), x.shape.length)
  const depth = indices.shape.length
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)]
  return build(
    shape,
    (index) => {
      const place = positive(at(indices, index.slice(axis, axis + depth)), x.shape[axis]!)
      return at(x, [...index.slice(0, axis), place, ...index.slice(axis + depth)])
    },
    x.type,
  )
}

const gatherElements: Run = (node, inputs) => {
  const x = first(inputs)
  const indices = given(inputs[1])
  const axis = positive(intAttribute(node, 'axis', 0), x.shape.length)
  return build(
    indices.shape,
    (index) => at(x, index.with(axis, positive(at(indices, index), x.shape[axis]!))),
    x.type,
  )
}

/** One index tuple of the last axis, made positive. */
function tuple(indices: Reference, lead: readonly number[], sizes: readonly number[]): number[] {
  return Array.from({ length: indices.shape.at(-1)! }, (_, i) =>
    positive(at(indices, [...lead, i]), sizes[i]!),
  )
}

const gatherND: Run = (node, inputs) => {
  const x = first(inputs)
  const indices = given(inputs[1])
  const batch = intAttribute(node, 'batch_dims', 0)
  const lead = indices.shape.length - 1
  const rest = x.shape.slice(batch + indices.shape.at(-1)!)
  return build(
    [...indices.shape.slice(0, -1), ...rest],
    (index) => {
      const place = tuple(indices, index.slice(0, lead), x.shape.slice(batch))
      return at(x, [...index.slice(0, batch), ...place, ...index.slice(lead)])
    },
    x.type,
  )
}

const reductions: Readonly<Record<string, (old: number, update: number) => number>> = {
  none: (_, update) => update,
  add: (old, update) => old + update,
  mul: (old, update) => old * update,
  max: Math.max,
  min: Math.min,
}

function written(
  node: Parameters<Run>[0],
  data: Reference,
  updates: Reference,
  place: (index: readonly number[]) => readonly number[],
): Reference {
  const result = data.data.slice()
  const reduced = reductions[stringAttribute(node, 'reduction', 'none')]!
  const strides = stridesOf(data.shape)
  eachIndex(updates.shape, (index) => {
    const to = offset(place(index), strides)
    result[to] = reduced(result[to]!, at(updates, index))
  })
  return reference(data.shape, result, data.type)
}

const scatterElements: Run = (node, [x, i, u]) => {
  const data = given(x)
  const indices = given(i)
  const axis = positive(intAttribute(node, 'axis', 0), data.shape.length)
  return written(node, data, given(u), (index) =>
    index.with(axis, positive(at(indices, index), data.shape[axis]!)),
  )
}

const scatterND: Run = (node, [x, i, u]) => {
  const data = given(x)
  const indices = given(i)
  const lead = indices.shape.length - 1
  return written(node, data, given(u), (index) => [
    ...tuple(indices, index.slice(0, lead), data.shape),
    ...index.slice(lead),
  ])
}

/** The place in 0..size-1 that a border at `i` repeats; -1 for the constant. */
const borders: Readonly<Record<string, (i: number, size: number) => number>> = {
  constant: () => -1,
  edge: (i, size) => Math.min(Math.max(i, 0), size - 1),
  reflect: (i, size) => (i < 0 ? -i : 2 * (size - 1) - i),
  wrap: (i, size) => ((i % size) + size) % size,
}

const pad: Run = (node, inputs) => {
  const x = first(inputs)
  const rank = x.shape.length
  const pads = whole(inputs, 1) ?? []
  const axes = whole(inputs, 3) ?? x.shape.map((_, axis) => axis)
  const before = x.shape.map(() => 0)
  const after = x.shape.map(() => 0)
  for (const [i, axis] of axes.entries()) {
    before[positive(axis, rank)] = pads[i]!
    after[positive(axis, rank)] = pads[i + axes.length]!
  }
  const mode = borders[stringAttribute(node, 'mode', 'constant')]!
  const shape = x.shape.map((size, axis) => size + before[axis]! + after[axis]!)
  return build(
    shape,
    (index) => {
      const places = index.map((i, axis) => {
        const size = x.shape[axis]!
        const from = i - before[axis]!
        return from >= 0 && from < size ? from : mode(from, size)
      })
      return places.includes(-1) ? (inputs[2]?.data[0] ?? 0) : at(x, places)
    },
    x.type,
  )
}

const topK: Run = (node, inputs) => {
  const x = first(inputs)
  const axis = positive(intAttribute(node, 'axis', -1), x.shape.length)
  const sign = intAttribute(node, 'largest', 1) === 1 ? -1 : 1
  const shape = x.shape.with(axis, whole(inputs, 1)![0]!)
  const ranked = (index: readonly number[]) =>
    Array.from({ length: x.shape[axis]! }, (_, i) => i).sort(
      (a, b) => sign * (at(x, index.with(axis, a)) - at(x, index.with(axis, b))),
    )[index[axis]!]!
  return [
    build(shape, (index) => at(x, index.with(axis, ranked(index)))),
    build(shape, ranked, 'int64'),
  ]
}

const compress: Run = (node, inputs) => {
  const x = first(inputs)
  const kept = (whole(inputs, 1) ?? []).flatMap((is, i) => (is ? [i] : []))
  const stated = node.attributes.some(({ name }) => name === 'axis')
  if (!stated) return build([kept.length], ([i = 0]) => x.data[kept[i]!]!, x.type)
  const axis = positive(intAttribute(node, 'axis', 0), x.shape.length)
  return build(
    x.shape.with(axis, kept.length),
    (index) => at(x, index.with(axis, kept[index[axis]!]!)),
    x.type,
  )
}

const reverseSequence: Run = (node, inputs) => {
  const x = first(inputs)
  const lengths = whole(inputs, 1) ?? []
  const batch = intAttribute(node, 'batch_axis', 1)
  const time = intAttribute(node, 'time_axis', 0)
  return build(
    x.shape,
    (index) => {
      const length = lengths[index[batch]!]!
      const i = index[time]!
      return at(x, i < length ? index.with(time, length - 1 - i) : index)
    },
    x.type,
  )
}

const oneHot: Run = (node, [labels, depth, values]) => {
  const indices = given(labels)
  const size = given(depth).data[0]!
  const [off = 0, on = 1] = given(values).data
  const rank = indices.shape.length + 1
  const axis = positive(intAttribute(node, 'axis', -1), rank)
  return build(indices.shape.toSpliced(axis, 0, size), (index) =>
    positive(at(indices, index.toSpliced(axis, 1)), size) === index[axis] ? on : off,
  )
}

const split: Run = (node, inputs) => {
  const x = first(inputs)
  const axis = positive(intAttribute(node, 'axis', 0), x.shape.length)
  const parts = node.outputs.length
  const part = Math.ceil(x.shape[axis]! / parts)
  const even = Array.from({ length: parts }, (_, i) => Math.min(part, x.shape[axis]! - i * part))
  let start = 0
  return (whole(inputs, 1) ?? even).map((size) => {
    const from = start
    start += size
    return build(
      x.shape.with(axis, size),
      (index) => at(x, index.with(axis, index[axis]! + from)),
      x.type,
    )
  })
}

/** [n, c, h, w] <-> blocks of pixels; `channel` says which channel holds which corner of a block. */
function blocks(isToSpace: boolean): Run {
  return (node, inputs) => {
    const x = first(inputs)
    const size = intAttribute(node, 'blocksize', 1)
    const isColumnFirst = stringAttribute(node, 'mode', 'DCR') === 'CRD'
    const [n = 0, c = 0, h = 0, w = 0] = x.shape
    const area = size * size
    const depth = isToSpace ? c / area : c
    const channel = (of: number, corner: number) =>
      isColumnFirst ? of * area + corner : corner * depth + of
    const corner = (y: number, z: number) => (y % size) * size + (z % size)
    if (isToSpace) {
      return build(
        [n, depth, h * size, w * size],
        ([b = 0, k = 0, y = 0, z = 0]) =>
          at(x, [b, channel(k, corner(y, z)), Math.floor(y / size), Math.floor(z / size)]),
        x.type,
      )
    }
    return build([n, c * area, h / size, w / size], ([b = 0, k = 0, y = 0, z = 0]) => {
      const place = Math.floor(k / c)
      return at(x, [b, k % c, y * size + Math.floor(place / size), z * size + (place % size)])
    })
  }
}

export const indexingOperators: Operators = {
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherND,
  ScatterElements: scatterElements,
  ScatterND: scatterND,
  Split: split,
  Pad: pad,
  TopK: topK,
  Compress: compress,
  ReverseSequence: reverseSequence,
  OneHot: oneHot,
  Range: (_, inputs) => {
    const [start = 0, limit = 0, step = 1] = inputs.map((each) => given(each).data[0]!)
    const size = Math.max(0, Math.ceil((limit - start) / step))
    return build([size], ([i = 0]) => start + i * step, given(inputs[0]).type)
  },
  Tile: (_, inputs) => {
    const x = first(inputs)
    const repeats = whole(inputs, 1) ?? []
    return build(
      x.shape.map((size, axis) => size * repeats[axis]!),
      (index) =>
        at(
          x,
          index.map((i, axis) => i % x.shape[axis]!),
        ),
      x.type,
    )
  },
  DepthToSpace: blocks(true),
  SpaceToDepth: blocks(false),
  NonZero: (_, inputs) => {
    const x = first(inputs)
    const places: number[][] = []
    eachIndex(x.shape, (index) => {
      if (at(x, index) !== 0) places.push([...index])
    })
    return build([x.shape.length, places.length], ([a = 0, i = 0]) => places[i]![a]!, 'int64')
  },
  ConstantOfShape: (_, inputs) => {
    const shape = whole(inputs, 0) ?? []
    return reference(shape, new Float64Array(count(shape)))
  },
}
