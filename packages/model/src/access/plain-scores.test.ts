import { create } from '@bufbuild/protobuf'
import type { Tensor } from '@merlon/tensor'
import { describe, expect, test } from 'vitest'
import { makeAttributes } from '../attributes.ts'
import type { Graph, GraphNode } from '../graph.ts'
import { graphBytes } from '../graph-file.ts'
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
} from '../onnx_pb.ts'
import { openModel } from '../onnx-model.ts'
import { sketched } from '../test-graphs.test-support.ts'

const options = { threads: 1 }
const floats = (...values: number[]) => ({ floats: values })

function texts(name: string, ...values: string[]): AttributeProto {
  const strings = values.map((value) => new TextEncoder().encode(value))
  const type = AttributeProto_AttributeType.STRINGS
  return create(AttributeProtoSchema, { name, type, strings })
}

/** A node of the classical operators. */
function classical(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: readonly AttributeProto[],
): GraphNode {
  return { name: op, op, domain: 'ai.onnx.ml', inputs, outputs, attributes }
}

const classes = makeAttributes({ classlabels_int64s: [0, 1] })
/** The older operators call it otherwise. */
const olderClasses = makeAttributes({ classlabels_ints: [0, 1] })

/** Two stumps of equal weight: x0 <= 0.5 and x1 <= 2, as scikit-learn's forests are written. */
const forest = classical(
  'TreeEnsembleClassifier',
  ['X'],
  ['label', 'probabilities'],
  [
    ...classes,
    ...makeAttributes({
      nodes_treeids: [0, 0, 0, 1, 1, 1],
      nodes_nodeids: [0, 1, 2, 0, 1, 2],
      nodes_featureids: [0, 0, 0, 1, 0, 0],
      nodes_values: floats(0.5, 0, 0, 2, 0, 0),
      nodes_truenodeids: [1, 0, 0, 1, 0, 0],
      nodes_falsenodeids: [2, 0, 0, 2, 0, 0],
      class_treeids: [0, 0, 0, 0, 1, 1, 1, 1],
      class_nodeids: [1, 1, 2, 2, 1, 1, 2, 2],
      class_ids: [0, 1, 0, 1, 0, 1, 0, 1],
      class_weights: floats(0.5, 0, 0.1, 0.4, 0.3, 0.2, 0, 0.5),
      post_transform: 'NONE',
    }),
    texts('nodes_modes', 'BRANCH_LEQ', 'LEAF', 'LEAF', 'BRANCH_LEQ', 'LEAF', 'LEAF'),
  ],
)

/** As the converter writes a classifier: the label cast, and the scores in dictionaries unless it was told not to. */
function converted(classifier: GraphNode, isZipped: boolean): Graph {
  const graph = sketched({
    inputs: [['X', [-1, 2]]],
    outputs: [
      ['output_label', [-1], 7],
      [isZipped ? 'output_probability' : 'probabilities', [], isZipped ? 0 : 1],
    ],
    nodes: [['Cast', ['label'], ['output_label'], { to: 7 }]],
  })
  const zip = classical('ZipMap', ['probabilities'], ['output_probability'], classes)
  const outputs = graph.outputs.map((port) => ({
    ...port,
    shape: port.name === 'output_label' ? port.shape : undefined,
  }))
  const nodes = [classifier, ...graph.nodes, ...(isZipped ? [zip] : [])]
  return { ...graph, outputs, nodes, domains: new Map([['ai.onnx.ml', 3]]) }
}

const batch: Tensor = { shape: [3, 2], data: Float32Array.of(0, 0, 1, 0, 1, 3) }
const byHand = [0.8, 0.2, 0.4, 0.6, 0.1, 0.9].map((each) => expect.closeTo(each, 6))

describe('a classifier of trees', () => {
  test.each([true, false])(
    'gives its scores and labels, in dictionaries or not (%s)',
    async (zipped) => {
      const model = await openModel(graphBytes(converted(forest, zipped)), options)
      expect([model.inputShape, model.classes]).toEqual([[2], 2])
      expect([...(await model.scores(batch)).data]).toEqual(byHand)
      expect([...(await model.labels(batch))]).toEqual([0, 1, 1])
      await model.close()
    },
  )

  test('says why there is no gradient, and what to do', async () => {
    const model = await openModel(graphBytes(converted(forest, true)), options)
    await expect(model.lossGradient(batch, new Int32Array(3))).rejects.toMatchObject({
      code: 'NO_GRADIENT_RULE',
      message: expect.stringMatching(/TreeEnsembleClassifier.*flat between.*scores or labels/),
    })
    await model.close()
  })

  test('takes prepared samples as any other model', async () => {
    const preprocessing = { scale: 2, mean: [1, 1] }
    const model = await openModel(graphBytes(converted(forest, true)), {
      ...options,
      preprocessing,
    })
    const unprepared = { ...batch, data: batch.data.map((value) => (value + 1) / 2) }
    expect([...(await model.scores(unprepared)).data]).toEqual(byHand)
    await model.close()
  })
})

