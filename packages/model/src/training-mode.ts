import { deriveSeed } from '@merlon/core'
import { intAttribute, makeAttributes } from './attributes.ts'
import type { Constant } from './constant.ts'
import { type Graph, type GraphNode, ownName } from './graph.ts'
import type { ParsedModel } from './model-file.ts'
import type { NodeProto } from './onnx_pb.ts'

/**
 * The graph as it learns: each batch normalisation takes the statistics of its batch and gives running ones (ONNX's: with the
 * population's variance), each dropout drops, its draws decided by `seed`. With `isTurnedOn` false only the nodes that the file
 * itself has in training mode do.
 */
export function inTrainingMode(
  graph: Graph,
  { isTurnedOn, seed }: { readonly isTurnedOn: boolean; readonly seed: number },
): Graph {
  const constants = new Map(graph.constants)
  constants.set(yes, { type: 'bool', shape: [], bytes: Uint8Array.of(1) } satisfies Constant)
  // Where layers share statistics, the later one goes on from what the earlier one made of them.
  const latest = new Map<string, string>()
  const nodes = graph.nodes.map((node) => {
    if (node.domain !== '') return node
    if (node.op === 'Dropout') return dropping(node, isTurnedOn, seed)
    if (node.op !== 'BatchNormalization') return node
    const statistics = node.inputs.slice(3, 5)
    const isOurs =
      statistics.length === 2 && statistics.every((name) => graph.initialisers.has(name))
    const isOn = intAttribute(node, 'training_mode', 0) === 1 || isTurnedOn
    if (!isOn || !isOurs) return node
    const [y = ''] = node.outputs
    const running = statistics.map((_, i) => node.outputs[i + 1] || ownName(`running_${i}/${y}`))
    const inputs = [
      ...node.inputs.slice(0, 3),
      ...statistics.map((name) => latest.get(name) ?? name),
    ]
    for (const [i, name] of statistics.entries()) latest.set(name, running[i]!)
    const kept = node.attributes.filter(({ name }) => name !== 'training_mode')
    const attributes = [...kept, ...makeAttributes({ training_mode: 1 })]
    return { ...node, inputs, outputs: [y, ...running], attributes }
  })
  return { ...graph, nodes, constants }
}

const yes = ownName('in_training')

function dropping(node: GraphNode, isTurnedOn: boolean, seed: number): GraphNode {
  const [x = '', ratio = '', mode = ''] = node.inputs
  const kept = node.attributes.filter(({ name }) => name !== 'seed')
  const own = deriveSeed(seed, node.outputs[0] ?? '')
  return {
    ...node,
    inputs: isTurnedOn ? [x, ratio, yes] : [x, ratio, mode],
    attributes: [...kept, ...makeAttributes({ seed: own })],
  }
}

/** Statistic to the value that holds it after the step, of a graph in training mode. */
export function runningStatistics(graph: Graph): ReadonlyMap<string, string> {
  const made = new Map<string, string>()
  const running = new Map<string, string>()
  for (const { op, domain, inputs, outputs } of graph.nodes) {
    if (op !== 'BatchNormalization' || domain !== '' || outputs.length < 3) continue
    for (const i of [0, 1]) {
      const from = inputs[3 + i] ?? ''
      const statistic = made.get(from) ?? from
      made.set(outputs[1 + i]!, statistic)
      running.set(statistic, outputs[1 + i]!)
    }
  }
  return running
}

/** The model for use: what its file has in training mode is in inference mode. */
export function forInference(model: ParsedModel): ParsedModel {
  const reads = new Set([
    ...model.graph.node.flatMap(({ input }) => input),
    ...model.graph.output.map(({ name }) => name ?? ''),
  ])
  const isRead = (name: string) => reads.has(name)
  const node = model.graph.node.map((each) => inferring(each, isRead))
  return { ...model, graph: { ...model.graph, node } }
}

function inferring(node: NodeProto, isRead: (name: string) => boolean): NodeProto {
  if (node.domain !== undefined && node.domain !== '' && node.domain !== 'ai.onnx') return node
  if (node.opType === 'Dropout' && node.input.length > 2) {
    return { ...node, input: node.input.slice(0, 2) }
  }
  const isTraining = node.attribute.some(({ name, i }) => name === 'training_mode' && i === 1n)
  if (node.opType !== 'BatchNormalization' || !isTraining) return node
  if (node.output.slice(1).some(isRead)) return node
  const attribute = node.attribute.filter(({ name }) => name !== 'training_mode')
  return { ...node, attribute, output: node.output.slice(0, 1) }
}
