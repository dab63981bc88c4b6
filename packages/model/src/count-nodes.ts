import { EngineError, quoted } from './errors.ts'
import { limits } from './limits.ts'
import type { FunctionProto, NodeProto } from './onnx_pb.ts'

/**
 * How many nodes a model is when it runs: those of its graph, of the graphs inside it, and of each function as often as
 * it is called, because the runtime puts a function's nodes where it is called. Functions that double each other
 * would otherwise make a small file endless. Every later walk relies on the bound of the depth.
 * @throws EngineError MODEL_TOO_LARGE for graphs or calls that are too deep, endless ones included
 */
export function countNodes(
  nodes: readonly NodeProto[],
  functions: readonly FunctionProto[],
  name: string,
): number {
  const bodies = new Map<string, readonly NodeProto[]>()
  for (const { domain, name, overload, node } of functions) {
    const call = callOf(domain, name, overload)
    bodies.set(call, [...(bodies.get(call) ?? []), ...node])
  }
  const counted = new Map<string, number>()
  const tooDeep = (what: string, most: number) =>
    new EngineError('MODEL_TOO_LARGE', `${quoted(name)} holds ${what} more than ${most} deep`)

  const count = (list: readonly NodeProto[], graphDepth: number, callDepth: number): number => {
    if (graphDepth > limits.graphNestingMax) {
      throw tooDeep('graphs within graphs', limits.graphNestingMax)
    }
    let total = list.length
    for (const { domain, opType, overload, attribute } of list) {
      total += called(callOf(domain, opType, overload), callDepth + 1)
      for (const { g, graphs } of attribute) {
        if (g !== undefined) total += count(g.node, graphDepth + 1, callDepth)
        for (const graph of graphs) total += count(graph.node, graphDepth + 1, callDepth)
      }
    }
    return total
  }

  const called = (call: string, callDepth: number): number => {
    const body = bodies.get(call)
    if (body === undefined) return 0
    if (callDepth > limits.functionCallsMax) {
      throw tooDeep('functions that call functions', limits.functionCallsMax)
    }
    const known = counted.get(call) ?? count(body, 0, callDepth)
    counted.set(call, known)
    return known
  }

  return count(nodes, 0, 0)
}

/** What a node and the function that it calls have in common. ONNX's own operators are never taken from the file. */
function callOf(domain = '', name = '', overload = ''): string {
  const isOwn = domain === '' || domain === 'ai.onnx'
  return JSON.stringify(isOwn ? [] : [domain, name, overload])
}
