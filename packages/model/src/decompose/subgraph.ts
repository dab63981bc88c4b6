import { create } from '@bufbuild/protobuf'
import { attribute } from '../attributes.ts'
import { readTensor } from '../constant.ts'
import type { GraphNode } from '../graph.ts'
import { type GraphProto, GraphProtoSchema, type NodeProto, NodeProtoSchema } from '../onnx_pb.ts'
import type { Rewriter } from './rewriter.ts'

/** A graph that a node holds. */
export function bodyOf(r: Rewriter, node: GraphNode, name: string): GraphProto {
  return attribute(node, name)?.g ?? r.refuse(`it has no ${name}`)
}

/**
 * Writes the nodes of a graph within a graph into the one around it, under names of their own; what it reads from
 * outside it goes on reading. `inputs` stand for the graph's own inputs. Gives the values of its outputs.
 */
export function inlined(r: Rewriter, body: GraphProto, inputs: readonly string[]): string[] {
  const names = new Map<string, string>()
  for (const [index, { name }] of body.input.entries()) {
    const value = inputs[index]
    if (value !== undefined) names.set(name ?? '', value)
  }
  for (const proto of body.initializer) {
    const name = proto.name ?? ''
    if (!names.has(name)) names.set(name, r.keep(readTensor(proto, name)))
  }
  for (const { output } of body.node) {
    for (const name of output) if (name !== '') names.set(name, r.nameFor(name))
  }
  for (const node of body.node) {
    const renamed = renamedNode(node, names)
    r.add({
      name: renamed.output[0] ?? '',
      op: node.opType ?? '',
      domain: node.domain === 'ai.onnx' ? '' : (node.domain ?? ''),
      inputs: renamed.input,
      outputs: renamed.output,
      attributes: renamed.attribute,
    })
  }
  return body.output.map(({ name }) => names.get(name ?? '') ?? name ?? '')
}

/** Graphs within read names of the graphs around them, so these change everywhere. */
function renamedNode(node: NodeProto, names: ReadonlyMap<string, string>): NodeProto {
  const nameOf = (name: string) => names.get(name) ?? name
  return create(NodeProtoSchema, {
    ...node,
    input: node.input.map(nameOf),
    output: node.output.map(nameOf),
    attribute: node.attribute.map((each) => ({
      ...each,
      ...(each.g === undefined ? {} : { g: renamedGraph(each.g, names) }),
      graphs: each.graphs.map((graph) => renamedGraph(graph, names)),
    })),
  })
}

function renamedGraph(graph: GraphProto, names: ReadonlyMap<string, string>): GraphProto {
  const own = [
    ...graph.input.map(({ name }) => name ?? ''),
    ...graph.initializer.map(({ name }) => name ?? ''),
    ...graph.node.flatMap(({ output }) => output),
  ]
  const outer = new Map([...names].filter(([name]) => !own.includes(name)))
  const output = graph.output.map((port) => ({
    ...port,
    name: outer.get(port.name ?? '') ?? port.name ?? '',
  }))
  const node = graph.node.map((each) => renamedNode(each, outer))
  return create(GraphProtoSchema, { ...graph, node, output })
}
