import { EngineError, quoted } from './errors.ts'
import { type Graph, type GraphNode, hasSubgraphs, ownName } from './graph.ts'
import { isOwnDomain, nodeOf } from './graph-file.ts'
import { limits } from './limits.ts'
import type { AttributeProto, FunctionProto } from './onnx_pb.ts'
import { raiseOpset } from './raise-opset.ts'

/**
 * The graph with the bodies of the model's own functions in place of their calls, so that rules see the operators.
 * A function that holds graphs of its own stays a call.
 * @throws EngineError MODEL_TOO_LARGE for calls beyond a limit, OPSET_UNSUPPORTED for a body in another opset
 */
export function inlineFunctions(graph: Graph): Graph {
  if (graph.functions.length === 0) return graph
  const functions = new Map<string, FunctionProto>()
  for (const each of graph.functions) {
    const isPlain = !each.node.some((node) => hasSubgraphs(nodeOf(node)))
    if (isPlain && !each.overload) functions.set(keyOf(each.domain ?? '', each.name ?? ''), each)
  }
  const nodes: GraphNode[] = []
  let constants = graph.constants
  let steps = 0
  const place = (node: GraphNode, depth: number) => {
    steps++
    if (steps > limits.graphNodesMax || depth > limits.graphNestingMax) throw tooLarge(node)
    const called = functions.get(keyOf(node.domain, node.op))
    if (called === undefined) return nodes.push(node)
    const body = bodyOf(called, node, steps)
    const raised = raiseOpset({ ...graph, nodes: body, constants, opset: opsetOf(called, graph) })
    if (raised.opset !== graph.opset) throw otherOpset(called, raised.opset, graph.opset)
    constants = raised.constants
    for (const inner of raised.nodes) place(inner, depth + 1)
  }
  for (const node of graph.nodes) place(node, 0)
  const isCalled = nodes.some(
    (node) => hasSubgraphs(node) || graph.functions.some((each) => isCallOf(node, each)),
  )
  return { ...graph, nodes, constants, functions: isCalled ? graph.functions : [] }
}

/** The nodes of a body, with the values of the call for its parameters and names of its own for the rest. */
function bodyOf(called: FunctionProto, call: GraphNode, id: number): GraphNode[] {
  const names = new Map<string, string>([['', '']])
  for (const [i, name] of called.input.entries()) names.set(name, call.inputs[i] ?? '')
  const handedThrough: GraphNode[] = []
  for (const [i, name] of called.output.entries()) {
    const outer = call.outputs[i] ?? ''
    if (outer === '') continue
    const from = names.get(name)
    if (from === undefined) names.set(name, outer)
    else handedThrough.push(identity(from, outer))
  }
  const renamed = (name: string) => {
    const known = names.get(name) ?? ownName(`${called.name}_${id}/${name}`)
    names.set(name, known)
    return known
  }
  const body = called.node.map((proto, index): GraphNode => {
    const node = nodeOf(proto)
    return {
      ...node,
      name: `${call.name}/${node.name || node.op}_${index}`,
      inputs: node.inputs.map(renamed),
      outputs: node.outputs.map(renamed),
      attributes: node.attributes.flatMap((each) => bound(each, call, called)),
    }
  })
  return [...body, ...handedThrough]
}

/** An attribute that stands for one of the call, or for the function's default; without either it is left out. */
function bound(own: AttributeProto, call: GraphNode, called: FunctionProto): AttributeProto[] {
  if (!own.refAttrName) return [own]
  const stands = ({ name }: AttributeProto) => name === own.refAttrName
  const given = call.attributes.find(stands) ?? called.attributeProto.find(stands)
  return given === undefined ? [] : [{ ...given, name: own.name }]
}

function identity(from: string, to: string): GraphNode {
  return { name: to, op: 'Identity', domain: '', inputs: [from], outputs: [to], attributes: [] }
}

function opsetOf(called: FunctionProto, graph: Graph): number {
  const own = called.opsetImport.find(({ domain }) => isOwnDomain(domain ?? ''))
  return own === undefined ? graph.opset : Number(own.version ?? 0)
}

function keyOf(domain: string, name: string): string {
  return `${domain}\0${name}`
}

function isCallOf(node: GraphNode, { domain, name }: FunctionProto): boolean {
  return node.op === name && node.domain === (domain ?? '')
}

function tooLarge({ op }: GraphNode): EngineError {
  return new EngineError(
    'MODEL_TOO_LARGE',
    `the functions of the model call one another too often or too deep (at ${quoted(op)}); export it without functions`,
  )
}

function otherOpset({ name }: FunctionProto, found: number, wanted: number): EngineError {
  return new EngineError(
    'OPSET_UNSUPPORTED',
    `function ${quoted(name ?? '')} of the model uses opset ${found} and the model ${wanted}; export it with one opset`,
  )
}
