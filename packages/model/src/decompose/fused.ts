import {
  type AttributeValue,
  attribute,
  float,
  floatAttribute,
  intAttribute,
  stringAttribute,
} from '../attributes.ts'
import { elementTypes } from '../element-type.ts'
import type { GraphNode } from '../graph.ts'
import type { Decomposition, Decompositions } from './decomposition.ts'
import { given, optional, type Rewriter } from './rewriter.ts'

/** Activations that ONNX Runtime fuses, with the names of their parameters in the order in which they are stated. */
const fusedActivations: Readonly<Record<string, readonly string[]>> = {
  Relu: [],
  Sigmoid: [],
  Tanh: [],
  LeakyRelu: ['alpha'],
  HardSigmoid: ['alpha', 'beta'],
}

/** The node as its plain operator, with only that operator's attributes. */
function plain(r: Rewriter, node: GraphNode, op: string, inputs: readonly (string | undefined)[]) {
  const output = r.nameFor(op)
  const attributes = node.attributes.filter(({ name }) => !name?.startsWith('activation'))
  r.add({
    name: output,
    op,
    domain: '',
    inputs: inputs.map((input) => input ?? ''),
    outputs: [output],
    attributes,
  })
  return output
}

function activated(r: Rewriter, node: GraphNode, x: string, values: readonly number[]): string {
  const op = stringAttribute(node, 'activation', '')
  if (op === '') return x
  if (op === 'Clip') {
    const [low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY] = values
    const like = given(r, node, 0)
    return r.emit('Clip', [x, r.scalar(low, like), r.scalar(high, like)])
  }
  const names = Object.hasOwn(fusedActivations, op) ? fusedActivations[op] : undefined
  if (names === undefined) return r.refuse(`it is fused with the activation ${op}`)
  const attributes: Record<string, AttributeValue> = {}
  for (const [index, name] of names.entries()) {
    const value = values[index]
    if (value !== undefined) attributes[name] = float(value)
  }
  return r.emit(op, [x], attributes)
}

/** Y = f(X * W + B + Z). */
const fusedConv: Decomposition = (r, node) => {
  const product = plain(r, node, 'Conv', [given(r, node, 0), given(r, node, 1), optional(node, 2)])
  const added = optional(node, 3)
  const sum = added === undefined ? product : r.emit('Add', [product, added])
  return [activated(r, node, sum, attribute(node, 'activation_params')?.floats ?? [])]
}

/** Y = f(alpha A' B' + beta C). */
const fusedGemm: Decomposition = (r, node) => {
  const product = plain(r, node, 'Gemm', [given(r, node, 0), given(r, node, 1), optional(node, 2)])
  const values = ['activation_alpha', 'activation_beta'].flatMap(
    (name) => attribute(node, name)?.f ?? [],
  )
  return [activated(r, node, product, values)]
}

/** Y = alpha A' B' over the last two axes. */
const fusedMatMul: Decomposition = (r, node) => {
  if (intAttribute(node, 'transBatchA', 0) + intAttribute(node, 'transBatchB', 0) > 0) {
    r.refuse('it turns batch axes')
  }
  const operand = (index: number, turn: string) => {
    const value = given(r, node, index)
    const axes = r.shape(value).map((_, axis) => axis)
    if (intAttribute(node, turn, 0) === 0 || axes.length < 2) return value
    const last = axes.length - 1
    return r.emit('Transpose', [value], { perm: [...axes.slice(0, -2), last, last - 1] })
  }
  const product = r.emit('MatMul', [operand(0, 'transA'), operand(1, 'transB')])
  const alpha = floatAttribute(node, 'alpha', 1)
  return [alpha === 1 ? product : r.emit('Mul', [product, r.scalar(alpha, given(r, node, 0))])]
}

/** x Phi(x) = x/2 (1 + erf(x / sqrt 2)), of A + B where there is a B. */
const gelu: Decomposition = (r, node) => {
  const like = given(r, node, 0)
  const x = sum(r, node, 0, 1)
  const bell = r.emit('Erf', [r.emit('Mul', [x, r.scalar(Math.SQRT1_2, like)])])
  const half = r.emit('Mul', [x, r.scalar(0.5, like)])
  return [r.emit('Mul', [half, r.emit('Add', [bell, r.scalar(1, like)])])]
}

/** x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))), of X + bias where there is a bias. */
const fastGelu: Decomposition = (r, node) => {
  const like = given(r, node, 0)
  const x = sum(r, node, 0, 1)
  const cubic = r.emit('Mul', [r.emit('Mul', [x, x]), r.scalar(0.044715, like)])
  const bent = r.emit('Mul', [x, r.emit('Add', [cubic, r.scalar(1, like)])])
  const bell = r.emit('Tanh', [r.emit('Mul', [bent, r.scalar(Math.sqrt(2 / Math.PI), like)])])
  const half = r.emit('Mul', [x, r.scalar(0.5, like)])
  return [r.emit('Mul', [half, r.emit('Add', [bell, r.scalar(1, like)])])]
}

