import { floatAttribute, intAttribute } from '../../attributes.ts'
import type { GraphNode } from '../../graph.ts'
import type { GradientBuilder, Value } from '../gradient-builder.ts'
import type { Dimension } from '../value-facts.ts'
import {
  byPairs,
  type Formula,
  fixedSizes,
  isGhostCheaper,
  type ParameterUse,
  type PerExample,
} from './formula.ts'

/**
 * Uses whose rows are the places of all samples, one sample after the other: exporters flatten [n, places, depth] to
 * [n places, depth] before a product. Only where that order is certain; a flattened [places, n, depth] has none of it.
 */
export const flattened: Formula = (g, use, batch) => {
  const { node, index } = use
  const places = placesOf(g, node.outputs[0] ?? '', batch)
  if (places === undefined) return undefined
  if (node.op === 'Add') return sumOverPlaces(g, use, places)
  if (node.op === 'Gemm' && index === 2 && floatAttribute(node, 'beta', 1) === 1) {
    return sumOverPlaces(g, use, places)
  }
  return index === 1 ? product(g, node, places) : undefined
}

function product(g: GradientBuilder, node: GraphNode, places: number): PerExample | undefined {
  const [a = '', b = ''] = node.inputs
  const isPlain =
    node.op === 'MatMul' ||
    (node.op === 'Gemm' &&
      intAttribute(node, 'transA', 0) === 0 &&
      floatAttribute(node, 'alpha', 1) === 1)
  const [rows, columns] = fixedSizes(g.shape(b)) ?? []
  const middle = fixedSizes(g.shape(a).slice(1, -1))
  if (!isPlain || rows === undefined || columns === undefined || middle === undefined)
    return undefined
  if (g.shape(b).length !== 2) return undefined
  const isTurned = node.op === 'Gemm' && intAttribute(node, 'transB', 0) !== 0
  const [depth, width] = isTurned ? [columns, rows] : [rows, columns]
  const all = middle.reduce((count, size) => count * size, places)
  const as = (value: Value, last: number) => g.emit('Reshape', [value, g.ints([-1, all, last])])
  const turned = (value: Value) => g.emit('Transpose', [value], { perm: [0, 2, 1] })
  const each = (dy: Value) => {
    const [left, right] = [as(a, depth), as(dy, width)]
    return g.emit('MatMul', isTurned ? [turned(right), left] : [turned(left), right])
  }
  if (!isGhostCheaper(all, depth * width)) return { each }
  return { each, squares: (dy) => byPairs(g, as(a, depth), as(dy, width), [0, 2, 1]) }
}

/** A parameter that is added: its gradient is dy, summed over the axes along which it was broadcast. */
function sumOverPlaces(
  g: GradientBuilder,
  { node, index }: ParameterUse,
  places: number,
): PerExample | undefined {
  const rest = fixedSizes(g.shape(node.outputs[0] ?? '').slice(1))
  const own = fixedSizes(g.shape(node.inputs[index] ?? ''))
  if (rest === undefined || own === undefined || own.length > rest.length) return undefined
  const lead = rest.length - own.length
  const broadcast = rest.flatMap((size, axis) =>
    axis < lead || (own[axis - lead] === 1 && size !== 1) ? [axis + 2] : [],
  )
  return {
    each(dy) {
      const parts = g.emit('Reshape', [dy, g.ints([-1, places, ...rest])])
      const sum = g.emit('ReduceSum', [parts, g.ints([1, ...broadcast])], { keepdims: 0 })
      return g.emit('Reshape', [sum, g.ints([-1, ...own])])
    },
  }
}

const reshaping = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze'])

/** How many rows each sample has, if its rows follow one another for certain. */
function placesOf(g: GradientBuilder, value: Value, batch: Dimension): number | undefined {
  const places = timesBatch(g.facts.get(value)?.shape[0], batch)
  if (places === undefined || places === 1) return places
  const node = g.forward.find(({ outputs }) => outputs.includes(value))
  const [x = ''] = node?.inputs ?? []
  if (node === undefined || node.domain !== '') return undefined
  // A reshaped tensor keeps the order of its numbers, so that samples that were whole stay whole.
  if (reshaping.has(node.op)) return placesOf(g, x, batch) === undefined ? undefined : places
  if (node.op !== 'Gemm' && node.op !== 'MatMul' && node.op !== 'Add') return undefined
  if (node.op === 'Gemm' && intAttribute(node, 'transA', 0) !== 0) return undefined
  // Row by row: the rows of the one operand that grows with the batch.
  const grown = node.inputs.filter((name) => !isFixed(g, name))
  const [only, ...others] = grown
  if (only === undefined || others.length > 0) return undefined
  if (node.op !== 'Add' && only !== x) return undefined
  return g.shape(only)[0] === g.shape(value)[0] ? placesOf(g, only, batch) : undefined
}

function isFixed(g: GradientBuilder, name: string): boolean {
  const shape = g.facts.get(name)?.shape
  return g.graph.constants.has(name) && shape !== undefined && fixedSizes(shape) !== undefined
}

/** The whole number k for a size that was k times the batch in every run. */
function timesBatch(size: Dimension | undefined, batch: Dimension): number | undefined {
  if (typeof size !== 'string' || typeof batch !== 'string') return undefined
  const [sizes, batches] = [size, batch].map((text) => text.split('|').map(Number))
  const [k, ...others] = (sizes ?? []).map((each, run) => each / (batches?.[run] ?? 0))
  return k !== undefined && Number.isInteger(k) && others.every((each) => each === k)
    ? k
    : undefined
}
