import { seededRandom } from '@merlon/core'
import { describe, test } from 'vitest'
import { type Constant, intConstant } from './constant.ts'
import { floats, type NodeSketch, sketched, wholes } from './test-graphs.test-support.ts'
import { expectTrueGradients } from './true-gradients.test-support.ts'

/** What PyTorch's exporters write for one line of a model: sample shape, nodes, constants. */
interface Idiom {
  readonly sample: readonly number[]
  readonly nodes: readonly NodeSketch[]
  readonly constants: Readonly<Record<string, Constant>>
}

const random = seededRandom(7)
const drawn = (...shape: number[]) =>
  floats(shape, ...Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => 2 * random() - 1))
const number = (value: number) => floats([], value)
const places = (shape: readonly number[], ...values: number[]) => intConstant(values, shape)
/** Further than any axis is long. */
const end = wholes(2 ** 50)

const idioms: Readonly<Record<string, Idiom>> = {
  'a weight that is read as it is, turned and under another name': {
    sample: [4],
    nodes: [
      ['MatMul', ['x', 'w'], ['h']],
      ['Transpose', ['w'], ['turned'], { perm: [1, 0] }],
      ['Tanh', ['h'], ['t']],
      ['MatMul', ['t', 'turned'], ['o']],
      ['Identity', ['w'], ['same']],
      ['MatMul', ['o', 'same'], ['y']],
    ],
    constants: { w: drawn(4, 3) },
  },
  'a weight that is read in two precisions and two shapes': {
    sample: [4],
    nodes: [
      ['Cast', ['w'], ['wide'], { to: 11 }],
      ['Cast', ['x'], ['xWide'], { to: 11 }],
      ['MatMul', ['xWide', 'wide'], ['hWide']],
      ['Cast', ['hWide'], ['h'], { to: 1 }],
      ['Reshape', ['w', 'shape'], ['other']],
      ['MatMul', ['h', 'other'], ['o']],
      ['MatMul', ['o', 'w'], ['y']],
    ],
    constants: { w: drawn(4, 3), shape: wholes(3, 4) },
  },
  'an embedding that is the output layer, too': {
    sample: [4],
    nodes: [
      ['Gather', ['w', 'ids'], ['e']],
      ['ReduceMean', ['e', 'first'], ['m'], { keepdims: 0 }],
      ['Add', ['x', 'm'], ['h']],
      ['Transpose', ['w'], ['turned'], { perm: [1, 0] }],
      ['MatMul', ['h', 'turned'], ['y']],
    ],
    constants: { w: drawn(3, 4), ids: wholes(0, -1, 1, 0), first: wholes(0) },
  },
  weight_norm: {
    sample: [4],
    nodes: [
      ['ReduceL2', ['v', 'axis'], ['n'], { keepdims: 1 }],
      ['Div', ['v', 'n'], ['u']],
      ['Mul', ['u', 'g'], ['w']],
      ['Gemm', ['x', 'w', 'b'], ['y'], { transB: 1 }],
    ],
    constants: { v: drawn(3, 4), g: drawn(3, 1), b: drawn(3), axis: wholes(1) },
  },
  'clamp with bounds that are parameters': {
    sample: [4],
    nodes: [
      ['ReduceMean', ['w'], ['low'], { keepdims: 0 }],
      ['Clip', ['x', 'low', 'high'], ['c']],
      ['MatMul', ['c', 'w'], ['y']],
    ],
    constants: { high: number(0.3), w: drawn(4, 3) },
  },
  'a power of both': {
    sample: [4],
    nodes: [
      ['Abs', ['x'], ['a']],
      ['Pow', ['a', 'p'], ['b']],
      ['Pow', ['a', 'x'], ['c']],
      ['Add', ['b', 'c'], ['d']],
      ['MatMul', ['d', 'w'], ['y']],
    ],
    constants: { p: drawn(4), w: drawn(4, 3) },
  },
  'rotary attention that looks back': {
    sample: [2, 3, 4],
    nodes: [
      ['Slice', ['x', 'zero', 'two', 'three'], ['a']],
      ['Slice', ['x', 'two', 'end', 'three'], ['b']],
      ['Neg', ['b'], ['minus']],
      ['Concat', ['minus', 'a'], ['halves'], { axis: -1 }],
      ['Mul', ['x', 'cos'], ['c']],
      ['Mul', ['halves', 'sin'], ['s']],
      ['Add', ['c', 's'], ['q']],
      ['Transpose', ['q'], ['k'], { perm: [0, 1, 3, 2] }],
      ['MatMul', ['q', 'k'], ['scores']],
      ['Add', ['scores', 'mask'], ['masked']],
      ['Softmax', ['masked'], ['p'], { axis: -1 }],
      ['MatMul', ['p', 'x'], ['o']],
      ['Reshape', ['o', 'flat'], ['f']],
      ['MatMul', ['f', 'w'], ['y']],
    ],
    constants: {
      zero: wholes(0),
      two: wholes(2),
      three: wholes(3),
      end,
      cos: drawn(3, 4),
      sin: drawn(3, 4),
      mask: floats([3, 3], 0, -1e9, -1e9, 0, 0, -1e9, 0, 0, 0),
      flat: wholes(-1, 24),
      w: drawn(24, 3),
    },
  },
  'the best two of three experts': {
    sample: [4],
    nodes: [
      ['MatMul', ['x', 'gate'], ['g']],
      ['TopK', ['g', 'count'], ['v', 'i'], { axis: -1 }],
      ['Softmax', ['v'], ['p'], { axis: -1 }],
      ['Mul', ['g', 'zero'], ['none']],
      ['ScatterElements', ['none', 'i', 'p'], ['full'], { axis: 1 }],
      ['MatMul', ['x', 'experts'], ['h']],
      ['Unsqueeze', ['full', 'one'], ['row']],
      ['Reshape', ['h', 'shape'], ['columns']],
      ['MatMul', ['row', 'columns'], ['m']],
      ['Squeeze', ['m', 'one'], ['y']],
    ],
    constants: {
      gate: drawn(4, 3),
      count: wholes(2),
      zero: number(0),
      one: wholes(1),
      experts: drawn(4, 9),
      shape: wholes(-1, 3, 3),
    },
  },
  'roll and unfold': {
    sample: [6],
    nodes: [
      ['Slice', ['x', 'back', 'end', 'one'], ['a']],
      ['Slice', ['x', 'zero', 'back', 'one'], ['b']],
      ['Concat', ['a', 'b'], ['r'], { axis: 1 }],
      ['Gather', ['r', 'windows'], ['u'], { axis: 1 }],
      ['Tanh', ['u'], ['t']],
      ['ReduceSum', ['t', 'two'], ['s'], { keepdims: 0 }],
      ['MatMul', ['s', 'w'], ['y']],
    ],
    constants: {
      back: wholes(-2),
      end,
      one: wholes(1),
      two: wholes(2),
      zero: wholes(0),
      windows: places([4, 3], 0, 1, 2, 1, 2, 3, 2, 3, 4, 3, 4, 5),
      w: drawn(4, 3),
    },
  },
  'index_put of rows': {
    sample: [3, 4],
    nodes: [
      ['Unsqueeze', ['to', 'last'], ['at']],
      ['Transpose', ['x'], ['t'], { perm: [1, 0, 2] }],
      ['Gather', ['t', 'from'], ['u']],
      ['Tanh', ['u'], ['bent']],
      ['ScatterND', ['t', 'at', 'bent'], ['s']],
      ['Transpose', ['s'], ['b'], { perm: [1, 0, 2] }],
      ['ReduceSum', ['b', 'one'], ['f'], { keepdims: 0 }],
      ['MatMul', ['f', 'w'], ['y']],
    ],
    constants: {
      to: wholes(0, 2),
      from: wholes(1, 1),
      last: wholes(-1),
      one: wholes(1),
      w: drawn(4, 3),
    },
  },
  'scatter_reduce by products, zeros among them, and by the largest': {
    sample: [4],
    nodes: [
      ['Shape', ['x'], ['shape']],
      ['Expand', ['index', 'shape'], ['i']],
      ['Expand', ['u', 'shape'], ['updates']],
      ['ScatterElements', ['x', 'i', 'updates'], ['p'], { axis: 1, reduction: 'mul' }],
      ['Expand', ['low', 'shape'], ['lows']],
      ['ScatterElements', ['lows', 'i', 'x'], ['m'], { axis: 1, reduction: 'max' }],
      ['Add', ['p', 'm'], ['q']],
      ['MatMul', ['q', 'w'], ['y']],
    ],
    constants: {
      index: places([1, 4], 0, 2, 2, -1),
      u: floats([1, 4], 0, 0, 2, 3),
      low: number(-0.2),
      w: drawn(4, 3),
    },
  },
  'a sum over every axis that an ellipsis stands for': {
    sample: [2, 3],
    nodes: [
      ['Einsum', ['x', 'w', 'x'], ['e'], { equation: 'b...i,ij,b...j->b...' }],
      ['MatMul', ['e', 'v'], ['y']],
    ],
    constants: { w: drawn(3, 3), v: drawn(2, 3) },
  },
  'group_norm by instance_norm': {
    sample: [4, 3, 3],
    nodes: [
      ['Reshape', ['x', 'groups'], ['a']],
      ['InstanceNormalization', ['a', 'ones', 'zeros'], ['n']],
      ['Shape', ['x'], ['shape']],
      ['Reshape', ['n', 'shape'], ['r']],
      ['Mul', ['r', 's'], ['m']],
      ['Add', ['m', 'b'], ['q']],
      ['Tanh', ['q'], ['t']],
      ['GlobalAveragePool', ['t'], ['p']],
      ['Flatten', ['p'], ['f']],
      ['MatMul', ['f', 'w'], ['y']],
    ],
    constants: {
      groups: wholes(0, 2, -1),
      ones: floats([2], 1, 1),
      zeros: floats([2], 0, 0),
      s: drawn(4, 1, 1),
      b: drawn(4, 1, 1),
      w: drawn(4, 3),
    },
  },
  'a convolution by the same weight forwards and back': {
    sample: [2, 5],
    nodes: [
      ['ConvTranspose', ['x', 'w'], ['c'], { auto_pad: 'SAME_UPPER', strides: [2] }],
      ['ConvTranspose', ['x', 'w'], ['d'], { output_shape: [11], strides: [2] }],
      ['ReduceSum', ['c', 'two'], ['e'], { keepdims: 0 }],
      ['ReduceMax', ['d', 'two'], ['f'], { keepdims: 0 }],
      ['Mul', ['e', 'f'], ['g']],
      ['MatMul', ['g', 'v'], ['y']],
    ],
    constants: { w: drawn(2, 3, 4), two: wholes(2), v: drawn(3, 3) },
  },
  'the mean and the deviation that a layer_norm hands on': {
    sample: [4],
    nodes: [
      ['LayerNormalization', ['x', 's', 'b'], ['l', 'm', 'r'], { axis: -1 }],
      ['Mul', ['l', 'r'], ['a']],
      ['Add', ['a', 'm'], ['c']],
      ['MatMul', ['c', 'w'], ['y']],
    ],
    constants: { s: drawn(4), b: drawn(4), w: drawn(4, 3) },
  },
}

describe('gradients of what exporters write are those of central differences, for', () => {
  test.each(Object.entries(idioms))('%s', async (_, { sample, nodes, constants }) => {
    await expectTrueGradients(
      sketched({
        inputs: [['x', [-1, ...sample]]],
        outputs: [['y', [-1, 3]]],
        nodes,
        constants,
        opset: 18,
      }),
    )
  })
})