/** x sigmoid(alpha x). */
const quickGelu: Decomposition = (r, node) => {
  const x = given(r, node, 0)
  const alpha = r.scalar(floatAttribute(node, 'alpha', 1.702), x)
  return [r.emit('Mul', [x, r.emit('Sigmoid', [r.emit('Mul', [x, alpha])])])]
}

/** Layer normalisation of input + skip + bias; the last output is that sum. */
const skipLayerNormalization: Decomposition = (r, node) => {
  const x = sum(r, node, 0, 1, 4)
  const epsilon = float(floatAttribute(node, 'epsilon', 1e-12))
  const inputs = [x, given(r, node, 2), optional(node, 3)]
  return [r.emit('LayerNormalization', inputs, { axis: -1, epsilon }), undefined, undefined, x]
}

/** Layer normalisation of the embeddings of words, places and segments; the last output is their sum. */
const embedLayerNormalization: Decomposition = (r, node) => {
  const words = given(r, node, 0)
  const looked = (table: string, ids: string) => r.emit('Gather', [table, ids], { axis: 0 })
  const segments = optional(node, 1)
  const stated = optional(node, 8)
  const first = r.ints(Array.from({ length: r.size(words, 1) }, (_, i) => i))
  const parts = [
    looked(given(r, node, 2), words),
    looked(given(r, node, 3), stated ?? first),
    ...(segments === undefined ? [] : [looked(given(r, node, 4), segments)]),
  ]
  const x = parts.reduce((total, each) => r.emit('Add', [total, each]))
  const epsilon = float(floatAttribute(node, 'epsilon', 1e-12))
  const inputs = [x, given(r, node, 5), given(r, node, 6)]
  return [r.emit('LayerNormalization', inputs, { axis: -1, epsilon }), lengths(r, node), x]
}

/** How many places of each sample its mask counts; without a mask nothing may read it. */
function lengths(r: Rewriter, node: GraphNode): string | undefined {
  const mask = optional(node, 7)
  const [, name = ''] = node.outputs
  if (mask !== undefined) {
    const long = r.emit('Cast', [mask], { to: elementTypes.int64.code })
    const sum = r.emit('ReduceSum', [long, r.ints([1])], { keepdims: 0 })
    return r.emit('Cast', [sum], { to: elementTypes.int32.code })
  }
  if (r.graph.nodes.some(({ inputs }) => inputs.includes(name))) r.refuse('its lengths are read')
  return undefined
}

/** The same without a mean: x / sqrt(mean(x^2) + epsilon) times gamma. */
const skipSimplified: Decomposition = (r, node) => {
  const x = sum(r, node, 0, 1, 3)
  const epsilon = floatAttribute(node, 'epsilon', 1e-12)
  const y = rootMeanSquareNormal(r, x, given(r, node, 0), given(r, node, 2), [-1], epsilon)
  return [y, undefined, undefined, x]
}

/** x / sqrt(mean(x^2) + epsilon) times gamma, over the axes from `axis` on. */
const simplified: Decomposition = (r, node) => {
  const x = given(r, node, 0)
  const rank = r.shape(x).length
  const stated = intAttribute(node, 'axis', -1)
  const first = stated < 0 ? stated + rank : stated
  const axes = Array.from({ length: rank - first }, (_, i) => first + i)
  const epsilon = floatAttribute(node, 'epsilon', 1e-5)
  return [rootMeanSquareNormal(r, x, x, given(r, node, 1), axes, epsilon)]
}

/** `like` is a value of the same type that stood in the graph before. */
function rootMeanSquareNormal(
  r: Rewriter,
  x: string,
  like: string,
  gamma: string,
  axes: readonly number[],
  epsilon: number,
): string {
  const square = r.emit('Mul', [x, x])
  const mean =
    r.graph.opset >= 18
      ? r.emit('ReduceMean', [square, r.ints(axes)], { keepdims: 1 })
      : r.emit('ReduceMean', [square], { axes, keepdims: 1 })
  const root = r.emit('Sqrt', [r.emit('Add', [mean, r.scalar(epsilon, like)])])
  return r.emit('Mul', [r.emit('Div', [x, root]), gamma])
}

/** The sum of those inputs that are there; the first always is. */
function sum(r: Rewriter, node: GraphNode, first: number, ...others: readonly number[]): string {
  return others
    .flatMap((index) => optional(node, index) ?? [])
    .reduce((total, each) => r.emit('Add', [total, each]), given(r, node, first))
}

/** What ONNX Runtime's optimiser fuses, taken apart again. */
export const fusedDecompositions: Decompositions = {
  'com.microsoft:FusedConv': fusedConv,
  'com.microsoft:FusedGemm': fusedGemm,
  'com.microsoft:FusedMatMul': fusedMatMul,
  'com.microsoft:Gelu': gelu,
  'com.microsoft:BiasGelu': gelu,
  'com.microsoft:FastGelu': fastGelu,
  'com.microsoft:QuickGelu': quickGelu,
  'com.microsoft:EmbedLayerNormalization': embedLayerNormalization,
  'com.microsoft:SkipLayerNormalization': skipLayerNormalization,
  'com.microsoft:SkipSimplifiedLayerNormalization': skipSimplified,
  SimplifiedLayerNormalization: simplified,
}
