import type { Random } from '@merlon/core'
import { type AttributeValue, float } from '../attributes.ts'
import { convolutionCases } from '../gradient/cases/convolution.test-support.ts'
import type { Draw, Operand, RuleCases } from '../gradient/cases/draw.test-support.ts'
import { chance, dims, pick, whole } from '../gradient/cases/draw.test-support.ts'
import { viewCases } from './view-cases.test-support.ts'

function recurrent(gates: number, extra: (random: Random, hidden: number) => Extra): Draw {
  return (random) => {
    const [steps, batch, width, hidden] = [
      whole(random, 1, 4),
      2,
      whole(random, 1, 3),
      whole(random, 1, 3),
    ]
    const direction = pick(random, ['forward', 'reverse', 'bidirectional'])
    const count = direction === 'bidirectional' ? 2 : 1
    const { attributes, peepholes } = extra(random, hidden)
    const state = (): Operand | undefined =>
      chance(random) ? { shape: [count, batch, hidden] } : undefined
    const lengths = chance(random)
      ? { shape: [batch], ints: [whole(random, 1, steps), steps], type: 'int32' as const }
      : undefined
    return {
      inputs: [
        { shape: [steps, batch, width] },
        { shape: [count, gates * hidden, width] },
        { shape: [count, gates * hidden, hidden] },
        chance(random) ? { shape: [count, 2 * gates * hidden] } : undefined,
        lengths,
        state(),
        ...(gates === 4 ? [state(), peepholes ? { shape: [count, 3 * hidden] } : undefined] : []),
      ],
      attributes: { hidden_size: hidden, direction, ...attributes },
      outputs: gates === 4 ? 3 : 2,
    }
  }
}

interface Extra {
  readonly attributes?: Readonly<Record<string, number>>
  readonly peepholes?: boolean
}

const microsoft = { domain: 'com.microsoft' }

/** Activations as FusedConv and FusedGemm may hold them, with their parameters. */
function activation(random: Random): readonly [string, readonly number[]] {
  const choices: readonly (readonly [string, readonly number[]])[] = [
    ['Relu', []],
    ['Sigmoid', []],
    ['Tanh', []],
    ['LeakyRelu', [0.2]],
    ['HardSigmoid', [0.3, 0.4]],
  ]
  return pick(random, choices)
}

const fusedConv: Draw = (random) => {
  const drawn = convolutionCases.Conv!(random)
  const [name, values] = pick(random, [activation(random), ['Clip', [-0.5, 1.5]] as const])
  const rest = { group: 1, kernel_shape: drawn.attributes?.kernel_shape }
  const [x, w, b] = drawn.inputs
  const inputs = [{ ...x!, shape: [2, w!.shape[1]!, ...x!.shape.slice(2)] }, w, b]
  const attributes = { ...rest, activation: name, activation_params: { floats: values } }
  return { inputs, attributes, ...microsoft }
}

const fusedGemm: Draw = (random) => {
  const [name, [alpha, beta]] = activation(random)
  const [m, k, n] = [2, whole(random, 1, 4), whole(random, 1, 4)]
  return {
    inputs: [{ shape: [m, k], isBatched: true }, { shape: [n, k] }, { shape: [n] }],
    attributes: {
      transB: 1,
      alpha: float(1.5),
      activation: name,
      activation_alpha: alpha === undefined ? undefined : float(alpha),
      activation_beta: beta === undefined ? undefined : float(beta),
    },
    ...microsoft,
  }
}

const fusedMatMul: Draw = (random) => {
  const [m, k, n] = [whole(random, 1, 4), whole(random, 1, 4), whole(random, 1, 4)]
  const [transA, transB] = [whole(random, 0, 1), whole(random, 0, 1)]
  return {
    inputs: [
      { shape: [2, ...(transA ? [k, m] : [m, k])], isBatched: true },
      { shape: transB ? [n, k] : [k, n] },
    ],
    attributes: { transA, transB, alpha: float(0.5) },
    ...microsoft,
  }
}

/** [batch, places, width] and further operands of the last axis. */
function rows(
  others: (width: number, random: Random) => readonly (Operand | undefined)[],
  attributes: Readonly<Record<string, AttributeValue>> = {},
  domain = 'com.microsoft',
): Draw {
  return (random) => {
    const width = whole(random, 2, 5)
    const shape = [2, whole(random, 1, 3), width]
    const inputs = [{ shape, isBatched: true }, ...others(width, random)]
    return { inputs, attributes, domain }
  }
}

function skipped(
  ...others: readonly ((width: number, random: Random) => Operand | undefined)[]
): Draw {
  return (random) => {
    const shape = [2, ...dims(random, 2)].with(2, whole(random, 2, 5))
    const x = { shape, isBatched: true }
    return {
      inputs: [x, x, ...others.map((other) => other(shape[2]!, random))],
      attributes: { epsilon: float(1e-3) },
      ...microsoft,
    }
  }
}

