import { floatAttribute, intAttribute, intsAttribute } from './attributes.ts'
import { numbersOf } from './constant.ts'
import { elementTypeOf } from './element-type.ts'
import type { Graph, GraphNode } from './graph.ts'
import {
  at,
  broadcast,
  build,
  count,
  pointwise,
  positive,
  type Reference,
  reference,
  stridesOf,
} from './reference-tensor.test-support.ts'
import {
  averagePool,
  batchNormalization,
  conv,
  convTranspose,
  maxPool,
} from './reference-windows.test-support.ts'

/**
 * Runs a graph in double precision, operator by operator as the ONNX specification defines them and with no
 * regard for speed. It is the independent truth that gradient rules are held against.
 */
export function interpret(
  graph: Graph,
  feeds: Readonly<Record<string, Reference>>,
): Record<string, Reference> {
  const values = new Map(Object.entries(feeds))
  for (const [name, constant] of graph.constants) {
    const type = constant.type === 'int64' ? 'int64' : constant.type === 'bool' ? 'bool' : 'float32'
    values.set(name, reference(constant.shape, numbersOf(constant), type))
  }
  for (const node of graph.nodes) {
    const run = operators[node.op]
    if (run === undefined) throw new Error(`the reference interpreter has no ${node.op}`)
    const inputs = node.inputs.map((name) => {
      const value = values.get(name)
      if (value === undefined && name !== '') throw new Error(`${name} is used before it is made`)
      return value
    })
    const made = run(node, inputs)
    const outputs = Array.isArray(made) ? made : [made]
    for (const [index, name] of node.outputs.entries()) {
      const output = outputs[index]
      if (name !== '' && output !== undefined) values.set(name, output)
    }
  }
  return Object.fromEntries(values)
}

type Inputs = readonly (Reference | undefined)[]
type Run = (node: GraphNode, inputs: Inputs) => Reference | Reference[]

function first(inputs: Inputs): Reference {
  return given(inputs[0])
}

function given(value: Reference | undefined): Reference {
  if (value === undefined) throw new Error('an input is missing')
  return value
}

function each(f: (x: number, node: GraphNode) => number): Run {
  return (node, inputs) => pointwise((x) => f(x, node), [first(inputs)])
}

function both(f: (a: number, b: number) => number, type?: Reference['type']): Run {
  return (_, [a, b]) => pointwise(f, [given(a), given(b)], type)
}

function whole(inputs: Inputs, index: number): number[] | undefined {
  const value = inputs[index]
  return value === undefined ? undefined : [...value.data]
}

function reshaped(x: Reference, shape: readonly number[]): Reference {
  return { ...x, shape }
}

const reshape: Run = (node, inputs) => {
  const x = first(inputs)
  const keepsZero = intAttribute(node, 'allowzero', 0) === 1
  const asked = (whole(inputs, 1) ?? []).map((size, axis) =>
    size === 0 && !keepsZero ? (x.shape[axis] ?? 0) : size,
  )
  const known = asked.reduce((product, size) => (size < 0 ? product : product * size), 1)
  return reshaped(
    x,
    asked.map((size) => (size < 0 ? count(x.shape) / known : size)),
  )
}

function reduce(node: GraphNode, inputs: Inputs, isMean: boolean): Reference {
  const x = first(inputs)
  const rank = x.shape.length
  const stated = whole(inputs, 1) ?? intsAttribute(node, 'axes') ?? []
  const none = stated.length === 0 && intAttribute(node, 'noop_with_empty_axes', 0) === 1
  const axes = stated.map((axis) => positive(axis, rank))
  const isReduced = (axis: number) => !none && (axes.length === 0 || axes.includes(axis))
  const kept = x.shape.map((size, axis) => (isReduced(axis) ? 1 : size))
  const sum = new Float64Array(count(kept))
  const strides = stridesOf(kept)
  let from = 0
  build(x.shape, (index) => {
    let to = 0
    for (const [axis, place] of index.entries()) if (!isReduced(axis)) to += place * strides[axis]!
    sum[to]! += x.data[from++]!
    return 0
  })
  const parts = isMean ? count(x.shape) / sum.length : 1
  const shape =
    intAttribute(node, 'keepdims', 1) === 1 ? kept : x.shape.filter((_, axis) => !isReduced(axis))
  return reference(
    shape,
    sum.map((value) => value / parts),
    x.type,
  )
}

function softmax(node: GraphNode, inputs: Inputs, isLog: boolean): Reference {
  const x = first(inputs)
  const axis = positive(intAttribute(node, 'axis', -1), x.shape.length)
  const size = x.shape[axis] ?? 1
  return build(x.shape, (index) => {
    const line = Array.from({ length: size }, (_, i) => at(x, index.with(axis, i)))
    const most = Math.max(...line)
    const total = line.reduce((sum, value) => sum + Math.exp(value - most), 0)
    const own = line[index[axis]!]! - most
    return isLog ? own - Math.log(total) : Math.exp(own) / total
  })
}

