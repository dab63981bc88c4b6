import { floatAttribute, intAttribute } from '../../attributes.ts'
import type { GraphNode } from '../../graph.ts'
import type { GradientBuilder, Value } from '../gradient-builder.ts'
import { inverseRoot, normal } from '../rules/moments.ts'
import { type Formula, fixedSizes } from './formula.ts'

/** y = n scale + B per channel at inference: dscale_i = sum dy_i n_i and dB_i = sum dy_i over places. */
export const batchNormalization: Formula = (g, { node, index }) => {
  if (intAttribute(node, 'training_mode', 0) === 1) return undefined
  const [x = '', , , mean = '', variance = ''] = node.inputs
  const rank = g.shape(x).length
  const perChannel = g.ints(Array.from({ length: rank }, (_, axis) => (axis === 1 ? -1 : 1)))
  const spread = (value: Value) => g.emit('Reshape', [value, perChannel])
  const places = Array.from({ length: rank - 2 }, (_, axis) => axis + 2)
  const sum = (value: Value) =>
    places.length === 0 ? value : g.emit('ReduceSum', [value, g.ints(places)], { keepdims: 0 })
  if (index === 2) return { each: sum }
  if (index !== 1) return undefined
  return {
    each(dy) {
      const r = spread(inverseRoot(g, variance, epsilonOf(g, node)))
      const n = g.emit('Mul', [g.emit('Sub', [x, spread(mean)]), r])
      return sum(g.emit('Mul', [dy, n]))
    },
  }
}

/** y = n scale + B with n per sample and group of channels; there is a scale per channel, or per group in opset 18. */
export function grouped(groupsOf: (node: GraphNode, channels: number) => number): Formula {
  return (g, { node, index }) => {
    const [x = '', scale = ''] = node.inputs
    const [channels, parameters] = fixedSizes([g.shape(x)[1] ?? '', ...g.shape(scale)]) ?? []
    if (channels === undefined || parameters === undefined) return undefined
    const as = (value: Value, size: number) => g.emit('Reshape', [value, g.ints([0, size, -1])])
    const sum = (value: Value) => g.emit('ReduceSum', [value, g.ints([2])], { keepdims: 0 })
    if (index === 2) return { each: (dy) => sum(as(dy, parameters)) }
    if (index !== 1) return undefined
    return {
      each(dy) {
        const { n } = normal(g, as(x, groupsOf(node, channels)), [2], epsilonOf(g, node))
        return sum(g.emit('Mul', [as(dy, parameters), as(n, parameters)]))
      },
    }
  }
}

function epsilonOf(g: GradientBuilder, node: GraphNode): Value {
  return g.scalar(floatAttribute(node, 'epsilon', 1e-5), node.inputs[0] ?? '')
}
