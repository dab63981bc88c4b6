import type { Random } from '@merlon/core'
import {
  chance,
  type Draw,
  dims,
  ints,
  type Operand,
  pick,
  type RuleCases,
  whole,
} from './draw.test-support.ts'

/** Constants of the graph, half of the time out of a node so that a rule cannot know them. */
const known = (random: Random, ...values: number[]): Operand => ({
  ...ints(...values),
  isComputed: chance(random),
})

const indices = (random: Random, shape: readonly number[], size: number): Operand => {
  const count = shape.reduce((product, each) => product * each, 1)
  const values = Array.from({ length: count }, () => whole(random, -size, size - 1))
  return { shape, ints: values, isComputed: chance(random) }
}

/** Different places along an axis, so that nothing is written twice. */
const shuffled = (random: Random, size: number) =>
  Array.from({ length: size }, (_, i) => ({ i, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ i }) => i)

const slice: Draw = (random) => {
  const shape = dims(random, whole(random, 1, 4), 5)
  const isBatched = chance(random)
  const all = shape
    .map((_, axis) => axis)
    .filter((axis) => !isBatched || axis > 0 || chance(random))
  const axes = all.filter(() => chance(random))
  if (axes.length === 0) axes.push(shape.length - 1)
  const parts = axes.map((axis) => {
    // Three rows are looked at, five and two are learnt from.
    const size = isBatched && axis === 0 ? 2 : shape[axis]!
    const [a, b] = [whole(random, 0, size - 1), whole(random, 0, size - 1)]
    const [low, high] = [Math.min(a, b), Math.max(a, b)]
    const from = pick(random, [low, low - size])
    const step = pick(random, [1, 1, 1, 2, -1, -2])
    const far = step > 0 ? 2 ** 40 : -(2 ** 40)
    if (step > 0) return { start: from, end: pick(random, [high + 1, far]), step }
    return {
      start: pick(random, [high, high - size, 2 ** 40]),
      end: pick(random, [low - 1 - size, far]),
      step,
    }
  })
  const x = { shape, isBatched }
  const stated = axes.map((axis) => pick(random, [axis, axis - shape.length]))
  const isPlain = parts.every(({ step }) => step === 1)
  const inputs = [
    known(random, ...parts.map(({ start }) => start)),
    known(random, ...parts.map(({ end }) => end)),
    known(random, ...stated),
    ...(isPlain && chance(random) ? [] : [known(random, ...parts.map(({ step }) => step))]),
  ]
  const leads = axes.every((axis, i) => axis === i)
  return { inputs: [x, ...(leads && isPlain ? inputs.slice(0, 2) : inputs)] }
}

const split: Draw = (random) => {
  const shape = dims(random, whole(random, 1, 3))
  const axis = whole(random, 0, shape.length - 1)
  const parts = Array.from({ length: whole(random, 1, 3) }, () => whole(random, 1, 3))
  const isEven = chance(random)
  const sizes = isEven ? parts.map(() => parts[0]!) : parts
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const x = { shape: shape.with(axis, total), isBatched: axis > 0 && chance(random) }
  const attributes = { axis: pick(random, [axis, axis - shape.length]) }
  const outputs = sizes.length
  if (!isEven) return { inputs: [x, ints(...sizes)], attributes, outputs }
  return chance(random)
    ? { inputs: [x], attributes, outputs }
    : { inputs: [x], attributes: { ...attributes, num_outputs: outputs }, outputs, opset: 18 }
}

const gather: Draw = (random) => {
  const shape = dims(random, whole(random, 1, 4))
  const axis = whole(random, 0, shape.length - 1)
  const size = shape[axis]!
  const start = whole(random, 0, size - 1)
  const run = Array.from({ length: whole(random, 1, size - start) }, (_, i) => start + i)
  const isBatched = axis > 0 && chance(random)
  return {
    inputs: [
      { shape, isBatched },
      pick(random, [
        indices(random, [], size),
        indices(random, [], size),
        indices(random, [whole(random, 1, 4)], size),
        indices(random, [2, 3], size),
        known(random, ...run),
      ]),
    ],
    attributes: { axis: pick(random, [axis, axis - shape.length]) },
  }
}

const gatherElements: Draw = (random) => {
  const shape = dims(random, whole(random, 1, 3))
  const axis = whole(random, 0, shape.length - 1)
  const taken = shape.map((size) => whole(random, 1, size)).with(axis, whole(random, 1, 4))
  return {
    inputs: [{ shape }, indices(random, taken, shape[axis]!)],
    attributes: { axis: pick(random, [axis, axis - shape.length]) },
  }
}

const gatherND: Draw = (random) => {
  const shape = dims(random, whole(random, 2, 4))
  const batch = whole(random, 0, 1)
  const depth = whole(random, 1, shape.length - batch)
  const rows = [...(batch === 1 ? [shape[0]!] : []), whole(random, 1, 3)]
  const tuples = Array.from({ length: rows.reduce((a, b) => a * b, 1) }, () =>
    Array.from({ length: depth }, (_, i) => whole(random, 0, shape[batch + i]! - 1)),
  )
  const where = { shape: [...rows, depth], ints: tuples.flat(), isComputed: chance(random) }
  return { inputs: [{ shape }, where], attributes: { batch_dims: batch } }
}

