import { intAttribute } from '../attributes.ts'
import { intConstant } from '../constant.ts'
import type { Facts } from '../gradient/value-facts.ts'
import { type Graph, type GraphNode, pruned } from '../graph.ts'
import { limits } from '../limits.ts'
import { optional, Rewriter } from './rewriter.ts'

/** The tensors of a list by their names; `undefined` while its making is not known. */
type List = readonly string[] | undefined

/** What an operator makes of a list, or of tensors: a list, or nodes that give its outputs. */
type ListRule = (r: Rewriter, node: GraphNode, listOf: (name: string) => List, facts: Facts) => List

/**
 * The graph without lists of tensors (SequenceConstruct, SplitToSequence and their kind), whose places are known: what reads
 * one tensor of a list reads that tensor. The same graph if there is none; lists whose length is computed stay.
 */
export function withoutLists(graph: Graph, facts: Facts): Graph {
  if (!graph.nodes.some(isListNode)) return graph
  const lists = new Map<string, List>()
  const constants = new Map(graph.constants)
  const made = new Set(graph.nodes.flatMap(({ outputs }) => outputs))
  let isChanged = false
  const nodes = graph.nodes.flatMap((node) => {
    const [name = ''] = node.outputs
    const [first = ''] = node.inputs
    if (node.domain !== '' || !(isListNode(node) || lists.has(first))) return [node]
    const r = new Rewriter(graph, facts, node)
    // What an earlier round made of a list that is not done with yet stands in the graph.
    const fresh = () => r.nodes.filter(({ outputs }) => !made.has(outputs[0] ?? ''))
    const keep = () => {
      for (const [key, constant] of r.constants) constants.set(key, constant)
    }
    if (Object.hasOwn(makers, node.op)) {
      lists.set(
        name,
        makers[node.op]?.(r, node, (each) => lists.get(each), facts),
      )
      keep()
      // The maker stays for as long as something needs the list as one.
      return [...fresh(), node]
    }
    const read = Object.hasOwn(readers, node.op) ? readers[node.op] : undefined
    const value = read?.(r, node, lists.get(first))
    if (value === undefined) return [node]
    isChanged = true
    keep()
    return [...fresh(), handedOn(value, name)]
  })
  return isChanged ? pruned({ ...graph, nodes, constants }) : graph
}

/** The names of all values that are lists, which the runtime does not show. */
export function listValues({ nodes }: Graph): ReadonlySet<string> {
  const lists = new Set<string>()
  for (const node of nodes) {
    for (const [index, name] of node.outputs.entries()) {
      if (isList(node, index, lists)) lists.add(name)
    }
  }
  return lists
}

/** @throws EngineError NO_GRADIENT_RULE for a list that is left, since its length or a place in it is computed */
export function refuseLists(graph: Graph): void {
  const node = graph.nodes.find(isListNode)
  if (node === undefined) return
  new Rewriter(graph, new Map(), node).refuse(
    'it works on a list of tensors whose length or places are computed',
  )
}

function isListNode({ op, domain }: GraphNode): boolean {
  return domain === '' && op.includes('Sequence') && op !== 'ReverseSequence'
}

function isList(node: GraphNode, index: number, lists: ReadonlySet<string>): boolean {
  if (node.domain !== '') return false
  if (node.op === 'Identity') return lists.has(node.inputs[0] ?? '')
  if (node.op === 'SequenceMap') return true
  // A body says the types of what it gives; that of a Loop gives its condition first.
  const body = node.attributes.find(({ g }) => g !== undefined)?.g
  if (body !== undefined) {
    const port = body.output[index + (node.op === 'Loop' ? 1 : 0)]
    return port?.type?.value.case === 'sequenceType'
  }
  return Object.hasOwn(makers, node.op)
}