function matMul(a: Reference, b: Reference): Reference {
  const left = a.shape.length === 1 ? reshaped(a, [1, ...a.shape]) : a
  const right = b.shape.length === 1 ? reshaped(b, [...b.shape, 1]) : b
  const batch = broadcast(left.shape.slice(0, -2), right.shape.slice(0, -2))
  const depth = left.shape.at(-1) ?? 0
  const shape = [...batch, left.shape.at(-2) ?? 1, right.shape.at(-1) ?? 1]
  const y = build(shape, (index) => {
    const lead = index.slice(0, -2)
    let sum = 0
    for (let k = 0; k < depth; k++) {
      sum += at(left, [...lead, index.at(-2) ?? 0, k]) * at(right, [...lead, k, index.at(-1) ?? 0])
    }
    return sum
  })
  const final = shape.filter(
    (_, axis) =>
      !(a.shape.length === 1 && axis === shape.length - 2) &&
      !(b.shape.length === 1 && axis === shape.length - 1),
  )
  return reshaped(y, final)
}

function transpose(x: Reference, perm: readonly number[]): Reference {
  const shape = perm.map((axis) => x.shape[axis]!)
  return build(
    shape,
    (index) =>
      at(
        x,
        x.shape.map((_, axis) => index[perm.indexOf(axis)]!),
      ),
    x.type,
  )
}

const gemm: Run = (node, [a, b, c]) => {
  const flip = (x: Reference, name: string) =>
    intAttribute(node, name, 0) === 0 ? x : transpose(x, [1, 0])
  const product = matMul(flip(given(a), 'transA'), flip(given(b), 'transB'))
  const alpha = floatAttribute(node, 'alpha', 1)
  const beta = floatAttribute(node, 'beta', 1)
  return pointwise((y, bias) => alpha * y + beta * bias, [product, c ?? reference([], [0])])
}

const slice: Run = (_, inputs) => {
  const x = first(inputs)
  const starts = whole(inputs, 1) ?? []
  const ends = whole(inputs, 2) ?? []
  const axes = whole(inputs, 3) ?? starts.map((__, axis) => axis)
  const steps = whole(inputs, 4) ?? starts.map(() => 1)
  const picks = x.shape.map((size) => Array.from({ length: size }, (__, i) => i))
  for (const [i, stated] of axes.entries()) {
    const axis = positive(stated, x.shape.length)
    const size = x.shape[axis]!
    const step = steps[i]!
    const [low, high] = step > 0 ? [0, size] : [-1, size - 1]
    const start = Math.min(Math.max(positive(starts[i]!, size), step > 0 ? 0 : low), high)
    const end = Math.min(Math.max(positive(ends[i]!, size), low), high)
    picks[axis] = []
    for (let at_ = start; step > 0 ? at_ < end : at_ > end; at_ += step) picks[axis].push(at_)
  }
  return build(
    picks.map((pick) => pick.length),
    (index) =>
      at(
        x,
        index.map((place, axis) => picks[axis]![place]!),
      ),
    x.type,
  )
}

const concat: Run = (node, inputs) => {
  const parts = inputs.map(given)
  const axis = positive(intAttribute(node, 'axis', 0), parts[0]!.shape.length)
  const owners = parts.flatMap((part) =>
    Array.from({ length: part.shape[axis]! }, (_, i) => ({ part, i })),
  )
  return build(
    parts[0]!.shape.with(axis, owners.length),
    (index) => {
      const { part, i } = owners[index[axis]!]!
      return at(part, index.with(axis, i))
    },
    parts[0]!.type,
  )
}

const split: Run = (node, inputs) => {
  const x = first(inputs)
  const axis = positive(intAttribute(node, 'axis', 0), x.shape.length)
  let start = 0
  return (whole(inputs, 1) ?? []).map((size) => {
    const from = start
    start += size
    return build(x.shape.with(axis, size), (index) => at(x, index.with(axis, index[axis]! + from)))
  })
}

const scatterElements: Run = (node, [data, indices, updates]) => {
  const result = given(data).data.slice()
  const adds = intAttributeText(node) === 'add'
  given(indices).data.forEach((to, from) => {
    const value = given(updates).data[from]!
    result[to] = adds ? result[to]! + value : value
  })
  return reference(given(data).shape, result)
}

function intAttributeText(node: GraphNode): string {
  const found = node.attributes.find(({ name }) => name === 'reduction')?.s
  return found === undefined ? 'none' : new TextDecoder().decode(found)
}

const squeeze: Run = (_, inputs) => {
  const x = first(inputs)
  const axes = whole(inputs, 1)?.map((axis) => positive(axis, x.shape.length))
  return reshaped(
    x,
    x.shape.filter((size, axis) => !(axes?.includes(axis) ?? size === 1)),
  )
}

