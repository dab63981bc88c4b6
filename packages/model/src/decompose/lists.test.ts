import { create } from '@bufbuild/protobuf'
import { describe, expect, test } from 'vitest'
import { intConstant } from '../constant.ts'
import { graphBytes } from '../graph-file.ts'
import { readModel } from '../model-file.ts'
import { AttributeProto_AttributeType, AttributeProtoSchema, TypeProtoSchema } from '../onnx_pb.ts'
import { openModel } from '../onnx-model.ts'
import {
  type GraphSketch,
  linear,
  type NodeSketch,
  sketched,
  wholes,
} from '../test-graphs.test-support.ts'

const number = (value: number) => intConstant([value], [])
const batch = { shape: [2, 2], data: Float32Array.of(0.4, -1.3, 2.2, 0.7) }

function graphOf(nodes: readonly NodeSketch[], constants: GraphSketch['constants'] = {}) {
  return sketched({
    ...linear,
    nodes: [...nodes, ['MatMul', ['z', 'w'], ['y']]],
    constants: { ...linear.constants, ...constants },
    opset: 18,
  })
}

/** d y[0] / d x for the first sample, d y[2] / d x for the second. */
async function gradientOf(graph: ReturnType<typeof graphOf>): Promise<number[]> {
  const model = await openModel(graphBytes(graph), { threads: 1 })
  try {
    const { gradient } = await model.lossGradient(batch, Int32Array.of(0, 2), { loss: 'logit' })
    return [...gradient.data]
  } finally {
    await model.close()
  }
}

// With z = x the gradient is [1, 2] and [-1, 0]: the columns of W.
describe('lists of tensors are followed', () => {
  test('that a tensor was split into, the parts taken from either end', async () => {
    const graph = graphOf(
      [
        ['SplitToSequence', ['x', 'one'], ['list'], { axis: 1 }],
        ['SequenceAt', ['list', 'first'], ['a']],
        ['SequenceAt', ['list', 'last'], ['b']],
        ['Mul', ['a', 'b'], ['c']],
        ['Concat', ['c', 'a'], ['z'], { axis: 1 }],
      ],
      { one: number(1), first: number(0), last: number(-1) },
    )
    // z = [x0 x1, x0]
    const [p, q, r, s] = await gradientOf(graph)
    expect(p).toBeCloseTo(-1.3 + 2, 5)
    expect(q).toBeCloseTo(0.4, 5)
    expect(r).toBeCloseTo(-0.7, 5)
    expect(s).toBeCloseTo(-2.2, 5)
  })

  test.each([
    ['without sizes', ['SplitToSequence', ['x'], ['list'], { axis: 1 }] as const],
    ['without their axis', ['SplitToSequence', ['x'], ['list'], { axis: 1, keepdims: 0 }] as const],
    ['of stated sizes', ['SplitToSequence', ['x', 'sizes'], ['list'], { axis: 1 }] as const],
  ])('split %s and put together again', async (_, split) => {
    const isFlat = 'keepdims' in split[3]
    const nodes: NodeSketch[] = [
      split,
      ['ConcatFromSequence', ['list'], ['z'], { axis: 1, new_axis: Number(isFlat) }],
    ]
    expect(await gradientOf(graphOf(nodes, { sizes: wholes(1, 1) }))).toEqual([1, 2, -1, 0])
  })

  test('to which tensors are added and from which they are taken, and which are counted', async () => {
    const graph = graphOf(
      [
        ['Neg', ['x'], ['n']],
        ['Add', ['x', 'x'], ['d']],
        ['SequenceConstruct', ['n', 'x'], ['l0']],
        ['SequenceInsert', ['l0', 'd', 'first'], ['l1']],
        ['SequenceInsert', ['l1', 'd'], ['l2']],
        ['SequenceErase', ['l2', 'one'], ['l3']],
        ['SequenceErase', ['l3'], ['l4']],
        // [2 x, x] is left.
        ['SequenceLength', ['l4'], ['count']],
        ['Sub', ['count', 'one'], ['last']],
        ['SequenceAt', ['l4', 'last'], ['a']],
        ['SequenceAt', ['l4', 'first'], ['b']],
        ['Sub', ['b', 'a'], ['z']],
      ],
      { first: number(0), one: number(1) },
    )
    expect(await gradientOf(graph)).toEqual([1, 2, -1, 0])
  })

  test('that a loop fills', async () => {
    const body = sketched({
      inputs: [
        ['i', [], 7],
        ['go', [], 9],
        ['list', []],
      ],
      outputs: [
        ['goes', [], 9],
        ['longer', []],
      ],
      nodes: [
        ['Identity', ['go'], ['goes']],
        ['Gather', ['x', 'i'], ['column'], { axis: 1 }],
        ['SequenceInsert', ['list', 'column'], ['longer']],
      ],
      opset: 18,
    })
    const held = readModel(graphBytes(body), 'a body').graph
    const listOfTensors = () =>
      create(TypeProtoSchema, {
        value: {
          case: 'sequenceType',
          value: { elemType: { value: { case: 'tensorType', value: { elemType: 1 } } } },
        },
      })
    held.input[2]!.type = listOfTensors()
    held.output[1]!.type = listOfTensors()
    const graph = graphOf(
      [
        ['SequenceEmpty', [], ['none']],
        ['Loop', ['two', '', 'none'], ['columns']],
        ['ConcatFromSequence', ['columns'], ['z'], { axis: 1, new_axis: 1 }],
      ],
      { two: number(2) },
    )
    const attribute = create(AttributeProtoSchema, {
      name: 'body',
      type: AttributeProto_AttributeType.GRAPH,
      g: held,
    })
    const nodes = graph.nodes.map((node) =>
      node.op === 'Loop' ? { ...node, attributes: [attribute] } : node,
    )
    expect(await gradientOf({ ...graph, nodes })).toEqual([1, 2, -1, 0])
  })
})

test('a place in a list that the data computes is refused', async () => {
  const graph = graphOf([
    ['SequenceConstruct', ['x', 'x'], ['list']],
    ['ArgMax', ['x'], ['rows'], { axis: 1, keepdims: 0 }],
    ['ReduceMax', ['rows'], ['place'], { keepdims: 0 }],
    ['SequenceAt', ['list', 'place'], ['z']],
  ])
  await expect(gradientOf(graph)).rejects.toMatchObject({
    code: 'NO_GRADIENT_RULE',
    message: expect.stringContaining('list of tensors'),
  })
})