test('a regressor of trees gives one number', async () => {
  const graph = sketched({ inputs: [['X', [-1, 1]]], outputs: [['variable', [-1, 1]]], nodes: [] })
  const tree = classical(
    'TreeEnsembleRegressor',
    ['X'],
    ['variable'],
    [
      ...makeAttributes({
        n_targets: 1,
        nodes_treeids: [0, 0, 0],
        nodes_nodeids: [0, 1, 2],
        nodes_featureids: [0, 0, 0],
        nodes_values: floats(1, 0, 0),
        nodes_truenodeids: [1, 0, 0],
        nodes_falsenodeids: [2, 0, 0],
        target_treeids: [0, 0],
        target_nodeids: [1, 2],
        target_ids: [0, 0],
        target_weights: floats(-3, 7),
      }),
      texts('nodes_modes', 'BRANCH_LEQ', 'LEAF', 'LEAF'),
    ],
  )
  const bytes = graphBytes({ ...graph, nodes: [tree], domains: new Map([['ai.onnx.ml', 3]]) })
  const model = await openModel(bytes, options)
  const samples = { shape: [2, 1], data: Float32Array.of(1, 1.5) }
  expect([...(await model.scores(samples)).data]).toEqual([-3, 7])
  await model.close()
})

test('a linear classifier gives its scores', async () => {
  const node = classical(
    'LinearClassifier',
    ['X'],
    ['label', 'probabilities'],
    [
      ...olderClasses,
      ...makeAttributes({
        coefficients: floats(-1, -2, 1, 2),
        intercepts: floats(-0.5, 0.5),
        multi_class: 1,
        post_transform: 'LOGISTIC',
      }),
    ],
  )
  const model = await openModel(graphBytes(converted(node, true)), options)
  const p = (z: number) => expect.closeTo(1 / (1 + Math.exp(-z)), 5)
  const wanted = [-0.5, 0.5, -1.5, 1.5, -7.5, 7.5].map(p)
  expect([...(await model.scores(batch)).data]).toEqual(wanted)
  await expect(model.lossGradient(batch, new Int32Array(3))).rejects.toMatchObject({
    code: 'NO_GRADIENT_RULE',
    message: expect.stringContaining('scores or labels'),
  })
  await model.close()
})

test('a support vector machine gives its scores', async () => {
  // One support vector for each class, a linear kernel, without probabilities.
  const node = classical(
    'SVMClassifier',
    ['X'],
    ['label', 'probabilities'],
    [
      ...olderClasses,
      ...makeAttributes({
        coefficients: floats(1, -1),
        kernel_type: 'LINEAR',
        kernel_params: floats(0, 0, 0),
        rho: floats(0.25),
        support_vectors: floats(1, 0, 0, 1),
        vectors_per_class: [1, 1],
        post_transform: 'NONE',
      }),
    ],
  )
  const model = await openModel(graphBytes(converted(node, true)), options)
  const { shape, data } = await model.scores(batch)
  expect(shape).toEqual([3, 2])
  // x0 - x1 + rho parts the classes; the runtime gives both signs of it.
  expect([...data].map(Math.abs)).toEqual([0.25, 0.25, 1.25, 1.25, 1.75, 1.75].map(near))
  await model.close()
})

const near = (each: number) => expect.closeTo(each, 5)

test('a table whose columns are inputs of their own is refused with the way out', async () => {
  const graph = sketched({
    inputs: [
      ['age', [-1, 1]],
      ['income', [-1, 1]],
    ],
    outputs: [['y', [-1, 2]]],
    nodes: [['Concat', ['age', 'income'], ['y'], { axis: 1 }]],
  })
  const model = await openModel(graphBytes(graph), options)
  await expect(model.scores(batch)).rejects.toMatchObject({
    code: 'UNSUPPORTED_SIGNATURE',
    message: expect.stringMatching(/takes 2 inputs.*one float32 input/),
  })
  await model.close()
})