/** Operators that give a list. */
const makers: Readonly<Record<string, ListRule>> = {
  // A list of nothing.
  SequenceEmpty: () => [],
  // The tensors themselves.
  SequenceConstruct: (_, { inputs }) => inputs,
  // One more tensor at a known place.
  SequenceInsert: (r, node, listOf) => {
    const list = listOf(node.inputs[0] ?? '')
    const place = placeIn(r, node, 2, list, list?.length)
    return place === undefined ? undefined : list?.toSpliced(place, 0, node.inputs[1] ?? '')
  },
  // One tensor less at a known place.
  SequenceErase: (r, node, listOf) => {
    const list = listOf(node.inputs[0] ?? '')
    const place = placeIn(r, node, 1, list, (list?.length ?? 0) - 1)
    return place === undefined ? undefined : list?.toSpliced(place, 1)
  },
  // A Split into as many parts.
  SplitToSequence: split,
  // The same list.
  Identity: (_r, node, listOf) => listOf(node.inputs[0] ?? ''),
}

/** Operators that read a list and give the name of a tensor. */
const readers: Readonly<
  Record<string, (r: Rewriter, node: GraphNode, list: List) => string | undefined>
> = {
  // The tensor at a known place.
  SequenceAt: (r, node, list) => {
    const place = placeIn(r, node, 1, list)
    return place === undefined ? undefined : list?.[place]
  },
  // A number that is known.
  SequenceLength: (r, _, list) => list && r.keep(intConstant([list.length], [])),
  // A Concat, after an Unsqueeze of each where they are stacked.
  ConcatFromSequence: (r, node, list) => {
    if (list === undefined || list.length === 0) return undefined
    const axis = intAttribute(node, 'axis', 0)
    const isStacked = intAttribute(node, 'new_axis', 0) === 1
    const parts = isStacked ? list.map((each) => r.emit('Unsqueeze', [each, r.ints([axis])])) : list
    return r.emit('Concat', parts, { axis })
  },
}

/** Operators on lists whose length and places are known. */
export const listOperators: readonly string[] = [
  ...Object.keys(makers),
  ...Object.keys(readers),
].filter((op) => op !== 'Identity')

/** Where a constant says, counted from the end if negative; `otherwise` if it is left out. */
function placeIn(
  r: Rewriter,
  node: GraphNode,
  index: number,
  list: List,
  otherwise?: number,
): number | undefined {
  const stated = optional(node, index)
  if (stated === undefined) return otherwise
  const [place] = r.numbers(stated) ?? []
  return place === undefined || place >= 0 ? place : place + (list?.length ?? Number.NaN)
}

/** Parts of stated sizes, parts of one size of which the last may be smaller, or parts of 1. */
function split(r: Rewriter, node: GraphNode, _: (name: string) => List, facts: Facts): List {
  const x = node.inputs[0] ?? ''
  const axis = intAttribute(node, 'axis', 0)
  const sizes = splitSizes(r, node, axis, facts)
  if (sizes === undefined || sizes.length > limits.unrolledStepsMax) return undefined
  const parts = r.emitMany('Split', [x, r.ints(sizes)], sizes.length, { axis })
  const isFlat = optional(node, 1) === undefined && intAttribute(node, 'keepdims', 1) === 0
  return isFlat ? parts.map((part) => r.emit('Squeeze', [part, r.ints([axis])])) : parts
}

function splitSizes(
  r: Rewriter,
  node: GraphNode,
  axis: number,
  facts: Facts,
): readonly number[] | undefined {
  const stated = optional(node, 1)
  const numbers = stated === undefined ? [1] : r.numbers(stated)
  if (numbers === undefined) return undefined
  if (stated !== undefined && facts.get(stated)?.shape.length === 1) return numbers
  const whole = facts.get(node.inputs[0] ?? '')?.shape.at(axis)
  const size = numbers[0] ?? 0
  if (typeof whole !== 'number' || size < 1) return undefined
  const count = Math.ceil(whole / size)
  return Array.from({ length: count }, (_, i) => Math.min(size, whole - i * size))
}

function handedOn(from: string, to: string): GraphNode {
  return { name: to, op: 'Identity', domain: '', inputs: [from], outputs: [to], attributes: [] }
}
