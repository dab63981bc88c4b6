import type { Random } from '@merlon/core'
import { type AttributeValue, float } from '../attributes.ts'

/** One operand of a case. `ints` are constants of the graph (axes, sizes); everything else is differentiated. */
export interface Operand {
  readonly shape: readonly number[]
  readonly low?: number
  readonly high?: number
  readonly ints?: readonly number[]
  /** The first axis is the batch and may have any size. */
  readonly isBatched?: boolean
}

/** A random use of one operator. */
export interface RuleCase {
  readonly inputs: readonly (Operand | undefined)[]
  readonly attributes?: Readonly<Record<string, AttributeValue | undefined>>
  readonly opset?: number
}

type Draw = (random: Random) => RuleCase

const whole = (random: Random, low: number, high: number) =>
  low + Math.floor(random() * (high - low + 1))
const pick = <T>(random: Random, choices: readonly T[]): T =>
  choices[Math.floor(random() * choices.length)]!
const chance = (random: Random) => random() < 0.5
const dims = (random: Random, rank: number, high = 4) =>
  Array.from({ length: rank }, () => whole(random, 1, high))
const ints = (...values: number[]): Operand => ({ shape: [values.length], ints: values })

/** Two operands that broadcast against each other in every way the rules of ONNX allow. */
function broadcasting(low = -2, high = 2, lowB = low, highB = high): Draw {
  return (random) => {
    const full = dims(random, whole(random, 1, 4))
    const thin = (shape: readonly number[]) =>
      shape.map((size) => (random() < 0.3 ? 1 : size)).slice(whole(random, 0, shape.length - 1))
    const isBatched = chance(random) && full.length > 1
    const wide = isBatched ? full.with(0, 2) : full
    const other = isBatched ? thin(wide.slice(1)) : thin(wide)
    const a = { shape: wide, low, high, isBatched }
    const b = { shape: other, low: lowB, high: highB }
    if (isBatched || chance(random)) return { inputs: [a, b] }
    return {
      inputs: [
        { ...b, low, high },
        { ...a, low: lowB, high: highB },
      ],
    }
  }
}

function one(
  low = -2,
  high = 2,
  attributes?: (random: Random) => NonNullable<RuleCase['attributes']>,
): Draw {
  return (random) => ({
    inputs: [{ shape: dims(random, whole(random, 1, 4)), low, high, isBatched: chance(random) }],
    ...(attributes === undefined ? {} : { attributes: attributes(random) }),
  })
}

const gemm: Draw = (random) => {
  const [m, k, n] = [whole(random, 1, 4), whole(random, 1, 4), whole(random, 1, 4)]
  const transA = whole(random, 0, 2)
  const transB = whole(random, 0, 2)
  const c = pick(random, [[n], [1, n], [m, 1], [1], [m, n], undefined])
  return {
    inputs: [
      { shape: transA ? [k, m] : [m, k], isBatched: !transA && (c === undefined || c[0] !== m) },
      { shape: transB ? [n, k] : [k, n] },
      c === undefined ? undefined : { shape: c },
    ],
    attributes: { transA, transB, alpha: float(0.5 + random()), beta: float(0.5 + random()) },
  }
}

const matMul: Draw = (random) => {
  const [m, k, n, s] = dims(random, 4)
  const shapes: readonly (readonly [number[], number[]])[] = [
    [
      [m!, k!],
      [k!, n!],
    ],
    [
      [s!, m!, k!],
      [k!, n!],
    ],
    [
      [s!, m!, k!],
      [s!, k!, n!],
    ],
    [
      [m!, k!],
      [s!, k!, n!],
    ],
    [
      [1, s!, m!, k!],
      [2, 1, k!, n!],
    ],
    [[k!], [k!, n!]],
    [[m!, k!], [k!]],
    [[s!, m!, k!], [k!]],
    [[k!], [s!, k!, n!]],
    [[k!], [k!]],
  ]
  const [a, b] = pick(random, shapes)
  const isBatched = chance(random) && a.length > 1 && a[0] !== 1 && b.length < 3
  return { inputs: [{ shape: a, isBatched }, { shape: b }] }
}

const conv: Draw = (random) => {
  const rank = pick(random, [1, 2, 2, 2, 3])
  const groups = pick(random, [1, 1, 2, 3])
  const kernel = Array.from({ length: rank }, () => whole(random, 1, 3))
  const dilations = kernel.map(() => whole(random, 1, 2))
  const strides = kernel.map(() => whole(random, 1, 3))
  const extent = kernel.map((size, axis) => (size - 1) * dilations[axis]! + 1)
  const sizes = extent.map((size) => size + whole(random, 0, rank === 3 ? 2 : 4))
  const channels = whole(random, 1, 2)
  const filters = groups * whole(random, 1, 2)
  const auto = pick(random, [undefined, undefined, undefined, 'SAME_UPPER', 'SAME_LOWER', 'VALID'])
  const plain = auto?.startsWith('SAME') ? dilations.map(() => 1) : dilations
  const pads = [...extent, ...extent].map((size) => whole(random, 0, Math.min(2, size - 1)))
  return {
    inputs: [
      { shape: [2, groups * channels, ...sizes], isBatched: true },
      { shape: [filters, channels, ...kernel] },
      chance(random) ? { shape: [filters] } : undefined,
    ],
    attributes: {
      group: groups,
      strides,
      dilations: plain,
      kernel_shape: kernel,
      ...(auto === undefined ? { pads } : { auto_pad: auto }),
    },
  }
}

