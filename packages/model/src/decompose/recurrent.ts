import { attribute, intAttribute, stringAttribute } from '../attributes.ts'
import type { GraphNode } from '../graph.ts'
import { limits } from '../limits.ts'
import type { Decomposition, Decompositions } from './decomposition.ts'
import { given, optional, type Rewriter } from './rewriter.ts'

/** What one direction of a recurrent layer computes with; every value is two-dimensional or a vector. */
interface Direction {
  readonly r: Rewriter
  readonly node: GraphNode
  readonly hidden: number
  /** R transposed: [hidden, gates hidden]. */
  readonly recurrence: string
  /** The recurrent half of B: [gates hidden], if there is a B. */
  readonly recurrentBias: string | undefined
  /** [3 hidden], of an LSTM that looks at its cell state. */
  readonly peepholes: string | undefined
  /** The activation functions f, g, h. */
  readonly activate: readonly ((x: string) => string)[]
}

/** One step: what X W^T + Wb holds for it, and the states before it, to the states after it. */
type Step = (direction: Direction, xw: string, states: readonly string[]) => string[]

interface Cell {
  readonly gates: number
  /** Input indices of the initial states; the first state is the output. */
  readonly initial: readonly number[]
  readonly activations: readonly string[]
  readonly step: Step
}

/** RNN: H = f(X W^T + H R^T + Wb + Rb). */
const rnnStep: Step = ({ r, recurrence, recurrentBias, activate }, xw, [h = '']) => {
  const sum = r.emit('Add', [xw, biased(r, r.emit('MatMul', [h, recurrence]), recurrentBias)])
  return [activate[0]!(sum)]
}

/** GRU, gates z, r, h: H = (1 - z) h + z H. */
const gruStep: Step = (direction, xw, [h = '']) => {
  const { r, node, hidden, recurrence, recurrentBias, activate } = direction
  const [f, g] = activate
  const [xGates = '', xHidden = ''] = r.emitMany('Split', [xw, r.ints([2 * hidden, hidden])], 2, {
    axis: 1,
  })
  const [rGates = '', rHidden = ''] = r.emitMany(
    'Split',
    [recurrence, r.ints([2 * hidden, hidden])],
    2,
    { axis: 1 },
  )
  const [gateBias, hiddenBias] =
    recurrentBias === undefined
      ? []
      : r.emitMany('Split', [recurrentBias, r.ints([2 * hidden, hidden])], 2, { axis: 0 })
  const gates = f!(r.emit('Add', [xGates, biased(r, r.emit('MatMul', [h, rGates]), gateBias)]))
  const [z = '', reset = ''] = r.emitMany('Split', [gates, r.ints([hidden, hidden])], 2, {
    axis: 1,
  })
  const recurrent =
    intAttribute(node, 'linear_before_reset', 0) === 0
      ? biased(r, r.emit('MatMul', [r.emit('Mul', [reset, h]), rHidden]), hiddenBias)
      : r.emit('Mul', [reset, biased(r, r.emit('MatMul', [h, rHidden]), hiddenBias)])
  const candidate = g!(r.emit('Add', [xHidden, recurrent]))
  // (1 - z) h + z H = h + z (H - h)
  const moved = r.emit('Mul', [z, r.emit('Sub', [h, candidate])])
  return [r.emit('Add', [candidate, moved])]
}

/** LSTM, gates i, o, f, c: C = f C + i c; H = o h(C). Peepholes look at C: i and f before the step, o after. */
const lstmStep: Step = (direction, xw, [h = '', cell = '']) => {
  const { r, node, hidden, recurrence, recurrentBias, peepholes, activate } = direction
  const [f, g, last] = activate
  const sums = r.emit('Add', [xw, biased(r, r.emit('MatMul', [h, recurrence]), recurrentBias)])
  const each = r.ints(new Array<number>(4).fill(hidden))
  const [i = '', o = '', forget = '', c = ''] = r.emitMany('Split', [sums, each], 4, { axis: 1 })
  const [pi, po, pf] =
    peepholes === undefined
      ? []
      : r.emitMany('Split', [peepholes, r.ints([hidden, hidden, hidden])], 3, { axis: 0 })
  const look = (gate: string, at: string, weights: string | undefined) =>
    f!(weights === undefined ? gate : r.emit('Add', [gate, r.emit('Mul', [weights, at])]))
  const inputGate = look(i, cell, pi)
  const isCoupled = intAttribute(node, 'input_forget', 0) === 1
  const forgetGate = isCoupled
    ? r.emit('Sub', [r.scalar(1, node.inputs[0] ?? ''), inputGate])
    : look(forget, cell, pf)
  const kept = r.emit('Mul', [forgetGate, cell])
  const next = r.emit('Add', [kept, r.emit('Mul', [inputGate, g!(c)])])
  return [r.emit('Mul', [look(o, next, po), last!(next)]), next]
}