const unsqueeze: Run = (_, inputs) => {
  const x = first(inputs)
  const rank = x.shape.length + (whole(inputs, 1)?.length ?? 0)
  const axes = (whole(inputs, 1) ?? []).map((axis) => positive(axis, rank)).sort((a, b) => a - b)
  const shape = [...x.shape]
  for (const axis of axes) shape.splice(axis, 0, 1)
  return reshaped(x, shape)
}

function cast(x: Reference, type: string | undefined): Reference {
  if (type === 'bool') return pointwise((value) => Number(value !== 0), [x], 'bool')
  if (type === 'int64') return pointwise(Math.trunc, [x], 'int64')
  return { ...x, type: 'float32' }
}

const operators: Readonly<Record<string, Run>> = {
  Add: both((a, b) => a + b),
  Sub: both((a, b) => a - b),
  Mul: both((a, b) => a * b),
  Div: both((a, b) => a / b),
  Equal: both((a, b) => Number(a === b), 'bool'),
  Less: both((a, b) => Number(a < b), 'bool'),
  Greater: both((a, b) => Number(a > b), 'bool'),
  Where: (_, [c, a, b]) =>
    pointwise((is, x, y) => (is ? x : y), [given(c), given(a), given(b)], given(a).type),
  Neg: each((x) => -x),
  Exp: each(Math.exp),
  Log: each(Math.log),
  Sqrt: each(Math.sqrt),
  Reciprocal: each((x) => 1 / x),
  Identity: each((x) => x),
  Relu: each((x) => Math.max(0, x)),
  LeakyRelu: each((x, node) => (x < 0 ? floatAttribute(node, 'alpha', 0.01) * x : x)),
  Sigmoid: each((x) => 1 / (1 + Math.exp(-x))),
  Tanh: each(Math.tanh),
  HardSigmoid: each((x, node) =>
    Math.max(
      0,
      Math.min(1, floatAttribute(node, 'alpha', 0.2) * x + floatAttribute(node, 'beta', 0.5)),
    ),
  ),
  Clip: (_, [x, low, high]) =>
    pointwise(
      (value) => Math.min(Math.max(value, low?.data[0] ?? -Infinity), high?.data[0] ?? Infinity),
      [given(x)],
    ),
  Cast: (node, [x]) => cast(given(x), elementTypeOf(intAttribute(node, 'to', 0))),
  CastLike: (_, [x, like]) => cast(given(x), given(like).type),
  Dropout: each((x) => x),
  Shape: (node, inputs) => {
    const { shape } = first(inputs)
    const part = shape.slice(
      intAttribute(node, 'start', 0),
      intAttribute(node, 'end', shape.length),
    )
    return reference([part.length], part, 'int64')
  },
  Size: (_, inputs) => reference([], [count(first(inputs).shape)], 'int64'),
  Reshape: reshape,
  Flatten: (node, inputs) => {
    const x = first(inputs)
    const axis = positive(intAttribute(node, 'axis', 1), x.shape.length)
    const rows = count(x.shape.slice(0, axis))
    return reshaped(x, [rows, count(x.shape.slice(axis))])
  },
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Transpose: (node, inputs) =>
    transpose(
      first(inputs),
      intsAttribute(node, 'perm') ??
        first(inputs)
          .shape.map((_, axis) => axis)
          .reverse(),
    ),
  Expand: (_, inputs) => {
    const x = first(inputs)
    return build(broadcast(x.shape, whole(inputs, 1) ?? []), (index) => at(x, index), x.type)
  },
  Slice: slice,
  Concat: concat,
  Split: split,
  ScatterElements: scatterElements,
  ReduceSum: (node, inputs) => reduce(node, inputs, false),
  ReduceMean: (node, inputs) => reduce(node, inputs, true),
  Softmax: (node, inputs) => softmax(node, inputs, false),
  LogSoftmax: (node, inputs) => softmax(node, inputs, true),
  OneHot: (_, [labels, depth, values]) => {
    const { shape, data } = given(labels)
    const size = given(depth).data[0]!
    const [off = 0, on = 1] = given(values).data
    return build([...shape, size], (index) => (data[index[0]!] === index[1] ? on : off))
  },
  MatMul: (_, [a, b]) => matMul(given(a), given(b)),
  Gemm: gemm,
  Conv: (node, [x, w, b]) => conv(node, given(x), given(w), b),
  ConvTranspose: (node, [x, w]) => convTranspose(node, given(x), given(w)),
  MaxPool: (node, inputs) => maxPool(node, first(inputs)),
  AveragePool: (node, inputs) => averagePool(node, first(inputs)),
  GlobalAveragePool: (_, inputs) => {
    const x = first(inputs)
    const [n = 0, channels = 0, ...sizes] = x.shape
    const places = count(sizes)
    return build([n, channels, ...sizes.map(() => 1)], ([sample = 0, channel = 0]) => {
      const from = (sample * channels + channel) * places
      return x.data.subarray(from, from + places).reduce((sum, value) => sum + value, 0) / places
    })
  },
  BatchNormalization: (node, inputs) => batchNormalization(node, inputs.map(given)),
}