function pool(
  withCeil: boolean,
  extra: (random: Random) => RuleCase['attributes'] = () => ({}),
): Draw {
  return (random) => {
    const rank = pick(random, [1, 2, 2, 3])
    const kernel = Array.from({ length: rank }, () => whole(random, 1, 3))
    const isTiling = chance(random)
    const strides = isTiling ? kernel : kernel.map(() => whole(random, 1, 3))
    const sizes = kernel.map((size) =>
      isTiling ? size * whole(random, 1, 2) : size + whole(random, 0, 3),
    )
    const pads = [...kernel, ...kernel].map((size) => (isTiling ? 0 : whole(random, 0, size - 1)))
    return {
      inputs: [{ shape: [2, whole(random, 1, 2), ...sizes], isBatched: true }],
      attributes: {
        kernel_shape: kernel,
        strides,
        pads,
        ceil_mode: withCeil ? whole(random, 0, 1) : 0,
        ...extra(random),
      },
      opset: 19,
    }
  }
}

function reduction(axesAreInputFrom: number): Draw {
  return (random) => {
    const shape = dims(random, whole(random, 1, 4))
    const all = shape.map((_, axis) => (chance(random) ? axis : axis - shape.length))
    const axes = all.filter(() => chance(random))
    const keepdims = whole(random, 0, 1)
    const opset = pick(random, [17, 18])
    const x = { shape, isBatched: chance(random) }
    if (axes.length === 0) return { inputs: [x], attributes: { keepdims }, opset }
    return opset >= axesAreInputFrom
      ? { inputs: [x, ints(...axes)], attributes: { keepdims }, opset }
      : { inputs: [x], attributes: { keepdims, axes }, opset }
  }
}

const overAxis = one(-2, 2, (random) => ({ axis: pick(random, [-1, 0]) }))

const concat: Draw = (random) => {
  const shape = dims(random, whole(random, 1, 3))
  const axis = whole(random, 0, shape.length - 1)
  const isBatched = chance(random) && (axis > 0 || chance(random))
  const inputs = Array.from({ length: whole(random, 1, 3) }, () => ({
    shape: shape.with(axis, whole(random, 1, 3)),
    isBatched,
  }))
  return { inputs, attributes: { axis: chance(random) ? axis : axis - shape.length } }
}

const batchNormalization: Draw = (random) => {
  const shape = [2, whole(random, 1, 3), ...dims(random, whole(random, 0, 2))]
  const channel = { shape: [shape[1]!] }
  return {
    inputs: [
      { shape, isBatched: true },
      channel,
      channel,
      channel,
      { ...channel, low: 0.5, high: 2 },
    ],
    attributes: { epsilon: float(1e-3) },
  }
}

const transpose: Draw = (random) => {
  const shape = dims(random, whole(random, 1, 4))
  const order = shape.map((_, axis) => axis).sort(() => random() - 0.5)
  const perm = chance(random) ? order : undefined
  return { inputs: [{ shape, isBatched: chance(random) }], attributes: { perm } }
}

/** How each row of the table is drawn for the property tests: every operator, every attribute that the rule reads. */
export const ruleCases: Readonly<Record<string, Draw>> = {
  Add: broadcasting(),
  Sub: broadcasting(),
  Mul: broadcasting(),
  Div: broadcasting(-2, 2, 0.5, 2),
  Neg: one(),
  Identity: one(),
  Relu: one(),
  LeakyRelu: one(-2, 2, (random) => ({ alpha: float(random() - 0.3) })),
  Sigmoid: one(-4, 4),
  Tanh: one(),
  Exp: one(),
  Log: one(0.5, 3),
  Sqrt: one(0.5, 3),
  Clip: (random) => ({
    inputs: [
      { shape: dims(random, 3), isBatched: chance(random) },
      chance(random) ? { shape: [], low: -1, high: -0.5 } : undefined,
      chance(random) ? { shape: [], low: 0.5, high: 1 } : undefined,
    ],
  }),
  Cast: one(-2, 2, () => ({ to: 1 })),
  Gemm: gemm,
  MatMul: matMul,
  Conv: conv,
  MaxPool: pool(true),
  AveragePool: pool(true, (random) => ({ count_include_pad: whole(random, 0, 1) })),
  GlobalAveragePool: (random) => ({
    inputs: [{ shape: [2, ...dims(random, whole(random, 2, 3))], isBatched: true }],
  }),
  BatchNormalization: batchNormalization,
  ReduceSum: reduction(13),
  ReduceMean: reduction(18),
  Softmax: overAxis,
  LogSoftmax: overAxis,
  Flatten: (random) => {
    const shape = dims(random, whole(random, 1, 4))
    return {
      inputs: [{ shape, isBatched: chance(random) }],
      attributes: { axis: whole(random, -shape.length, shape.length) },
    }
  },
  Reshape: (random) => {
    const [a, b, c] = dims(random, 3)
    const target = pick(random, [[-1, b! * c!], [0, -1], [0, 0, -1], [-1]])
    return { inputs: [{ shape: [a!, b!, c!], isBatched: chance(random) }, ints(...target)] }
  },
  Squeeze: (random) => ({
    inputs: [
      { shape: [2, 1, 3, 1], isBatched: true },
      pick(random, [ints(1), ints(-1, 1), ints(3)]),
    ],
  }),
  Unsqueeze: (random) => ({
    inputs: [{ shape: [2, 3], isBatched: true }, pick(random, [ints(0), ints(-1, 1), ints(2, 3)])],
  }),
  Transpose: transpose,
  Concat: concat,
  Dropout: one(),
}
