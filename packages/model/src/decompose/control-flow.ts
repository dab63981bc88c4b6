import { intAttribute, intsAttribute } from '../attributes.ts'
import { intConstant, numbersOf, readTensor } from '../constant.ts'
import type { GraphNode } from '../graph.ts'
import { limits } from '../limits.ts'
import type { GraphProto } from '../onnx_pb.ts'
import type { Decomposition, Decompositions } from './decomposition.ts'
import { given, optional, type Rewriter } from './rewriter.ts'
import { bodyOf, inlined } from './subgraph.ts'

/** A branch that is always taken stands where the If stood. */
const ifNode: Decomposition = (r, node) => {
  const [condition] = r.numbers(given(r, node, 0)) ?? r.refuse('which branch it takes is computed')
  return inlined(r, bodyOf(r, node, condition === 0 ? 'else_branch' : 'then_branch'), [])
}

/** A loop of a known count is its body, that often. */
const loop: Decomposition = (r, node) => {
  const body = bodyOf(r, node, 'body')
  const steps = tripCount(r, node, body)
  const carried = body.input.length - 2
  let states = node.inputs.slice(2, 2 + carried)
  const columns: string[][] = []
  const goesOn = r.keep({ type: 'bool', shape: [], bytes: Uint8Array.of(1) })
  for (let step = 0; step < steps; step++) {
    const place = r.keep(intConstant([step], []))
    const [, ...results] = inlined(r, body, [place, goesOn, ...states])
    states = results.slice(0, carried)
    columns.push(results.slice(carried))
  }
  return [...states, ...stacked(r, body.output.length - 1 - carried, columns)]
}

function tripCount(r: Rewriter, node: GraphNode, body: GraphProto): number {
  const start = optional(node, 1)
  const known = start === undefined ? [1] : r.numbers(start)
  if (known === undefined || !alwaysGoesOn(r, body)) return r.refuse('when it ends is computed')
  const [count] = r.numbers(optional(node, 0)) ?? r.refuse('how often it runs is computed')
  return bounded(r, known[0] === 0 ? 0 : (count ?? 0))
}

/** True if the body hands its condition on, or answers a constant that is true; a truth value stays one in a Cast. */
function alwaysGoesOn(r: Rewriter, body: GraphProto): boolean {
  const makers = new Map(body.node.flatMap((node) => node.output.map((name) => [name, node])))
  let name = body.output[0]?.name ?? ''
  // The count of nodes bounds the way, since a damaged file may lead in a circle.
  for (const _ of body.node) {
    const maker = makers.get(name)
    if (maker?.opType !== 'Identity' && maker?.opType !== 'Cast') break
    name = maker.input[0] ?? ''
  }
  if (name === body.input[1]?.name) return true
  const held = body.initializer.find((each) => each.name === name)
  const maker = makers.get(name)
  const tensor = held ?? (maker?.opType === 'Constant' ? maker.attribute[0]?.t : undefined)
  const numbers = tensor === undefined ? r.numbers(name) : numbersOf(readTensor(tensor, name))
  return numbers?.[0] !== undefined && numbers[0] !== 0
}

/** A scan runs once for each slice of its inputs. */
const scan: Decomposition = (r, node) => {
  const body = bodyOf(r, node, 'body')
  const count = intAttribute(node, 'num_scan_inputs', 0)
  if (count < 1) r.refuse('it scans nothing')
  const scanned = node.inputs.slice(-count)
  const axes = intsAttribute(node, 'scan_input_axes') ?? scanned.map(() => 0)
  const ways = intsAttribute(node, 'scan_input_directions') ?? scanned.map(() => 0)
  const steps = bounded(r, r.size(scanned[0] ?? '', axes[0] ?? 0))
  const lines = scanned.map((value, at) => slices(r, value, axes[at] ?? 0, ways[at] === 1, steps))
  let states = node.inputs.slice(0, -count)
  const carried = states.length
  const columns: string[][] = []
  for (let step = 0; step < steps; step++) {
    const results = inlined(r, body, [...states, ...lines.map((line) => line[step] ?? '')])
    states = results.slice(0, carried)
    columns.push(results.slice(carried))
  }
  const outputs = body.output.length - carried
  const axesOut = intsAttribute(node, 'scan_output_axes') ?? []
  const waysOut = intsAttribute(node, 'scan_output_directions') ?? []
  return [...states, ...stacked(r, outputs, columns, axesOut, waysOut)]
}

/** A value cut along an axis, which vanishes. */
function slices(r: Rewriter, value: string, axis: number, isReversed: boolean, steps: number) {
  const ones = r.ints(new Array<number>(steps).fill(1))
  const parts = r
    .emitMany('Split', [value, ones], steps, { axis })
    .map((part) => r.emit('Squeeze', [part, r.ints([axis])]))
  return isReversed ? parts.reverse() : parts
}

/** What every step gave, side by side along a new axis. */
function stacked(
  r: Rewriter,
  outputs: number,
  columns: readonly (readonly string[])[],
  axes: readonly number[] = [],
  ways: readonly number[] = [],
): string[] {
  return Array.from({ length: outputs }, (_, at) => {
    if (columns.length === 0) return r.refuse('it never runs and its outputs have no shape')
    const axis = axes[at] ?? 0
    const lines = columns.map((column) => r.emit('Unsqueeze', [column[at], r.ints([axis])]))
    return r.emit('Concat', ways[at] === 1 ? lines.reverse() : lines, { axis })
  })
}

function bounded(r: Rewriter, steps: number): number {
  if (steps <= limits.unrolledStepsMax) return Math.max(0, steps)
  return r.refuse(`it takes ${steps} steps, more than ${limits.unrolledStepsMax}`)
}

/** Graphs within graphs, written out where their course is known. */
export const controlFlowDecompositions: Decompositions = {
  If: ifNode,
  Loop: loop,
  Scan: scan,
}