function biased(r: Rewriter, value: string, bias: string | undefined): string {
  return bias === undefined ? value : r.emit('Add', [value, bias])
}

/** A recurrent layer as one product for all inputs, then step after step. */
function recurrent(cell: Cell): Decomposition {
  return (r, node) => {
    if (attribute(node, 'clip') !== undefined) r.refuse('it clips what its gates read')
    const isBatchFirst = intAttribute(node, 'layout', 0) === 1
    const swap = (value: string, perm: readonly number[]) =>
      isBatchFirst ? r.emit('Transpose', [value], { perm }) : value
    const steps = r.size(given(r, node, 0), isBatchFirst ? 1 : 0)
    if (steps > limits.unrolledStepsMax) {
      r.refuse(`it takes ${steps} steps, more than ${limits.unrolledStepsMax}`)
    }
    const isRunning = lengthsOf(r, node, steps)
    const x = swap(given(r, node, 0), [1, 0, 2])
    const kind = stringAttribute(node, 'direction', 'forward')
    const count = kind === 'bidirectional' ? 2 : 1
    const hidden = r.size(given(r, node, 2), 2)
    const parts = new Map(
      [1, 2, 3, 7, ...cell.initial].flatMap((index) => {
        const value = optional(node, index)
        if (value === undefined || (index === 7 && cell.gates !== 4)) return []
        const turned = cell.initial.includes(index) ? swap(value, [1, 0, 2]) : value
        return [[index, perDirection(r, turned, count)] as const]
      }),
    )
    const all = Array.from({ length: count }, (_, at) => {
      const isReversed = kind === 'reverse' || at === 1
      const part = (index: number) => parts.get(index)?.[at]
      return oneDirection(r, node, cell, {
        ...{ x, steps, hidden, part, at, count, isReversed, isRunning },
      })
    })
    const lines = all.map(({ outputs }) => {
      const wide = outputs.map((h) => r.emit('Unsqueeze', [h, r.ints([0, 1])]))
      return r.emit('Concat', wide, { axis: 0 })
    })
    const y = swap(r.emit('Concat', lines, { axis: 1 }), [2, 0, 1, 3])
    const lasts = cell.initial.map((_, state) => {
      const ends = all.map(({ states }) => r.emit('Unsqueeze', [states[state], r.ints([0])]))
      return swap(r.emit('Concat', ends, { axis: 0 }), [1, 0, 2])
    })
    return [y, ...lasts]
  }
}

/** For a step: [batch, 1], true for the sequences that still run; `undefined` if all of them run to the end. */
type Running = (step: number) => string | undefined

/** Where sequences may end early (sequence_lens). */
function lengthsOf(r: Rewriter, node: GraphNode, steps: number): Running {
  const lengths = optional(node, 4)
  const known = r.numbers(lengths)
  if (lengths === undefined || known?.every((length) => length === steps)) return () => undefined
  const column = r.emit('Unsqueeze', [lengths, r.ints([1])])
  const made = new Map<number, string>()
  return (step) => {
    const bytes = new Uint8Array(Int32Array.of(step).buffer)
    const mask =
      made.get(step) ?? r.emit('Less', [r.keep({ type: 'int32', shape: [], bytes }), column])
    made.set(step, mask)
    return mask
  }
}

/** [directions, ...] as one value per direction. */
function perDirection(r: Rewriter, value: string, count: number): string[] {
  const ones = r.ints(new Array<number>(count).fill(1))
  const parts = count === 1 ? [value] : r.emitMany('Split', [value, ones], count, { axis: 0 })
  return parts.map((part) => r.emit('Squeeze', [part, r.ints([0])]))
}

