import { intsAttribute } from '../../attributes.ts'
import { type Graph, type GraphNode, readsOf } from '../../graph.ts'
import { throughNode } from '../backward.ts'
import type { GradientBuilder, Value } from '../gradient-builder.ts'
import { isSameShape } from '../value-facts.ts'
import type { ParameterUse } from './formula.ts'

/** One place that reads a parameter, and the nodes that turned or reshaped it on the way there. */
export interface ViewedUse extends ParameterUse {
  readonly views: readonly GraphNode[]
}

/** Every place that reads a parameter, as it is or seen through views; `undefined` if a graph within reads it. */
export function usesOf(graph: Graph): (parameter: string) => readonly ViewedUse[] | undefined {
  const readers = new Map<string, ParameterUse[]>()
  const readWithin = new Set<string>()
  const outputs = new Set(graph.outputs.map(({ name }) => name))
  for (const node of graph.nodes) {
    for (const [index, name] of node.inputs.entries()) {
      readers.set(name, [...(readers.get(name) ?? []), { node, index }])
    }
    for (const name of readsOf(node)) if (!node.inputs.includes(name)) readWithin.add(name)
  }
  const follow = (value: string, views: readonly GraphNode[]): ViewedUse[] | undefined => {
    if (readWithin.has(value) || outputs.has(value)) return undefined
    const found: ViewedUse[] = []
    for (const use of readers.get(value) ?? []) {
      const [y = ''] = use.node.outputs
      const more = isView(use) ? follow(y, [...views, use.node]) : [{ ...use, views }]
      if (more === undefined) return undefined
      found.push(...more)
    }
    return found
  }
  return (parameter) => follow(parameter, [])
}

const reshaping = new Set(['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Identity'])

/** An operator that gives each number of its operand once, so that norms stay. */
function isView({ node, index }: ParameterUse): boolean {
  return index === 0 && node.domain === '' && (node.op === 'Transpose' || reshaping.has(node.op))
}

/** The gradient of a parameter from the gradient of what its views made of it. */
export function throughViews(
  g: GradientBuilder,
  { views }: ViewedUse,
  gradient: Value | undefined,
): Value | undefined {
  return views.reduceRight<Value | undefined>((dy, view) => {
    if (dy === undefined) return undefined
    const at = g.forward.findIndex(({ outputs }) => outputs[0] === view.outputs[0])
    return throughNode(g, at, view, [dy])[0]
  }, gradient)
}

/** The same for gradients with a row per sample. */
export function eachThroughViews(g: GradientBuilder, { views }: ViewedUse, each: Value): Value {
  return views.reduceRight((dy, view) => {
    const shape = g.shape(view.inputs[0] ?? '')
    if (view.op !== 'Transpose') return g.emit('Reshape', [dy, g.ints([-1, ...shape.map(Number)])])
    const perm = intsAttribute(view, 'perm') ?? shape.map((_, axis) => shape.length - 1 - axis)
    const back = perm.map((_, axis) => perm.indexOf(axis) + 1)
    return g.emit('Transpose', [dy], { perm: [0, ...back] })
  }, each)
}

/** True if every view's shape is known, so that gradients with a row per sample can go back through it. */
export function areViewsKnown(g: GradientBuilder, { views }: ViewedUse): boolean {
  return views.every(({ inputs, outputs }) =>
    [inputs[0] ?? '', outputs[0] ?? ''].every(
      (name) => g.facts.has(name) && isSameShape(g.shape(name), g.shape(name).map(Number)),
    ),
  )
}
