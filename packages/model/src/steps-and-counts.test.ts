import { describe, expect, test } from 'vitest'
import { openModel } from './onnx-model.ts'
import { parameterGradients } from './parameter-gradients.ts'
import {
  floats,
  type GraphSketch,
  linear,
  type NodeSketch,
  sketchedBytes,
  wholes,
} from './test-graphs.test-support.ts'

const batch = { shape: [2, 2], data: Float32Array.of(0.4, -1.3, 2.2, 0.7) }
const labels = Int32Array.of(0, 2)

async function gradientOf(nodes: readonly NodeSketch[], constants: GraphSketch['constants'] = {}) {
  const sketch = { ...linear, nodes, constants: { ...linear.constants, ...constants } }
  const model = await openModel(sketchedBytes(sketch), { threads: 1 })
  try {
    const { gradient } = await model.lossGradient(batch, labels, { loss: 'logit' })
    return { gradient: Array.from(gradient.data), notes: model.gradientNotes }
  } finally {
    await model.close()
  }
}

describe('a step inside a formula', () => {
  test('adds nothing to the gradient of what is around it, and is said', async () => {
    // |x|^2 sign(x), whose derivative is 2 |x|.
    const { gradient, notes } = await gradientOf([
      ['Sign', ['x'], ['s']],
      ['Abs', ['x'], ['a']],
      ['Mul', ['a', 'a'], ['q']],
      ['Mul', ['q', 's'], ['p']],
      ['MatMul', ['p', 'w'], ['y']],
    ])
    const wanted = [1 * 0.8, 2 * 2.6, -1 * 4.4, 0]
    for (const [i, value] of wanted.entries()) expect(gradient[i]).toBeCloseTo(value, 5)
    expect(notes).toEqual([{ kind: 'flat', operator: 'Sign', nodes: 1 }])
  })

  test('as in x - floor(x) leaves the slope that is there', async () => {
    const { gradient } = await gradientOf([
      ['Floor', ['x'], ['f']],
      ['Sub', ['x', 'f'], ['r']],
      ['MatMul', ['r', 'w'], ['y']],
    ])
    expect(gradient).toEqual([1, 2, -1, 0])
  })

  test.each([
    ['is the only way', [['Sign', ['x'], ['s']] as const, ['MatMul', ['s', 'w'], ['y']] as const]],
    [
      'stands for an estimate that the file does not hold',
      [
        ['Sign', ['x'], ['s']] as const,
        ['Sub', ['s', 'x'], ['d']] as const,
        ['Add', ['x', 'd'], ['e']] as const,
        ['MatMul', ['e', 'w'], ['y']] as const,
      ],
    ],
    [
      'rounds to whole numbers',
      [
        ['Round', ['x'], ['r']] as const,
        ['Add', ['x', 'r'], ['e']] as const,
        ['MatMul', ['e', 'w'], ['y']] as const,
      ],
    ],
  ])('is refused where it %s', async (_, nodes) => {
    await expect(gradientOf(nodes)).rejects.toMatchObject({ code: 'NO_GRADIENT_RULE' })
  })
})

test('places that the data counts are not taken for fixed when two runs show as many', async () => {
  // Rows above a bound are doubled: one row in the runs that show shapes, both rows here.
  const nodes: NodeSketch[] = [
    ['ReduceMax', ['x'], ['top'], { axes: [1], keepdims: 0 }],
    ['Greater', ['top', 'bound'], ['is']],
    ['NonZero', ['is'], ['where']],
    ['Squeeze', ['where', 'zero'], ['rows']],
    ['Gather', ['x', 'rows'], ['chosen']],
    ['Mul', ['chosen', 'two'], ['double']],
    ['Unsqueeze', ['rows', 'one'], ['at']],
    ['ScatterND', ['x', 'at', 'double'], ['moved']],
    ['MatMul', ['moved', 'w'], ['y']],
  ]
  const { gradient } = await gradientOf(nodes, {
    bound: floats([], 0.3),
    zero: wholes(0),
    one: wholes(1),
    two: floats([], 2),
  })
  expect(gradient).toEqual([2, 4, -2, 0])
})

describe('parameters', () => {
  test('of a single number have a gradient, and those that only steer have zeros', async () => {
    const sketch: GraphSketch = {
      ...linear,
      nodes: [
        ['MatMul', ['x', 'gate'], ['g']],
        ['ArgMax', ['g'], ['k'], { axis: 1, keepdims: 1 }],
        ['Cast', ['k'], ['factor'], { to: 1 }],
        ['MatMul', ['x', 'w'], ['z']],
        ['Mul', ['z', 'factor'], ['chosen']],
        ['Mul', ['chosen', 'temperature'], ['y']],
      ],
      constants: {
        ...linear.constants,
        gate: floats([2, 2], 1, 0, 0, 1),
        temperature: floats([], 3),
      },
    }
    const gradients = await parameterGradients(sketchedBytes(sketch), batch, labels)
    expect(gradients.get('temperature')?.shape).toEqual([])
    expect(gradients.get('gate')?.data).toEqual(new Float32Array(4))
  })
})