interface Layout {
  readonly x: string
  readonly steps: number
  readonly hidden: number
  readonly part: (index: number) => string | undefined
  readonly at: number
  readonly count: number
  readonly isReversed: boolean
  readonly isRunning: Running
}

function oneDirection(
  r: Rewriter,
  node: GraphNode,
  cell: Cell,
  { x, steps, hidden, part, at, count, isReversed, isRunning }: Layout,
): { readonly outputs: readonly string[]; readonly states: readonly string[] } {
  const turned = (index: number) => r.emit('Transpose', [part(index)], { perm: [1, 0] })
  const half = cell.gates * hidden
  const bias = part(3)
  const [inputBias, recurrentBias] =
    bias === undefined ? [] : r.emitMany('Split', [bias, r.ints([half, half])], 2, { axis: 0 })
  const product = biased(r, r.emit('MatMul', [x, turned(1)]), inputBias)
  const ones = r.ints(new Array<number>(steps).fill(1))
  const lines = r
    .emitMany('Split', [product, ones], steps, { axis: 0 })
    .map((line) => r.emit('Squeeze', [line, r.ints([0])]))
  const direction: Direction = {
    r,
    node,
    hidden,
    recurrence: turned(2),
    recurrentBias,
    peepholes: part(7),
    activate: activations(r, node, cell, at, count),
  }
  const zeros = zeroState(r, x, hidden)
  const zero = r.scalar(0, x)
  let states = cell.initial.map((index) => part(index) ?? zeros())
  const outputs = new Array<string>(steps)
  for (let step = 0; step < steps; step++) {
    const time = isReversed ? steps - 1 - step : step
    const next = cell.step(direction, lines[time]!, states)
    // A sequence that has ended keeps its states and answers 0; backwards, it has not begun yet.
    const mask = isRunning(time)
    states =
      mask === undefined ? next : next.map((each, i) => r.emit('Where', [mask, each, states[i]]))
    outputs[time] = mask === undefined ? next[0]! : r.emit('Where', [mask, next[0], zero])
  }
  return { outputs, states }
}

/** [batch, hidden] zeros, made once when they are needed; the batch is read when the graph runs. */
function zeroState(r: Rewriter, x: string, hidden: number): () => string {
  let made: string | undefined
  return () => {
    if (made !== undefined) return made
    const rows = r.emit('Shape', [x], { start: 1, end: 2 })
    const shape = r.emit('Concat', [rows, r.ints([hidden])], { axis: 0 })
    made = r.emit('Expand', [r.scalar(0, x), shape])
    return made
  }
}

/** Activation functions that need no more than their defaults. */
const activationOperators: Readonly<Record<string, string>> = {
  sigmoid: 'Sigmoid',
  tanh: 'Tanh',
  relu: 'Relu',
  hardsigmoid: 'HardSigmoid',
  leakyrelu: 'LeakyRelu',
  elu: 'Elu',
  softsign: 'Softsign',
  softplus: 'Softplus',
}

function activations(
  r: Rewriter,
  node: GraphNode,
  cell: Cell,
  at: number,
  count: number,
): ((x: string) => string)[] {
  const text = new TextDecoder()
  const stated = attribute(node, 'activations')?.strings.map((each) => text.decode(each))
  const size = cell.activations.length
  if (stated !== undefined && stated.length !== size * count) {
    r.refuse(`it names ${stated.length} activations where ${size * count} are needed`)
  }
  if (attribute(node, 'activation_alpha') ?? attribute(node, 'activation_beta')) {
    r.refuse('its activations have parameters of their own')
  }
  const names = stated?.slice(at * size, (at + 1) * size) ?? cell.activations
  return names.map((name) => {
    const op = activationOperators[name.toLowerCase()] ?? r.refuse(`it uses the activation ${name}`)
    return (x) => r.emit(op, [x])
  })
}

/** Recurrent layers, written out step by step. */
export const recurrentDecompositions: Decompositions = {
  RNN: recurrent({ gates: 1, initial: [5], activations: ['Tanh'], step: rnnStep }),
  GRU: recurrent({ gates: 3, initial: [5], activations: ['Sigmoid', 'Tanh'], step: gruStep }),
  LSTM: recurrent({
    gates: 4,
    initial: [5, 6],
    activations: ['Sigmoid', 'Tanh', 'Tanh'],
    step: lstmStep,
  }),
}
