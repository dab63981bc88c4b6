import { create } from '@bufbuild/protobuf'
import { seededRandom } from '@merlon/core'
import { expect, test } from 'vitest'
import type { Operand } from '../gradient/cases/draw.test-support.ts'
import type { Graph } from '../graph.ts'
import { graphBytes } from '../graph-file.ts'
import { limits } from '../limits.ts'
import { readModel } from '../model-file.ts'
import { AttributeProto_AttributeType, AttributeProtoSchema } from '../onnx_pb.ts'
import { floats, type GraphSketch, sketched } from '../test-graphs.test-support.ts'
import {
  exampleOfGraph,
  expectGradients,
  forwardError,
} from './decomposition-check.test-support.ts'

/** A graph whose node at an index holds graphs. */
function holding(sketch: GraphSketch, at: number, graphs: Record<string, Graph>): Graph {
  const graph = sketched(sketch)
  const held = Object.entries(graphs).map(([name, each]) =>
    create(AttributeProtoSchema, {
      name,
      type: AttributeProto_AttributeType.GRAPH,
      g: readModel(graphBytes(each), 'a body').graph,
    }),
  )
  const node = graph.nodes[at]!
  return {
    ...graph,
    nodes: graph.nodes.with(at, { ...node, attributes: [...node.attributes, ...held] }),
  }
}

const truth = (is: boolean) => ({
  type: 'bool' as const,
  shape: [],
  bytes: Uint8Array.of(is ? 1 : 0),
})
const count = (value: number) => {
  const bytes = new Uint8Array(BigInt64Array.of(BigInt(value)).buffer)
  return { type: 'int64' as const, shape: [], bytes }
}

/** h = tanh(h w + x), where w and x come from the graph around it. */
const step = sketched({
  inputs: [
    ['i', [], 7],
    ['go', [], 9],
    ['h', [-1, 2]],
  ],
  outputs: [
    ['went', [], 9],
    ['next', [-1, 2]],
    ['seen', [-1, 2]],
  ],
  nodes: [
    ['Identity', ['go'], ['went']],
    ['MatMul', ['h', 'x1'], ['hw']],
    ['Add', ['hw', 'x0'], ['sum']],
    ['Tanh', ['sum'], ['next']],
    ['Mul', ['next', 'two'], ['seen']],
  ],
  constants: { two: floats([], 2) },
})

function looping(steps: number): Graph {
  return holding(
    {
      inputs: [
        ['x0', [-1, 2]],
        ['x1', [2, 2]],
      ],
      outputs: [
        ['y', [-1, 2]],
        ['y1', [steps, -1, 2]],
      ],
      nodes: [['Loop', ['m', '', 'x0'], ['y', 'y1']]],
      constants: { m: count(steps) },
    },
    0,
    { body: step },
  )
}

const operands: readonly Operand[] = [{ shape: [2, 2], isBatched: true }, { shape: [2, 2] }]

async function holds(graph: Graph, inputs = operands): Promise<void> {
  const example = await exampleOfGraph(graph, { inputs }, seededRandom(7))
  expect(example.forward.nodes.map(({ op }) => op)).not.toContain(graph.nodes[0]!.op)
  expect(await forwardError(example)).toBeLessThanOrEqual(1e-5)
  await expectGradients(example)
}

test('a loop of a known count is differentiated through its steps and what it collects', async () => {
  await holds(looping(3))
})

function branching(condition: string, constants: GraphSketch['constants'] = {}): Graph {
  const branch = (op: string) =>
    sketched({ inputs: [], outputs: [['b', [-1, 2]]], nodes: [[op, ['x0'], ['b']]] })
  const sketch: GraphSketch = {
    inputs: [['x0', [-1, 2]]],
    outputs: [['y', [-1, 2]]],
    nodes: [
      ['If', [condition], ['y']],
      ['ReduceSum', ['x0'], ['total'], { keepdims: 0 }],
      ['Cast', ['total'], ['isAny'], { to: 9 }],
    ],
    constants,
  }
  return holding(sketch, 0, { then_branch: branch('Sigmoid'), else_branch: branch('Exp') })
}

test.each([true, false])('the branch that is always taken is differentiated (%s)', async (is) => {
  await holds(branching('c', { c: truth(is) }), operands.slice(0, 1))
})

test('a branch within a loop is differentiated', async () => {
  const inner = branching('c', { c: truth(true) }).nodes[0]!
  const body = sketched({
    inputs: [
      ['i', [], 7],
      ['go', [], 9],
      ['h', [-1, 2]],
    ],
    outputs: [
      ['went', [], 9],
      ['next', [-1, 2]],
    ],
    nodes: [
      ['Identity', ['go'], ['went']],
      ['Mul', ['h', 'branch'], ['next']],
    ],
    constants: { c: truth(true) },
  })
  const held = {
    ...body,
    nodes: [{ ...inner, name: 'branch', outputs: ['branch'] }, ...body.nodes],
  }
  const graph = holding(
    {
      inputs: [['x0', [-1, 2]]],
      outputs: [['y', [-1, 2]]],
      nodes: [['Loop', ['m', 'c0', 'x0'], ['y']]],
      constants: { m: count(2), c0: truth(true) },
    },
    0,
    { body: held },
  )
  await holds(graph, operands.slice(0, 1))
})

test.each([0, 1])('a scan is differentiated, forward and backward (%s)', async (direction) => {
  const body = sketched({
    inputs: [
      ['h', [2]],
      ['line', [2]],
    ],
    outputs: [
      ['next', [2]],
      ['out', [2]],
    ],
    nodes: [
      ['Mul', ['h', 'line'], ['product']],
      ['Add', ['product', 'line'], ['next']],
      ['Tanh', ['next'], ['out']],
    ],
  })
  const graph = holding(
    {
      inputs: [
        ['x0', [2]],
        ['x1', [2, 3]],
      ],
      outputs: [
        ['y', [2]],
        ['y1', [2, 3]],
      ],
      nodes: [
        [
          'Scan',
          ['x0', 'x1'],
          ['y', 'y1'],
          {
            num_scan_inputs: 1,
            scan_input_axes: [1],
            scan_output_axes: [1],
            scan_input_directions: [direction],
            scan_output_directions: [direction],
          },
        ],
      ],
    },
    0,
    { body },
  )
  await holds(graph, [{ shape: [2] }, { shape: [2, 3] }])
})

const refusal = (why: string) => ({
  code: 'NO_GRADIENT_RULE',
  message: expect.stringContaining(why),
})

test('a branch that the input chooses is refused, never guessed', async () => {
  const graph = branching('isAny')
  const ordered = { ...graph, nodes: [...graph.nodes.slice(1), graph.nodes[0]!] }
  await expect(
    exampleOfGraph(ordered, { inputs: operands.slice(0, 1) }, seededRandom(1)),
  ).rejects.toMatchObject(refusal('which branch it takes is computed'))
})

test('a loop of too many steps is refused', async () => {
  const steps = limits.unrolledStepsMax + 1
  await expect(
    exampleOfGraph(looping(steps), { inputs: operands }, seededRandom(1)),
  ).rejects.toMatchObject(refusal(`more than ${limits.unrolledStepsMax}`))
})