/** What several updates of one place may become; without one no place is written twice. */
const reductions = [undefined, 'none', 'add', 'mul', 'max', 'min'] as const

const scatterElements: Draw = (random) => {
  const shape = dims(random, whole(random, 1, 3))
  const axis = whole(random, 0, shape.length - 1)
  const reduction = pick(random, reductions)
  const meets = reduction !== undefined && reduction !== 'none' && chance(random)
  const taken = shape.map((size) => whole(random, 1, size))
  const count = taken.reduce((product, size) => product * size, 1)
  const order = shuffled(random, shape[axis]!)
  const inner = taken.slice(axis + 1).reduce((product, size) => product * size, 1)
  const places = Array.from({ length: count }, (_, i) => {
    const place = meets
      ? whole(random, 0, shape[axis]! - 1)
      : order[Math.floor(i / inner) % taken[axis]!]!
    return chance(random) ? place : place - shape[axis]!
  })
  return {
    inputs: [{ shape }, { shape: taken, ints: places }, { shape: taken }],
    attributes: { axis: pick(random, [axis, axis - shape.length]), reduction },
    opset: 18,
  }
}

const scatterND: Draw = (random) => {
  const shape = dims(random, whole(random, 1, 3))
  const depth = whole(random, 1, shape.length)
  const sizes = shape.slice(0, depth)
  const cells = sizes.reduce((product, size) => product * size, 1)
  const reduction = pick(random, reductions)
  const meets = reduction !== undefined && reduction !== 'none' && chance(random)
  const chosen = shuffled(random, cells)
    .slice(0, whole(random, 1, cells))
    .map((cell, _, all) => (meets ? all[0]! : cell))
  const tuples = chosen.map((cell) => {
    let rest = cell
    return sizes
      .toReversed()
      .map((size) => {
        const place = rest % size
        rest = Math.floor(rest / size)
        return place
      })
      .reverse()
  })
  return {
    inputs: [
      { shape },
      { shape: [chosen.length, depth], ints: tuples.flat() },
      { shape: [chosen.length, ...shape.slice(depth)] },
    ],
    attributes: { reduction },
    opset: 18,
  }
}

const pad: Draw = (random) => {
  const shape = [2, ...dims(random, whole(random, 1, 3), 4).map((size) => size + 1)]
  const mode = pick(random, [undefined, 'constant', 'constant', 'edge', 'reflect', 'wrap'])
  const isConstant = mode === undefined || mode === 'constant'
  const side = (size: number) => whole(random, isConstant ? -1 : 0, Math.min(2, size - 1))
  const inner = shape.slice(1)
  const pads = [...inner.map(side), ...inner.map(side)]
  const x = { shape, isBatched: true }
  const value = isConstant && chance(random) ? { shape: [] } : undefined
  const attributes = { mode }
  const opset = mode === 'wrap' ? 19 : pick(random, [17, 18])
  if (opset >= 18 && chance(random)) {
    const axes = inner.map((_, axis) => pick(random, [axis + 1, axis - inner.length]))
    return { inputs: [x, known(random, ...pads), value, known(random, ...axes)], attributes, opset }
  }
  const whole_ = [0, ...pads.slice(0, inner.length), 0, ...pads.slice(inner.length)]
  return { inputs: [x, known(random, ...whole_), value], attributes, opset }
}

export const indexingCases: RuleCases = {
  Slice: slice,
  Split: split,
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherND,
  ScatterElements: scatterElements,
  ScatterND: scatterND,
  Pad: pad,
  TopK: (random) => {
    const shape = dims(random, whole(random, 1, 3), 5)
    const axis = whole(random, 0, shape.length - 1)
    return {
      inputs: [
        { shape, isBatched: axis > 0 && chance(random) },
        ints(whole(random, 1, shape[axis]!)),
      ],
      attributes: { axis: pick(random, [axis, axis - shape.length]), largest: whole(random, 0, 1) },
      outputs: 2,
    }
  },
  Compress: (random) => {
    const shape = dims(random, whole(random, 1, 3))
    const axis = pick(random, [undefined, whole(random, -shape.length, shape.length - 1)])
    const size = axis === undefined ? shape.reduce((a, b) => a * b, 1) : shape.at(axis)!
    const flags = Array.from({ length: size }, () => whole(random, 0, 1)).with(0, 1)
    const condition: Operand = { shape: [size], ints: flags, type: 'bool' }
    return { inputs: [{ shape }, condition], attributes: { axis } }
  },
  ReverseSequence: (random) => {
    const isTimeFirst = chance(random)
    const [time, batch, rest] = dims(random, 3)
    const shape = [...(isTimeFirst ? [time!, batch!] : [batch!, time!]), rest!]
    const lengths = Array.from({ length: batch! }, () => whole(random, 1, time!))
    const attributes = { batch_axis: Number(isTimeFirst), time_axis: Number(!isTimeFirst) }
    return { inputs: [{ shape }, ints(...lengths)], attributes }
  },
  OneHot: (random) => {
    const places = dims(random, whole(random, 1, 2))
    const depth = whole(random, 1, 4)
    return {
      inputs: [indices(random, places, depth), { shape: [], ints: [depth] }, { shape: [2] }],
      attributes: { axis: whole(random, -1, places.length) },
    }
  },
}