const embedded: Draw = (random) => {
  const [places, width] = [whole(random, 1, 3), whole(random, 2, 5)]
  const ids = (most: number): Operand => ({
    shape: [2, places],
    ints: Array.from({ length: 2 * places }, () => whole(random, 0, most - 1)),
    type: 'int32',
  })
  const table = (rows: number): Operand => ({ shape: [rows, width] })
  const segments = chance(random) ? [ids(2), table(2)] : [undefined, undefined]
  const isStated = chance(random)
  return {
    inputs: [
      ids(5),
      segments[0],
      table(5),
      table(4),
      segments[1],
      line(width),
      line(width),
      ids(2),
      ...(isStated ? [ids(4)] : []),
    ],
    attributes: { epsilon: float(0.05) },
    outputs: 3,
    ...microsoft,
  }
}

const line = (width: number): Operand => ({ shape: [width] })
const maybeLine = (width: number, random: Random) => (chance(random) ? line(width) : undefined)

/** Nothing, the lengths of two samples, or 1 for what counts; the first place always does. */
function maskOf(random: Random, places: number, keys: number): Operand | undefined {
  const shape = pick(random, [undefined, [2], [2, keys], [2, places, keys]])
  if (shape === undefined) return undefined
  const size = shape.reduce((product, each) => product * each, 1)
  const ints = Array.from({ length: size }, (_, at) =>
    shape.length === 1 ? whole(random, 1, keys) : Number(at % keys === 0 || chance(random)),
  )
  return { shape, ints, type: 'int32' }
}

const attention: Draw = (random) => {
  const [count, head, width, places] = [
    whole(random, 1, 2),
    whole(random, 1, 3),
    3,
    whole(random, 1, 3),
  ]
  const hidden = count * head
  const mask = maskOf(random, places, places)
  return {
    inputs: [
      { shape: [2, places, width], isBatched: mask === undefined },
      { shape: [width, 3 * hidden] },
      { shape: [3 * hidden] },
      mask,
    ],
    attributes: {
      num_heads: count,
      unidirectional: whole(random, 0, 1),
      scale: chance(random) ? float(0.7) : undefined,
    },
    ...microsoft,
  }
}

const multiHeadAttention: Draw = (random) => {
  const [count, head, places, keys] = [
    whole(random, 1, 2),
    whole(random, 1, 3),
    whole(random, 1, 3),
    whole(random, 1, 3),
  ]
  const hidden = count * head
  const mask = maskOf(random, places, keys)
  const isBatched = mask === undefined
  const operand = (length: number) => ({ shape: [2, length, hidden], isBatched })
  return {
    inputs: [
      operand(places),
      operand(keys),
      operand(keys),
      chance(random) ? { shape: [3 * hidden] } : undefined,
      mask,
      chance(random) ? { shape: [1, count, places, keys] } : undefined,
    ],
    attributes: { num_heads: count },
    ...microsoft,
  }
}

/** How each operator that is written in plain ones is drawn; other domains as `domain:Op`. */
const standardAttention: Draw = (random) => {
  const [keys, times, places, others, width] = [
    whole(random, 1, 2),
    whole(random, 1, 3),
    whole(random, 1, 3),
    whole(random, 1, 4),
    whole(random, 1, 3),
  ]
  const heads = keys * times
  const isFlat = chance(random)
  const operand = (count: number, length: number, size: number): Operand => ({
    shape: isFlat ? [2, length, count * size] : [2, count, length, size],
    isBatched: true,
  })
  const isSeen = Array.from({ length: places * others }, (_, at) =>
    Number(at % others === 0 || chance(random)),
  )
  const mask = pick<Operand | undefined>(random, [
    undefined,
    { shape: [places, others] },
    { shape: [1, heads, places, others] },
    { shape: [places, others], ints: isSeen, type: 'bool' },
  ])
  return {
    inputs: [
      operand(heads, places, width),
      operand(keys, others, width),
      operand(keys, others, whole(random, 1, 3)),
      mask,
    ],
    attributes: {
      ...(isFlat ? { q_num_heads: heads, kv_num_heads: keys } : {}),
      is_causal: whole(random, 0, 1),
      scale: chance(random) ? float(0.7) : undefined,
      softcap: mask === undefined && chance(random) ? float(1.5) : undefined,
    },
    opset: 23,
  }
}

export const decompositionCases: RuleCases = {
  Attention: standardAttention,
  RNN: recurrent(1, () => ({})),
  GRU: recurrent(3, (random) => ({ attributes: { linear_before_reset: whole(random, 0, 1) } })),
  LSTM: recurrent(4, (random) => ({
    peepholes: chance(random),
    attributes: { input_forget: random() < 0.3 ? 1 : 0 },
  })),
  'com.microsoft:FusedConv': fusedConv,
  'com.microsoft:FusedGemm': fusedGemm,
  'com.microsoft:FusedMatMul': fusedMatMul,
  'com.microsoft:Gelu': rows(() => []),
  'com.microsoft:BiasGelu': rows((width) => [line(width)]),
  'com.microsoft:FastGelu': rows((width, random) => [maybeLine(width, random)]),
  'com.microsoft:QuickGelu': rows(() => [], { alpha: float(1.5) }),
  'com.microsoft:EmbedLayerNormalization': embedded,
  'com.microsoft:SkipLayerNormalization': skipped(line, maybeLine, maybeLine),
  'com.microsoft:SkipSimplifiedLayerNormalization': skipped(line, maybeLine),
  SimplifiedLayerNormalization: rows((width) => [line(width)], { epsilon: float(1e-3) }, ''),
  'com.microsoft:Attention': attention,
  'com.microsoft:MultiHeadAttention': multiHeadAttention,
  ...viewCases,
}
